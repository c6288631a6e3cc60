/** Packages made a second, against what makes SCORM packages of a page elsewhere. */
import { join } from "node:path";
import type { Bench, BenchOptions } from "../bench.ts";
import { type Compared, type Figures, summarize } from "../lab/compare.ts";
import { install } from "../lab/install.ts";
import type { Lab } from "../lab/lab.ts";
import { nextMessage, processorSeconds, type StartedProcess, startScript } from "../lab/processes.ts";
import type { Made } from "../packaging/makeFor.ts";
import type { Result } from "../results.ts";

export const packages: Bench = {
  about: "packages a second against simple-scorm-packager, which packs one page",
  run,
};

const OTHER = "simple-scorm-packager@0.2.7";
const AT_LEAST = 10;

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const folder = await install(lab, OTHER);
  const log = join(folder, "output.log");
  const makers = ["packaging/theirs.ts", "packaging/ours.ts"].map((script) =>
    startScript(script, { FOLDER: folder }, log),
  );
  try {
    const compared = await interleave(lab, makers, options);
    return [{ type: "compared", what: "packages", compared, needed: { type: "at least", value: AT_LEAST } }];
  } finally {
    for (const maker of makers) await maker.end();
  }
}

async function interleave(
  lab: Lab,
  makers: readonly StartedProcess[],
  options: BenchOptions,
): Promise<Compared> {
  const { runs, warm_up_seconds, seconds } = options.pace;
  const figures: [Figures[], Figures[]] = [[], []];
  for (const maker of makers) await make(maker, warm_up_seconds);
  for (let turn = 0; turn < runs; turn++) {
    for (const [which, maker] of makers.entries()) figures[which]?.push(await make(maker, seconds));
    const [theirs, own] = figures.map((each) => Math.round(each.at(-1)?.per_second ?? 0));
    lab.say(`packages, run ${turn + 1} of ${runs}: theirs ${theirs}/s, ours ${own}/s`);
  }
  return summarize(...figures);
}

async function make({ child, pid }: StartedProcess, seconds: number): Promise<Figures> {
  const before = processorSeconds(pid);
  const answered = nextMessage<Made>(child);
  child.send({ seconds });
  const made = await answered;
  const each = (made.seconds * 1000) / made.packages;
  return {
    per_second: made.packages / made.seconds,
    // One after the other: each takes as long as the next.
    p50_milliseconds: each,
    p99_milliseconds: each,
    server_milliseconds: ((processorSeconds(pid) - before) * 1000) / made.packages,
    database_milliseconds: 0,
  };
}
