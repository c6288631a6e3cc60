/** Usage figures through the API, of a license and of an account with a million seats. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import type { Bench, BenchOptions } from "../bench.ts";
import type { Lab, LabGateway } from "../lab/lab.ts";
import { customerOf, payPerUse } from "../lab/sales.ts";
import { seedLearners, settle } from "../lab/seed.ts";
import type { Result } from "../results.ts";

export const usage: Bench = {
  about: "usage figures of a license and of an account with 1,000,000 seats",
  run,
};

const MOST_MILLISECONDS = 20;
const WARM_UP = 20;

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const gateway = await lab.openGateway();
  // Of a kind without lots, whose counters would tell: here every figure comes from what seats and charges add up to.
  const sold = await payPerUse(gateway, await customerOf(gateway));
  const count = options.quick ? 5000 : 1_000_000;
  const seats = count.toLocaleString("en");
  lab.say(`seeding ${seats} seats`);
  await seedLearners(gateway.sql, [sold.key], count, 0);
  await countSeeded(gateway.sql);
  await settle(gateway.sql);
  const account = `/api/v1/accounts/${sold.account}`;
  const times = options.quick ? 50 : 500;
  const results: Result[] = [];
  for (const [what, path] of [
    ["a license", `${account}/licenses/${sold.license}/usage`],
    ["an account", `${account}/usage`],
  ] as const) {
    const { median, p99 } = await timed(gateway, path, times, `"pending":0,"confirmed":${count}`);
    results.push({
      type: "figure",
      what: `usage of ${what} with ${seats} seats, median`,
      value: median,
      unit: "ms",
      needed: { type: "at most", value: MOST_MILLISECONDS },
      note: `p99 ${p99.toFixed(1)} ms, ${times} requests one by one`,
    });
  }
  return results;
}

/** Seeding asks no trigger, so what they would have counted is counted here. */
async function countSeeded(sql: pg.Client): Promise<void> {
  await sql.query("delete from usage_change");
  await sql.query("delete from usage_month");
  await sql.query("delete from usage_kind_month");
  await sql.query(
    `insert into usage_month (account_id, license_id, month, started, pending, confirmed, released, charges, charged_minor)
     select account_id, license_id, month, started, pending, confirmed, released, charges, charged_minor
     from usage_recounted`,
  );
  await sql.query(
    `insert into usage_kind_month (account_id, kind, month, started, pending, confirmed, released, charges, charged_minor)
     select usage_month.account_id, 'pay_per_use', month, started, pending, confirmed, released, charges, charged_minor
     from usage_month`,
  );
}

/** @throws Error where an answer does not hold what is expected: a wrong answer is a quick one. */
async function timed(gateway: LabGateway, path: string, times: number, expected: string) {
  const { appOrigin, dataFolder } = gateway.process;
  const key = await readFile(join(dataFolder, "operator-key"), "utf8");
  const milliseconds: number[] = [];
  for (let turn = 0; turn < WARM_UP + times; turn++) {
    const from = performance.now();
    const response = await fetch(`${appOrigin}${path}`, { headers: { authorization: `Bearer ${key}` } });
    const body = await response.text();
    if (turn >= WARM_UP) milliseconds.push(performance.now() - from);
    if (!response.ok || !body.includes(expected)) throw new Error(`${path} was answered ${body}`);
  }
  milliseconds.sort((one, other) => one - other);
  const at = (share: number) => milliseconds[Math.floor(share * (times - 1))] ?? Number.NaN;
  return { median: at(0.5), p99: at(0.99) };
}
