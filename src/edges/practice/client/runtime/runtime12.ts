/** The SCORM 1.2 run-time: the eight functions of SCORM 1.2 RTE 3.3 on the data model of 3.4. No DOM, no network. */
import {
  childrenOf,
  collectionsOf,
  countOf,
  type ElementTable,
  type ElementValues,
  isCollection,
  isKnown,
  type Place,
  placeOf,
} from "./elements.ts";
import { DEFAULTS_12, model12, SUSPEND_LIMIT_12 } from "./model12.ts";
import { type RuntimeOptions, type RuntimeState, toRecord } from "./runtime.ts";

export interface Api12 {
  LMSInitialize(argument?: unknown): string;
  LMSFinish(argument?: unknown): string;
  LMSGetValue(element?: unknown): string;
  LMSSetValue(element?: unknown, value?: unknown): string;
  LMSCommit(argument?: unknown): string;
  LMSGetLastError(): string;
  LMSGetErrorString(code?: unknown): string;
  LMSGetDiagnostic(code?: unknown): string;
}

/** SCORM 1.2 RTE 3.3, API error codes. */
const ERRORS_12 = {
  "0": "No error",
  "101": "General exception",
  "201": "Invalid argument error",
  "202": "Element cannot have children",
  "203": "Element not an array - cannot have count",
  "301": "Not initialized",
  "401": "Not implemented error",
  "402": "Invalid set value, element is a keyword",
  "403": "Element is read only",
  "404": "Element is write only",
  "405": "Incorrect data type",
} as const;

type Code = keyof typeof ERRORS_12;

function wordsOf(code: string): string {
  return Object.entries(ERRORS_12).find(([known]) => known === code)?.[1] ?? "";
}

class Refusal {
  readonly code: Code;
  readonly why: string;
  constructor(code: Code, why: string) {
    this.code = code;
    this.why = why;
  }
}

export function createRuntime12(options: RuntimeOptions): Api12 {
  const table = model12(options.suspend_limit ?? SUSPEND_LIMIT_12);
  const values: ElementValues = new Map(Object.entries(options.elements));
  let state: RuntimeState = "not initialized";
  let lastError: { code: Code; why: string } = { code: "0", why: "" };

  /** Runs one call and keeps its error for LMSGetLastError: each call but the three that ask for errors resets it. */
  function call<T extends string>(onRefusal: T, act: () => T): T {
    try {
      const answer = act();
      lastError = { code: "0", why: "" };
      return answer;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      lastError = refusal;
      return onRefusal;
    }
  }

  function mustRun(): void {
    if (state === "not initialized") throw new Refusal("301", "LMSInitialize has not been called");
    if (state === "terminated") throw new Refusal("301", "LMSFinish has been called");
  }

  return {
    LMSInitialize: (argument) =>
      call("false", () => {
        mustBeEmpty(argument);
        if (state !== "not initialized")
          throw new Refusal("101", "LMSInitialize can be called only once in a launch");
        if (!options.host.open()) throw new Refusal("101", "The LMS could not open the session");
        state = "running";
        return "true";
      }),
    LMSFinish: (argument) =>
      call("false", () => {
        mustBeEmpty(argument);
        mustRun();
        settleStatus(values);
        // The session is over even where the LMS could not store its end: a SCO has no way to ask again.
        state = "terminated";
        if (!options.host.keep(toRecord(values), "terminate"))
          throw new Refusal("101", "The LMS could not store the data");
        return "true";
      }),
    LMSCommit: (argument) =>
      call("false", () => {
        mustBeEmpty(argument);
        mustRun();
        if (!options.host.keep(toRecord(values), "commit"))
          throw new Refusal("101", "The LMS could not store the data");
        return "true";
      }),
    LMSGetValue: (element) =>
      call("", () => {
        mustRun();
        return read(mustBeName(element), table, values);
      }),
    LMSSetValue: (element, value) =>
      call("false", () => {
        mustRun();
        write(mustBeName(element), value, table, values);
        return "true";
      }),
    LMSGetLastError: () => lastError.code,
    LMSGetErrorString: (code) => wordsOf(String(code)),
    LMSGetDiagnostic: (code) => {
      if (code === "" || code === undefined || code === null || String(code) === lastError.code) {
        return lastError.why || ERRORS_12[lastError.code];
      }
      return wordsOf(String(code));
    },
  };
}

