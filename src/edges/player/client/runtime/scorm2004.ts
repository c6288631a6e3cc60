import * as scormAgain from "scorm-again/scorm2004";
import type { CourseStructure } from "../../../../core/course.ts";
import { activityTreeOf, ORGANIZATION, type Settings } from "../activities/sequencingSettings.ts";
import { leavesOf } from "../activities/tree.ts";
import type { Result } from "../rollup.ts";
import { NO_SCORE } from "../rollup.ts";
import { duration2004 } from "../timing.ts";
import { inLoadingOrder } from "./order.ts";
import { type Api2004, QUIET, type SequencingProcess, type SuspensionState, seed } from "./scormAgain.ts";
import { fromElements, suspendedAt, toElements, type Untouched, untouchedOf } from "./sequencingState.ts";
import { asText, type ScoListener, type ScoSeed, type ScoSession } from "./session.ts";

const { Scorm2004API } = scormAgain as unknown as { Scorm2004API: new (settings: object) => Api2004 };

/** Belongs to one session and is not carried into the next. */
const OF_ONE_SESSION: ReadonlySet<string> = new Set(["cmi.exit", "cmi.session_time", "adl.nav.request"]);

export type NavigationRequest = "continue" | "previous" | "choice" | "exit" | "suspendAll" | "exitAll";

/** What a navigation request came to. */
export interface Navigation {
  /** The item to open now; null where none is. */
  readonly delivered: string | null;
  /** The course is over for this launch: `exitAll`, `suspendAll`, the end of the content, … */
  readonly ended: boolean;
}

export interface SequencedListener {
  /** The SCO ended itself; called inside its own Terminate. */
  onNavigated(navigation: Navigation): void;
}

/**
 * A SCORM 2004 course: its activity tree with sequencing, and one run-time after the other in front of it.
 * Every SCO gets a fresh scorm-again API that the tree's state is carried into, by the same way as into the
 * next launch.
 */
export class SequencedCourse {
  readonly #settings: Settings;
  readonly #leaves: readonly string[];
  readonly #listener: SequencedListener;
  readonly #untouched: Untouched;
  #api: Api2004;
  #session: Session2004 | null = null;
  #delivered: string | null = null;
  #ended = false;
  /** Items that sequencing wants taken again from the start (`retry`, `retryAll`). */
  readonly #restart: Set<string>;
  #asked: { readonly request: NavigationRequest; readonly target?: string } | null = null;

  constructor(structure: CourseStructure, listener: SequencedListener, restart: readonly string[]) {
    this.#settings = activityTreeOf(structure);
    this.#leaves = leavesOf(structure.items).map(({ item }) => item.id);
    this.#listener = listener;
    this.#restart = new Set(restart);
    this.#api = this.#createApi();
    this.#untouched = untouchedOf(this.#process.getSuspensionState());
  }

