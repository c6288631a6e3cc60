/** Two servers under the same load, run after run, the one and the other in turn; and what the runs come to. */
import type { Measured, Plan } from "../driver/plan.ts";
import type { Lab, Server } from "./lab.ts";
import { processorSeconds } from "./processes.ts";

/** One that is measured: what it is called, and what it came to in the run number `run`. */
export interface Measurable {
  readonly name: string;
  readonly server: Server;
  /** @param onBegun Called when what is counted begins. */
  readonly measure: (run: number, times: Times, onBegun: () => void) => Promise<Measured>;
  /** Between runs, outside of what is measured. */
  readonly tidy?: () => Promise<void>;
}

/** One that the load driver asks, and how it is asked in the run number `run`. */
export interface Side extends Omit<Measurable, "measure"> {
  readonly plan: (run: number) => Omit<Plan, keyof Times>;
}

export interface Times {
  readonly warm_up_seconds: number;
  readonly seconds: number;
}

export interface Pace extends Times {
  readonly runs: number;
}

export interface Figures {
  readonly per_second: number;
  readonly p50_milliseconds: number;
  readonly p99_milliseconds: number;
  /** Processor time per request. */
  readonly server_milliseconds: number;
  readonly database_milliseconds: number;
}

export interface Compared {
  readonly floor: Figures;
  readonly ours: Figures;
  /** Throughput, ours over the floor's: the median of the runs, each taken against the floor's run before it. */
  readonly ratio: number;
  /** The least and the most of any run. */
  readonly spread: readonly [number, number];
}

export interface Comparison {
  readonly what: string;
  readonly sides: { readonly floor: Side; readonly ours: Side };
}

export async function compare(
  lab: Lab,
  what: string,
  sides: Comparison["sides"],
  pace: Pace,
): Promise<Compared> {
  const [compared] = await compareAll(lab, [{ what, sides }], pace);
  if (!compared) throw new Error("Nothing was compared");
  return compared;
}

/**
 * The first run of all, then the second of all: what a bench leaves behind grows from run to run, and would weigh on whichever came
 * last.
 */
export async function compareAll(
  lab: Lab,
  comparisons: readonly Comparison[],
  pace: Pace,
): Promise<Compared[]> {
  const all = comparisons.map(({ what, sides }) => ({
    what,
    sides: [sides.floor, sides.ours].map(
      (side): Measurable => ({
        ...side,
        measure: (run, times, onBegun) => lab.driver.run({ ...side.plan(run), ...times }, onBegun),
      }),
    ),
  }));
  const figures = await interleaveAll(lab, all, pace);
  return figures.map(([floor = [], ours = []]) => summarize(floor, ours));
}

/** All of them in turn, run after run. @returns The figures of each, by run. */
export async function interleave(
  lab: Lab,
  what: string,
  sides: readonly Measurable[],
  pace: Pace,
): Promise<Figures[][]> {
  const [figures = []] = await interleaveAll(lab, [{ what, sides }], pace);
  return figures;
}

async function interleaveAll(
  lab: Lab,
  all: readonly { readonly what: string; readonly sides: readonly Measurable[] }[],
  pace: Pace,
): Promise<Figures[][][]> {
  const figures: Figures[][][] = all.map(({ sides }) => sides.map(() => []));
  for (let run = 0; run < pace.runs; run++)
    for (const [index, { what, sides }] of all.entries()) {
      const seen: string[] = [];
      for (const [which, side] of sides.entries()) {
        const once = await runOnce(lab, side, run, pace);
        figures[index]?.[which]?.push(once);
        seen.push(`${side.name} ${Math.round(once.per_second)}/s`);
      }
      lab.say(`${what}, run ${run + 1} of ${pace.runs}: ${seen.join(", ")}`);
    }
  return figures;
}

export function summarize(floor: readonly Figures[], ours: readonly Figures[]): Compared {
  const ratios = ours
    .map((figures, run) => figures.per_second / (floor[run]?.per_second ?? 0))
    .sort(ascending);
  return {
    floor: medianOf(floor),
    ours: medianOf(ours),
    ratio: median(ratios),
    spread: [ratios[0] ?? 0, ratios.at(-1) ?? 0],
  };
}

async function runOnce(lab: Lab, side: Measurable, run: number, pace: Pace): Promise<Figures> {
  await side.tidy?.();
  let before = { server: 0, database: 0 };
  const used = () => ({ server: processorSeconds(side.server.pid), database: lab.databaseSeconds() });
  const { runs: _runs, ...times } = pace;
  const measured = await side.measure(run, times, () => {
    before = used();
  });
  const after = used();
  requireNoFailure(side.name, measured);
  const perRequest = (seconds: number) => (seconds * 1000) / measured.requests;
  return {
    per_second: measured.requests / measured.seconds,
    p50_milliseconds: measured.p50_milliseconds,
    p99_milliseconds: measured.p99_milliseconds,
    server_milliseconds: perRequest(after.server - before.server),
    database_milliseconds: perRequest(after.database - before.database),
  };
}

/** A wrong answer is a quick one: a run that had one measured nothing. */
function requireNoFailure(name: string, { failures, first_failure, requests }: Measured): void {
  if (failures > 0)
    throw new Error(`${name}: ${failures} of ${requests} were not answered as expected: ${first_failure}`);
  if (requests === 0) throw new Error(`${name}: nothing was answered within the run`);
}

function medianOf(figures: readonly Figures[]): Figures {
  const of = (name: keyof Figures) => median(figures.map((each) => each[name]).sort(ascending));
  return {
    per_second: of("per_second"),
    p50_milliseconds: of("p50_milliseconds"),
    p99_milliseconds: of("p99_milliseconds"),
    server_milliseconds: of("server_milliseconds"),
    database_milliseconds: of("database_milliseconds"),
  };
}

const ascending = (a: number, b: number) => a - b;

function median(sorted: readonly number[]): number {
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
