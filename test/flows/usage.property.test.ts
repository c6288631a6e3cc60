/**
 * Whatever happens, in whatever order: what is shown as used is what seats, charges and lots say when they are counted again,
 * before a roll-up, between two of them and after.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { KINDS, kindOf } from "../../src/core/licensing/kinds/index.ts";
import { createLot } from "../../src/flows/buying.ts";
import { deactivateLearner } from "../../src/flows/learners.ts";
import { creditCharge } from "../../src/flows/ledger/corrections.ts";
import { runDueRenewals } from "../../src/flows/renewals.ts";
import { accountUsage, licenseUsage, rollUpDueUsage } from "../../src/flows/usage.ts";
import { listMiscountedLots } from "../../src/store/licenses.ts";
import { listLotsOf } from "../../src/store/listing/licenses.ts";
import { listMiscountedUsage, rollUpUsage } from "../../src/store/usage.ts";
import { BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

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

type Event =
  | { readonly does: "launch"; readonly license: number; readonly who: number }
  | { readonly does: "buy"; readonly license: number; readonly quantity: number }
  | { readonly does: "wait"; readonly days: number }
  | { readonly does: "deactivate" | "reactivate"; readonly who: number }
  | { readonly does: "merge" | "credit"; readonly which: number }
  | { readonly does: "roll up" | "roll up some" | "roll up twice at once" };

const license = fc.nat({ max: SOLD.length - 1 });
const who = fc.nat({ max: 3 });
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ does: fc.constant("launch" as const), license, who }) },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("buy" as const),
      license,
      quantity: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ does: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 70 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constantFrom("deactivate" as const, "reactivate" as const), who }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constantFrom("merge" as const, "credit" as const), which: fc.nat() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constantFrom("roll up" as const, "roll up some" as const, "roll up twice at once" as const),
    }),
  },
);

interface World {
  readonly account_id: string;
  readonly licenses: readonly TestLicense[];
}

async function newWorld(): Promise<World> {
  await gateway.empty();
  const account = await gateway.account({ retake: true });
  const licenses: TestLicense[] = [];
  for (const name of SOLD) {
    if (name === "pay_per_use") licenses.push(await gateway.payPerUse({ account }));
    else if (name === "volume") licenses.push(await gateway.volume([2], { account }));
    else {
      const terms = name === "course_assignment" ? { first_launch: "assign" } : {};
      const quantity = kindOf(name).largest_lot === null ? {} : { quantity: 2 };
      licenses.push(await gateway.sell(name, { account, terms, ...quantity }));
    }
  }
  return { account_id: account.account_id, licenses };
}

async function happens({ account_id, licenses }: World, event: Event): Promise<void> {
  const { context, clock } = gateway;
  const { db } = context;
  switch (event.does) {
    case "launch":
      return void (await gateway.launch(licenses[event.license] as TestLicense, { who: `who${event.who}` }));
    case "buy": {
      const { license_id } = licenses[event.license] as TestLicense;
      const bought = createLot(context, BY, { account_id, license_id, quantity: event.quantity });
      // Some are not bought ahead, or their licenses have ended.
      return void (await bought.catch((error: { code?: string }) =>
        expect(["body_invalid", "license_ended"]).toContain(error.code),
      ));
    }
    case "wait":
      clock.advance({ days: event.days });
      return void (await runDueRenewals(context));
    case "deactivate":
    case "reactivate": {
      const [identity] = await db.query<{ learner_id: string }>(
        "select learner_id from identity where value = $1",
        [`who${event.who}`],
      );
      if (!identity) return;
      return deactivateLearner(context, BY, account_id, identity.learner_id, event.does === "deactivate");
    }
    case "merge":
      return releaseOne(account_id, event.which);
    case "credit": {
      const charges = await db.query<{ id: string }>(
        "select id from charge where corrects_charge_id is null order by id",
      );
      const charge_id = charges[event.which % charges.length]?.id;
      if (charge_id === undefined) return;
      const credited = creditCharge(context, BY, { account_id, charge_id, amount_minor: null });
      return void (await credited.catch((error: { code?: string }) => expect(error.code).toBe("conflict")));
    }
    case "roll up":
      return rollUpDueUsage(context);
    case "roll up some":
      return void (await rollUpUsage(db, 3));
    default:
      await Promise.all([rollUpDueUsage(context), rollUpDueUsage(gateway.secondProcess())]);
  }
}

/** As a merge does with the seat that does not stay (RULES §6): released, and its lot gets it back. */
async function releaseOne(accountId: string, which: number): Promise<void> {
  await gateway.context.db.transaction(async (sql) => {
    const seats = await sql.query<{ id: string; lot_id: string | null }>(
      "select id, lot_id from seat where account_id = $1 and status <> 'released' order by id",
      [accountId],
    );
    const seat = seats[which % seats.length];
    if (!seat) return;
    await sql.query(
      "update seat set status = 'released', released_at = $3 where account_id = $1 and id = $2",
      [accountId, seat.id, gateway.clock.now()],
    );
    await sql.query("update lot set taken = taken - 1 where account_id = $1 and id = $2", [
      accountId,
      seat.lot_id,
    ]);
  });
}

