/** The plan simulator: a history told once, and what it comes to under several plans (docs/simulator.md). */
import { describe, expect, test } from "@jest/globals";
import { kindOf } from "../../src/core/licensing/kinds/index.ts";
import { priceList } from "../../src/core/licensing/priceList.ts";
import { type Happening, orderFor, simulate } from "../../src/core/licensing/simulate.ts";
import { simulatePurchases } from "../../src/core/licensing/simulatedPurchases.ts";

const FROM = new Date("2026-01-01T00:00:00Z");
const UNTIL = new Date("2027-01-01T00:00:00Z");

const came = (at: string, learner_id: string, open_seconds = 0): Happening => ({
  at: new Date(at),
  learner_id,
  course_id: "kitchen",
  open_seconds,
  confirmed_by_beat: null,
});

/** Ana comes in three months, Ben looks in for a minute, Cleo stays in March. */
const HISTORY = [
  came("2026-01-10T09:00:00Z", "ana"),
  came("2026-02-10T09:00:00Z", "ana"),
  came("2026-02-11T09:00:00Z", "ben", 60),
  came("2026-03-10T09:00:00Z", "ana"),
  came("2026-03-11T09:00:00Z", "cleo", 600),
];

const price = (amount_minor: number, valid_from = FROM) => ({
  course_id: null,
  bundle_id: null,
  covers: "unit" as const,
  term_months: null,
  amount_minor,
  tiers: [{ from_quantity: 10, discount_basis_points: 1000 }],
  valid_from,
});

function told(name: string, quantity: number, terms: Readonly<Record<string, number | string>> = {}) {
  const kind = kindOf(name);
  const whole = Object.fromEntries(
    Object.entries(kind.terms).map(([field, { fallback }]) => [field, fallback]),
  );
  const prices = priceList([price(300, new Date("2026-03-01T00:00:00Z")), price(500)]);
  const plan = { kind, terms: { ...whole, ...terms }, course_id: null, prices };
  const wanted = quantity === 0 ? [] : [{ quantity, ordered_at: FROM, starts_at: null, ends_at: null }];
  const sale = simulatePurchases(plan, wanted, UNTIL);
  if ("detail" in sale) throw new Error(sale.detail);
  const { lots, orders } = sale;
  const simulation = simulate({
    kind,
    terms: plan.terms,
    retake: false,
    lots,
    until: UNTIL,
    courseDays: () => null,
    priceOf: (course_id, at) =>
      prices({ course_id, covers: "unit", term_months: null }, at)?.amount_minor ?? null,
  });
  const byLearner = orderFor(kind.rules(plan.terms)) === "by_learner";
  const history = byLearner ? [...HISTORY].sort((a, b) => (a.learner_id < b.learner_id ? -1 : 1)) : HISTORY;
  for (const happening of history) simulation.happens(happening);
  const months = simulation.finish();
  const sum = (of: (month: (typeof months)[number]) => number) =>
    months.reduce((total, one) => total + of(one), 0);
  return {
    ordered: orders.map(({ amount_minor }) => amount_minor),
    charged: months.map(({ month, charged_minor }) => [month.toISOString().slice(0, 7), charged_minor]),
    seats: sum(({ seats }) => seats),
    overage: sum(({ overage }) => overage),
    denied: sum(({ denied }) => denied.no_seats_left ?? 0),
  };
}

describe("the same history", () => {
  test("by use: the second launch and ten minutes are charged, at the price of their month; a minute is not", () => {
    const charged = [
      ["2026-01", 0],
      ["2026-02", 500],
      ["2026-03", 300],
    ];
    expect(told("pay_per_use", 0)).toEqual({ ordered: [], charged, seats: 3, overage: 0, denied: 0 });
  });

  test("for a population of two: the third is an overage, and nobody is denied", () => {
    expect(told("population", 2)).toMatchObject({ ordered: [1000], seats: 3, overage: 1, denied: 0 });
  });

  test("for two seats: whoever comes third is denied", () => {
    expect(told("seats", 2)).toMatchObject({ seats: 2, overage: 0, denied: 1 });
  });

  test("in credits: a learner in three months spends three", () => {
    expect(told("mauc", 10)).toMatchObject({ ordered: [4500], seats: 5, overage: 0 });
  });

  test("in users of each month: one in January, two in February and March", () => {
    expect(told("mau", 1, { when_full: "deny" })).toMatchObject({ seats: 3, denied: 2 });
  });

  test("by monthly subscription: it renews twelve times in a year, and its holders keep their seats", () => {
    const { ordered, seats, denied } = told("subscription", 2, { term_length: "monthly" });
    expect(ordered).toEqual([1000, 1000, ...Array.from({ length: 10 }, () => 600)]);
    expect({ seats, denied }).toEqual({ seats: 2, denied: 1 });
  });
});
