/** The player in a real browser, between a fake wrapper and a fake gateway (docs/bridge.md, DESIGN §5). */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from "playwright-core";
import type { LaunchDenied, Rollup } from "../../src/core/bridge.ts";
import { type Delivery, FakeGateway } from "../support/player/fakeGateway.ts";
import { FakeWrapper, type WrapperWindow } from "../support/player/fakeWrapper.ts";
import {
  call,
  eventually,
  get,
  heard,
  initialized,
  lastReport,
  relaunch,
  type Start,
  scoIn,
  set,
  start,
  wrapperUrl,
} from "../support/player/playing.ts";
import { type ScoOptions, type ScoWindow, scoPage } from "../support/player/scos.ts";
import { course, leaf } from "../support/player/structures.ts";

const gateway = new FakeGateway();
const lms = new FakeWrapper();
let browser: Browser;
let context: BrowserContext;
let errors: string[];
let keys = 0;

beforeAll(async () => {
  const built = spawnSync(process.execPath, [join(import.meta.dirname, "../../scripts/build.mjs"), "--client"]);
  expect(built.stderr.toString()).toBe("");
  await Promise.all([gateway.start(), lms.start()]);
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser.close();
  await Promise.all([gateway.stop(), lms.stop()]);
});
beforeEach(async () => {
  errors = [];
  context = await browser.newContext({ locale: "en-GB" });
  watch(context);
});
afterEach(async () => {
  await context.close();
  expect(errors).toEqual([]);
});

function watch(of: BrowserContext): void {
  of.on("weberror", (problem) => errors.push(String(problem.error())));
  of.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) errors.push(message.text());
  });
}

const newKey = () => {
  keys += 1;
  return `delivery-${keys}`;
};

/** A course of one SCO. */
function single(options: ScoOptions): Delivery {
  return {
    structure: course(options.standard === "1.2" ? "scorm12" : "scorm2004-4", [leaf("one")]),
    files: { "one.html": scoPage(options) },
  };
}

const STARTED: Rollup = {
  completion: "incomplete",
  success: "unknown",
  score: { scaled: null, raw: null, min: null, max: null },
  progress: null,
  location: "",
  session_seconds: 0,
};

const play = (delivery: Delivery, options?: Start, key = newKey()) => start(context, gateway, lms, key, delivery, options);


const REFUSAL: LaunchDenied = {
  outcome: "denied",
  code: "no_seats_left",
  reference: "K7-QX42",
  retry_after_seconds: null,
  language: "en",
  title: "No places left",
  reason: "All places for this <b>course</b> are taken.",
  next_step: "Ask your administrator for another place.",
};

const byRole = (frame: Frame | Page, role: "heading" | "button" | "dialog", name: string | RegExp) =>
  frame.getByRole(role, { name });

