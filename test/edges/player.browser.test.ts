/** The player in a real browser, between a fake wrapper and a fake gateway (docs/bridge.md, DESIGN §5). */
import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from "playwright-core";
import type { LaunchDenied, Rollup } from "../../src/core/bridge.ts";
import type { Sequencing } from "../../src/core/course.ts";
import { type Delivery, FakeGateway, silence } from "../support/player/fakeGateway.ts";
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
import { course, group, leaf } from "../support/player/structures.ts";

const CHROMIUM = { executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] };
/** What Playwright switches off, and users have: the back/forward cache and the slowing of hidden tabs. */
const HIDING_FLAGS = [
  "--disable-back-forward-cache",
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

const gateway = new FakeGateway();
const lms = new FakeWrapper();
let browser: Browser;
let context: BrowserContext;
let errors: string[];
let keys = 0;

beforeAll(async () => {
  const built = spawnSync(process.execPath, [
    join(import.meta.dirname, "../../scripts/build.mjs"),
    "--client",
  ]);
  expect(built.stderr.toString()).toBe("");
  await Promise.all([gateway.start(), lms.start()]);
  browser = await chromium.launch(CHROMIUM);
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

const play = (delivery: Delivery, options?: Start, key = newKey()) =>
  start(context, gateway, lms, key, delivery, options);

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
    expect(await player.locator(".saved").getAttribute("title")).toMatch(/\d{4}, \d\d:\d\d:\d\d \S+/);
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

  test("a run-time whose script does not come at first is asked for again", async () => {
    gateway.failRuntimes = 2;
    const { page } = await play(single({ standard: "1.2" }));
    expect(await initialized(await scoIn(page, "one.html"))).toBe("true");
  });

  test("a run-time that does not come at all is said so, costs nobody a beat, and is tried again by a button", async () => {
    gateway.failRuntimes = "all";
    const beat = { every_seconds: 1, due_in_seconds: null };
    const { page, player, attempt } = await play({ ...single({ standard: "1.2" }), beat });
    await byRole(player, "heading", "The course can't be reached right now").waitFor();
    await page.waitForTimeout(1_500);
    expect(attempt.beats).toEqual([]);
    gateway.failRuntimes = 0;
    await byRole(player, "button", "Try again").click();
    expect(await initialized(await scoIn(page, "one.html"))).toBe("true");
    expect(attempt.launches).toHaveLength(1);
    await eventually(() => expect(attempt.beats).not.toEqual([]));
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
  test.each(["1.2", "2004"] as const)(
    "SCORM %s: state, entry and arrays come back after an abrupt end",
    async (standard) => {
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
    },
  );

  test("only the player reloaded: the same launch goes on, and later saves still win", async () => {
    const { page, player, attempt } = await play(single({ standard: "1.2" }));
    await set(await scoIn(page, "one.html"), "cmi.suspend_data", "before");
    await eventually(() => expect(attempt.value("one", "cmi.suspend_data")).toBe("before"));
    await player.evaluate(() => location.reload());
    await eventually(async () =>
      expect(await get(await scoIn(page, "one.html"), "cmi.core.entry")).toBe("resume"),
    );
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
      const api = (parent as unknown as { API: Record<string, (given: unknown, value?: unknown) => string> })
        .API;
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
    await (await scoIn(page, "one.html")).evaluate(() => void setTimeout(() => window.close()));
    await byRole(player, "heading", "Your result has been saved").waitFor();
  });

  test.each(["exitAll", "suspendAll", "exit", "abandonAll"])(
    "SCORM 2004: %s ends a course of one SCO",
    async (request) => {
      const { page, player } = await play(single({ standard: "2004" }));
      const sco = await scoIn(page, "one.html");
      await set(sco, "cmi.score.scaled", "0.9");
      expect(await set(sco, "adl.nav.request", request)).toBe("true");
      expect(await call(sco, "finish")).toBe("true");
      await byRole(player, "heading", "Your result has been saved").waitFor();
      expect((await lastReport(page)).rollup.score.scaled).toBe(0.9);
    },
  );

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

  const whatArrives = async (ending: keyof typeof ENDINGS, moment: string, standard: "1.2" | "2004") => {
    const sco = { standard, on: { [moment]: [["cmi.suspend_data", `in ${moment}`] as const] } };
    const finishOn = moment === "load" ? "unload" : moment;
    const { page, attempt } = await play(single({ ...sco, finishOn }));
    await (await scoIn(page, "one.html")).waitForLoadState("load");
    await ENDINGS[ending](page);
    await eventually(() => expect(attempt.value("one", "cmi.suspend_data")).toBe(`in ${moment}`));
    // Finished in the same handler: not taken for interrupted at the next launch.
    await eventually(() => expect(attempt.value("$course", "open_session")).toBe(""));
    await eventually(() => expect(attempt.closed.size).toBe(1));
  };

  const everyMoment = async (ending: keyof typeof ENDINGS) => {
    for (const moment of MOMENTS[ending])
      await Promise.all([whatArrives(ending, moment, "1.2"), whatArrives(ending, moment, "2004")]);
  };
  const endings = Object.keys(ENDINGS) as (keyof typeof ENDINGS)[];

  test.each(endings)("%s: what a course saves arrives, whenever it saves it", everyMoment);

  test.each(endings)("%s, in a browser without the flags of a test: the same", async (ending) => {
    await context.close();
    const plain = await chromium.launch({ ...CHROMIUM, ignoreDefaultArgs: HIDING_FLAGS });
    try {
      context = await plain.newContext({ locale: "en-GB" });
      watch(context);
      await everyMoment(ending);
    } finally {
      await plain.close();
    }
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
      expect(
        attempt.kept.some(
          (kept) => kept.by_beacon && kept.changes?.["one"]?.["cmi.suspend_data"] === "hidden",
        ),
      ).toBe(true),
    );
    expect(attempt.closed.size).toBe(0);
  });
});

describe("beats", () => {
  /** The course has opened and saved for the first time by then, which brings another token than the launch did. */
  const DUE_SECONDS = 5;

  test("come when something is due, long before the next one is planned, with the newest token", async () => {
    const started = Date.now();
    const { page, attempt } = await play({
      ...single({ standard: "1.2" }),
      beat: { every_seconds: 60, due_in_seconds: DUE_SECONDS },
    });
    await scoIn(page, "one.html");
    // A save that comes when it is due tells the gateway as much as a beat does.
    const heard = () => attempt.kept.find(({ at }) => at - started >= DUE_SECONDS * 1000);
    await eventually(() => expect(heard()).toBeDefined(), 20_000);
    expect(heard()?.token).not.toMatch(/\/0$/);
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
    const { outcome: _, ...stop } = {
      ...REFUSAL,
      code: "delivery_revoked" as const,
      title: "Access was withdrawn",
    };
    gateway.next = { stop };
    await byRole(player, "heading", "Access was withdrawn").waitFor();
    expect(attempt.value("one", "cmi.core.lesson_location")).toBe("last");
    expect(page.frames().some((frame) => frame.url().includes("/c/"))).toBe(false);
    expect((await heard(page)).some(({ type }) => type === "finish")).toBe(true);
  });
});

describe("where third-party cookies are blocked, and with them locks", () => {
  test("a second tab is told by a notice, and the first stops once the second has taken over", async () => {
    const key = newKey();
    const first = await play(
      { ...single({ standard: "1.2" }), beat: { every_seconds: 1, due_in_seconds: null } },
      {},
      key,
    );
    await scoIn(first.page, "one.html");
    gateway.elsewhere = true;
    const second = await relaunch(context, gateway, lms, key);
    await second.player.getByText("This course may also be open elsewhere.").waitFor();
    gateway.elsewhere = false;
    await byRole(second.player, "button", "Dismiss").click();
    await second.page.close({ runBeforeUnload: true });
    await eventually(() => expect(first.attempt.closed.has(1)).toBe(true));
    gateway.next = { superseded: true };
    await byRole(first.player, "heading", "You continued this course in another window").waitFor();
  });

  test("a course's storage works, in memory", async () => {
    const { page } = await play(single({ standard: "1.2" }));
    const sco = await scoIn(page, "one.html");
    expect(
      await sco.evaluate(() => {
        localStorage.setItem("page", "3");
        sessionStorage["mark"] = "x";
        return [
          localStorage.getItem("page"),
          localStorage.length,
          sessionStorage["mark"],
          localStorage.getItem("none"),
        ];
      }),
    ).toEqual(["3", 1, "x", null]);
  });
});

/** A browser with other settings than the one it comes with. */
async function withProfile(settings: object, run: (profile: BrowserContext) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "profile-"));
  await mkdir(join(folder, "Default"));
  await writeFile(join(folder, "Default/Preferences"), JSON.stringify({ profile: settings }));
  const profile = await chromium.launchPersistentContext(folder, {
    ...CHROMIUM,
    locale: "en-GB",
  });
  watch(profile);
  try {
    await run(profile);
  } finally {
    await profile.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

describe("where third-party cookies are allowed, and with them locks", () => {
  const ALLOWED = { cookie_controls_mode: 0 };

  test("a second tab is asked; the first saves, stops and is told. A reload is not a second tab", () =>
    withProfile(ALLOWED, async (profile) => {
      const key = newKey();
      const first = await start(profile, gateway, lms, key, single({ standard: "1.2" }));
      await set(await scoIn(first.page, "one.html"), "cmi.core.lesson_location", "from the first");
      const second = await relaunch(profile, gateway, lms, key);
      await byRole(second.player, "heading", "This course is open in another tab").waitFor();
      await set(await scoIn(first.page, "one.html"), "cmi.suspend_data", "just now");
      await byRole(second.player, "button", "Continue here").click();
      await byRole(first.player, "heading", "You continued this course in another window").waitFor();
      const sco = await scoIn(second.page, "one.html");
      expect(await get(sco, "cmi.suspend_data")).toBe("just now");
      expect(await get(sco, "cmi.core.entry")).toBe("resume");
      expect((await heard(first.page)).some(({ type }) => type === "finish")).toBe(true);

      gateway.elsewhere = true;
      await second.page.reload();
      const reloaded = await scoIn(second.page, "one.html");
      gateway.elsewhere = false;
      expect(await reloaded.parentFrame()?.getByRole("button", { name: "Dismiss" }).count()).toBe(0);
    }));
});

describe("with all cookies blocked", () => {
  test("a course launches, stores, scores, closes and resumes", () =>
    withProfile({ default_content_setting_values: { cookies: 2 } }, async (profile) => {
      const key = newKey();
      const delivery = single({ standard: "2004", on: { unload: [["cmi.suspend_data", "at the end"]] } });
      const { page, attempt } = await start(profile, gateway, lms, key, delivery);
      const sco = await scoIn(page, "one.html");
      expect(
        await sco.evaluate(() => {
          localStorage.setItem("a", "1");
          return localStorage.getItem("a");
        }),
      ).toBe("1");
      await set(sco, "cmi.score.scaled", "0.5");
      await page.close({ runBeforeUnload: true });
      await eventually(() => expect(attempt.value("one", "cmi.suspend_data")).toBe("at the end"));
      const again = await relaunch(profile, gateway, lms, key);
      const resumed = await scoIn(again.page, "one.html");
      expect(await get(resumed, "cmi.suspend_data")).toBe("at the end");
      expect(await get(resumed, "cmi.score.scaled")).toBe("0.5");
    }));
});

describe("several SCOs", () => {
  const page = (standard: "1.2" | "2004", id: string) => scoPage({ standard, title: `Part ${id}` });
  const DELIVERY_12: Delivery = {
    structure: course("scorm12", [
      group("g", [leaf("a"), leaf("b", { prerequisites: "a" })]),
      leaf("c", { prerequisites: "g&b" }),
    ]),
    files: Object.fromEntries(["a", "b", "c"].map((id) => [`${id}.html`, page("1.2", id)])),
  };

  test("the contents show states and say why an item is locked; the whole is rolled up", async () => {
    const { page, player, attempt } = await play(DELIVERY_12);
    const a = await scoIn(page, "a.html");
    await byRole(player, "button", /Part b Locked until completed: Part a/).waitFor();
    expect(await byRole(player, "button", "Next").isDisabled()).toBe(true);
    await byRole(player, "button", /^Part b/).click({ force: true });
    expect(page.frames().some((frame) => frame.url().endsWith("b.html"))).toBe(false);

    await set(a, "cmi.core.lesson_status", "completed");
    await set(a, "cmi.core.score.raw", "60");
    await call(a, "finish");
    await byRole(player, "button", /Part a Completed/).waitFor();
    await byRole(player, "button", "Next").click();
    const b = await scoIn(page, "b.html");
    await set(b, "cmi.core.lesson_status", "passed");
    await set(b, "cmi.core.score.raw", "100");
    await byRole(player, "button", /Part c Not started/).click();
    const c = await scoIn(page, "c.html");
    expect((await lastReport(page)).rollup).toMatchObject({ completion: "incomplete", score: { raw: 80 } });
    await set(c, "cmi.core.lesson_status", "completed");
    await eventually(async () =>
      expect((await lastReport(page)).rollup).toMatchObject({ completion: "completed", success: "passed" }),
    );
    expect(attempt.value("b", "cmi.core.exit")).toBe("suspend");
    expect(await player.locator("[aria-current=page]").textContent()).toMatch(/Part c/);
  });

  test("the next launch opens the item that was open last", async () => {
    const key = newKey();
    const { page, player, attempt } = await play(DELIVERY_12, {}, key);
    await set(await scoIn(page, "a.html"), "cmi.core.lesson_status", "completed");
    await byRole(player, "button", /Part b Not started/).click();
    await scoIn(page, "b.html");
    await eventually(() => expect(attempt.value("$course", "last_item")).toBe("b"));
    await page.close({ runBeforeUnload: true });
    const again = await relaunch(context, gateway, lms, key);
    await scoIn(again.page, "b.html");
  });

  const FLOW: Sequencing = { control_mode: { flow: true, choice: false } };
  const DELIVERY_2004: Delivery = {
    structure: course(
      "scorm2004-4",
      [
        leaf("test", {
          hide_lms_ui: ["previous"],
          sequencing: {
            primary_objective: {
              id: "mastery",
              satisfied_by_measure: true,
              min_normalized_measure: 0.8,
              maps: [{ target: "global", write_satisfied_status: true, write_normalized_measure: true }],
            },
          },
        }),
        leaf("remedy", {
          sequencing: {
            objectives: [{ id: "known", maps: [{ target: "global", read_satisfied_status: true }] }],
            pre_condition_rules: [
              {
                action: "skip",
                combination: "all",
                conditions: [{ condition: "satisfied", operator: "noOp", referenced_objective: "known" }],
              },
            ],
          },
        }),
        leaf("end"),
      ],
      FLOW,
    ),
    files: Object.fromEntries(["test", "remedy", "end"].map((id) => [`${id}.html`, page("2004", id)])),
  };

  test("SCORM 2004 sequencing decides what comes next, from the course and from the buttons", async () => {
    const { page, player } = await play(DELIVERY_2004);
    const first = await scoIn(page, "test.html");
    expect(await player.getByRole("button", { name: "Previous" }).isHidden()).toBe(true);
    expect(await get(first, "adl.nav.request_valid.continue")).toBe("true");
    expect(await get(first, "cmi.scaled_passing_score")).toBe("0.8");
    await set(first, "cmi.score.scaled", "0.9");
    await set(first, "cmi.completion_status", "completed");
    await set(first, "adl.nav.request", "continue");
    await call(first, "finish");
    // Satisfied: the remedy is skipped.
    const end = await scoIn(page, "end.html");
    await byRole(player, "button", /Part test Passed/).waitFor();
    await set(end, "cmi.completion_status", "completed");
    await byRole(player, "button", "Previous").click();
    await scoIn(page, "test.html");
  });

  test("SCORM 2004: a resumed attempt goes on where it was, with its global objectives", async () => {
    const key = newKey();
    const { page, player, attempt } = await play(DELIVERY_2004, {}, key);
    await set(await scoIn(page, "test.html"), "cmi.score.scaled", "0.2");
    await byRole(player, "button", "Next").click();
    await set(await scoIn(page, "remedy.html"), "cmi.location", "half");
    await eventually(() => expect(attempt.value("remedy", "cmi.location")).toBe("half"));
    await page.close({ runBeforeUnload: true });

    const again = await relaunch(context, gateway, lms, key);
    const remedy = await scoIn(again.page, "remedy.html");
    expect(await get(remedy, "cmi.entry")).toBe("resume");
    expect(await get(remedy, "cmi.location")).toBe("half");
    expect(await get(remedy, "cmi.objectives.0.success_status")).toBe("failed");
    await set(remedy, "cmi.completion_status", "completed");
    await set(remedy, "adl.nav.request", "exitAll");
    await call(remedy, "finish");
    await byRole(again.player, "heading", "Your result has been saved").waitFor();
  });

  test("SCORM 2004: retryAll begins the items anew, with empty data", async () => {
    const retry: Sequencing = {
      ...FLOW,
      post_condition_rules: [],
    };
    const quiz = leaf("test", {
      sequencing: {
        post_condition_rules: [
          {
            action: "retryAll",
            combination: "all",
            conditions: [
              { condition: "satisfied", operator: "not" },
              { condition: "attempted", operator: "noOp" },
            ],
          },
        ],
      },
    });
    const { page } = await play({
      structure: course("scorm2004-4", [leaf("intro"), quiz], retry),
      files: { "intro.html": scoPage({ standard: "2004" }), "test.html": scoPage({ standard: "2004" }) },
    });
    const intro = await scoIn(page, "intro.html");
    await set(intro, "cmi.suspend_data", "first time");
    await set(intro, "adl.nav.request", "continue");
    await call(intro, "finish");
    const test1 = await scoIn(page, "test.html");
    await set(test1, "cmi.success_status", "failed");
    await call(test1, "finish");
    const again = await scoIn(page, "intro.html");
    expect(await get(again, "cmi.entry")).toBe("ab-initio");
    expect(await get(again, "cmi.suspend_data")).toBe("");
  });
});

describe("pages and videos", () => {
  test("a page is completed by being opened", async () => {
    const { page } = await play({
      structure: course("page", [leaf("one", { resource: { href: "one.html", type: "asset" } })]),
      files: {
        "one.html": "<!doctype html><html><head><title>Read me</title></head><body>Words</body></html>",
      },
    });
    await eventually(async () => expect((await lastReport(page)).rollup.completion).toBe("completed"));
  });

  test("a video goes on where it was left, and is completed when 95 % of it were played", async () => {
    const key = newKey();
    const delivery: Delivery = {
      structure: course("video", [leaf("one", { resource: { href: "clip.wav", type: "asset" } })]),
      files: {},
      media: { "clip.wav": silence(4) },
    };
    const attempt = gateway.offer(key, delivery);
    attempt.set("one", "cmi.location", "2.0", 0);
    attempt.set("one", "watched", "0.0-2.0", 0);
    const { page, player } = await relaunch(context, gateway, lms, key);
    const video = player.locator("video");
    await video.waitFor();
    await player.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) >= 2);
    await video.evaluate((element) => {
      const player = element as HTMLVideoElement;
      player.muted = true;
      return player.play();
    });
    await eventually(async () =>
      expect((await lastReport(page)).rollup).toMatchObject({ completion: "completed" }),
    );
    expect(attempt.value("one", "cmi.completion_status")).toBe("completed");
  });
});

