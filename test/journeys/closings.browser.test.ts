/**
 * Every way that a course ends (DESIGN §5): what the LMS has at once, what the gateway has, and what both have after the next
 * launch. What a course writes only as its page goes can come too late for the LMS; it is never too late for the gateway,
 * and the next launch tells the LMS.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { type Browsing, browse } from "../support/chromium.ts";
import { type SaveMoment, singleScoCourse12, singleScoCourse2004 } from "../support/courses.ts";
import {
  courseFrame,
  type EndToEnd,
  playerFrame,
  type Sale,
  startEndToEnd,
  untilBoth,
} from "../support/endToEnd.ts";
import { note } from "../support/measured.ts";
import type { CloseStyle } from "../support/practiceLms.ts";

let world: EndToEnd;
let browsing: Browsing;
const sales = new Map<SaveMoment, Promise<Sale>>();

beforeAll(async () => {
  world = await startEndToEnd();
}, 60_000);
afterAll(() => world.stop());
afterEach(() => browsing.close());

const MOMENTS: readonly SaveMoment[] = ["early", "beforeunload", "pagehide", "unload"];
const STYLES: readonly CloseStyle[] = ["exit", "remove", "navigate", "tab"];
/** A frame that is torn out gets no `beforeunload`: a course that saves only there has said nothing to anybody. */
const neverSaid = (style: CloseStyle, save: SaveMoment) => style === "remove" && save === "beforeunload";

const cases = STYLES.flatMap((style) => MOMENTS.map((save) => ({ style, save })));

describe.each([
  ["as learners' browsers run", { cookies: "third-party blocked", playwrightFlags: false }],
  ["with the flags of the test tool, and third-party cookies", { cookies: "allowed", playwrightFlags: true }],
  ["with all cookies blocked", { cookies: "all blocked", playwrightFlags: false }],
] as const)("%s", (name, options) => {
  test.each(cases)(
    "closed by $style, saved $save",
    async ({ style, save }) => {
      browsing = await browse(options);
      const { delivery } = await saleOf(save);
      const learner = `${style}-${save}-${name.length}`;
      const first = await world.lms.open(await browsing.newPage(), { delivery, learner });
      const course = await courseFrame(first.page);
      await course.fill("#note", "bookmarked");
      await course.click("#bookmark");
      await course.click("#pass");
      if (save === "early")
        await untilBoth(
          () => first.state(),
          ({ record }) => record?.elements[STATUS] === "passed",
        );
      await first.close(style);

      const expected = neverSaid(style, save) ? "unknown" : "passed";
      const closed = await untilBoth(
        () => first.state(),
        ({ observation }) =>
          attemptOf(observation, learner)?.success === expected &&
          observation?.launches.some(isClosedOf(learner)) === true,
      );
      const atOnce = closed.record?.elements[STATUS];
      note(`closed by ${style}, saved ${save}: at once the LMS has ${atOnce}`);
      // Late for the LMS is allowed, wrong is not.
      expect(save === "early" ? ["passed"] : ["passed", "incomplete"]).toContain(atOnce);
      expect(closed.record?.elements["cmi.core.exit"]).toBe("suspend");

      const second = await world.lms.open(await browsing.newPage(), { delivery, learner });
      const again = await courseFrame(second.page);
      const shown = await again.textContent("#state");
      if (neverSaid(style, save)) expect(shown).not.toContain("bookmarked");
      else expect(shown).toContain("bookmarked");
      const after = await untilBoth(
        () => second.state(),
        ({ record }) => record?.elements[STATUS] === (neverSaid(style, save) ? "incomplete" : "passed"),
      );
      expect(attemptOf(after.observation, learner)?.success).toBe(expected);
      expect(after.record?.entry).toBe("resume");
    },
    60_000,
  );
});

describe("an LMS that ends what is not suspended (SCORM 2004), closed before the player has reported", () => {
  test.each([
    ["at once", false],
    ["while the gateway can't be reached", true],
  ] as const)(
    "%s: the learner goes on where they were",
    async (when, unreachable) => {
      browsing = await browse();
      const order = {
        ...(await world.sell({ zip: singleScoCourse2004("4th").zip, format: "scorm2004-4" })),
        learner: when,
        // The end of the session arrives, which a browser would refuse to send by a synchronous request.
        settings: { commits_by: "fetch" } as const,
      };
      const first = await world.lms.open(await browsing.newPage(), order);
      const course = await courseFrame(first.page);
      await course.fill("#note", "bookmarked");
      await course.click("#bookmark");
      await course.click("#pass");
      const isPassed = ({ record, observation }: Awaited<ReturnType<typeof first.state>>) =>
        record?.elements["cmi.success_status"] === "passed" &&
        attemptOf(observation, when)?.success === "passed";
      await untilBoth(() => first.state(), isPassed);
      await first.close("exit");

      const page = await browsing.newPage();
      if (unreachable) await page.route("**/play/*/launch", (route) => route.abort());
      const second = await world.lms.open(page, order);
      if (unreachable) await (await playerFrame(page)).getByRole("heading", { level: 1 }).waitFor();
      await second.close("exit");
      await untilBoth(
        () => second.state(),
        ({ record }) => record?.terminated === true && record.launches === 2,
      );

      const third = await world.lms.open(await browsing.newPage(), order);
      expect(await (await courseFrame(third.page)).textContent("#state")).toContain("bookmarked");
      const { record, observation } = await untilBoth(() => third.state(), isPassed);
      expect(record).toMatchObject({ attempt: 1, entry: "resume" });
      expect(observation?.attempts).toHaveLength(1);
    },
    60_000,
  );
});

test("a hidden tab whose browser is killed had saved before", async () => {
  browsing = await browse();
  const { delivery } = await saleOf("early");
  const first = await world.lms.open(await browsing.newPage(), { delivery, learner: "killed" });
  const course = await courseFrame(first.page);
  await course.fill("#note", "bookmarked");
  await course.click("#bookmark");
  await course.click("#pass");
  await (await browsing.newPage()).bringToFront();
  await untilBoth(
    () => first.state(),
    ({ record, observation }) =>
      record?.elements[STATUS] === "passed" && attemptOf(observation, "killed")?.success === "passed",
  );
  await browsing.close();

  browsing = await browse();
  const second = await world.lms.open(await browsing.newPage(), { delivery, learner: "killed" });
  expect(await (await courseFrame(second.page)).textContent("#state")).toMatch(/bookmarked/);
}, 60_000);

const STATUS = "cmi.core.lesson_status";

function saleOf(save: SaveMoment): Promise<Sale> {
  const sale = sales.get(save) ?? world.sell({ zip: singleScoCourse12({ save }).zip });
  sales.set(save, sale);
  return sale;
}

type Observed = Awaited<ReturnType<Awaited<ReturnType<EndToEnd["lms"]["open"]>>["state"]>>["observation"];

function attemptOf(observation: Observed, learner: string) {
  return observation?.attempts.find((attempt) => attempt.learner.scorm_id === learner);
}

function isClosedOf(learner: string) {
  return (launch: NonNullable<Observed>["launches"][number]) =>
    launch.learner?.scorm_id === learner && launch.closed_at !== null;
}
