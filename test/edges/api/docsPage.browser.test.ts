/** The API's page, for people: on a screen and on a phone, by keyboard, and for whoever has it read to them. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { violationsOf } from "../../support/axe.ts";
import { type Browsing, browse } from "../../support/chromium.ts";
import { freePort } from "../../support/freePort.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";

let gateway: TestGateway;
let server: Server;
let browsing: Browsing;
let page: Page;
let address: string;
beforeAll(async () => {
  const port = await freePort();
  gateway = await testGateway({ settings: { PORT: String(port) } });
  server = createServer(gateway.app());
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  address = `http://localhost:${port}/api/docs`;
  browsing = await browse();
  page = await browsing.newPage();
});
afterAll(async () => {
  await browsing.close();
  server.close().closeAllConnections();
  await gateway.close();
});

describe.each([
  ["a screen", { width: 1300, height: 900 }],
  ["a phone", { width: 360, height: 740 }],
])("on %s", (_what, viewport) => {
  test("nothing is cut off, and axe finds nothing wrong", async () => {
    await page.setViewportSize(viewport);
    await page.goto(address);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    expect(await violationsOf(page)).toEqual([]);
    expect(browsing.errors).toEqual([]);
  });
});

test("by keyboard: the first stop skips to the content, the next lead to its parts", async () => {
  await page.goto(address);
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
  await page.goto(address);
  for (let stop = 0; stop < 3; stop++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  expect(new URL(page.url()).hash).toBe("#me");
});

test("each part begins with what there is in it, and leads there", async () => {
  await page.goto(address);
  const [listed, there] = await page.evaluate(() => [
    [...document.querySelectorAll(".glance a")].map((link) => link.getAttribute("href")),
    [...document.querySelectorAll("section:not(#things) article")].map(({ id }) => `#${id}`),
  ]);
  expect(listed?.length).toBeGreaterThan(50);
  expect(listed).toEqual(there);
});
