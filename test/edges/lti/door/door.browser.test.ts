/**
 * The door of LTI in Chromium, in a frame of a platform of another site: with third-party cookies allowed, blocked, and all
 * cookies blocked, with and without storage of the platform's. A launch, or a page that leads to one by a click (DESIGN §6).
 */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import axe from "axe-core";
import type { Frame, Page } from "playwright-core";
import { ltiLinkOf } from "../../../../src/core/lti/links.ts";
import { type Browsing, browse, type Cookies } from "../../../support/chromium.ts";
import type { TestLicense } from "../../../support/fixtures.ts";
import { freePort } from "../../../support/freePort.ts";
import { type TestGateway, testGateway } from "../../../support/gateway.ts";
import { type Platform, registerPlatform, startPlatform } from "../../../support/lti/platform.ts";
import { until } from "../../../support/until.ts";

/** How the platform keeps things for tools: not, in the page around the frame, or in a frame of its own, by old names. */
type Storage = "none" | "_parent" | "storage_frame";

let platform: Platform;
let gateway: TestGateway;
let license: TestLicense;
let servers: Server[];
let appOrigin: string;
let pagesOrigin: string;
let browsing: Browsing;
/** Without this the platform cuts the tie to who opened a window. */
let keepsOpener: boolean;

beforeAll(async () => {
  const port = await freePort();
  appOrigin = `http://localhost:${port}`;
  platform = await startPlatform({ now: () => gateway.clock.now() });
  gateway = await testGateway({
    settings: { PORT: String(port), LTI_TRUSTED_ORIGINS: platform.origin },
  });
  const pages = createServer((request, response) => {
    void text(request).then(() => servePlatform(new URL(request.url ?? "/", pagesOrigin), response));
  });
  servers = [createServer((request, response) => gateway.app()(request, response)), pages];
  await new Promise<void>((resolve) => servers[0]?.listen(port, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  pagesOrigin = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
}, 60_000);
beforeEach(async () => {
  keepsOpener = true;
  await gateway.empty();
  license = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
  const registration = { ...platform.registration, authorization_url: `${pagesOrigin}/authorize` };
  await registerPlatform(gateway, { ...platform, registration }, license);
});
afterEach(async () => {
  const { errors } = browsing;
  await browsing.close();
  // The course has no files here: the player's errors are not the door's.
  expect(errors.filter((error) => error.includes(appOrigin))).toEqual([]);
});
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await gateway.close();
  await platform.close();
});

/** The platform's pages: one that shows the course in a frame, and the one that signs the learner in. */
function servePlatform(url: URL, response: ServerResponse): void {
  response.setHeader("content-type", "text/html; charset=utf-8");
  if (url.pathname === "/authorize") return void response.end(signedIn(url, response));
  const storage = (url.searchParams.get("storage") ?? "none") as Storage;
  if (url.pathname === "/storage") return void response.end(KEEPER);
  response.end(coursePage(storage));
}

function signedIn(url: URL, response: ServerResponse): string {
  if (!keepsOpener) response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  const asked = (name: string) => url.searchParams.get(name) ?? "";
  const id_token = platform.idToken({ nonce: asked("nonce"), target_link_uri: link() });
  return `<!doctype html><title>Signing in</title><form method="post" action="${asked("redirect_uri")}">
    <input type="hidden" name="id_token" value="${id_token}"><input type="hidden" name="state" value="${asked("state")}">
    </form><script>document.forms[0].submit()</script>`;
}

const link = () => ltiLinkOf(appOrigin, license.delivery_key);

/** As platforms keep what tools leave with them, by the names of before the specification. */
const KEEPER = `<!doctype html><title>Kept here</title><script>
  const kept = {};
  addEventListener("message", ({ data, source, origin }) => {
    if (!data || !data.subject) return;
    const old = "org.imsglobal.lti.";
    const answer = { subject: data.subject + ".response", message_id: data.message_id };
    if (data.subject === old + "put_data") kept[origin + data.key] = data.value;
    else if (data.subject === old + "get_data") answer.value = kept[origin + data.key];
    else return;
    source.postMessage({ ...answer, key: data.key }, origin);
  });
</script>`;

/** As a platform does it that goes by the specification, and says what it can. */
const KEEPING_PAGE = `<script>
  const kept = {};
  addEventListener("message", ({ data, source, origin }) => {
    if (!data || !data.subject) return;
    const answer = { subject: data.subject + ".response", message_id: data.message_id };
    if (data.subject === "lti.capabilities")
      answer.supported_messages = [{ subject: "lti.capabilities" }, { subject: "lti.put_data" }, { subject: "lti.get_data" }];
    else if (data.subject === "lti.put_data") Object.assign(answer, { key: data.key, value: (kept[origin + data.key] = data.value) });
    else if (data.subject === "lti.get_data") Object.assign(answer, { key: data.key, value: kept[origin + data.key] });
    else answer.error = { code: "unsupported_subject" };
    source.postMessage(answer, origin);
  });
</script>`;

