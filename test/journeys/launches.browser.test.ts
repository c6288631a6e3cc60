/** The main job in a real browser, whatever the browser's cookies: a launch, a score, suspend data, and the way back. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { PackageFormat } from "../../src/core/bridge.ts";
import { type Browsing, browse, type Cookies } from "../support/chromium.ts";
import { singleScoCourse12, singleScoCourse2004 } from "../support/courses.ts";
import { courseFrame, type EndToEnd, startEndToEnd, untilBoth } from "../support/endToEnd.ts";

let world: EndToEnd;
let browsing: Browsing;

beforeAll(async () => {
  world = await startEndToEnd();
}, 60_000);
afterAll(() => world.stop());
afterEach(() => browsing.close());

const COOKIES: readonly Cookies[] = ["allowed", "third-party blocked", "all blocked"];

describe.each(COOKIES)("cookies %s", (cookies) => {
  test.each([
    ["SCORM 1.2 in a frame", "scorm12", singleScoCourse12().zip, "frame"],
    ["SCORM 2004 in a frame", "scorm2004-4", singleScoCourse2004("4th").zip, "frame"],
    ["SCORM 1.2 in a window", "scorm12", singleScoCourse12().zip, "window"],
  ] as const)(
    "%s: score and suspend data reach both sides, and come back",
    async (_name, format, zip, shownIn) => {
      browsing = await browse({ cookies });
      const { delivery } = await world.sell({ zip, format });
      const first = await world.lms.open(await browsing.newPage(), { delivery, in: shownIn });
      const course = await courseFrame(first.popup ?? first.page);
      await course.fill("#note", "half way – é 漢字");
      await course.click("#bookmark");
      await course.click("#pass");
      const saved = await untilBoth(
        () => first.state(),
        ({ record, observation }) =>
          statusOf(format, record?.elements) === "passed" &&
          observation?.attempts[0]?.success === "passed" &&
          observation.attempts[0].score_scaled === 0.9,
      );
      expect(scoreOf(format, saved.record?.elements)).toBe("90");
      expect(saved.observation?.seats).toHaveLength(1);
      expect(saved.observation?.seats[0]?.state).toBe("pending");
      expect(saved.observation?.charges).toEqual([]);
      await first.close("exit");

      const second = await world.lms.open(await browsing.newPage(), { delivery, in: shownIn });
      const again = await courseFrame(second.popup ?? second.page);
      await expectText(again.locator("#state"), /half way – é 漢字/);
      const after = await untilBoth(
        () => second.state(),
        ({ observation }) => observation?.seats[0]?.state === "confirmed",
      );
      expect(after.observation?.charges.map(({ amount }) => amount)).toEqual([1250]);
      expect(statusOf(format, after.record?.elements)).toBe("passed");
      expect(after.record?.entry).toBe("resume");
      expect(after.record?.attempt).toBe(1);
      expect(browsing.errors).toEqual([]);
    },
    60_000,
  );
});

async function expectText(locator: { textContent(): Promise<string | null> }, text: RegExp): Promise<void> {
  expect(await locator.textContent()).toMatch(text);
}

type Elements = Readonly<Record<string, string>> | undefined;

function statusOf(format: PackageFormat, elements: Elements): string | undefined {
  return elements?.[format === "scorm12" ? "cmi.core.lesson_status" : "cmi.success_status"];
}

function scoreOf(format: PackageFormat, elements: Elements): string | undefined {
  return elements?.[format === "scorm12" ? "cmi.core.score.raw" : "cmi.score.raw"];
}