  /** Begins or resumes the course; `lastOpen` is the item that was open when it was last left. */
  begin(elements: Readonly<Record<string, string>>, lastOpen: string): Navigation {
    const root = this.#process.getSuspensionState().activityTree;
    const stored = fromElements(elements, root);
    if (stored !== null) {
      const target = [stored.suspendedActivityId, lastOpen, stored.currentActivityId].find(
        (id) => id !== null && this.#leaves.includes(id),
      );
      restore(this.#api, target ? suspendedAt(stored, target) : { ...stored, currentActivityId: null });
      const resumed = this.#request("resumeAll");
      if (resumed.delivered !== null) return resumed;
    }
    const started = this.#request("start");
    if (started.delivered !== null || started.ended) return started;
    // Where only choice is allowed, the course opens at the first item that may be chosen.
    for (const leaf of this.#leaves) {
      const chosen = this.#request("choice", leaf);
      if (chosen.delivered !== null) return chosen;
    }
    return { delivered: null, ended: false };
  }

  /** Whether the item's stored data is to be dropped before it opens; asked once. */
  takeRestart(item: string): boolean {
    return this.#restart.delete(item);
  }

  get toRestart(): readonly string[] {
    return [...this.#restart];
  }

  /** A run-time for the item just delivered. */
  open(start: ScoSeed, listener: ScoListener): ScoSession {
    const state = this.#process.getSuspensionState();
    const resumed = this.#api.getSequencingState().currentActivity?.deliveryWasResumed === true;
    this.#api = this.#createApi();
    restore(this.#api, state);
    const session = new Session2004(this.#api, start, {
      ...listener,
      navigating: () => this.#beforeTerminate(),
      finished: () => {
        listener.finished();
        this.#afterTerminate();
      },
    });
    // A new attempt of an item whose data is kept: the tree learns from the data what it already knew.
    if (!resumed && Object.keys(start.elements).length > 0)
      this.#api.getSequencingService()?.triggerRollupOnCMIChange("cmi.completion_status", "", "");
    this.#session = session;
    return session;
  }

  /**
   * The learner wants to go on. Call `ask`, take the course's page away (it may terminate itself meanwhile,
   * and then what the learner wants overrides what it asks for), then `settle`.
   */
  ask(request: NavigationRequest, target?: string): void {
    this.#asked = { request, ...(target === undefined ? {} : { target }) };
    this.#delivered = null;
    this.#ended = false;
  }

  settle(): Navigation {
    const asked = this.#asked;
    if (asked === null) return this.#outcome();
    this.#session?.finish();
    // Nothing was running: an asset, or a SCO that never spoke or had already terminated.
    if (this.#asked !== null) {
      this.#asked = null;
      return this.#request(asked.request, asked.target);
    }
    return this.#outcome();
  }

  /** Whether asking now would lead somewhere. */
  allows(request: "continue" | "previous"): boolean {
    const ahead = this.#process.getNavigationLookAhead();
    const plausible = request === "continue" ? ahead.continueEnabled : ahead.previousEnabled;
    return plausible && this.#api.previewNavigationRequest(request).outcome !== "blocked";
  }

  get choices(): ReadonlySet<string> {
    return new Set(this.#process.getNavigationLookAhead().availableChoices);
  }

  /** Controls that the current item wants hidden (`adlnav:hideLMSUI`). */
  get hiddenControls(): ReadonlySet<string> {
    const current = this.#api.getSequencingState().currentActivity;
    return new Set(this.#process.getEffectiveHideLmsUi(current));
  }

  /** The state to keep for the next launch. */
  get elements(): Record<string, string> {
    return toElements(this.#process.getSuspensionState(), this.#untouched);
  }

  /** What one activity achieved, as sequencing sees it. */
  resultOf(id: string): Pick<Result, "completion" | "success" | "score" | "progress"> {
    const tracking = this.#api.getActivityTrackingData(id);
    const { completionStatus = "unknown", successStatus = "unknown", score = null } = tracking ?? {};
    const completion =
      completionStatus === "completed" || completionStatus === "not attempted"
        ? completionStatus
        : "incomplete";
    return {
      completion,
      success: successStatus === "passed" || successStatus === "failed" ? successStatus : "unknown",
      score: score === null ? NO_SCORE : { ...NO_SCORE, scaled: score },
      progress: tracking?.attemptCompletionAmountStatus ? tracking.attemptCompletionAmount : null,
    };
  }

  get result(): Pick<Result, "completion" | "success" | "score" | "progress"> {
    return this.resultOf(ORGANIZATION);
  }

  get #process(): SequencingProcess {
    const process = this.#api.getSequencingService()?.getOverallSequencingProcess();
    if (!process) throw new Error("scorm-again made no sequencing process for the activity tree");
    return process;
  }

  #request(request: string, target?: string): Navigation {
    this.#delivered = null;
    this.#ended = false;
    this.#api.processNavigationRequest(request, target);
    return this.#outcome();
  }

  #outcome(): Navigation {
    return { delivered: this.#delivered, ended: this.#ended };
  }

  #beforeTerminate(): void {
    if (this.#asked === null) {
      this.#delivered = null;
      this.#ended = false;
      return;
    }
    const { request, target } = this.#asked;
    this.#api.adl.nav.request = target === undefined ? request : `{target=${target}}${request}`;
  }

  #afterTerminate(): void {
    const byLearner = this.#asked !== null;
    this.#asked = null;
    if (!byLearner) this.#listener.onNavigated(this.#outcome());
  }

  #createApi(): Api2004 {
    return new Scorm2004API({
      ...QUIET,
      sequencing: {
        activityTree: this.#settings,
        autoRollupOnCMIChange: true,
        logLevel: "error",
        eventListeners: {
          onActivityDelivery: (activity: { readonly id: string }) => {
            this.#delivered = activity.id;
          },
          onSequencingSessionEnd: () => {
            this.#ended = true;
          },
          onSequencingDebug: (event: string, data: Readonly<Record<string, unknown>>) =>
            this.#noteRetry(event, data),
        },
      },
    });
  }

