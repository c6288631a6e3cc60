/** What the player makes of a course's data: results, prerequisites, time, and what comes back in which order. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { LaunchAllowed, LmsSnapshot } from "../../../src/core/bridge.ts";
import type { CourseItem, CourseStructure } from "../../../src/core/course.ts";
import { PlainConductor } from "../../../src/edges/player/client/activities/plain.ts";
import {
  parsePrerequisites,
  unmetPrerequisites,
} from "../../../src/edges/player/client/activities/prerequisites.ts";
import { masteryOf, seedOf } from "../../../src/edges/player/client/activities/seeds.ts";
import { activityTreeOf } from "../../../src/edges/player/client/activities/sequencingSettings.ts";
import { CourseState } from "../../../src/edges/player/client/courseState.ts";
import {
  type Result,
  resultOf,
  rollUpLeaves,
  rollupOf,
  withRawScore,
} from "../../../src/edges/player/client/rollup.ts";
import { type Finished12, statusAfterFinish } from "../../../src/edges/player/client/runtime/finish12.ts";
import { inLoadingOrder } from "../../../src/edges/player/client/runtime/order.ts";
import type { ActivityState, SuspensionState } from "../../../src/edges/player/client/runtime/scormAgain.ts";
import {
  fromElements,
  suspendedAt,
  toElements,
  untouchedOf,
} from "../../../src/edges/player/client/runtime/sequencingState.ts";
import { SessionTimes } from "../../../src/edges/player/client/sessionTimes.ts";
import { duration2004, secondsOf, timespan12 } from "../../../src/edges/player/client/timing.ts";
import { fromText, merged, share, toText } from "../../../src/edges/player/client/watched.ts";
import { speechFor } from "../../../src/edges/player/client/words.ts";
import { SNAPSHOT } from "../../support/player/fakeWrapper.ts";
import { course, group, leaf } from "../../support/player/structures.ts";

const NO_SCORE = { scaled: null, raw: null, min: null, max: null };

describe("the score that the LMS is told", () => {
  const NONE = { scaled: null, raw: null, min: null, max: null };

  test.each([
    [
      "a scaled score alone, in hundredths",
      { ...NONE, scaled: 0.857 },
      { scaled: 0.857, raw: 85.7, min: 0, max: 100 },
    ],
    [
      "the course's own raw score, as it is",
      { scaled: 0.5, raw: 5, min: 0, max: 10 },
      { scaled: 0.5, raw: 5, min: 0, max: 10 },
    ],
    ["none, where there is none", NONE, NONE],
    ["none for less than nothing", { ...NONE, scaled: -0.5 }, { ...NONE, scaled: -0.5 }],
  ])("%s", (_what, score, told) => {
    expect(withRawScore(score)).toEqual(told);
  });
});

describe("what is told of an open course", () => {
  const result: Result = {
    completion: "completed",
    success: "passed",
    score: NO_SCORE,
    progress: null,
    location: "",
  };

  test("is that it was begun, whatever it has said so far", () => {
    expect(rollupOf({ ...result, completion: "not attempted" }, 1).completion).toBe("incomplete");
  });

  test("is within bounds, however absurd it is", () => {
    const score = { scaled: 7, raw: 9_999_999_999, min: Number.NEGATIVE_INFINITY, max: Number.NaN };
    expect(rollupOf({ ...result, score, progress: 1.5 }, Number.POSITIVE_INFINITY)).toEqual({
      ...result,
      score: { scaled: 1, raw: 1e9, min: -1e9, max: null },
      progress: 1,
      session_seconds: 1e7,
    });
  });
});

describe("prerequisites (AICC script)", () => {
  const statuses: Readonly<Record<string, string>> = {
    done: "completed",
    won: "passed",
    lost: "failed",
    open: "incomplete",
    fresh: "not attempted",
    seen: "browsed",
  };
  const unmet = (script: string) => unmetPrerequisites(script, (id) => statuses[id]);

  test.each([
    "done",
    "done&won",
    "open|won",
    "~open",
    "done & (open | ~lost)",
    "lost=failed",
    'fresh = "not attempted"',
    "fresh=not attempted",
    "open<>passed",
    "seen=b",
    "2*{done,open,won}",
    "{done, won}",
    "open | done & won",
    "",
  ])("%s holds", (script) => expect(unmet(script)).toEqual([]));

  test.each([
    ["open", ["open"]],
    ["done&lost&open", ["lost", "open"]],
    ["~done", ["done"]],
    ["3*{done,open,won}", ["open"]],
    ["done=passed", ["done"]],
    ["(done|won)&fresh", ["fresh"]],
  ])("%s does not hold, and says for what", (script, ids) => expect(unmet(script)).toEqual(ids));

  test.each(["done &", "((done)", "done won", "3*done", "&", "a = "])(
    "%s can't be read, and locks nobody out",
    (script) => {
      expect(parsePrerequisites(script)).toBeNull();
      expect(unmet(script)).toEqual([]);
    },
  );

  test("an item that the course does not have locks nobody out", () =>
    expect(unmet("gone&done")).toEqual([]));

  test("no script makes it fail or hang", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab&|~=<>(){},*2 "') }), (script) => {
        expect(Array.isArray(unmet(script))).toBe(true);
      }),
    );
  });

  test("a block counts by what is in it", () => {
    const structure = course("scorm12", [
      group("g", [leaf("a"), leaf("b")]),
      leaf("c", { prerequisites: "g" }),
    ]);
    const state = new CourseState({ a: { "cmi.core.lesson_status": "passed" } }, () => undefined);
    const conductor = new PlainConductor({
      structure,
      state,
      seed: () => {
        throw new Error("not opened");
      },
      openSession: null,
    });
    expect(conductor.lockOf("c")).toEqual({ type: "prerequisites", titles: ["Group g"] });
    state.set("b", "cmi.core.lesson_status", "completed");
    expect(conductor.lockOf("c")).toBeNull();
  });
});

describe("a SCO's result", () => {
  const item = leaf("a");

  test.each([
    ["passed", "completed", "passed"],
    ["failed", "completed", "failed"],
    ["completed", "completed", "unknown"],
    ["incomplete", "incomplete", "unknown"],
    ["browsed", "incomplete", "unknown"],
    ["", "incomplete", "unknown"],
  ])("SCORM 1.2 %s is %s and %s", (status, completion, success) => {
    const elements = { "cmi.core.lesson_status": status, "cmi.core.exit": "" };
    expect(resultOf("scorm12", item, elements, "")).toMatchObject({ completion, success, score: NO_SCORE });
  });

  test("nothing stored is not attempted", () => {
    expect(resultOf("scorm12", item, {}, "").completion).toBe("not attempted");
    expect(resultOf("scorm2004-4", item, {}, "").completion).toBe("not attempted");
  });

  test("a raw score scales by its range, by 0 to 100 where SCORM 1.2 gives none", () => {
    expect(resultOf("scorm12", item, { "cmi.core.score.raw": "80" }, "").score).toEqual({
      scaled: 0.8,
      raw: 80,
      min: null,
      max: null,
    });
    const ranged = { "cmi.score.raw": "15", "cmi.score.min": "10", "cmi.score.max": "20" };
    expect(resultOf("scorm2004-3", item, ranged, "").score.scaled).toBe(0.5);
    expect(resultOf("scorm2004-3", item, { "cmi.score.raw": "15" }, "").score.scaled).toBeNull();
  });

  test("SCORM 2004: thresholds decide where there are any", () => {
    const threshold = leaf("a", {
      completion_threshold: { completed_by_measure: true, min_progress_measure: 0.7, progress_weight: 1 },
    });
    const said = { "cmi.completion_status": "completed", "cmi.success_status": "passed" };
    expect(
      resultOf("scorm2004-4", threshold, { ...said, "cmi.progress_measure": "0.6" }, "").completion,
    ).toBe("incomplete");
    expect(resultOf("scorm2004-4", item, { ...said, "cmi.score.scaled": "0.5" }, "0.6").success).toBe(
      "failed",
    );
    expect(resultOf("scorm2004-4", item, said, "0.6").success).toBe("unknown");
    expect(resultOf("scorm2004-4", item, said, "").success).toBe("passed");
  });
});

describe("the result of the whole", () => {
  const result = (changes: Partial<Result>): Result => ({
    completion: "completed",
    success: "unknown",
    score: NO_SCORE,
    progress: null,
    location: "",
    ...changes,
  });
  const scored = (scaled: number) => result({ score: { scaled, raw: scaled * 10, min: 0, max: 10 } });

  test("one leaf is the course", () => {
    const only = result({
      success: "passed",
      location: "7",
      score: { scaled: 0.4, raw: 4, min: 0, max: 10 },
    });
    expect(rollUpLeaves([only])).toBe(only);
  });

  test("several are completed together, failed if one failed and all are done", () => {
    const passed = result({ success: "passed" });
    const failed = result({ success: "failed" });
    const open = result({ completion: "incomplete" });
    expect(rollUpLeaves([passed, failed, open])).toMatchObject({
      completion: "incomplete",
      success: "unknown",
    });
    expect(rollUpLeaves([passed, failed])).toMatchObject({
      completion: "completed",
      success: "failed",
      progress: 1,
    });
    expect(rollUpLeaves([passed, result({})])).toMatchObject({ completion: "completed", success: "passed" });
    expect(rollUpLeaves([result({}), result({})])).toMatchObject({
      completion: "completed",
      success: "unknown",
    });
  });

  test("the score is the mean of those that have one, else none", () => {
    expect(rollUpLeaves([scored(0.5), result({}), scored(1)]).score).toEqual({
      scaled: 0.75,
      raw: 75,
      min: 0,
      max: 100,
    });
    expect(rollUpLeaves([result({}), result({})]).score).toEqual(NO_SCORE);
  });
});

describe("a SCORM 1.2 SCO that finishes (RTE 3.4.2.1.7)", () => {
  const finished = (changes: Partial<Finished12>): Finished12 => ({
    status: "not attempted",
    set_by_course: false,
    raw: "",
    mastery: "",
    credit: "credit",
    mode: "normal",
    exit: "",
    ...changes,
  });

  test.each<[string, Partial<Finished12>, string]>([
    ["without a status is completed", {}, "completed"],
    ["keeps its own status", { status: "incomplete", set_by_course: true }, "incomplete"],
    ["is passed at its mastery score", { status: "completed", raw: "80", mastery: "80" }, "passed"],
    ["is failed below it, whatever it says", { status: "passed", raw: "79.5", mastery: "80" }, "failed"],
    ["is not judged without a mastery score", { status: "completed", raw: "10" }, "completed"],
    [
      "is not judged without credit",
      { status: "completed", raw: "1", mastery: "80", credit: "no-credit" },
      "completed",
    ],
    ["is not judged in review", { status: "passed", raw: "1", mastery: "80", mode: "review" }, "passed"],
    [
      "is not judged in mid-course",
      { status: "incomplete", raw: "0", mastery: "80", exit: "suspend" },
      "incomplete",
    ],
    ["was browsed in browse mode", { mode: "browse" }, "browsed"],
  ])("%s", (_, changes, status) => expect(statusAfterFinish(finished(changes))).toBe(status));
});

describe("time", () => {
  test.each([
    [0, "0000:00:00.00", "PT0S"],
    [3_661.5, "0001:01:01.50", "PT1H1M1.50S"],
    [59.999, "0000:01:00.00", "PT1M0S"],
    [1e9, "9999:59:59.99", null],
  ])("%d s is %s and %s", (seconds, timespan, duration) => {
    expect(timespan12(seconds)).toBe(timespan);
    if (duration !== null) expect(duration2004(seconds)).toBe(duration);
  });

  test("both notations say again what was written", () => {
    fc.assert(
      fc.property(fc.nat(3_600_000), (hundredths) => {
        expect(secondsOf(timespan12(hundredths / 100))).toBeCloseTo(hundredths / 100, 2);
        expect(secondsOf(duration2004(hundredths / 100))).toBeCloseTo(hundredths / 100, 2);
      }),
    );
  });

  test.each([
    ["P1DT2H", 93_600],
    ["00:30:00", 1_800],
    ["P", null],
    ["PT", null],
    ["ten minutes", null],
    ["", null],
  ])("%s is %s s", (text, seconds) => expect(secondsOf(text)).toBe(seconds));

  test("an activity's session is what the SCO reported, else what was measured; visits add up", () => {
    let now = 0;
    const times = new SessionTimes(() => now, { a: 5 });
    times.open("a");
    now = 10_000;
    times.close();
    times.open("b");
    now = 40_000;
    times.reported("b", 12);
    times.open("a");
    now = 41_000;
    expect(times.all).toEqual({ a: 16, b: 12 });
    expect(times.launchSeconds).toBe(41);
  });

  test.each([
    ["of 56 years, its start never having been set", "PT1767225600S"],
    ["of more digits than a number has", `PT${"9".repeat(400)}S`],
    ["in a notation that a run-time lets pass and nobody can read", "PT1.5H"],
  ])("a session %s is measured instead, so that no later visit finds its time used up", (_what, said) => {
    let now = 0;
    const times = new SessionTimes(() => now, { a: 5 });
    times.open("a");
    times.reported("a", secondsOf("PT8S"));
    times.reported("a", secondsOf(said));
    now = 10_000;
    expect(times.all).toEqual({ a: 15 });
  });
});

test("stored elements go back in the order in which they depend on one another", () => {
  const elements = {
    "cmi.interactions.10.id": "",
    "cmi.interactions.2.learner_response": "",
    "cmi.interactions.2.correct_responses.0.pattern": "",
    "cmi.interactions.2.type": "",
    "cmi.interactions.2.id": "",
    "cmi.interactions.0.id": "",
  };
  expect(inLoadingOrder(elements).map(([element]) => element)).toEqual([
    "cmi.interactions.0.id",
    "cmi.interactions.2.id",
    "cmi.interactions.2.type",
    "cmi.interactions.2.correct_responses.0.pattern",
    "cmi.interactions.2.learner_response",
    "cmi.interactions.10.id",
  ]);
});

describe("what a SCO starts from", () => {
  const sources = (structure: CourseStructure, item: CourseItem, elements: Record<string, string>) =>
    seedOf({
      allowed: {
        course: { structure, content_base: "/" },
        learner: { id: "l", name: "n" },
        mode: "normal",
        credit: "credit",
      } as LaunchAllowed,
      wishes: SNAPSHOT,
      item,
      elements,
      total_seconds: 0,
    });

  test("entry: first time, resumed after a suspension, or neither", () => {
    const item = leaf("a");
    const structure = course("scorm12", [item]);
    expect(sources(structure, item, {}).entry).toBe("ab-initio");
    expect(sources(structure, item, { "cmi.core.exit": "suspend" }).entry).toBe("resume");
    expect(sources(structure, item, { "cmi.core.exit": "" }).entry).toBe("");
  });

  test("mastery: the manifest's, overridden by the LMS's where the course is a single SCO", () => {
    const item = leaf("a", { mastery_score: 60 });
    const lms = (changes: Partial<LmsSnapshot>) => ({ ...SNAPSHOT, ...changes });
    expect(masteryOf(course("scorm12", [item]), item, lms({}))).toBe("60");
    expect(masteryOf(course("scorm12", [item]), item, lms({ mastery: "75" }))).toBe("75");
    expect(masteryOf(course("scorm12", [item]), item, lms({ mastery: "0.75", api: "2004" }))).toBe("75");
    expect(masteryOf(course("scorm12", [item, leaf("b")]), item, lms({ mastery: "75" }))).toBe("60");
    const measured = leaf("a", {
      sequencing: { primary_objective: { id: "", satisfied_by_measure: true, maps: [] } },
    });
    expect(masteryOf(course("scorm2004-4", [measured]), measured, lms({}))).toBe("1");
    expect(masteryOf(course("scorm2004-4", [measured]), measured, lms({ mastery: "80" }))).toBe("0.8");
  });

  test.each([
    ["0.55", "55"],
    ["0.56", "56"],
    ["0.07", "7"],
    ["0.14", "14"],
    ["0.28", "28"],
    ["0.011", "1.1"],
  ])("mastery: %s of the one standard is %s of the other, to the digit", (scaled, hundredfold) => {
    const item = leaf("a");
    const given = (api: "1.2" | "2004", mastery: string) => ({ ...SNAPSHOT, api, mastery });
    expect(masteryOf(course("scorm12", [item]), item, given("2004", scaled))).toBe(hundredfold);
    expect(masteryOf(course("scorm2004-4", [item]), item, given("1.2", hundredfold))).toBe(scaled);
  });
});

describe("the state of sequencing", () => {
  const activity = (id: string, children: ActivityState[] = [], changes: object = {}): ActivityState => ({
    id,
    isActive: false,
    isSuspended: false,
    attemptCount: 0,
    ...changes,
    children,
  });
  const state = (activityTree: ActivityState, currentActivityId: string | null = null): SuspensionState => ({
    activityTree,
    currentActivityId,
    suspendedActivityId: null,
    globalObjectives: {},
  });
  const untouched = activity("root", [activity("a"), activity("b"), activity("c")]);

  test("holds what differs from an untouched tree, and comes back whole", () => {
    const now = state(
      activity("root", [activity("b", [], { attemptCount: 2 }), activity("a"), activity("c")], {
        isActive: true,
      }),
      "b",
    );
    const elements = toElements(now, untouchedOf(state(untouched)));
    expect(Object.keys(elements).sort()).toEqual([
      "sequencing.activity.b",
      "sequencing.activity.root",
      "sequencing.objectives",
      "sequencing.position",
    ]);
    expect(fromElements(elements, untouched)).toEqual(now);
  });

  test("damaged or missing, it is as if there were none", () => {
    expect(fromElements({}, untouched)).toBeNull();
    expect(fromElements({ "sequencing.position": "{" }, untouched)).toBeNull();
  });

  test("suspended at a leaf, its path is suspended and nothing is active", () => {
    const suspended = suspendedAt(
      state(activity("root", [activity("a", [], { isActive: true })], { isActive: true }), "a"),
      "a",
    );
    expect(suspended).toMatchObject({ currentActivityId: null, suspendedActivityId: "a" });
    expect(suspended.activityTree).toMatchObject({
      isActive: false,
      isSuspended: true,
      children: [{ isActive: false, isSuspended: true }],
    });
  });

  test("settings name only what the manifest states; a primary objective without an id is kept", () => {
    const tree = activityTreeOf(
      course("scorm2004-4", [
        leaf("a", { sequencing: { primary_objective: { id: "", satisfied_by_measure: true, maps: [] } } }),
      ]),
    );
    expect(tree).not.toHaveProperty("sequencingControls");
    expect((tree["children"] as object[])[0]).toMatchObject({
      primaryObjective: { objectiveID: " ", satisfiedByMeasure: true },
    });
  });
});

describe("what of a video was watched", () => {
  test("stretches are joined where they meet, and survive being stored", () => {
    const stretches = merged([
      [10, 20],
      [0, 5],
      [4, 11],
    ]);
    expect(stretches).toEqual([[0, 20]]);
    expect(fromText(toText(stretches))).toEqual([[0, 20]]);
    expect(fromText("nonsense,5-,3-1")).toEqual([]);
  });

  test("skipping ahead does not count", () => {
    expect(
      share(
        [
          [0, 10],
          [90, 100],
        ],
        100,
      ),
    ).toBe(0.2);
    expect(share([[0, 10]], Number.NaN)).toBe(0);
  });
});

test("the learner is spoken to in the first of their languages that we have", () => {
  expect(speechFor(["nl", "de-AT", "en"])).toMatchObject({ language: "de", locale: "de-AT" });
  expect(speechFor(["nl"]).language).toBe("en");
  expect(speechFor(["ja"]).say("saved", { time: "14:32" })).toBe("14:32 に保存済み");
});
