import type { BeatPlan, KeepAnswer, KeepRequest } from "../../../core/bridge.ts";
import { backoffMilliseconds } from "./backoff.ts";
import type { Outcome } from "./gateway.ts";
import { NewestToken } from "./token.ts";

export interface BeatDeps {
  readonly send: (request: KeepRequest) => Promise<Outcome<KeepAnswer>>;
  readonly now: () => number;
  readonly chance: () => number;
  readonly setTimer: (callback: () => void, milliseconds: number) => number;
  readonly clearTimer: (timer: number) => void;
  /** Every answer and refusal; trouble is this loop's own to make good. */
  readonly onOutcome: (outcome: Outcome<KeepAnswer>, askedAt: number) => void;
}

/** Where the gateway still waits for open time after a beat that should have been late enough. */
const SHORTLY_MILLISECONDS = 250;

/**
 * Says that the course is open: every `every_seconds`, and once more when `due_in_seconds` have passed. A beat
 * without an answer is sent again until one comes (RULES §2). Runs in a Worker, whose timers a hidden tab does
 * not slow down, or on the page where no Worker can be had.
 */
export class BeatLoop {
  readonly #deps: BeatDeps;
  readonly #token: NewestToken;
  #plan: BeatPlan;
  #timer: number | null = null;
  #failures = 0;
  #asking = false;
  #stopped = false;

  constructor(deps: BeatDeps, token: string, askedAt: number, plan: BeatPlan) {
    this.#deps = deps;
    this.#token = new NewestToken(token, askedAt);
    this.#plan = plan;
    this.#schedule();
  }

  /** A save was answered: it counted as a beat and brought a fresh token and plan. */
  answeredElsewhere(token: string, askedAt: number, plan: BeatPlan): void {
    if (this.#stopped || !this.#token.offer(token, askedAt)) return;
    this.#plan = plan;
    this.#failures = 0;
    if (!this.#asking) this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) this.#deps.clearTimer(this.#timer);
  }

  #schedule(): void {
    if (this.#timer !== null) this.#deps.clearTimer(this.#timer);
    const wait =
      this.#failures > 0
        ? backoffMilliseconds(this.#failures, this.#deps.chance())
        : Math.min(this.#plan.every_seconds * 1000, this.#dueMilliseconds());
    this.#timer = this.#deps.setTimer(() => void this.#beat(), wait);
  }

  #dueMilliseconds(): number {
    const due = this.#plan.due_in_seconds;
    return due === null ? Number.POSITIVE_INFINITY : Math.max(due * 1000, SHORTLY_MILLISECONDS);
  }

  async #beat(): Promise<void> {
    this.#asking = true;
    const askedAt = this.#deps.now();
    const outcome = await this.#deps.send({ token: this.#token.value });
    this.#asking = false;
    if (this.#stopped) return;
    if (outcome.type === "trouble") {
      this.#failures += 1;
    } else {
      this.#failures = 0;
      if (outcome.type === "answer" && this.#token.offer(outcome.answer.token, askedAt))
        this.#plan = outcome.answer.beat;
      this.#deps.onOutcome(outcome, askedAt);
    }
    // The outcome may have stopped this loop.
    if (!this.#stopped && outcome.type !== "refused") this.#schedule();
  }
}
