/** The SCORM 2004 run-time (3rd and 4th Edition): the functions of RTE 3.1.3 to 3.1.5 with the states and errors of 3.1.6 and 3.1.7. */
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
import {
  DEFAULTS_2004,
  type Edition,
  missingDependency,
  model2004,
  SUSPEND_LIMIT_2004,
} from "./model2004.ts";
import { type RuntimeOptions, type RuntimeState, toRecord } from "./runtime.ts";

export interface Api2004 {
  Initialize(argument?: unknown): string;
  Terminate(argument?: unknown): string;
  GetValue(element?: unknown): string;
  SetValue(element?: unknown, value?: unknown): string;
  Commit(argument?: unknown): string;
  GetLastError(): string;
  GetErrorString(code?: unknown): string;
  GetDiagnostic(code?: unknown): string;
}

export interface Options2004 extends RuntimeOptions {
  readonly edition: Edition;
}

/** RTE 3.1.7. */
const ERRORS_2004 = {
  "0": "No Error",
  "101": "General Exception",
  "102": "General Initialization Failure",
  "103": "Already Initialized",
  "104": "Content Instance Terminated",
  "111": "General Termination Failure",
  "112": "Termination Before Initialization",
  "113": "Termination After Termination",
  "122": "Retrieve Data Before Initialization",
  "123": "Retrieve Data After Termination",
  "132": "Store Data Before Initialization",
  "133": "Store Data After Termination",
  "142": "Commit Before Initialization",
  "143": "Commit After Termination",
  "201": "General Argument Error",
  "301": "General Get Failure",
  "351": "General Set Failure",
  "391": "General Commit Failure",
  "401": "Undefined Data Model Element",
  "402": "Unimplemented Data Model Element",
  "403": "Data Model Element Value Not Initialized",
  "404": "Data Model Element Is Read Only",
  "405": "Data Model Element Is Write Only",
  "406": "Data Model Element Type Mismatch",
  "407": "Data Model Element Value Out Of Range",
  "408": "Data Model Dependency Not Established",
} as const;

type Code = keyof typeof ERRORS_2004;

function wordsOf(code: string): string {
  return Object.entries(ERRORS_2004).find(([known]) => known === code)?.[1] ?? "";
}

class Refusal {
  readonly code: Code;
  readonly why: string;
  constructor(code: Code, why: string) {
    this.code = code;
    this.why = why;
  }
}

export function createRuntime2004(options: Options2004): Api2004 {
  const table = model2004(options.suspend_limit ?? SUSPEND_LIMIT_2004, options.edition);
  const values: ElementValues = new Map(Object.entries(options.elements));
  let state: RuntimeState = "not initialized";
  let lastError: { code: Code; why: string } = { code: "0", why: "" };

  /** Runs one call and keeps its error: each call but the three that ask for errors resets it (RTE 3.1.5). */
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

  function mustRun(before: Code, after: Code): void {
    if (state === "not initialized") throw new Refusal(before, "Initialize has not been called");
    if (state === "terminated") throw new Refusal(after, "Terminate has been called");
  }

  /** What is stored: what the SCO set, with the statuses as the LMS judges them. */
  function kept(): Record<string, string> {
    return {
      ...toRecord(values),
      "cmi.completion_status": completionOf(values),
      "cmi.success_status": successOf(values),
    };
  }

  return {
    Initialize: (argument) =>
      call("false", () => {
        mustBeEmpty(argument);
        if (state === "running") throw new Refusal("103", "Initialize has been called");
        if (state === "terminated") throw new Refusal("104", "Terminate has been called");
        if (!options.host.open()) throw new Refusal("102", "The LMS could not open the session");
        state = "running";
        return "true";
      }),
    Terminate: (argument) =>
      call("false", () => {
        mustBeEmpty(argument);
        mustRun("112", "113");
        // The session is over even where the LMS could not store its end: a SCO has no way to ask again.
        state = "terminated";
        if (!options.host.keep(kept(), "terminate"))
          throw new Refusal("111", "The LMS could not store the data");
        return "true";
      }),
    Commit: (argument) =>
      call("false", () => {
        mustBeEmpty(argument);
        mustRun("142", "143");
        if (!options.host.keep(kept(), "commit"))
          throw new Refusal("391", "The LMS could not store the data");
        return "true";
      }),
    GetValue: (element) =>
      call("", () => {
        mustRun("122", "123");
        if (typeof element !== "string" || element === "")
          throw new Refusal("301", "the element's name is missing");
        return read(element, table, values);
      }),
    SetValue: (element, value) =>
      call("false", () => {
        mustRun("132", "133");
        if (typeof element !== "string" || element === "")
          throw new Refusal("351", "the element's name is missing");
        write(element, value, table, values);
        return "true";
      }),
    GetLastError: () => lastError.code,
    GetErrorString: (code) => wordsOf(String(code)),
    GetDiagnostic: (code) => {
      if (code === "" || code === undefined || code === null || String(code) === lastError.code) {
        return (lastError.why || ERRORS_2004[lastError.code]).slice(0, 255);
      }
      return wordsOf(String(code));
    },
  };
}

