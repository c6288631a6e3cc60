/** `scripts/bench`: runs benches, prints what they found as Markdown, and fails where a promise is missed. */
import { parseArgs } from "node:util";
import type { BenchOptions } from "./bench.ts";
import { BENCHES } from "./benches/index.ts";
import { openLab } from "./lab/lab.ts";
import { describeMachine } from "./lab/machine.ts";
import { isKept, markdown, type Result } from "./results.ts";

const PACES = {
  full: { runs: 5, warm_up_seconds: 2, seconds: 6 },
  quick: { runs: 1, warm_up_seconds: 0.2, seconds: 0.4 },
} as const;

/** What is thrown away must go then too: a Postgres, its files. */
const ENDING = ["SIGINT", "SIGTERM"] as const;

async function main(): Promise<void> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: "boolean", default: false }, minutes: { type: "string", default: "60" } },
  });
  const unknown = positionals.filter((name) => !(name in BENCHES));
  if (unknown.length > 0) throw new Usage(`no bench is called ${unknown.join(", ")}`);
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Usage(`--minutes: found ${values.minutes}, expected a number above 0`);
  const pace = values.quick ? PACES.quick : PACES.full;
  const names =
    positionals.length > 0 ? positionals : Object.keys(BENCHES).filter((name) => !BENCHES[name]?.onlyByName);
  const kept = await runAll(names, { quick: values.quick, pace, minutes });
  // A smoke run shows that the bench works; its figures are noise.
  process.exitCode = kept || values.quick ? 0 : 1;
}

async function runAll(names: readonly string[], options: BenchOptions): Promise<boolean> {
  let kept = true;
  for (const name of names) {
    say(`${name}: ${BENCHES[name]?.about}`);
    // A Postgres of its own for each: one bench's million rows are not another's.
    const lab = await openLab(say);
    const stop = () => void lab.close().then(() => process.exit(130));
    for (const signal of ENDING) process.once(signal, stop);
    try {
      if (name === names[0]) console.log(`${await describeMachine(lab.folder, lab.databaseUrl)}\n`);
      const results: Result[] = (await BENCHES[name]?.run(lab, options)) ?? [];
      console.log(`### ${name}\n\n${markdown(results)}`);
      kept &&= results.every(isKept);
    } finally {
      for (const signal of ENDING) process.off(signal, stop);
      await lab.close();
    }
  }
  return kept;
}

function say(progress: string): void {
  process.stderr.write(`${progress}\n`);
}

class Usage extends Error {}

main().catch((error: unknown) => {
  if (error instanceof Usage) {
    const benches = Object.entries(BENCHES).map(([name, { about }]) => `  ${name.padEnd(10)} ${about}`);
    say(`${error.message}\nusage: scripts/bench [name …] [--quick] [--minutes 60]\n${benches.join("\n")}`);
    process.exitCode = 2;
    return;
  }
  console.error(error);
  process.exitCode = 1;
});
