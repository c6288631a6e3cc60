/**
 * What is answered before Express: the launch by either door, what keeps it going, and the files of courses. A gateway does hardly
 * anything else, and Express costs about as much as all the rest of a beat (docs/benchmarks.md). Only requests as our own
 * player and browsers spell them; any other spelling, method or host goes on to Express, where the same functions answer.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Logger } from "winston";
import type { ContentHandler } from "./edges/content/contentHandler.ts";
import { hostOf, type ReadOrigin } from "./edges/http/hosts.ts";
import { answerError } from "./edges/http/problems.ts";
import { asOne, type Step } from "./edges/http/securityHeaders.ts";
import type { LtiDoor } from "./edges/lti/door/ltiDoor.ts";
import type { PlayDoor } from "./edges/play/playDoor.ts";
import { sendPlayerPage } from "./edges/play/playerPage.tsx";
import { playHeaders } from "./edges/play/playRouter.ts";

export interface HotRoutes {
  readonly play: PlayDoor;
  readonly lti: LtiDoor;
  readonly content: ContentHandler;
  readonly readOrigin: ReadOrigin;
  /** What every answer goes through first, in Express too. */
  readonly requestIds: Step;
  /** What is said of every answer of the content origin, and of LTI's on the app origin. */
  readonly headers: { readonly content: readonly Step[]; readonly lti: readonly Step[] };
  readonly log: Logger;
}

interface Chosen {
  readonly steps: readonly Step[];
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** In the place of a problem. */
  readonly refuse?: LtiDoor["refuse"];
}

type Choose = (request: IncomingMessage) => Chosen | undefined;

export function hotRoutesFirst(hot: HotRoutes, express: RequestListener): RequestListener {
  const choices = { app: hotAppRoutes(hot), content: hotContentRoutes(hot, express) };
  return (request, response) => {
    const origin = hot.readOrigin(hostOf(request));
    const chosen = origin && choices[origin](request);
    if (!chosen) return express(request, response);
    for (const step of chosen.steps) step(request, response, goOn);
    chosen
      .answer(request, response)
      .catch((error: unknown) => {
        if (!chosen.refuse || response.headersSent) throw error;
        chosen.refuse(error, request, response);
      })
      .catch((error: unknown) => {
        // As Express does where half of another answer is out.
        if (!answerError(hot.log, error, response)) request.socket.destroy();
      });
  };
}

/** Steps only say something about the answer; what follows them stands here. */
function goOn(): void {}

const LAUNCH = /^\/play\/([A-Za-z0-9_-]{1,100})\/launch$/;
const PLAYER_PAGE = /^\/play\/[A-Za-z0-9_-]{1,100}$/;

function hotContentRoutes(
  { play, content, requestIds, headers }: HotRoutes,
  express: RequestListener,
): Choose {
  const playSteps = [requestIds, asOne([...headers.content, playHeaders])];
  const keep: Chosen = { steps: playSteps, answer: play.keep };
  const launchByTicket: Chosen = { steps: playSteps, answer: play.launchByTicket };
  const page: Chosen = {
    steps: playSteps,
    answer: async (request, response) => sendPlayerPage(request, response),
  };
  const file: Chosen = {
    steps: [requestIds, asOne(headers.content)],
    answer: (request, response) => content(request, response, () => express(request, response)),
  };
  return ({ method, url = "" }) => {
    if (method === "GET" || method === "HEAD") {
      if (url.startsWith("/c/")) return file;
      return method === "GET" && PLAYER_PAGE.test(url) ? page : undefined;
    }
    if (method !== "POST") return undefined;
    if (url === "/play/keep") return keep;
    if (url === "/play/lti/launch") return launchByTicket;
    const key = LAUNCH.exec(url)?.[1];
    if (key === undefined) return undefined;
    return { steps: playSteps, answer: (request, response) => play.launch(key, request, response) };
  };
}

/** Of whom pages are for: browsers ask for them first. */
const ASKS_FOR_PAGES = /^text\/html(,|$)/;

function hotAppRoutes({ lti, requestIds, headers }: HotRoutes): Choose {
  const steps = [requestIds, asOne(headers.lti)];
  const login: Chosen = { steps, answer: lti.login, refuse: lti.refuse };
  const launch: Chosen = { steps, answer: lti.launch, refuse: lti.refuse };
  return (request) => {
    const { method, url = "" } = request;
    if (!ASKS_FOR_PAGES.test(request.headers.accept ?? "")) return undefined;
    if (method === "POST" && url === "/lti/launch") return launch;
    if ((method === "POST" && url === "/lti/login") || (method === "GET" && url.startsWith("/lti/login?")))
      return login;
    return undefined;
  };
}
