/** What a gradebook is told, when, and for how long it is tried (docs/lti-grades.md). */
import { describe, expect, test } from "@jest/globals";
import type { Rollup } from "../../../src/core/bridge.ts";
import {
  GRADE_PAUSES_SECONDS,
  gradeMessageOf,
  pauseAfter,
  scoreOf,
  timeToTell,
} from "../../../src/core/lti/grade.ts";

const NOTHING: Rollup["score"] = { scaled: null, raw: null, min: null, max: null };

function rolledUp(changes: Partial<Rollup> & { readonly of?: Partial<Rollup["score"]> }) {
  const { of, ...rest } = changes;
  return {
    completion: "incomplete" as const,
    success: "unknown" as const,
    progress: null,
    ...rest,
    score: { ...NOTHING, ...of },
  };
}

describe("the score", () => {
  test.each([
    ["scaled, in hundredths", { of: { scaled: 0.8537, raw: 17 } }, 85.37, 100],
    ["scaled below zero, as nothing", { of: { scaled: -0.5 } }, 0, 100],
    ["raw, with its maximum", { of: { raw: 17, max: 20 } }, 17, 20],
    ["raw above its maximum, as all", { of: { raw: 25, max: 20 } }, 20, 20],
    ["raw alone, of a hundred", { of: { raw: 42 } }, 42, 100],
    ["a score although it was failed", { of: { scaled: 0.3 }, success: "failed" }, 30, 100],
    ["none, and passed", { success: "passed" }, 100, 100],
    ["none, and completed", { completion: "completed" }, 100, 100],
    ["none, completed and failed", { completion: "completed", success: "failed" }, 0, 100],
  ] as const)("%s", (_what, changes, given, maximum) => {
    expect(scoreOf(rolledUp(changes))).toEqual({ given, maximum });
  });

  test.each([
    ["nothing was achieved yet", {}],
    ["the course tells a number that can't be one", { of: { raw: 4200 } }],
  ])("is none where %s", (_what, changes) => {
    expect(scoreOf(rolledUp(changes))).toBeNull();
    expect(gradeMessageOf(rolledUp(changes)).scoreGiven).toBeUndefined();
  });
});

describe("the time", () => {
  const event = new Date("2026-01-05T09:00:00.500Z");
  test.each([
    ["that of the event", null, "2026-01-05T09:00:00.500Z"],
    ["that of the event, a second after the last", "2026-01-05T08:59:59.999Z", "2026-01-05T09:00:00.500Z"],
    ["the next second, within the same one", "2026-01-05T09:00:00.100Z", "2026-01-05T09:00:01.000Z"],
    ["the next second, after a later one", "2026-01-05T10:00:00.000Z", "2026-01-05T10:00:01.000Z"],
  ])("is %s", (_what, last, told) => {
    expect(timeToTell(event, last === null ? null : new Date(last)).toISOString()).toBe(told);
  });
});

describe("the pause after a failed try", () => {
  const pauseOf = (tries: number, changes: object = {}) =>
    pauseAfter({ tries, is_refused: false, wished_seconds: null, chance: 0, ...changes });

  test("grows, and stays under a quarter of an hour for a day", () => {
    expect([1, 2, 3, 4, 5, 6].map((tries) => pauseOf(tries))).toEqual([...GRADE_PAUSES_SECONDS]);
    expect([7, 50, 100].map((tries) => pauseOf(tries))).toEqual([900, 900, 900]);
    expect(pauseOf(101)).toBe(7200);
  });

  test("is long where the gradebook refuses that one grade", () => {
    expect([1, 2, 12, 30].map((tries) => pauseOf(tries, { is_refused: true }) / 3600)).toEqual([
      1, 2, 12, 12,
    ]);
  });

  test("is at least what the platform asks for, up to a day", () => {
    expect(pauseOf(1, { wished_seconds: 600 })).toBe(600);
    expect(pauseOf(1, { wished_seconds: 1e9 })).toBe(86_400);
  });

  test("differs by a fifth, so that not all come again together", () => {
    expect(pauseOf(1, { chance: 1 })).toBe(6);
  });
});
