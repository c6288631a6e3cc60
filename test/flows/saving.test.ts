/** What a course writes, and which attempt it belongs to (docs/bridge.md §3, §4; RULES §1 attempt). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Rollup, StateChanges } from "../../src/core/bridge.ts";
import { readText } from "../../src/core/text.ts";
import { MOST_STATE_BYTES } from "../../src/flows/keepLaunch.ts";
import { markerOf } from "../../src/flows/launch/arrival.ts";
import type { Opening } from "../../src/flows/openLaunch.ts";
import { resetAttempt } from "../../src/flows/resetAttempt.ts";
import { pageOfAttempts } from "../../src/store/listing/attempts.ts";
import { ALL_ROWS, BY, type TestLicense, type Visit, type Visitor } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
});
afterAll(() => gateway.close());

const LOCATION = "cmi.core.lesson_location";
const SUSPEND = "cmi.suspend_data";

const rollupAt = (location: string): Rollup => ({
  completion: "incomplete",
  success: "unknown",
  score: { scaled: null, raw: null, min: null, max: null },
  progress: null,
  location,
  session_seconds: 1,
});

/** The state as the next launch gets it. */
async function resumed(visitor: Visitor = {}): Promise<Opening & { type: "allowed" }> {
  return (await gateway.launch(license, { entry: "resume", ...visitor })).allowed();
}

function stateOf(opening: Opening & { type: "allowed" }): StateChanges {
  return Object.fromEntries(
    opening.states.map(({ item_id, elements }) => [
      item_id,
      Object.fromEntries(
        Object.entries(elements).map(([name, [value]]) => [name, value === null ? null : readText(value)]),
      ),
    ]),
  );
}

