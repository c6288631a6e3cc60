/**
 * Learners who launch, save, beat and come back, without end, from whatever gateway answers; and who remember what
 * was acknowledged to them. What is not answered they send again, the same, as the player does.
 */
import type { LaunchAllowed } from "../../src/core/bridge.ts";
import { keepUntilAnswered, launchRequest, launchUntilAnswered, newNonce } from "./learner.ts";
import { sleep } from "./until.ts";

export interface AcknowledgedLaunch {
  readonly learner: string;
  readonly nonce: string;
  readonly launch_id: string;
}

export interface Acknowledged {
  readonly launches: AcknowledgedLaunch[];
  /** By learner: the last value whose save was acknowledged. */
  readonly saved: Map<string, string>;
  /** Learners who were told that their seat is confirmed. */
  readonly confirmed: Set<string>;
  /** Learners whose next launch brought another state than the one that was saved. */
  readonly lost: string[];
}

export interface Crowd {
  /** What is acknowledged so far; grows. */
  readonly acknowledged: Acknowledged;
  /** Lets everyone finish. @throws Error when anyone was given an answer that no learner should get. */
  stop(): Promise<Acknowledged>;
}

const ITEM = "lesson";
const ELEMENT = "cmi.suspend_data";
const SAVE_EVERY_SECONDS = 0.1;

export interface CrowdOptions {
  /** How long somebody goes on sending what is not answered. */
  readonly patienceSeconds?: number;
  /** Between one learner's leaving and the next one's coming. */
  readonly restSeconds?: number;
}

/** @param contentOrigins Where the gateways are; each request goes to the next one. */
export function startCrowd(
  contentOrigins: readonly string[],
  deliveryKey: string,
  people: number,
  { patienceSeconds = 60, restSeconds = 0 }: CrowdOptions = {},
): Crowd {
  const acknowledged: Acknowledged = { launches: [], saved: new Map(), confirmed: new Set(), lost: [] };
  let requests = 0;
  let stopping = false;
  const origin = () => contentOrigins[requests++ % contentOrigins.length] ?? "";

  const launch = async (learner: string): Promise<LaunchAllowed> => {
    const request = launchRequest(learner, { nonce: newNonce() });
    const answer = await launchUntilAnswered(origin, deliveryKey, request, patienceSeconds);
    if (answer.outcome === "denied") throw new Error(`${learner} was denied: ${answer.code}`);
    acknowledged.launches.push({ learner, nonce: request.nonce, launch_id: answer.launch_id });
    if (answer.beat.due_in_seconds === null) acknowledged.confirmed.add(learner);
    return answer;
  };
  /** @returns Once `saves` were made, or the seat is confirmed where `saves` is null. */
  const study = async (learner: string, opened: LaunchAllowed, saves: number | null) => {
    let { token, beat } = opened;
    for (let sequence = 1; saves === null ? beat.due_in_seconds !== null : sequence <= saves; sequence++) {
      const value = `${opened.launch_id} ${sequence}`;
      const changes = { [ITEM]: { [ELEMENT]: value } };
      const kept = await keepUntilAnswered(origin, { token, sequence, changes }, patienceSeconds);
      if (!kept.saved_at) throw new Error(`A save of ${learner} was answered without saved_at`);
      acknowledged.saved.set(learner, value);
      if (kept.beat.due_in_seconds === null) acknowledged.confirmed.add(learner);
      ({ token, beat } = kept);
      await sleep(SAVE_EVERY_SECONDS);
    }
    await keepUntilAnswered(origin, { token, closing: true }, patienceSeconds);
  };
  /** Every other one stays until the beats confirm their seat; the rest come back sooner. */
  const live = async (learner: string, stays: boolean) => {
    await study(learner, await launch(learner), stays ? null : 2);
    const again = await launch(learner);
    if (again.states[ITEM]?.[ELEMENT] !== acknowledged.saved.get(learner)) acknowledged.lost.push(learner);
    await study(learner, again, 1);
  };
  const everyone = Array.from({ length: people }, async (_, person) => {
    for (let life = 0; !stopping; life++) {
      await live(`person ${person}, life ${life}`, (person + life) % 2 === 0);
      await sleep(restSeconds);
    }
  });
  const finished = Promise.all(everyone);
  finished.catch(() => {
    stopping = true;
  });
  return {
    acknowledged,
    stop: async () => {
      stopping = true;
      await finished;
      return acknowledged;
    },
  };
}

/** What a learner's attempt holds now, as their next launch would be told. */
export async function savedStateOf(contentOrigin: string, deliveryKey: string, learner: string) {
  const answer = await launchUntilAnswered(() => contentOrigin, deliveryKey, launchRequest(learner));
  return answer.outcome === "allowed" ? answer.states[ITEM]?.[ELEMENT] : undefined;
}
