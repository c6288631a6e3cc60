import type { KeepAnswer, LaunchAllowed, Rollup } from "../../../core/bridge.ts";
import type { CourseItem } from "../../../core/course.ts";
import type { Conductor, Navigation, Request } from "./activities/conductor.ts";
import { contentsOf } from "./activities/contents.ts";
import { exitElementOf, seedOf } from "./activities/seeds.ts";
import { findItem, isSingle } from "./activities/tree.ts";
import { type Beats, startBeats } from "./beats.ts";
import { watchClosing } from "./closing.ts";
import { CourseState } from "./courseState.ts";
import type { Outcome } from "./gateway.ts";
import { type Ending, showLastPage } from "./lastPage.ts";
import { type Lms, type LmsWishes, reconcile } from "./lms.ts";
import { OpenItem } from "./openItem.ts";
import { progressOf, rememberProgress } from "./reloads.ts";
import { rollupOf, STARTED } from "./rollup.ts";
import type { ScoSeed } from "./runtime/session.ts";
import { conductorFor } from "./runtimes.ts";
import { pageSaver, type Saver } from "./saver.ts";
import { SessionTimes } from "./sessionTimes.ts";
import type { TimeLimitAction } from "./timeLimit.ts";
import { NewestToken } from "./token.ts";
import type { CourseView, View } from "./view.ts";
import type { WayOut } from "./wayOut.ts";

export interface PlayDeps {
  readonly allowed: LaunchAllowed;
  readonly wishes: LmsWishes;
  readonly view: View;
  readonly lms: Lms;
  readonly wayOut: WayOut;
  readonly keepAddress: string;
  readonly askedAt: number;
  /** Nothing is saved any more: the tab that takes over may go on. */
  readonly onStopped: () => void;
}

