/** The practice LMS in a real browser: what a newcomer does with it, and each fault doing what it says. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from "playwright-core";
import type { Observation } from "../../../src/edges/practice/observation.ts";
import { FakePracticeGateway } from "../../support/fakePracticeGateway.ts";
import { frameAt, type OpenOrder, type RunningPractice, startPractice } from "../../support/practiceLms.ts";
import { scorm12Zip, scorm2004Zip } from "../../support/scoPackages.ts";
import { zipBytes } from "../../support/zips.ts";

const gateway = new FakePracticeGateway();
let practice: RunningPractice;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  practice = await startPractice(gateway);
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
});
afterAll(async () => {
  await browser.close();
  await practice.stop();
});
beforeEach(async () => {
  complaints = [];
  gateway.down = false;
  gateway.deliveries.clear();
  context = await browser.newContext({
    viewport: { width: 1440, height: 950 },
    locale: "en-GB",
    timezoneId: "Europe/Vienna",
  });
  context.on("weberror", (problem) => complaints.push(problem.error().message));
  context.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page = await context.newPage();
});
afterEach(async () => {
  await context.close();
  expect(complaints).toEqual([]);
});

const ZIP_12 = scorm12Zip();
const ZIP_2004 = scorm2004Zip();

/** Each test a learner of its own, so that none sees another's records. */
let learners = 0;
const someone = () => `learner-${++learners}`;

function open(order: Partial<OpenOrder> = {}) {
  return practice.lms.open(page, { zip: ZIP_12, learner: someone(), ...order });
}

/** Calls the LMS's API as the course found it; "none" where it found none. */
function call(frame: Frame | Page, ...given: unknown[]): Promise<unknown> {
  return frame.evaluate((parts) => {
    const course = window as unknown as { lms: unknown; call(...all: unknown[]): unknown };
    return course.lms === null ? "none" : course.call(...parts);
  }, given);
}

async function calls12(frame: Frame, ...all: unknown[][]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const given of all) answers.push(await call(frame, ...given));
  return answers;
}

const fact = (name: string) => page.locator(`[data-fact="${name}"]`);

async function shows(name: string, text: string | RegExp): Promise<void> {
  await fact(name).filter({ hasText: text }).waitFor({ timeout: 15_000 });
}

describe("a first look", () => {
  test("drop a zip, launch it, pass it: status and score stand in the LMS", async () => {
    await page.goto(practice.lms.origin);
    await page.getByText("The gateway has no package yet.").waitFor();
    await drop(ZIP_12);
    await page.getByRole("button", { name: "Launch here as Berg, Anna" }).click();
    const course = await frameAt(page, "/packages/");
    await course.getByText("Found the LMS.").waitFor();
    await calls12(
      course,
      ["LMSInitialize", ""],
      ["LMSSetValue", "cmi.core.score.raw", "85"],
      ["LMSSetValue", "cmi.core.lesson_status", "passed"],
      ["LMSSetValue", "cmi.core.session_time", "0000:01:30"],
      ["LMSSetValue", "cmi.suspend_data", "page=3"],
    );
    expect(await fact("status").textContent()).toBe("not attempted");
    await call(course, "LMSFinish", "");
    await shows("status", "passed");
    await shows("score", "score 85");
    await shows("total_time", "1:30");
    await shows("suspend_data", "page=3");
    await shows("commits", /^1, last \d+ \w+ \d{4}, .*(CET|CEST|GMT\+\d)$/);
    await page.getByText("ended by the course").waitFor();
    await page.locator("summary", { hasText: "Calls of the API" }).click();
    await page.getByText('LMSSetValue("cmi.core.score.raw", "85")').waitFor();
    await page.getByText("Not a package of the gateway").waitFor();
  });

  test("a 2004 course runs in a window and resumes there", async () => {
    const order = { zip: ZIP_2004, learner: someone(), in: "window" } as const;
    const first = await practice.lms.open(page, order);
    await page.getByText("The course is open in a window of its own.").waitFor();
    await call(first.frame, "Initialize", "");
    await call(first.frame, "SetValue", "cmi.location", "7");
    await call(first.frame, "SetValue", "cmi.exit", "suspend");
    await call(first.frame, "Terminate", "");
    await first.close("remove");
    await page.getByText("The course is closed.").waitFor();
    expect(await first.record()).toMatchObject({ terminated: true, elements: { "cmi.location": "7" } });
    const second = await practice.lms.open(page, order);
    await call(second.frame, "Initialize", "");
    expect(await call(second.frame, "GetValue", "cmi.entry")).toBe("resume");
    expect(await call(second.frame, "GetValue", "cmi.location")).toBe("7");
    expect(await second.record()).toMatchObject({ launches: 2, attempt: 1 });
  });

  test("an address opens it set up, adds the learner it names, and stays true to what is changed", async () => {
    const learner = someone();
    const { package_id } = await practice.lms.upload(ZIP_12);
    await page.goto(
      `${practice.lms.origin}/?package=${package_id}&learner=${learner}&learner_name=Zhou%2C+Zoe&launch`,
    );
    const course = await frameAt(page, "/packages/");
    await calls12(course, ["LMSInitialize", ""]);
    expect(await call(course, "LMSGetValue", "cmi.core.student_name")).toBe("Zhou, Zoe");
    await page.getByLabel("Mode").selectOption("browse");
    await page.waitForURL(/mode=browse/);
    await page.reload();
    expect(await page.getByLabel("Mode").inputValue()).toBe("browse");
    await page.getByRole("button", { name: "Launch here as Zhou, Zoe" }).waitFor();
  });

  test("can be worked by keyboard alone", async () => {
    const { package_id } = await practice.lms.upload(ZIP_12);
    await page.goto(practice.lms.address({ packageId: package_id, learner: someone() }));
    const launch = page.getByRole("button", { name: /^Launch here/ });
    await launch.waitFor();
    await page.waitForFunction(
      () => document.querySelector<HTMLButtonElement>(".course button")?.disabled === false,
    );
    await page.getByLabel("Package", { exact: true }).focus();
    for (let presses = 0; presses < 20; presses += 1) {
      if (await launch.evaluate((button) => button === document.activeElement)) break;
      await page.keyboard.press("Tab");
    }
    await page.keyboard.press("Enter");
    await frameAt(page, "/packages/");
  });

  test("a hostile or broken zip is refused in words", async () => {
    await page.goto(practice.lms.origin);
    await drop(zipBytes([{ name: "../evil.html", content: "x" }]));
    await page.getByRole("alert").filter({ hasText: "The zip" }).waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining("400")]);
  });
});

