import { describe, expect, test } from "@jest/globals";
import { kindOf } from "../../src/core/licensing/kinds/index.ts";
import { type StoryLine, tell, type World, worldOf } from "../support/story.ts";

function goes(story: readonly StoryLine[], world: World): void {
  expect(tell(world, story)).toEqual(story);
}

describe("seats (RULES §3.6)", () => {
  test("the first activity takes a seat for the whole plan; beyond the number: denied", () => {
    goes(
      [
        ["2026-03-10T15:00Z", "vendor", "buys 1 seat", ""],
        ["2026-03-11T10:00Z", "Ana", "launches", "confirmed seat until 2027-03-10T00:00Z"],
        ["2027-03-09T23:59:59.999Z", "Ana", "launches", "enters"],
        ["2026-03-11T10:00Z", "Ben", "launches", "no_seats_left"],
      ],
      worldOf("seats"),
    );
  });

  test("or an overage, by a setting", () => {
    goes(
      [
        ["2026-03-10T15:00Z", "vendor", "buys 1 seat", ""],
        ["2026-03-11T10:00Z", "Ana", "launches", "confirmed seat until 2027-03-10T00:00Z"],
        ["2026-03-11T10:00Z", "Ben", "launches", "confirmed seat until 2027-03-10T00:00Z"],
        ["2026-03-11T10:00Z", "anyone", "looks", "-1 left"],
      ],
      worldOf("seats", { when_full: "overage" }),
    );
  });

  test("deactivating a learner frees the seat; reactivating takes one if one is left", () => {
    goes(
      [
        ["2026-03-10T00:00Z", "vendor", "buys 1 seat", ""],
        ["2026-03-11T10:00Z", "Ana", "launches", "confirmed seat until 2027-03-10T00:00Z"],
        ["2026-03-12T10:00Z", "Ana", "is deactivated", ""],
        ["2026-03-12T10:00Z", "anyone", "looks", "1 left"],
        ["2026-03-12T10:00Z", "Ana", "launches", "learner_deactivated"],
        ["2026-03-13T10:00Z", "Ana", "is reactivated", ""],
        ["2026-03-13T10:00Z", "anyone", "looks", "0 left"],
        ["2026-03-13T11:00Z", "Ana", "launches", "enters"],
      ],
      worldOf("seats"),
    );
  });

  test("reactivated with none left, the next launch decides as a first", () => {
    const taken: StoryLine[] = [
      ["2026-03-10T00:00Z", "vendor", "buys 1 seat", ""],
      ["2026-03-11T10:00Z", "Ana", "launches", "confirmed seat until 2027-03-10T00:00Z"],
      ["2026-03-12T10:00Z", "Ana", "is deactivated", ""],
      ["2026-03-12T11:00Z", "Ben", "launches", "confirmed seat until 2027-03-10T00:00Z"],
      ["2026-03-13T10:00Z", "Ana", "is reactivated", ""],
      ["2026-03-13T10:00Z", "anyone", "looks", "0 left"],
    ];
    goes([...taken, ["2026-03-13T11:00Z", "Ana", "launches", "no_seats_left"]], worldOf("seats"));
    goes(
      [...taken, ["2026-03-13T11:00Z", "Ana", "launches", "confirmed seat until 2027-03-10T00:00Z"]],
      worldOf("seats", { when_full: "overage" }),
    );
  });
});

describe("monthly active user credits (RULES §3.6)", () => {
  test("a learner active in three months spends three credits, one a month, however often", () => {
    goes(
      [
        ["2026-01-01T00:00Z", "vendor", "buys 5 seats", ""],
        ["2026-01-10T10:00Z", "Ana", "launches", "confirmed seat until 2026-02-01T00:00Z"],
        ["2026-01-31T23:59:59.999Z", "Ana", "launches", "enters"],
        ["2026-02-01T00:00Z", "Ana", "launches", "confirmed seat until 2026-03-01T00:00Z"],
        ["2026-06-10T10:00Z", "Ana", "launches", "confirmed seat until 2026-07-01T00:00Z"],
        ["2026-06-10T10:00Z", "anyone", "looks", "2 left"],
      ],
      worldOf("mauc"),
    );
  });

  test("all may be spent in one month; beyond that an overage, never a denial", () => {
    goes(
      [
        ["2026-01-01T00:00Z", "vendor", "buys 2 seats", ""],
        ["2026-01-10T10:00Z", "Ana", "launches", "confirmed seat until 2026-02-01T00:00Z"],
        ["2026-01-10T10:00Z", "Ben", "launches", "confirmed seat until 2026-02-01T00:00Z"],
        ["2026-02-10T10:00Z", "Ana", "launches", "confirmed seat until 2026-03-01T00:00Z"],
        ["2026-02-10T10:00Z", "anyone", "looks", "-1 left"],
      ],
      worldOf("mauc"),
    );
  });

  test("unused credits roll on until the plan ends, then lapse; the last month can be a part of one", () => {
    goes(
      [
        ["2026-01-15T00:00Z", "vendor", "buys 2 seats", ""],
        ["2027-01-14T23:59Z", "Ana", "launches", "confirmed seat until 2027-01-15T00:00Z"],
        ["2027-01-15T00:00Z", "anyone", "looks", "0 left"],
        ["2027-01-15T00:00Z", "Ana", "launches", "license_ended"],
      ],
      worldOf("mauc"),
    );
  });

  test("23:30 in UTC−8 on 29 February counts in March", () => {
    goes(
      [
        ["2028-01-01T00:00Z", "vendor", "buys 2 seats", ""],
        ["2028-02-29T12:00-08:00", "Ana", "launches", "confirmed seat until 2028-03-01T00:00Z"],
        ["2028-02-29T23:30-08:00", "Ana", "launches", "confirmed seat until 2028-04-01T00:00Z"],
      ],
      worldOf("mauc"),
    );
  });
});