describe("opening", () => {
  test("a course of one SCO loads, runs, is saved and reported", async () => {
    const { page, player, attempt } = await play(single({ standard: "1.2" }));
    const sco = await scoIn(page, "one.html");
    expect(await initialized(sco)).toBe("true");
    expect(await get(sco, "cmi.core.student_id")).toBe("learner-1");
    expect(await get(sco, "cmi.core.entry")).toBe("ab-initio");
    expect(await set(sco, "cmi.core.lesson_status", "passed")).toBe("true");
    expect(await set(sco, "cmi.core.lesson_status", "perfect")).toBe("false");
    expect(await set(sco, "cmi.core.score.raw", "80")).toBe("true");
    await eventually(() => expect(attempt.value("one", "cmi.core.score.raw")).toBe("80"));
    expect(attempt.value("one", "cmi.core.lesson_status")).toBe("passed");
    await eventually(async () =>
      expect((await lastReport(page)).rollup).toMatchObject({ completion: "completed", success: "passed" }),
    );
    expect((await lastReport(page)).marker).toMatch(/^tg1\./);
    await eventually(() => expect(attempt.kept.some((kept) => kept.marker_acknowledged)).toBe(true));
    await player.getByText(/^Saved \d\d:\d\d$/).waitFor();
    expect(await player.locator(".saved").getAttribute("title")).toMatch(/\d{4} at .* (UTC|GMT|[A-Z]{2,4})/);
  });

  test("without a wrapper the page says where the course is opened", async () => {
    gateway.offer("alone", single({ standard: "1.2" }));
    const page = await context.newPage();
    await page.goto(`${gateway.origin}/play/alone`);
    await byRole(page, "heading", "Open this course from your learning platform").waitFor();
  });

  test("a denial says why, as text, tells the LMS, and is asked again by itself where that may help", async () => {
    const key = newKey();
    gateway.denials.set(key, [{ ...REFUSAL, retry_after_seconds: 2 }]);
    const { page, player } = await play(single({ standard: "1.2" }), {}, key);
    await byRole(player, "heading", "No places left").waitFor();
    await player.getByText("All places for this <b>course</b> are taken.").waitFor();
    await player.getByText("K7-QX42").waitFor();
    await eventually(async () => expect((await heard(page)).map(({ type }) => type)).toEqual(["denied"]));
    await scoIn(page, "one.html");
  });

  test("an unavailable gateway is asked again until it answers", async () => {
    gateway.failLaunches = 1;
    const { page, player } = await play(single({ standard: "1.2" }));
    await byRole(player, "heading", "The course can't be reached right now").waitFor();
    await scoIn(page, "one.html");
  });

  test("what the LMS was last told is told again before the course loads; a hanging LMS holds it up for 5 s at most", async () => {
    const key = newKey();
    const attempt = gateway.offer(key, single({ standard: "1.2" }));
    attempt.rollup = { ...STARTED, completion: "completed", success: "passed" };
    const { page } = await relaunch(context, gateway, lms, key, { lms: "hangs" });
    await eventually(async () => expect((await lastReport(page)).rollup.success).toBe("passed"));
    expect(page.frames().some((frame) => frame.url().includes("/c/"))).toBe(false);
    await scoIn(page, "one.html");
  });

  test("a review is silent to the LMS", async () => {
    const { page } = await play({ ...single({ standard: "1.2" }), mode: "review", credit: "no-credit" });
    const sco = await scoIn(page, "one.html");
    expect(await get(sco, "cmi.core.lesson_mode")).toBe("review");
    expect((await lastReport(page)).silent).toBe(true);
  });

  test("in a window of its own it speaks to its opener, and closes it through the wrapper", async () => {
    const key = newKey();
    gateway.offer(key, single({ standard: "1.2" }));
    const page = await context.newPage();
    await page.goto(wrapperUrl(gateway, lms, key, { inWindow: true }));
    const [opened] = await Promise.all([page.waitForEvent("popup"), page.getByRole("button").click()]);
    await scoIn(opened, "one.html");
    await byRole(opened, "button", "Exit course").click();
    await byRole(opened, "button", "Close window").click();
    await eventually(async () => expect((await heard(page)).map(({ type }) => type)).toContain("close"));
  });
});

describe("resuming", () => {
  test.each(["1.2", "2004"] as const)("SCORM %s: state, entry and arrays come back after an abrupt end", async (standard) => {
    const is12 = standard === "1.2";
    const entry = is12 ? "cmi.core.entry" : "cmi.entry";
    const key = newKey();
    const { page, attempt } = await play(single({ standard }), {}, key);
    const sco = await scoIn(page, "one.html");
    await set(sco, "cmi.suspend_data", "chapter=3");
    await set(sco, "cmi.interactions.0.id", "q1");
    await set(sco, "cmi.interactions.0.type", "choice");
    await set(sco, "cmi.interactions.0.correct_responses.0.pattern", "a");
    await set(sco, is12 ? "cmi.core.lesson_location" : "cmi.location", "page-7");
    await eventually(() => expect(attempt.value("one", "cmi.interactions.0.id")).toBe("q1"));
    await page.close();

    const again = await relaunch(context, gateway, lms, key);
    const resumed = await scoIn(again.page, "one.html");
    expect(await get(resumed, entry)).toBe("resume");
    expect(await get(resumed, "cmi.suspend_data")).toBe("chapter=3");
    expect(await get(resumed, is12 ? "cmi.core.lesson_location" : "cmi.location")).toBe("page-7");
    expect(await get(resumed, "cmi.interactions._count")).toBe("1");
  });

  test("only the player reloaded: the same launch goes on, and later saves still win", async () => {
    const { page, player, attempt } = await play(single({ standard: "1.2" }));
    await set(await scoIn(page, "one.html"), "cmi.suspend_data", "before");
    await eventually(() => expect(attempt.value("one", "cmi.suspend_data")).toBe("before"));
    await player.evaluate(() => location.reload());
    await eventually(async () => expect(await get(await scoIn(page, "one.html"), "cmi.core.entry")).toBe("resume"));
    await set(await scoIn(page, "one.html"), "cmi.suspend_data", "after");
    await eventually(() => expect(attempt.value("one", "cmi.suspend_data")).toBe("after"));
    expect(attempt.launches).toHaveLength(1);
  });
});

