/** What the platform's page asks of its server: as JSON, under `/api`. */
import express, { type ErrorRequestHandler, Router } from "express";
import { signIn } from "./cookie.ts";
import { valuesOf } from "./discovery.ts";
import { firstState } from "./firstState.ts";
import { rotateKey } from "./keys.ts";
import { launchDeepLinking, launchLink, requireLearner } from "./launches.ts";
import { addLink, addLinkOfGateway, dropLink } from "./links.ts";
import type { Parts } from "./parts.ts";
import type { Faults, PlatformState } from "./platformTypes.ts";
import { type Fields, fieldsOf, flag, optionalNumber, text, webAddress } from "./read.ts";
import { notFound, Refusal } from "./refusal.ts";
import { forgetTool, registerByHand, startRegistration } from "./registration.ts";
import { forgetTokens } from "./tokens.ts";

const LONGEST_HANG_SECONDS = 60;
const MOST_SKEW_SECONDS = 86_400;

export function pageApi(parts: Parts): Router {
  const { shelf, newId } = parts;
  const router = Router();
  router.use(express.json());
  router.get("/state", (_request, response) => {
    response.json(stateOf(parts));
  });
  router.post("/faults", async (request, response) => {
    await shelf.change(() => ({ faults: readFaults(fieldsOf(request.body)) }));
    response.sendStatus(204);
  });
  router.post("/learners/:user_id", async (request, response) => {
    const { user_id } = requireLearner(parts, request.params.user_id);
    const left = flag(fieldsOf(request.body), "left");
    await shelf.change(({ learners }) => ({
      learners: learners.map((one) => (one.user_id === user_id ? { ...one, left } : one)),
    }));
    response.sendStatus(204);
  });
  router.post("/rotate-key", async (_request, response) => {
    await rotateKey(shelf, newId);
    response.sendStatus(204);
  });
  router.post("/forget-tokens", async (_request, response) => {
    await forgetTokens(parts);
    response.sendStatus(204);
  });
  router.post("/forget-everything", async (_request, response) => {
    await shelf.change(({ keys }) => firstState(newId, keys));
    response.sendStatus(204);
  });
  return router.use(launchRoutes(parts), toolRoutes(parts), linkRoutes(parts), asJson);
}

function launchRoutes(parts: Parts): Router {
  const router = Router();
  router.post("/launches", async (request, response) => {
    const body = fieldsOf(request.body);
    const form = await launchLink(parts, body);
    signIn(response, text(body, "user_id"), parts.origin);
    response.status(201).json(form);
  });
  router.post("/deep-linking", async (request, response) => {
    const body = fieldsOf(request.body);
    const form = await launchDeepLinking(parts, body);
    signIn(response, text(body, "user_id"), parts.origin);
    response.status(201).json(form);
  });
  return router;
}

function toolRoutes(parts: Parts): Router {
  const router = Router();
  router.post("/registrations", async (request, response) => {
    response.json({ url: await startRegistration(parts, webAddress(fieldsOf(request.body), "url")) });
  });
  router.post("/registrations/from-gateway", async (_request, response) => {
    response.json({ url: await startRegistration(parts, await requireGateway(parts).registrationUrl()) });
  });
  router.post("/tools", async (request, response) => {
    response.status(201).json(await registerByHand(parts, fieldsOf(request.body)));
  });
  router.delete("/tools/:client_id", async (request, response) => {
    await forgetTool(parts, request.params.client_id);
    response.sendStatus(204);
  });
  return router;
}

function linkRoutes(parts: Parts): Router {
  const router = Router();
  router.get("/offered", async (_request, response) => {
    response.json(parts.gateway === null ? [] : await parts.gateway.links());
  });
  router.post("/links", async (request, response) => {
    response.status(201).json(await addLink(parts, fieldsOf(request.body)));
  });
  router.post("/links/from-gateway", async (request, response) => {
    requireGateway(parts);
    response.status(201).json(await addLinkOfGateway(parts, fieldsOf(request.body)));
  });
  router.delete("/links/:link_id", async (request, response) => {
    await dropLink(parts, request.params.link_id);
    response.sendStatus(204);
  });
  return router;
}

export function requireGateway({ gateway }: Parts): NonNullable<Parts["gateway"]> {
  if (gateway === null) throw notFound("gateway beside it");
  return gateway;
}

function stateOf({ shelf, origin, gateway }: Parts): PlatformState {
  const { learners, tools, consumers, links, line_items, scores, faults, log, keys } = shelf.kept;
  return {
    learners,
    tools,
    links,
    line_items,
    scores,
    faults,
    log,
    consumer_keys: consumers.map(({ key }) => key),
    values: valuesOf(origin),
    kid: keys[0]?.kid ?? "",
    has_gateway: gateway !== null,
  };
}

function readFaults(body: Fields): Faults {
  return {
    down: flag(body, "down"),
    refuses_scores: flag(body, "refuses_scores"),
    hang_seconds: optionalNumber(body, "hang_seconds", 0, LONGEST_HANG_SECONDS) ?? 0,
    clock_skew_seconds:
      optionalNumber(body, "clock_skew_seconds", -MOST_SKEW_SECONDS, MOST_SKEW_SECONDS) ?? 0,
  };
}

const asJson: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof Refusal)) return next(error);
  response.status(error.status).json({ error: error.error, detail: error.message });
};
