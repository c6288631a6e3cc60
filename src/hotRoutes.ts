/**
 * What is answered before Express: the launch, what keeps it going, and the files of courses. A gateway does hardly
 * anything else, and Express costs about as much as all the rest of a beat (docs/benchmarks.md). Only requests as our own
 * player and browsers spell them; any other spelling, method or host goes on to Express, where the same functions answer.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Logger } from "winston";
import type { ContentHandler } from "./edges/content/contentHandler.ts";
import { hostOf, type ReadOrigin } from "./edges/http/hosts.ts";
import { answerError } from "./edges/http/problems.ts";
import type { Step } from "./edges/http/securityHeaders.ts";
import type { PlayDoor } from "./edges/play/playDoor.ts";
import { playHeaders } from "./edges/play/playRouter.ts";

export interface HotRoutes {
  readonly door: PlayDoor;
  readonly content: ContentHandler;
  readonly readOrigin: ReadOrigin;
  /** What every answer of the content origin goes through first, in Express too. */
  readonly steps: readonly Step[];
  readonly log: Logger;
}

interface Chosen {
  readonly steps: readonly Step[];
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

const LAUNCH = /^\/play\/([A-Za-z0-9_-]{1,100})\/launch$/;

export function hotRoutesFirst(hot: HotRoutes, express: RequestListener): RequestListener {
  const playSteps = [...hot.steps, playHeaders];
  const keep: Chosen = { steps: playSteps, answer: hot.door.keep };
  const file: Chosen = {
    steps: hot.steps,
    answer: (request, response) => hot.content(request, response, () => express(request, response)),
  };
  const choose = ({ method, url = "" }: IncomingMessage): Chosen | undefined => {
    if (method === "GET" || method === "HEAD") return url.startsWith("/c/") ? file : undefined;
    if (method !== "POST") return undefined;
    if (url === "/play/keep") return keep;
    const key = LAUNCH.exec(url)?.[1];
    if (key === undefined) return undefined;
    return { steps: playSteps, answer: (request, response) => hot.door.launch(key, request, response) };
  };
  return (request, response) => {
    const chosen = hot.readOrigin(hostOf(request)) === "content" ? choose(request) : undefined;
    if (!chosen) return express(request, response);
    for (const step of chosen.steps) step(request, response, goOn);
    chosen.answer(request, response).catch((error: unknown) => {
      // As Express does where half of another answer is out.
      if (!answerError(hot.log, error, response)) request.socket.destroy();
    });
  };
}

/** Steps only say something about the answer; what follows them stands here. */
function goOn(): void {}
