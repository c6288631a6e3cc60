/** A burst of new learners on one capped lot against the same on a license without one. */
import type { Bench, BenchOptions } from "../bench.ts";
import { compare, type Side } from "../lab/compare.ts";
import type { Lab, LabGateway } from "../lab/lab.ts";
import { ALLOWED, customerOf, firstLaunches, payPerUse, type Sold, volume } from "../lab/sales.ts";
import { seedLearners, settle } from "../lab/seed.ts";
import type { Result } from "../results.ts";

export const capped: Bench = {
  about: "new learners at once on one lot of a volume license and on a pay-per-use license",
  run,
};

const AT_LEAST = 0.5;

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const gateway = await lab.openGateway();
  const customer = await customerOf(gateway);
  const sold = { uncapped: await payPerUse(gateway, customer), capped: await volume(gateway, customer) };
  await seedLearners(gateway.sql, [sold.uncapped.key], 1000, 1);
  await seedLearners(gateway.sql, [sold.capped.key], 1000, 2);
  await settle(gateway.sql);
  const results: Result[] = [];
  for (const connections of [64, 256]) {
    const what = `new learners on one lot, ${connections} at once, against no lot`;
    const sides = {
      floor: side(gateway, sold.uncapped, "no lot", connections),
      ours: side(gateway, sold.capped, "one lot", connections),
    };
    const compared = await compare(lab, what, sides, options.pace);
    results.push({ type: "compared", what, compared, needed: { type: "at least", value: AT_LEAST } });
  }
  return results;
}

function side(gateway: LabGateway, { key }: Sold, name: string, connections: number): Side {
  const { request, ...rest } = firstLaunches(gateway, key, name);
  const load = { port: gateway.port, expected: ALLOWED, connections, at_once: true };
  return { ...rest, plan: (run) => ({ ...load, request: request(run) }) };
}
