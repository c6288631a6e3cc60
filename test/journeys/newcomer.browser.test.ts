/** The first five minutes of a newcomer: `scripts/start`, the practice LMS, the demo course passed, a seat charged, a pause. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { type Browsing, browse } from "../support/chromium.ts";
import { courseFrame, playerFrame, untilBoth } from "../support/endToEnd.ts";
import { freePort } from "../support/freePort.ts";
import { temporaryFolder } from "../support/gatewayProcess.ts";
import { PracticeLms } from "../support/practiceLms.ts";
import { until } from "../support/until.ts";

const START = join(import.meta.dirname, "../../scripts/start");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: ChildProcess;
let printed = "";
let lms: PracticeLms;
let browsing: Browsing;

beforeAll(async () => {
  folder = await temporaryFolder();
  const port = await freePort();
  const practicePort = await freePort();
  gateway = spawn(START, [], {
    env: {
      PATH: process.env["PATH"],
      HOME: process.env["HOME"],
      DATA_FOLDER: folder.path,
      PORT: String(port),
      PRACTICE_PORT: String(practicePort),
      PRACTICE_PLATFORM_PORT: String(await freePort()),
    },
  });
  gateway.stdout?.on("data", (text: Buffer) => {
    printed += text;
  });
  await until("scripts/start says where to look", () => printed.includes("Practice LMS"), 90);
  lms = new PracticeLms(/http:\/\/localhost:\d+/.exec(printed)?.[0] ?? "");
  browsing = await browse();
}, 120_000);

afterAll(async () => {
  await browsing.close();
  gateway.kill("SIGTERM");
  await new Promise((resolve) => gateway.once("close", resolve));
  await folder.remove();
});

describe("a newcomer", () => {
  test("passes the demo course, sees it in the LMS, and one charge at the second launch; a pause keeps the second learner out", async () => {
    const page = await browsing.newPage();
    await page.goto(lms.origin);
    const packages = page.getByLabel("Package");
    await packages.selectOption({ label: await firstOption(page, /Pay per use.*SCORM 1\.2/) });
    const delivery = await packages.inputValue();

    const anna = await lms.open(page, { delivery, learner: "anna.berg" });
    await passDemo(page);
    const passed = await untilBoth(
      () => anna.state(),
      ({ record }) => record?.elements["cmi.core.lesson_status"] === "passed",
    );
    expect(passed.record?.elements["cmi.core.score.raw"]).toBe("100");
    const pending = passed.observation?.seats[0];
    expect(pending?.state).toBe("pending");
    expect(pending?.pending).toMatchObject({ launches: 1, launches_needed: 2, open_seconds_needed: 120 });
    expect(passed.observation?.charges).toEqual([]);
    await anna.close("exit");

    const again = await lms.open(await browsing.newPage(), { delivery, learner: "anna.berg" });
    await courseFrame(again.page);
    const confirmed = await untilBoth(
      () => again.state(),
      ({ observation }) => observation?.seats[0]?.state === "confirmed",
    );
    expect(confirmed.observation?.charges).toMatchObject([{ amount: 1250, currency: "EUR" }]);

    await again.page.getByRole("switch", { name: /Pause/ }).click();
    await untilBoth(
      () => again.state(),
      ({ observation }) => observation?.paused === true,
    );
    const ben = await lms.open(await browsing.newPage(), {
      delivery,
      learner: "ben",
      learner_name: "Ode, Ben",
    });
    const denial = await playerFrame(ben.page);
    await denial.getByText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/).waitFor();
    const kept = await untilBoth(
      () => ben.state(),
      ({ record }) => record?.elements["cmi.core.lesson_status"] === "incomplete",
    );
    expect(kept.observation?.launches[0]).toMatchObject({ outcome: "denied", code: "license_paused" });
    expect(kept.observation?.seats).toHaveLength(1);

    await again.close("tab");
    const third = await lms.open(await browsing.newPage(), { delivery, learner: "anna.berg" });
    await courseFrame(third.page);
    const last = await third.state();
    expect(last.observation?.charges).toHaveLength(1);
    expect(browsing.errors).toEqual([]);
  }, 120_000);
});

async function firstOption(page: Page, label: RegExp): Promise<string> {
  const options = page.getByLabel("Package").locator("option", { hasText: label });
  return (await options.first().textContent()) ?? "";
}

const RIGHT_ANSWERS = ["oil-fire-1", "falling-knife-2", "burn-0", "lid-1", "spill-1"];

async function passDemo(page: Page): Promise<void> {
  const course = await courseFrame(page);
  while (!(await course.locator("#quiz").isVisible())) await course.click("#next");
  for (const answer of RIGHT_ANSWERS) {
    await course.locator(`label:has(#${answer}), label[for="${answer}"]`).click();
  }
  await course.click("#next");
  await course.locator("#verdict").waitFor();
}