describe("monthly active users (RULES §3.6)", () => {
  test("each distinct learner of a month counts once; the next month starts anew", () => {
    goes(
      [
        ["2026-01-01T00:00Z", "vendor", "buys 1 seat", ""],
        ["2026-01-10T10:00Z", "Ana", "launches", "confirmed seat until 2026-02-01T00:00Z, from lot 1"],
        ["2026-01-20T10:00Z", "Ana", "launches", "enters"],
        ["2026-01-20T10:00Z", "Ben", "launches", "no_seats_left"],
        ["2026-02-01T00:00Z", "Ben", "launches", "confirmed seat until 2026-03-01T00:00Z, from lot 2"],
        ["2026-02-01T00:00Z", "Ana", "launches", "no_seats_left"],
        ["2026-03-01T00:00Z", "anyone", "looks", "1 left"],
      ],
      worldOf("mau"),
    );
  });

  test("or an overage, by a setting", () => {
    goes(
      [
        ["2026-01-01T00:00Z", "vendor", "buys 1 seat", ""],
        ["2026-01-10T10:00Z", "Ana", "launches", "confirmed seat until 2026-02-01T00:00Z, from lot 1"],
        ["2026-01-20T10:00Z", "Ben", "launches", "confirmed seat until 2026-02-01T00:00Z, from lot 1"],
        ["2026-01-20T10:00Z", "anyone", "looks", "-1 left"],
      ],
      worldOf("mau", { when_full: "overage" }),
    );
  });

  test("a plan that starts in mid-month touches 13 months, each with the full number", () => {
    const mau = kindOf("mau");
    const starts_at = new Date("2028-02-15T00:00Z");
    const ends_at = new Date("2029-02-15T00:00Z");
    const lots = mau.lotsFor({ when_full: "deny" }, { quantity: 50, starts_at, ends_at });
    expect(lots).toHaveLength(13);
    expect(new Set(lots.map(({ quantity }) => quantity))).toEqual(new Set([50]));
    const days = lots.map((lot) => [lot.starts_at, lot.ends_at].map((at) => at.toISOString().slice(0, 10)));
    expect(days.slice(0, 2)).toEqual([
      ["2028-02-15", "2028-03-01"],
      ["2028-03-01", "2028-04-01"],
    ]);
    expect(days.at(-1)).toEqual(["2029-02-01", "2029-02-15"]);
  });

  test("what is added in mid-plan counts from then on, in each month that is left", () => {
    goes(
      [
        ["2026-01-01T00:00Z", "vendor", "buys 1 seat", ""],
        ["2026-11-10T10:00Z", "vendor", "buys 1 seat", ""],
        ["2026-11-10T10:00Z", "anyone", "looks", "2 left"],
        ["2026-12-31T10:00Z", "anyone", "looks", "2 left"],
        ["2027-01-01T00:00Z", "Ana", "launches", "license_ended"],
      ],
      worldOf("mau"),
    );
  });
});

describe("every plan (RULES §3.6)", () => {
  const plans = ["seats", "mauc", "mau"].map(kindOf);
  const at = new Date("2026-03-10T15:00Z");
  const period = (starts: string | null, ends: string | null) =>
    plans.map((kind) =>
      kind.purchasePeriod?.(
        {},
        { starts_at: starts ? new Date(starts) : null, ends_at: ends ? new Date(ends) : null },
        at,
      ),
    );

  test("runs a year from 00:00 UTC of the day of purchase, unless agreed otherwise", () => {
    for (const plan of period(null, null))
      expect(plan).toEqual({ starts_at: new Date("2026-03-10"), ends_at: new Date("2027-03-10") });
    for (const plan of period("2026-05-01T00:00Z", "2026-08-01T00:00Z"))
      expect(plan).toEqual({ starts_at: new Date("2026-05-01"), ends_at: new Date("2026-08-01") });
  });

  test("begins and ends at 00:00 UTC, and is never longer than a year", () => {
    for (const plan of period("2026-05-01T10:00Z", null)) expect(plan).toMatchObject({ field: "starts_at" });
    for (const plan of period("2026-05-01", "2027-05-02")) expect(plan).toMatchObject({ field: "ends_at" });
    for (const plan of period("2026-05-01", "2026-05-01")) expect(plan).toMatchObject({ field: "ends_at" });
  });

  test("between two there is none", () => {
    goes(
      [
        ["2026-01-01T00:00Z", "vendor", "buys 2 seats", ""],
        ["2026-01-02T00:00Z", "vendor", "buys 2 seats from 2027-02-01T00:00Z", ""],
        ["2026-06-01T00:00Z", "Ana", "launches", "confirmed seat until 2027-01-01T00:00Z, from lot 1"],
        ["2027-01-15T00:00Z", "Ana", "launches", "license_not_started"],
        ["2027-02-01T00:00Z", "Ana", "launches", "confirmed seat until 2028-02-01T00:00Z, from lot 2"],
      ],
      worldOf("seats"),
    );
  });

  test("is ahead until it starts", () => {
    for (const kind of plans)
      goes(
        [
          ["2026-01-10T10:00Z", "vendor", "buys 2 seats from 2026-02-01T00:00Z", ""],
          ["2026-01-31T23:59:59.999Z", "Ana", "launches", "license_not_started"],
          ["2026-01-31T23:59:59.999Z", "anyone", "looks", "0 left"],
          ["2026-02-01T00:00Z", "anyone", "looks", "2 left"],
        ],
        worldOf(kind.name),
      );
  });
});
