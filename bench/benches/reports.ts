/** A report of a million rows, against what Postgres itself takes to write the same rows to a file. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Sql } from "../../src/store/db.ts";
import { pageOfReportedSeats } from "../../src/store/reports/seats.ts";
import type { Bench, BenchOptions } from "../bench.ts";
import type { Lab, LabGateway } from "../lab/lab.ts";
import { peakWhile } from "../lab/memory.ts";
import { customerOf, type Sold, volume } from "../lab/sales.ts";
import { seedLearners, settle } from "../lab/seed.ts";
import type { Result } from "../results.ts";

export const reports: Bench = {
  about: "the CSV of 1,000,000 consumed licenses against `\\copy` of the same query: time, and memory",
  run,
};

const MOST_TIMES_COPY = 2;
const MOST_MEGABYTES = 200;

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const count = options.quick ? 20_000 : 1_000_000;
  const gateway = await lab.openGateway();
  const sold = await volume(gateway, await customerOf(gateway));
  lab.say(`seeding ${count} learners`);
  await seedLearners(gateway.sql, [sold.key], count, 1);
  await gateway.sql.query(
    `update seat set first_launch_id = launch.id, first_course_id = launch.course_id from launch
     where launch.account_id = seat.account_id and launch.seat_id = seat.id`,
  );
  await settle(gateway.sql);
  const runs = options.quick ? 1 : 3;
  const [copies, ours]: [number[], Downloaded[]] = [[], []];
  for (let turn = 0; turn < runs; turn++) {
    const copied = await copy(lab, gateway, sold, count);
    const own = await download(gateway, sold, count);
    lab.say(`run ${turn + 1} of ${runs}: \\copy ${copied.toFixed(1)} s, ours ${own.seconds.toFixed(1)} s`);
    copies.push(copied);
    ours.push(own);
  }
  const best = ours.toSorted((one, other) => one.seconds - other.seconds)[Math.floor(runs / 2)];
  const copied = copies.toSorted((one, other) => one - other)[Math.floor(runs / 2)] ?? 0;
  if (!best) throw new Error("Nothing was measured");
  const note = `median of ${runs}: ${best.seconds.toFixed(1)} s, \\copy ${copied.toFixed(1)} s; ${Math.round(best.bytes / 1024 ** 2)} MB`;
  return [
    {
      type: "figure",
      what: `CSV of ${count} rows, times what \\copy takes`,
      value: best.seconds / copied,
      unit: "×",
      needed: { type: "at most", value: MOST_TIMES_COPY },
      note,
    },
    {
      type: "figure",
      what: `CSV of ${count} rows, peak of the whole process`,
      value: Math.max(...ours.map(({ peak }) => peak)),
      unit: "MB",
      needed: { type: "at most", value: MOST_MEGABYTES },
      note: `idle ${Math.round(best.idle)} MB`,
    },
  ];
}

/** The very statement that the report reads its pages with, for all rows at once. */
async function query({ account: account_id, license: license_id }: Sold, count: number): Promise<string> {
  let whole = "";
  const spy: Sql = {
    query: (statement, parameters = []) => {
      whole = statement.replaceAll(/\$(\d)/g, (_all, number: string) =>
        literalOf(parameters[Number(number) - 1]),
      );
      return Promise.resolve([]);
    },
  };
  const wanted = { account_id, license_id, from: null, until: null, at: new Date() };
  await pageOfReportedSeats(spy, wanted, null, count + 1);
  return whole.replaceAll(/\s+/g, " ");
}

function literalOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "number"
    ? String(value)
    : `'${value instanceof Date ? value.toISOString() : value}'`;
}

/** @returns Seconds. */
async function copy(lab: Lab, gateway: LabGateway, sold: Sold, count: number): Promise<number> {
  const file = join(lab.folder, "copied.csv");
  const command = `\\copy (${await query(sold, count)}) to '${file}' with (format csv, header)`;
  const begun = performance.now();
  await promisify(execFile)(psql(), ["-X", "-q", gateway.databaseUrl, "-c", command]);
  const seconds = (performance.now() - begun) / 1000;
  if ((await stat(file)).size === 0) throw new Error("\\copy wrote nothing");
  return seconds;
}

function psql(): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(debian, version, "bin/psql")).find(existsSync) ?? "psql";
}

interface Downloaded {
  readonly seconds: number;
  readonly peak: number;
  readonly idle: number;
  readonly bytes: number;
}

/** @throws Error where it has not that many rows. */
async function download(gateway: LabGateway, { account, license }: Sold, count: number): Promise<Downloaded> {
  const { appOrigin, dataFolder } = gateway.process;
  const key = await readFile(join(dataFolder, "operator-key"), "utf8");
  let [bytes, lines] = [0, 0];
  const peak = await peakWhile(gateway.pid, async () => {
    const response = await fetch(
      `${appOrigin}/api/v1/accounts/${account}/reports/consumption?license_id=${license}`,
      { headers: { authorization: `Bearer ${key}` } },
    );
    if (!response.ok || !response.body) throw new Error(`The report was answered ${response.status}`);
    for await (const chunk of response.body) {
      bytes += chunk.length;
      for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, at + 1)) lines++;
    }
  });
  if (lines !== count + 1) throw new Error(`The report has ${lines} lines, expected ${count + 1}`);
  return { seconds: peak.seconds, peak: peak.peak_megabytes, idle: peak.idle_megabytes, bytes };
}

const LINE_FEED = 10;
