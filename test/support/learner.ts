/** A learner's player, as far as the gateway hears it: launches and keeps over plain HTTP (docs/bridge.md). */
import { randomBytes } from "node:crypto";
import type { KeepAnswer, KeepRequest, LaunchAnswer, LaunchRequest } from "../../src/core/bridge.ts";
import { sleep } from "./until.ts";

export interface Answered<Body> {
  readonly status: number;
  readonly body: Body;
}

export interface LaunchWish {
  readonly nonce?: string;
  readonly name?: string;
  /** The LMS's origin. */
  readonly origin?: string;
  readonly entry?: string;
  readonly marker?: string;
}

export function newNonce(): string {
  return randomBytes(16).toString("base64url");
}

export function launchRequest(learnerId: string, wish: LaunchWish = {}): LaunchRequest {
  return {
    nonce: wish.nonce ?? newNonce(),
    lms_origin: wish.origin ?? "https://lms.example.com",
    shown_in: "frame",
    snapshot: {
      wrapper: 1,
      format: "scorm12",
      api: "1.2",
      initialized: true,
      error: "",
      learner_id: learnerId,
      learner_name: wish.name ?? `Learner, ${learnerId}`,
      entry: wish.entry ?? "",
      mode: "normal",
      credit: "credit",
      completion: "not attempted",
      success: "",
      score: { raw: "", min: "", max: "", scaled: "" },
      mastery: "",
      location: "",
      suspend_data: wish.marker ?? "",
      preferences: { audio: "", language: "", speed: "", text: "" },
    },
  };
}

/** @throws TypeError when the gateway breaks off or is not there: then nothing is known of the launch. */
export function launch(
  contentOrigin: string,
  deliveryKey: string,
  request: LaunchRequest,
): Promise<Answered<LaunchAnswer>> {
  return post(`${contentOrigin}/play/${deliveryKey}/launch`, request);
}

/** @throws TypeError as `launch`. */
export function keep(contentOrigin: string, request: KeepRequest): Promise<Answered<KeepAnswer>> {
  return post(`${contentOrigin}/play/keep`, request);
}

/**
 * As the player does it: the same launch is sent again while the gateway is away or has trouble of its own.
 * @throws Error after `mostSeconds`.
 */
export async function launchUntilAnswered(
  contentOrigin: () => string,
  deliveryKey: string,
  request: LaunchRequest,
  mostSeconds = 60,
): Promise<LaunchAnswer> {
  const answered = await untilAnswered(() => launch(contentOrigin(), deliveryKey, request), mostSeconds);
  if (answered.status !== 200) throw new Error(`A launch was answered ${JSON.stringify(answered)}`);
  return answered.body;
}

/** As the player does it: what was not acknowledged is sent again, the same. */
export async function keepUntilAnswered(
  contentOrigin: () => string,
  request: KeepRequest,
  mostSeconds = 60,
): Promise<KeepAnswer> {
  const answered = await untilAnswered(() => keep(contentOrigin(), request), mostSeconds);
  if (answered.status !== 200) throw new Error(`A keep was answered ${JSON.stringify(answered)}`);
  return answered.body;
}

const SEND_AGAIN_SECONDS = 0.05;
/** What nobody could be asked about, and what was asked too often: the player sends it again after either. */
const COME_AGAIN: ReadonlySet<number> = new Set([503, 429]);

async function untilAnswered<Body>(
  send: () => Promise<Answered<Body>>,
  mostSeconds: number,
): Promise<Answered<Body>> {
  const deadline = performance.now() + mostSeconds * 1000;
  for (;;) {
    const answered = await send().catch(brokenOff);
    if (answered && !COME_AGAIN.has(answered.status)) return answered;
    if (performance.now() > deadline) throw new Error(`Nothing was answered within ${mostSeconds} s`);
    await sleep(SEND_AGAIN_SECONDS);
  }
}

/**
 * What `fetch` says of a connection that was cut or refused, or that broke off in mid-answer; anything else is a mistake
 * of the test's. By name and words: the errors are of another realm than the test's.
 */
function brokenOff(error: unknown): null {
  const { name, message } = error as Error;
  if (name === "SyntaxError" || /^(fetch failed|terminated)$/.test(message)) return null;
  throw error;
}

async function post<Body>(url: string, body: object): Promise<Answered<Body>> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Body };
}
