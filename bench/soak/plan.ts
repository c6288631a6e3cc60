/** Messages between the soak's driver and the bench. */

export interface SoakPlan {
  readonly port: number;
  readonly delivery_key: string;
  /** Learners who were there before: ids `<prefix><seven digits>`. */
  readonly prefix: string;
  readonly learners: number;
  /** Of the course, below its address. */
  readonly files: readonly string[];
  /** What a program asks the API: paths, and the key that it shows. */
  readonly api: { readonly host: string; readonly key: string; readonly paths: readonly string[] };
  /** Closed loop, as fast as it goes: what the machine can do. */
  readonly capacity_seconds: number;
  /** Then for so long at half of that, whenever the answers come. */
  readonly seconds: number;
}

/** What learners and programs do, and how often of a hundred times. */
export const MIX = {
  first_launch: 4,
  relaunch: 14,
  beat: 45,
  save: 15,
  close: 4,
  content: 16,
  api: 2,
} as const;

export type Kind = keyof typeof MIX;

export const KINDS = Object.keys(MIX) as Kind[];

export interface Latencies {
  readonly requests: number;
  readonly p50_milliseconds: number;
  readonly p99_milliseconds: number;
}

export interface Soaked {
  readonly per_second: number;
  readonly failures: number;
  readonly first_failure: string;
  /** First launches and relaunches together, from the moment each was due. */
  readonly launches: Latencies;
  readonly kinds: Readonly<Record<Kind, Latencies>>;
}

export type ToSoak = { readonly type: "run"; readonly plan: SoakPlan };

export type FromSoak =
  | { readonly type: "ready" }
  | { readonly type: "capacity"; readonly per_second: number }
  | { readonly type: "finished"; readonly soaked: Soaked }
  | { readonly type: "failed"; readonly error: string };
