/** The platform's side of LTI: what browsers and tools ask of it. All of it fails when it is told to. */
import { setTimeout as sleep } from "node:timers/promises";
import express, { type ErrorRequestHandler, type Request, type RequestHandler, Router } from "express";
import { authorize } from "./authorize.ts";
import { learnerCookie } from "./cookie.ts";
import { takeDeepLinks } from "./deepLinking.ts";
import { configurationOf } from "./discovery.ts";
import { closingPage, formPostPage, refusalPage } from "./html.ts";
import { jwksOf } from "./keys.ts";
import { takeOutcome } from "./outcomes.ts";
import type { Parts } from "./parts.ts";
import { fieldsOf } from "./read.ts";
import { Refusal } from "./refusal.ts";
import { register } from "./registration.ts";
import { serviceRoutes } from "./serviceRoutes.ts";
import { giveToken } from "./tokens.ts";

const form = express.urlencoded({ extended: false, limit: "1mb" });

export function endpoints(parts: Parts): Router {
  const router = Router();
  router.get("/.well-known/openid-configuration", (_request, response) => {
    response.json(configurationOf(parts.origin));
  });
  router.get("/jwks", (_request, response) => {
    response.json(jwksOf(parts.shelf.kept.keys));
  });
  router.post("/register", express.json(), async (request, response) => {
    response.status(201).json(await register(parts, request.headers.authorization, request.body));
  });
  router.post("/token", form, async (request, response) => {
    response.json(await giveToken(parts, fieldsOf(request.body)));
  });
  router.use("/contexts", serviceRoutes(parts));
  router.post(
    "/outcomes",
    express.text({ type: ["application/xml", "text/xml"] }),
    async (request, response) => {
      const body = typeof request.body === "string" ? request.body : "";
      const answer = await takeOutcome(parts, request.headers.authorization, body);
      response.type("application/xml").send(answer);
    },
  );
  return router.use(logRefusals(parts), asJson);
}

/** What stands in the frame or window of a launch: people read its refusals. */
export function framePages(parts: Parts): Router {
  const router = Router();
  const toAuthorize = (request: Request, sent: unknown) =>
    authorize(parts, fieldsOf(sent), learnerCookie(request));
  router.get("/authorize", (request, response) => {
    const { action, fields } = toAuthorize(request, request.query);
    response.send(formPostPage(action, fields));
  });
  router.post("/authorize", form, (request, response) => {
    const { action, fields } = toAuthorize(request, request.body);
    response.send(formPostPage(action, fields));
  });
  router.post("/deep-linking/:launch_id", form, async (request, response) => {
    const { launch_id } = request.params;
    const { added, message } = await takeDeepLinks(parts, String(launch_id), fieldsOf(request.body));
    const words = `${added} ${added === 1 ? "activity was" : "activities were"} added to the course.`;
    response.send(closingPage("Activities added", message === "" ? words : `${words} ${message}`));
  });
  router.get("/returned/:launch_id", (request, response) => {
    const { lti_msg, lti_errormsg } = fieldsOf(request.query);
    const said = [lti_errormsg, lti_msg].find((text) => typeof text === "string");
    const words = "The tool sent the learner back to the course.";
    parts.shelf.log({ direction: "in", words, detail: request.query });
    response.send(closingPage("Back in the course", typeof said === "string" ? said : words));
  });
  return router.use(logRefusals(parts), asPage);
}

/** Down, or slow, where somebody switched that on. */
export function asTold({ shelf }: Parts): RequestHandler {
  return async (request, response, next) => {
    const { down, hang_seconds } = shelf.kept.faults;
    if (hang_seconds > 0) await sleep(hang_seconds * 1000);
    if (!down) return next();
    const words = `${request.method} ${request.path} was answered 503: the platform is switched off.`;
    shelf.log({ direction: "in", words, failed: true });
    response.status(503).type("text").send("The practice platform is switched off.");
  };
}

function logRefusals({ shelf }: Parts): ErrorRequestHandler {
  return (error, request, _response, next) => {
    if (error instanceof Refusal)
      shelf.log({
        direction: "in",
        words: `${request.method} ${request.path} was refused with ${error.status}: ${error.message}`,
        detail: request.body,
        failed: true,
      });
    next(error);
  };
}

const asJson: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof Refusal)) return next(error);
  response.status(error.status).json({ error: error.error, error_description: error.message });
};

const asPage: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof Refusal)) return next(error);
  response.status(error.status).send(refusalPage(error.message));
};
