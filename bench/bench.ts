/** What a bench is. */
import type { Pace } from "./lab/compare.ts";
import type { Lab } from "./lab/lab.ts";
import type { Result } from "./results.ts";

export interface BenchOptions {
  /** A smoke run: seconds instead of minutes, and figures that say little. */
  readonly quick: boolean;
  readonly pace: Pace;
  /** For the soak. */
  readonly minutes: number;
}

export interface Bench {
  /** A line on what it compares with what. */
  readonly about: string;
  /** Left out unless asked for by name. */
  readonly onlyByName?: boolean;
  readonly run: (lab: Lab, options: BenchOptions) => Promise<Result[]>;
}