describe("what an LMS sends", () => {
  test("mode, credit and the manifest's launch data reach the course", async () => {
    const zip = scorm12Zip({
      item: "<adlcp:datafromlms>level=2</adlcp:datafromlms>",
      parameters: "from=lms",
    });
    const { frame } = await open({ zip, settings: { mode: "review", credit: "no-credit" } });
    expect(
      await calls12(
        frame,
        ["LMSInitialize", ""],
        ["LMSGetValue", "cmi.core.lesson_mode"],
        ["LMSGetValue", "cmi.core.credit"],
        ["LMSGetValue", "cmi.launch_data"],
      ),
    ).toEqual(["true", "review", "no-credit", "level=2"]);
    expect(frame.url()).toMatch(/index\.html\?from=lms$/);
  });

  test("a course that says nothing and finishes is completed; one that is torn away is not", async () => {
    const finished = await open();
    await calls12(finished.frame, ["LMSInitialize", ""], ["LMSFinish", ""]);
    expect((await finished.record())?.elements["cmi.core.lesson_status"]).toBe("completed");
    const torn = await open();
    await calls12(torn.frame, ["LMSInitialize", ""], ["LMSSetValue", "cmi.core.lesson_status", "incomplete"]);
    await torn.close("remove");
    expect(await torn.record()).toMatchObject({ commits: 0, terminated: false, elements: {} });
  });

  test("of several items one is chosen, each with a record of its own", async () => {
    const { package_id } = await practice.lms.upload(scorm12Zip({ more_items: ["Second lesson"] }));
    const learner = someone();
    await page.goto(practice.lms.address({ packageId: package_id, learner }));
    await page.getByLabel("Item").selectOption({ label: "Second lesson" });
    await page.getByRole("button", { name: /^Launch here/ }).click();
    const course = await frameAt(page, "/packages/");
    await calls12(course, ["LMSInitialize", ""], ["LMSFinish", ""]);
    expect((await practice.lms.state(package_id, "item-2", learner)).record).toMatchObject({
      terminated: true,
    });
    expect((await practice.lms.state(package_id, "item-1", learner)).record).toBeNull();
  });
});

