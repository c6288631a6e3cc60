/** A launch on a license with a million seats against the same on licenses with ten. */
import type { Bench, BenchOptions } from "../bench.ts";
import type { Part } from "../driver/plan.ts";
import { compare, type Side } from "../lab/compare.ts";
import type { Lab, LabGateway } from "../lab/lab.ts";
import { ALLOWED, customerOf, firstLaunches, relaunches, SCATTERED, volume } from "../lab/sales.ts";
import { type Seeded, seedLearners, settle } from "../lab/seed.ts";
import type { Result } from "../results.ts";

export const size: Bench = {
  about: "launches on licenses with 10 seats and on one with 1,000,000",
  run,
};

const FEW = 10;
/** A few learners coming again and again would only be measured against themselves; so there are many such licenses. */
const SMALL_LICENSES = 100;
const WITHIN = 1.2;

interface Held {
  /** The deliveries' keys, one for each learner in turn. */
  readonly key: Part;
  readonly seeded: Seeded;
}

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const gateway = await lab.openGateway();
  const small = await seedSmall(gateway);
  const count = options.quick ? 5000 : 1_000_000;
  const seats = count.toLocaleString("en");
  lab.say(`seeding ${seats} seats`);
  const large = await seedLarge(gateway, count);
  await settle(gateway.sql);
  const results: Result[] = [];
  for (const words of ["relaunches", "first launches"]) {
    const side = (name: string, { key, seeded }: Held): Side => {
      const { request, ...rest } =
        words === "relaunches" ? relaunches(gateway, key, seeded, name) : firstLaunches(gateway, key, name);
      const load = { port: gateway.port, expected: ALLOWED, connections: 1, at_once: false };
      return { ...rest, plan: (index) => ({ ...load, request: request(index) }) };
    };
    const what = `${words}, ${seats} seats against 10`;
    const sides = { floor: side("10 seats", small), ours: side(seats, large) };
    const compared = await compare(lab, what, sides, options.pace);
    results.push({ type: "compared", what, compared, needed: { type: "within", value: WITHIN } });
  }
  return results;
}

async function seedLarge(gateway: LabGateway, seats: number): Promise<Held> {
  const { key } = await volume(gateway, await customerOf(gateway));
  return { key, seeded: await seedLearners(gateway.sql, [key], seats, 0) };
}

/** As many learners as licenses times ten; each license's turn comes with the learners that hold its seats. */
async function seedSmall(gateway: LabGateway): Promise<Held> {
  const customer = await customerOf(gateway);
  const keys: string[] = [];
  for (let license = 0; license < SMALL_LICENSES; license++) keys.push((await volume(gateway, customer)).key);
  const seeded = await seedLearners(gateway.sql, keys, FEW * SMALL_LICENSES, 1);
  return { key: { type: "choice", from: keys, step: SCATTERED }, seeded };
}
