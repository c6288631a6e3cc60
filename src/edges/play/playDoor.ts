/** What the player asks the gateway: to let a learner in, and to keep the launch going. It needs nothing of Express. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { LaunchAnswer } from "../../core/bridge.ts";
import type { ReadContentHost } from "../../core/contentOrigin.ts";
import { chooseLanguage, type Language } from "../../core/denialWords.ts";
import { Fault, isStoreUnavailable } from "../../core/faults.ts";
import { webUrlOf } from "../../core/lti/returnUrl.ts";
import { networkOf } from "../../core/networks.ts";
import type { Context } from "../../flows/context.ts";
import { denyFlood } from "../../flows/denyFlood.ts";
import { keepLaunch } from "../../flows/keepLaunch.ts";
import { openByTicket } from "../../flows/lti/openByTicket.ts";
import { type Opening, openLaunch } from "../../flows/openLaunch.ts";
import { clientAddress } from "../http/clientAddress.ts";
import { createFloodGate, type FloodGate } from "../http/floodGate.ts";
import { contentHostsOf, hostOf } from "../http/hosts.ts";
import { type BodyLimits, readJson, sendJson } from "../http/json.ts";
import { requestIdOf } from "../http/problems.ts";
import { allowedAnswer, deniedAnswer, keptAnswer } from "./answers.ts";
import { type CourseGivens, ltiGivens, scormGivens } from "./courseGivens.ts";
import { createLaunchLimits, type LaunchLimits } from "./launchLimits.ts";
import { keepRequest, launchRequest, ltiLaunchRequest, parse } from "./messages.ts";
import { scormArrival } from "./scormArrival.ts";

/** All reject with what could not be answered; nothing was sent then. */
export interface PlayDoor {
  /** `POST /play/<key>/launch`. */
  launch(key: string, request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** `POST /play/lti/launch`. */
  launchByTicket(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** `POST /play/keep`. */
  keep(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** A snapshot holds what an LMS has: suspend data of 64,000 characters at most, in bytes. */
const LAUNCH_BODY: BodyLimits = { most_bytes: 1024 * 1024 };

/** A ticket holds what an LTI message does. */
const TICKET_BODY: BodyLimits = { most_bytes: 64 * 1024 };

/** All that a course of many interactions writes between two saves, and more. */
const KEEP_BYTES = 5 * 1024 * 1024;
/** As much as a beacon carries. */
const STRANGERS_BYTES = 64 * 1024;

export function createPlayDoor(context: Context): PlayDoor {
  const door: Door = {
    context,
    limits: createLaunchLimits(context),
    readHost: contentHostsOf(context.config),
    keepsOfAddress: createFloodGate(context.deps.clock, context.config.KEEPS_PER_MINUTE_AND_ADDRESS),
    keepsOfLaunch: createFloodGate(context.deps.clock, context.config.KEEPS_PER_MINUTE),
    ticketsOfAddress: createFloodGate(context.deps.clock, context.config.LAUNCHES_PER_MINUTE_AND_ADDRESS),
    ticketsOfLaunch: createFloodGate(context.deps.clock, context.config.LAUNCHES_PER_MINUTE),
  };
  const keepBody: BodyLimits = {
    most_bytes: KEEP_BYTES,
    entry: { bytes: STRANGERS_BYTES, check: (beginning) => requireToken(context, beginning) },
  };
  return {
    launch: (key, request, response) => launch(door, key, request, response),
    launchByTicket: (request, response) => launchByTicket(door, request, response),
    keep: (request, response) => keep(door, keepBody, request, response),
  };
}

interface Door {
  readonly context: Context;
  readonly limits: LaunchLimits;
  readonly readHost: ReadContentHost;
  readonly keepsOfAddress: FloodGate;
  readonly keepsOfLaunch: FloodGate;
  /** The launches themselves were counted where the LMS sent the learner to (`/lti/launch`). */
  readonly ticketsOfAddress: FloodGate;
  readonly ticketsOfLaunch: FloodGate;
}

async function launch(
  { context, limits, readHost }: Door,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = parse(launchRequest, await readJson(request, LAUNCH_BODY));
  await answerLaunch(context, request, response, async () => {
    const exceededBy = await limits.exceededBy({
      delivery_key: key,
      identity: asked.snapshot.learner_id.trim(),
      address: clientAddress(request, context.config.TRUSTED_PROXIES),
    });
    const { account_id = null } = readHost(hostOf(request)) ?? {};
    const arrival = scormArrival({ delivery_key: key, account_id, too_many: false }, asked);
    const opening = exceededBy
      ? await denyFlood(context, arrival, exceededBy)
      : await openLaunch(context, arrival);
    // A flood shall not fill the log either: its first is told of by `denyFlood`.
    if (!exceededBy) logDecision(context, opening, requestIdOf(response));
    return answerTo(context, request, opening, scormGivens(asked));
  });
}

async function launchByTicket(
  { context, readHost, ticketsOfAddress, ticketsOfLaunch }: Door,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  ticketsOfAddress.enter(networkOf(clientAddress(request, context.config.TRUSTED_PROXIES)), response);
  const { ticket } = parse(ltiLaunchRequest, await readJson(request, TICKET_BODY));
  await answerLaunch(context, request, response, async () => {
    const { account_id = null } = readHost(hostOf(request)) ?? {};
    const admit = (nonce: string) => ticketsOfLaunch.enter(nonce, response);
    const { message, opening } = await openByTicket(context, ticket, account_id, admit);
    logDecision(context, opening, requestIdOf(response));
    const answer = answerTo(context, request, opening, ltiGivens(message));
    if (answer.outcome === "denied") return answer;
    const { return_url, locale } = message.presentation;
    return { ...answer, lti: { return_url: webUrlOf(return_url), locale } };
  });
}

function answerTo(
  { config }: Context,
  request: IncomingMessage,
  opening: Opening,
  givens: CourseGivens,
): LaunchAnswer {
  return opening.type === "denied"
    ? deniedAnswer(opening.code, opening.reference, languageOf(request))
    : allowedAnswer(opening, givens, config.BEAT_SECONDS);
}

/** Where nothing can be decided, the learner gets the page that tries again by itself. */
async function answerLaunch(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  decide: () => Promise<LaunchAnswer>,
): Promise<void> {
  try {
    sendJson(response, 200, await decide());
  } catch (error) {
    if (!isStoreUnavailable(error)) throw error;
    context.deps.log.warn("A launch could not be decided", {
      requestId: requestIdOf(response),
      error: error.cause,
    });
    const reference = context.deps.newReference();
    sendJson(response, 503, deniedAnswer("gateway_unavailable", reference, languageOf(request)));
  }
}

function logDecision({ deps }: Context, opening: Opening, requestId: string): void {
  if (opening.type === "denied")
    deps.log.info("A launch was denied", { requestId, denied: opening.code, reference: opening.reference });
  // One that was let in has its row, its metrics and its trace; a line for each of thousands a second is nobody's reading.
  else if (deps.log.isDebugEnabled())
    deps.log.debug("A launch was let in", {
      requestId,
      launch: opening.launch_id,
      reference: opening.claims.reference,
    });
}

async function keep(
  { context, keepsOfAddress, keepsOfLaunch }: Door,
  body: BodyLimits,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const address = clientAddress(request, context.config.TRUSTED_PROXIES);
  keepsOfAddress.enter(networkOf(address), response);
  const asked = parse(keepRequest, await readJson(request, body));
  const keeping = {
    token: asked.token,
    sequence: asked.sequence ?? 0,
    changes: asked.changes ?? {},
    rollup: asked.rollup ?? null,
    session_seconds: asked.session_seconds ?? {},
    marker_acknowledged: asked.marker_acknowledged ?? false,
    closing: asked.closing ?? false,
  };
  const kept = await keepLaunch(context, keeping, (launchId) => keepsOfLaunch.enter(launchId, response));
  sendJson(
    response,
    200,
    keptAnswer(kept, () => languageOf(request), context.config.BEAT_SECONDS),
  );
}

/** The player writes the token first (docs/bridge.md §3): strangers make nobody hold megabytes of theirs. */
function requireToken(context: Context, beginning: Buffer): void {
  const token = /^\s*\{\s*"token"\s*:\s*"([\w.-]{1,4000})"/.exec(beginning.toString("latin1", 0, 5000))?.[1];
  if (token === undefined)
    throw new Fault(
      "body_invalid",
      `token: expected first in the body, where that is over ${STRANGERS_BYTES} bytes.`,
    );
  context.tokens.verify(token, context.deps.clock.now());
}

function languageOf({ headers }: IncomingMessage): Language {
  return chooseLanguage(headers["accept-language"] ?? "");
}
