import { describe, expect, test } from "@jest/globals";
import { type StoryLine, tell, type World, worldOf } from "../support/story.ts";

function profile(terms: Record<string, number | string> = {}, courseDays: number | null = 180): World {
  return worldOf("course_assignment", { duration_days: 365, ...terms }, { courseDays });
}

function goes(story: readonly StoryLine[], world: World = profile()): void {
  expect(tell(world, story)).toEqual(story);
}

describe("course assignments (RULES §3.5)", () => {
  test("starting the course makes one and bills it at once; launches while it runs are free", () => {
    goes([
      ["2026-01-01T00:00Z", "Ana", "is assigned", ""],
      ["2026-01-10T10:00Z", "Ana", "launches", "confirmed seat until 2026-07-09T10:00Z, charged"],
      ["2026-01-10T10:00Z", "Ana", "launches", "enters"],
      ["2026-07-09T09:59:59.999Z", "Ana", "launches", "enters"],
    ]);
  });

  test("a 365-day subscription with a 180-day course bills the same course twice", () => {
    const world = profile();
    goes(
      [
        ["2026-01-01T00:00Z", "Ana", "is assigned", ""],
        ["2026-01-10T10:00Z", "Ana", "launches", "confirmed seat until 2026-07-09T10:00Z, charged"],
        ["2026-08-15T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-01T00:00Z, retake, charged"],
        ["2026-12-31T23:59Z", "Ana", "launches", "enters"],
        ["2027-01-01T00:00Z", "Ana", "launches", "subscription_ended"],
      ],
      world,
    );
    expect(world.charges).toHaveLength(2);
  });

  test("a 180-day subscription with a 180-day course bills it once", () => {
    const world = profile({ duration_days: 180 });
    goes(
      [
        ["2026-01-01T00:00Z", "Ana", "is assigned", ""],
        ["2026-01-10T10:00Z", "Ana", "launches", "confirmed seat until 2026-06-30T00:00Z, charged"],
        ["2026-06-30T00:00Z", "Ana", "launches", "subscription_ended"],
      ],
      world,
    );
    expect(world.charges).toHaveLength(1);
  });

  test("a course without a duration of its own lasts as long as the subscription", () => {
    goes(
      [
        ["2026-01-01T00:00Z", "Ana", "is assigned", ""],
        ["2026-03-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-01T00:00Z, charged"],
      ],
      profile({}, null),
    );
  });

  test("never assigned: denied", () => {
    goes([["2026-01-01T00:00Z", "Ana", "launches", "not_assigned"]]);
  });

  test("or assigned on the first launch, by a setting, once only", () => {
    goes(
      [
        [
          "2026-01-01T00:00Z",
          "Ana",
          "launches",
          "confirmed seat until 2026-06-30T00:00Z, assigned until 2027-01-01T00:00Z, charged",
        ],
        ["2027-01-01T00:00Z", "Ana", "launches", "subscription_ended"],
        ["2027-02-01T00:00Z", "Ana", "is assigned", ""],
        ["2027-02-01T00:00Z", "Ana", "launches", "confirmed seat until 2027-07-31T00:00Z, retake, charged"],
      ],
      profile({ first_launch: "assign" }),
    );
  });

  test("paused: nothing is assigned or started; what runs goes on", () => {
    const world = profile({ first_launch: "assign" });
    goes(
      [
        ["2026-01-01T00:00Z", "Ana", "is assigned", ""],
        ["2026-01-10T10:00Z", "Ana", "launches", "confirmed seat until 2026-07-09T10:00Z, charged"],
        ["2026-02-01T10:00Z", "admin", "pauses", ""],
        ["2026-02-01T10:00Z", "Ben", "launches", "license_paused"],
        ["2026-02-01T10:00Z", "Ana", "launches", "enters"],
        ["2026-08-01T10:00Z", "Ana", "launches", "license_paused"],
        ["2026-08-02T10:00Z", "admin", "unpauses", ""],
        ["2026-08-02T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-01T00:00Z, retake, charged"],
      ],
      world,
    );
    expect(world.learners.get("Ben")?.assignments).toEqual([]);
  });

  test("a test identity needs no assignment", () => {
    goes([
      ["2026-01-01T00:00Z", "Tess", "is marked as test", ""],
      ["2026-01-01T00:00Z", "Tess", "launches", "test launch"],
    ]);
  });
});
