/** The wrapper in a real browser, between a fake LMS and a fake player on another origin (docs/bridge.md). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from "playwright-core";
import type { PackageFormat, Rollup } from "../../src/core/bridge.ts";
import type { LmsPageOptions } from "../support/bridge/fakeApi.ts";
import { FakeLms } from "../support/bridge/fakeLms.ts";

const lms = new FakeLms();
let browser: Browser;
let context: BrowserContext;
let errors: string[];

beforeAll(async () => {
  await lms.start();
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser.close();
  await lms.stop();
});
beforeEach(async () => {
  lms.saves.length = 0;
  errors = [];
  context = await browser.newContext({ locale: "de-DE" });
  context.on("weberror", (problem) => errors.push(problem.error().message));
});
afterEach(async () => {
  await context.close();
  expect(errors).toEqual([]);
});

const API_12 = { apis: ["API"] } as const satisfies LmsPageOptions;
const API_2004 = { apis: ["API_1484_11"] } as const satisfies LmsPageOptions;

const ROLLUP: Rollup = {
  completion: "incomplete",
  success: "unknown",
  score: { scaled: null, raw: null, min: null, max: null },
  progress: null,
  location: "",
  session_seconds: 0,
};

/** What the fake pages keep on their `window`. */
interface Remembered {
  calls: string[][];
  values: Record<string, unknown>;
  failCommits: boolean;
  snapshots: { data: { nonce: string; snapshot: Record<string, unknown> }; origin: string }[];
  heard: { type: string; id?: number; ok?: boolean; errors?: { element: string; code: string }[] }[];
  say(message: object): void;
  hello(changes?: object): void;
}

function remembered<K extends keyof Remembered>(where: Page | Frame, name: K): Promise<Remembered[K]> {
  return where.evaluate((key) => (window as unknown as Remembered)[key as "calls"], name) as Promise<
    Remembered[K]
  >;
}

