import * as scormAgain from "scorm-again/scorm12";
import { timespan12 } from "../timing.ts";
import { statusAfterFinish } from "./finish12.ts";
import { inLoadingOrder } from "./order.ts";
import { type Api12, QUIET, seed } from "./scormAgain.ts";
import { asText, type ScoListener, type ScoSeed, type ScoSession } from "./session.ts";

const { Scorm12API } = scormAgain as unknown as { Scorm12API: new (settings: object) => Api12 };

const NOT_INITIALIZED = "301";
const GENERAL = "101";

/** Belongs to one session and is not carried into the next. */
const OF_ONE_SESSION: ReadonlySet<string> = new Set(["cmi.core.exit", "cmi.core.session_time"]);

/** A SCORM 1.2 SCO's run-time. */
export function openSession12(start: ScoSeed, listener: ScoListener): ScoSession {
  return new Session12(start, listener);
}

class Session12 implements ScoSession {
  readonly api: object;
  #state: ScoSession["state"] = "waiting";
  readonly #inner: Api12;
  readonly #start: ScoSeed;
  readonly #listener: ScoListener;
  /** Set where we refuse a call ourselves; null where scorm-again has the last word. */
  #ownError: string | null = null;
  /** What the SCO set, with what it started from: the run-time will not tell write-only elements. */
  readonly #values: Map<string, string>;
  #statusSet = false;

  constructor(start: ScoSeed, listener: ScoListener) {
    this.#start = start;
    this.#listener = listener;
    this.#values = new Map(Object.entries(start.elements).filter(([name]) => !OF_ONE_SESSION.has(name)));
    this.#inner = new Scorm12API({ ...QUIET });
    seed(this.#inner, this.#initialElements());
    this.api = this.#facade();
  }

  get state(): ScoSession["state"] {
    return this.#state;
  }

  finish(): void {
    if (this.#state === "running") this.#finish("");
  }

  *#initialElements(): Iterable<readonly [string, string]> {
    const start = this.#start;
    const given: Record<string, string> = {
      "cmi.core.student_id": start.learner.id,
      "cmi.core.student_name": start.learner.name,
      "cmi.core.credit": start.credit,
      "cmi.core.lesson_mode": start.mode,
      "cmi.core.entry": start.entry,
      "cmi.core.total_time": timespan12(start.total_seconds),
      "cmi.launch_data": start.launch_data,
      "cmi.student_data.mastery_score": start.mastery,
      "cmi.student_data.max_time_allowed": start.max_time_allowed,
      "cmi.student_data.time_limit_action": start.time_limit_action,
      "cmi.student_preference.audio": start.preferences.audio,
      "cmi.student_preference.language": start.preferences.language,
      "cmi.student_preference.speed": start.preferences.speed,
      "cmi.student_preference.text": start.preferences.text,
    };
    for (const entry of Object.entries(given)) if (entry[1] !== "") yield entry;
    for (const entry of inLoadingOrder(start.elements)) if (!OF_ONE_SESSION.has(entry[0])) yield entry;
  }

  #facade(): object {
    const api = this.#inner;
    const delegate = <Result>(call: () => Result): Result => {
      this.#ownError = null;
      return call();
    };
    return {
      LMSInitialize: (parameter: unknown) => this.#initialize(asText(parameter)),
      LMSFinish: (parameter: unknown) =>
        this.#state === "finished" ? this.#refuse("false") : this.#finish(asText(parameter)),
      LMSGetValue: (element: unknown) =>
        this.#state === "finished"
          ? this.#refuse("")
          : delegate(() => asText(api.LMSGetValue(asText(element)))),
      LMSSetValue: (element: unknown, value: unknown) => this.#set(asText(element), asText(value)),
      LMSCommit: (parameter: unknown) => this.#commit(asText(parameter)),
      LMSGetLastError: () => this.#ownError ?? asText(api.LMSGetLastError()),
      LMSGetErrorString: (code: unknown) => asText(api.LMSGetErrorString(asText(code))),
      LMSGetDiagnostic: (code: unknown) => asText(api.LMSGetDiagnostic(asText(code))),
    };
  }

  /** SCORM 1.2 RTE 3.3: after LMSFinish there is no session. scorm-again would go on taking values. */
  #refuse<Result>(result: Result, error = NOT_INITIALIZED): Result {
    this.#ownError = error;
    return result;
  }

  #initialize(parameter: string): string {
    if (this.#state === "finished") return this.#refuse("false", GENERAL);
    this.#ownError = null;
    const result = this.#inner.LMSInitialize(parameter);
    if (result === "true" && this.#state === "waiting") {
      this.#state = "running";
      this.#listener.initialized();
    }
    return result;
  }

  #set(element: string, value: string): string {
    if (this.#state === "finished") return this.#refuse("false");
    this.#ownError = null;
    const result = this.#inner.LMSSetValue(element, value);
    if (result === "true") this.#accept(element, value);
    return result;
  }

  #accept(element: string, value: string): void {
    if (element === "cmi.core.lesson_status") this.#statusSet = true;
    this.#values.set(element, value);
    this.#listener.accepted(element, value);
  }

  #commit(parameter: string): string {
    if (this.#state === "finished") return this.#refuse("false");
    this.#ownError = null;
    const result = this.#inner.LMSCommit(parameter);
    if (result === "true") this.#listener.committed();
    return result;
  }

  #finish(parameter: string): string {
    this.#ownError = null;
    const result = this.#inner.LMSFinish(parameter);
    if (result !== "true") return result;
    this.#state = "finished";
    const before = this.#value("cmi.core.lesson_status") || "not attempted";
    const after = statusAfterFinish({
      status: before,
      set_by_course: this.#statusSet,
      raw: this.#value("cmi.core.score.raw"),
      mastery: this.#start.mastery,
      credit: this.#start.credit,
      mode: this.#start.mode,
      exit: this.#value("cmi.core.exit"),
    });
    if (after !== before) this.#listener.accepted("cmi.core.lesson_status", after);
    this.#listener.finished();
    return result;
  }

  #value(element: string): string {
    return this.#values.get(element) ?? "";
  }
}
