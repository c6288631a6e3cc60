import { describe, expect, test } from "@jest/globals";
import { type StoryLine, tell, type World, worldOf } from "../support/story.ts";

function goes(story: readonly StoryLine[], world: World = worldOf("population")): void {
  expect(tell(world, story)).toEqual(story);
}

describe("a population license (RULES §3.4)", () => {
  test("is consumed by a learner's first launch, however brief, and by no later one in the period", () => {
    goes([
      ["2026-07-01T00:00Z", "vendor", "buys 2 seats", ""],
      ["2026-07-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-07-01T00:00Z"],
      ["2026-07-01T10:00:01Z", "Ana", "launches", "enters"],
      ["2027-06-30T23:59:59.999Z", "Ana", "launches", "enters"],
      ["2027-06-30T23:59:59.999Z", "anyone", "looks", "1 left"],
    ]);
  });

  test("going over blocks nobody: what is available turns negative", () => {
    goes([
      ["2026-07-01T00:00Z", "vendor", "buys 1 seat", ""],
      ["2026-07-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-07-01T00:00Z"],
      ["2026-07-01T10:00Z", "Ben", "launches", "confirmed seat until 2027-07-01T00:00Z"],
      ["2026-07-01T10:00Z", "Cleo", "launches", "confirmed seat until 2027-07-01T00:00Z"],
      ["2026-07-01T10:00Z", "anyone", "looks", "-2 left"],
      ["2026-08-01T10:00Z", "vendor", "buys 4 seats", ""],
      ["2026-08-01T10:00Z", "anyone", "looks", "2 left"],
    ]);
  });

  test("it may not be reassigned: a deactivated learner's stays consumed", () => {
    goes([
      ["2026-07-01T00:00Z", "vendor", "buys 1 seat", ""],
      ["2026-07-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-07-01T00:00Z"],
      ["2026-07-02T10:00Z", "Ana", "is deactivated", ""],
      ["2026-07-02T10:00Z", "anyone", "looks", "0 left"],
      ["2026-07-03T10:00Z", "Ana", "is reactivated", ""],
      ["2026-07-03T10:00Z", "Ana", "launches", "enters"],
    ]);
  });

  test("a new period starts anew, without retake being on; between two the license has ended", () => {
    goes([
      ["2026-07-01T00:00Z", "vendor", "buys 1 seat", ""],
      ["2026-07-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-07-01T00:00Z"],
      ["2027-07-01T00:00Z", "Ana", "launches", "license_ended"],
      ["2027-07-02T00:00Z", "vendor", "buys 1 seat", ""],
      ["2027-07-02T10:00Z", "Ana", "launches", "confirmed seat until 2028-07-02T00:00Z, from lot 2"],
    ]);
  });
});