async function open(url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

function openInLms(options: LmsPageOptions, format: PackageFormat, key?: string): Promise<Page> {
  return open(lms.lmsPage(options, lms.wrapperUrl(format, key)));
}

/** The player's frame once the wrapper has answered it. */
async function playerOf(page: Page): Promise<Frame> {
  const player = await frameAt(page, lms.playerOrigin);
  await answered(player);
  return player;
}

async function answered(player: Frame | Page): Promise<void> {
  await player.waitForFunction(() => (window as unknown as Remembered).snapshots?.length > 0);
}

async function frameAt(page: Page, address: string): Promise<Frame> {
  return eventually(() => page.frames().find((frame) => frame.url().startsWith(address)));
}

async function snapshotOf(player: Frame | Page): Promise<Record<string, unknown>> {
  return (await remembered(player, "snapshots"))[0]?.data.snapshot ?? {};
}

let lastId = 0;

/** Says something over the port and waits for the answer to it. */
async function say(player: Frame | Page, message: object): Promise<Remembered["heard"][number]> {
  lastId += 1;
  await player.evaluate((said) => (window as unknown as Remembered).say(said), { id: lastId, ...message });
  const answer = await player.waitForFunction(
    (id) => (window as unknown as Remembered).heard.find((heard) => heard.id === id),
    lastId,
  );
  return answer.jsonValue() as Promise<Remembered["heard"][number]>;
}

function report(player: Frame | Page, rollup: Partial<Rollup>, changes: object = {}) {
  const message = { type: "report", rollup: { ...ROLLUP, ...rollup }, marker: "tg1.attempt", silent: false };
  return say(player, { ...message, ...changes });
}

/** What was stored since, by element, without "cmi.". */
async function storedBy(page: Page): Promise<Record<string, unknown>> {
  const calls = await remembered(page, "calls");
  const sets = calls.filter(([method]) => method === "SetValue");
  return Object.fromEntries(sets.map(([, element, value]) => [element?.replace("cmi.", ""), value]));
}

function failCommits(page: Page, fail: boolean): Promise<void> {
  return page.evaluate((value) => {
    (window as unknown as Remembered).failCommits = value;
  }, fail);
}

function removeFrame(page: Page): Promise<void> {
  return page.evaluate(() => document.getElementById("content")?.remove());
}

async function methodsCalled(page: Page): Promise<(string | undefined)[]> {
  return (await remembered(page, "calls")).map(([method]) => method);
}

describe("finding the API", () => {
  test("up the parents, through a page of another origin", async () => {
    const hop = lms.page(`<iframe src="${lms.wrapperUrl("scorm12")}"></iframe>`, lms.otherOrigin);
    const page = await open(lms.lmsPage({ ...API_12, values: { "cmi.core.student_id": "ana" } }, hop));
    expect(await snapshotOf(await playerOf(page))).toMatchObject({ api: "1.2", learner_id: "ana" });
  });

  test("in the window that opened it", async () => {
    const page = await open(lms.lmsPage({ ...API_2004, values: { "cmi.learner_id": "ana" } }, "about:blank"));
    const popup = context.waitForEvent("page");
    await page.evaluate((url) => void window.open(url), lms.wrapperUrl("scorm2004-4"));
    expect(await snapshotOf(await playerOf(await popup))).toMatchObject({ api: "2004", learner_id: "ana" });
  });

  test.each([
    ["scorm12", API_2004, "2004"],
    ["scorm2004-3", API_12, "1.2"],
    ["scorm12", { apis: ["API_1484_11", "API"] }, "1.2"],
    ["scorm2004-4", { apis: ["API", "API_1484_11"] }, "2004"],
  ] as const)("a %s package where the page has %j takes %s", async (format, options, api) => {
    const player = await playerOf(await openInLms(options, format));
    expect(await snapshotOf(player)).toMatchObject({ api, format, initialized: true, error: "" });
  });

  test("waits for an API that comes late", async () => {
    const player = await playerOf(await openInLms({ ...API_12, late: 1000 }, "scorm12"));
    expect(await snapshotOf(player)).toMatchObject({ api: "1.2" });
  });

  test("says so where there is none, and reports are answered all the same", async () => {
    const player = await playerOf(await openInLms({ apis: [] }, "scorm12"));
    expect(await snapshotOf(player)).toMatchObject({
      api: "",
      initialized: false,
      learner_id: "",
      suspend_data: "",
    });
    expect(await report(player, {})).toMatchObject({
      ok: false,
      errors: [{ element: "api", code: "missing" }],
    });
  });

  test.each([["103"], ["101"]])(
    "goes on where Initialize fails with %s, as after an earlier one",
    async (code) => {
      const page = await openInLms({ ...API_2004, initializeError: code }, "scorm2004-4");
      const player = await playerOf(page);
      expect(await snapshotOf(player)).toMatchObject({ initialized: false, error: code });
      expect(await report(player, { completion: "completed" })).toMatchObject({ ok: true, errors: [] });
    },
  );
});

describe("the snapshot", () => {
  test("holds what a SCORM 1.2 LMS says, as text whatever its type", async () => {
    const page = await openInLms(
      {
        ...API_12,
        values: {
          "cmi.core.student_id": 4711,
          "cmi.core.student_name": "Bär, Ana",
          "cmi.core.entry": "resume",
          "cmi.core.lesson_mode": "normal",
          "cmi.core.credit": "credit",
          "cmi.core.lesson_status": "incomplete",
          "cmi.core.score.raw": 0,
          "cmi.core.score.min": null,
          "cmi.core.lesson_location": "p 3",
          "cmi.student_data.mastery_score": "80",
          "cmi.suspend_data": "tg1.x",
          "cmi.student_preference.audio": "-1",
          "cmi.student_preference.language": "de",
        },
      },
      "scorm12",
    );
    const player = await playerOf(page);
    expect(await snapshotOf(player)).toEqual({
      wrapper: 2,
      format: "scorm12",
      api: "1.2",
      initialized: true,
      error: "",
      learner_id: "4711",
      learner_name: "Bär, Ana",
      entry: "resume",
      mode: "normal",
      credit: "credit",
      completion: "incomplete",
      success: "",
      score: { raw: "0", min: "", max: "", scaled: "" },
      mastery: "80",
      location: "p 3",
      suspend_data: "tg1.x",
      preferences: { audio: "-1", language: "de", speed: "", text: "" },
    });
    expect((await remembered(player, "snapshots"))[0]?.origin).toBe(lms.origin);
  });

  test("holds what a SCORM 2004 LMS says", async () => {
    const values = {
      "cmi.learner_id": "ana",
      "cmi.learner_name": "Ana",
      "cmi.entry": "ab-initio",
      "cmi.mode": "review",
      "cmi.credit": "no-credit",
      "cmi.completion_status": "completed",
      "cmi.success_status": "passed",
      "cmi.score.scaled": "0.9",
      "cmi.score.raw": "9",
      "cmi.score.min": "0",
      "cmi.score.max": "10",
      "cmi.scaled_passing_score": "0.8",
      "cmi.location": "p3",
      "cmi.suspend_data": "",
      "cmi.learner_preference.audio_level": "1",
      "cmi.learner_preference.language": "de",
      "cmi.learner_preference.delivery_speed": "2",
      "cmi.learner_preference.audio_captioning": "0",
    };
    const player = await playerOf(await openInLms({ ...API_2004, values }, "scorm2004-3"));
    expect(await snapshotOf(player)).toEqual({
      wrapper: 2,
      format: "scorm2004-3",
      api: "2004",
      initialized: true,
      error: "",
      learner_id: "ana",
      learner_name: "Ana",
      entry: "ab-initio",
      mode: "review",
      credit: "no-credit",
      completion: "completed",
      success: "passed",
      score: { raw: "9", min: "0", max: "10", scaled: "0.9" },
      mastery: "0.8",
      location: "p3",
      suspend_data: "",
      preferences: { audio: "1", language: "de", speed: "2", text: "0" },
    });
  });
});

test("a report, in SCORM 1.2, has every value as that standard knows it", async () => {
  const page = await openInLms(API_12, "scorm12");
  const player = await playerOf(page);
  const storedAfter = async (rollup: Partial<Rollup>) => {
    expect(await report(player, rollup)).toMatchObject({ type: "reported", ok: true, errors: [] });
    const { "cmi.core.lesson_status": status, ...values } = await remembered(page, "values");
    const { "cmi.core.score.raw": raw, "cmi.core.score.min": min, "cmi.core.score.max": max } = values;
    return { status, score: [raw, min, max].join(" "), ...values };
  };
  const score = (raw: number | null, min: number | null, max: number | null, scaled: number | null) =>
    storedAfter({ score: { raw, min, max, scaled } }).then((stored) => stored.score);

  expect(await storedAfter({ completion: "not attempted" })).toEqual({
    score: "  ",
    "cmi.core.exit": "suspend",
    "cmi.suspend_data": "tg1.attempt",
    "cmi.core.session_time": "0000:00:00.00",
  });
  expect(await storedAfter({ session_seconds: 3723.9 })).toMatchObject({
    status: "incomplete",
    "cmi.core.session_time": "0001:02:03.00",
  });
  // One status for two: passed and failed win over completed and incomplete.
  expect(await storedAfter({ success: "passed" })).toMatchObject({ status: "passed" });
  expect(await storedAfter({ success: "failed", completion: "completed" })).toMatchObject({
    status: "failed",
  });
  expect(await storedAfter({ completion: "completed" })).toMatchObject({ status: "completed" });
  // Raw scores as set where they lie between 0 and 100, else as per cent.
  expect(await score(8, 0, 10, 0.8)).toBe("8 0 10");
  expect(await score(null, null, null, 0.855)).toBe("85.5 0 100");
  expect(await score(850, 500, 1000, null)).toBe("70 0 100");
  expect(await score(-5, -10, 10, -0.5)).toBe("0 0 100");
  // A location of 255 characters at most, no half ones.
  expect(await storedAfter({ location: `${"a".repeat(254)}😀` })).toMatchObject({
    "cmi.core.lesson_location": "a".repeat(254),
  });
  expect((await methodsCalled(page)).at(-1)).toBe("Commit");
});

test("a report, in SCORM 2004, has every value in a place of its own", async () => {
  const page = await openInLms(API_2004, "scorm2004-4");
  const score = { scaled: 0.8, raw: 8, min: 0, max: 10 };
  const said = {
    completion: "completed",
    success: "passed",
    progress: 1,
    location: "x".repeat(1001),
  } as const;
  await report(await playerOf(page), { ...said, score, session_seconds: 3723 });
  expect(await storedBy(page)).toEqual({
    exit: "suspend",
    suspend_data: "tg1.attempt",
    location: "x".repeat(1000),
    "score.scaled": "0.8",
    "score.raw": "8",
    "score.min": "0",
    "score.max": "10",
    progress_measure: "1",
    success_status: "passed",
    completion_status: "completed",
    session_time: "PT1H2M3S",
  });
});

describe("a report", () => {
  test("writes only what has changed since the last", async () => {
    const page = await openInLms(API_12, "scorm12");
    const player = await playerOf(page);
    await report(player, { location: "a" });
    await page.evaluate(() => (window as unknown as Remembered).calls.splice(0));
    await report(player, { location: "b" });
    expect(await remembered(page, "calls")).toEqual([
      ["SetValue", "cmi.core.lesson_location", "b"],
      ["Commit", ""],
    ]);
  });

  test("that is silent writes neither status nor score", async () => {
    const page = await openInLms(API_2004, "scorm2004-4");
    const all = { completion: "completed", success: "passed", progress: 1, location: "a" } as const;
    await report(
      await playerOf(page),
      { ...all, score: { scaled: 1, raw: 1, min: 0, max: 1 } },
      { silent: true },
    );
    expect(Object.keys(await storedBy(page)).sort()).toEqual([
      "exit",
      "location",
      "session_time",
      "suspend_data",
    ]);
  });

  test("whose marker the LMS refuses stores the rest, and is not good", async () => {
    const page = await openInLms({ ...API_12, refuses: { "cmi.suspend_data": "405" } }, "scorm12");
    const answer = await report(await playerOf(page), { completion: "completed", location: "a" });
    expect(answer).toMatchObject({ ok: false, errors: [{ element: "cmi.suspend_data", code: "405" }] });
    expect(await storedBy(page)).toMatchObject({
      "core.lesson_status": "completed",
      "core.lesson_location": "a",
    });
  });

  test("whose score the LMS refuses is good, for the marker is safe, and tries the score again", async () => {
    const page = await openInLms({ ...API_2004, refuses: { "cmi.score.raw": "351" } }, "scorm2004-3");
    const player = await playerOf(page);
    for (const _ of [1, 2])
      expect(await report(player, { score: { scaled: 1, raw: 1, min: null, max: null } })).toMatchObject({
        ok: true,
        errors: [{ element: "cmi.score.raw", code: "351" }],
      });
  });

  test("that the LMS can't commit is not good; the next one commits though nothing changed", async () => {
    const page = await openInLms(API_12, "scorm12");
    const player = await playerOf(page);
    await failCommits(page, true);
    expect(await report(player, {})).toMatchObject({
      ok: false,
      errors: [{ element: "commit", code: "391" }],
    });
    await failCommits(page, false);
    expect(await report(player, {})).toMatchObject({ ok: true, errors: [] });
  });

  test("to an LMS that throws in every method is answered, and nothing escapes", async () => {
    const page = await openInLms({ ...API_12, throws: true }, "scorm12");
    const player = await playerOf(page);
    expect(await snapshotOf(player)).toMatchObject({
      api: "1.2",
      initialized: false,
      error: "exception",
      learner_id: "",
    });
    const answer = await report(player, {});
    expect(answer.ok).toBe(false);
    expect(answer.errors).toContainEqual({ element: "cmi.suspend_data", code: "exception" });
    expect(answer.errors).toContainEqual({ element: "commit", code: "exception" });
    await page.goto("about:blank");
  });
});

describe("a denial", () => {
  test.each([
    ["not attempted", { "core.lesson_status": "incomplete", "core.exit": "suspend" }],
    ["passed", { "core.exit": "suspend" }],
  ])("of a learner whose status is %s", async (status, expected) => {
    const page = await openInLms({ ...API_12, values: { "cmi.core.lesson_status": status } }, "scorm12");
    expect(await say(await playerOf(page), { type: "denied" })).toMatchObject({ type: "reported", ok: true });
    expect(await storedBy(page)).toEqual(expected);
  });

  test("in SCORM 2004 makes unknown incomplete, and closing adds nothing but the end", async () => {
    const page = await openInLms(
      { ...API_2004, values: { "cmi.completion_status": "unknown" } },
      "scorm2004-4",
    );
    await say(await playerOf(page), { type: "denied" });
    await removeFrame(page);
    expect(await storedBy(page)).toEqual({ completion_status: "incomplete", exit: "suspend" });
    expect((await methodsCalled(page)).slice(-2)).toEqual(["Commit", "Terminate"]);
  });
});

describe("finish", () => {
  test("writes, commits and ends the session once; later messages are ignored", async () => {
    const page = await openInLms(API_12, "scorm12");
    const player = await playerOf(page);
    const rollup = { ...ROLLUP, success: "passed" };
    const answer = await say(player, { type: "finish", rollup, marker: "tg1.attempt", silent: false });
    expect(answer).toMatchObject({ type: "finished", ok: true, errors: [] });
    await player.evaluate((late) => (window as unknown as Remembered).say(late), { type: "denied", id: 0 });
    await removeFrame(page);
    expect((await methodsCalled(page)).filter((method) => method !== "SetValue")).toEqual([
      "Initialize",
      "Commit",
      "Finish",
    ]);
    expect(await storedBy(page)).toMatchObject({ "core.lesson_status": "passed", "core.exit": "suspend" });
  });

  test("ends the session even where the commit failed", async () => {
    const page = await openInLms({ ...API_12, refuses: { "cmi.core.exit": "401" } }, "scorm12");
    const player = await playerOf(page);
    await failCommits(page, true);
    const answer = await say(player, { type: "finish", rollup: ROLLUP, marker: "m", silent: false });
    expect(answer).toMatchObject({ type: "finished", ok: false });
    expect((await methodsCalled(page)).at(-1)).toBe("Finish");
  });
});

describe("never ends a session on not attempted", () => {
  test("a page closed before anything happened leaves it incomplete", async () => {
    const values = { "cmi.core.lesson_status": "not attempted" };
    const page = await openInLms({ ...API_12, values }, "scorm12");
    await playerOf(page);
    await removeFrame(page);
    expect(await remembered(page, "calls")).toEqual([
      ["Initialize", ""],
      ["SetValue", "cmi.core.exit", "suspend"],
      ["SetValue", "cmi.core.lesson_status", "incomplete"],
      ["Commit", ""],
      ["Finish", ""],
    ]);
  });

  test.each([
    ["the LMS refuses another status", { "cmi.core.lesson_status": "403" }, false],
    ["no status may be written", {}, true],
  ])("where %s the session stays open", async (_, refuses, silent) => {
    const values = { "cmi.core.lesson_status": "not attempted" };
    const page = await openInLms({ ...API_12, values, refuses }, "scorm12");
    await report(await playerOf(page), { completion: "not attempted" }, { silent });
    await removeFrame(page);
    expect(await methodsCalled(page)).not.toContain("Finish");
    expect((await remembered(page, "values"))["cmi.core.lesson_status"]).toBe("not attempted");
  });
});

describe("a page closed before the player reported", () => {
  const ENTRY = { scorm12: "cmi.core.entry", "scorm2004-4": "cmi.entry" } as const;
  const STATUS = { scorm12: "cmi.core.lesson_status", "scorm2004-4": "cmi.completion_status" } as const;
  const EXIT = { scorm12: "cmi.core.exit", "scorm2004-4": "cmi.exit" } as const;
  const HELD = { "cmi.suspend_data": "tg1.attempt" };

  describe.each([
    ["scorm12", API_12],
    ["scorm2004-4", API_2004],
  ] as const)("of %s", (format, api) => {
    async function setWhenClosed(values: Readonly<Record<string, string>>) {
      const page = await openInLms({ ...api, values }, format);
      await playerOf(page);
      await removeFrame(page);
      const calls = await remembered(page, "calls");
      expect(calls.at(-1)?.[0]).toMatch(/^(Finish|Terminate)$/);
      return calls.filter(([method]) => method === "SetValue").map(([, element, value]) => [element, value]);
    }

    test.each(["incomplete", "completed"])(
      "suspends what the LMS holds, and leaves it %s",
      async (status) => {
        for (const entry of ["resume", ""])
          expect(await setWhenClosed({ ...HELD, [ENTRY[format]]: entry, [STATUS[format]]: status })).toEqual([
            [EXIT[format], "suspend"],
          ]);
      },
    );

    test("suspends it where the LMS says ab-initio of it, too", async () => {
      expect(
        await setWhenClosed({ ...HELD, [ENTRY[format]]: "ab-initio", [STATUS[format]]: "incomplete" }),
      ).toEqual([[EXIT[format], "suspend"]]);
    });

    test("suspends nothing where there is nothing: an LMS that has reset the attempt says so again", async () => {
      expect(await setWhenClosed({ [ENTRY[format]]: "ab-initio", [STATUS[format]]: "incomplete" })).toEqual(
        [],
      );
    });
  });

  test("has suspended it in time for an LMS that saves with synchronous requests", async () => {
    const values = { ...HELD, "cmi.entry": "resume", "cmi.completion_status": "incomplete" };
    const page = await openInLms({ ...API_2004, values, synchronous: true }, "scorm2004-4");
    await (await playerOf(page)).getByText("Player").click();
    await page.goto(lms.slowPage);
    expect(await eventually(() => lms.saves[0])).toMatchObject({
      method: "Commit",
      values: { ...HELD, "cmi.exit": "suspend" },
    });
  });
});

describe("closing, where the LMS saves with synchronous requests", () => {
  const waysToClose: [string, (page: Page) => Promise<unknown>][] = [
    ["the frame is removed", removeFrame],
    ["the LMS goes elsewhere", (page) => page.goto(lms.slowPage)],
    ["the tab is closed", (page) => page.close({ runBeforeUnload: true })],
  ];

  /** A page whose LMS could not save the last report until now. */
  async function withUnsavedReport(): Promise<Page> {
    const page = await openInLms({ ...API_12, synchronous: true }, "scorm12");
    const player = await playerOf(page);
    await failCommits(page, true);
    const rollup = { success: "passed", location: "end", session_seconds: 60 } as const;
    expect(await report(player, rollup)).toMatchObject({ ok: false });
    await failCommits(page, false);
    return page;
  }

  test.each(waysToClose)("%s: what no commit had saved yet is saved", async (_, close) => {
    await close(await withUnsavedReport());
    expect(await eventually(() => lms.saves[0])).toEqual({
      method: "Commit",
      values: {
        "cmi.core.lesson_status": "passed",
        "cmi.core.lesson_location": "end",
        "cmi.suspend_data": "tg1.attempt",
        "cmi.core.exit": "suspend",
        "cmi.core.session_time": expect.stringMatching(/^0000:0[1-9]:/),
      },
    });
  });

  test("the frame is removed: the session ends in a task of the LMS's page, after the commit", async () => {
    const page = await withUnsavedReport();
    await removeFrame(page);
    await eventually(() => lms.saves[1]);
    expect(lms.saves.map((save) => save.method)).toEqual(["Commit", "Finish"]);
  });

  test("a learner who stays after all goes on as before", async () => {
    const page = await openInLms({ ...API_12, synchronous: true }, "scorm12");
    const player = await playerOf(page);
    await report(player, { location: "a" });
    await player.evaluate(() => window.addEventListener("beforeunload", (event) => event.preventDefault()));
    await player.getByText("Player").click();
    const asked = page.waitForEvent("dialog");
    await page.evaluate(() => setTimeout(() => window.location.assign("about:blank")));
    await (await asked).dismiss();
    await player.waitForFunction(() =>
      (window as unknown as Remembered).heard.some(({ type }) => type === "leaving"),
    );
    expect(await report(player, { location: "b" })).toMatchObject({ ok: true });
    expect((await remembered(page, "values"))["cmi.core.lesson_location"]).toBe("b");
    expect(await methodsCalled(page)).not.toContain("Finish");
  });

  test("a page that comes back from the back/forward cache opens a session of its own", async () => {
    const page = await openInLms({ ...API_12, values: { "cmi.core.entry": "ab-initio" } }, "scorm12");
    const nonce = async (player: Frame) => (await remembered(player, "snapshots"))[0]?.data.nonce;
    const before = await nonce(await playerOf(page));
    const wrapper = await frameAt(page, lms.wrapperUrl("scorm12"));
    const reloaded = page.waitForEvent("framenavigated", (frame) => frame.url().startsWith(lms.playerOrigin));
    await wrapper.evaluate(() => {
      window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    });
    await reloaded;
    expect(await nonce(await playerOf(page))).not.toBe(before);
    expect((await methodsCalled(page)).filter((method) => method !== "Commit")).toEqual([
      "Initialize",
      "Finish",
      "Initialize",
    ]);
  });
});

describe("hello", () => {
  const HELLO = { tallygate: 1, type: "hello" };

  /** A hello from another window, and how many snapshots that window has got a moment later. */
  async function helloFrom(where: Frame | Page, path: "parent" | "content" | "grandparent", nonce: string) {
    await where.evaluate(
      ({ to, message }) => {
        const got = window as unknown as { stolen: unknown[] };
        got.stolen = [];
        window.addEventListener("message", (event) => got.stolen.push(event.data));
        const frame = document.getElementById("content") as HTMLIFrameElement | null;
        const target = {
          parent: window.parent,
          content: frame?.contentWindow,
          grandparent: window.parent.parent,
        }[to];
        target?.postMessage(message, "*");
      },
      { to: path, message: { ...HELLO, nonce, page: "another" } },
    );
  }

  const stolenBy = (where: Frame | Page) =>
    where.evaluate(() => (window as unknown as { stolen: unknown[] }).stolen);

  test("is answered to the player alone: right window, right origin, right nonce", async () => {
    const page = await openInLms(API_12, "scorm12", "mute");
    const player = await frameAt(page, lms.playerOrigin);
    await player.waitForFunction(() => "hello" in window);
    const nonce = new URL(player.url()).hash.slice(1);
    expect(nonce).toMatch(/^[\w-]{21}[AQgw]$/);
    const inner = await framedBy(player, lms.playerOrigin);

    await helloFrom(page, "content", nonce);
    await helloFrom(inner, "grandparent", nonce);
    await player.evaluate(() => {
      const { hello } = window as unknown as Remembered;
      hello({ nonce: "AAAAAAAAAAAAAAAAAAAAAA" });
      hello({ tallygate: 2 });
      hello({ type: "hi" });
    });
    // The right one last: what was ignored before it would have been answered before it.
    await player.evaluate(() => (window as unknown as Remembered).hello());
    await answered(player);
    expect(await remembered(player, "snapshots")).toHaveLength(1);
    expect(await stolenBy(page)).toEqual([]);
    expect(await stolenBy(inner)).toEqual([]);
  });

  /** A frame inside the player, of the player's origin. */
  async function framedBy(player: Frame, address: string): Promise<Frame> {
    await player.evaluate((url) => {
      const frame = document.createElement("iframe");
      frame.src = url;
      document.body.append(frame);
    }, `${address}/play/mute#none`);
    await player.waitForFunction(() => window.frames.length === 1);
    const [inner] = player.childFrames();
    if (inner === undefined) throw new Error("the frame did not open");
    await inner.waitForLoadState();
    return inner;
  }

  test("is not answered to another page in the player's frame", async () => {
    const page = await openInLms(API_12, "scorm12", "mute");
    const player = await frameAt(page, lms.playerOrigin);
    const nonce = new URL(player.url()).hash.slice(1);
    await player.goto(lms.page("<p>elsewhere", lms.otherOrigin));
    await helloFrom(player, "parent", nonce);
    await player.goto(`${lms.playerOrigin}/play/other#${nonce}`);
    await answered(player);
    expect(await remembered(player, "snapshots")).toHaveLength(1);
  });

  test("is answered once, and once more when the player was loaded again", async () => {
    const page = await openInLms(API_12, "scorm12");
    const player = await playerOf(page);
    await player.evaluate(() => (window as unknown as Remembered).hello());
    await report(player, {});
    expect(await remembered(player, "snapshots")).toHaveLength(1);
    await player.evaluate(() => window.location.reload());
    await player.waitForFunction(() => (window as unknown as Remembered).heard?.length === 0);
    await answered(player);
    expect(await snapshotOf(player)).toMatchObject({ suspend_data: "tg1.attempt" });
    expect(await report(player, { location: "after" })).toMatchObject({ ok: true });
  });
});

describe("the frame", () => {
  test("fills the page, may go full screen, has a name and the focus", async () => {
    const page = await openInLms(API_12, "scorm12");
    await playerOf(page);
    const wrapper = await frameAt(page, lms.wrapperUrl("scorm12"));
    const seen = await wrapper.evaluate(() => {
      const frame = document.querySelector("iframe") as HTMLIFrameElement;
      const { scrollHeight, scrollWidth } = document.documentElement;
      return {
        title: frame.title,
        pageTitle: document.title,
        fullscreen: frame.allowFullscreen && /fullscreen/.test(frame.allow),
        autoplay: /autoplay/.test(frame.allow),
        size: [frame.clientWidth, frame.clientHeight],
        page: [scrollWidth, scrollHeight],
        focused: document.activeElement === frame,
      };
    });
    expect(seen).toEqual({
      title: "Kitchen safety",
      pageTitle: "Kitchen safety",
      fullscreen: true,
      autoplay: true,
      size: [800, 600],
      page: [800, 600],
      focused: true,
    });
  });
});

test("a player that can't be framed opens in a window, by a click, in the learner's language", async () => {
  const page = await openInLms({ ...API_12, values: { "cmi.core.student_id": "ana" } }, "scorm12", "mute");
  const wrapper = await frameAt(page, lms.wrapperUrl("scorm12", "mute"));
  const button = wrapper.getByRole("button", { name: "Kurs in neuem Fenster öffnen" });
  await button.waitFor({ timeout: 20_000 });

  await wrapper.evaluate(() => {
    const real = window.open;
    window.open = () => {
      window.open = real;
      return null;
    };
  });
  await button.click();
  await wrapper.getByText("Das Fenster wurde blockiert.").waitFor();

  const opening = context.waitForEvent("page");
  await button.click();
  const popup = await opening;
  await answered(popup);
  expect(await snapshotOf(popup)).toMatchObject({ learner_id: "ana" });
  await wrapper.getByText("Der Kurs ist in einem anderen Fenster offen.").waitFor();
  expect(await report(popup, { location: "a" })).toMatchObject({ ok: true });

  const nonce = new URL(popup.url()).hash;
  await popup.close();
  const openingAgain = context.waitForEvent("page");
  await button.click();
  const again = await openingAgain;
  await answered(again);
  expect(new URL(again.url()).hash).not.toBe(nonce);
  expect(await snapshotOf(again)).toMatchObject({ suspend_data: "tg1.attempt" });

  await say(again, { type: "finish", rollup: ROLLUP, marker: "tg1.attempt", silent: false });
  const closed = again.waitForEvent("close");
  await again.evaluate(() => (window as unknown as Remembered).say({ type: "close" }));
  await closed;
});

async function eventually<T>(found: () => T | undefined): Promise<T> {
  for (;;) {
    const value = found();
    if (value !== undefined) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
