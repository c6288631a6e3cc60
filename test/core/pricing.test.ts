/** What lines of orders cost: whole minor units, rounded half up once per line, and what is taken back of them. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { creditFor, lineAmount, type Tier, tierFor, tierProblem } from "../../src/core/licensing/pricing.ts";
import { WHOLE } from "../../src/core/licensing/proration.ts";

const TIERS: readonly Tier[] = [
  { from_quantity: 50, discount_basis_points: 1000 },
  { from_quantity: 100, discount_basis_points: 1250 },
];

const costs = (unit: number, quantity: number, tier: Tier | null = null, numerator = 1, denominator = 1) =>
  lineAmount({ unit_amount_minor: unit, quantity, tier, portion: { numerator, denominator } });

describe("price tiers give a discount by quantity within one order (RULES §3.2)", () => {
  test.each([
    [1, null],
    [49, null],
    [50, 50],
    [99, 50],
    [100, 100],
    [1000, 100],
  ])("%i reach the tier from %p on", (quantity, from) => {
    expect(tierFor(TIERS, quantity)?.from_quantity ?? null).toBe(from);
  });

  test("which counts for all of them", () => {
    expect(costs(1000, 49)).toBe(49_000);
    expect(costs(1000, 50, tierFor(TIERS, 50))).toBe(45_000);
    expect(costs(1000, 100, tierFor(TIERS, 100))).toBe(87_500);
  });

  test.each([
    [[{ from_quantity: 50 }, { from_quantity: 50 }], "tiers.1.from_quantity"],
    [
      [{ discount_basis_points: 100 }, { from_quantity: 60, discount_basis_points: 100 }],
      "tiers.1.discount_basis_points",
    ],
  ])("%j: tiers rise, each with more discount", (wrong, field) => {
    const tiers = wrong.map((tier) => ({ from_quantity: 50, discount_basis_points: 100, ...tier }));
    expect(tierProblem(tiers)?.field).toBe(field);
    expect(tierProblem(TIERS)).toBeNull();
  });
});

describe("rounded half up, once per line", () => {
  test.each([
    [1, 1, 1, 2, 1],
    [1, 1, 49, 100, 0],
    [1, 3, 1, 2, 2],
    [100, 1, 9, 12, 75],
    [99, 10, 9, 12, 743],
    [333, 3, 1, 31, 32],
  ])("%i × %i × %i/%i is %i", (unit, quantity, numerator, denominator, expected) => {
    expect(costs(unit, quantity, null, numerator, denominator)).toBe(expected);
  });

  test("never off by a cent where numbers are beyond what floats can hold", () => {
    expect(costs(1_000_000_000_001, 9001)).toBe(9_001_000_000_009_001);
    expect(costs(900_000_000_000_001, 10, { from_quantity: 2, discount_basis_points: 9999 })).toBe(
      900_000_000_000,
    );
  });

  test("never more than half a minor unit from the exact fraction", () => {
    const whole = (most: number) => fc.integer({ min: 1, max: most });
    fc.assert(
      fc.property(
        whole(10_000_000),
        whole(10_000),
        whole(372),
        fc.integer({ min: 0, max: 10_000 }),
        (unit, quantity, numerator, discount) => {
          const denominator = 372;
          const tier = { from_quantity: 1, discount_basis_points: discount };
          const amount = BigInt(costs(unit, quantity, tier, numerator, denominator));
          const exact = BigInt(unit) * BigInt(quantity) * BigInt(10_000 - discount) * BigInt(numerator);
          const scale = 10_000n * BigInt(denominator);
          const beyond = amount * scale - exact;
          expect(2n * beyond <= scale && 2n * beyond > -scale).toBe(true);
        },
      ),
    );
  });
});

test("what is taken back piece by piece is credited to the cent, and never more than was paid", () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(pieces, fc.integer({ min: 0, max: 1_000_000 }), (parts, unit) => {
      const quantity = parts.reduce((total, part) => total + part, 0);
      const amount_minor = lineAmount({
        unit_amount_minor: unit,
        quantity,
        tier: null,
        portion: { numerator: 9, denominator: 12 },
      });
      let before = 0;
      let credited = 0;
      for (const part of parts) {
        const credit = creditFor({ amount_minor, quantity }, before, part);
        before += part;
        credited += credit;
        expect(credit).toBeGreaterThanOrEqual(0);
        expect(credited).toBeLessThanOrEqual(amount_minor);
      }
      expect(credited).toBe(amount_minor);
    }),
  );
});

test("a whole is a whole", () => {
  expect(lineAmount({ unit_amount_minor: 1250, quantity: 20, tier: null, portion: WHOLE })).toBe(25_000);
});