  /** Post-conditions are told only as debug events; a retry means that the item's data begins anew. */
  #noteRetry(event: string, data: Readonly<Record<string, unknown>>): void {
    if (!event.endsWith("onPostConditionEvaluated") || data["sequencingRequest"] !== "retry") return;
    const all = data["terminationRequest"] === "exitAll";
    const from = all ? ORGANIZATION : String(data["activity"]);
    for (const leaf of leavesBelow(this.#settings, from)) this.#restart.add(leaf);
  }
}

function leavesBelow(activity: Settings, from: string, inside = false): readonly string[] {
  const children = (activity["children"] ?? []) as readonly Settings[];
  const within = inside || activity["id"] === from;
  if (children.length === 0) return within ? [String(activity["id"])] : [];
  return children.flatMap((child) => leavesBelow(child, from, within));
}

function restore(api: Api2004, state: SuspensionState): void {
  const process = api.getSequencingService()?.getOverallSequencingProcess();
  process?.restoreSuspensionState(state);
  process?.setContentDelivered(state.currentActivityId !== null);
  // Restoring the position activates its path, whether it was active or not: the activities' own flags again.
  api.getSequencingState().rootActivity?.restoreSuspensionState(state.activityTree);
  process?.updateNavigationValidity();
}

interface SessionListener extends ScoListener {
  /** Before scorm-again terminates and navigates. */
  navigating(): void;
}

class Session2004 implements ScoSession {
  readonly api: object;
  #state: ScoSession["state"] = "waiting";
  readonly #inner: Api2004;
  readonly #listener: SessionListener;

  constructor(inner: Api2004, start: ScoSeed, listener: SessionListener) {
    this.#inner = inner;
    this.#listener = listener;
    seed(inner, initialElements(start));
    this.api = this.#facade();
  }

  get state(): ScoSession["state"] {
    return this.#state;
  }

  finish(): void {
    if (this.#state === "running") this.#terminate("");
  }

  #facade(): object {
    const api = this.#inner;
    return {
      version: "1.0",
      Initialize: (parameter: unknown) => this.#initialize(asText(parameter)),
      Terminate: (parameter: unknown) => this.#terminate(asText(parameter)),
      GetValue: (element: unknown) => asText(api.GetValue(asText(element))),
      SetValue: (element: unknown, value: unknown) => this.#set(asText(element), asText(value)),
      Commit: (parameter: unknown) => this.#commit(asText(parameter)),
      GetLastError: () => asText(api.GetLastError()),
      GetErrorString: (code: unknown) => asText(api.GetErrorString(asText(code))),
      GetDiagnostic: (code: unknown) => asText(api.GetDiagnostic(asText(code))),
    };
  }

  #initialize(parameter: string): string {
    const result = this.#inner.Initialize(parameter);
    if (result === "true" && this.#state === "waiting") {
      this.#state = "running";
      this.#listener.initialized();
    }
    return result;
  }

  #set(element: string, value: string): string {
    const result = this.#inner.SetValue(element, value);
    if (result === "true") this.#listener.accepted(element, value);
    return result;
  }

  #commit(parameter: string): string {
    const result = this.#inner.Commit(parameter);
    if (result === "true") this.#listener.committed();
    return result;
  }

  #terminate(parameter: string): string {
    const running = this.#state === "running" && parameter === "";
    if (running) this.#listener.navigating();
    const result = this.#inner.Terminate(parameter);
    if (running && result === "true") {
      this.#state = "finished";
      this.#listener.finished();
    }
    return result;
  }
}

function* initialElements(start: ScoSeed): Iterable<readonly [string, string]> {
  const given: Record<string, string> = {
    "cmi.learner_id": start.learner.id,
    "cmi.learner_name": start.learner.name,
    "cmi.credit": start.credit,
    "cmi.mode": start.mode,
    "cmi.entry": start.entry,
    "cmi.total_time": duration2004(start.total_seconds),
    "cmi.launch_data": start.launch_data,
    "cmi.scaled_passing_score": start.mastery,
    "cmi.completion_threshold": start.completion_threshold,
    "cmi.max_time_allowed": start.max_time_allowed,
    "cmi.time_limit_action": start.time_limit_action,
    "cmi.learner_preference.audio_level": start.preferences.audio,
    "cmi.learner_preference.language": start.preferences.language,
    "cmi.learner_preference.delivery_speed": start.preferences.speed,
    "cmi.learner_preference.audio_captioning": start.preferences.text,
  };
  for (const entry of Object.entries(given)) if (entry[1] !== "") yield entry;
  for (const entry of inLoadingOrder(start.elements)) if (!OF_ONE_SESSION.has(entry[0])) yield entry;
}
