/** An LMS's administrator registers it by a link, in a frame of the LMS or in a window that it opens; the LMS then closes it. */
import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { makeRegistrationLink } from "../../../src/flows/lti/registrationLinks.ts";
import { type Browsing, browse } from "../../support/chromium.ts";
import { BY } from "../../support/fixtures.ts";
import { freePort } from "../../support/freePort.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type AnsweringPlatform, startAnswering } from "../../support/lti/answering.ts";

let lms: AnsweringPlatform;
let gateway: TestGateway;
let server: Server;
let browsing: Browsing;
let page: Page;

beforeAll(async () => {
  const port = await freePort();
  lms = await startAnswering();
  gateway = await testGateway({ settings: { PORT: String(port), LTI_TRUSTED_ORIGINS: lms.origin } });
  server = createServer(gateway.app());
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  browsing = await browse();
});
beforeEach(async () => {
  await gateway.empty();
  lms.reset();
  page = await browsing.newPage();
});
afterAll(async () => {
  await browsing.close();
  server.close().closeAllConnections();
  await gateway.close();
  await lms.close();
});

const CLOSES = `window.addEventListener("message", ({ data }) => {
  if (data.subject === "org.imsglobal.lti.close") document.body.textContent = "closed";
});`;

/** As LMSs do: the link, with what the tool needs to go on. */
async function openInLms(where: "frame" | "window"): Promise<void> {
  const { account_id } = await gateway.account();
  const { url } = await makeRegistrationLink(gateway.context, BY, account_id, {
    connection_id: null,
    name: "",
  });
  const address = new URL(url);
  address.searchParams.set("openid_configuration", `${lms.origin}/config`);
  address.searchParams.set("registration_token", "granted");
  const names = ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"];
  const endpoints = Object.fromEntries(names.map((name) => [name, `${lms.origin}/${name}`]));
  lms.answer("GET /config", () => ({ issuer: lms.origin, ...endpoints }));
  lms.answer("POST /registration_endpoint", () => ({ client_id: "client-1" }));
  const shown = address.href.replaceAll("&", "&amp;");
  const body =
    where === "frame"
      ? `<iframe title="Tool" src="${shown}" width="800" height="600"></iframe>`
      : `<a target="_blank" rel="opener" href="${shown}">Register a tool</a>`;
  lms.answer("GET /lms", (_asked, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><html lang="en"><title>LMS</title><body><script>${CLOSES}</script>${body}`);
  });
  await page.goto(`${lms.origin}/lms`);
}

test("in a frame: asked first, then registered, then closed by the LMS", async () => {
  await openInLms("frame");
  const frame = page.frameLocator("iframe");
  await frame.getByRole("heading", { name: "Register Tallygate with this LMS" }).waitFor();
  expect(lms.asked.map(({ at }) => at)).not.toContain("GET /config");
  await frame.getByRole("button", { name: "Register" }).click();
  await page.getByText("closed", { exact: true }).waitFor();
  expect(await gateway.context.db.query("select client_id from lti_registration")).toEqual([
    { client_id: "client-1" },
  ]);
});

test("in a window: what went wrong is read there and tried again; the LMS that opened it is told", async () => {
  await openInLms("window");
  lms.answer(
    "POST /registration_endpoint",
    (_asked, response) => void response.writeHead(400).end('{"error":"invalid_client_metadata"}'),
  );
  const [opened] = await Promise.all([
    page.waitForEvent("popup"),
    page.getByRole("link", { name: "Register a tool" }).click(),
  ]);
  await opened.getByRole("button", { name: "Register" }).click();
  await opened.getByRole("alert").getByText("invalid_client_metadata").waitFor();
  lms.answer("POST /registration_endpoint", () => ({ client_id: "client-2" }));
  await opened.getByRole("button", { name: "Try again" }).click();
  await opened.getByRole("heading", { name: "The LMS is registered" }).waitFor();
  await page.getByText("closed", { exact: true }).waitFor();
});