function mustBeEmpty(argument: unknown): void {
  if (argument !== "") throw new Refusal("201", `the argument must be "", found ${JSON.stringify(argument)}`);
}

function read(element: string, table: ElementTable, values: ElementValues): string {
  if (element === "cmi._version") return "1.0";
  if (/^adl\.nav\.request_valid\.(choice|jump)\.\{target=[^}\s]+\}$/.test(element)) return "unknown";
  const place = placeOf(element, values);
  const keyword = keywordOf(place.pattern);
  if (keyword !== undefined && isKnown(keyword.parent, table)) {
    mustBeInside(place);
    if (keyword.name === "_count") {
      if (!isCollection(keyword.parent, table))
        throw new Refusal("301", `${keyword.parent} is no collection`);
      return String(countOf(parentOf(element), values));
    }
    if (table.has(keyword.parent) || keyword.parent.endsWith(".n")) {
      throw new Refusal("301", `${keyword.parent} has no children`);
    }
    return childrenOf(keyword.parent, table).join(",");
  }
  const definition = table.get(place.pattern);
  if (definition === undefined) throw new Refusal("401", `${element} is no element of the data model`);
  if (definition.access === "write") throw new Refusal("405", `${element} is write only`);
  mustBeInside(place);
  const value = judged(element, values) ?? values.get(element) ?? DEFAULTS_2004[place.pattern];
  if (value === undefined) throw new Refusal("403", `${element} has no value yet`);
  return value;
}

function write(element: string, value: unknown, table: ElementTable, values: ElementValues): void {
  const place = placeOf(element, values);
  const keyword = keywordOf(place.pattern);
  const isReadOnlyName = element === "cmi._version" || element.startsWith("adl.nav.request_valid.");
  if (isReadOnlyName || (keyword !== undefined && isKnown(keyword.parent, table))) {
    throw new Refusal("404", `${element} is read only`);
  }
  const definition = table.get(place.pattern);
  if (definition === undefined) throw new Refusal("401", `${element} is no element of the data model`);
  if (definition.access === "read") throw new Refusal("404", `${element} is read only`);
  mustBeNext(place);
  const missing = missingDependency(place);
  if (missing !== undefined) throw new Refusal("408", `${missing} must be set first`);
  const written = value === undefined || value === null ? "" : String(value);
  const refusal = definition.rule(written, place);
  if (refusal !== undefined) throw new Refusal(codeOf(refusal.because), `${element}: ${refusal.why}`);
  values.set(element, written);
}

function codeOf(because: "range" | "failure" | undefined): Code {
  if (because === "range") return "407";
  return because === "failure" ? "351" : "406";
}

function keywordOf(pattern: string): { name: "_children" | "_count"; parent: string } | undefined {
  if (pattern.endsWith("._children")) return { name: "_children", parent: parentOf(pattern) };
  if (pattern.endsWith("._count")) return { name: "_count", parent: parentOf(pattern) };
  return undefined;
}

function parentOf(element: string): string {
  return element.slice(0, element.lastIndexOf("."));
}

/** Reading: each index must name a member that is there (RTE 3.1.7.5, 301). */
function mustBeInside(place: Place): void {
  for (const { collection, index } of collectionsOf(place)) {
    const count = countOf(collection, place.values);
    if (index >= count)
      throw new Refusal("301", `${collection} has ${count} members, asked for index ${index}`);
  }
}

/** Writing: a collection grows one by one (RTE 4.1.1.2); the members of what the LMS alone fills are fixed. */
function mustBeNext(place: Place): void {
  for (const { collection, index } of collectionsOf(place)) {
    const count = countOf(collection, place.values);
    const full = collection === "adl.data" ? index >= count : index > count;
    if (full) throw new Refusal("351", `${collection} has ${count} members, found index ${index}`);
  }
}

/** Statuses that the LMS judges itself, whatever the SCO set (RTE 4.2.4.1 and 4.2.22.1). */
function judged(element: string, values: ElementValues): string | undefined {
  if (element === "cmi.completion_status") return completionOf(values);
  if (element === "cmi.success_status") return successOf(values);
  return undefined;
}

function completionOf(values: ElementValues): string {
  const threshold = values.get("cmi.completion_threshold");
  const progress = values.get("cmi.progress_measure");
  if (threshold === undefined) return values.get("cmi.completion_status") ?? "unknown";
  if (progress === undefined) return "unknown";
  return Number(progress) >= Number(threshold) ? "completed" : "incomplete";
}

function successOf(values: ElementValues): string {
  const passing = values.get("cmi.scaled_passing_score");
  if (passing === undefined) return values.get("cmi.success_status") ?? "unknown";
  const scaled = values.get("cmi.score.scaled");
  if (scaled === undefined) return "unknown";
  return Number(scaled) >= Number(passing) ? "passed" : "failed";
}