describe("ways of closing", () => {
  const onLeaving = scorm12Zip({
    script: `call("LMSInitialize", "");
      addEventListener("pagehide", () => { call("LMSSetValue", "cmi.suspend_data", "left"); call("LMSFinish", ""); });`,
  });

  test.each(["exit", "remove", "navigate", "tab"] as const)(
    "%s: what the course sends while it goes arrives by beacon",
    async (style) => {
      const opened = await open({ zip: onLeaving, settings: { commits_by: "beacon" } });
      await opened.close(style);
      await expectRecord(opened, { terminated: true, elements: { "cmi.suspend_data": "left" } });
    },
  );

  test.each(["exit", "navigate"] as const)(
    "%s: the browser forbids a synchronous request then, and what the course sends is lost",
    async (style) => {
      const opened = await open({ zip: onLeaving });
      await opened.close(style);
      expect(await opened.record()).toMatchObject({ terminated: false, commits: 0, elements: {} });
    },
  );
});

async function expectRecord(opened: Awaited<ReturnType<typeof open>>, wanted: object): Promise<void> {
  const until = performance.now() + 15_000;
  let record = await opened.record();
  while (!record?.terminated && performance.now() < until) record = await opened.record();
  expect(record).toMatchObject(wanted);
}

describe("faults", () => {
  test("small suspend data: more is refused", async () => {
    const { frame } = await open({ faults: { suspend_limit: 5 } });
    const long = ["LMSSetValue", "cmi.suspend_data", "123456"];
    expect(await calls12(frame, ["LMSInitialize", ""], long, ["LMSGetLastError"])).toEqual([
      "true",
      "false",
      "405",
    ]);
    await page.locator("summary", { hasText: "Calls of the API" }).click();
    await page.getByText("error 405").waitFor();
  });

  test("commits fail: the course is told so, and nothing is kept", async () => {
    const opened = await open({ faults: { commit_fails: 1 } });
    expect(
      await calls12(
        opened.frame,
        ["LMSInitialize", ""],
        ["LMSCommit", ""],
        ["LMSGetLastError"],
        ["LMSFinish", ""],
      ),
    ).toEqual(["true", "false", "101", "false"]);
    expect(await opened.record()).toMatchObject({ commits: 0, terminated: false });
    expect(complaints.splice(0)).toEqual([expect.stringContaining("503"), expect.stringContaining("503")]);
  });

  test("commits hang: a synchronous one holds the page, and is kept in the end", async () => {
    const opened = await open({ faults: { commit_hangs: 1 } });
    await call(opened.frame, "LMSInitialize", "");
    const began = performance.now();
    expect(await call(opened.frame, "LMSCommit", "")).toBe("true");
    expect(performance.now() - began).toBeGreaterThan(950);
    expect(await opened.record()).toMatchObject({ commits: 1 });
  });

  test("forgets the attempt: ab-initio again, without data", async () => {
    const learner = someone();
    const first = await open({ learner });
    await calls12(
      first.frame,
      ["LMSInitialize", ""],
      ["LMSSetValue", "cmi.core.exit", "suspend"],
      ["LMSSetValue", "cmi.suspend_data", "page=3"],
      ["LMSFinish", ""],
    );
    const second = await open({ learner, faults: { resets_attempt: 1 } });
    expect(
      await calls12(
        second.frame,
        ["LMSInitialize", ""],
        ["LMSGetValue", "cmi.core.entry"],
        ["LMSGetValue", "cmi.suspend_data"],
      ),
    ).toEqual(["true", "ab-initio", ""]);
    expect(await second.record()).toMatchObject({ attempt: 2 });
    await shows("earlier", "attempt 1 (forgotten)");
  });

  test("changes the learner's id, and the record is still the learner's", async () => {
    const learner = someone();
    const opened = await open({ learner, faults: { learner_id: "upper_case" } });
    await calls12(opened.frame, ["LMSInitialize", ""], ["LMSCommit", ""]);
    const sent = learner.toUpperCase();
    expect(await opened.record()).toMatchObject({
      learner_id: learner,
      elements: { "cmi.core.student_id": sent },
    });
    await shows("sent_id", sent);
  });

  test("takes the course away: the frame is gone without a word", async () => {
    const opened = await open({ faults: { removes_frame: 1 } });
    await page.getByText("The course is closed.").waitFor({ timeout: 15_000 });
    expect(opened.frame.isDetached()).toBe(true);
  });

  test("takes the course away: the window is closed", async () => {
    const opened = await open({ in: "window", faults: { removes_frame: 1 } });
    await page.getByText("The course is closed.").waitFor({ timeout: 15_000 });
    expect(opened.popup?.isClosed()).toBe(true);
  });

  test("hides the API that many frames up", async () => {
    const { frame } = await open({ faults: { frames_up: 3 } });
    let above = 0;
    for (let at = frame.parentFrame(); at !== null && at !== page.mainFrame(); at = at.parentFrame())
      above += 1;
    expect(above).toBe(3);
    expect(await call(frame, "LMSInitialize", "")).toBe("true");
  });

  test("puts a foreign frame between, past which the API is still found", async () => {
    const { frame } = await open({ faults: { cross_origin_hop: 1 } });
    expect(new URL(frame.parentFrame()?.url() ?? "").hostname).toBe("127.0.0.1");
    expect(await call(frame, "LMSInitialize", "")).toBe("true");
  });

  test("sandboxes the frame: the course finds no API", async () => {
    const { frame } = await open({ faults: { sandboxed: 1 } });
    await frame.getByText("Found no LMS.").waitFor();
  });

  test.each(["fetch", "beacon"] as const)("commits by %s are true at once and arrive", async (commits_by) => {
    const opened = await open({ settings: { commits_by } });
    expect(await calls12(opened.frame, ["LMSInitialize", ""], ["LMSFinish", ""])).toEqual(["true", "true"]);
    await expectRecord(opened, { terminated: true });
  });

  test("nothing until the end: a course that is torn away leaves nothing", async () => {
    const opened = await open({ settings: { commits_by: "memory" } });
    expect(await calls12(opened.frame, ["LMSInitialize", ""], ["LMSCommit", ""])).toEqual(["true", "true"]);
    await opened.close("remove");
    expect(await opened.record()).toMatchObject({ commits: 0 });
  });

  test("are switched in the page, each with its explanation, and hold from the next launch", async () => {
    const { package_id } = await practice.lms.upload(ZIP_12);
    await page.goto(practice.lms.address({ packageId: package_id, learner: someone() }));
    await page.getByText("Faults of this LMS").click();
    await page.getByRole("switch", { name: "Small suspend data" }).check();
    await page.getByRole("spinbutton").fill("7");
    await page.getByRole("spinbutton").blur();
    await page.getByRole("switch", { name: "Changes the learner's id" }).check();
    await page.waitForURL(/suspend_limit=7.*learner_id=upper_case/);
    await page.getByText("2 faults on").waitFor();
  });
});