describe("for everyone", () => {
  test.each([
    ["desktop", { width: 1280, height: 800 }],
    ["phone", { width: 375, height: 700 }],
  ] as const)(
    "at %s width nothing that axe knows is wrong, and nothing is cut off",
    async (_name, viewport) => {
      await context.close();
      context = await browser.newContext({ locale: "en-GB", viewport });
      watch(context);
      const { page, player } = await play({
        structure: course("scorm12", [group("g", [leaf("a"), leaf("b", { prerequisites: "a" })]), leaf("c")]),
        files: Object.fromEntries(["a", "b", "c"].map((id) => [`${id}.html`, scoPage({ standard: "1.2" })])),
      });
      const a = await scoIn(page, "a.html");
      await set(a, "cmi.core.lesson_status", "passed");
      await player.getByText(/^Saved/).waitFor();
      await sound(player);
      const contents = byRole(player, "button", "Contents");
      if ((await contents.getAttribute("aria-expanded")) === "false") await contents.click();
      await byRole(player, "button", /Part c/).waitFor();
      await picture(page, `contents-${_name}`);
      await sound(player);
      await byRole(player, "button", "Exit course").click();
      await byRole(player, "heading", "Your result has been saved").waitFor();
      await picture(page, `finished-${_name}`);
      await sound(player);

      const key = newKey();
      gateway.denials.set(key, [REFUSAL]);
      const denied = await play(single({ standard: "1.2" }), {}, key);
      await byRole(denied.player, "heading", "No places left").waitFor();
      await picture(denied.page, `denied-${_name}`);
      await sound(denied.player);
    },
  );

  async function sound(player: Frame | Page): Promise<void> {
    const wide = await player.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    // Through the debugger: the page's own policy would refuse the script.
    await player.evaluate(
      await readFile(join(import.meta.dirname, "../../node_modules/axe-core/axe.min.js"), "utf8"),
    );
    const found = await player.evaluate(async () => {
      const { axe } = window as unknown as { axe: typeof import("axe-core") };
      const { violations } = await axe.run(document, { iframes: false });
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
    });
    expect(found).toEqual([]);
  }

  /** For whoever wants to see it: PLAYER_PICTURES names a folder. */
  async function picture(page: Page, name: string): Promise<void> {
    const folder = process.env["PLAYER_PICTURES"];
    if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
  }
});
