/** Courses of every make, each through a package of every format, played to their end: what the LMS has at last. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import type { PackageFormat } from "../../src/core/bridge.ts";
import { type Browsing, browse } from "../support/chromium.ts";
import {
  sequencedCourse2004,
  severalScoCourse12,
  singleScoCourse12,
  singleScoCourse2004,
} from "../support/courses.ts";
import { courseFrame, type EndToEnd, playerFrame, startEndToEnd, untilBoth } from "../support/endToEnd.ts";
import { playPages, sharedContent } from "../support/golf.ts";

let world: EndToEnd;
let browsing: Browsing;

beforeAll(async () => {
  world = await startEndToEnd();
}, 60_000);
afterAll(() => world.stop());
afterEach(() => browsing.close());

interface Result {
  readonly completion: string;
  readonly success: string;
  /** As the LMS shows it: raw, 0 to 100. */
  readonly score: string | undefined;
}

interface Played {
  readonly name: string;
  readonly zip: Buffer | null;
  play(page: Page): Promise<void>;
  readonly result: Result;
}

const PASSED: Result = { completion: "completed", success: "passed", score: "90" };

const COURSES: readonly Played[] = [
  { name: "a 1.2 course of one SCO", zip: singleScoCourse12().zip, play: passIt, result: PASSED },
  { name: "a 2004 3rd course", zip: singleScoCourse2004("3rd").zip, play: passIt, result: PASSED },
  { name: "a 2004 4th course", zip: singleScoCourse2004("4th").zip, play: passIt, result: PASSED },
  { name: "a 1.2 course of several SCOs", zip: severalScoCourse12().zip, play: passEach, result: PASSED },
  {
    name: "a sequenced 2004 course, whose pre-test lets its learner skip the lessons",
    zip: sequencedCourse2004().zip,
    play: passBothTests,
    result: PASSED,
  },
  {
    name: "golf, 1.2, one SCO",
    zip: sharedContent("singlescobasic.zip"),
    play: playGolf,
    result: { completion: "completed", success: "passed", score: "100" },
  },
  {
    name: "golf, 2004",
    zip: sharedContent("RuntimeBasicCalls_SCORM20043rdEdition.zip"),
    play: playGolf,
    result: { completion: "completed", success: "passed", score: "100" },
  },
  {
    name: "golf, 1.2, several SCOs",
    zip: sharedContent("RuntimeMinimumCalls_SCORM12-mini.zip"),
    play: openEach,
    result: { completion: "completed", success: "unknown", score: undefined },
  },
];

const FORMATS: readonly PackageFormat[] = ["scorm12", "scorm2004-3", "scorm2004-4"];

describe.each(COURSES.filter(({ zip }) => zip !== null))("$name", ({ zip, play, result }) => {
  test.each(FORMATS)(
    "in a package of %s",
    async (format) => {
      browsing = await browse();
      const { delivery } = await world.sell({ zip: zip as Buffer, format });
      const page = await browsing.newPage();
      // Golf asks in dialogs of its own whether to save.
      page.on("dialog", (dialog) => void dialog.accept());
      const opened = await world.lms.open(page, { delivery });
      await play(page);
      const { observation } = await untilBoth(
        () => opened.state(),
        ({ record }) => isResult(format, record?.elements ?? {}, result),
      );
      expect(observation?.attempts[0]?.completion).toBe(result.completion);
      expect(observation?.attempts[0]?.success).toBe(result.success);
      expect(browsing.errors).toEqual([]);
    },
    90_000,
  );
});

describe("the table of contents", () => {
  test("takes a click also while the course reports something", async () => {
    browsing = await browse({ viewport: { width: 2200, height: 900 } });
    const { delivery } = await world.sell({ zip: severalScoCourse12().zip });
    const opened = await world.lms.open(await browsing.newPage(), { delivery });
    const player = await playerFrame(opened.page);
    const course = await courseFrame(opened.page);
    await course.click("#pass");
    const lesson = player.locator('[data-item="lesson"]');
    await player.locator('[data-item="lesson"]:not([aria-disabled])').waitFor();
    const box = await lesson.boundingBox();
    if (!box) throw new Error("The lesson's entry is not in sight");
    await opened.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await course.click("#bookmark", { noWaitAfter: true });
    await opened.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await opened.page.mouse.down();
    await opened.page.waitForTimeout(800);
    await opened.page.mouse.up();
    await player.locator('[data-item="lesson"][aria-current="page"]').waitFor({ state: "attached" });
  }, 60_000);
});

