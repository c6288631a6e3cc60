import type { KeepAnswer, KeepRequest, Rollup } from "../../../core/bridge.ts";
import { backoffMilliseconds } from "./backoff.ts";
import { beacon, keep, type Outcome, sendBlocking } from "./gateway.ts";
import { BEACON_BYTES, bytesOf, splitIntoParts } from "./parts.ts";
import { type Carried, PendingChanges } from "./pending.ts";
import { sharedNow } from "./token.ts";

/** What every save carries besides the changes. */
export interface Circumstances {
  readonly rollup: Rollup;
  readonly session_seconds: Readonly<Record<string, number>>;
}

export interface SaverDeps {
  /** Of the page that this one reloads; 0 where it reloads none. */
  readonly lastSequence: number;
  readonly onSequence: (sequence: number) => void;
  readonly token: () => string;
  readonly circumstances: () => Circumstances;
  readonly send: (request: KeepRequest) => Promise<Outcome<KeepAnswer>>;
  readonly beacon: (request: KeepRequest) => boolean;
  readonly sendBlocking: (request: KeepRequest) => Outcome<KeepAnswer>;
  readonly now: () => number;
  readonly chance: () => number;
  readonly setTimer: (callback: () => void, milliseconds: number) => number;
  readonly clearTimer: (timer: number) => void;
  readonly onOutcome: (outcome: Outcome<KeepAnswer>, askedAt: number) => void;
}

/** What only the page has: its address at the gateway, its clock and its timers. */
export function pageSaver(
  keepAddress: string,
  deps: Pick<SaverDeps, "lastSequence" | "onSequence" | "token" | "circumstances" | "onOutcome">,
): Saver {
  return new Saver({
    ...deps,
    send: (request) => keep(keepAddress, request),
    beacon: (request) => beacon(keepAddress, request),
    sendBlocking: (request) => sendBlocking(keepAddress, request),
    now: sharedNow,
    chance: Math.random,
    setTimer: (callback, milliseconds) => window.setTimeout(callback, milliseconds),
    clearTimer: (timer) => window.clearTimeout(timer),
  });
}

const SOON_MILLISECONDS = 1_000;
/** A value this long is saved at once, so that it is rarely still pending when the page goes away. */
const LARGE_CHARACTERS = 8_000;

/** Brings what the course set to the gateway: soon, one request at a time, until each change is acknowledged. */
export class Saver {
  readonly #deps: SaverDeps;
  readonly #pending: PendingChanges;
  #timer: number | null = null;
  #sending = false;
  #wanted = false;
  #failures = 0;
  #stopped = false;
  #closing = false;
  #beaconPlanned = false;
  #markerToTell = false;
  #lastWord: "none" | "to tell" | "told" = "none";
  #idle: (() => void)[] = [];

  constructor(deps: SaverDeps) {
    this.#deps = deps;
    this.#pending = new PendingChanges(deps.lastSequence);
  }

