/**
 * The player over LTI in a real browser, before the real gateway: in the frame of a platform on another site, with third-party
 * cookies blocked as Debian's Chromium does by itself, and in a window (docs/bridge.md §6).
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Frame, Page } from "playwright-core";
import type { Rollup } from "../../src/core/bridge.ts";
import { revoke } from "../../src/flows/deliveries.ts";
import { importCourse } from "../../src/flows/importCourse.ts";
import { ltiArrival } from "../../src/flows/lti/ltiArrival.ts";
import { openLaunch } from "../../src/flows/openLaunch.ts";
import { type Browsing, browse } from "../support/chromium.ts";
import { BY, type TestLicense } from "../support/fixtures.ts";
import { freePort } from "../support/freePort.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { linkMessage, ticketFor } from "../support/lti/tickets.ts";
import { eventually } from "../support/player/playing.ts";
import { scorm12Zip } from "../support/scoPackages.ts";

let gateway: TestGateway;
let server: Server;
let platform: Server;
let contentOrigin: string;
let platformOrigin: string;
let courseId: string;
let browsing: Browsing;
let page: Page;
/** A link of the course, under a license of the test's own. */
let link: TestLicense;

beforeAll(async () => {
  const [port, platformPort] = [await freePort(), await freePort()];
  contentOrigin = `http://127.0.0.1:${port}`;
  platformOrigin = `http://localhost:${platformPort}`;
  gateway = await testGateway({
    settings: { CONTENT_ORIGIN: contentOrigin, APP_ORIGIN: `http://localhost:${port}` },
  });
  server = createServer(gateway.app());
  platform = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" });
    response.end(platformPage(new URL(request.url ?? "/", platformOrigin)));
  });
  await Promise.all([listen(server, port), listen(platform, platformPort)]);
  courseId = await importSample();
  browsing = await browse({ viewport: { width: 1000, height: 800 } });
});
afterAll(async () => {
  await browsing.close();
  for (const one of [server, platform]) {
    one.closeAllConnections();
    await new Promise((resolve) => one.close(resolve));
  }
  await gateway.close();
});
beforeEach(async () => {
  const license = await gateway.payPerUse({ course_id: courseId });
  link = await gateway.deliverAgain(license, "lti");
  page = await browsing.newPage();
});
afterEach(async () => {
  await page.close();
  expect(browsing.errors).toEqual([]);
});

const listen = (one: Server, port: number) =>
  new Promise<void>((resolve) => one.listen(port, "127.0.0.1", resolve));

async function importSample(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tallygate-lti-"));
  const path = join(folder, "course.zip");
  const zip = scorm12Zip({
    title: "Kitchen safety",
    more_items: ["Knives", "Fire"],
    script: 'call("LMSInitialize", "");',
  });
  await writeFile(path, zip);
  const source = { type: "file", path, file_name: "course.zip" } as const;
  const { course_id } = await importCourse(gateway.context, BY, { source, course_id: null, title: null });
  await rm(folder, { recursive: true });
  return course_id;
}

/** `/frame?of=`: a course's page; `/window?of=`: one that opens it by script; `/back`: where learners return to. */
function platformPage(url: URL): string {
  const of = JSON.stringify(url.searchParams.get("of") ?? "").replaceAll("<", "\\u003c");
  const body: Readonly<Record<string, string>> = {
    "/frame": `<h1>Course page</h1><iframe title="Tool" width="100%" height="600"></iframe>
      <script>heard = []; addEventListener("message", (event) => heard.push(event.data));
      document.querySelector("iframe").src = ${of};</script>`,
    "/window": `<button onclick='window.open(${of})'>Open</button>`,
    "/back": "<h1>Back in the course</h1>",
  };
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Platform</title><link rel="icon" href="data:,">
<style>body{margin:0}iframe{border:0;display:block}</style></head><body>${body[url.pathname] ?? ""}</body></html>`;
}

interface Launching {
  readonly return_url?: string | null;
  readonly person?: string;
}

/** As the door does it: decides the launch, and sends the learner on. */
async function playerAddress({
  return_url = `${platformOrigin}/back?tab=grades`,
  person = "ana",
}: Launching = {}) {
  const { context } = gateway;
  const presentation = { return_url };
  const message = linkMessage(link, { presentation, person: { id: person } });
  expect((await openLaunch(context, ltiArrival(message))).type).toBe("allowed");
  return `${contentOrigin}/play/lti#${ticketFor(context, message)}`;
}

