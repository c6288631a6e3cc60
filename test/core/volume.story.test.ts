import { describe, expect, test } from "@jest/globals";
import { type StoryLine, tell, volumeWorld, type World } from "../support/story.ts";

function goes(story: readonly StoryLine[], world: World = volumeWorld()): void {
  expect(tell(world, story)).toEqual(story);
}

describe("lots (RULES §3.2)", () => {
  test("a seat is confirmed at once, is prepaid, and ends with its lot; relaunches are free", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 2 seats", ""],
      ["2026-06-15T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-06-15T10:00Z", "Ana", "launches", "enters"],
      ["2026-06-15T10:05Z", "Ana", "beats", "open 0 s"],
      ["2027-01-31T09:59:59.999Z", "Ana", "launches", "enters"],
      ["2027-01-31T10:00Z", "Ana", "launches", "license_ended"],
    ]);
  });

  test("a full lot turns the next learner away, and nobody who is in", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:00Z", "Ben", "launches", "no_seats_left"],
      ["2026-02-01T10:00Z", "Ana", "launches", "enters"],
      ["2026-02-01T11:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T11:00Z", "Ben", "launches", "confirmed seat until 2027-02-01T11:00Z, from lot 2"],
      ["2026-02-01T12:00Z", "Cleo", "launches", "no_seats_left"],
    ]);
  });

  test("the oldest running lot that has one left gives it, and an ended one never", () => {
    goes([
      ["2026-01-31T10:00Z", "admin", "buys 2 seats", ""],
      ["2026-07-01T10:00Z", "admin", "buys 2 seats", ""],
      ["2026-07-02T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z, from lot 1"],
      ["2027-01-31T10:00Z", "Ben", "launches", "confirmed seat until 2027-07-01T10:00Z, from lot 2"],
      ["2027-01-31T10:00Z", "Ana", "launches", "seat_expired"],
      ["2027-02-01T10:00Z", "Cleo", "launches", "confirmed seat until 2027-07-01T10:00Z, from lot 2"],
      ["2027-02-01T10:00Z", "Dora", "launches", "no_seats_left"],
    ]);
  });

  test("of two lots bought in the same instant, the same one is always first", () => {
    const world = volumeWorld();
    const story: StoryLine[] = [
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-01-31T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z, from lot 1"],
      ["2026-01-31T10:00Z", "Ben", "launches", "confirmed seat until 2027-01-31T10:00Z, from lot 2"],
    ];
    expect(tell(world, story)).toEqual(story);
  });

  test("none bought: none left. Every one ended: the license has ended", () => {
    goes([
      ["2026-01-31T10:00Z", "Ana", "launches", "no_seats_left"],
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2027-01-31T10:00Z", "Ana", "launches", "license_ended"],
      ["2027-02-01T10:00Z", "admin", "buys 1 seat", ""],
      ["2027-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2028-02-01T10:00Z, from lot 2"],
    ]);
  });

  test("a lot that starts ahead has not started", () => {
    const starts_at = new Date("2026-02-01T00:00Z");
    const ends_at = new Date("2027-02-01T00:00Z");
    goes(
      [
        ["2026-01-31T23:59:59.999Z", "Ana", "launches", "license_not_started"],
        ["2026-02-01T00:00Z", "Ana", "launches", "confirmed seat until 2027-02-01T00:00Z"],
      ],
      volumeWorld({ lots: [{ id: "lot 1", quantity: 1, taken: 0, starts_at, ends_at }] }),
    );
  });

  test("a lot bought on 29 February ends on 28 February", () => {
    goes([
      ["2028-02-29T10:00Z", "admin", "buys 1 seat", ""],
      ["2028-03-01T10:00Z", "Ana", "launches", "confirmed seat until 2029-02-28T10:00Z"],
    ]);
  });
});

describe("retake (RULES §3.2)", () => {
  const twoLots: StoryLine[] = [
    ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
    ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
    ["2027-01-01T10:00Z", "admin", "buys 1 seat", ""],
  ];

  test("off: denied, though a running lot has seats", () => {
    goes([...twoLots, ["2027-01-31T10:00Z", "Ana", "launches", "seat_expired"]]);
  });

  test("on: a seat of a running lot, as long as it has one", () => {
    goes(
      [
        ...twoLots,
        [
          "2027-01-31T10:00Z",
          "Ana",
          "launches",
          "confirmed seat until 2028-01-01T10:00Z, from lot 2, retake",
        ],
        ["2027-02-01T10:00Z", "Ben", "launches", "no_seats_left"],
      ],
      volumeWorld({ retake: true }),
    );
    goes(
      [
        ...twoLots,
        ["2027-01-15T10:00Z", "Ben", "launches", "confirmed seat until 2028-01-01T10:00Z, from lot 2"],
        ["2027-01-31T10:00Z", "Ana", "launches", "no_seats_left"],
      ],
      volumeWorld({ retake: true }),
    );
  });

  test("on, every lot ended: the license has ended", () => {
    goes(
      [
        ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
        ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
        ["2027-01-31T10:00Z", "Ana", "launches", "license_ended"],
      ],
      volumeWorld({ retake: true }),
    );
  });
});

test("pause: no seat is drawn, whoever holds one goes on (RULES §3)", () => {
  goes([
    ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
    ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
    ["2026-02-02T10:00Z", "admin", "pauses", ""],
    ["2026-02-02T10:00Z", "Ana", "launches", "enters"],
    ["2026-02-02T10:00Z", "Ben", "launches", "license_paused"],
    ["2026-02-03T10:00Z", "admin", "unpauses", ""],
    ["2026-02-03T10:00Z", "Ben", "launches", "no_seats_left"],
  ]);
});

test("a deactivated learner is denied and keeps the seat (RULES §3.6 Deactivation)", () => {
  goes([
    ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
    ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
    ["2026-02-02T10:00Z", "Ana", "is deactivated", ""],
    ["2026-02-02T10:00Z", "Ana", "launches", "learner_deactivated"],
    ["2026-02-02T10:00Z", "Ben", "launches", "no_seats_left"],
    ["2026-02-03T10:00Z", "Ana", "is reactivated", ""],
    ["2026-02-03T10:00Z", "Ana", "launches", "enters"],
  ]);
});

test("a retired course opens no new seats and keeps who is in (RULES §2)", () => {
  goes([
    ["2026-01-31T10:00Z", "admin", "buys 5 seats", ""],
    ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
    ["2026-02-02T10:00Z", "vendor", "retires the course", ""],
    ["2026-02-02T10:00Z", "Ana", "launches", "enters"],
    ["2026-02-02T10:00Z", "Ben", "launches", "course_retired"],
  ]);
});

test("a test identity takes no seat, of a full lot neither (RULES §6)", () => {
  goes([
    ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
    ["2026-01-31T10:00Z", "Tess", "is marked as test", ""],
    ["2026-01-31T10:00Z", "Tess", "launches", "test launch"],
    ["2026-01-31T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
    ["2026-01-31T10:00Z", "Tess", "launches", "test launch"],
  ]);
});
