/**
 * What a course says of itself can be absurd: a session of 56 years where its start was never set, a score of ten digits. It is
 * brought within bounds, never refused, by the player and by the gateway: an oddity must not cost the learner all else that
 * is saved with it (docs/bridge.md §3). What is no number travels as null.
 */
import type { Rollup } from "./bridge.ts";

/** 115 days: far more than a launch can last. */
export const MOST_SESSION_SECONDS = 1e7;
const MOST_SCORE = 1e9;
/**
 * In characters: sixteen times what SCORM lets suspend data be. It sets an end to few other values: an answer to a question, as
 * of SCORM 1.2, can be of any length.
 */
export const LONGEST_VALUE = 1_000_000;

/** As a course, or a player of an earlier version, may have it. */
export type UnboundedRollup = Omit<Rollup, "session_seconds"> & { readonly session_seconds: number | null };

export function boundedRollup(said: UnboundedRollup): Rollup {
  const { scaled, raw, min, max } = said.score;
  return {
    ...said,
    score: {
      // SCORM 2004 RTE 4.2.22.1.
      scaled: bounded(scaled, -1, 1),
      raw: bounded(raw, -MOST_SCORE, MOST_SCORE),
      min: bounded(min, -MOST_SCORE, MOST_SCORE),
      max: bounded(max, -MOST_SCORE, MOST_SCORE),
    },
    progress: bounded(said.progress, 0, 1),
    session_seconds: boundedSeconds(said.session_seconds),
  };
}

export function boundedSeconds(said: number | null): number {
  return bounded(said, 0, MOST_SESSION_SECONDS) ?? 0;
}

/** Null: unknown. */
function bounded(value: number | null, least: number, most: number): number | null {
  return value === null || Number.isNaN(value) ? null : Math.max(least, Math.min(most, value));
}
