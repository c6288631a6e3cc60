/** What LMSs and learners do besides the plain case: faults, resets, other ids, two tabs, hidden tabs. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { type Browsing, browse } from "../support/chromium.ts";
import { singleScoCourse12, singleScoCourse2004 } from "../support/courses.ts";
import { courseFrame, type EndToEnd, playerFrame, startEndToEnd, untilBoth } from "../support/endToEnd.ts";

let world: EndToEnd;
let browsing: Browsing;

beforeAll(async () => {
  world = await startEndToEnd();
}, 60_000);
afterAll(() => world.stop());
afterEach(() => browsing.close());

const STATUS = "cmi.core.lesson_status";

async function start(order: Parameters<EndToEnd["sell"]>[0] = { zip: singleScoCourse12().zip }) {
  browsing = await browse();
  return world.sell(order);
}

async function bookmarkAndPass(page: Page): Promise<void> {
  const course = await courseFrame(page);
  await course.fill("#note", "kept note");
  await course.click("#bookmark");
  await course.click("#pass");
}

async function stateText(page: Page): Promise<string> {
  return (await (await courseFrame(page)).textContent("#state")) ?? "";
}

describe("an LMS whose commits fail", () => {
  test("loses nothing: the gateway has it, and the next launch tells the LMS", async () => {
    const { delivery } = await start();
    const failing = await world.lms.open(await browsing.newPage(), { delivery, faults: { commit_fails: 1 } });
    await bookmarkAndPass(failing.page);
    await untilBoth(
      () => failing.state(),
      ({ observation }) => observation?.attempts[0]?.success === "passed",
    );
    await failing.close("exit");
    expect((await failing.record())?.elements[STATUS]).not.toBe("passed");

    const well = await world.lms.open(await browsing.newPage(), { delivery });
    expect(await stateText(well.page)).toContain("kept note");
    const told = await untilBoth(
      () => well.state(),
      ({ record }) => record?.elements[STATUS] === "passed",
    );
    expect(told.record?.elements["cmi.core.score.raw"]).toBe("90");
    expect(told.observation?.attempts).toHaveLength(1);
  }, 60_000);

  test("and one whose commits hang for two seconds holds up nobody for long", async () => {
    const { delivery } = await start();
    const hanging = await world.lms.open(await browsing.newPage(), { delivery, faults: { commit_hangs: 2 } });
    await bookmarkAndPass(hanging.page);
    await untilBoth(
      () => hanging.state(),
      ({ record, observation }) =>
        record?.elements[STATUS] === "passed" && observation?.attempts[0]?.success === "passed",
      30,
    );
  }, 60_000);
});

describe("an LMS that resets", () => {
  test("begins a new attempt: nothing of the old one shows, and the seat is the same", async () => {
    const { delivery } = await start();
    const first = await world.lms.open(await browsing.newPage(), { delivery });
    await bookmarkAndPass(first.page);
    await untilBoth(
      () => first.state(),
      ({ record }) => record?.elements[STATUS] === "passed",
    );
    await first.close("exit");

    const reset = await world.lms.open(await browsing.newPage(), { delivery, faults: { resets_attempt: 1 } });
    expect(await stateText(reset.page)).not.toContain("kept note");
    const { observation } = await untilBoth(
      () => reset.state(),
      ({ observation: seen }) => seen?.attempts.length === 2,
    );
    expect(observation?.seats).toHaveLength(1);
  }, 60_000);

  test("but one that never kept the marker did not reset: the learner resumes", async () => {
    const { delivery } = await start();
    const small = { suspend_limit: 10 };
    const first = await world.lms.open(await browsing.newPage(), { delivery, faults: small });
    await bookmarkAndPass(first.page);
    await untilBoth(
      () => first.state(),
      ({ observation }) => observation?.attempts[0]?.success === "passed",
    );
    await first.close("exit");

    const again = await world.lms.open(await browsing.newPage(), { delivery, faults: small });
    expect(await stateText(again.page)).toContain("kept note");
    expect((await again.state()).observation?.attempts).toHaveLength(1);
  }, 60_000);
});

describe("an LMS that changes its learners' ids", () => {
  test("brings, as far as anyone can know, another learner: a seat of their own, and nobody else's progress", async () => {
    const { delivery } = await start();
    const first = await world.lms.open(await browsing.newPage(), { delivery });
    await bookmarkAndPass(first.page);
    await untilBoth(
      () => first.state(),
      ({ record }) => record?.elements[STATUS] === "passed",
    );
    await first.close("exit");

    const other = await world.lms.open(await browsing.newPage(), {
      delivery,
      faults: { learner_id: "number" },
    });
    expect(await stateText(other.page)).not.toContain("kept note");
    await untilBoth(
      () => other.state(),
      ({ observation }) => observation?.seats.length === 2,
    );
  }, 60_000);

  test("or sends “guest” for everybody: turned away in words, and the LMS is told nothing but incomplete", async () => {
    const { delivery } = await start();
    const guest = await world.lms.open(await browsing.newPage(), {
      delivery,
      faults: { learner_id: "guest" },
    });
    await (await playerFrame(guest.page)).getByRole("heading", { level: 1 }).waitFor();
    const { record, observation } = await untilBoth(
      () => guest.state(),
      ({ record: kept, observation: seen }) =>
        kept?.elements[STATUS] === "incomplete" && seen?.launches[0]?.code === "identity_missing",
    );
    expect(record?.elements["cmi.core.score.raw"] ?? "").toBe("");
    expect(observation?.seats).toEqual([]);
  }, 60_000);
});

describe("odd LMSs", () => {
  test.each([
    ["answers true, 0 and null instead of texts", { odd_answers: 1 }],
    ["takes 200 ms a call", { slow_calls: 200 }],
    ["has its API three frames up", { frames_up: 3 }],
    ["has its API beyond a foreign frame", { cross_origin_hop: 1 }],
  ] as const)(
    "one that %s still gets the result",
    async (_name, faults) => {
      const { delivery } = await start();
      const opened = await world.lms.open(await browsing.newPage(), { delivery, faults });
      await bookmarkAndPass(opened.page);
      await untilBoth(
        () => opened.state(),
        ({ record, observation }) =>
          record?.elements[STATUS] === "passed" && observation?.attempts[0]?.success === "passed",
        30,
      );
    },
    60_000,
  );

  test("one that can't open its session tells nobody's id: the learner is told so", async () => {
    const { delivery } = await start();
    const opened = await world.lms.open(await browsing.newPage(), {
      delivery,
      faults: { initialize_fails: 1 },
    });
    const { observation } = await untilBoth(
      () => opened.state(),
      ({ observation: seen }) => (seen?.launches.length ?? 0) > 0,
      20,
    );
    expect(observation?.launches[0]).toMatchObject({ outcome: "denied", code: "identity_missing" });
    await (await playerFrame(opened.page)).getByText("who you are", { exact: false }).first().waitFor();
  }, 60_000);

  test("one that sandboxes the course offers a window instead of an empty frame", async () => {
    const { delivery } = await start();
    const opened = await world.lms.open(await browsing.newPage(), { delivery, faults: { sandboxed: 1 } });
    await opened.frame
      .getByRole("button", { name: "Open the course in a new window" })
      .waitFor({ timeout: 15_000 });
  }, 60_000);
});

describe("browsing and reviewing", () => {
  test.each([
    ["browse", "credit"],
    ["review", "credit"],
    ["normal", "no-credit"],
  ] as const)(
    "%s, %s: the learner is let in, and no status or score is written to the LMS",
    async (mode, credit) => {
      const { delivery } = await start({ zip: singleScoCourse2004("4th").zip, format: "scorm2004-4" });
      const opened = await world.lms.open(await browsing.newPage(), { delivery, settings: { mode, credit } });
      await bookmarkAndPass(opened.page);
      const { record } = await untilBoth(
        () => opened.state(),
        ({ observation }) => observation?.attempts[0]?.saved_at != null,
      );
      await opened.close("exit");
      const after = await opened.record();
      expect(after?.elements["cmi.success_status"] ?? "unknown").toBe("unknown");
      expect(after?.elements["cmi.score.raw"] ?? "").toBe("");
      expect(record).not.toBeNull();
    },
    60_000,
  );
});

describe("the safeguard, by the gateway's clock", () => {
  test("open long enough in one launch: charged once, in a hidden tab too", async () => {
    const { delivery } = await start({ zip: singleScoCourse12().zip, terms: ["charge_after_seconds=4"] });
    const opened = await world.lms.open(await browsing.newPage(), { delivery });
    await courseFrame(opened.page);
    const front = await browsing.newPage();
    await front.bringToFront();
    const { observation } = await untilBoth(
      () => opened.state(),
      ({ observation: seen }) => seen?.seats[0]?.state === "confirmed",
    );
    expect(observation?.charges).toMatchObject([
      { amount: 1250, why: "The course was open for two minutes" },
    ]);
    expect(observation?.launches).toHaveLength(1);
  }, 60_000);

  test("closed before that: no charge", async () => {
    const { delivery } = await start({ zip: singleScoCourse12().zip, terms: ["charge_after_seconds=20"] });
    const opened = await world.lms.open(await browsing.newPage(), { delivery });
    await bookmarkAndPass(opened.page);
    await opened.close("tab");
    const { observation } = await untilBoth(
      () => opened.state(),
      ({ observation: seen }) => seen?.launches[0]?.closed_at != null,
    );
    expect(observation?.seats[0]?.state).toBe("pending");
    expect(observation?.charges).toEqual([]);
  }, 60_000);
});

describe("two tabs of one learner", () => {
  test("are one attempt; the second is told, takes over with what the first saved, and the first is told then", async () => {
    const { delivery } = await start();
    const first = await world.lms.open(await browsing.newPage(), { delivery });
    const course = await courseFrame(first.page);
    await course.fill("#note", "from the first tab");
    await course.click("#bookmark");

    const second = await world.lms.open(await browsing.newPage(), { delivery });
    const player = await playerFrame(second.page);
    await player.getByText("This course is open in another tab").waitFor();
    await course.fill("#note", "later, still from the first tab");
    await course.click("#bookmark");
    await first.page.waitForTimeout(1500);
    await player.getByRole("button", { name: "Continue here" }).click();
    expect(await stateText(second.page)).toContain("later, still from the first tab");
    await (await playerFrame(first.page)).getByText("You continued this course in another window").waitFor();
    expect((await second.state()).observation?.attempts).toHaveLength(1);
  }, 60_000);
});

describe("two tabs, the first of them closed", () => {
  test("the second goes on by itself, with what the first saved last", async () => {
    const { delivery } = await start();
    const first = await world.lms.open(await browsing.newPage(), { delivery });
    const second = await world.lms.open(await browsing.newPage(), { delivery });
    await (await playerFrame(second.page)).getByText("This course is open in another tab").waitFor();
    const course = await courseFrame(first.page);
    await course.fill("#note", "last words");
    await course.click("#bookmark");
    await first.close("tab");
    expect(await stateText(second.page)).toContain("last words");
  }, 60_000);
});

describe("a revoked delivery", () => {
  test("stops the launch at its next beat, says why, and keeps the last save", async () => {
    const { account, delivery } = await start();
    const opened = await world.lms.open(await browsing.newPage(), { delivery });
    await bookmarkAndPass(opened.page);
    await untilBoth(
      () => opened.state(),
      ({ observation }) => observation?.attempts[0]?.success === "passed",
    );
    await world.gateway.operate("delivery revoke", { account, delivery });
    const player = await playerFrame(opened.page);
    await player.getByText("This way into the course is closed").waitFor({ timeout: 15_000 });
    expect(opened.page.frames().some((frame) => frame.url().includes("/c/"))).toBe(false);
  }, 60_000);
});