const inPlatform = (path: "frame" | "window", address: string) =>
  `${platformOrigin}/${path}?of=${encodeURIComponent(address)}`;

async function launchInFrame(launching?: Launching): Promise<Frame> {
  await page.goto(inPlatform("frame", await playerAddress(launching)));
  return frameAt(page, "/play/lti");
}

/** The first frame at such an address, once it has loaded. */
async function frameAt(of: Page, part: string): Promise<Frame> {
  let found: Frame | undefined;
  await eventually(() => {
    found = of.frames().find((frame) => frame.url().includes(part));
    expect(found).toBeDefined();
  });
  await (found as Frame).waitForLoadState("load");
  return found as Frame;
}

/** The course calls its API, as courses do. */
const call = async (name: string, ...given: string[]) => {
  const course = await frameAt(page, "/c/");
  await course.waitForFunction("window.lms");
  return course.evaluate(`call(${JSON.stringify(name)}, ...${JSON.stringify(given)})`);
};
const set = (element: string, value: string) => call("LMSSetValue", element, value);
const get = (element: string) => call("LMSGetValue", element);

const exit = (player: Frame | Page) => player.getByRole("button", { name: "Exit course" }).click();
const heading = (where: Frame | Page, name: string) => where.getByRole("heading", { name }).waitFor();

async function storedRollup(): Promise<Rollup | null> {
  const [attempt] = await gateway.context.db.query<{ rollup: Rollup | null }>(
    "select rollup from attempt where account_id = $1",
    [link.account_id],
  );
  return attempt?.rollup ?? null;
}

async function storedLocation(): Promise<string | null | undefined> {
  const [stored] = await gateway.context.db.query<{ location: string | null }>(
    `select elements -> 'cmi.core.lesson_location' ->> 0 as location from attempt_state
     where account_id = $1 and elements ? 'cmi.core.lesson_location'`,
    [link.account_id],
  );
  return stored?.location;
}

describe("in a platform's frame", () => {
  test("a course of several parts runs, keeps score and completion, and leads back by its exit", async () => {
    const player = await launchInFrame();
    expect(await get("cmi.core.student_name")).toBe("Ortiz, Ana");
    const contents = player.getByRole("navigation", { name: "Contents" });
    for (const part of ["Lesson", "Knives", "Fire"]) {
      await contents.getByRole("button", { name: part }).click();
      await player.locator(`[aria-current=page]:has-text("${part}")`).waitFor();
      await set("cmi.core.score.raw", "80");
      await set("cmi.core.lesson_status", "passed");
    }
    await player.getByText("Passed").nth(2).waitFor();
    await exit(player);
    const back = await frameAt(page, "/back");
    await heading(back, "Back in the course");
    expect(Object.fromEntries(new URL(back.url()).searchParams)).toEqual({
      tab: "grades",
      lti_msg: "Your result has been saved",
      lti_log: expect.stringMatching(/^launch [0-9a-f-]{36}: exit$/),
    });
    expect(await storedRollup()).toMatchObject({
      completion: "completed",
      success: "passed",
      score: { scaled: 0.8 },
      progress: 1,
    });
    expect(await gateway.launches(link)).toMatchObject([{ outcome: "allowed" }]);
  });

  test("a reload is the same launch, and a new launch goes on where the last one was", async () => {
    const player = await launchInFrame();
    await player.getByRole("button", { name: "Knives" }).click();
    await player.locator('[aria-current=page]:has-text("Knives")').waitFor();
    await set("cmi.core.lesson_location", "page-3");
    await set("cmi.core.session_time", "00:16:00");
    await call("LMSCommit", "");
    await player.getByText(/^Saved /).waitFor();
    await player.evaluate("location.reload()");
    await eventually(async () => expect(await get("cmi.core.lesson_location")).toBe("page-3"));
    expect(await get("cmi.core.entry")).toBe("resume");
    expect(await get("cmi.core.total_time")).toBe("00:16:00");
    expect(await gateway.launches(link)).toHaveLength(1);

    const again = await launchInFrame();
    await again.locator('[aria-current=page]:has-text("Knives")').waitFor();
    expect(await get("cmi.core.lesson_location")).toBe("page-3");
    expect(await gateway.launches(link)).toHaveLength(2);
  });

  test("a low frame is asked to be higher", async () => {
    await launchInFrame();
    await eventually(async () =>
      expect(await page.evaluate("heard")).toContainEqual({ subject: "lti.frameResize", height: 720 }),
    );
  });

  test("without an address to return to the last page says that it may be left", async () => {
    const player = await launchInFrame({ return_url: null });
    await set("cmi.core.lesson_status", "completed");
    await exit(player);
    await heading(player, "Your result has been saved");
    await player.getByText("You can leave this page.").waitFor();
    expect(await player.getByRole("button").count()).toBe(0);
  });

  test("a course that is withdrawn meanwhile says so first, and leads back by a click", async () => {
    const player = await launchInFrame();
    await get("cmi.core.lesson_status");
    await revoke(gateway.context, BY, link.account_id, link.delivery_id);
    await set("cmi.core.lesson_status", "completed");
    const button = player.getByRole("button", { name: "Back to your learning platform" });
    await button.waitFor();
    expect(await storedRollup()).toMatchObject({ completion: "incomplete" });
    await button.click();
    const back = new URL((await frameAt(page, "/back")).url());
    expect(back.searchParams.get("lti_errormsg")).not.toBe("");
    expect(back.searchParams.get("lti_errorlog")).toMatch(/: stopped$/);
  });

  test("what is no ticket, or an old one, says to open the course again", async () => {
    const old = await playerAddress();
    gateway.clock.advance({ seconds: 12 * 60 * 60 });
    for (const [address, code] of [
      [old, "lti_ticket_expired"],
      [`${contentOrigin}/play/lti#nonsense`, "lti_ticket_invalid"],
    ] as const) {
      await page.goto(inPlatform("frame", address));
      const player = await frameAt(page, "/play/lti");
      await heading(player, "This session has ended");
      await player.getByText("Open the course again from your learning platform to go on.").waitFor();
      await player.getByText(code).waitFor();
      expect(await player.getByRole("button").count()).toBe(0);
    }
    await page.goto(inPlatform("frame", `${contentOrigin}/play/lti`));
    await heading(await frameAt(page, "/play/lti"), "Open this course from your learning platform");
    // The browser tells of answers that are errors; these are.
    (browsing.errors as string[]).length = 0;
  });
});

