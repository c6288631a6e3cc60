import type { Rollup } from "../../../core/bridge.ts";

export interface Reported {
  readonly ok: boolean;
}

/** A hanging LMS must not hold up what comes after: the wrapper keeps the newest rollup and tries again at its end. */
const ANSWER_WITHIN_MILLISECONDS = 15_000;

/** The wrapper behind its port (docs/bridge.md §2): one message at a time, the newest rollup last. */
export class WrapperPort {
  readonly #port: MessagePort;
  readonly #marker: () => string;
  readonly #silent: () => boolean;
  readonly #waiting = new Map<number, (answer: Reported) => void>();
  #lastId = 0;
  #finished = false;
  #isDenialTold = false;
  #busy = false;
  #next: Rollup | null = null;
  #lastTold = "";

  /** `onReported` is told of every commit that the LMS took or refused. */
  constructor(
    port: MessagePort,
    marker: () => string,
    silent: () => boolean,
    listener: { readonly onReported: (ok: boolean) => void; readonly onLeaving: () => void },
  ) {
    this.#port = port;
    this.#marker = marker;
    this.#silent = silent;
    port.addEventListener("message", (event: MessageEvent) => {
      const message = (event.data ?? {}) as Record<string, unknown>;
      if (message["type"] === "leaving") return listener.onLeaving();
      if (message["type"] !== "reported" && message["type"] !== "finished") return;
      if (message["type"] === "reported") listener.onReported(message["ok"] === true);
      this.#answered(Number(message["id"]), { ok: message["ok"] === true });
    });
    port.start();
  }

  /** Tells the LMS where the course stands, if it does not know yet. Many changes in a row become one commit. */
  report(rollup: Rollup): void {
    if (this.#finished || this.#isTold(rollup)) return;
    this.#next = rollup;
    if (!this.#busy) void this.#reportNext();
  }

  /** As `report`, and waits for the LMS. */
  async reportNow(rollup: Rollup): Promise<Reported> {
    return this.#ask("report", rollup);
  }

  /** The page goes away: what is not told yet goes out without waiting for the answer before it. */
  reportLast(rollup: Rollup): void {
    if (!this.#finished && !this.#isTold(rollup)) void this.#ask("report", rollup);
  }

  async finish(rollup: Rollup): Promise<Reported> {
    if (this.#finished) return { ok: true };
    this.#next = null;
    const answer = this.#ask("finish", rollup);
    this.#finished = true;
    return answer;
  }

  /** Once is enough, however often a denied launch is asked for again. */
  denied(): void {
    if (this.#isDenialTold) return;
    this.#isDenialTold = true;
    this.#lastId += 1;
    this.#port.postMessage({ type: "denied", id: this.#lastId });
  }

  close(): void {
    this.#port.postMessage({ type: "close" });
  }

  async #reportNext(): Promise<void> {
    this.#busy = true;
    while (this.#next !== null) {
      const rollup = this.#next;
      this.#next = null;
      const { ok } = await this.#ask("report", rollup);
      // What the LMS refused is told again with the next change, whatever that is.
      if (!ok) this.#lastTold = "";
    }
    this.#busy = false;
  }

  #isTold(rollup: Rollup): boolean {
    return this.#lastTold === whatCounts(rollup);
  }

  #ask(type: "report" | "finish", rollup: Rollup): Promise<Reported> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.#lastTold = whatCounts(rollup);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#answered(id, { ok: false }), ANSWER_WITHIN_MILLISECONDS);
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#port.postMessage({ type, id, rollup, marker: this.#marker(), silent: this.#silent() });
    });
  }

  #answered(id: number, answer: Reported): void {
    const resolve = this.#waiting.get(id);
    this.#waiting.delete(id);
    resolve?.(answer);
  }
}

/** Session time alone is no reason for a commit: the wrapper keeps its own clock for the last one. */
function whatCounts(rollup: Rollup): string {
  return JSON.stringify({ ...rollup, session_seconds: 0 });
}
