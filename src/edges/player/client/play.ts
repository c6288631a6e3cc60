import type { KeepAnswer, LaunchAllowed, LmsSnapshot, Rollup } from "../../../core/bridge.ts";
import type { CourseItem } from "../../../core/course.ts";
import type { Conductor, Navigation, Request } from "./activities/conductor.ts";
import { contentsOf } from "./activities/contents.ts";
import { exitElementOf, seedOf, timeLimitSecondsOf } from "./activities/seeds.ts";
import { findItem, isSingle } from "./activities/tree.ts";
import { type Beats, startBeats } from "./beats.ts";
import { watchClosing } from "./closing.ts";
import { CourseFrame } from "./courseFrame.ts";
import { CourseState, OPEN_SESSION } from "./courseState.ts";
import { beacon, keep, type Outcome, sendBlocking } from "./gateway.ts";
import { type Ending, lastPage } from "./lastPage.ts";
import type { WrapperPort } from "./port.ts";
import { progressBeforeReload, rememberProgress } from "./reloads.ts";
import { withRawScore } from "./rollup.ts";
import type { ScoListener, ScoSeed, ScoSession } from "./runtime/session.ts";
import { besidePlayer, conductorFor } from "./runtimes.ts";
import { Saver } from "./saver.ts";
import { SessionTimes } from "./sessionTimes.ts";
import { secondsOf } from "./timing.ts";
import { NewestToken, sharedNow } from "./token.ts";
import { openVideo } from "./video.ts";
import type { CourseView, View } from "./view.ts";

export interface PlayDeps {
  readonly allowed: LaunchAllowed;
  readonly snapshot: LmsSnapshot;
  readonly view: View;
  readonly port: WrapperPort;
  readonly keepAddress: string;
  readonly nonce: string;
  readonly askedAt: number;
  readonly shownIn: "frame" | "window";
  /** Nothing is saved any more: the tab that takes over may go on. */
  readonly onStopped: () => void;
}

const REFRESH_MILLISECONDS = 300;
const LAST_SAVE_WITHIN_MILLISECONDS = 10_000;
const RECONCILE_WITHIN_MILLISECONDS = 5_000;
const API_NAMES = ["API", "API_1484_11"] as const;
/** SCORM 2004 navigation requests after which a course of one SCO is over, although sequencing has no more to say. */
const ENDS_A_SINGLE_SCO: ReadonlySet<string> = new Set(["exit", "abandon", "exitAll", "abandonAll"]);

type Globals = Window & Record<string, unknown>;

/** One allowed launch, from the first item to its end. */
export class Play {
  readonly #deps: PlayDeps;
  readonly #token: NewestToken;
  readonly #saver: Saver;
  readonly #state: CourseState;
  readonly #times: SessionTimes;
  readonly #isSingle: boolean;
  #conductor: Conductor | null = null;
  #beats: Beats | null = null;
  #course: CourseView | null = null;
  #frame: CourseFrame | null = null;
  #closeVideo: (() => void) | null = null;
  #current: string | null = null;
  #session: ScoSession | null = null;
  #navigationAsked = "";
  #savedAt: string | null;
  #refreshTimer: number | null = null;
  #timeLimitTimer: number | null = null;
  #over = false;
  #leaving = false;

