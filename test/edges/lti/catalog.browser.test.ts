/** Courses are picked inside the frame of an LMS: by mouse and by keyboard, on a phone, and where no script runs. */
import { mkdir } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Frame, Page } from "playwright-core";
import { pickingMessageOf, sealSession } from "../../../src/flows/lti/catalog/session.ts";
import { violationsOf } from "../../support/axe.ts";
import { type Browsing, browse } from "../../support/chromium.ts";
import { freePort } from "../../support/freePort.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { deepLinkingMessage } from "../../support/lti/picking.ts";
import { type Platform, registerPlatform, startPlatform } from "../../support/lti/platform.ts";

const ITEMS = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items";

let gateway: TestGateway;
let platform: Platform;
let server: Server;
let lms: Lms;
let browsing: Browsing;
let page: Page;
let catalog: string;
let account: { account_id: string; connection_id: string };
let registration_id: string;

beforeAll(async () => {
  const port = await freePort();
  gateway = await testGateway({ settings: { PORT: String(port) } });
  platform = await startPlatform({ now: () => gateway.clock.now() });
  account = await gateway.account();
  registration_id = await registerPlatform(gateway, platform, account);
  server = createServer(gateway.app());
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  catalog = `http://localhost:${port}/lti/catalog`;
  lms = await startLms();
  await stock();
  browsing = await browse();
});
beforeEach(async () => {
  page = await browsing.newPage();
  lms.taken.length = 0;
});
afterAll(async () => {
  await browsing.close();
  await lms.close();
  server.close().closeAllConnections();
  await platform.close();
  await gateway.close();
});

/** More than a page, twins, a paused license and a title that is longer than a phone is wide. */
async function stock(): Promise<void> {
  const titles = ["Food hygiene", "Fire safety", "Ladders and scaffolding on building sites, refresher"];
  for (let number = 1; number <= 30; number++) titles.push(`Module ${String(number).padStart(2, "0")}`);
  const ids: string[] = [];
  for (const title of titles) ids.push((await gateway.course(title)).course_id);
  await gateway.sell("population", { account, quantity: 100, course_id: ids[0] ?? "" });
  const { license_id } = await gateway.volume([10], { account, course_id: ids[0] ?? "" });
  await gateway.context.db.query("update license set paused_at = created_at where id = $1", [license_id]);
}

interface Lms {
  readonly origin: string;
  /** What came back, newest last. */
  readonly taken: string[];
  /** What the picker is opened with. */
  session: string;
  close(): Promise<void>;
}