describe("a course that is no SCORM", () => {
  test("a web page: opened, it is completed", async () => {
    browsing = await browse();
    const html = "<!doctype html><html lang=en><title>Notice</title><h1>Read this</h1></html>";
    const { delivery } = await world.sell({ zip: Buffer.from(html), file: "notice.html" });
    const opened = await world.lms.open(await browsing.newPage(), { delivery });
    await (await courseFrame(opened.page)).getByRole("heading", { name: "Read this" }).waitFor();
    await untilBoth(
      () => opened.state(),
      ({ record }) => record?.elements["cmi.core.lesson_status"] === "completed",
    );
    expect(browsing.errors).toEqual([]);
  }, 60_000);
});

const REFUSED = [
  ["badscorm.zip", /imsmanifest\.xml lies in the folder/],
  ["invalid.zip", /has no imsmanifest\.xml/],
  ["singlescobasic_missingorg.zip", /organization/],
] as const;

for (const [name, sentence] of REFUSED) {
  const zip = sharedContent(name);
  if (zip === null) continue;
  test(`the bad ${name} is refused with a sentence`, async () => {
    browsing = await browse();
    await expect(world.sell({ zip })).rejects.toThrow(sentence);
  });
}

async function passIt(page: Page): Promise<void> {
  const course = await courseFrame(page);
  await course.click("#pass");
  await course.click("#exit");
}

/** Each from the table of contents; the learner passes all, so that the next is no longer locked. */
async function passEach(page: Page): Promise<void> {
  for (const item of ["intro", "lesson", "test"]) {
    await openItem(page, item);
    const course = await courseFrame(page);
    await course.click("#pass");
    await course.click("#exit");
  }
  await (await playerFrame(page)).getByRole("button", { name: "Exit course" }).click();
}

/** The pre-test passed, "Next" leads over the lessons to the post-test, which alone decides. */
async function passBothTests(page: Page): Promise<void> {
  const player = await playerFrame(page);
  await (await courseFrame(page)).click("#pass");
  await player.getByRole("button", { name: "Next" }).click();
  await player.locator('[data-item="posttest"][aria-current="page"]').waitFor({ state: "attached" });
  const test = await courseFrame(page);
  await test.click("#pass");
  await player.getByRole("button", { name: "Exit course" }).click();
}

/** SCOs that only open and finish: opening each of them is all there is to do. */
async function openEach(page: Page): Promise<void> {
  const player = await playerFrame(page);
  await player.locator("[data-item]").first().waitFor({ state: "attached" });
  const items = await player
    .locator("[data-item]")
    .evaluateAll((all) => all.map((one) => one.getAttribute("data-item")));
  expect(items).toHaveLength(9);
  for (const item of items) await openItem(page, String(item));
  await player.getByRole("button", { name: "Exit course" }).click();
}

/** At the width of the LMS's frame the table of contents folds away behind a button. */
async function openItem(page: Page, item: string): Promise<void> {
  const player = await playerFrame(page);
  const entry = player.locator(`[data-item="${item}"]`);
  await entry.waitFor({ state: "attached" });
  if ((await entry.getAttribute("aria-current")) !== "page") {
    const contents = player.getByRole("button", { name: "Contents" });
    if (!(await entry.isVisible())) await contents.click();
    await entry.click();
    await player.locator(`[data-item="${item}"][aria-current="page"]`).waitFor({ state: "attached" });
  }
  await courseFrame(page);
}

async function playGolf(page: Page): Promise<void> {
  await playPages(page, await courseFrame(page));
}

/** SCORM 1.2 has one status: passed wins over completed. */
function isResult(
  format: PackageFormat,
  elements: Readonly<Record<string, string>>,
  result: Result,
): boolean {
  if (format === "scorm12") {
    const status = result.success === "unknown" ? result.completion : result.success;
    return (
      elements["cmi.core.lesson_status"] === status && sameScore(elements["cmi.core.score.raw"], result.score)
    );
  }
  return (
    elements["cmi.completion_status"] === result.completion &&
    (elements["cmi.success_status"] ?? "unknown") === result.success &&
    sameScore(elements["cmi.score.raw"], result.score)
  );
}

function sameScore(found: string | undefined, expected: string | undefined): boolean {
  return (found ?? "") === (expected ?? "");
}
