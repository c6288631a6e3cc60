/** RULES §2: of several reasons to say no, the first in the order is given. */
import { describe, expect, test } from "@jest/globals";
import { DENIAL_CODES, type DenialCode } from "../../src/core/denials.ts";
import { admit, type Book, type Lot, type Seat } from "../../src/core/licensing/admit.ts";
import { volume } from "../../src/core/licensing/kinds/volume.ts";

const at = new Date("2026-06-01T00:00Z");
const past = new Date("2026-01-01T00:00Z");
const future = new Date("2027-01-01T00:00Z");

const lot: Lot = { id: "lot", quantity: 1, taken: 0, starts_at: past, ends_at: future };
const ended: Seat = {
  id: "seat",
  status: "confirmed",
  lot_id: "lot",
  launches: 1,
  counted_launch_at: past,
  starts_at: past,
  ends_at: at,
};

/** A learner who is let in. */
const open: Book = {
  license: { starts_at: past, ends_at: future, paused: false },
  retake: false,
  refused: null,
  delivery_revoked: false,
  course_retired: false,
  course_in_license: true,
  learner: { deactivated: false, test: false },
  lots: [lot],
  course_days: null,
  assignments: [],
  seats: [],
};

/** What makes each denial true; in the order of RULES §2. */
const REASONS: readonly (readonly [DenialCode, (book: Book) => Book])[] = [
  ["origin_refused", (book) => ({ ...book, refused: "origin_refused" })],
  ["delivery_revoked", (book) => ({ ...book, delivery_revoked: true })],
  ["identity_missing", (book) => ({ ...book, learner: null })],
  [
    "learner_deactivated",
    (book) => ({ ...book, learner: book.learner && { deactivated: true, test: false } }),
  ],
  ["license_not_started", (book) => ({ ...book, license: { ...book.license, starts_at: future } })],
  ["course_retired", (book) => ({ ...book, course_retired: true })],
  ["not_in_license", (book) => ({ ...book, course_in_license: false })],
  ["license_ended", (book) => ({ ...book, license: { ...book.license, ends_at: at } })],
  ["seat_expired", (book) => ({ ...book, seats: [ended] })],
  ["license_paused", (book) => ({ ...book, license: { ...book.license, paused: true } })],
  ["no_seats_left", (book) => ({ ...book, lots: [{ ...lot, taken: 1 }] })],
];

const rules = volume.rules({});

test("the reasons stand in the order of the codes", () => {
  const order = REASONS.map(([code]) => DENIAL_CODES.indexOf(code));
  expect(order).toEqual(order.toSorted((one, other) => one - other));
});

test("without a reason the learner is let in", () => {
  expect(admit(rules, open, at)).toMatchObject({ type: "take" });
});

const pairs = REASONS.flatMap(([first, makeFirst], index) =>
  REASONS.slice(index).map(
    ([second, makeSecond]) => [first, second, (book: Book) => makeFirst(makeSecond(book))] as const,
  ),
);

test.each(pairs)("%s, with %s as well", (first, _second, makeBoth) => {
  expect(admit(rules, makeBoth(open), at)).toEqual({ type: "deny", code: first });
});

test.each(["launch_invalid", "too_many_launches", "origin_refused"] as const)(
  "%s, which the door itself objects to, comes before all others",
  (refused) => {
    const everything = REASONS.reduceRight((book, [, make]) => make(book), open);
    expect(admit(rules, { ...everything, refused }, at)).toEqual({ type: "deny", code: refused });
  },
);

describe("a running seat enters where it stands in the order", () => {
  const running: Book = { ...open, seats: [{ ...ended, ends_at: future }] };
  const place = REASONS.findIndex(([code]) => code === "course_retired");

  test.each(REASONS.slice(0, place))("not past %s", (code, make) => {
    expect(admit(rules, make(running), at)).toEqual({ type: "deny", code });
  });

  test.each(REASONS.slice(place).filter(([code]) => code !== "seat_expired"))("past %s", (_code, make) => {
    expect(admit(rules, make(running), at)).toMatchObject({ type: "enter", seat: { id: "seat" } });
  });

  test("past an older seat that has ended", () => {
    const older = { ...ended, id: "older", ends_at: past };
    expect(admit(rules, { ...running, seats: [older, ...running.seats] }, at)).toMatchObject({
      type: "enter",
      seat: { id: "seat" },
    });
  });
});
