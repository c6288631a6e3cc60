import type { LaunchAllowed, Rollup } from "../../../core/bridge.ts";
import type { Lms, LmsListener, Reported } from "./lms.ts";

/** A hanging LMS must not hold up what comes after: the wrapper keeps the newest rollup and tries again at its end. */
const ANSWER_WITHIN_MILLISECONDS = 15_000;

/** The wrapper behind its port (docs/bridge.md §2): one message at a time, the newest rollup last. */
export class WrapperPort implements Lms {
  readonly #port: MessagePort;
  #marker = "";
  #silent = false;
  #listener: LmsListener | null = null;
  readonly #waiting = new Map<number, (answer: Reported) => void>();
  /** What carried no marker: an answer to it acknowledges none. */
  readonly #withoutMarker = new Set<number>();
  #lastId = 0;
  #finished = false;
  #isDenialTold = false;
  #busy = false;
  #next: Rollup | null = null;
  #lastTold = "";

  constructor(port: MessagePort) {
    this.#port = port;
    port.addEventListener("message", (event: MessageEvent) => {
      const message = (event.data ?? {}) as Record<string, unknown>;
      const ok = message["ok"] === true;
      if (message["type"] === "leaving") return this.#listener?.onLeaving();
      if (message["type"] !== "reported" && message["type"] !== "finished") return;
      const id = Number(message["id"]);
      if (this.#withoutMarker.has(id)) return;
      if (message["type"] === "reported") this.#listener?.onReported(ok);
      this.#answered(id, { ok });
    });
    port.start();
  }

  begin({ attempt, mode, credit }: LaunchAllowed, listener: LmsListener): void {
    this.#marker = attempt.marker;
    this.#silent = mode !== "normal" || credit === "no-credit";
    this.#listener = listener;
  }

  /** Many changes in a row become one commit. */
  report(rollup: Rollup): void {
    if (this.#finished || this.#isTold(rollup)) return;
    this.#next = rollup;
    if (!this.#busy) void this.#reportNext();
  }

  async reportNow(rollup: Rollup): Promise<Reported> {
    return this.#ask("report", rollup);
  }

  /** What is not told yet goes out without waiting for the answer before it. */
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
    this.#tellDenial();
  }

  /** Suspends what the LMS holds: of all that the first wrappers understand, a denial alone does that and no more. */
  suspend(): void {
    this.#tellDenial();
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

  #tellDenial(): void {
    this.#lastId += 1;
    this.#withoutMarker.add(this.#lastId);
    this.#port.postMessage({ type: "denied", id: this.#lastId });
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
      this.#port.postMessage({ type, id, rollup, marker: this.#marker, silent: this.#silent });
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
