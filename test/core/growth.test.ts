/** What is odd about how a delivery grows, and what is not: each a short story of days. */
import { describe, expect, test } from "@jest/globals";
import { type DeliveryDay, type Growth, isNews, suspicionsOf } from "../../src/core/growth.ts";

const THRESHOLDS = { least_new_learners: 50, factor: 3, most_origins: 3 };

/** A day on which so many new ids came, of one shape or of several. */
function day(shapes: number | Record<string, number>): DeliveryDay {
  const new_shapes = typeof shapes === "number" ? { number: shapes } : shapes;
  return { new_identities: Object.values(new_shapes).reduce((sum, count) => sum + count, 0), new_shapes };
}

function odd(told: Partial<Growth>): string[] {
  const growth: Growth = {
    today: day(0),
    before: [],
    days_since_first: 30,
    origins: 1,
    origins_new_today: 0,
    ...told,
  };
  return suspicionsOf(growth, THRESHOLDS).map(({ type, size }) => `${type} ${size}`);
}

describe("new learners", () => {
  test.each<[string, Partial<Growth>, string[]]>([
    [
      "three times the busiest day",
      { before: [day(10), day(40), day(20)], today: day(120) },
      ["learners_surge 120"],
    ],
    ["just under that", { before: [day(10), day(40), day(20)], today: day(119) }, []],
    ["many times few is few", { before: [day(2), day(1)], today: day(49) }, []],
    ["fifty out of a delivery that had fallen silent", { before: [], today: day(50) }, ["learners_surge 50"]],
    ["a roll-out in the first week", { days_since_first: 6, before: [day(1)], today: day(900) }, []],
    [
      "the same a day later",
      { days_since_first: 7, before: [day(1)], today: day(900) },
      ["learners_surge 900"],
    ],
    ["a second roll-out as large as the first", { before: [day(900), day(30)], today: day(900) }, []],
  ])("%s", (_what, growth, expected) => {
    expect(odd(growth)).toEqual(expected);
  });
});

describe("origins", () => {
  test.each<[string, Partial<Growth>, string[]]>([
    ["a test system and a move to another name", { origins: 3, origins_new_today: 1 }, []],
    ["one more", { origins: 4, origins_new_today: 1 }, ["many_origins 4"]],
    ["many, and no new one", { origins: 9, origins_new_today: 0 }, []],
  ])("%s", (_what, growth, expected) => {
    expect(odd(growth)).toEqual(expected);
  });
});

describe("shapes of ids", () => {
  const numbers = [day({ number: 80 }), day({ number: 120, letters: 1 })];
  test.each<[string, Partial<Growth>, string[]]>([
    [
      "fifty e-mail addresses where all were numbers",
      { before: numbers, today: day({ number: 3, email: 50 }) },
      ["odd_identities 50"],
    ],
    ["a few of them", { before: numbers, today: day({ number: 3, email: 49 }) }, []],
    [
      "of several shapes at once",
      { before: numbers, today: day({ email: 20, letters: 20, uuid: 10 }) },
      ["odd_identities 50"],
    ],
    ["more of what there was", { before: numbers, today: day({ number: 90 }) }, []],
    [
      "where both shapes were usual",
      { before: [day({ number: 99, email: 5 })], today: day({ email: 60 }) },
      [],
    ],
    ["while few are known", { before: [day({ number: 99 })], today: day({ email: 60 }) }, []],
  ])("%s", (_what, growth, expected) => {
    expect(odd(growth)).toEqual(expected);
  });
});

test("what was looked at is news again when it has grown by half", () => {
  const suspicion = (size: number) => ({ type: "many_origins" as const, size, evidence: {} });
  expect(isNews(suspicion(1), null)).toBe(true);
  expect([4, 6, 7].map((size) => isNews(suspicion(size), 4))).toEqual([false, false, true]);
});
