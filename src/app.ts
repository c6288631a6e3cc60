/** Mounts the edges; the error handler last. */
import { readFileSync } from "node:fs";
import type { RequestListener, ServerResponse } from "node:http";
import { join } from "node:path";
import express, { type RequestHandler, Router } from "express";
import type { Config } from "./config.ts";
import { networkOf } from "./core/networks.ts";
import { apiRouter } from "./edges/api/apiRouter.ts";
import { type ContentHandler, createContentHandler } from "./edges/content/contentHandler.ts";
import { clientAddress } from "./edges/http/clientAddress.ts";
import { createFloodGate } from "./edges/http/floodGate.ts";
import { healthRouter, type Readiness } from "./edges/http/health.ts";
import { byHost, contentHostsOf, originOf } from "./edges/http/hosts.ts";
import { notFound, problems, requestIds } from "./edges/http/problems.ts";
import { appHeaders, contentHeaders, strictHeaders } from "./edges/http/securityHeaders.ts";
import { createLtiDoor, type LtiDoor } from "./edges/lti/door/ltiDoor.ts";
import { keepOpener, ltiRouter } from "./edges/lti/ltiRouter.ts";
import { createPlayDoor, type PlayDoor } from "./edges/play/playDoor.ts";
import { playRouter } from "./edges/play/playRouter.ts";
import { stripeWebhook } from "./edges/webhooks/stripeWebhook.ts";
import type { Context } from "./flows/context.ts";
import { hotRoutesFirst } from "./hotRoutes.ts";
import { CLIENT_FOLDER } from "./paths.ts";

export function createApp(context: Context, readiness: Readiness, operatorKey: string): RequestListener {
  const play = createPlayDoor(context);
  const lti = createLtiDoor(context);
  const content = contentHandler(context);
  const app = express();
  app.disable("x-powered-by");
  app.set("trust proxy", context.config.TRUSTED_PROXIES);
  app.set("etag", false);
  app.use(requestIds(context.deps));
  app.use(strictHeaders);
  app.use(healthRouter(context.db, readiness));
  app.use(
    byHost(context.config, {
      app: appOrigin(context, lti, operatorKey),
      content: contentOrigin(context, play, content),
    }),
  );
  app.use(notFound);
  app.use(problems(context.deps.log));
  return hotRoutesFirst(
    {
      play,
      lti,
      content,
      readOrigin: originOf(context.config),
      requestIds: requestIds(context.deps),
      headers: {
        content: [strictHeaders, contentHeaders(context.config)],
        lti: [strictHeaders, ...appHeaders(context.config), keepOpener],
      },
      log: context.deps.log,
    },
    app,
  );
}

/** People who sign in, and programs. Nothing of a course is ever served here. */
function appOrigin(context: Context, lti: LtiDoor, operatorKey: string): Router {
  const router = Router();
  router.use(...appHeaders(context.config));
  router.use("/api", apiRouter(context, operatorKey));
  router.use("/lti", ltiRouter(context, lti));
  if (context.config.PAYMENTS === "stripe") router.use("/webhooks/stripe", stripeWebhook(context));
  return router;
}

/** The player and other people's course code. */
function contentOrigin(context: Context, door: PlayDoor, content: ContentHandler): Router {
  const router = Router();
  router.use(contentHeaders(context.config));
  router.use("/play", playRouter(door));
  router.use("/player", playerFiles(context.config));
  router.use(content);
  return router;
}

function contentHandler(context: Context): ContentHandler {
  const { clock } = context.deps;
  const filesOfAddress = createFloodGate(clock, context.config.CONTENT_REQUESTS_PER_MINUTE_AND_ADDRESS);
  return createContentHandler({
    contentStore: context.contentStore,
    tickets: context.contentTickets,
    stopped: async ({ delivery_id }) => (await context.stops.codeFor({ delivery_id })) !== null,
    readHost: contentHostsOf(context.config),
    admit: (request, response) =>
      filesOfAddress.enter(networkOf(clientAddress(request, context.config.TRUSTED_PROXIES)), response),
    clock: context.deps.clock,
    sharedCacheSeconds: context.config.CONTENT_CACHE_SECONDS,
    shimScript: readFileSync(join(CLIENT_FOLDER, "shim.js"), "utf8"),
  });
}

/**
 * Of all that is built for browsers, only the player's own; the practice LMS is served on an origin of its own. Source maps
 * are for whoever works on the player.
 */
function playerFiles({ NODE_ENV }: Pick<Config, "NODE_ENV">): RequestHandler {
  const wanted =
    NODE_ENV === "production"
      ? /^\/(player|beatWorker)[\w-]*\.(js|css)$/
      : /^\/(player|beatWorker)[\w-]*\.(js|css)(\.map)?$/;
  const files = express.static(CLIENT_FOLDER, { index: false, setHeaders: setPlayerHeaders });
  return (request, response, next) => (wanted.test(request.path) ? files(request, response, next) : next());
}

/** The beats' worker goes by the policy of its own file: it speaks to the gateway. */
function setPlayerHeaders(response: ServerResponse): void {
  response.setHeader("Content-Security-Policy", "default-src 'self'");
  response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
}
