/**
 * Whatever is bought, added, renewed and taken back, in whatever order: lines sum up to their orders, each to the fraction that
 * its own figures say, and the lots to what the lines bought.
 */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Fault } from "../../src/core/faults.ts";
import { placeOrder, type WantedLine } from "../../src/flows/buying.ts";
import { correctOrder } from "../../src/flows/correctOrder.ts";
import type { OrderWithLines } from "../../src/flows/orders.ts";
import { createPrice } from "../../src/flows/prices.ts";
import { runDueRenewals } from "../../src/flows/renewals.ts";
import { listOrders } from "../../src/flows/viewOrders.ts";
import { listLotsOf } from "../../src/store/listing/licenses.ts";
import type { LineWithLots } from "../../src/store/orders.ts";
import { ALL_ROWS, BY } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const KINDS = ["volume", "subscription", "population"] as const;

type Step =
  | { readonly type: "buy"; readonly lines: readonly { kind: number; add: boolean; quantity: number }[] }
  | { readonly type: "take back"; readonly which: number; readonly quantity: number }
  | { readonly type: "wait"; readonly days: number }
  | { readonly type: "new price"; readonly kind: number; readonly amount: number };

const kind = fc.integer({ min: 0, max: KINDS.length - 1 });
const bought = fc.record({ kind, add: fc.boolean(), quantity: fc.integer({ min: 1, max: 150 }) });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("buy" as const),
      lines: fc.array(bought, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("take back" as const),
      which: fc.nat(),
      quantity: fc.integer({ min: 1, max: 60 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 200 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("new price" as const),
      kind,
      amount: fc.integer({ min: 0, max: 99_999 }),
    }),
  },
);

async function newWorld() {
  await gateway.empty();
  const { account_id } = await gateway.account();
  const { course_id } = await gateway.course();
  const setPrice = (name: string, amount_minor: number) =>
    createPrice(gateway.context, BY, {
      account_id,
      kind: name,
      course_id: null,
      amount_minor,
      tiers: [{ from_quantity: 100, discount_basis_points: 777 }],
      valid_from: null,
    });
  for (const name of KINDS) await setPrice(name, 3333);
  return { account_id, course_id, setPrice };
}

type World = Awaited<ReturnType<typeof newWorld>>;

const historyOf = (account_id: string) => listOrders(gateway.context.db, account_id, {}, ALL_ROWS);

async function take({ account_id, course_id, setPrice }: World, one: Step): Promise<void> {
  if (one.type === "wait") {
    gateway.clock.advance({ days: one.days });
    await runDueRenewals(gateway.context);
    return;
  }
  if (one.type === "new price") return void (await setPrice(KINDS[one.kind] ?? "volume", one.amount));
  const lines = (await historyOf(account_id)).flatMap((order) => order.lines);
  if (one.type === "buy") {
    const wanted = one.lines.map(({ kind: number, add, quantity }): WantedLine => {
      const name = KINDS[number] ?? "volume";
      const there = add ? lines.find((line) => line.kind === name)?.license_id : undefined;
      const fresh = {
        kind: name,
        course_id: name === "volume" ? course_id : null,
        bundle_id: null,
        terms: {},
      };
      return { license: there ?? fresh, quantity, starts_at: null, ends_at: null };
    });
    await placeOrder(gateway.context, BY, { account_id, self_service: false, lines: wanted });
    return;
  }
  const line = lines[one.which % lines.length];
  if (!line) return;
  const wanted = { account_id, order_id: line.order_id, line_id: line.id, quantity: one.quantity };
  await correctOrder(gateway.context, BY, wanted).catch((error: unknown) => {
    if (!(error instanceof Fault && error.code === "conflict")) throw error;
  });
}

/** By its own figures, and no other way of reckoning than by whole numbers. */
function reckoned(line: LineWithLots): number {
  const { unit_amount_minor, quantity, discount_basis_points, portion_numerator, portion_denominator } = line;
  const factors = [unit_amount_minor, quantity, 10_000 - discount_basis_points, portion_numerator];
  const product = factors.reduce((all, factor) => all * BigInt(factor), 1n);
  const scale = 10_000n * BigInt(portion_denominator);
  return Number(product / scale + (2n * (product % scale) >= scale ? 1n : 0n));
}

const total = (lines: readonly { readonly amount_minor: number }[]) =>
  lines.reduce((sum, { amount_minor }) => sum + amount_minor, 0);

async function expectAllToAddUp(account_id: string, orders: readonly OrderWithLines[]): Promise<void> {
  const lines = orders.flatMap((order) => order.lines);
  expect(orders.map(({ number }) => number)).toEqual(orders.map((_order, index) => orders.length - index));
  for (const order of orders) expect(order.amount_minor).toBe(total(order.lines));
  for (const line of lines.filter(({ corrects_line_id }) => corrects_line_id === null)) {
    expect(line.amount_minor).toBe(reckoned(line));
    const corrections = lines.filter(({ corrects_line_id }) => corrects_line_id === line.id);
    const left = line.quantity + corrections.reduce((sum, { quantity }) => sum + quantity, 0);
    const paid = line.amount_minor + total(corrections);
    expect([left >= 0, paid >= 0, left > 0 || paid === 0]).toEqual([true, true, true]);
    const lots = await listLotsOf(gateway.context.db, account_id, [line.license_id]);
    expect(lots.filter(({ id }) => line.lot_ids.includes(id)).map(({ quantity }) => quantity)).toEqual([
      left,
    ]);
  }
}

test("any history adds up", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const world = await newWorld();
      for (const one of steps) await take(world, one);
      await expectAllToAddUp(world.account_id, await historyOf(world.account_id));
    }),
    { numRuns: 25 },
  );
}, 60_000);
