/** The player's door on the content origin: its page, the launch, and what keeps a launch going. */
import express, { type Request, type RequestHandler, type Response, Router } from "express";
import type { ReadContentHost } from "../../core/contentOrigin.ts";
import { chooseLanguage, type Language } from "../../core/denialWords.ts";
import { Fault } from "../../core/faults.ts";
import type { Context } from "../../flows/context.ts";
import { keepLaunch } from "../../flows/keepLaunch.ts";
import { openLaunch } from "../../flows/openLaunch.ts";
import { contentHostsOf, hostOf } from "../http/hosts.ts";
import { requestIdOf } from "../http/problems.ts";
import { allowedAnswer, deniedAnswer, keptAnswer } from "./answers.ts";
import { createLaunchLimits, type LaunchLimits } from "./launchLimits.ts";
import { keepRequest, launchRequest, parse } from "./messages.ts";
import { playerPage } from "./playerPage.tsx";
import { scormArrival } from "./scormArrival.ts";

/** A snapshot holds what an LMS has: suspend data of 64,000 characters at most, in bytes. */
const LAUNCH_BODY = "1mb";
/** All that a course of many interactions writes between two saves, and more. */
const KEEP_BODY = "5mb";

export function playRouter(context: Context): Router {
  const limits = createLaunchLimits(context);
  const readHost = contentHostsOf(context.config);
  const router = Router();
  router.use((_request, response, next) => {
    response.set({ "Cache-Control": "no-store", "Cross-Origin-Resource-Policy": "same-origin" });
    next();
  });
  router.post("/keep", jsonOfAnyType(KEEP_BODY), (request, response) => keep(context, request, response));
  router.post("/:key/launch", jsonOfAnyType(LAUNCH_BODY), (request, response) =>
    launch(context, limits, readHost, request, response),
  );
  router.get("/:key", playerPage);
  return router;
}

/** A beacon comes as `text/plain`, so that it needs no preflight; the body is JSON all the same. */
function jsonOfAnyType(limit: string): RequestHandler {
  return express.json({ limit, type: () => true, strict: true });
}

async function launch(
  context: Context,
  limits: LaunchLimits,
  readHost: ReadContentHost,
  request: Request,
  response: Response,
): Promise<void> {
  const asked = parse(launchRequest, request.body);
  const language = languageOf(request);
  const key = String(request.params["key"]);
  try {
    const tooMany = await limits.isOneTooMany({
      delivery_key: key,
      identity: asked.snapshot.learner_id.trim(),
      address: request.ip ?? "",
    });
    const { account_id = null } = readHost(hostOf(request)) ?? {};
    const front = { delivery_key: key, account_id, too_many: tooMany };
    const opening = await openLaunch(context, scormArrival(front, asked));
    context.deps.log.info("A launch was decided", {
      requestId: requestIdOf(response),
      ...(opening.type === "denied"
        ? { denied: opening.code, reference: opening.reference }
        : { launch: opening.launch_id, reference: opening.claims.reference }),
    });
    response.json(
      opening.type === "denied"
        ? deniedAnswer(opening.code, opening.reference, language)
        : allowedAnswer(opening, asked, context.config.BEAT_SECONDS),
    );
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== "store_unavailable") throw error;
    context.deps.log.warn("A launch could not be decided", {
      requestId: requestIdOf(response),
      error: error.cause,
    });
    response.status(503).json(deniedAnswer("gateway_unavailable", context.deps.newReference(), language));
  }
}

async function keep(context: Context, request: Request, response: Response): Promise<void> {
  const asked = parse(keepRequest, request.body);
  const kept = await keepLaunch(context, {
    token: asked.token,
    sequence: asked.sequence ?? 0,
    changes: asked.changes ?? {},
    rollup: asked.rollup ?? null,
    session_seconds: asked.session_seconds ?? {},
    marker_acknowledged: asked.marker_acknowledged ?? false,
    closing: asked.closing ?? false,
  });
  response.json(keptAnswer(kept, languageOf(request), context.config.BEAT_SECONDS));
}

function languageOf(request: Request): Language {
  return chooseLanguage(request.headers["accept-language"] ?? "");
}