/** An LMS that opens the picker in a frame, or in the whole window, and takes what comes back. */
async function startLms(): Promise<Lms> {
  const taken: string[] = [];
  const lmsServer = createServer(async (request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    if (request.method !== "POST") {
      const isFramed = request.url === "/framed";
      return response.end(`<!doctype html><html lang="en"><title>LMS</title><link rel="icon" href="data:,">
        <form method="post" action="${catalog}" target="${isFramed ? "tool" : "_top"}">
        <input type="hidden" name="session" value="${started.session}"><button>Open</button></form>
        ${isFramed ? '<iframe name="tool" title="Tool" width="1000" height="700"></iframe>' : ""}`);
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    taken.push(new URLSearchParams(Buffer.concat(chunks).toString()).get("JWT") ?? "");
    return response.end("<!doctype html><html lang=en><title>Taken</title><p>Taken</p>");
  });
  await new Promise<void>((resolve) => lmsServer.listen(0, "127.0.0.1", resolve));
  const started = {
    origin: `http://127.0.0.1:${(lmsServer.address() as AddressInfo).port}`,
    taken,
    session: "",
    close: async () => {
      lmsServer.close().closeAllConnections();
    },
  };
  return started;
}

async function open(where: "framed" | "whole", of: Partial<Parameters<typeof deepLinkingMessage>[0]> = {}) {
  const message = deepLinkingMessage({
    ...account,
    registration_id,
    return_url: `${lms.origin}/return`,
    ...of,
  });
  lms.session = sealSession(gateway.context, pickingMessageOf(message));
  await page.goto(`${lms.origin}/${where}`);
  await page.getByRole("button", { name: "Open" }).click();
}

async function frameOfTool(): Promise<Frame> {
  const element = await page.waitForSelector("iframe");
  const frame = await element.contentFrame();
  if (!frame) throw new Error("The LMS shows no frame");
  await frame.waitForSelector("h1");
  return frame;
}

const itemsTaken = () => {
  const [, claims = ""] = (lms.taken.at(-1) ?? "").split(".");
  return JSON.parse(Buffer.from(claims, "base64url").toString("utf8"))[ITEMS];
};

test("in the LMS's frame, by keyboard alone: search, select, name, add", async () => {
  await open("framed");
  const tool = await frameOfTool();
  await tool.getByLabel("Title, label or short id").focus();
  await page.keyboard.type("hygiene");
  await page.keyboard.press("Enter");
  await tool.waitForURL(catalog);
  const paused = tool.getByRole("checkbox", { name: "Food hygiene" }).last();
  await paused.waitFor();
  expect(await tool.getByRole("checkbox", { name: /^Food hygiene$/ }).count()).toBe(2);
  expect(await tool.getByText("Paused: nobody new gets in for now").count()).toBe(1);
  await paused.focus();
  await page.keyboard.press("Space");
  expect(await tool.getByRole("status").textContent()).toBe("1 selected");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("Hygiene for cooks");
  await tool.getByRole("button", { name: "Add selected" }).focus();
  await page.keyboard.press("Enter");
  await tool.getByText("Taken").waitFor();
  expect(itemsTaken()).toMatchObject([{ title: "Hygiene for cooks", lineItem: { scoreMaximum: 100 } }]);
  expect(browsing.errors).toEqual([]);
});

test("what is selected goes along to the next page; a kind is looked for as soon as it is chosen", async () => {
  await open("whole");
  await page.getByRole("checkbox", { name: "Fire safety" }).check();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("checkbox", { name: "Module 30" }).check();
  expect(await page.getByRole("status").textContent()).toBe("2 selected");
  await page.getByLabel("License kind").selectOption({ label: "Volume" });
  await page.getByRole("group", { name: "Courses" }).getByText("Food hygiene").waitFor();
  expect(
    await page.getByRole("group", { name: "Selected" }).getByRole("checkbox", { checked: true }).count(),
  ).toBe(4);
  await page.getByRole("button", { name: "Add selected" }).click();
  await page.getByText("Taken").waitFor();
  expect(itemsTaken()).toHaveLength(2);
  expect(browsing.errors).toEqual([]);
});

test("where no script runs, each press of a button does what it says", async () => {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setScriptExecutionDisabled", { value: true });
  await open("whole");
  await page.getByRole("checkbox", { name: "Fire safety" }).check();
  await page.getByRole("button", { name: "Add selected" }).click();
  await page.getByRole("heading", { name: "Back to your learning platform" }).waitFor();
  await page.getByRole("button", { name: "Prepare it again" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByText("Taken").waitFor();
  expect(itemsTaken()).toHaveLength(1);
});

const PICTURES = process.env["PICTURES_FOLDER"];

describe.each([
  ["a dialog", { width: 1000, height: 700 }],
  ["a phone", { width: 360, height: 740 }],
])("on %s", (what, viewport) => {
  test("nothing is cut off, and axe finds nothing wrong: of the page, what is selected, its problems and its notices", async () => {
    await page.setViewportSize(viewport);
    await open("whole", { locale: "de" });
    await looksRight(what, "first");
    await page.getByRole("button", { name: "Auswahl hinzufügen" }).click();
    await page.getByRole("alert").waitFor();
    await looksRight(what, "problem");
    await page.getByRole("checkbox", { name: /Ladders/ }).check();
    await page.getByRole("button", { name: "Suchen" }).click();
    await page.getByRole("group", { name: "Ausgewählt" }).waitFor();
    await looksRight(what, "selected");
    await page.getByLabel("Titel, Kennzeichnung").fill("nothing like it");
    await page.getByRole("button", { name: "Suchen" }).click();
    await page.getByText("Nichts gefunden").waitFor();
    await looksRight(what, "nothing");
    await open("whole", { roles: [] });
    await page.getByRole("button", { name: "Back to the learning platform" }).waitFor();
    await looksRight(what, "refused");
    // The browser's console says that a page was answered with 422 and 403.
    expect(browsing.errors.filter((error) => !/status of 4(22|03)/.test(error))).toEqual([]);
  });
});

async function looksRight(what: string, state: string): Promise<void> {
  if (PICTURES) {
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${what} ${state}.png`), fullPage: state === "first" });
  }
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow).toBe(0);
  expect(await violationsOf(page)).toEqual([]);
}
