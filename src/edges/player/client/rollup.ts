import { boundedRollup } from "../../../core/bounds.ts";
import type { Rollup } from "../../../core/bridge.ts";
import type { CourseItem, CourseStandard } from "../../../core/course.ts";

/** What one activity achieved, whatever its standard. */
export interface Result {
  readonly completion: Rollup["completion"];
  readonly success: Rollup["success"];
  readonly score: Rollup["score"];
  readonly progress: number | null;
  readonly location: string;
}

export type Elements = Readonly<Record<string, string>>;

export const NO_SCORE: Rollup["score"] = { scaled: null, raw: null, min: null, max: null };

/** Of a launch of which nothing is stored yet. */
export const STARTED: Rollup = {
  completion: "incomplete",
  success: "unknown",
  score: NO_SCORE,
  progress: null,
  location: "",
  session_seconds: 0,
};

/** What is told of a course that is open, by what it says. */
export function rollupOf(result: Result, session_seconds: number): Rollup {
  // Opened is begun, whatever the course has said so far: an LMS must not end on "not attempted".
  const completion = result.completion === "not attempted" ? "incomplete" : result.completion;
  const bounded = boundedRollup({ ...result, completion, session_seconds });
  return { ...bounded, score: withRawScore(bounded.score) };
}

/** The result of an item as its stored elements tell it. */
export function resultOf(
  standard: CourseStandard,
  item: CourseItem,
  elements: Elements,
  passingScore: string,
): Result {
  return standard === "scorm12" ? result12(elements) : result2004(item, elements, passingScore);
}

/**
 * SCORM 1.2 has one status for two questions. `failed` ends the work on a SCO as much as `passed` does, so it
 * counts as completed; `browsed` says that it was only looked at, so it does not.
 */
function result12(elements: Elements): Result {
  const status = elements["cmi.core.lesson_status"] ?? "";
  return {
    completion: completion12(status, Object.keys(elements).length > 0),
    success: status === "passed" || status === "failed" ? status : "unknown",
    score: score12(elements),
    progress: null,
    location: elements["cmi.core.lesson_location"] ?? "",
  };
}

function completion12(status: string, opened: boolean): Rollup["completion"] {
  if (status === "passed" || status === "failed" || status === "completed") return "completed";
  return opened ? "incomplete" : "not attempted";
}

/** SCORM 1.2 RTE 3.4.2.1.8: a raw score is a number from 0 to 100, so it scales by itself unless a maximum is set. */
function score12(elements: Elements): Rollup["score"] {
  const raw = numberOf(elements["cmi.core.score.raw"]);
  const min = numberOf(elements["cmi.core.score.min"]);
  const max = numberOf(elements["cmi.core.score.max"]);
  return { scaled: raw === null ? null : scaledOf(raw, min ?? 0, max ?? 100), raw, min, max };
}

function result2004(item: CourseItem, elements: Elements, passingScore: string): Result {
  const progress = numberOf(elements["cmi.progress_measure"]);
  const score = score2004(elements);
  return {
    completion: completion2004(item, elements, progress),
    success: success2004(elements, score.scaled, numberOf(passingScore)),
    score,
    progress,
    location: elements["cmi.location"] ?? "",
  };
}

/** SCORM 2004 RTE 4.2.4.1: with a threshold, progress decides; else what the SCO said. */
function completion2004(item: CourseItem, elements: Elements, progress: number | null): Rollup["completion"] {
  const threshold = item.completion_threshold;
  if (threshold?.completed_by_measure && progress !== null)
    return progress >= threshold.min_progress_measure ? "completed" : "incomplete";
  const said = elements["cmi.completion_status"];
  if (said === "completed" || said === "incomplete" || said === "not attempted") return said;
  return Object.keys(elements).length > 0 ? "incomplete" : "not attempted";
}

/**
 * SCORM 2004 RTE 4.2.22.1: with a scaled passing score the scaled score decides, and without one nothing is
 * known; else what the SCO said. The run-time answers the course by the same rule.
 */
function success2004(elements: Elements, scaled: number | null, passing: number | null): Rollup["success"] {
  if (passing !== null) {
    if (scaled === null) return "unknown";
    return scaled >= passing ? "passed" : "failed";
  }
  const said = elements["cmi.success_status"];
  return said === "passed" || said === "failed" ? said : "unknown";
}

function score2004(elements: Elements): Rollup["score"] {
  const raw = numberOf(elements["cmi.score.raw"]);
  const min = numberOf(elements["cmi.score.min"]);
  const max = numberOf(elements["cmi.score.max"]);
  const scaled = numberOf(elements["cmi.score.scaled"]);
  const derived = raw !== null && min !== null && max !== null ? scaledOf(raw, min, max) : null;
  return { scaled: scaled ?? derived, raw, min, max };
}

/**
 * A score as an LMS can show it: many keep only the raw one, which a SCORM 2004 course need not set and which a tree of
 * activities has not. Then it is the scaled one in hundredths.
 */
export function withRawScore(score: Rollup["score"]): Rollup["score"] {
  const { scaled, raw } = score;
  if (raw !== null || scaled === null || scaled < 0) return score;
  return { scaled, raw: Math.round(scaled * 10_000) / 100, min: 0, max: 100 };
}

function scaledOf(raw: number, min: number, max: number): number | null {
  if (max <= min) return null;
  return Math.max(-1, Math.min(1, (raw - min) / (max - min)));
}

export function numberOf(text: string | undefined): number | null {
  if (text === undefined || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/**
 * The whole course from its leaves, for courses without sequencing (SCORM 1.2 says nothing of it):
 * completed when every leaf is; failed if any failed once all are completed, passed if none failed and one
 * passed; the score is the mean of those that have one, by their scaled value, so that scores out of 10 and
 * out of 100 weigh the same. One leaf is the course: its score goes through as it is.
 */
export function rollUpLeaves(leaves: readonly Result[]): Result {
  const [only] = leaves;
  if (leaves.length === 1 && only) return only;
  const completed = leaves.filter((leaf) => leaf.completion === "completed").length;
  const allCompleted = leaves.length > 0 && completed === leaves.length;
  const untouched = leaves.every((leaf) => leaf.completion === "not attempted");
  return {
    completion: allCompleted ? "completed" : untouched ? "not attempted" : "incomplete",
    success: allCompleted ? successOfAll(leaves) : "unknown",
    score: meanScore(leaves),
    progress: leaves.length === 0 ? null : completed / leaves.length,
    location: "",
  };
}

function successOfAll(leaves: readonly Result[]): Rollup["success"] {
  if (leaves.some((leaf) => leaf.success === "failed")) return "failed";
  return leaves.some((leaf) => leaf.success === "passed") ? "passed" : "unknown";
}

function meanScore(leaves: readonly Result[]): Rollup["score"] {
  const scores = leaves.flatMap((leaf) => (leaf.score.scaled === null ? [] : [leaf.score.scaled]));
  if (scores.length === 0) return NO_SCORE;
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  return withRawScore({ ...NO_SCORE, scaled: Math.round(mean * 10_000) / 10_000 });
}