function coursePage(storage: Storage): string {
  const login = new URLSearchParams({
    iss: platform.issuer,
    client_id: platform.client_id,
    login_hint: "hint-1",
    target_link_uri: link(),
    ...(storage === "none" ? {} : { lti_storage_target: storage }),
  });
  const keeper = {
    none: "",
    _parent: KEEPING_PAGE,
    storage_frame: '<iframe name="storage_frame" src="/storage" title="Storage" hidden></iframe>',
  };
  return `<!doctype html><html lang="en"><title>A course page</title><link rel="icon" href="data:,">${keeper[storage]}
    <script>onload = () => { document.getElementById("course").src = ${JSON.stringify(`${appOrigin}/lti/login?${login}`)} }</script>
    <iframe id="course" name="course" title="Course" width="380" height="500"></iframe></html>`;
}

async function openCourse(cookies: Cookies, storage: Storage): Promise<Page> {
  browsing = await browse({ cookies });
  const page = await browsing.newPage();
  await page.goto(`${pagesOrigin}/?storage=${storage}`);
  return page;
}

const frameOf = (page: Page): Frame => page.frame("course") as Frame;
const playerOrigin = () => appOrigin.replace("localhost", "127.0.0.1");

/** The player was reached: what it does there is told elsewhere. */
async function untilLaunched(where: Frame | Page): Promise<void> {
  await until("the player is reached", () => isPlayer(where), 20).catch((error: Error) => {
    throw new Error(`${error.message}, but ${where.url()}`);
  });
  expect(await gateway.launches(license)).toMatchObject([{ outcome: "allowed", count: 1 }]);
}

const isPlayer = (where: Frame | Page) => where.url().startsWith(`${playerOrigin()}/play/lti`);

const BUTTON = "Open in a new window";

async function expectAccessible(frame: Frame): Promise<void> {
  await frame.evaluate(axe.source);
  const found = await frame.evaluate<{ violations: { id: string }[] }>("axe.run()");
  expect(found.violations.map(({ id }) => id)).toEqual([]);
}

describe("in the frame itself", () => {
  test.each([
    ["allowed", "none"],
    ["third-party blocked", "_parent"],
    ["third-party blocked", "storage_frame"],
    ["all blocked", "_parent"],
  ] as const)("cookies %s, storage %s: a launch", async (cookies, storage) => {
    const page = await openCourse(cookies, storage);
    await untilLaunched(frameOf(page));
  });
});

describe("by a click, in a window of its own", () => {
  test("all cookies blocked, no storage: this page tells the window what it needs", async () => {
    const page = await openCourse("all blocked", "none");
    const frame = frameOf(page);
    await frame.getByRole("heading", { name: "Open the course in a window of its own" }).waitFor();
    await expectAccessible(frame);
    expect(await frame.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    const opened = page.waitForEvent("popup");
    await frame.getByRole("link", { name: BUTTON }).click();
    await untilLaunched(await opened);
    await frame.getByRole("heading", { name: "The course opens in a new window" }).waitFor();
    expect(await gateway.launches(license)).toHaveLength(1);
  });

  test("a platform that cuts the tie to this page, and cookies that a window keeps: they are enough", async () => {
    keepsOpener = false;
    const page = await openCourse("third-party blocked", "none");
    const frame = frameOf(page);
    const isThere = await Promise.race([
      frame
        .getByRole("link", { name: BUTTON })
        .waitFor()
        .then(() => true),
      until("the player is reached", () => frame.url().startsWith(`${playerOrigin()}/play/lti`), 20).then(
        () => false,
      ),
    ]);
    // Where the browser keeps partitioned cookies the frame needs no window.
    if (!isThere) return untilLaunched(frame);
    const opened = page.context().waitForEvent("page");
    await frame.getByRole("link", { name: BUTTON }).click();
    await untilLaunched(await opened);
  });

  test("all cookies blocked and the tie cut: a page that says what helps", async () => {
    keepsOpener = false;
    const page = await openCourse("all blocked", "none");
    const opened = page.context().waitForEvent("page");
    await frameOf(page).getByRole("link", { name: BUTTON }).click();
    const popup = await opened;
    await popup.getByRole("heading", { name: "Your browser blocks what the course needs" }).waitFor();
    expect(await gateway.launches(license)).toEqual([]);
  });
});