describe("the SCORM 1.2 run-time", () => {
  test("null as an argument is taken as empty; after LMSFinish nothing more is taken", async () => {
    const { page, attempt } = await play(single({ standard: "1.2" }));
    const sco = await scoIn(page, "one.html");
    const finished = await sco.evaluate(() => {
      const api = (parent as unknown as { API: Record<string, (given: unknown, value?: unknown) => string> }).API;
      const { LMSFinish, LMSSetValue, LMSGetValue, LMSGetLastError } = api;
      return [
        LMSFinish?.(null),
        LMSSetValue?.("cmi.suspend_data", "late"),
        LMSGetLastError?.(""),
        LMSGetValue?.("cmi.suspend_data"),
      ];
    });
    expect(finished).toEqual(["true", "false", "301", ""]);
    // SCORM 1.2 RTE 3.4.2.1.7: finished without a status of its own.
    await eventually(() => expect(attempt.value("one", "cmi.core.lesson_status")).toBe("completed"));
    expect(attempt.value("one", "cmi.suspend_data")).toBeUndefined();
    expect(await sco.evaluate(() => document.title)).toBe("SCO");
    expect((await heard(page)).some(({ type }) => type === "finish")).toBe(false);
  });

  test("the LMS's mastery score decides passed or failed", async () => {
    const { page, attempt } = await play(single({ standard: "1.2" }), { snapshot: { mastery: "75" } });
    const sco = await scoIn(page, "one.html");
    expect(await get(sco, "cmi.student_data.mastery_score")).toBe("75");
    await set(sco, "cmi.core.score.raw", "74");
    await set(sco, "cmi.core.lesson_status", "completed");
    await call(sco, "finish");
    await eventually(() => expect(attempt.value("one", "cmi.core.lesson_status")).toBe("failed"));
    await eventually(async () => expect((await lastReport(page)).rollup.success).toBe("failed"));
  });

  test("time that runs out ends the SCO with a message", async () => {
    const delivery = single({ standard: "1.2" });
    const timed = leaf("one", { max_time_allowed: "0000:00:01", time_limit_action: "exit,message" });
    const { player } = await play({ ...delivery, structure: course("scorm12", [timed]) });
    await byRole(player, "heading", "Your time for this part is up").waitFor();
  });
});

describe("ending from inside", () => {
  test("the player's own button saves, finishes and says so calmly", async () => {
    const { page, player, attempt } = await play(
      single({ standard: "1.2", on: { unload: [["cmi.suspend_data", "at unload"]] }, finishOn: "unload" }),
    );
    const sco = await scoIn(page, "one.html");
    await set(sco, "cmi.core.lesson_status", "passed");
    await set(sco, "cmi.core.score.raw", "90");
    await byRole(player, "button", "Exit course").click();
    await byRole(player, "heading", "Your result has been saved").waitFor();
    await player.getByText("Passed").waitFor();
    await player.getByText("90%").waitFor();
    expect(attempt.value("one", "cmi.suspend_data")).toBe("at unload");
    expect(attempt.closed.size).toBe(1);
    const finish = (await heard(page)).find(({ type }) => type === "finish");
    expect(finish?.rollup).toMatchObject({ success: "passed", score: { raw: 90 } });
  });

  test("window.close() in the course ends it", async () => {
    const { page, player } = await play(single({ standard: "1.2" }));
    await (await scoIn(page, "one.html")).evaluate(() => window.close());
    await byRole(player, "heading", "Your result has been saved").waitFor();
  });

  test.each(["exitAll", "suspendAll", "exit", "abandonAll"])("SCORM 2004: %s ends a course of one SCO", async (request) => {
    const { page, player } = await play(single({ standard: "2004" }));
    const sco = await scoIn(page, "one.html");
    await set(sco, "cmi.score.scaled", "0.9");
    expect(await set(sco, "adl.nav.request", request)).toBe("true");
    expect(await call(sco, "finish")).toBe("true");
    await byRole(player, "heading", "Your result has been saved").waitFor();
    expect((await lastReport(page)).rollup.score.scaled).toBe(0.9);
  });

  test("a result that can't be saved at once is not claimed to be", async () => {
    const { page, player, attempt } = await play(single({ standard: "1.2" }));
    await set(await scoIn(page, "one.html"), "cmi.suspend_data", "kept");
    gateway.failKeeps = 2;
    await byRole(player, "button", "Exit course").click();
    await byRole(player, "heading", "Saving your result…").waitFor();
    await byRole(player, "heading", "Your result has been saved").waitFor();
    expect(attempt.value("one", "cmi.suspend_data")).toBe("kept");
  });
});

