import { describe, expect, test } from "@jest/globals";
import { type StoryLine, tell, type World, worldOf } from "../support/story.ts";

function goes(story: readonly StoryLine[], world: World = worldOf("subscription")): void {
  expect(tell(world, story)).toEqual(story);
}

describe("a subscription's seats (RULES §3.3)", () => {
  test("one seat with the first launch of anything, for the rest of the term; relaunches are free", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 2 seats", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:01Z", "Ana", "launches", "enters"],
      ["2026-12-01T10:00Z", "Ana", "launches", "enters"],
      ["2026-12-01T10:00Z", "anyone", "looks", "1 left"],
    ]);
  });

  test("none left: none left", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:00Z", "Ben", "launches", "no_seats_left"],
    ]);
  });

  test("seats added in mid-term end with the others", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-04-30T10:00Z", "admin", "buys 2 seats", ""],
      ["2026-05-01T10:00Z", "Ben", "launches", "confirmed seat until 2027-01-31T10:00Z, from lot 2"],
      ["2026-05-01T10:00Z", "anyone", "looks", "1 left"],
    ]);
  });
});

describe("a renewal interrupts nobody (RULES §3.3)", () => {
  test("who holds a seat has one in the next term, a term of the same length with as many seats", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 2 seats", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2027-01-31T09:59:59.999Z", "Ana", "launches", "enters"],
      ["2027-01-31T10:00Z", "Ana", "launches", "enters"],
      ["2027-01-31T10:00Z", "anyone", "looks", "1 left"],
      ["2027-02-01T10:00Z", "Ben", "launches", "confirmed seat until 2028-01-31T10:00Z, from lot 2"],
      ["2027-02-01T10:00Z", "Cleo", "launches", "no_seats_left"],
    ]);
  });

  test("months are counted from the first start: the 31st comes back after February", () => {
    goes(
      [
        ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
        ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2026-02-28T10:00Z"],
        ["2026-03-31T09:59Z", "Ana", "launches", "enters"],
        ["2026-03-31T10:00Z", "Ana", "is deactivated", ""],
        ["2026-04-30T10:00Z", "Ben", "launches", "confirmed seat until 2026-05-31T10:00Z, from lot 4"],
      ],
      worldOf("subscription", { term_length: "monthly" }),
    );
  });

  test("a year without a launch keeps the seat", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2029-06-01T10:00Z", "Ben", "launches", "no_seats_left"],
      ["2029-06-01T10:00Z", "Ana", "launches", "enters"],
    ]);
  });

  test("where the next term has fewer seats, those who launched most recently keep theirs", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 3 seats", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-02T10:00Z", "Ben", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-03T10:00Z", "Cleo", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-04T10:00Z", "Ana", "launches", "enters"],
      ["2026-02-05T10:00Z", "admin", "renews with 2 seats", ""],
      ["2027-02-01T10:00Z", "Ana", "launches", "enters"],
      ["2027-02-01T10:00Z", "Cleo", "launches", "enters"],
      ["2027-02-01T10:00Z", "Ben", "launches", "no_seats_left"],
    ]);
  });

  test("who is deactivated gives the seat up with the term, not before", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-03-01T10:00Z", "Ana", "is deactivated", ""],
      ["2026-03-01T10:00Z", "Ana", "launches", "learner_deactivated"],
      ["2026-03-01T10:00Z", "Ben", "launches", "no_seats_left"],
      ["2027-02-01T10:00Z", "Ben", "launches", "confirmed seat until 2028-01-31T10:00Z, from lot 2"],
      ["2027-02-02T10:00Z", "Ana", "is reactivated", ""],
      ["2027-02-02T10:00Z", "Ana", "launches", "no_seats_left"],
    ]);
  });

  test("cancelled, it runs to the end of its term, and can be bought again", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-03-01T10:00Z", "admin", "cancels the renewal", ""],
      ["2027-01-31T09:59:59.999Z", "Ana", "launches", "enters"],
      ["2027-01-31T10:00Z", "Ana", "launches", "license_ended"],
      ["2027-01-31T10:00Z", "Ben", "launches", "license_ended"],
      ["2027-03-15T10:00Z", "admin", "buys 1 seat", ""],
      ["2027-03-15T10:00Z", "Ana", "launches", "confirmed seat until 2028-03-15T10:00Z, from lot 2"],
      ["2028-03-15T10:00Z", "Ana", "launches", "enters"],
    ]);
  });

  test("it renews while paused: holders get in, nobody new does", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 2 seats", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-12-01T10:00Z", "admin", "pauses", ""],
      ["2027-02-01T10:00Z", "Ana", "launches", "enters"],
      ["2027-02-01T10:00Z", "Ben", "launches", "license_paused"],
    ]);
  });
});
