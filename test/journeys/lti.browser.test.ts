/** Courses over LTI, end to end: the built gateway, the practice platform as the customer's LMS, and a real browser. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import type { Score } from "../../src/edges/practicePlatform/platformTypes.ts";
import { type Browsing, browse } from "../support/chromium.ts";
import { singleScoCourse12 } from "../support/courses.ts";
import { type EndToEnd, type Sale, startEndToEnd } from "../support/endToEnd.ts";
import { freePort } from "../support/freePort.ts";
import { courseIn, learnerNamed, PlatformPage } from "../support/platformPage.ts";
import { frameAt } from "../support/practiceLms.ts";
import { ask } from "../support/practicePlatform.ts";
import { until } from "../support/until.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let world: EndToEnd;
let platform: PlatformPage;
let browsing: Browsing;
let page: Page;

beforeAll(async () => {
  const port = await freePort();
  const environment = { PRACTICE_PLATFORM: "on", PRACTICE_PLATFORM_PORT: String(port) };
  world = await startEndToEnd({ environment });
  platform = new PlatformPage(`http://localhost:${port}`);
}, 60_000);
afterAll(() => world.stop());

beforeEach(async () => {
  browsing = await browse();
  page = await browsing.newPage();
});
afterEach(async () => {
  await platform.setFaults({ down: false, refuses_scores: false });
  const { errors } = browsing;
  await browsing.close();
  expect(errors).toEqual([]);
});

type Version = "1.3" | "1.1";

/** A course of its own, put into the platform's course as its teacher does it. */
async function addedCourse(title: string, version: Version): Promise<Sale> {
  const sale = await world.sell({ zip: singleScoCourse12({ title }).zip, format: "lti" });
  await platform.openOn(page);
  if (version === "1.3" && (await platform.state()).tools.length === 0) await connect();
  await page.getByText("Add a course of the gateway").click();
  await page.getByLabel("Course", { exact: true }).selectOption({ label: title });
  await page.getByLabel("By", { exact: true }).selectOption(version);
  await page.getByRole("button", { name: "Add it" }).click();
  await page
    .getByLabel("Activity", { exact: true })
    .locator("option", { hasText: title })
    .waitFor({ state: "attached" });
  return sale;
}

async function connect(): Promise<void> {
  await page.getByRole("button", { name: "Connect to the gateway" }).click();
  await confirmRegistration();
}

async function confirmRegistration(): Promise<void> {
  const frame = await frameAt(page, "/lti/register/");
  await frame.getByRole("button", { name: "Register" }).click();
  await page.getByRole("heading", { name: "Tallygate" }).first().waitFor();
  await page.getByRole("button", { name: "Close the tool" }).waitFor({ state: "detached" });
}

async function lastScore(learner: string, column: string, isSo: (score: Score) => boolean): Promise<Score> {
  let last: Score | undefined;
  await until(
    `a score of ${learner} in ${column}`,
    async () => {
      last = (await platform.scores(learner, column)).at(-1);
      return last !== undefined && isSo(last);
    },
    20,
  ).catch((error: Error) => {
    throw new Error(`${error.message}; the last one is ${JSON.stringify(last)}`);
  });
  return last as Score;
}

const hasPoints = ({ score_given }: Score) => score_given !== null;

interface Named {
  readonly id: string;
  readonly name: string;
}

describe.each<Version>(["1.3", "1.1"])("a course over LTI %s", (version) => {
  test("is taken: score and completion stand in the gradebook, and a relaunch resumes", async () => {
    const title = `Fire drill ${version}`;
    const { account, license } = await addedCourse(title, version);
    await platform.launchOn(page, { activity: title });
    const course = await courseIn(page);
    await course.fill("#note", "half way – é 漢字");
    await course.click("#bookmark");
    await course.click("#pass");
    const score = await lastScore("101", title, hasPoints);
    expect((score.score_given ?? 0) / (score.score_maximum ?? 1)).toBeCloseTo(0.9);
    if (version === "1.3") expect(score).toMatchObject({ activity: "Completed", grading: "FullyGraded" });
    await page.getByRole("cell", { name: version === "1.3" ? /90 of 100/ : /0\.9 of 1/ }).waitFor();
    await expectAccessible();
    await platform.closeTool(page);

    await platform.launchOn(page, { activity: title });
    const again = await courseIn(page);
    expect(await again.locator("#state").textContent()).toMatch(/half way – é 漢字/);
    const seats = await world.gateway.operate<object[]>("seat list", { account, license });
    expect(seats).toHaveLength(1);
    const learners = await world.gateway.operate<Named[]>("learner list", { account });
    expect(learners.map(({ name }) => name)).toContain("Anna Berg");
    expect((await platform.scores("101", title)).filter(hasPoints)).toEqual([score]);
  }, 60_000);

  test("runs in a window too, and the way out leads back", async () => {
    const title = `In a window ${version}`;
    await addedCourse(title, version);
    const shown = await platform.launchOn(page, { activity: title, settings: { shown_in: "window" } });
    const course = await courseIn(shown);
    await course.click("#complete");
    await lastScore("101", title, hasPoints);
    const closed = shown.waitForEvent("close");
    await shown.getByRole("button", { name: "Exit course" }).click();
    await closed;
    const said = (await platform.state()).log.map(({ words }) => words);
    expect(said).toContain("The tool sent the learner back to the course.");
  }, 60_000);
});