  constructor(deps: PlayDeps) {
    const { allowed } = deps;
    this.#deps = deps;
    this.#isSingle = isSingle(allowed.course.structure);
    this.#savedAt = allowed.attempt.saved_at;
    this.#token = new NewestToken(allowed.token, deps.askedAt);
    const before = progressBeforeReload(deps.nonce);
    this.#times = new SessionTimes(() => performance.now(), before.session_seconds);
    this.#saver = this.#createSaver(before.sequence);
    this.#state = new CourseState(allowed.states, (item, element, value) =>
      this.#saver.note(item, element, value),
    );
  }

  async start(): Promise<void> {
    const { allowed, keepAddress, askedAt } = this.#deps;
    this.#beats = startBeats({
      workerUrl: besidePlayer("beatWorker.js"),
      address: keepAddress,
      token: allowed.token,
      askedAt,
      plan: allowed.beat,
      onOutcome: (outcome, at) => this.#onOutcome(outcome, at, "beat"),
    });
    watchClosing(window, {
      leavingSoon: () => this.#leavingSoon(),
      hidden: () => this.#hidden(),
      leaving: () => this.#leave(),
      restored: () => this.#showClosed(),
    });
    // Where the last launch went away in the middle of a SCO, that SCO is resumed (DESIGN §5).
    const interrupted = this.#state.course[OPEN_SESSION] ?? "";
    if (interrupted !== "") {
      this.#state.set(interrupted, exitElementOf(allowed.course.structure), "suspend");
      this.#state.setCourse(OPEN_SESSION, "");
    }
    const [conductor] = await Promise.all([
      conductorFor(
        allowed,
        this.#state,
        (item) => this.#seed(item),
        (navigation) => this.#courseNavigated(navigation),
      ),
      this.#reconcile(),
    ]);
    if (this.#over) return;
    this.#conductor = conductor;
    this.#showCourse(conductor.begin());
  }

  /** The course ended itself, or the learner ended it. */
  exit(): void {
    if (this.#over || this.#conductor === null) return;
    const navigation = this.#navigate("suspendAll");
    if (navigation !== null) void this.#finish("exit");
  }

  /** Another tab goes on with this attempt. */
  takenOver(): void {
    void this.#finish("taken over");
  }

  /** The wrapper says that the LMS closes. */
  flush(): void {
    this.#hidden();
    this.#saver.flush();
  }

  /** Without locks it can only be guessed that another tab is open: told, not asked. */
  warnElsewhere(): void {
    this.#course?.notice(this.#deps.view.say("elsewhere_notice"));
  }

  markerAcknowledged(): void {
    this.#saver.markerAcknowledged();
  }

  #createSaver(lastSequence: number): Saver {
    const { keepAddress, nonce } = this.#deps;
    return new Saver({
      lastSequence,
      onSequence: (sequence) => rememberProgress(nonce, { sequence, session_seconds: this.#times.all }),
      token: () => this.#token.value,
      circumstances: () => ({ rollup: this.#rollup(), session_seconds: this.#times.all }),
      send: (request) => keep(keepAddress, request),
      beacon: (request) => beacon(keepAddress, request),
      sendBlocking: (request) => sendBlocking(keepAddress, request),
      now: sharedNow,
      chance: Math.random,
      setTimer: (callback, milliseconds) => window.setTimeout(callback, milliseconds),
      clearTimer: (timer) => window.clearTimeout(timer),
      onOutcome: (outcome, askedAt) => this.#onOutcome(outcome, askedAt, "save"),
    });
  }

  /** What the last closing could not tell the LMS is told now, before the course loads (docs/bridge.md §1). */
  async #reconcile(): Promise<void> {
    const stored = this.#deps.allowed.rollup;
    const rollup = stored === null ? STARTED : { ...stored, session_seconds: 0 };
    await Promise.race([
      this.#deps.port.reportNow(rollup),
      new Promise<void>((resolve) => setTimeout(resolve, RECONCILE_WITHIN_MILLISECONDS)),
    ]);
  }

  #showCourse(first: Navigation): void {
    const { view, allowed } = this.#deps;
    const { structure } = allowed.course;
    this.#course = view.showCourse(structure.title, !this.#isSingle, {
      onPrevious: () => this.#go("previous"),
      onNext: () => this.#go("continue"),
      onExit: () => this.exit(),
      onChoose: (item) => this.#go("choice", item),
    });
    this.#frame = new CourseFrame(this.#course.stage);
    (window as unknown as Globals)["tallygateCloseCourse"] = () => this.exit();
    // A course that closes what it believes to be its own window.
    window.close = () => this.exit();
    if (this.#savedAt !== null) this.#showSaved(this.#savedAt);
    if (first.delivered !== null) this.#open(first.delivered);
    else this.#course.message(view.say("empty"));
    this.#refresh();
  }

  #seed(item: CourseItem): ScoSeed {
    const { allowed, snapshot } = this.#deps;
    return seedOf({
      allowed,
      snapshot,
      item,
      elements: this.#state.elements(item.id),
      total_seconds: (allowed.total_seconds[item.id] ?? 0) + this.#times.of(item.id),
    });
  }

  #open(id: string): void {
    const { structure, content_base } = this.#deps.allowed.course;
    const item = findItem(structure.items, id);
    if (item?.resource === undefined || this.#conductor === null || this.#course === null) return;
    this.#current = id;
    this.#navigationAsked = "";
    const opened = this.#conductor.open(id, this.#listenTo(id));
    this.#session = opened?.session ?? null;
    this.#offerApi(opened);
    this.#times.open(id);
    const url = new URL(item.resource.href, new URL(content_base, location.href));
    if (structure.standard === "video") this.#openVideo(item, url.href);
    else this.#frame?.open(url.href, item.title, () => this.#pageLoaded(item));
    this.#watchTimeLimit(item);
    this.#conductor.keep();
    this.#refreshSoon();
  }

  #offerApi(opened: { readonly name: string; readonly session: ScoSession } | null): void {
    const globals = window as unknown as Globals;
    for (const name of API_NAMES) globals[name] = opened?.name === name ? opened.session.api : undefined;
  }

  /** A page, or an asset, is taken by being opened: it has no way to say more. */
  #pageLoaded(item: CourseItem): void {
    if (item.resource?.type !== "asset" || this.#current !== item.id) return;
    const is12 = this.#deps.allowed.course.structure.standard === "scorm12";
    this.#state.set(item.id, is12 ? "cmi.core.lesson_status" : "cmi.completion_status", "completed");
    this.#refresh();
  }

  #openVideo(item: CourseItem, url: string): void {
    if (this.#course === null) return;
    this.#closeVideo = openVideo(this.#course.stage, {
      url,
      title: item.title,
      location: Number(this.#state.get(item.id, "cmi.location")) || 0,
      watched: this.#state.get(item.id, "watched"),
      onProgress: ({ location, watched, progress, isCompleted }) => {
        this.#state.set(item.id, "cmi.location", location.toFixed(1));
        this.#state.set(item.id, "watched", watched);
        this.#state.set(item.id, "cmi.progress_measure", String(progress));
        const before = this.#state.get(item.id, "cmi.completion_status");
        if (before !== "completed")
          this.#state.set(item.id, "cmi.completion_status", isCompleted ? "completed" : "incomplete");
        this.#refreshSoon();
      },
    });
  }

  #listenTo(item: string): ScoListener {
    const exitElement = exitElementOf(this.#deps.allowed.course.structure);
    return {
      initialized: () => {
        this.#state.set(item, exitElement, "");
        this.#state.setCourse(OPEN_SESSION, item);
        this.#refreshSoon();
      },
      accepted: (element, value) => this.#accepted(item, element, value),
      committed: () => {
        this.#refresh();
        this.#saver.flush();
      },
      finished: () => {
        this.#state.setCourse(OPEN_SESSION, "");
        // scorm-again goes on to sequence after this; its state is looked at once that is done.
        queueMicrotask(() => this.#refresh());
        this.#saver.flush();
      },
    };
  }

  #accepted(item: string, element: string, value: string): void {
    if (element === "adl.nav.request") {
      this.#navigationAsked = value;
    } else if (element === "cmi.core.session_time" || element === "cmi.session_time") {
      this.#times.reported(item, secondsOf(value) ?? 0);
    } else {
      this.#state.set(item, element, value);
    }
    if (this.#leaving) this.#conductor?.keep();
    else this.#refreshSoon();
  }

  /** What the learner chose, if it leads somewhere: the open page goes, the next one comes. */
  #go(request: Request, target?: string): void {
    if (this.#over || this.#conductor === null) return;
    if (request === "choice" && target !== undefined && this.#conductor.lockOf(target) !== null) return;
    if ((request === "continue" || request === "previous") && !this.#conductor.allows(request)) return;
    this.#arrive(this.#navigate(request, target));
  }

  #navigate(request: Request, target?: string): Navigation | null {
    if (this.#conductor === null) return null;
    this.#conductor.ask(request, target);
    this.#leaveItem();
    return this.#conductor.settle();
  }

  /** Inside the SCO's own Terminate: it must return before its page may go. */
  #courseNavigated(navigation: Navigation): void {
    const endsSingle = this.#isSingle && ENDS_A_SINGLE_SCO.has(this.#navigationAsked);
    if (navigation.delivered === null && !navigation.ended && !endsSingle) return;
    window.setTimeout(() => {
      if (this.#over) return;
      this.#leaveItem();
      this.#arrive(endsSingle ? { delivered: null, ended: true } : navigation);
    });
  }

  #arrive(navigation: Navigation | null): void {
    if (navigation === null) return;
    if (navigation.ended) return void this.#finish("exit");
    if (navigation.delivered !== null) this.#open(navigation.delivered);
    else this.#course?.message(this.#deps.view.say("choose"));
    this.#refresh();
  }

  /** The open item's page goes, with its last words. A SCO that did not finish is resumed next time. */
  #leaveItem(): void {
    if (this.#timeLimitTimer !== null) window.clearTimeout(this.#timeLimitTimer);
    this.#timeLimitTimer = null;
    this.#frame?.close();
    this.#closeVideo?.();
    this.#closeVideo = null;
    if (this.#session?.state === "running" && this.#current !== null) {
      this.#state.set(this.#current, exitElementOf(this.#deps.allowed.course.structure), "suspend");
      this.#state.setCourse(OPEN_SESSION, "");
    }
    this.#times.close();
    this.#session = null;
  }

  #watchTimeLimit(item: CourseItem): void {
    const limit = timeLimitSecondsOf(item);
    const action = item.time_limit_action ?? "continue,no message";
    if (limit === null || action === "continue,no message") return;
    const used = (this.#deps.allowed.total_seconds[item.id] ?? 0) + this.#times.of(item.id);
    // Longer than setTimeout can count is longer than a launch can last (RULES §2).
    const remaining = Math.min(Math.max(limit - used, 0) * 1000, 2 ** 31 - 1);
    this.#timeLimitTimer = window.setTimeout(() => this.#timeIsUp(action), remaining);
  }

  #timeIsUp(action: NonNullable<CourseItem["time_limit_action"]>): void {
    const { view } = this.#deps;
    if (action === "continue,message") {
      this.#course?.notice(view.say("time_up_notice"));
      return;
    }
    if (this.#isSingle) {
      const navigation = this.#navigate("suspendAll");
      if (navigation !== null) void this.#finish(action === "exit,message" ? "time is up" : "exit");
      return;
    }
    this.#leaveItem();
    this.#course?.message(view.say(action === "exit,message" ? "time_up_title" : "choose"));
    this.#refresh();
  }

  #refreshSoon(): void {
    this.#refreshTimer ??= window.setTimeout(() => this.#refresh(), REFRESH_MILLISECONDS);
  }

  /** After anything that changed where the course stands: what is kept, what the LMS knows, what is seen. */
  #refresh(): void {
    if (this.#refreshTimer !== null) window.clearTimeout(this.#refreshTimer);
    this.#refreshTimer = null;
    if (this.#conductor === null || this.#over) return;
    this.#conductor.keep();
    this.#deps.port.report(this.#rollup());
    if (this.#isSingle || this.#course === null || this.#leaving) return;
    const { structure } = this.#deps.allowed.course;
    const { view } = this.#deps;
    const conductor = this.#conductor;
    this.#course.setContents(
      contentsOf(structure.items, {
        conductor,
        current: this.#current,
        say: (word, values) => view.say(word, values),
      }),
    );
    this.#course.setSteps(
      { previous: conductor.allows("previous"), next: conductor.allows("continue") },
      conductor.hiddenControls,
    );
  }

  #rollup(): Rollup {
    const session_seconds = this.#times.launchSeconds;
    if (this.#conductor === null) return { ...(this.#deps.allowed.rollup ?? STARTED), session_seconds };
    const result = this.#conductor.result;
    // Opened is begun, whatever the course has said so far: an LMS must not end on "not attempted".
    const completion = result.completion === "not attempted" ? "incomplete" : result.completion;
    return { ...result, completion, score: withRawScore(result.score), session_seconds };
  }

  #onOutcome(outcome: Outcome<KeepAnswer>, askedAt: number, from: "beat" | "save"): void {
    if (outcome.type === "trouble") {
      if (!this.#over) this.#course?.setTrouble(this.#deps.view.say("not_saved"));
      return;
    }
    if (outcome.type === "refused") return void this.#finish("refused");
    const { token, beat, saved_at, stop, superseded } = outcome.answer;
    if (this.#token.offer(token, askedAt) && from === "save")
      this.#beats?.answeredElsewhere(token, askedAt, beat);
    if (saved_at !== undefined) this.#showSaved(saved_at);
    if (superseded) void this.#finish("taken over");
    else if (stop) void this.#finish("stopped", stop);
  }

  #showSaved(iso: string): void {
    if (this.#savedAt === null || iso >= this.#savedAt) this.#savedAt = iso;
    const { view } = this.#deps;
    if (!this.#saver.isInTrouble)
      this.#course?.setSaved(iso, {
        short: view.say("saved", { time: view.time(iso) }),
        full: view.fullTime(iso),
      });
  }

  /** The end of the launch while its page stays. */
  async #finish(reason: Ending, stop?: NonNullable<KeepAnswer["stop"]>): Promise<void> {
    if (this.#over) return;
    if (reason !== "exit" && reason !== "time is up") this.#leaveItem();
    this.#conductor?.keep();
    this.#over = true;
    this.#offerApi(null);
    const { view, port, onStopped, shownIn } = this.#deps;
    view.showPage({ title: view.say("finishing_title"), paragraphs: [], mood: "busy" });
    const rollup = this.#rollup();
    const told = port.finish(rollup);
    if (reason === "refused") this.#saver.stop();
    else await this.#saver.close(LAST_SAVE_WITHIN_MILLISECONDS);
    if (reason === "taken over") this.#saver.stop();
    onStopped();
    if (this.#saver.hasUnsaved && reason !== "refused" && reason !== "taken over") {
      view.showPage({
        title: view.say("unsaved_title"),
        paragraphs: [view.say("unsaved_text")],
        mood: "busy",
      });
      await this.#saver.close(Number.POSITIVE_INFINITY);
    }
    this.#beats?.stop();
    const { ok: lmsKnows } = await told;
    view.showPage(
      lastPage(view, {
        ending: reason,
        rollup,
        lmsKnows,
        savedAt: this.#savedAt,
        ...(stop ? { stop } : {}),
        ...(shownIn === "window" ? { closeWindow: () => port.close() } : {}),
      }),
    );
  }

  #leavingSoon(): void {
    if (this.#over) return;
    this.#conductor?.keep();
    this.#deps.port.reportLast(this.#rollup());
    this.#saver.leaveSoon();
  }

  #hidden(): void {
    if (!this.#over) this.#refresh();
    this.#saver.hide();
  }

  #leave(): void {
    this.#leaving = true;
    this.#closeVideo?.();
    this.#closeVideo = null;
    if (!this.#over) {
      this.#conductor?.keep();
      this.#deps.port.reportLast(this.#rollup());
    }
    this.#saver.leave();
  }

  #showClosed(): void {
    const { view } = this.#deps;
    this.#over = true;
    this.#saver.stop();
    this.#beats?.stop();
    view.showPage({ title: view.say("closed_title"), paragraphs: [view.say("closed_text")] });
  }
}

/** A launch of which nothing is stored yet. */
const STARTED: Rollup = {
  completion: "incomplete",
  success: "unknown",
  score: { scaled: null, raw: null, min: null, max: null },
  progress: null,
  location: "",
  session_seconds: 0,
};