describe("a save", () => {
  test("is there at the next launch: state, rollup, when", async () => {
    const visit = await gateway.launch(license);
    const kept = await visit.keep({
      sequence: 1,
      changes: {
        lesson: { [LOCATION]: "page-3", "cmi.core.exit": null },
        $course: { "tallygate.global": "{}" },
      },
      rollup: rollupAt("page-3"),
    });
    expect(kept.saved_at).toEqual(gateway.clock.now());
    const next = await resumed();
    expect(stateOf(next)).toEqual({
      lesson: { [LOCATION]: "page-3", "cmi.core.exit": null },
      $course: { "tallygate.global": "{}" },
    });
    expect(next.attempt).toMatchObject({ launches: 1, rollup: rollupAt("page-3"), saved_at: kept.saved_at });
  });

  test("adds to what is stored, element by element", async () => {
    const visit = await gateway.launch(license);
    await visit.keep({ sequence: 1, changes: { lesson: { [LOCATION]: "1", [SUSPEND]: "a" } } });
    await visit.keep({ sequence: 2, changes: { lesson: { [LOCATION]: "2" } } });
    expect(stateOf(await resumed())).toEqual({ lesson: { [LOCATION]: "2", [SUSPEND]: "a" } });
  });

  test("split into parts of one sequence is whole, whichever part comes first", async () => {
    const visit = await gateway.launch(license);
    await visit.keep({ sequence: 4, changes: { lesson: { [SUSPEND]: "b" } } });
    await visit.keep({ sequence: 4, changes: { lesson: { [LOCATION]: "a" }, other: { [LOCATION]: "c" } } });
    expect(stateOf(await resumed())).toEqual({
      lesson: { [LOCATION]: "a", [SUSPEND]: "b" },
      other: { [LOCATION]: "c" },
    });
  });

  test("that arrives late never overwrites a newer one, of state or rollup", async () => {
    const visit = await gateway.launch(license);
    await visit.keep({ sequence: 3, changes: { lesson: { [LOCATION]: "new" } }, rollup: rollupAt("new") });
    await visit.keep({
      sequence: 2,
      changes: { lesson: { [LOCATION]: "old", [SUSPEND]: "only in the old one" } },
      rollup: rollupAt("old"),
    });
    const next = await resumed();
    expect(stateOf(next)).toEqual({ lesson: { [LOCATION]: "new", [SUSPEND]: "only in the old one" } });
    expect(next.attempt.rollup).toEqual(rollupAt("new"));
  });

  test("of an older launch, however high its sequence, is older than a newer launch's", async () => {
    const older = await gateway.launch(license);
    const newer = await gateway.launch(license, { entry: "resume" });
    await newer.keep({ sequence: 0, changes: { lesson: { [LOCATION]: "new" } }, rollup: rollupAt("new") });
    const late = await older.keep({
      sequence: 999_999,
      changes: { lesson: { [LOCATION]: "old" } },
      rollup: rollupAt("old"),
      closing: true,
    });
    expect(late.superseded).toBe(true);
    const next = await resumed();
    expect(stateOf(next)).toEqual({ lesson: { [LOCATION]: "new" } });
    expect(next.attempt.rollup).toEqual(rollupAt("new"));
  });

  test("an older launch is superseded only once the newer one saves", async () => {
    const older = await gateway.launch(license);
    const newer = await gateway.launch(license, { entry: "resume" });
    const save = { changes: { lesson: { [LOCATION]: "1" } }, rollup: rollupAt("1") };
    expect((await older.keep({ sequence: 1, ...save })).superseded).toBe(false);
    expect((await newer.keep({ sequence: 1, ...save })).superseded).toBe(false);
    expect((await older.keep({ sequence: 2, ...save })).superseded).toBe(true);
  });

  test("of text that no database holds as such comes back unchanged", async () => {
    const texts = [
      "\u0000",
      "a\u0000b",
      "\ud83d",
      "\udc00\ud800",
      "🎉",
      '{"escaped":"x"}',
      "\\u0000",
      "é\u2028",
    ];
    const visit = await gateway.launch(license);
    const elements = Object.fromEntries(texts.map((text, index) => [`cmi.interactions.${index}.id`, text]));
    await visit.keep({ sequence: 1, changes: { lesson: elements } });
    expect(stateOf(await resumed())).toEqual({ lesson: elements });
  });

  test("of any text comes back unchanged", async () => {
    const visit = await gateway.launch(license, { nonce: "nonce-nonce-nonce" });
    let sequence = 0;
    const anything = fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 50 })
      .map((units) => String.fromCharCode(...units));
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        sequence++;
        await visit.keep({ sequence, changes: { lesson: { [SUSPEND]: text } } });
        const again = await gateway.launch(license, { nonce: "nonce-nonce-nonce" });
        expect(stateOf(again.allowed())).toEqual({ lesson: { [SUSPEND]: text } });
      }),
      { numRuns: 30 },
    );
  });

  test("of names that JavaScript has for itself keeps them", async () => {
    const visit = await gateway.launch(license);
    const changes = JSON.parse('{"constructor": {"__proto__": "a", "toString": "b"}}') as StateChanges;
    await visit.keep({ sequence: 1, changes });
    const kept = stateOf(await resumed())["constructor"] ?? {};
    expect(Object.entries(kept).sort()).toEqual([
      ["__proto__", "a"],
      ["toString", "b"],
    ]);
  });

  test("beyond what an attempt may hold is refused as a whole, also where it would compress well", async () => {
    const visit = await gateway.launch(license);
    await visit.keep({ sequence: 1, changes: { lesson: { [LOCATION]: "before" } } });
    const big = "a".repeat(MOST_STATE_BYTES / 3);
    const changes = { lesson: { [LOCATION]: "after" }, one: { a: big, b: big }, two: { a: big, b: big } };
    await expect(visit.keep({ sequence: 2, changes })).rejects.toMatchObject({
      code: "state_too_large",
      status: 413,
      message: expect.stringContaining("changes"),
    });
    expect(stateOf(await resumed())).toEqual({ lesson: { [LOCATION]: "before" } });
  });

  test("of a course that records without end keeps the result where the record is full", async () => {
    const visit = await gateway.launch(license);
    const answer = { "cmi.interactions.0.learner_response": "a".repeat(MOST_STATE_BYTES - 1000) };
    await visit.keep({ sequence: 1, changes: { lesson: answer } });
    const status = { "cmi.completion_status": "completed", [SUSPEND]: "s".repeat(64_000) };
    const rollup: Rollup = { ...rollupAt("end"), completion: "completed" };
    const last = { "cmi.interactions.1.learner_response": "b", ...status };
    await visit.keep({ sequence: 2, changes: { lesson: last }, rollup, closing: true });
    const next = await resumed();
    expect(stateOf(next)).toEqual({ lesson: { ...answer, ...status } });
    expect(next.attempt.rollup).toEqual(rollup);
    expect(gateway.logged).toContainEqual(
      expect.objectContaining({ level: "warn", message: "The state of an attempt is full" }),
    );
  });

  test("that can't be taken keeps no seat from being confirmed, and no open time from being counted", async () => {
    const visit = await gateway.launch(license);
    const big = "a".repeat(MOST_STATE_BYTES * 1.2);
    for (let beat = 0; beat < 2; beat++) {
      expect(await gateway.charges(license)).toEqual([]);
      gateway.clock.advance({ seconds: 60 });
      await expect(visit.keep({ sequence: 1, changes: { lesson: { big } } })).rejects.toMatchObject({
        code: "state_too_large",
      });
    }
    expect(await gateway.charges(license)).toMatchObject([{ rule: "open_time" }]);
    gateway.clock.advance({ seconds: 100 });
    await visit.keep({ closing: true });
    expect(await gateway.launches(license)).toMatchObject([{ open_seconds: 220 }]);
  });

  test("of many activities is one of few statements", async () => {
    const visit = await gateway.launch(license);
    const items = Array.from({ length: 3000 }, (_, index) => `item-${index}`);
    await visit.keep({
      sequence: 1,
      changes: Object.fromEntries(items.map((item) => [item, { [LOCATION]: item }])),
      session_seconds: Object.fromEntries(items.map((item) => [item, 5])),
    });
    const next = await resumed();
    expect(Object.keys(stateOf(next))).toHaveLength(3000);
    expect(next.states.every(({ total_seconds }) => total_seconds === 5)).toBe(true);
  }, 10_000);
});

