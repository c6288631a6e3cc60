import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { openingTerm } from "../../src/core/licensing/book.ts";
import { countBeat } from "../../src/core/openTime.ts";
import { addMonths, addSeconds, hasEnded, hasStarted, holds, secondsBetween } from "../../src/core/time.ts";

const instant = (text: string) => new Date(text);

describe("calendar months, the day clamped to the month's last (RULES §1)", () => {
  test.each([
    ["2026-01-31T10:00:00.123Z", 1, "2026-02-28T10:00:00.123Z"],
    ["2026-01-31T10:00:00.000Z", 2, "2026-03-31T10:00:00.000Z"],
    ["2028-01-31T10:00:00.000Z", 1, "2028-02-29T10:00:00.000Z"],
    ["2028-02-29T10:00:00.000Z", 12, "2029-02-28T10:00:00.000Z"],
    ["2028-02-29T10:00:00.000Z", 48, "2032-02-29T10:00:00.000Z"],
    ["2026-12-31T23:59:59.999Z", 2, "2027-02-28T23:59:59.999Z"],
    ["2026-10-31T00:00:00.000Z", 1, "2026-11-30T00:00:00.000Z"],
    ["2026-06-15T00:00:00.000Z", 0, "2026-06-15T00:00:00.000Z"],
    ["2026-06-15T00:00:00.000Z", 120, "2036-06-15T00:00:00.000Z"],
  ])("%s + %i months is %s", (start, months, end) => {
    expect(addMonths(instant(start), months).toISOString()).toBe(end);
  });

  test("the month is always the one meant, the day never later than the start's", () => {
    const start = fc.date({
      min: instant("2000-01-01T00:00Z"),
      max: instant("2100-01-01T00:00Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(start, fc.integer({ min: 0, max: 240 }), (from, months) => {
        const to = addMonths(from, months);
        const elapsed =
          (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth();
        expect([elapsed, to.getUTCDate() <= from.getUTCDate()]).toEqual([months, true]);
        expect(to.getTime() % 86_400_000).toBe(from.getTime() % 86_400_000);
      }),
    );
  });
});

describe("a term holds from its first instant up to, but not including, its last (RULES §1)", () => {
  const term = { starts_at: instant("2026-01-01T00:00Z"), ends_at: instant("2026-02-01T00:00Z") };

  test.each([
    ["2025-12-31T23:59:59.999Z", false, false, false],
    ["2026-01-01T00:00:00.000Z", true, true, false],
    ["2026-01-31T23:59:59.999Z", true, true, false],
    ["2026-02-01T00:00:00.000Z", false, true, true],
  ])("at %s", (at, held, started, ended) => {
    const when = instant(at);
    expect([holds(term, when), hasStarted(term, when), hasEnded(term, when)]).toEqual([held, started, ended]);
  });

  test("without an end it never ends", () => {
    expect(holds({ ...term, ends_at: null }, instant("9999-01-01T00:00Z"))).toBe(true);
  });
});

test("seconds keep their fractions", () => {
  const start = instant("2026-01-01T00:00Z");
  expect(secondsBetween(start, addSeconds(start, 119.999))).toBe(119.999);
  expect(secondsBetween(addSeconds(start, 1), start)).toBe(-1);
});

test("open time never exceeds the time that passed, however beats arrive (RULES §2)", () => {
  const start = instant("2026-01-01T00:00Z");
  const waits = fc.array(fc.integer({ min: -5, max: 400 }), { maxLength: 50 });
  fc.assert(
    fc.property(waits, (seconds) => {
      let at = start;
      let openTime = { open_seconds: 0, counted_at: start };
      for (const wait of seconds) {
        at = addSeconds(at, wait);
        openTime = countBeat(openTime, at);
      }
      expect(openTime.open_seconds).toBeLessThanOrEqual(secondsBetween(start, openTime.counted_at));
    }),
  );
});

describe("when a license opens seats (RULES §3.1)", () => {
  const license = { starts_at: instant("2026-01-01T00:00Z"), ends_at: instant("2027-01-01T00:00Z") };
  const at = instant("2026-06-01T00:00Z");
  const contract = (starts: string, ends: string | null) => ({
    starts_at: instant(starts),
    ends_at: ends ? instant(ends) : null,
  });

  test.each([
    ["the kind needs no contract", null, true],
    ["a contract runs", [contract("2026-01-01T00:00Z", null)], true],
    ["it begins this instant", [contract("2026-06-01T00:00Z", null)], true],
    [
      "one ended, another runs",
      [contract("2025-01-01T00:00Z", "2026-01-01T00:00Z"), contract("2026-01-01T00:00Z", null)],
      true,
    ],
    ["it ends this instant", [contract("2026-01-01T00:00Z", "2026-06-01T00:00Z")], false],
    ["it starts later", [contract("2026-07-01T00:00Z", null)], false],
    ["there is none", [], false],
  ])("%s", (_when, contracts, opens) => {
    expect(holds(openingTerm(license, contracts, at), at)).toBe(opens);
  });

  test("before the first of several contracts it has not started; between two it has ended", () => {
    const contracts = [
      contract("2026-09-01T00:00Z", null),
      contract("2026-07-01T00:00Z", "2026-08-01T00:00Z"),
    ];
    expect(openingTerm(license, contracts, at)).toEqual({
      starts_at: instant("2026-07-01T00:00Z"),
      ends_at: license.ends_at,
    });
    const between = instant("2026-08-15T00:00Z");
    expect(hasEnded(openingTerm(license, contracts, between), between)).toBe(true);
  });
});
