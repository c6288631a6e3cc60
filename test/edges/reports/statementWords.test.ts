/** A line of a statement in words: whoever checks the sum by hand must come to the same. */
import { expect, test } from "@jest/globals";
import type { OrderLine } from "../../../src/core/statement.ts";
import { wordsOf } from "../../../src/edges/reports/statement/words.ts";

const LINE: OrderLine = {
  type: "order",
  id: "line",
  position: 1,
  made_at: new Date("2026-01-05T09:00:00Z"),
  license_id: "license",
  license_short_id: "K7QX",
  kind: "volume",
  course_id: "course",
  title: "Fire safety",
  quantity: 60,
  unit_amount_minor: 1000,
  amount_minor: 60_000,
  price_id: "price",
  order_id: "order",
  order_number: 7,
  discount_basis_points: 0,
  portion: { numerator: 1, denominator: 1 },
};

const detailsOf = (more: Partial<OrderLine>) => wordsOf({ ...LINE, ...more }, "EUR").details;

test("says quantity and price", () => {
  expect(detailsOf({})).toBe("License K7QX, volume; 60 at 10.00");
  expect(detailsOf({ portion: { numerator: 12, denominator: 12 } })).toBe(
    "License K7QX, volume; 60 at 10.00",
  );
});

test("says what was taken off by the tier, and which part of the term is paid (RULES §3.2, §3.3)", () => {
  expect(detailsOf({ discount_basis_points: 1250 })).toBe("License K7QX, volume; 60 at 10.00, less 12.5 %");
  expect(detailsOf({ portion: { numerator: 9, denominator: 12 } })).toBe(
    "License K7QX, volume; 60 at 10.00, for 9/12 of the term",
  );
  expect(detailsOf({ discount_basis_points: 1000, portion: { numerator: 9, denominator: 12 } })).toBe(
    "License K7QX, volume; 60 at 10.00, less 10 %, for 9/12 of the term",
  );
});
