import { LONGEST_VALUE } from "../../../core/bounds.ts";
import type { LaunchAllowed } from "../../../core/bridge.ts";
import type { CourseItem } from "../../../core/course.ts";
import { exitElementOf } from "./activities/seeds.ts";
import { CourseFrame } from "./courseFrame.ts";
import { type CourseState, OPEN_SESSION } from "./courseState.ts";
import type { ScoListener, ScoSession } from "./runtime/session.ts";
import type { SessionTimes } from "./sessionTimes.ts";
import { type TimeLimitAction, watchTimeLimit } from "./timeLimit.ts";
import { secondsOf } from "./timing.ts";
import { openVideoItem } from "./videoItem.ts";

export interface OpenItemDeps {
  readonly allowed: LaunchAllowed;
  readonly state: CourseState;
  readonly times: SessionTimes;
  /** Where the course's page goes. */
  readonly stage: HTMLElement;
  readonly onChanged: () => void;
  readonly onCommitted: () => void;
  readonly onFinished: () => void;
  readonly onTimeIsUp: (action: TimeLimitAction) => void;
}

/** Where the course looks for its run-time, and what that is. */
export interface OpenedSession {
  readonly name: string;
  readonly session: ScoSession;
}

const API_NAMES = ["API", "API_1484_11"] as const;

type Globals = Window & Record<string, unknown>;

/** The one item that is open: its page or video on the stage, its run-time, its time. */
export class OpenItem {
  readonly #deps: OpenItemDeps;
  readonly #frame: CourseFrame;
  readonly #exitElement: string;
  #id: string | null = null;
  #session: ScoSession | null = null;
  #navigationAsked = "";
  #closeVideo: () => void = nothing;
  #stopTimeLimit: () => void = nothing;

  constructor(deps: OpenItemDeps) {
    this.#deps = deps;
    this.#frame = new CourseFrame(deps.stage);
    this.#exitElement = exitElementOf(deps.allowed.course.structure);
  }

  /** Also of the one that was open last. */
  get id(): string | null {
    return this.#id;
  }

  /** SCORM 2004 `adl.nav.request` as the course set it last. */
  get navigationAsked(): string {
    return this.#navigationAsked;
  }

  open(item: CourseItem, href: string, opened: OpenedSession | null): void {
    const { allowed, state, times, stage, onChanged, onTimeIsUp } = this.#deps;
    const { structure, content_base } = allowed.course;
    this.#id = item.id;
    this.#navigationAsked = "";
    this.#session = opened?.session ?? null;
    offerApi(opened);
    const used = (allowed.total_seconds[item.id] ?? 0) + times.of(item.id);
    times.open(item.id);
    const url = new URL(href, new URL(content_base, location.href)).href;
    if (structure.standard === "video") this.#closeVideo = openVideoItem(stage, item, url, state, onChanged);
    else this.#frame.open(url, item.title, () => this.#pageLoaded(item));
    this.#stopTimeLimit = watchTimeLimit(item, used, onTimeIsUp);
  }

  /** What the item's run-time tells. */
  listener(item: string): ScoListener {
    const { state, onChanged, onCommitted, onFinished } = this.#deps;
    return {
      initialized: () => {
        state.set(item, this.#exitElement, "");
        state.setCourse(OPEN_SESSION, item);
        onChanged();
      },
      accepted: (element, value) => {
        this.#accepted(item, element, value);
        onChanged();
      },
      committed: onCommitted,
      finished: () => {
        state.setCourse(OPEN_SESSION, "");
        onFinished();
      },
    };
  }

  /** Its page goes, with its last words. A SCO that did not finish is resumed next time. */
  leave(): void {
    const { state, times } = this.#deps;
    this.#stopTimeLimit();
    this.#frame.close();
    this.closeVideo();
    if (this.#session?.state === "running" && this.#id !== null) {
      state.set(this.#id, this.#exitElement, "suspend");
      state.setCourse(OPEN_SESSION, "");
    }
    times.close();
    this.#session = null;
  }

  closeVideo(): void {
    this.#closeVideo();
    this.#closeVideo = nothing;
  }

  /** No more calls: the course's pages may outlive it for a moment. */
  withdrawApi(): void {
    offerApi(null);
  }

  /** A page, or an asset, is taken by being opened: it has no way to say more. */
  #pageLoaded(item: CourseItem): void {
    if (item.resource?.type !== "asset" || this.#id !== item.id) return;
    const { allowed, state, onChanged } = this.#deps;
    const is12 = allowed.course.structure.standard === "scorm12";
    state.set(item.id, is12 ? "cmi.core.lesson_status" : "cmi.completion_status", "completed");
    onChanged();
  }

  #accepted(item: string, element: string, value: string): void {
    const { state, times } = this.#deps;
    if (element === "adl.nav.request") this.#navigationAsked = value;
    else if (element === "cmi.core.session_time" || element === "cmi.session_time")
      times.reported(item, secondsOf(value));
    else state.set(item, element, value.slice(0, LONGEST_VALUE));
  }
}

function nothing(): void {}

function offerApi(opened: OpenedSession | null): void {
  const globals = window as unknown as Globals;
  for (const name of API_NAMES) globals[name] = opened?.name === name ? opened.session.api : undefined;
}