/** "The parameter must be an empty string": null and a missing one are none. */
function mustBeEmpty(argument: unknown): void {
  if (argument !== "") throw new Refusal("201", `the argument must be "", found ${JSON.stringify(argument)}`);
}

function mustBeName(element: unknown): string {
  if (typeof element !== "string" || element === "")
    throw new Refusal("201", "the element's name is missing");
  return element;
}

function read(element: string, table: ElementTable, values: ElementValues): string {
  const place = placeOf(element, values);
  if (element === "cmi._version") return "3.4";
  const keyword = keywordOf(place.pattern, table);
  if (keyword !== undefined) {
    mustBeInside(place);
    return keyword.name === "_count"
      ? String(countOf(parentOf(element), values))
      : childrenOf(keyword.parent, table).join(",");
  }
  const definition = table.get(place.pattern);
  if (definition === undefined) throw new Refusal("401", `${element} is no element of the data model`);
  mustBeInside(place);
  if (definition.access === "write") throw new Refusal("404", `${element} is write only`);
  return values.get(element) ?? DEFAULTS_12[place.pattern] ?? "";
}

function write(element: string, value: unknown, table: ElementTable, values: ElementValues): void {
  const place = placeOf(element, values);
  if (element === "cmi._version" || keywordOf(place.pattern, table) !== undefined) {
    throw new Refusal("402", `${element} is a keyword`);
  }
  const definition = table.get(place.pattern);
  if (definition === undefined) throw new Refusal("401", `${element} is no element of the data model`);
  if (definition.access === "read") throw new Refusal("403", `${element} is read only`);
  mustBeNext(place);
  const written = value === undefined || value === null ? "" : String(value);
  const refusal = definition.rule(written, place);
  if (refusal !== undefined) throw new Refusal("405", `${element}: ${refusal.why}`);
  values.set(element, written);
}

/** `_children` and `_count`, where the element in front of them has such: 202 and 203 where it hasn't. */
function keywordOf(
  pattern: string,
  table: ElementTable,
): { name: "_children" | "_count"; parent: string } | undefined {
  const parent = parentOf(pattern);
  if (!pattern.endsWith("._children") && !pattern.endsWith("._count")) return undefined;
  if (!isKnown(parent, table)) return undefined;
  if (pattern.endsWith("._count")) {
    if (!isCollection(parent, table)) throw new Refusal("203", `${parent} is not an array`);
    return { name: "_count", parent };
  }
  if (table.has(parent) || parent.endsWith(".n")) throw new Refusal("202", `${parent} has no children`);
  return { name: "_children", parent };
}

function parentOf(element: string): string {
  return element.slice(0, element.lastIndexOf("."));
}

/** Reading: each index must name a member that is there. */
function mustBeInside(place: Place): void {
  for (const { collection, index } of collectionsOf(place)) {
    const count = countOf(collection, place.values);
    if (index >= count)
      throw new Refusal("201", `${collection} has ${count} members, asked for index ${index}`);
  }
}

/** Writing: an array grows one by one, without gaps (SCORM 1.2 RTE 3.4, handling lists). */
function mustBeNext(place: Place): void {
  for (const { collection, index } of collectionsOf(place)) {
    const count = countOf(collection, place.values);
    if (index > count)
      throw new Refusal("201", `the next index of ${collection} is ${count}, found ${index}`);
  }
}

/**
 * What an LMS makes of `cmi.core.lesson_status` on LMSFinish (SCORM 1.2 RTE 3.4, cmi.core.lesson_status): a SCO that set none has
 * been completed, or browsed; where there is a mastery score and a score, and the launch is for credit, the LMS
 * decides passed or failed, whatever the SCO had set.
 */
function settleStatus(values: ElementValues): void {
  const get = (element: string) => values.get(element) ?? DEFAULTS_12[element] ?? "";
  const mode = get("cmi.core.lesson_mode");
  const untouched = get("cmi.core.lesson_status") === "not attempted";
  if (untouched) values.set("cmi.core.lesson_status", mode === "browse" ? "browsed" : "completed");
  const mastery = get("cmi.student_data.mastery_score");
  const raw = get("cmi.core.score.raw");
  if (mastery === "" || raw === "" || mode !== "normal" || get("cmi.core.credit") !== "credit") return;
  values.set("cmi.core.lesson_status", Number(raw) >= Number(mastery) ? "passed" : "failed");
}
