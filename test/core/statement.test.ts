/** Billing periods, and how a total is settled (RULES §5). */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { MOST_BILLING_DAY, periodAfter, periodAt, settle, statementState } from "../../src/core/statement.ts";

const shown = ({ period_starts_at, period_ends_at }: ReturnType<typeof periodAt>) =>
  [period_starts_at, period_ends_at].map((date) => date.toISOString().slice(0, 10));

describe("a billing period", () => {
  test("is a calendar month in UTC, unless its day says otherwise", () => {
    expect(shown(periodAt(new Date("2026-02-28T23:59:59.999Z"), 1))).toEqual(["2026-02-01", "2026-03-01"]);
    expect(shown(periodAt(new Date("2026-03-01T00:00:00Z"), 1))).toEqual(["2026-03-01", "2026-04-01"]);
    expect(shown(periodAt(new Date("2026-01-14T00:00:00Z"), 15))).toEqual(["2025-12-15", "2026-01-15"]);
    expect(shown(periodAt(new Date("2026-12-15T00:00:00Z"), 15))).toEqual(["2026-12-15", "2027-01-15"]);
  });

  test("23:30 in UTC−8 on 29 February is of March (RULES §3.6)", () => {
    const [starts] = shown(periodAt(new Date("2028-02-29T23:30:00-08:00"), 1));
    expect(starts).toBe("2028-03-01");
  });

  test("follows the one before without a gap, and reaches the day that is set", () => {
    const january = periodAt(new Date("2026-01-10T00:00:00Z"), 1);
    expect(shown(periodAfter(january, 1))).toEqual(["2026-02-01", "2026-03-01"]);
    expect(shown(periodAfter(january, 20))).toEqual(["2026-02-01", "2026-02-20"]);
    expect(shown(periodAfter(january, 10))).toEqual(["2026-02-01", "2026-03-10"]);
  });

  test("whatever the days, periods leave no instant out and are 14 to 59 days long", () => {
    const day = fc.integer({ min: 1, max: MOST_BILLING_DAY });
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true }),
        fc.array(day, { minLength: 1, maxLength: 12 }),
        (at, days) => {
          let period = periodAt(at, days[0] ?? 1);
          expect(period.period_starts_at <= at && at < period.period_ends_at).toBe(true);
          for (const next of days) {
            const after = periodAfter(period, next);
            expect(after.period_starts_at).toEqual(period.period_ends_at);
            expect(after.period_ends_at.getUTCDate()).toBe(next);
            const length = (after.period_ends_at.getTime() - after.period_starts_at.getTime()) / 86_400_000;
            expect(length).toBeGreaterThanOrEqual(14);
            expect(length).toBeLessThanOrEqual(59);
            period = after;
          }
        },
      ),
    );
  });
});

describe("what is settled", () => {
  test.each([
    ["is drawn from the deposit as far as it goes", 700, 1000, [700, 0, 0]],
    ["and the rest is due", 700, 300, [300, 0, 400]],
    ["all of it where there is no deposit", 700, 0, [0, 0, 700]],
    ["is credited to the deposit where it is negative", -700, 300, [0, 700, 0]],
    ["is nothing where nothing was charged", 0, 300, [0, 0, 0]],
  ] as const)("%s", (_what, running, deposit, expected) => {
    const { deposit_drawn_minor, deposit_credited_minor, due_minor } = settle(running, deposit);
    expect([deposit_drawn_minor, deposit_credited_minor, due_minor]).toEqual(expected);
  });

  test("always comes to the total, and never takes more than the deposit holds", () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (running, deposit) => {
        const { deposit_drawn_minor, deposit_credited_minor, due_minor } = settle(running, deposit);
        expect(deposit_drawn_minor - deposit_credited_minor + due_minor).toBe(running);
        expect(deposit_drawn_minor).toBeLessThanOrEqual(deposit);
        expect(Math.min(deposit_drawn_minor, deposit_credited_minor, due_minor)).toBe(0);
        expect(Math.min(deposit_drawn_minor + due_minor, deposit_credited_minor)).toBe(0);
      }),
    );
  });

  test("stands as its last payment does", () => {
    expect(statementState(0, null)).toBe("settled");
    expect(statementState(1, "requested")).toBe("unpaid");
    for (const state of ["pending", "failed", "paid"] as const) expect(statementState(1, state)).toBe(state);
  });
});
