/** How far a launch has come that is sent again, for the page that goes on with it (docs/bridge.md §3). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Rollup } from "../../src/core/bridge.ts";
import type { TestLicense } from "../support/fixtures.ts";
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

const rollupAt = (location: string): Rollup => ({
  completion: "incomplete",
  success: "unknown",
  score: { scaled: null, raw: null, min: null, max: null },
  progress: null,
  location,
  session_seconds: 1,
});

const LOCATION = "cmi.core.lesson_location";
const SUSPEND = "cmi.suspend_data";

const sent = () => gateway.launch(license, { nonce: "nonce-nonce-nonce" });
const progress = async () => (await sent()).allowed().progress;

/** Before the launch, and in it, as it is told to the page that goes on with it. */
async function secondsTold() {
  const { states, progress } = (await sent()).allowed();
  const before = Object.fromEntries(states.map(({ item_id, total_seconds }) => [item_id, total_seconds]));
  return [before, progress?.session_seconds];
}

/** As the next launch finds it. */
async function storedLocation(): Promise<readonly unknown[]> {
  const { states, attempt } = (await gateway.launch(license, { entry: "resume" })).allowed();
  return [states[0]?.elements[LOCATION]?.[0], attempt.rollup?.location];
}

describe("the sequence that a launch has come to", () => {
  test("is that of its newest save, of elements or of the rollup; the first answer has none", async () => {
    const visit = await sent();
    expect(visit.allowed().progress).toBeUndefined();
    expect(await progress()).toMatchObject({ sequence: 0 });
    await visit.keep({ sequence: 50, changes: { lesson: { [LOCATION]: "50" } } });
    await visit.keep({ sequence: 11, changes: { lesson: { [SUSPEND]: "11" } }, rollup: rollupAt("11") });
    expect(await progress()).toMatchObject({ sequence: 50 });
    await visit.keep({ sequence: 51, rollup: rollupAt("51") });
    expect(await progress()).toMatchObject({ sequence: 51 });
  });

  test("is where a page goes on that was restored from an older time: nothing it saves is lost", async () => {
    const closed = await sent();
    await closed.keep({ sequence: 50, changes: { lesson: { [LOCATION]: "1" } }, rollup: rollupAt("1") });
    const restored = await sent();
    const sequence = Math.max(10, restored.allowed().progress?.sequence ?? 0) + 1;
    await restored.keep({ sequence, changes: { lesson: { [LOCATION]: "2" } }, rollup: rollupAt("2") });
    expect(await storedLocation()).toEqual(["2", "2"]);
  });

  test("is its own alone: not of the launches before it, nor of one that has taken over", async () => {
    const before = await gateway.launch(license);
    await before.keep({ sequence: 70, changes: { lesson: { [LOCATION]: "a", [SUSPEND]: "a" } } });
    const visit = await sent();
    expect(await progress()).toMatchObject({ sequence: 0 });
    await visit.keep({ sequence: 3, changes: { lesson: { [LOCATION]: "b" } }, rollup: rollupAt("b") });
    const after = await gateway.launch(license);
    await after.keep({ sequence: 90, changes: { test: { [LOCATION]: "c" } }, rollup: rollupAt("c") });
    expect(await progress()).toMatchObject({ sequence: 3 });
  });
});

describe("the seconds that a launch has counted", () => {
  test("are told apart from those before it, so that no page counts them twice", async () => {
    const before = await gateway.launch(license);
    await before.keep({ sequence: 1, session_seconds: { lesson: 100, test: 7 } });
    const visit = await sent();
    expect(await secondsTold()).toEqual([{ lesson: 100, test: 7 }, {}]);
    await visit.keep({ sequence: 1, session_seconds: { lesson: 960 } });
    expect(await secondsTold()).toEqual([{ lesson: 100, test: 7 }, { lesson: 960 }]);
  });

  test("are where its next page goes on, whose seconds are the launch's and not added to them", async () => {
    const visit = await sent();
    await visit.keep({ sequence: 1, session_seconds: { lesson: 960 } });
    const again = await sent();
    const { lesson = 0 } = again.allowed().progress?.session_seconds ?? {};
    await again.keep({ sequence: 2, session_seconds: { lesson: lesson + 40 } });
    const next = (await gateway.launch(license, { entry: "resume" })).allowed();
    expect(next.states).toMatchObject([{ item_id: "lesson", total_seconds: 1000 }]);
    expect(next.progress).toBeUndefined();
  });
});
