/**
 * Whatever happened under a license: replayed under the kind that was really used, at its own terms, purchases and prices, it
 * comes to what the ledger and the orders say, with the same seats, and the same launches denied (docs/simulator.md).
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createLot } from "../../src/flows/buying.ts";
import { pauseLicense } from "../../src/flows/changeLicense.ts";
import { createPrice } from "../../src/flows/prices.ts";
import { runDueRenewals } from "../../src/flows/renewals.ts";
import { runSimulation, type WantedPlan } from "../../src/flows/simulate.ts";
import { listLotsOf } from "../../src/store/listing/licenses.ts";
import { BY, type TestLicense, type Visit } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { START } from "../support/testClock.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
afterAll(() => gateway.close());

const SOLD = [
  "pay_per_use",
  "volume",
  "subscription",
  "population",
  "course_assignment",
  "seats",
  "mauc",
  "mau",
] as const;
type Kind = (typeof SOLD)[number];

type Event =
  | { readonly does: "launch"; readonly who: number; readonly open_seconds: number }
  | { readonly does: "stay"; readonly who: number; readonly seconds: number }
  | { readonly does: "wait"; readonly hours: number }
  | { readonly does: "buy"; readonly quantity: number }
  | { readonly does: "price"; readonly amount: number }
  | { readonly does: "pause"; readonly paused: boolean };

const who = fc.nat({ max: 4 });
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      does: fc.constant("launch" as const),
      who,
      open_seconds: fc.constantFrom(0, 60, 119, 120, 145),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constant("stay" as const), who, seconds: fc.constantFrom(30, 100) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ does: fc.constant("wait" as const), hours: fc.integer({ min: 1, max: 2400 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant("buy" as const), quantity: fc.integer({ min: 1, max: 2 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ does: fc.constant("price" as const), amount: fc.integer({ min: 0, max: 9999 }) }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("pause" as const), paused: fc.boolean() }) },
);

interface World {
  readonly license: TestLicense;
  readonly kind: Kind;
  readonly terms: Readonly<Record<string, number | string>>;
  readonly retake: boolean;
  readonly visits: Map<number, Visit>;
}

const TERMS: Readonly<Partial<Record<Kind, Readonly<Record<string, number | string>>>>> = {
  course_assignment: { first_launch: "assign" },
  subscription: { term_length: "monthly" },
  mau: { when_full: "overage" },
};

async function newWorld(kind: Kind, retake: boolean): Promise<World> {
  await gateway.empty();
  const account = await gateway.account({ retake });
  const terms = TERMS[kind] ?? {};
  const sold = () =>
    gateway.sell(kind, { account, terms, ...(kind === "course_assignment" ? {} : { quantity: 2 }) });
  const license =
    kind === "pay_per_use"
      ? await gateway.payPerUse({ account })
      : kind === "volume"
        ? await gateway.volume([2], { account })
        : await sold();
  return { license, kind, terms, retake, visits: new Map() };
}

async function happens({ license, kind, visits }: World, event: Event): Promise<void> {
  const { context, clock } = gateway;
  const { account_id, license_id } = license;
  switch (event.does) {
    case "launch": {
      clock.advance({ seconds: 1 });
      const visit = await gateway.launch(license, { who: `who${event.who}` });
      visits.delete(event.who);
      if (visit.code !== null) return;
      visits.set(event.who, visit);
      if (event.open_seconds === 0) return;
      clock.advance({ seconds: event.open_seconds });
      return void (await visit.keep());
    }
    case "stay": {
      clock.advance({ seconds: event.seconds });
      // One that was left too long has closed.
      return void (await visits
        .get(event.who)
        ?.keep()
        .catch((error: { code?: string }) =>
          expect(["launch_closed", "launch_token_invalid"]).toContain(error.code),
        ));
    }
    case "wait":
      clock.advance({ hours: event.hours });
      return void (await runDueRenewals(context));
    case "buy":
      // Whoever launched in the same instant launched before.
      clock.advance({ seconds: 1 });
      return void (await createLot(context, BY, { account_id, license_id, quantity: event.quantity }).catch(
        (error: { code?: string }) => expect(["body_invalid", "license_ended"]).toContain(error.code),
      ));
    case "price":
      clock.advance({ seconds: 1 });
      return void (await createPrice(context, BY, {
        account_id,
        kind,
        course_id: null,
        amount_minor: event.amount,
        valid_from: null,
      }));
    default:
      await pauseLicense(context, BY, account_id, license_id, event.paused);
  }
}

async function simulated({ license, kind, terms, retake }: World, plan: Partial<WantedPlan> = {}) {
  gateway.clock.advance({ seconds: 1 });
  const { account_id, license_id } = license;
  return runSimulation(gateway.context, {
    account_id,
    license_ids: [license_id],
    course_id: kind === "volume" ? license.course_id : null,
    from: new Date(START),
    until: gateway.clock.now(),
    plan: { kind, terms, retake, purchases: null, prices: null, ...plan },
  });
}

async function expectSame(world: World): Promise<void> {
  const { license } = world;
  const { account_id, license_id } = license;
  const result = await simulated(world);
  const charges = await gateway.charges(license);
  const launches = await gateway.launches(license);
  const lots = await listLotsOf(gateway.context.db, account_id, [license_id]);
  const sum = charges.reduce((total, { amount_minor }) => total + amount_minor, 0);
  expect(result.real.charged_minor).toBe(sum);
  expect(result.simulated).toMatchObject({
    charged_minor: sum,
    charges: charges.length,
    ordered_minor: result.real.ordered_minor,
  });
  expect(result.lots.map(({ taken }) => taken)).toEqual(lots.map(({ taken }) => taken));

  const denied: Record<string, number> = {};
  for (const { code } of launches)
    if (code !== null && code !== "license_paused") denied[code] = (denied[code] ?? 0) + 1;
  expect(result.simulated.denied).toEqual(denied);
  const monthOf = (at: Date) => at.toISOString().slice(0, 7);
  for (const month of result.months) {
    const made = charges.filter(({ made_at }) => monthOf(made_at) === monthOf(month.month));
    expect({ charges: month.charges, charged_minor: month.charged_minor }).toEqual({
      charges: made.length,
      charged_minor: made.reduce((total, { amount_minor }) => total + amount_minor, 0),
    });
  }
}

/** What is bought after everything has ended did not lie ahead of whoever was turned away before. */
const BOUGHT_TOO_LATE: readonly Event[] = [
  { does: "wait", hours: 366 * 24 },
  { does: "launch", who: 0, open_seconds: 0 },
  { does: "buy", quantity: 1 },
  { does: "launch", who: 0, open_seconds: 0 },
];

describe("what really happened, replayed under what it really happened under, comes to the same", () => {
  test.each(SOLD)(
    "%s",
    async (kind) => {
      const history = fc.array(event, { minLength: 4, maxLength: 25 });
      await fc.assert(
        fc.asyncProperty(history, fc.boolean(), async (events, retake) => {
          const world = await newWorld(kind, retake);
          for (const one of events) await happens(world, one);
          await expectSame(world);
        }),
        { numRuns: 7, examples: [[[...BOUGHT_TOO_LATE], true]] },
      );
    },
    60_000,
  );
});