describe("total time (docs/bridge.md)", () => {
  const totals = async () =>
    Object.fromEntries((await resumed()).states.map((state) => [state.item_id, state.total_seconds]));

  test("adds up over launches; within one it grows and is never counted twice", async () => {
    const first = await gateway.launch(license);
    await first.keep({ sequence: 1, session_seconds: { lesson: 10, test: 1 } });
    await first.keep({ sequence: 2, session_seconds: { lesson: 30 } });
    await first.keep({ sequence: 2, session_seconds: { lesson: 30 } });
    await first.keep({ sequence: 1, session_seconds: { lesson: 10 } });
    const second = await gateway.launch(license, { entry: "resume" });
    await second.keep({ sequence: 1, session_seconds: { lesson: 5 } });
    expect(await totals()).toEqual({ lesson: 35, test: 1 });
  });

  test("of activities saved without it is nothing", async () => {
    const visit = await gateway.launch(license);
    await visit.keep({ sequence: 1, changes: { lesson: { [LOCATION]: "1" } } });
    expect(await totals()).toEqual({ lesson: 0 });
  });
});

describe("which attempt a launch goes on with", () => {
  const acknowledge = (visit: Visit) =>
    visit.keep({ sequence: 1, rollup: rollupAt("1"), marker_acknowledged: true });
  const endings = async () =>
    (await pageOfAttempts(gateway.context.db, license.account_id, license, ALL_ROWS))
      .reverse()
      .map(({ number, ended_reason }) => [number, ended_reason]);

  test("the LMS acknowledged the marker and has lost it: it reset the attempt, a new one begins", async () => {
    const visit = await gateway.launch(license);
    await acknowledge(visit);
    gateway.clock.advance({ seconds: 60 });
    const next = await gateway.launch(license, { entry: "ab-initio" });
    expect(next.allowed()).toMatchObject({ attempt: { number: 2, launches: 0, rollup: null }, states: [] });
    expect(await endings()).toEqual([
      [1, "reset_by_lms"],
      [2, null],
    ]);
  });

  test("the LMS never acknowledged it: a commit at closing failed, the attempt is resumed", async () => {
    const visit = await gateway.launch(license);
    await visit.keep({ sequence: 1, rollup: rollupAt("1") });
    const next = await gateway.launch(license, { entry: "ab-initio" });
    expect(next.allowed().attempt).toMatchObject({ number: 1, rollup: rollupAt("1") });
  });

  test("the LMS still has it, or resumes: the attempt is resumed", async () => {
    const visit = await gateway.launch(license);
    await acknowledge(visit);
    const marker = markerOf(visit.allowed().attempt.id);
    for (const said of [
      { entry: "ab-initio", marker },
      { entry: "resume", marker },
      { entry: "resume", marker: "" },
      { entry: "", marker: "" },
    ])
      expect((await gateway.launch(license, said)).allowed().attempt.number).toBe(1);
  });

  test("the LMS shows nothing of it to who only browses or reviews: that says nothing, the attempt is resumed", async () => {
    await acknowledge(await gateway.launch(license));
    for (const mode of ["browse", "review"] as const)
      expect((await gateway.launch(license, { entry: "ab-initio", mode })).allowed().attempt.number).toBe(1);
    expect(await endings()).toEqual([[1, null]]);
  });

  test("another delivery's LMS, which never had it, resumes", async () => {
    await acknowledge(await gateway.launch(license));
    const twin = await gateway.deliverAgain(license, "scorm2004-4");
    expect((await gateway.launch(twin, { entry: "ab-initio" })).allowed().attempt.number).toBe(1);
  });

  test("a reset by support begins a new one; a running launch goes on with the old one", async () => {
    const visit = await gateway.launch(license);
    const { id } = visit.allowed().attempt;
    await resetAttempt(gateway.context, BY, license.account_id, id);
    await visit.keep({ sequence: 1, rollup: rollupAt("late") });
    gateway.clock.advance({ seconds: 60 });
    expect((await resumed()).attempt).toMatchObject({ number: 2, rollup: null });
    expect(await endings()).toEqual([
      [1, "reset_by_support"],
      [2, null],
    ]);
  });

  test.each([
    [true, 2],
    [false, 1],
  ])("a retake that starts over (%s) goes on with attempt %i", async (retake_starts_over, number) => {
    license = await gateway.payPerUse({ retake: true, retake_starts_over });
    const visit = await gateway.launch(license);
    await visit.keep({ sequence: 1, rollup: rollupAt("1") });
    await gateway.launch(license, { entry: "resume" });
    gateway.clock.advance({ days: 365 });
    expect((await resumed()).attempt.number).toBe(number);
    expect((await resumed()).attempt.number).toBe(number);
  });

  test("a seat that lapsed uncharged is no retake: the attempt is resumed", async () => {
    license = await gateway.payPerUse({ retake: true, retake_starts_over: true });
    const visit = await gateway.launch(license);
    await visit.keep({ sequence: 1, rollup: rollupAt("1") });
    gateway.clock.advance({ days: 365 });
    expect((await resumed()).attempt).toMatchObject({ number: 1, rollup: rollupAt("1") });
  });

  test("a new version of the course: who is in mid-attempt stays on theirs, new attempts begin on the new one", async () => {
    const ana = (await gateway.launch(license, { who: "ana" })).allowed();
    const version = await gateway.newVersion(license.course_id, "Kitchen safety, revised");
    const anaAgain = await resumed({ who: "ana" });
    expect(anaAgain.attempt.course_version_id).toBe(ana.attempt.course_version_id);
    expect(anaAgain.structure.title).toBe("Kitchen safety");
    const ben = await resumed({ who: "ben" });
    expect(ben.attempt.course_version_id).toBe(version);
    expect(ben.structure.title).toBe("Kitchen safety, revised");
  });

  test("two licenses of one course have an attempt each", async () => {
    const other = await gateway.payPerUse({ account: license, course_id: license.course_id });
    const one = (await gateway.launch(license)).allowed();
    expect((await gateway.launch(other)).allowed().attempt.id).not.toBe(one.attempt.id);
  });

  test("learners of one delivery have the course at one address, another version and another delivery at others", async () => {
    const ana = await resumed({ who: "ana" });
    expect((await resumed({ who: "ben" })).content_ticket).toBe(ana.content_ticket);
    const other = await gateway.payPerUse({ account: license, course_id: license.course_id });
    expect((await gateway.launch(other)).allowed().content_ticket).not.toBe(ana.content_ticket);
    await gateway.newVersion(license.course_id, "Kitchen safety, revised");
    expect((await resumed({ who: "cem" })).content_ticket).not.toBe(ana.content_ticket);
  });
});