describe("saving", () => {
  test("trouble is shown, and what failed arrives with the next save", async () => {
    const { page, player, attempt } = await play(single({ standard: "1.2" }));
    const sco = await scoIn(page, "one.html");
    await eventually(() => expect(attempt.kept.length).toBeGreaterThan(0));
    gateway.failKeeps = 1;
    await set(sco, "cmi.suspend_data", "one");
    await call(sco, "commit");
    await player.getByText("Not saved yet, trying again…").waitFor();
    await set(sco, "cmi.core.lesson_location", "two");
    await eventually(() => expect(attempt.value("one", "cmi.core.lesson_location")).toBe("two"));
    expect(attempt.value("one", "cmi.suspend_data")).toBe("one");
    await player.getByText(/^Saved /).waitFor();
  });

  test("64,000 characters of three bytes each are saved at once", async () => {
    const { page, attempt } = await play(single({ standard: "2004" }));
    const sco = await scoIn(page, "one.html");
    const large = "語".repeat(64_000);
    expect(await set(sco, "cmi.suspend_data", large)).toBe("true");
    await eventually(() => expect(attempt.value("one", "cmi.suspend_data")).toBe(large));
  });
});

describe("closing", () => {
  const ENDINGS = {
    "tab closed": async (page: Page) => {
      await page.close({ runBeforeUnload: true });
    },
    "navigated away": async (page: Page) => {
      await page.goto(`${lms.origin}/elsewhere`);
    },
    "frame removed": async (page: Page) => {
      await page.evaluate(() => (window as unknown as WrapperWindow).removeFrame());
    },
  } as const;
  // No beforeunload comes with the removal of a frame (HTML, "destroy a document and its descendants").
  const MOMENTS: Readonly<Record<keyof typeof ENDINGS, readonly string[]>> = {
    "tab closed": ["load", "beforeunload", "pagehide", "unload"],
    "navigated away": ["load", "beforeunload", "pagehide", "unload"],
    "frame removed": ["load", "pagehide", "unload"],
  };
  const cases = Object.entries(MOMENTS).flatMap(([ending, moments]) =>
    moments.flatMap((moment) => (["1.2", "2004"] as const).map((standard) => ({ ending, moment, standard }))),
  );

  test.each(cases)("$ending: what SCORM $standard content saves in $moment arrives", async ({ ending, moment, standard }) => {
    const { page, attempt } = await play(
      single({ standard, on: { [moment]: [["cmi.suspend_data", `in ${moment}`]] }, finishOn: moment === "load" ? "unload" : moment }),
    );
    await (await scoIn(page, "one.html")).waitForLoadState("load");
    await ENDINGS[ending as keyof typeof ENDINGS](page);
    await eventually(() => expect(attempt.value("one", "cmi.suspend_data")).toBe(`in ${moment}`));
    await eventually(() => expect(attempt.closed.size).toBe(1));
    await eventually(() => expect(attempt.value("$course", "open_session")).toBe(""));
  });

  test("an onunload attribute of the body runs too", async () => {
    const body = "sco.set('cmi.suspend_data', 'from the body')";
    const { page, attempt } = await play(single({ standard: "1.2", bodyUnload: body }));
    await scoIn(page, "one.html");
    await page.close({ runBeforeUnload: true });
    await eventually(() => expect(attempt.value("one", "cmi.suspend_data")).toBe("from the body"));
  });

  test("more than a beacon holds, set in beforeunload, still arrives", async () => {
    const large = "語".repeat(40_000);
    const { page, attempt } = await play(
      single({ standard: "2004", on: { beforeunload: [["cmi.suspend_data", large]] } }),
    );
    await scoIn(page, "one.html");
    await page.goto(`${lms.origin}/elsewhere`);
    await eventually(() => expect(attempt.value("one", "cmi.suspend_data")).toBe(large));
  });

  test("many interactions set in pagehide go out in parts", async () => {
    const interactions = Array.from({ length: 300 }, (_, index) => [
      [`cmi.interactions.${index}.id`, `question-${index}-${"x".repeat(120)}`] as const,
      [`cmi.interactions.${index}.type`, "choice"] as const,
    ]).flat();
    const { page, attempt } = await play(single({ standard: "2004", on: { pagehide: interactions } }));
    await scoIn(page, "one.html");
    await page.close({ runBeforeUnload: true });
    await eventually(() => expect(attempt.value("one", "cmi.interactions.299.type")).toBe("choice"));
    await eventually(() => expect(attempt.value("one", "cmi.interactions.0.type")).toBe("choice"));
  });

  test("a hidden tab hands over what is unsaved, and is not closed by that", async () => {
    const { page, player, attempt } = await play(single({ standard: "1.2" }));
    const sco = await scoIn(page, "one.html");
    await eventually(() => expect(attempt.kept.length).toBeGreaterThan(0));
    await sco.evaluate(() => (window as unknown as ScoWindow).sco.set("cmi.suspend_data", "hidden"));
    await player.evaluate(() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await eventually(() =>
      expect(attempt.kept.some((kept) => kept.by_beacon && kept.changes?.["one"]?.["cmi.suspend_data"] === "hidden")).toBe(true),
    );
    expect(attempt.closed.size).toBe(0);
  });
});

describe("beats", () => {
  test("come as planned, each with the newest token, and once when something is due", async () => {
    const { page, attempt } = await play({
      ...single({ standard: "1.2" }),
      beat: { every_seconds: 60, due_in_seconds: 2 },
    });
    await scoIn(page, "one.html");
    const opened = Date.now();
    await eventually(() => expect(attempt.beats.length).toBeGreaterThan(0));
    expect(attempt.beats[0]?.token).not.toMatch(/\/0$/);
    expect(Date.now() - opened).toBeLessThan(2_500);
  });

  test("go on every second and stop with the launch", async () => {
    const { page, player, attempt } = await play({
      ...single({ standard: "1.2" }),
      beat: { every_seconds: 1, due_in_seconds: null },
    });
    await scoIn(page, "one.html");
    await eventually(() => expect(attempt.beats.length).toBeGreaterThan(2));
    await byRole(player, "button", "Exit course").click();
    await byRole(player, "heading", "Your result has been saved").waitFor();
    const after = attempt.beats.length;
    await page.waitForTimeout(1_500);
    expect(attempt.beats.length).toBe(after);
  });

  test("a stop ends the course, and says why", async () => {
    const { page, player, attempt } = await play({
      ...single({ standard: "1.2" }),
      beat: { every_seconds: 1, due_in_seconds: null },
    });
    await set(await scoIn(page, "one.html"), "cmi.core.lesson_location", "last");
    const { outcome: _, ...stop } = { ...REFUSAL, code: "delivery_revoked" as const, title: "Access was withdrawn" };
    gateway.next = { stop };
    await byRole(player, "heading", "Access was withdrawn").waitFor();
    expect(attempt.value("one", "cmi.core.lesson_location")).toBe("last");
    expect(page.frames().some((frame) => frame.url().includes("/c/"))).toBe(false);
    expect((await heard(page)).some(({ type }) => type === "finish")).toBe(true);
  });
});

describe("two tabs", () => {
  test("the second is told and may continue; the first saves, stops and is told", async () => {
    const key = newKey();
    const first = await play(single({ standard: "1.2" }), {}, key);
    await set(await scoIn(first.page, "one.html"), "cmi.core.lesson_location", "from the first");
    const second = await relaunch(context, gateway, lms, key);
    await byRole(second.player, "heading", "This course is open in another tab").waitFor();
    await set(await scoIn(first.page, "one.html"), "cmi.suspend_data", "just now");
    await byRole(second.player, "button", "Continue here").click();
    await byRole(first.player, "heading", "You continued this course in another window").waitFor();
    const sco = await scoIn(second.page, "one.html");
    expect(await get(sco, "cmi.suspend_data")).toBe("just now");
    expect(await get(sco, "cmi.core.entry")).toBe("resume");
  });

  test("a reload is not a second tab", async () => {
    const { page } = await play(single({ standard: "1.2" }));
    await scoIn(page, "one.html");
    gateway.elsewhere = true;
    await page.reload();
    const sco = await scoIn(page, "one.html");
    expect(await sco.parentFrame()?.getByRole("button", { name: "Dismiss" }).count()).toBe(0);
    gateway.elsewhere = false;
  });
});