describe("in a window", () => {
  test("that the platform's page became, the exit leads back in it", async () => {
    await page.goto(await playerAddress());
    await set("cmi.core.score.raw", "55");
    // Whoever copies the address hands nobody their launch.
    expect(page.url()).toBe(`${contentOrigin}/play/lti`);
    await exit(page);
    await heading(page, "Back in the course");
    expect(new URL(page.url()).searchParams.get("lti_msg")).toBe("Your result has been saved");
    expect(await storedRollup()).toMatchObject({ score: { scaled: 0.55 } });
  });

  test("that was copied before the launch went on elsewhere, it goes on from there: nothing it saves is lost", async () => {
    await page.goto(await playerAddress());
    await set("cmi.core.lesson_location", "page-1");
    await call("LMSCommit", "");
    await eventually(async () => expect(await storedLocation()).toBe("page-1"));
    const copied = await page.evaluate("history.state");
    for (const place of ["page-2", "page-3", "page-4", "page-5"]) {
      await set("cmi.core.lesson_location", place);
      await set("cmi.core.session_time", "00:16:00");
      await call("LMSCommit", "");
      await eventually(async () => expect(await storedLocation()).toBe(place));
    }
    await page.close();

    page = await browsing.newPage();
    await page.goto(`${contentOrigin}/play/lti`);
    await page.evaluate((state) => history.replaceState(state, ""), copied);
    await page.reload();
    expect(await get("cmi.core.lesson_location")).toBe("page-5");
    expect(await get("cmi.core.total_time")).toBe("00:16:00");
    await set("cmi.core.lesson_location", "page-6");
    await call("LMSCommit", "");
    await eventually(async () => expect(await storedLocation()).toBe("page-6"));
    expect(await gateway.launches(link)).toHaveLength(1);
  });

  test("that a script opened, it closes itself where there is no address to return to", async () => {
    await page.goto(inPlatform("window", await playerAddress({ return_url: null })));
    const [opened] = await Promise.all([page.waitForEvent("popup"), page.getByRole("button").click()]);
    await frameAt(opened, "/c/");
    await Promise.all([opened.waitForEvent("close"), exit(opened)]);
  });

  test("that nobody may close but the learner, the last page says so", async () => {
    await page.goto(`${platformOrigin}/back`);
    await page.goto(await playerAddress({ return_url: null }));
    await frameAt(page, "/c/");
    await exit(page);
    await heading(page, "Your result has been saved");
    await page.getByText("You can close this window.").waitFor();
  });
});