const ANNA = { learner_id: "l1", name: "Berg, Anna", scorm_id: "anna.berg" };
const PENDING: Partial<Observation> = {
  now: "2026-03-01T10:00:30.000Z",
  launches: [
    {
      launch_id: "launch-1",
      learner: ANNA,
      launched_at: "2026-03-01T10:00:00.000Z",
      outcome: "allowed",
      code: null,
      count: 1,
      open_seconds: 30,
      closed_at: null,
      confirmed_seat: false,
    },
  ],
  seats: [
    {
      seat_id: "seat-1",
      learner: ANNA,
      state: "pending",
      started_at: "2026-03-01T10:00:00.000Z",
      confirmed_at: null,
      ends_at: "2027-03-01T10:00:00.000Z",
      pending: {
        launches: 1,
        launches_needed: 2,
        open_seconds: 30,
        open_seconds_needed: 120,
        confirms_at: "2026-03-01T10:02:00.000Z",
      },
    },
  ],
};

const CONFIRMED: Partial<Observation> = {
  now: "2026-03-01T10:02:01.000Z",
  launches: [
    {
      launch_id: "launch-2",
      learner: { learner_id: "l2", name: "Okafor, Chidi", scorm_id: "chidi.okafor" },
      launched_at: "2026-03-01T10:02:00.000Z",
      outcome: "denied",
      code: "license_paused",
      count: 2,
      open_seconds: 0,
      closed_at: null,
      confirmed_seat: false,
    },
    ...(PENDING.launches ?? []).map((launch) => ({ ...launch, open_seconds: 120, confirmed_seat: true })),
  ],
  seats: (PENDING.seats ?? []).map(({ pending: _, ...seat }) => ({
    ...seat,
    state: "confirmed" as const,
    confirmed_at: "2026-03-01T10:02:00.000Z",
  })),
  charges: [
    {
      charge_id: "charge-1",
      learner: ANNA,
      charged_at: "2026-03-01T10:02:00.000Z",
      amount: 1250,
      currency: "EUR",
      why: "Seat confirmed after two minutes",
    },
  ],
  attempts: [
    {
      attempt_id: "attempt-1",
      learner: ANNA,
      completion: "completed",
      success: "passed",
      score_scaled: 0.85,
      saved_at: "2026-03-01T10:01:59.000Z",
    },
  ],
};

const OFFERED = {
  delivery_id: "d1",
  title: "Fire safety",
  label: "Vienna",
  format: "scorm12",
  license_kind: "pay_per_use",
} as const;

