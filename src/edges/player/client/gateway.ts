import type {
  KeepAnswer,
  KeepRequest,
  LaunchAnswer,
  LaunchRequest,
  LtiLaunchRequest,
} from "../../../core/bridge.ts";
import { splitIntoParts } from "./parts.ts";

/** What came of asking the gateway. `trouble` may pass by itself; `refused` will not. */
export type Outcome<Answer> =
  | { readonly type: "answer"; readonly answer: Answer }
  | { readonly type: "trouble" }
  | { readonly type: "refused"; readonly code: string; readonly title: string };

const ANSWER_WITHIN_MILLISECONDS = 20_000;

export interface Addresses {
  readonly launch: string;
  readonly keep: string;
}

/** `/play/<delivery key or lti>` → `/play/<the same>/launch` and `/play/keep`, below whatever prefix they share. */
export function addressesOf(location: { readonly origin: string; readonly pathname: string }): Addresses {
  const page = location.pathname.replace(/\/+$/, "");
  return {
    launch: `${location.origin}${page}/launch`,
    keep: `${location.origin}${page.replace(/[^/]*$/, "keep")}`,
  };
}

export async function launch(
  address: string,
  request: LaunchRequest | LtiLaunchRequest,
): Promise<Outcome<LaunchAnswer>> {
  const outcome = await post(address, JSON.stringify(request));
  if (outcome.type !== "answer") return outcome;
  const answer = outcome.answer as LaunchAnswer;
  return answer.outcome === "allowed" || answer.outcome === "denied"
    ? { type: "answer", answer }
    : { type: "trouble" };
}

/** Less than the gateway takes at once, with room for one value as long as any may be. */
const SAVE_BYTES = 2 * 1024 * 1024;

/** In parts where a course wrote more than the gateway takes at once: acknowledged when all of them are. */
export async function keep(address: string, request: KeepRequest): Promise<Outcome<KeepAnswer>> {
  const [first = request, ...others] = splitIntoParts(request, SAVE_BYTES);
  let outcome = await keepPart(address, first);
  for (const part of others) {
    if (outcome.type !== "answer") break;
    outcome = await keepPart(address, part);
  }
  return outcome;
}

async function keepPart(address: string, request: KeepRequest): Promise<Outcome<KeepAnswer>> {
  const outcome = await post(address, JSON.stringify(request));
  if (outcome.type !== "answer") return outcome;
  const answer = outcome.answer as KeepAnswer;
  return typeof answer.token === "string" ? { type: "answer", answer } : { type: "trouble" };
}

async function post(address: string, body: string): Promise<Outcome<unknown>> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), ANSWER_WITHIN_MILLISECONDS);
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      cache: "no-store",
      credentials: "omit",
      signal: patience.signal,
    });
    return outcomeOf(response.status, await readJson(response));
  } catch {
    return { type: "trouble" };
  } finally {
    clearTimeout(timer);
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}

/** A denial has an `outcome` and any status; a fault is problem+json with a `code` (DESIGN §7). */
function outcomeOf(status: number, body: unknown): Outcome<unknown> {
  const fields = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  if (body !== null && (status < 300 || typeof fields["outcome"] === "string"))
    return { type: "answer", answer: fields };
  if (status >= 500 || status === 408 || status === 425 || status === 429 || status < 400)
    return { type: "trouble" };
  return { type: "refused", code: String(fields["code"] ?? status), title: String(fields["title"] ?? "") };
}

/** Handed to the browser, which delivers it even when the page is gone. False where it has no room. */
export function beacon(address: string, request: KeepRequest): boolean {
  try {
    return navigator.sendBeacon(address, JSON.stringify(request));
  } catch {
    return false;
  }
}

/**
 * For what is too large for a beacon. Browsers allow it in a task posted from `beforeunload`, not in the
 * handlers of `pagehide` and `unload` themselves; there it throws, and nothing else would get through either.
 */
export function sendBlocking(address: string, request: KeepRequest): Outcome<KeepAnswer> {
  const call = new XMLHttpRequest();
  try {
    call.open("POST", address, false);
    call.setRequestHeader("content-type", "application/json");
    call.send(JSON.stringify(request));
    return outcomeOf(call.status, JSON.parse(call.responseText)) as Outcome<KeepAnswer>;
  } catch {
    return { type: "trouble" };
  }
}
