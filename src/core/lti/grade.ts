/** What a gradebook is told of an attempt (docs/lti-grades.md "What is told"). */
import type { Rollup } from "../bridge.ts";

/** Of a rollup, what can be told at all. */
export type GradedRollup = Pick<Rollup, "completion" | "success" | "score" | "progress">;

export interface Score {
  readonly given: number;
  readonly maximum: number;
}

/** As Assignment and Grade Services 2.0 say it; without the person and the time. */
export interface GradeMessage {
  readonly activityProgress: "Initialized" | "Started" | "InProgress" | "Completed";
  readonly gradingProgress: "FullyGraded" | "NotReady";
  readonly scoreGiven?: number;
  readonly scoreMaximum?: number;
}

/** Line items that the gateway makes are of this maximum, and most of what it tells: some gradebooks don't convert. */
export const USUAL_MAXIMUM = 100;

/**
 * The course's own score; where it gives none, how it ended: all for passed or completed, nothing for failed. Null: there is
 * none yet.
 */
export function scoreOf({ completion, success, score }: GradedRollup): Score | null {
  const { scaled, raw, max } = score;
  if (scaled !== null) return { given: roundTo4(within(scaled, 1) * USUAL_MAXIMUM), maximum: USUAL_MAXIMUM };
  if (raw !== null && max !== null && max > 0) return { given: roundTo4(within(raw, max)), maximum: max };
  if (raw !== null && raw <= USUAL_MAXIMUM)
    return { given: roundTo4(within(raw, USUAL_MAXIMUM)), maximum: USUAL_MAXIMUM };
  if (success === "failed") return { given: 0, maximum: USUAL_MAXIMUM };
  if (success === "passed" || completion === "completed")
    return { given: USUAL_MAXIMUM, maximum: USUAL_MAXIMUM };
  return null;
}

function within(value: number, most: number): number {
  return Math.max(0, Math.min(most, value));
}

function roundTo4(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

/**
 * A score is a grade as soon as the course gives one, as it is in an LMS that runs the course itself: `Pending` ones are
 * shown by nobody, and Moodle takes away what it had.
 */
export function gradeMessageOf(rollup: GradedRollup): GradeMessage {
  const score = scoreOf(rollup);
  const activityProgress = activityOf(rollup);
  return score
    ? {
        activityProgress,
        gradingProgress: "FullyGraded",
        scoreGiven: score.given,
        scoreMaximum: score.maximum,
      }
    : { activityProgress, gradingProgress: "NotReady" };
}

function activityOf({
  completion,
  success,
  score,
  progress,
}: GradedRollup): GradeMessage["activityProgress"] {
  if (completion === "completed") return "Completed";
  if ((progress ?? 0) > 0 || success !== "unknown" || score.scaled !== null || score.raw !== null)
    return "InProgress";
  return completion === "incomplete" ? "Started" : "Initialized";
}

/**
 * The time of the event; but always a later second than the one told before it, for some gradebooks compare seconds and refuse
 * what is not later.
 */
export function timeToTell(occurredAt: Date, lastTold: Date | null): Date {
  if (!lastTold) return occurredAt;
  const nextSecond = new Date((Math.floor(lastTold.getTime() / 1000) + 1) * 1000);
  return occurredAt > nextSecond ? occurredAt : nextSecond;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** After the first failed try, the second, …; from the last on, always that. */
export const GRADE_PAUSES_SECONDS = [5, 15, MINUTE, 3 * MINUTE, 5 * MINUTE, 10 * MINUTE] as const;
/** For the first day; later they are longer. */
const LONG_PAUSE_SECONDS = 15 * MINUTE;
const LONGER_PAUSE_SECONDS = 2 * HOUR;
const LONG_TRIES = 100;
/** What the platform refuses changes, if at all, when somebody there does something: an hour, two, … up to twelve. */
const MOST_REFUSED_HOURS = 12;
const LONGEST_WISHED_SECONDS = 24 * HOUR;
const SPREAD = 0.2;

export interface FailedGrade {
  /** With the last one. */
  readonly tries: number;
  readonly is_refused: boolean;
  /** `Retry-After`; null: nothing. */
  readonly wished_seconds: number | null;
  /** From 0 to 1. */
  readonly chance: number;
}

/** How long a grade that did not arrive waits. */
export function pauseAfter({ tries, is_refused, wished_seconds, chance }: FailedGrade): number {
  const usual =
    GRADE_PAUSES_SECONDS[tries - 1] ?? (tries <= LONG_TRIES ? LONG_PAUSE_SECONDS : LONGER_PAUSE_SECONDS);
  const pause = is_refused ? Math.min(tries, MOST_REFUSED_HOURS) * HOUR : usual;
  const spread = pause * (1 + SPREAD * chance);
  return Math.max(spread, Math.min(wished_seconds ?? 0, LONGEST_WISHED_SECONDS));
}
