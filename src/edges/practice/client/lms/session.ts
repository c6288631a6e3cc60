/** One launch in the LMS: the SCORM API that the course finds, on the record that the server opened for it. */
import { intervalOfSeconds, timespanOfSeconds } from "../../durations.ts";
import type { LmsLearner, LmsPackage, LmsRecord, PackageItem } from "../../practiceTypes.ts";
import type { RuntimeHost } from "../runtime/runtime.ts";
import { createRuntime12 } from "../runtime/runtime12.ts";
import { createRuntime2004 } from "../runtime/runtime2004.ts";
import { sendCommit } from "./commits.ts";
import type { Faults, LmsSettings } from "./faults.ts";

export interface SessionOrder {
  readonly package: LmsPackage;
  readonly item: PackageItem;
  readonly learner: LmsLearner;
  readonly record: LmsRecord;
  readonly settings: LmsSettings;
  readonly faults: Faults;
}

/** One call of the API, as the log shows it. */
export interface ApiCall {
  readonly name: string;
  readonly arguments: readonly unknown[];
  readonly answer: unknown;
  /** The LMS's error code after the call. */
  readonly error: string;
  readonly diagnostic: string;
}

type Api = Readonly<Record<string, (...given: unknown[]) => string>>;

export interface Session {
  /** The name on the window under which a course looks for it. */
  readonly api_name: "API" | "API_1484_11";
  readonly api: Readonly<Record<string, (...given: unknown[]) => unknown>>;
}

export function createSession(order: SessionOrder, onCall: (call: ApiCall) => void): Session {
  const { standard } = order.package;
  const { faults } = order;
  const options = {
    elements: elementsOf(order),
    host: hostOf(order),
    ...(faults.suspend_limit > 0 ? { suspend_limit: faults.suspend_limit } : {}),
  };
  if (standard === "scorm12") {
    const api = createRuntime12(options);
    const error = () => ({ error: api.LMSGetLastError(), diagnostic: api.LMSGetDiagnostic("") });
    return { api_name: "API", api: observed({ ...api }, error, faults, onCall) };
  }
  const api = createRuntime2004({ ...options, edition: standard === "scorm2004-4" ? "4th" : "3rd" });
  const error = () => ({ error: api.GetLastError(), diagnostic: api.GetDiagnostic("") });
  return { api_name: "API_1484_11", api: observed({ ...api }, error, faults, onCall) };
}

function hostOf({ record, settings, faults }: SessionOrder): RuntimeHost {
  let sequence = 0;
  return {
    open: () => faults.initialize_fails === 0,
    keep: (elements, moment) => {
      sequence += 1;
      const { package_id, item_id, learner_id, launch_id } = record;
      return sendCommit(
        { package_id, item_id, learner_id, launch_id, sequence, elements, moment },
        settings.commits_by,
        faults,
      );
    },
  };
}

/** Slow calls and odd answers happen here, outside of the run-time, which keeps to the standard. */
function observed(
  api: Api,
  lastError: () => { error: string; diagnostic: string },
  faults: Faults,
  onCall: (call: ApiCall) => void,
): Session["api"] {
  const wrapped = Object.entries(api).map(([name, act]) => [
    name,
    (...given: unknown[]) => {
      waitBusily(faults.slow_calls);
      const plain = act(...given);
      const answer = faults.odd_answers > 0 ? oddly(plain) : plain;
      onCall({ name, arguments: given, answer, ...lastError() });
      return answer;
    },
  ]);
  return Object.fromEntries(wrapped);
}

/** SCORM calls answer at once or block: there is no other way for one to be slow. */
function waitBusily(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

function oddly(answer: string): unknown {
  if (answer === "true") return true;
  if (answer === "false") return false;
  if (answer === "") return null;
  return /^\d+$/.test(answer) ? Number(answer) : answer;
}

/** The id that this LMS sends for a learner; the fault makes it another one for the same person. */
export function sentLearnerId(learner: LmsLearner, change: Faults["learner_id"]): string {
  const id = learner.learner_id;
  if (change === "upper_case") return id.toUpperCase();
  if (change === "email") return `${id}@example.com`;
  if (change === "guest") return "guest";
  return change === "number" ? String(numberOf(id)) : id;
}

/** The same number for the same id, five digits. */
function numberOf(id: string): number {
  return [...id].reduce((hash, letter) => (hash * 31 + letter.charCodeAt(0)) % 90_000, 7) + 10_000;
}

/** The data model at launch: what an earlier session left, under what the LMS itself says. */
function elementsOf({
  package: { standard },
  item,
  learner,
  record,
  settings,
  faults,
}: SessionOrder): Record<string, string> {
  const learnerId = sentLearnerId(learner, faults.learner_id);
  const own =
    standard === "scorm12"
      ? {
          "cmi.core.student_id": learnerId,
          "cmi.core.student_name": learner.name,
          "cmi.core.credit": settings.credit,
          "cmi.core.lesson_mode": settings.mode,
          "cmi.core.entry": record.entry,
          "cmi.core.total_time": timespanOfSeconds(record.total_seconds),
          "cmi.launch_data": item.launch_data,
          "cmi.student_data.mastery_score": item.mastery_score,
          "cmi.student_data.max_time_allowed": item.max_time_allowed,
          "cmi.student_data.time_limit_action": item.time_limit_action,
        }
      : {
          "cmi.learner_id": learnerId,
          "cmi.learner_name": learner.name,
          "cmi.credit": settings.credit,
          "cmi.mode": settings.mode,
          "cmi.entry": record.entry,
          "cmi.total_time": intervalOfSeconds(record.total_seconds),
          "cmi.launch_data": item.launch_data,
          "cmi.max_time_allowed": item.max_time_allowed,
          "cmi.time_limit_action": item.time_limit_action,
          "cmi.completion_threshold": item.completion_threshold,
          "cmi.scaled_passing_score": item.scaled_passing_score,
        };
  const given = Object.entries(own).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...record.elements, ...Object.fromEntries(given) };
}
