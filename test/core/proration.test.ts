/**
 * "Seats added in mid-term are priced by the time left: whole months, plus the running month's days left over its days, over
 * the term's months" (RULES §3.3).
 */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { lineAmount } from "../../src/core/licensing/pricing.ts";
import { type Portion, portionLeft } from "../../src/core/licensing/proration.ts";
import { addMonths } from "../../src/core/time.ts";

const instant = (text: string) => new Date(text);

function termOf(firstStart: string, months: number, before = 0) {
  const first = instant(firstStart);
  return { first, starts_at: addMonths(first, before), ends_at: addMonths(first, before + months) };
}

function left(term: ReturnType<typeof termOf>, at: string): string {
  const { numerator, denominator } = portionLeft(term, term.first, instant(at));
  return `${numerator}/${denominator}`;
}

describe("of an annual term from 15 January, 10:00", () => {
  const term = termOf("2026-01-15T10:00:00Z", 12);
  test.each([
    ["2026-01-15T10:00:00Z", "12/12", "all of it with the first instant"],
    ["2026-04-15T10:00:00Z", "9/12", "after 3 of 12 months"],
    ["2026-04-16T09:59:59Z", "9/12", "in the day that runs, which counts as left"],
    ["2026-04-16T10:00:00Z", `${8 * 30 + 29}/${12 * 30}`, "a day later: 8 months and 29 of 30 days"],
    ["2026-04-15T09:59:59Z", `${9 * 31 + 1}/${12 * 31}`, "an instant before: 9 months and a day of 31"],
    ["2026-05-01T00:00:00Z", `${8 * 30 + 15}/${12 * 30}`, "in mid-month"],
    ["2026-12-15T10:00:00Z", "1/12", "with the last month"],
    ["2027-01-15T09:59:59Z", `1/${12 * 31}`, "in the last instant: the last day"],
    ["2027-01-15T10:00:00Z", "0/12", "nothing once it has ended"],
  ])("at %s: %s, %s", (at, expected) => {
    expect(left(term, at)).toBe(expected);
  });
});

describe("where months end on different days", () => {
  test.each([
    ["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "11/12", "the second month begins on 28 February"],
    ["2026-01-31T00:00:00Z", "2026-03-30T00:00:00Z", `${10 * 31 + 1}/${12 * 31}`, "and ends on 31 March"],
    ["2026-01-31T00:00:00Z", "2026-03-31T00:00:00Z", "10/12", "where the third begins"],
    [
      "2028-01-31T00:00:00Z",
      "2028-02-28T00:00:00Z",
      `${11 * 29 + 1}/${12 * 29}`,
      "in a leap year a day later",
    ],
    ["2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z", "11/12", "on 29 February"],
  ])("a term from %s, at %s: %s; %s", (from, at, expected) => {
    expect(left(termOf(from, 12), at)).toBe(expected);
  });

  test("a later term is counted from the first start: of one from 29 February, months begin on the 29th again", () => {
    const second = termOf("2028-02-29T00:00:00Z", 12, 12);
    expect(second.starts_at).toEqual(instant("2029-02-28T00:00:00Z"));
    expect(left(second, "2029-03-28T00:00:00Z")).toBe(`${11 * 29 + 1}/${12 * 29}`);
    expect(left(second, "2029-03-29T00:00:00Z")).toBe("11/12");
  });

  test("of a monthly term it is days over days", () => {
    expect(left(termOf("2026-04-01T00:00:00Z", 1), "2026-04-16T00:00:00Z")).toBe("15/30");
    expect(left(termOf("2026-02-01T00:00:00Z", 1), "2026-02-08T00:00:00Z")).toBe("21/28");
  });
});

test("days are of UTC: 23:30 on 14 April in UTC−8 is 15 April, when three months are over", () => {
  expect(left(termOf("2026-01-15T00:00:00Z", 12), "2026-04-14T23:30:00-08:00")).toBe("9/12");
});

describe("whatever the term and the moment", () => {
  const moment = fc.date({
    min: instant("2000-01-01T00:00Z"),
    max: instant("2100-01-01T00:00Z"),
    noInvalidDate: true,
  });
  const term = fc
    .record({ first: moment, months: fc.constantFrom(1, 3, 12, 24), earlier: fc.integer({ min: 0, max: 5 }) })
    .map(({ first, months, earlier }) => ({
      ...termOf(first.toISOString(), months, months * earlier),
      months,
      before: months * earlier,
    }));
  const share = ({ numerator, denominator }: Portion) => numerator / denominator;

  test("exactly the whole months are left where one begins", () => {
    fc.assert(
      fc.property(term, fc.nat(), (one, any) => {
        const month = any % one.months;
        const at = addMonths(one.first, one.before + month);
        expect(portionLeft(one, one.first, at)).toEqual({
          numerator: one.months - month,
          denominator: one.months,
        });
      }),
    );
  });

  test("later costs never more, never more than all of it, and something until the end", () => {
    fc.assert(
      fc.property(
        term,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (one, a, b) => {
          const length = one.ends_at.getTime() - one.starts_at.getTime() - 1;
          const [early = 0, late = 0] = [a, b].sort((x, y) => x - y);
          const at = (part: number) => new Date(one.starts_at.getTime() + Math.floor(length * part));
          const [first, second] = [
            portionLeft(one, one.first, at(early)),
            portionLeft(one, one.first, at(late)),
          ];
          expect(share(first)).toBeLessThanOrEqual(1);
          expect(share(second)).toBeGreaterThan(0);
          expect(share(second)).toBeLessThanOrEqual(share(first) + 1e-12);
          const cost = (portion: Portion) =>
            lineAmount({ unit_amount_minor: 11_999, quantity: 7, tier: null, portion });
          expect(cost(second)).toBeLessThanOrEqual(cost(first));
        },
      ),
    );
  });
});