const REFRESH_MILLISECONDS = 300;
const LAST_SAVE_WITHIN_MILLISECONDS = 10_000;
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
  #item: OpenItem | null = null;
  #savedAt: string | null;
  #refreshTimer: number | null = null;
  #over = false;
  #leaving = false;

  constructor(deps: PlayDeps) {
    const { allowed } = deps;
    this.#deps = deps;
    this.#isSingle = isSingle(allowed.course.structure);
    this.#savedAt = allowed.attempt.saved_at;
    this.#token = new NewestToken(allowed.token, deps.askedAt);
    const before = progressOf(allowed, history.state);
    this.#times = new SessionTimes(() => performance.now(), before.session_seconds);
    this.#saver = this.#createSaver(before.sequence);
    this.#state = new CourseState(allowed.states, (item, element, value) =>
      this.#saver.note(item, element, value),
    );
  }

  /** @throws Where the course can't be shown: the launch is let go of then, as if its page had not been opened. */
  async start(): Promise<void> {
    watchClosing(window, {
      leavingSoon: () => this.#leavingSoon(),
      hidden: () => this.#hidden(),
      leaving: () => this.#leave(),
      restored: () => this.#showClosed(),
    });
    this.#state.resumeInterrupted(exitElementOf(this.#deps.allowed.course.structure));
    try {
      await this.#begin();
    } catch (error) {
      if (this.#over) return;
      this.#stop();
      this.#deps.onStopped();
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const { allowed, keepAddress, askedAt, lms } = this.#deps;
    const [conductor] = await Promise.all([
      conductorFor(
        allowed,
        this.#state,
        (item) => this.#seed(item),
        (navigation) => this.#courseNavigated(navigation),
      ),
      reconcile(lms, allowed.rollup),
    ]);
    if (this.#over) return;
    this.#conductor = conductor;
    this.#showCourse(conductor.begin());
    // Not sooner: where no course can be shown, nobody may be charged for it (RULES §3.1).
    this.#beats = startBeats({
      address: keepAddress,
      token: this.#token.value,
      askedAt,
      plan: allowed.beat,
      onOutcome: (outcome, at) => this.#onOutcome(outcome, at, "beat"),
    });
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
    const { allowed, keepAddress } = this.#deps;
    return pageSaver(keepAddress, {
      lastSequence,
      onSequence: (sequence) =>
        rememberProgress(allowed.launch_id, { sequence, session_seconds: this.#times.all }),
      token: () => this.#token.value,
      circumstances: () => ({ rollup: this.#rollup(), session_seconds: this.#times.all }),
      onOutcome: (outcome, askedAt) => this.#onOutcome(outcome, askedAt, "save"),
    });
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
    this.#item = this.#itemOn(this.#course.stage);
    (window as unknown as Globals)["tallygateCloseCourse"] = () => this.exit();
    // A course that closes what it believes to be its own window.
    window.close = () => this.exit();
    if (this.#savedAt !== null) this.#showSaved(this.#savedAt);
    if (first.delivered !== null) this.#open(first.delivered);
    else this.#course.message(view.say("empty"));
    this.#refresh();
  }

  #itemOn(stage: HTMLElement): OpenItem {
    return new OpenItem({
      allowed: this.#deps.allowed,
      state: this.#state,
      times: this.#times,
      stage,
      onChanged: () => {
        if (this.#leaving) this.#conductor?.keep();
        else this.#refreshSoon();
      },
      onCommitted: () => {
        this.#refresh();
        this.#saver.flush();
      },
      onFinished: () => {
        // scorm-again goes on to sequence after this; its state is looked at once that is done.
        queueMicrotask(() => this.#refresh());
        this.#saver.flush();
      },
      onTimeIsUp: (action) => this.#timeIsUp(action),
    });
  }

  #seed(item: CourseItem): ScoSeed {
    const { allowed, wishes } = this.#deps;
    return seedOf({
      allowed,
      wishes,
      item,
      elements: this.#state.elements(item.id),
      total_seconds: (allowed.total_seconds[item.id] ?? 0) + this.#times.of(item.id),
    });
  }

  #open(id: string): void {
    const item = findItem(this.#deps.allowed.course.structure.items, id);
    if (item?.resource === undefined || this.#conductor === null || this.#item === null) return;
    const opened = this.#conductor.open(id, this.#item.listener(id));
    this.#item.open(item, item.resource.href, opened);
    this.#conductor.keep();
    this.#refreshSoon();
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
    this.#item?.leave();
    return this.#conductor.settle();
  }

  /** Inside the SCO's own Terminate: it must return before its page may go. */
  #courseNavigated(navigation: Navigation): void {
    const endsSingle = this.#isSingle && ENDS_A_SINGLE_SCO.has(this.#item?.navigationAsked ?? "");
    if (navigation.delivered === null && !navigation.ended && !endsSingle) return;
    window.setTimeout(() => {
      if (this.#over) return;
      this.#item?.leave();
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

  #timeIsUp(action: TimeLimitAction): void {
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
    this.#item?.leave();
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
    this.#deps.lms.report(this.#rollup());
    if (this.#isSingle || this.#course === null || this.#leaving) return;
    const { structure } = this.#deps.allowed.course;
    const { view } = this.#deps;
    const conductor = this.#conductor;
    this.#course.setContents(
      contentsOf(structure.items, {
        conductor,
        current: this.#item?.id ?? null,
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
    return rollupOf(this.#conductor.result, session_seconds);
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
    if (reason !== "exit" && reason !== "time is up") this.#item?.leave();
    this.#conductor?.keep();
    this.#over = true;
    this.#item?.withdrawApi();
    const { allowed, view, lms, wayOut, onStopped } = this.#deps;
    view.showPage({ title: view.say("finishing_title"), paragraphs: [], mood: "busy" });
    const rollup = this.#rollup();
    const told = lms.finish(rollup);
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
    showLastPage(view, {
      launch_id: allowed.launch_id,
      ending: reason,
      rollup,
      lmsKnows,
      savedAt: this.#savedAt,
      wayOut,
      ...(stop ? { stop } : {}),
    });
  }

  #leavingSoon(): void {
    if (this.#over) return;
    this.#conductor?.keep();
    this.#deps.lms.reportLast(this.#rollup());
    this.#saver.leaveSoon();
  }

  #hidden(): void {
    if (!this.#over) this.#refresh();
    this.#saver.hide();
  }

  #leave(): void {
    this.#leaving = true;
    this.#item?.closeVideo();
    if (!this.#over) {
      this.#conductor?.keep();
      this.#deps.lms.reportLast(this.#rollup());
    }
    this.#saver.leave();
  }

  /** Nothing more is said to the gateway. */
  #stop(): void {
    this.#over = true;
    this.#saver.stop();
    this.#beats?.stop();
  }

  #showClosed(): void {
    const { view } = this.#deps;
    this.#stop();
    view.showPage({ title: view.say("closed_title"), paragraphs: [view.say("closed_text")] });
  }
}
