/** Learners who are in a course, and newcomers who come again and again: what each of them notices while things go wrong. */
import type { LaunchAllowed } from "../../src/core/bridge.ts";
import { keep, launch, launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { sleep } from "../support/until.ts";

/** Longer than any of the ordeals lasts. */
export const PATIENCE_SECONDS = 180;

const STEP_SECONDS = 0.5;

export interface Noticed {
  /** Beats that changed nothing and were answered at the first try. */
  beats: number;
  /** Of those, the longest. */
  slowestBeatSeconds: number;
  /** Beats that a dying process cut off, and that were answered when sent again. */
  beatsSentAgain: number;
  files: number;
  filesAskedAgain: number;
  saves: number;
  /** From the first sending of a save to its acknowledgement. */
  slowestSaveSeconds: number;
  /** What no learner in a course should see. */
  readonly troubles: string[];
}

/** Is in the course from before, beats, turns pages and saves. */
export function study(origin: string, opened: LaunchAllowed, noticed: Noticed): { stop(): Promise<void> } {
  let going = true;
  let { token } = opened;
  const file = `${opened.course.content_base}course/index.html`;

  const beat = async () => {
    const begun = performance.now();
    const answered = await keep(origin, { token }).catch(() => null);
    if (!answered) {
      noticed.beatsSentAgain++;
      return beat();
    }
    noticed.beats++;
    noticed.slowestBeatSeconds = Math.max(noticed.slowestBeatSeconds, secondsSince(begun));
    if (answered.status !== 200) noticed.troubles.push(`beat: ${JSON.stringify(answered)}`);
    else if (answered.body.stop) noticed.troubles.push(`stopped: ${answered.body.stop.code}`);
    else ({ token } = answered.body);
  };
  const turnPage = async (): Promise<void> => {
    const status = await fetch(`${origin}${file}`).then(
      async (response) => (await response.text()) && response.status,
      () => null,
    );
    if (status === null) {
      noticed.filesAskedAgain++;
      return turnPage();
    }
    noticed.files++;
    if (status !== 200) noticed.troubles.push(`file: ${status}`);
  };
  const save = async (sequence: number) => {
    const begun = performance.now();
    const changes = { item: { "cmi.suspend_data": `${sequence}` } };
    for (;;) {
      const answered = await keep(origin, { token, sequence, changes }).catch(() => null);
      if (answered?.status === 200) break;
      if (answered && answered.status !== 503) noticed.troubles.push(`save: ${JSON.stringify(answered)}`);
      if (secondsSince(begun) > PATIENCE_SECONDS) return void noticed.troubles.push("a save was never taken");
      // Meanwhile the course goes on: nothing is held up by a save that waits.
      await beat();
      await turnPage();
      await sleep(STEP_SECONDS);
    }
    noticed.saves++;
    noticed.slowestSaveSeconds = Math.max(noticed.slowestSaveSeconds, secondsSince(begun));
  };
  const studying = (async () => {
    for (let step = 1; going; step++) {
      await beat();
      await turnPage();
      if (step % 4 === 0) await save(step);
      await sleep(STEP_SECONDS);
    }
  })();
  return {
    stop: () => {
      going = false;
      return studying;
    },
  };
}

export interface Newcomers {
  /** How often nobody could say yes or no: the page that tries again by itself, or no answer at all. */
  readonly unavailable: number;
  readonly unanswered: number;
  /** Tries that were allowed, by `performance.now()`. */
  readonly allowedAt: readonly number[];
  readonly troubles: readonly string[];
  /** Everyone who was told to wait tries again until they are in. @returns How many those were. */
  stop(): Promise<number>;
}

const NEWCOMER_EVERY_SECONDS = 0.1;

/** A new learner every moment, who tries once; who is not let in comes again at the end. */
export function startNewcomers(origin: string, key: string): Newcomers {
  let going = true;
  const counts = { unavailable: 0, unanswered: 0 };
  const allowedAt: number[] = [];
  const troubles: string[] = [];
  const waiting: string[] = [];
  const come = async (learner: string) => {
    const answered = await launch(origin, key, launchRequest(learner)).catch(() => null);
    if (answered?.status === 200 && answered.body.outcome === "allowed")
      return void allowedAt.push(performance.now());
    waiting.push(learner);
    if (!answered) counts.unanswered++;
    else if (answered.body.outcome === "denied" && answered.body.code === "gateway_unavailable")
      counts.unavailable++;
    else troubles.push(JSON.stringify(answered));
  };
  const coming = (async () => {
    const all: Promise<void>[] = [];
    for (let index = 0; going; index++) {
      all.push(come(`newcomer ${index}`));
      await sleep(NEWCOMER_EVERY_SECONDS);
    }
    await Promise.all(all);
  })();
  return {
    get unavailable() {
      return counts.unavailable;
    },
    get unanswered() {
      return counts.unanswered;
    },
    allowedAt,
    troubles,
    stop: async () => {
      going = false;
      await coming;
      for (const learner of waiting) {
        const answer = await launchUntilAnswered(() => origin, key, launchRequest(learner));
        if (answer.outcome === "denied") troubles.push(`${learner}: ${answer.code}`);
      }
      return waiting.length;
    },
  };
}

export function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000;
}
