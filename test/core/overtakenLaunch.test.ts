/** Of launches at once, one that read the clock earlier can be decided later (RULES §2 "Concurrency"). */
import { describe, expect, test } from "@jest/globals";
import { admit, type Book, type Seat } from "../../src/core/licensing/admit.ts";
import { parseTerms } from "../../src/core/licensing/kind.ts";
import { payPerUse } from "../../src/core/licensing/kinds/payPerUse.ts";

const at = new Date("2026-03-01T12:00:00.000Z");
const momentLater = new Date("2026-03-01T12:00:00.007Z");

const overtaking: Seat = {
  id: "seat",
  status: "pending",
  lot_id: null,
  launches: 1,
  counted_launch_at: momentLater,
  starts_at: momentLater,
  ends_at: new Date("2027-03-01T12:00:00.007Z"),
};

function rules(terms: Record<string, number>) {
  const parsed = parseTerms(payPerUse, terms);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return payPerUse.rules(parsed.terms);
}

function bookWith(seats: readonly Seat[]): Book {
  return {
    license: { starts_at: new Date("2026-01-01T00:00:00Z"), ends_at: null, paused: false },
    retake: true,
    refused: null,
    delivery_revoked: false,
    course_retired: false,
    course_in_license: true,
    learner: { deactivated: false, test: false },
    lots: [],
    course_days: null,
    assignments: [],
    seats,
  };
}

describe("a launch that was overtaken by another of the same learner", () => {
  test("enters the seat which that one took, as the second launch that confirms it", () => {
    expect(admit(rules({}), bookWith([overtaking]), at)).toMatchObject({
      type: "enter",
      seat: { id: "seat" },
      counted: true,
      confirmation: { rule: "launches" },
    });
  });

  test("counts as the same launch within same_launch_seconds, as it would in the other order", () => {
    expect(admit(rules({ same_launch_seconds: 5 }), bookWith([overtaking]), at)).toMatchObject({
      type: "enter",
      counted: false,
      confirmation: null,
    });
  });

  test("takes no second seat in a retake", () => {
    const ended: Seat = {
      ...overtaking,
      id: "ended",
      status: "confirmed",
      starts_at: new Date("2025-03-01T12:00:00Z"),
      ends_at: at,
    };
    expect(admit(rules({}), bookWith([ended, overtaking]), at)).toMatchObject({
      type: "enter",
      seat: { id: "seat" },
    });
  });
});