  note(item: string, element: string, value: string | null): void {
    if (this.#stopped) return;
    this.#pending.set(item, element, value);
    if (this.#closing) this.#beaconSoon();
    else if ((value?.length ?? 0) >= LARGE_CHARACTERS) this.flush();
    else if (this.#timer === null && !this.#sending) this.#flushIn(SOON_MILLISECONDS);
  }

  get hasUnsaved(): boolean {
    return !this.#pending.isEmpty;
  }

  get isInTrouble(): boolean {
    return this.#failures > 0;
  }

  markerAcknowledged(): void {
    this.#markerToTell = true;
    this.flush();
  }

  /** Sends what is pending now, or as soon as the request under way is answered. */
  flush(): void {
    if (this.#stopped) return;
    if (this.#sending) {
      this.#wanted = true;
      return;
    }
    this.#clearTimer();
    if (this.#hasToTell) void this.#send(this.#pending.takeAll());
  }

  /** Resolves when everything is acknowledged, or after the time given (which may be infinite). */
  async flushed(withinMilliseconds: number): Promise<void> {
    if (this.#stopped || (!this.#hasToTell && !this.#sending)) return;
    await new Promise<void>((resolve) => {
      const timer = Number.isFinite(withinMilliseconds)
        ? this.#deps.setTimer(resolve, withinMilliseconds)
        : null;
      this.#idle.push(() => {
        if (timer !== null) this.#deps.clearTimer(timer);
        resolve();
      });
      this.flush();
    });
  }

  /** The launch ends while its page stays: tells the gateway with the last save, as often as it takes. */
  async close(withinMilliseconds: number): Promise<void> {
    if (this.#lastWord === "none") this.#lastWord = "to tell";
    await this.flushed(withinMilliseconds);
  }

  stop(): void {
    this.#stopped = true;
    this.#clearTimer();
    this.#release();
  }

  /** The tab was hidden or frozen: it may never come back, so the browser is handed what is unsaved. */
  hide(): void {
    if (!this.#stopped && this.#pending.hasFresh) this.#beacon(this.#pending.takeFresh(), {});
  }

  /**
   * The page goes away. What the course sets from now on (in its own `pagehide` and `unload`, which come after
   * the player's) goes out by itself.
   */
  leave(): void {
    if (this.#stopped || this.#closing) return;
    this.#closing = true;
    this.#clearTimer();
    if (this.#lastWord === "told" && this.#pending.isEmpty) return;
    this.#beacon(this.#pending.takeAll(), { closing: true });
  }

  /** In a task posted from `beforeunload`: the last chance for what does not fit a beacon. */
  leaveSoon(): void {
    if (this.#stopped || this.#pending.isEmpty) return;
    const request = this.#request(this.#pending.takeAll(), {});
    if (bytesOf(JSON.stringify(request)) <= BEACON_BYTES) return;
    this.#settle(request, this.#deps.sendBlocking(request), this.#deps.now());
  }

  #beaconSoon(): void {
    if (this.#beaconPlanned) return;
    this.#beaconPlanned = true;
    // One beacon for everything that one handler of the course sets.
    queueMicrotask(() => {
      this.#beaconPlanned = false;
      if (this.#pending.hasFresh) this.#beacon(this.#pending.takeFresh(), { closing: true });
    });
  }

  #beacon(carried: Carried, flags: Partial<KeepRequest>): void {
    const whole = this.#request(carried, flags);
    const parts = splitIntoParts(whole, BEACON_BYTES);
    const accepted = parts.map((part) => this.#deps.beacon(part));
    if (accepted.every((taken) => taken)) this.#pending.handOver(carried.sequence);
    else this.#settle(whole, this.#deps.sendBlocking(whole), this.#deps.now());
  }

  #request(carried: Carried, flags: Partial<KeepRequest>): KeepRequest {
    const changed = Object.keys(carried.changes).length > 0;
    this.#deps.onSequence(carried.sequence);
    return {
      token: this.#deps.token(),
      ...(changed || flags.closing ? { sequence: carried.sequence, changes: carried.changes } : {}),
      ...this.#deps.circumstances(),
      ...(this.#markerToTell ? { marker_acknowledged: true } : {}),
      ...flags,
    };
  }

  async #send(carried: Carried): Promise<void> {
    this.#sending = true;
    const askedAt = this.#deps.now();
    const request = this.#request(carried, this.#lastWord === "to tell" ? { closing: true } : {});
    const outcome = await this.#deps.send(request);
    this.#sending = false;
    this.#settle(request, outcome, askedAt);
    this.#next();
  }

  #settle(request: KeepRequest, outcome: Outcome<KeepAnswer>, askedAt: number): void {
    if (outcome.type === "answer") {
      this.#failures = 0;
      if (request.sequence !== undefined) this.#pending.acknowledge(request.sequence);
      if (request.marker_acknowledged) this.#markerToTell = false;
      if (request.closing) this.#lastWord = "told";
    } else {
      this.#failures += 1;
    }
    this.#deps.onOutcome(outcome, askedAt);
  }

  #next(): void {
    const wanted = this.#wanted;
    this.#wanted = false;
    if (this.#stopped || this.#closing || (this.#failures === 0 && !this.#hasToTell)) this.#release();
    else if (this.#failures > 0) this.#flushIn(backoffMilliseconds(this.#failures, this.#deps.chance()));
    else if (wanted) this.flush();
    else this.#flushIn(SOON_MILLISECONDS);
  }

  get #hasToTell(): boolean {
    return !this.#pending.isEmpty || this.#markerToTell || this.#lastWord === "to tell";
  }

  #release(): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }

  #flushIn(milliseconds: number): void {
    this.#clearTimer();
    this.#timer = this.#deps.setTimer(() => {
      this.#timer = null;
      this.flush();
    }, milliseconds);
  }

  #clearTimer(): void {
    if (this.#timer !== null) this.#deps.clearTimer(this.#timer);
    this.#timer = null;
  }
}
