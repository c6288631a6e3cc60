/**
 * The practice platform: an LTI 1.3 and 1.1 platform for newcomers and tests, on an origin of its own. It is an implementation
 * of its own, from the specifications, and takes nothing from the gateway: what the two disagree on is a fault of one of them.
 */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import express, { type ErrorRequestHandler, type Express, type Response, Router } from "express";
import { fetchJson } from "./callOut.ts";
import { asTold, endpoints, framePages } from "./endpoints.ts";
import { firstState } from "./firstState.ts";
import { refusalPage } from "./html.ts";
import { newSigningKey } from "./keys.ts";
import { onlyAtOwnHost, onlyFromOwnPage } from "./ownPage.ts";
import { pageApi } from "./pageApi.ts";
import type { Parts } from "./parts.ts";
import type { PlatformGateway } from "./platformGateway.ts";
import { Refusal } from "./refusal.ts";
import { openShelf } from "./shelf.ts";

export interface PlatformOptions {
  /** The platform's own folder. */
  readonly dataFolder: string;
  /** Where the build put `platform.html` and what it loads. */
  readonly clientFolder: string;
  /** Under which browsers and tools know it: the issuer. */
  readonly origin: string;
  readonly gateway: PlatformGateway | null;
  readonly now: () => Date;
  readonly newId: () => string;
  readonly onTrouble: (error: unknown) => void;
}

export interface PlatformServer {
  readonly app: Express;
  /** Once what it keeps is written. */
  settled(): Promise<void>;
}

export async function createPlatformServer(options: PlatformOptions): Promise<PlatformServer> {
  const { dataFolder, origin, gateway, now, newId, onTrouble } = options;
  const shelf = await openShelf(
    dataFolder,
    async () => firstState(newId, [await newSigningKey(newId())]),
    now,
    onTrouble,
  );
  const parts: Parts = { shelf, origin, now, newId, fetchJson, gateway };
  const app = express();
  app.disable("x-powered-by");
  app.use((_request, response, next) => {
    response.set({ "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store" });
    next();
  });
  app.use(onlyAtOwnHost(origin));
  app.use(page(options.clientFolder));
  app.use("/api", onlyFromOwnPage(origin), pageApi(parts));
  app.use(asTold(parts));
  app.use(framePages(parts));
  app.use(endpoints(parts));
  app.use(() => {
    throw new Refusal(404, "not_found", "There is nothing at this address.");
  });
  app.use(problems(onTrouble));
  return { app, settled: () => shelf.settled() };
}

function page(clientFolder: string): Router {
  const router = Router();
  const send = (response: Response, type: string, file: string) => {
    response.type(type);
    createReadStream(join(clientFolder, file))
      .on("error", () => response.sendStatus(404))
      .pipe(response);
  };
  router.get("/", (_request, response) => send(response, "html", "platform.html"));
  for (const script of ["platform.js", "platform-frame.js"])
    router.get(`/${script}`, (_request, response) => send(response, "text/javascript", script));
  // Both practice tools look alike.
  for (const style of ["practice.css", "platform.css"])
    router.get(`/${style}`, (_request, response) => send(response, "text/css", style));
  router.get("/favicon.ico", (_request, response) => {
    response.sendStatus(204);
  });
  return router;
}

/** What no route has answered; Express and its parsers throw errors of their own with a status. */
function problems(onTrouble: (error: unknown) => void): ErrorRequestHandler {
  return (error, request, response, _next) => {
    const status = error instanceof Error && "status" in error ? Number(error.status) : 500;
    if (!(status < 500)) onTrouble(error);
    const words = status < 500 ? "The request can’t be read." : "The practice platform failed: see the log.";
    const message = error instanceof Refusal ? error.message : words;
    response.status(status >= 400 ? status : 500);
    if (request.accepts(["json", "html"]) === "html") response.send(refusalPage(message));
    else response.json({ error: "failed", detail: message });
  };
}
