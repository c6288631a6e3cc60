/** The packages of many deliveries, downloaded as one zip: memory while it is streamed. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bench, BenchOptions } from "../bench.ts";
import type { Lab, LabGateway } from "../lab/lab.ts";
import { peakWhile } from "../lab/memory.ts";
import { customerOf, type Sold, volume } from "../lab/sales.ts";
import type { Result } from "../results.ts";

export const bulk: Bench = {
  about: "memory while the packages of 10,000 deliveries are downloaded as one zip",
  run,
};

/** Over idle: what a process takes that makes garbage all the time, however long it goes on. */
const MOST_GROWTH_MEGABYTES = 64;

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const count = options.quick ? 500 : 10_000;
  const gateway = await lab.openGateway();
  const sold = await volume(gateway, await customerOf(gateway));
  await deliverMany(gateway, sold, count - 1);
  lab.say(`downloading ${count} packages`);
  let bytes = 0;
  const peak = await peakWhile(gateway.pid, async () => {
    bytes = await download(gateway, sold, count);
  });
  const note = `${Math.round(bytes / 1024 ** 2)} MB in ${peak.seconds.toFixed(1)} s, ${Math.round(count / peak.seconds)} packages a second; idle ${Math.round(peak.idle_megabytes)} MB`;
  return [
    {
      type: "figure",
      what: `download of ${count} packages, growth over idle`,
      value: peak.peak_megabytes - peak.idle_megabytes,
      unit: "MB",
      needed: { type: "at most", value: MOST_GROWTH_MEGABYTES },
      note,
    },
  ];
}

/** Licenses like the one that is there, each delivered once. */
async function deliverMany(gateway: LabGateway, sold: Sold, count: number): Promise<void> {
  const id = (part: string) => `('01970000-0000-7000-8${part}-' || lpad(number::text, 12, '0'))::uuid`;
  for (const insert of [
    `insert into license (account_id, id, short_id, kind, course_id, terms, starts_at, created_at)
     select account_id, ${id("001")}, lpad(number::text, 5, '0'), kind, course_id, terms, starts_at, created_at
     from license, generate_series(1, $2) number where id = $1`,
    `insert into delivery (account_id, id, key, license_id, course_id, connection_id, format, course_title, created_at)
     select account_id, ${id("002")}, 'key-' || number, ${id("001")}, course_id, connection_id, format, course_title,
       created_at
     from delivery, generate_series(1, $2) number where license_id = $1`,
  ])
    await gateway.sql.query(insert, [sold.license, count]);
}

/** @returns How many bytes came. @throws Error where it is not a zip of so many. */
async function download(gateway: LabGateway, sold: Sold, count: number): Promise<number> {
  const { appOrigin, dataFolder } = gateway.process;
  const key = await readFile(join(dataFolder, "operator-key"), "utf8");
  const response = await fetch(`${appOrigin}/api/v1/accounts/${sold.account}/packages`, {
    headers: { authorization: `Bearer ${key}` },
  });
  if (!response.ok || !response.body) throw new Error(`The download was answered ${response.status}`);
  let bytes = 0;
  let end = Buffer.alloc(0);
  for await (const chunk of response.body) {
    bytes += chunk.length;
    end = Buffer.concat([end.subarray(-END_BYTES), chunk]);
  }
  const entries = end.readUInt16LE(end.length - END_BYTES + 10);
  if (entries !== count) throw new Error(`The zip holds ${entries} packages, expected ${count}`);
  return bytes;
}

/** Of the record that ends a zip. */
const END_BYTES = 22;
