import { describe, expect, test } from "@jest/globals";
import { choice, type NumberField, parseTerms, term } from "../../src/core/licensing/kind.ts";
import { findKind, KIND_NAMES, kindOf } from "../../src/core/licensing/kinds/index.ts";

describe("the terms of a license (RULES §3.1)", () => {
  const payPerUse = kindOf("pay_per_use");

  test("what is left out is as the rules say: 12 months, 120 s, 2 launches, no same launch", () => {
    expect(parseTerms(payPerUse, {})).toEqual({
      terms: { seat_months: 12, charge_after_seconds: 120, charge_after_launches: 2, same_launch_seconds: 0 },
    });
  });

  test("what is given is kept", () => {
    expect(parseTerms(payPerUse, { seat_months: 6 })).toMatchObject({ terms: { seat_months: 6 } });
  });

  test.each([
    ["seat_months", 0],
    ["seat_months", 121],
    ["seat_months", 1.5],
    ["seat_months", "6"],
    ["seat_months", Number.NaN],
    ["charge_after_seconds", 0],
    ["charge_after_launches", 0],
    ["same_launch_seconds", -1],
  ])("%s may not be %j: what was found and what is expected", (field, value) => {
    const { least, most } = payPerUse.terms[field] as NumberField;
    expect(parseTerms(payPerUse, { [field]: value })).toEqual({
      problems: [
        {
          field,
          detail: `found ${JSON.stringify(value)}, expected a whole number from ${least} to ${most}`,
        },
      ],
    });
  });

  test.each(["seats", "constructor", "__proto__"])("%j is no term", (field) => {
    const given = JSON.parse(`{${JSON.stringify(field)}: 1}`) as Record<string, unknown>;
    expect(parseTerms(payPerUse, given)).toMatchObject({ problems: [{ field }] });
  });

  test("a kind without terms takes none, and says so", () => {
    expect(parseTerms(kindOf("volume"), { seat_months: 6 })).toEqual({
      problems: [{ field: "seat_months", detail: "is not a term of volume; expected none" }],
    });
  });

  test("a choice is one of those there are", () => {
    const seats = kindOf("seats");
    expect(parseTerms(seats, {})).toEqual({ terms: { when_full: "deny" } });
    expect(parseTerms(seats, { when_full: "overage" })).toEqual({ terms: { when_full: "overage" } });
    for (const value of ["allow", "", 1, true])
      expect(parseTerms(seats, { when_full: value })).toEqual({
        problems: [
          { field: "when_full", detail: `found ${JSON.stringify(value)}, expected deny or overage` },
        ],
      });
  });

  test("a stored license without a term it needs is a bug, and says which", () => {
    expect(() => term({}, "seat_months")).toThrow("seat_months");
    expect(() => choice({}, "when_full")).toThrow("when_full");
  });
});

test("kinds are found by name, and only those there are", () => {
  expect(KIND_NAMES.map((name) => kindOf(name).name)).toEqual(KIND_NAMES);
  expect(findKind("rental")).toBeUndefined();
  expect(() => kindOf("rental")).toThrow('"rental"');
});
