/** What the load driver is told to do, and what it measured: messages between its process and the bench's. */

/** A request as text, cut where a value goes in. Values of one part always have the same length. */
export type Part =
  | string
  /** Never the same twice: `<run><counter>`. */
  | { readonly type: "unique"; readonly run: string }
  /** `<prefix><number>`, the numbers counting up by `step` and round within `count`. */
  | {
      readonly type: "number";
      readonly prefix: string;
      readonly count: number;
      readonly step: number;
      readonly digits: number;
    }
  /** One of them, counting on by `step` and round. */
  | { readonly type: "choice"; readonly from: readonly string[]; readonly step: number };

export interface Plan {
  readonly port: number;
  readonly request: readonly Part[];
  /** What every answer's body must begin with, besides being a 200. */
  readonly expected: string;
  /** Each sends its next request once its last is answered. */
  readonly connections: number;
  /** All connections send at once, then wait for one another: wave after wave. */
  readonly at_once: boolean;
  readonly warm_up_seconds: number;
  readonly seconds: number;
}

export interface Measured {
  readonly requests: number;
  readonly seconds: number;
  readonly p50_milliseconds: number;
  readonly p99_milliseconds: number;
  /** How many were answered otherwise than expected, and the first such answer. */
  readonly failures: number;
  readonly first_failure: string;
}

export type ToDriver<OfRun = Plan> = { readonly type: "run"; readonly plan: OfRun };

export type FromDriver =
  | { readonly type: "ready" }
  /** The warm-up is over: what is counted begins now. */
  | { readonly type: "begun" }
  | { readonly type: "finished"; readonly measured: Measured }
  | { readonly type: "failed"; readonly error: string };

/** Characters of a `unique` part after its `run`. */
export const COUNTER_DIGITS = 7;

export function lengthOf(part: Part): number {
  if (typeof part === "string") return Buffer.byteLength(part);
  if (part.type === "unique") return part.run.length + COUNTER_DIGITS;
  if (part.type === "number") return part.prefix.length + part.digits;
  const [length = 0, ...others] = new Set(part.from.map((value) => value.length));
  if (others.length > 0) throw new Error("The values of a choice must be of one length");
  return length;
}

/** The value of each part for the request number `index`. */
export function fillIn(parts: readonly Part[], index: number): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") text += part;
    else if (part.type === "unique") text += part.run + index.toString(36).padStart(COUNTER_DIGITS, "0");
    else if (part.type === "number")
      text += part.prefix + String((index * part.step) % part.count).padStart(part.digits, "0");
    else text += part.from[(index * part.step) % part.from.length];
  }
  return text;
}