describe("the gateway beside the LMS", () => {
  test("a seat is seen pending, with what would confirm it, then confirmed with its charge, without a reload", async () => {
    const delivery = gateway.add(OFFERED, ZIP_12, PENDING);
    await page.goto(practice.lms.address({ packageId: "d1" }));
    const pane = page.getByRole("region", { name: "What the gateway decided and tallied" });
    await pane
      .getByText(/Confirmed in 1:\d\d, at 2:00 open in one launch .* or at launch 2 \(1 launch so far\)/)
      .waitFor();
    await pane.getByText("Nothing charged yet.").waitFor();
    delivery.observation = { ...delivery.observation, ...CONFIRMED };
    await pane.getByText("€12.50").waitFor();
    await pane.getByText("license_paused × 2").waitFor();
    await pane.getByText("completed, passed · 85 %").waitFor();
    await page
      .getByRole("status")
      .filter({ hasText: "The seat of Berg, Anna is confirmed. Charged: €12.50." })
      .waitFor();
  });

  test("a newcomer pauses the license", async () => {
    gateway.add(OFFERED, ZIP_12);
    await page.goto(practice.lms.address({ packageId: "d1" }));
    await page.getByRole("switch", { name: "Pause the license" }).check();
    await page.getByRole("status").filter({ hasText: "The license is paused." }).waitFor();
    expect(gateway.deliveries.get("d1")?.observation.paused).toBe(true);
  });

  test("a delivery that is not there is said to be missing", async () => {
    await page.goto(practice.lms.address({ packageId: "gone" }));
    await page.getByRole("alert").filter({ hasText: "There is no delivery gone" }).waitFor();
    await page.getByText("There is nothing to launch.").waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining("404")]);
  });

  test("while the gateway is down the page says so, and goes on when it is back", async () => {
    gateway.add(OFFERED, ZIP_12);
    await page.goto(practice.lms.address({ packageId: "d1" }));
    await page.getByText("No seat taken yet.").waitFor();
    gateway.down = true;
    await page.getByText("The gateway can't be reached").waitFor();
    gateway.down = false;
    await page.getByText("No seat taken yet.").waitFor();
  });
});

describe("the page is for everyone", () => {
  async function violations(): Promise<string[]> {
    const source = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    await page.evaluate(source);
    return page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: {
          run(
            what: Document,
            options: object,
          ): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
        };
      };
      const found = await axe.run(document, { iframes: false });
      return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
    });
  }

  async function fullPage(): Promise<void> {
    gateway.add(OFFERED, ZIP_12, {
      ...CONFIRMED,
      seats: [...(CONFIRMED.seats ?? []), ...(PENDING.seats ?? [])],
    });
    const { frame } = await practice.lms.open(page, {
      delivery: "d1",
      learner: "lucia.alvarez",
      faults: { suspend_limit: 64, learner_id: "number" },
    });
    await calls12(
      frame,
      ["LMSInitialize", ""],
      ["LMSSetValue", "cmi.suspend_data", "page=3"],
      ["LMSSetValue", "cmi.suspend_data", "x".repeat(65)],
      ["LMSSetValue", "cmi.core.score.raw", "85"],
      ["LMSSetValue", "cmi.core.lesson_status", "passed"],
      ["LMSCommit", ""],
    );
    await shows("status", "passed");
    await page.getByText("€12.50").waitFor();
  }

  test.each(["light", "dark"] as const)(
    "axe finds nothing in the %s page, empty or full",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      await page.goto(practice.lms.origin);
      await page.getByText("The gateway has no package yet.").waitFor();
      await page.getByText("Choose one of the gateway’s packages").waitFor();
      expect(await violations()).toEqual([]);
      await fullPage();
      expect(await violations()).toEqual([]);
    },
  );

  test("at phone width nothing sticks out and all is there", async () => {
    await page.setViewportSize({ width: 375, height: 812 });
    await fullPage();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(375);
    for (const name of ["Set up a launch", "What the LMS recorded", "What the gateway decided and tallied"]) {
      expect(await page.getByRole("region", { name }).isVisible()).toBe(true);
    }
    expect(await violations()).toEqual([]);
  });
});

/** Drops a file onto the page's field as from a folder. */
async function drop(zip: Buffer): Promise<void> {
  const dataTransfer = await page.evaluateHandle((base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], "course.zip", { type: "application/zip" }));
    return transfer;
  }, zip.toString("base64"));
  await page.locator(".drop").dispatchEvent("drop", { dataTransfer });
}
