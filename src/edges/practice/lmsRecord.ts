/** How an LMS keeps a learner's record over launches: attempts, entry and total time. Pure. */
import { secondsOfInterval, secondsOfTimespan } from "./durations.ts";
import type { CommitOrder, LmsRecord, PackageItem, PackageStandard } from "./practiceTypes.ts";

export interface LaunchFacts {
  readonly package_id: string;
  readonly item_id: string;
  readonly learner_id: string;
  readonly standard: PackageStandard;
  readonly launch_id: string;
  readonly launched_at: string;
  readonly reset: boolean;
}

/** The record as it stands when the learner is let into the SCO. */
export function launchRecord(before: LmsRecord | null, facts: LaunchFacts): LmsRecord {
  const { reset, ...launch } = facts;
  if (before === null) return freshRecord(launch, 1, []);
  if (reset || attemptIsOver(before)) {
    const ended = reset ? "reset" : "normally";
    const { attempt, elements, total_seconds } = before;
    const earlier = [...before.earlier_attempts, { attempt, ended, elements, total_seconds } as const];
    return { ...freshRecord(launch, attempt + 1, earlier), launches: before.launches + 1 };
  }
  return {
    ...before,
    ...launch,
    launches: before.launches + 1,
    entry: entryOf(before),
    elements: withoutSession(before.elements),
    total_seconds: before.total_seconds + (before.terminated ? 0 : sessionSeconds(before)),
    sequence: 0,
    terminated: false,
  };
}

/** The record after a commit; null where the commit belongs to an earlier launch or was overtaken by a later one. */
export function commitRecord(
  before: LmsRecord,
  commit: CommitOrder,
  item: PackageItem,
  now: string,
): LmsRecord | null {
  if (commit.launch_id !== before.launch_id || commit.sequence <= before.sequence || before.terminated)
    return null;
  const terminated = commit.moment === "terminate";
  const committed: LmsRecord = {
    ...before,
    elements: terminated ? settled(commit.elements, before.standard, item) : commit.elements,
    commits: before.commits + 1,
    sequence: commit.sequence,
    committed_at: now,
    terminated,
  };
  return terminated
    ? { ...committed, total_seconds: before.total_seconds + sessionSeconds(committed) }
    : committed;
}

function freshRecord(
  launch: Omit<LaunchFacts, "reset">,
  attempt: number,
  earlier_attempts: LmsRecord["earlier_attempts"],
): LmsRecord {
  return {
    ...launch,
    attempt,
    launches: 1,
    entry: "ab-initio",
    elements: {},
    total_seconds: 0,
    commits: 0,
    sequence: 0,
    committed_at: null,
    terminated: false,
    earlier_attempts,
  };
}

/**
 * SCORM 2004: an attempt that was ended and not suspended is over, the next launch begins another (RTE 2.1, 4.2.8).
 * SCORM 1.2 knows no such thing: its data stays (RTE 3.4, cmi.core.exit).
 */
function attemptIsOver(record: LmsRecord): boolean {
  return record.standard !== "scorm12" && record.terminated && record.elements["cmi.exit"] !== "suspend";
}

/** SCORM 1.2 RTE 3.4 cmi.core.entry, SCORM 2004 RTE 4.2.7: `resume` after a suspend, empty after anything else. */
function entryOf(record: LmsRecord): LmsRecord["entry"] {
  if (record.committed_at === null) return "ab-initio";
  const exit = record.elements[record.standard === "scorm12" ? "cmi.core.exit" : "cmi.exit"];
  return exit === "suspend" ? "resume" : "";
}

/** Exit, session time and a navigation request speak of one session and are not carried into the next. */
function withoutSession(elements: LmsRecord["elements"]): Record<string, string> {
  const ofSession = [
    "cmi.core.exit",
    "cmi.core.session_time",
    "cmi.exit",
    "cmi.session_time",
    "adl.nav.request",
  ];
  return Object.fromEntries(Object.entries(elements).filter(([element]) => !ofSession.includes(element)));
}

function sessionSeconds(record: LmsRecord): number {
  const { elements, standard } = record;
  return standard === "scorm12"
    ? (secondsOfTimespan(elements["cmi.core.session_time"] ?? "") ?? 0)
    : (secondsOfInterval(elements["cmi.session_time"] ?? "") ?? 0);
}

/** SN UP.4: an attempt that ends, with nothing said, is completed and satisfied unless the content alone may say so. */
function settled(
  elements: LmsRecord["elements"],
  standard: PackageStandard,
  item: PackageItem,
): LmsRecord["elements"] {
  if (standard === "scorm12" || elements["cmi.exit"] === "suspend") return elements;
  const completion = elements["cmi.completion_status"] ?? "unknown";
  const success = elements["cmi.success_status"] ?? "unknown";
  return {
    ...elements,
    ...(completion === "unknown" && !item.completion_set_by_content
      ? { "cmi.completion_status": "completed" }
      : {}),
    ...(success === "unknown" && !item.objective_set_by_content ? { "cmi.success_status": "passed" } : {}),
  };
}