describe("a platform that is down", () => {
  test.each<Version>(["1.3", "1.1"])(
    "gets the scores of LTI %s afterwards: in order, each once",
    async (version) => {
      const title = `Down ${version}`;
      const { account } = await addedCourse(title, version);
      await platform.launchOn(page, { activity: title });
      const course = await courseIn(page);
      await platform.setFaults({ down: true });
      // That the course was begun, at most.
      const before = await platform.scores("101", title);
      expect(before.filter(hasPoints)).toEqual([]);
      await course.fill("#points", "40");
      await course.click("#score");
      await hasBeenRefused(account);
      await course.fill("#points", "60");
      await course.click("#score");
      await course.click("#pass");
      expect(await platform.scores("101", title)).toEqual(before);
      await platform.setFaults({ down: false });

      const [target] = await waiting(account);
      await world.gateway.operate("grade retry", { account, target: target?.id });
      await lastScore("101", title, (score) => (score.score_given ?? 0) / (score.score_maximum ?? 1) >= 0.9);
      const arrived = await platform.scores("101", title);
      const shares = arrived.map(
        ({ score_given, score_maximum }) => (score_given ?? 0) / (score_maximum ?? 1),
      );
      expect(shares).toEqual([...new Set(shares)].toSorted((one, other) => one - other));
      expect(shares.at(-1)).toBeCloseTo(0.9);
      const times = arrived.map(({ timestamp }) => Date.parse(timestamp));
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      await until("nothing waits any more", async () => (await waiting(account)).length === 0, 10);
    },
    60_000,
  );

  interface Target {
    readonly id: string;
    readonly waiting: number;
    readonly last_problem: string | null;
  }

  async function waiting(account: string): Promise<readonly Target[]> {
    const targets = await world.gateway.operate<Target[]>("grade list", { account });
    return targets.filter((target) => target.waiting > 0);
  }

  function hasBeenRefused(account: string): Promise<void> {
    const isRefused = async () =>
      (await waiting(account)).some(({ last_problem }) => last_problem?.includes("503"));
    return until("the platform refused a score", isRefused, 15);
  }
});

describe("deep linking", () => {
  test("adds several courses at once, each with its column, ready to be launched", async () => {
    const titles = ["Ladders", "Chemicals"];
    for (const title of titles) await addedCourse(title, "1.3");
    await page.reload();
    await page.getByRole("button", { name: "Pick activities" }).click();
    const catalog = await frameAt(page, "/lti/");
    for (const title of titles) await catalog.getByLabel(title, { exact: true }).check();
    const before = (await platform.state()).links.length;
    await catalog.getByRole("button", { name: /Add/ }).click();
    await until(
      "the picked links are there",
      async () => (await platform.state()).links.length === before + 2,
      10,
    );
    const { links, line_items } = await platform.state();
    const picked = links.slice(before);
    // Its kind and short id tell a link from its twins (RULES §4).
    expect(picked.map(({ title }) => title.replace(/ \[Pay per use .*$/, "")).toSorted()).toEqual(
      titles.toSorted(),
    );
    for (const { link_id } of picked)
      expect(line_items.find((item) => item.link_id === link_id)).toMatchObject({
        made: "by deep linking",
        score_maximum: 100,
      });
    await page.getByRole("button", { name: "Close the tool" }).waitFor({ state: "detached" });
  }, 60_000);
});

describe("names and roles", () => {
  test("fill in who launched without a name; who left the course is suggested for deactivation", async () => {
    const title = "By an id alone";
    const { account } = await addedCourse(title, "1.3");
    const named = async (name: string) =>
      (await world.gateway.operate<Named[]>("learner list", { account })).find((one) => one.name === name);
    await platform.launchOn(page, { activity: title, learner: "103", settings: { tells: "id" } });
    await courseIn(page);
    await readMembers(account);
    await until("the learner has a name", async () => (await named("Lucía Álvarez")) !== undefined, 20);

    const { learners } = await platform.state();
    await platform.do(`/learners/${learnerNamed(learners, "103").user_id}`, { left: true });
    await readMembers(account);
    const lucia = await named("Lucía Álvarez");
    const isSuggested = async () => {
      const suggestions = await world.gateway.operate<{ learner_id: string }[]>(
        "deactivation-suggestion list",
        { account },
      );
      return suggestions.some(({ learner_id }) => learner_id === lucia?.id);
    };
    await until("who left is suggested for deactivation", isSuggested, 20);
  }, 60_000);

  /** Otherwise once a day. */
  async function readMembers(account: string): Promise<void> {
    const [course] = await world.gateway.operate<Named[]>("lti-context list", { account });
    await world.gateway.operate("lti-context read-members", { account, context: course?.id });
  }
});

describe("a registration link", () => {
  test("pasted into the platform registers the gateway, and is good once", async () => {
    const [account] = await world.gateway.operate<Named[]>("account list");
    const { url } = await world.gateway.operate<{ url: string }>("lti-link create", {
      account: account?.id,
    });
    await platform.openOn(page);
    const before = (await platform.state()).tools.length;
    await paste(url);
    await confirmRegistration();
    const { tools } = await platform.state();
    expect(tools).toHaveLength(before + 1);
    expect(tools.at(-1)).toMatchObject({
      registered: "by dynamic registration",
      deep_linking_url: expect.stringContaining(world.gateway.appOrigin),
    });
    const { configuration_url } = (await platform.state()).values;
    const query = new URLSearchParams({ openid_configuration: configuration_url });
    const again = await ask<string>(`${url}?${query}`);
    expect(again.status).toBeGreaterThanOrEqual(400);
    expect(again.body).toContain("used already");
  }, 60_000);

  async function paste(url: string): Promise<void> {
    await page.getByText("Paste a registration link").click();
    await page.getByLabel("The tool’s registration link").fill(url);
    await page.getByRole("button", { name: "Register", exact: true }).click();
  }
});

async function expectAccessible(): Promise<void> {
  await page.evaluate(AXE);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
  expect(found).toEqual([]);
}
