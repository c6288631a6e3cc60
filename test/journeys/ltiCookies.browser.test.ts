/**
 * Launches by LTI 1.3 as they are: over HTTPS, in a frame of another site. Whatever cookies a browser allows, with or without
 * LTI platform storage, there is a launch, or a page that leads to one by a click (DESIGN §6).
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Frame, Locator, Page } from "playwright-core";
import { type Browsing, browse, type Cookies } from "../support/chromium.ts";
import { singleScoCourse12 } from "../support/courses.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { courseIn, PlatformPage } from "../support/platformPage.ts";
import { ask, type RunningPlatform, startPlatform } from "../support/practicePlatform.ts";
import { startTlsProxy, type TlsProxy } from "../support/tlsProxy.ts";

const CLIENT_FOLDER = join(import.meta.dirname, "../../dist/client");
/** Three sites, in names that nobody can have: who is in a frame of another is a third party there. */
const SITES = { lms: "lms.test", app: "gateway.example", content: "content.invalid" } as const;
const COURSE = "Fire drill";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let tls: TlsProxy;
let platform: RunningPlatform;
let gateway: GatewayProcess;
let platformPage: PlatformPage;

beforeAll(async () => {
  folder = await temporaryFolder();
  tls = await startTlsProxy(Object.values(SITES));
  platform = await startPlatform({ origin: originOf("lms"), clientFolder: CLIENT_FOLDER });
  platformPage = new PlatformPage(originOf("lms"));
  tls.lead(SITES.lms, platform.port);
  const deliveryKey = await setUp();
  gateway = await startGateway({ dataFolder: folder.path, environment: environment() });
  const port = Number(new URL(gateway.appOrigin).port);
  for (const site of [SITES.app, SITES.content]) tls.lead(site, port);
  const [tool] = (await platform.state()).tools;
  await platform.do("/links", {
    title: COURSE,
    url: `${originOf("app")}/lti/links/${deliveryKey}`,
    client_id: tool?.client_id,
  });
}, 90_000);

afterAll(async () => {
  await gateway.stop();
  await platform.stop();
  await tls.close();
  await folder.remove();
});

function originOf(site: keyof typeof SITES): string {
  return `https://${SITES[site]}:${tls.port}`;
}

/** The platform's keys are asked for by its plain address: the sites' names are known to the browsers of this test alone. */
function environment(): Record<string, string> {
  return {
    APP_ORIGIN: originOf("app"),
    CONTENT_ORIGIN: originOf("content"),
    TRUSTED_PROXIES: "1",
    LTI_TRUSTED_ORIGINS: platform.origin,
  };
}

interface Made {
  readonly id: string;
}

/** A customer with a course, whose LMS is registered by hand; by a gateway that commands reach without TLS. */
async function setUp(): Promise<string> {
  const tool = await platform.do<{ client_id: string }>("/tools", {
    name: "Tallygate",
    login_url: `${originOf("app")}/lti/login`,
    redirect_url: `${originOf("app")}/lti/launch`,
    jwks_url: `${originOf("app")}/lti/jwks`,
  });
  const plain = await startGateway({
    dataFolder: folder.path,
    environment: { LTI_TRUSTED_ORIGINS: `${platform.origin} ${originOf("lms")}` },
  });
  try {
    const { operate } = plain;
    const { id: account } = await operate<Made>("account create", { name: "Customer", currency: "EUR" });
    await operate("contract create", { account, kind: "pay_per_use" });
    await operate("price create", { account, kind: "pay_per_use", amount: 1250 });
    const file = join(folder.path, "course.zip");
    await writeFile(file, singleScoCourse12({ title: COURSE }).zip);
    const { course_id: course } = await operate<{ course_id: string }>("course import", { file });
    const { id: license } = await operate<Made>("license create", { account, kind: "pay_per_use", course });
    const delivery = await operate<{ key: string }>("delivery create", {
      account,
      license,
      format: "lti",
    });
    await register(plain, account, tool.client_id);
    return delivery.key;
  } finally {
    await plain.stop();
  }
}

async function register(at: GatewayProcess, account: string, client_id: string): Promise<void> {
  const key = await readFile(join(at.dataFolder, "operator-key"), "utf8");
  const { status, body } = await ask(`${at.appOrigin}/api/v1/accounts/${account}/lti-registrations`, {
    headers: { authorization: `Bearer ${key}`, "idempotency-key": "register" },
    json: {
      name: "The LMS",
      issuer: originOf("lms"),
      client_id,
      authorization_url: `${originOf("lms")}/authorize`,
      token_url: `${platform.origin}/token`,
      jwks_url: `${platform.origin}/jwks`,
    },
  });
  if (status !== 201) throw new Error(`Not registered: ${JSON.stringify(body)}`);
}

function browseWith(cookies: Cookies): Promise<Browsing> {
  const hosts = Object.values(SITES).map((name) => `MAP ${name} 127.0.0.1`);
  return browse({
    cookies,
    flags: ["--ignore-certificate-errors", `--host-resolver-rules=${hosts.join(",")}`],
  });
}

type Way = "at once" | "by a click";

/** Waits for the course, or for the page that leads to it, and goes on there. */
async function reachCourse(shown: Page, link: Locator): Promise<{ way: Way; course: Frame }> {
  const atOnce = courseIn(shown);
  const byClick = link.waitFor().then(() => null);
  // The one that never comes is of no interest.
  for (const way of [atOnce, byClick]) way.catch(() => undefined);
  const course = await Promise.race([atOnce, byClick]);
  if (course !== null) return { way: "at once", course };
  const [opened] = await Promise.all([shown.waitForEvent("popup"), link.click()]);
  return { way: "by a click", course: await courseIn(opened) };
}

/** With storage, and without; and in a window of the platform's. */
const CASES: readonly { readonly cookies: Cookies; readonly ways: readonly [Way, Way, Way] }[] = [
  { cookies: "allowed", ways: ["at once", "at once", "at once"] },
  { cookies: "third-party blocked", ways: ["at once", "at once", "at once"] },
  { cookies: "all blocked", ways: ["at once", "by a click", "by a click"] },
];

describe.each(CASES)("cookies $cookies", ({ cookies, ways: [withStorage, without, inWindow] }) => {
  let browsing: Browsing;
  let page: Page;

  beforeAll(async () => {
    browsing = await browseWith(cookies);
    page = await browsing.newPage();
  });
  afterAll(() => browsing.close());

  test.each([
    ["with platform storage", true, withStorage],
    ["without platform storage", false, without],
  ] as const)(
    "in a frame, %s",
    async (_name, storage, expected) => {
      await platformPage.launchOn(page, { activity: COURSE, settings: { storage } });
      const link = page.frameLocator(".stage iframe").getByRole("link");
      const { way, course } = await reachCourse(page, link);
      expect(way).toBe(expected);
      await course.click("#pass");
      await course
        .parentFrame()
        ?.getByText(/^Saved/)
        .waitFor();
      expect(browsing.errors).toEqual([]);
    },
    60_000,
  );

  test("in a window", async () => {
    const settings = { shown_in: "window", storage: false } as const;
    const shown = await platformPage.launchOn(page, { activity: COURSE, settings });
    const { way } = await reachCourse(shown, shown.getByRole("link"));
    expect(way).toBe(inWindow);
    expect(browsing.errors).toEqual([]);
  }, 60_000);
});
