import type { LaunchAllowed } from "../../../../core/bridge.ts";
import type { CourseItem, CourseStructure } from "../../../../core/course.ts";
import type { LmsWishes } from "../lms.ts";
import { numberOf } from "../rollup.ts";
import type { ScoSeed } from "../runtime/session.ts";
import { duration2004, secondsOf, timespan12 } from "../timing.ts";
import { is2004, isSingle } from "./tree.ts";

/** What a SCO starts from: the manifest, the LMS and earlier sessions in one. Pure. */

export interface SeedSources {
  readonly allowed: LaunchAllowed;
  readonly wishes: LmsWishes;
  readonly item: CourseItem;
  readonly elements: Readonly<Record<string, string>>;
  readonly total_seconds: number;
}

const EXIT_ELEMENT = { "1.2": "cmi.core.exit", "2004": "cmi.exit" } as const;

export const standardOf = (structure: CourseStructure): "1.2" | "2004" =>
  is2004(structure) ? "2004" : "1.2";

export const exitElementOf = (structure: CourseStructure): string => EXIT_ELEMENT[standardOf(structure)];

export function seedOf(sources: SeedSources): ScoSeed {
  const { allowed, wishes, item, elements } = sources;
  const { structure } = allowed.course;
  return {
    elements,
    learner: allowed.learner,
    mode: allowed.mode,
    credit: allowed.credit,
    entry: entryOf(structure, elements),
    total_seconds: sources.total_seconds,
    launch_data: item.launch_data ?? "",
    mastery: masteryOf(structure, item, wishes),
    max_time_allowed: timeLimitOf(structure, item),
    time_limit_action: item.time_limit_action ?? "",
    completion_threshold: item.completion_threshold?.completed_by_measure
      ? String(item.completion_threshold.min_progress_measure)
      : "",
    preferences: preferencesOf(structure, wishes),
  };
}

/** SCORM 1.2 RTE 3.4.2.1.6, SCORM 2004 RTE 4.2.11: first time, resumed after a suspension, or neither. */
function entryOf(structure: CourseStructure, elements: Readonly<Record<string, string>>): ScoSeed["entry"] {
  if (Object.keys(elements).length === 0) return "ab-initio";
  return elements[exitElementOf(structure)] === "suspend" ? "resume" : "";
}

/**
 * The LMS's mastery score is one for the whole package, so it overrides the manifest's only where the course
 * is a single SCO. The two standards count in 0 to 100 and −1 to 1.
 */
export function masteryOf(structure: CourseStructure, item: CourseItem, wishes: LmsWishes): string {
  const own = is2004(structure) ? passingScoreOf(item) : item.mastery_score;
  const given = isSingle(structure) ? numberOf(wishes.mastery) : null;
  if (given === null) return own === undefined ? "" : String(own);
  if (wishes.api === standardOf(structure)) return String(given);
  return decimal(is2004(structure) ? given / 100 : given * 100);
}

/** Without the binary fraction's dust: 0.55 × 100 is 55, or who scores 55 would fail. */
function decimal(value: number): string {
  return String(Math.round(value * 1e6) / 1e6);
}

/** SCORM 2004 RTE 4.2.20: the minimum normalized measure (1.0 unless stated) where satisfaction goes by it. */
function passingScoreOf(item: CourseItem): number | undefined {
  const objective = item.sequencing?.primary_objective;
  return objective?.satisfied_by_measure ? (objective.min_normalized_measure ?? 1) : undefined;
}

/** In the notation of the course's standard; "" where there is none. */
function timeLimitOf(structure: CourseStructure, item: CourseItem): string {
  const seconds = timeLimitSecondsOf(item);
  if (seconds === null) return "";
  return is2004(structure) ? duration2004(seconds) : timespan12(seconds);
}

export function timeLimitSecondsOf(item: CourseItem): number | null {
  const limit =
    item.max_time_allowed ?? item.sequencing?.limit_conditions?.attempt_absolute_duration_limit ?? "";
  const seconds = secondsOf(limit);
  return seconds !== null && seconds > 0 ? seconds : null;
}

/** Numbers mean different things in the two standards; a language is a language. */
function preferencesOf(
  structure: CourseStructure,
  { api, preferences }: LmsWishes,
): LmsWishes["preferences"] {
  const { language } = preferences;
  if (api === standardOf(structure)) return preferences;
  return { audio: "", language, speed: "", text: "" };
}