const sum = <Row>(rows: readonly Row[], of: (row: Row) => number) =>
  rows.reduce((total, row) => total + of(row), 0);
const monthOf = (at: Date | null) => at?.toISOString().slice(0, 7) ?? "none";

const SERIES = { from: new Date("2026-01-01T00:00:00Z"), to: new Date("2034-12-01T00:00:00Z") };

async function expectRecounted({ account_id, licenses }: World): Promise<void> {
  const at = gateway.clock.now();
  const perLicense = new Map<string, Awaited<ReturnType<typeof licenseUsage>>>();
  for (const [index, license] of licenses.entries()) {
    const usage = await licenseUsage(gateway.context, account_id, license.license_id, SERIES);
    perLicense.set(SOLD[index] ?? "", usage);
    const all = await gateway.seats(license);
    const held = all.filter(({ status }) => status !== "released");
    const charges = await gateway.charges(license);
    const lots = await listLotsOf(gateway.context.db, account_id, [license.license_id]);

    expect(usage.seats).toEqual({
      pending: held.filter(({ status }) => status === "pending").length,
      confirmed: held.filter(({ status }) => status === "confirmed").length,
    });
    for (const each of usage.months) {
      const month = monthOf(each.month);
      expect({ license: SOLD[index], ...each }).toEqual({
        license: SOLD[index],
        month: each.month,
        started: held.filter(({ starts_at }) => monthOf(starts_at) === month).length,
        pending: held.filter((seat) => seat.status === "pending" && monthOf(seat.starts_at) === month).length,
        confirmed: held.filter((seat) => seat.status === "confirmed" && monthOf(seat.confirmed_at) === month)
          .length,
        released: all.filter(({ released_at }) => monthOf(released_at) === month).length,
        charges: charges.filter((charge) => !charge.corrects_charge_id && monthOf(charge.made_at) === month)
          .length,
        charged_minor: sum(
          charges.filter(({ made_at }) => monthOf(made_at) === month),
          ({ amount_minor }) => amount_minor,
        ),
        taken: held.filter(({ starts_at }) => monthOf(starts_at) <= month).length,
      });
    }
    expect(usage.total.charged_minor).toBe(sum(charges, ({ amount_minor }) => amount_minor));

    const running = lots.filter((lot) => lot.starts_at <= at && (lot.ends_at === null || lot.ends_at > at));
    const purchased = sum(running, ({ quantity }) => quantity);
    const used = held.filter(({ lot_id }) => running.some(({ id }) => id === lot_id)).length;
    if (running.length === 0) expect(usage.now).toBeNull();
    else expect(usage.now).toMatchObject({ purchased, used, available: purchased - used });
    expect(sum(usage.plans, (plan) => plan.used)).toBe(lots.length === 0 ? 0 : held.length);
    const runs = usage.plans.find(({ state }) => state === "running");
    if (runs) expect(usage.plans[0]).toEqual(runs);
  }
  const kinds = await accountUsage(gateway.context, account_id, { ...SERIES, role: "admin" });
  expect(kinds.map(({ kind }) => kind).sort()).toEqual([...SOLD].sort());
  for (const kind of kinds) {
    const usage = perLicense.get(kind.kind);
    expect({ kind: kind.kind, months: kind.months }).toEqual({ kind: kind.kind, months: usage?.months });
    expect(kind).toMatchObject({
      licenses: 1,
      total: usage?.total,
      seats: usage?.seats,
      purchased: usage?.now?.purchased ?? 0,
      used: usage?.now?.used ?? 0,
      available: usage?.now?.available ?? 0,
      overage: usage?.now?.overage ?? 0,
    });
  }
  expect(await listMiscountedUsage(gateway.context.db)).toEqual([]);
  expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
}

test("usage is what a recount says, over any history", async () => {
  expect([...SOLD].sort()).toEqual(KINDS.map(({ name }) => name).sort());
  const history = fc.array(event, { minLength: 5, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(history, async (events) => {
      const world = await newWorld();
      for (const one of events) await happens(world, one);
      await expectRecounted(world);
      await rollUpDueUsage(gateway.context);
      await expectRecounted(world);
    }),
    { numRuns: 12 },
  );
}, 180_000);

describe("the check", () => {
  test("finds a figure that is wrong", async () => {
    const { account_id, licenses } = await newWorld();
    await gateway.launch(licenses[0] as TestLicense, { who: "ana" });
    await rollUpDueUsage(gateway.context);
    await gateway.context.db.query("update usage_month set started = started + 1");
    const { license_id } = licenses[0] as TestLicense;
    const month = new Date("2026-01-01T00:00:00Z");
    expect(await listMiscountedUsage(gateway.context.db)).toEqual([
      { account_id, license_id, kind: "pay_per_use", month },
      { account_id, license_id: null, kind: "pay_per_use", month },
    ]);
  });
});
