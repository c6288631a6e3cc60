/**
 * What is answered before Express (`src/hotRoutes.ts`) is answered as Express would: every request here is sent twice, once
 * as the player spells it and once with a `?` at its end, which only Express takes.
 */
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { LaunchAllowed } from "../src/core/bridge.ts";
import type { TestLicense } from "./support/fixtures.ts";
import { type TestGateway, testGateway } from "./support/gateway.ts";
import { linkOf, loginFields } from "./support/lti/door.ts";
import { type Platform, registerPlatform, startPlatform } from "./support/lti/platform.ts";
import { linkMessage, ticketFor } from "./support/lti/tickets.ts";
import { keepBody, launchBody } from "./support/playRequests.ts";

const CONTENT = "127.0.0.1:8080";
const APP = "localhost:8080";

let gateway: TestGateway;
let server: Server;
let license: TestLicense;
let token: string;
let link: TestLicense;
let ticket: string;
let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({ now: () => gateway.clock.now() });
  const settings = { LAUNCHES_PER_MINUTE: "1000000", LTI_TRUSTED_ORIGINS: platform.origin };
  gateway = await testGateway({ settings });
  server = createServer(gateway.app());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
  const answer = await ask(requestText({ path: launchPath(), body: JSON.stringify(launchBody()) }));
  token = (JSON.parse(answer.body) as LaunchAllowed).token;
  link = await gateway.deliverAgain(license, "lti");
  ticket = ticketFor(gateway.context, linkMessage(link));
  // From here on it is one launch that is sent again, whichever way it comes.
  await ask(requestText({ path: "/play/lti/launch", body: JSON.stringify({ ticket, shown_in: "frame" }) }));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await gateway.close();
  await platform.close();
});

const launchPath = () => `/play/${license.delivery_key}/launch`;

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly version?: "1.0" | "1.1";
  readonly host?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
  /** Said instead of the body's own. */
  readonly length?: number;
}

function requestText({ method = "POST", path, version = "1.1", host = CONTENT, ...asked }: Asked): string {
  const { headers = ["Content-Type: application/json"], body = "", length = Buffer.byteLength(body) } = asked;
  const lines = [
    `${method} ${path} HTTP/${version}`,
    `Host: ${host}`,
    ...headers,
    `Content-Length: ${length}`,
  ];
  return `${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n${body}`;
}

interface Answer {
  readonly status: number;
  /** In order of their names; without what is another in every answer. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** As bytes over a connection of its own: clients tidy up what they send. */
async function ask(text: string | Buffer): Promise<Answer> {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(text);
  let received = "";
  for await (const chunk of socket) received += String(chunk);
  const end = received.indexOf("\r\n\r\n");
  const [status = "", ...headers] = received.slice(0, end).split("\r\n");
  const id = /^X-Request-Id: (.*)$/im.exec(received.slice(0, end))?.[1] ?? "(none)";
  return {
    status: Number(status.split(" ")[1]),
    headers: headers.filter((header) => !/^(date|x-request-id):/i.test(header)).sort(),
    body: received
      .slice(end + 4)
      .replaceAll(id, "(the request's id)")
      .replace(/"reference":"[2-9A-Z]{4}-[2-9A-Z]{4}"/, '"reference":"(another each time)"'),
  };
}

/** The answer, having seen that Express's is the same. */
async function askBoth(asked: Asked): Promise<Answer> {
  const hot = await ask(requestText(asked));
  expect(hot).toEqual(await ask(requestText({ ...asked, path: `${asked.path}?` })));
  return hot;
}

describe.each([
  ["a launch", () => ({ path: launchPath(), body: JSON.stringify(launchBody()) })],
  [
    "a launch over LTI",
    () => ({ path: "/play/lti/launch", body: JSON.stringify({ ticket, shown_in: "frame" }) }),
  ],
  ["a save", () => ({ path: "/play/keep", body: JSON.stringify(keepBody(token)) })],
  ["a beat", () => ({ path: "/play/keep", body: JSON.stringify({ token }) })],
])("%s", (_what, good) => {
  test("is answered the same", async () => {
    const answer = await askBoth(good());
    expect(answer.status).toBe(200);
    expect(answer.headers).toContain("Cache-Control: no-store");
    expect(answer.headers).toContain("Cross-Origin-Resource-Policy: same-origin");
    expect(answer.headers).toContain("Referrer-Policy: same-origin");
  });

  test.each([
    ["by an old client", { version: "1.0" }, 200],
    ["as a beacon", { headers: ["Content-Type: text/plain;charset=UTF-8"] }, 200],
    ["of no type", { headers: [] }, 200],
    [
      "with headers that come twice",
      { headers: ["Content-Type: text/plain", "Content-Type: text/html"] },
      200,
    ],
    ["from behind proxies", { headers: ["X-Forwarded-For: 1.2.3.4", "X-Forwarded-For: 5.6.7.8"] }, 200],
    ["that is no JSON", { body: "{" }, 400],
    ["that is nothing", { body: "" }, 400],
    ["that is a list", { body: "[]" }, 400],
    ["that is null", { body: "null" }, 400],
    ["in another character set", { headers: ["Content-Type: text/plain;charset=utf-16"] }, 400],
    ["said to be compressed", { headers: ["Content-Encoding: gzip"] }, 400],
    ["said to be too large", { length: 6_000_000 }, 413],
    ["by the host of the app", { host: APP }, 404],
    ["by a host of nobody", { host: "evil.example" }, 421],
    ["by another method", { method: "PUT" }, 404],
    ["that is asked for", { method: "DELETE", body: "" }, 404],
  ] as const)("%s is answered the same", async (_how, changes, status) => {
    expect(await askBoth({ ...good(), ...changes })).toMatchObject({ status });
  });

  test("in a body that is compressed is refused, before it is unpacked", async () => {
    const { path, body } = good();
    const packed = gzipSync(body);
    const head = requestText({ path, headers: ["Content-Encoding: gzip"], length: packed.length });
    const answer = await ask(Buffer.concat([Buffer.from(head), packed]));
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining("Content-Encoding") });
  });

  test("in pieces without a length is counted while it comes", async () => {
    const { path, body } = good();
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
    const head = `POST ${path} HTTP/1.1\r\nHost: ${CONTENT}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
    const pieces = [body.slice(0, 5), body.slice(5)].map(chunk).join("");
    expect((await ask(`${head}${pieces}${chunk("")}`)).status).toBe(200);
    const spaces = chunk(" ".repeat(1024 * 1024));
    const beginning = chunk(`{"token":"${token}",`);
    expect((await ask(`${head}${beginning}${spaces.repeat(6)}${chunk("")}`)).status).toBe(413);
  });
});

test.each(["/play/%ff/launch", "/play/%00/launch", "/play/a%2Fb/launch", "/PLAY/KEEP", "/play/keep/"])(
  "%s is Express's to read",
  async (path) => {
    expect((await askBoth({ path, body: JSON.stringify(launchBody()) })).status).toBeLessThan(500);
  },
);

describe("a save over the size of a beacon", () => {
  const large = (of: string) =>
    JSON.stringify({ ...keepBody(of), changes: { lesson: { filler: "x".repeat(200_000) } } });

  test("is taken from who has a launch open", async () => {
    expect((await askBoth({ path: "/play/keep", body: large(token) })).status).toBe(200);
  });

  test("is refused before it is whole from who has none", async () => {
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const answered = new Promise<string>((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));
    socket.write(
      requestText({ path: "/play/keep", length: 4_000_000 }) + large("of nobody").slice(0, 70_000),
    );
    expect(await Promise.race([answered, sleep(5000, "nothing", { ref: false })])).toMatch(/^HTTP\/1.1 400 /);
    socket.destroy();
  });

  test("says first who sends it", async () => {
    const { token: last, ...rest } = JSON.parse(large(token));
    const answer = await askBoth({ path: "/play/keep", body: JSON.stringify({ ...rest, token: last }) });
    expect(answer).toMatchObject({ status: 400, body: expect.stringContaining("token: expected first") });
  });

  test("with a token that is damaged is refused as such", async () => {
    const damaged = `${token.slice(0, -2)}${token.endsWith("AA") ? "BB" : "AA"}`;
    expect((await askBoth({ path: "/play/keep", body: large(damaged) })).status).toBe(401);
  });
});

describe("the files of a course", () => {
  const get = (path: string, more: Partial<Asked> = {}) =>
    ask(requestText({ method: "GET", path, headers: [], ...more }));

  test("are looked for on the content's host alone", async () => {
    expect(await get("/c/nothing/here.html")).toMatchObject({ status: 404 });
    expect(await get("/c/nothing/here.html", { host: APP })).toMatchObject({ status: 404 });
    expect(await get("/c/nothing/here.html", { host: "evil.example" })).toMatchObject({ status: 421 });
  });

  test("come with an id of their request, and a page that says why there are none", async () => {
    const { content_base } = await openedCourse();
    const path = `${content_base}missing.html`;
    const page = await get(path, { headers: ["Sec-Fetch-Dest: iframe"] });
    expect(page).toMatchObject({ status: 404, body: expect.stringContaining("<html") });
    expect(await get(`${content_base}%zz`)).toMatchObject({ status: 404 });
    expect(await get(path, { method: "POST" })).toMatchObject({ status: 405 });
    expect(await get(path, { method: "HEAD" })).toMatchObject({ status: 404, body: "" });
    expect((await get("/c/shim.js")).status).toBe(200);
  });

  async function openedCourse(): Promise<LaunchAllowed["course"]> {
    const answer = await ask(requestText({ path: launchPath(), body: JSON.stringify(launchBody()) }));
    return (JSON.parse(answer.body) as LaunchAllowed).course;
  }
});

describe("the player's page", () => {
  test.each([
    [{ path: "/play/lti" }, 200],
    [{ path: "/play/lti", headers: ["Accept-Language: de"] }, 200],
    [{ path: "/play/lti", version: "1.0" }, 200],
    [{ path: "/play/any-key" }, 200],
    [{ path: "/play/%00" }, 200],
    [{ path: "/play/lti", host: APP }, 404],
    [{ path: "/play/lti", method: "HEAD" }, 200],
  ] as const)("as %j asks for it is answered the same", async (asked, status) => {
    expect(await askBoth({ method: "GET", headers: [], ...asked })).toMatchObject({ status });
  });
});

describe("the door of LTI", () => {
  const FORM = "Content-Type: application/x-www-form-urlencoded";
  const AS_BROWSERS = [FORM, "Accept: text/html,application/xhtml+xml,*/*;q=0.8"];
  const posted = (path: string, fields: Readonly<Record<string, string>>, headers = AS_BROWSERS): Asked => ({
    path,
    host: APP,
    headers,
    body: new URLSearchParams(fields).toString(),
  });
  const login = () => posted("/lti/login", loginFields(platform, linkOf(link)));

  beforeEach(() => registerPlatform(gateway, platform, link));

  /** What is another each time is left out of what is compared. */
  function masked({ headers, ...answer }: Answer): Answer {
    const mask = (text: string) =>
      text
        .replace(/__Host-lti-[\w-]+=[\w-]*/g, "__Host-lti-(name)=(secret)")
        .replace(/\b(state|nonce)=[\w.-]+/g, "$1=(another)")
        .replace(/#[\w-]+\.[\w-]+$/, "#(ticket)")
        .replace(/[2-9A-Z]{4}-[2-9A-Z]{4}/g, "(reference)");
    return { ...answer, headers: headers.map(mask), body: mask(answer.body) };
  }

  /** @param good Made anew for each of both: a launch goes once. */
  async function bothDoors(good: () => Promise<Asked> | Asked): Promise<Answer> {
    const hot = masked(await ask(requestText(await good())));
    const asked = await good();
    expect(hot).toEqual(masked(await ask(requestText({ ...asked, path: `${asked.path}?` }))));
    return hot;
  }

  async function launch(headers = AS_BROWSERS, learner = "ana"): Promise<Asked> {
    const { headers: answered } = await ask(requestText(login()));
    const said = (name: string) =>
      answered.find((header) => header.startsWith(`${name}: `))?.slice(name.length + 2) ?? "";
    const { searchParams } = new URL(said("Location"));
    const [state = "", nonce = ""] = ["state", "nonce"].map((name) => searchParams.get(name) ?? "");
    const id_token = platform.idToken({ nonce, target_link_uri: linkOf(link), sub: learner });
    const cookie = `Cookie: ${said("Set-Cookie").split(";")[0]}`;
    return posted("/lti/launch", { id_token, state }, [...headers, cookie]);
  }

  test("begins a login the same", async () => {
    const answer = await bothDoors(login);
    expect(answer).toMatchObject({ status: 302, body: "" });
    expect(answer.headers).toContain("Cache-Control: no-store");
    expect(answer.headers).toContainEqual(
      expect.stringContaining("Content-Security-Policy: default-src 'none'"),
    );
    expect(answer.headers.join()).not.toContain("Cross-Origin-Opener-Policy");
  });

  test("takes a login as an address, too", async () => {
    const path = `/lti/login?${new URLSearchParams(loginFields(platform, linkOf(link)))}`;
    const answer = await ask(requestText({ method: "GET", path, host: APP, headers: AS_BROWSERS }));
    expect(masked(answer)).toEqual(masked(await ask(requestText({ ...login(), path: "/lti/login?" }))));
  });

  test("leaves what it left to be kept with the platform in a page", async () => {
    const fields = { ...loginFields(platform, linkOf(link)), lti_storage_target: "_parent" };
    const answer = await ask(requestText(posted("/lti/login", fields)));
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining("<html") });
  });

  test("lets a learner in the same", async () => {
    const answer = await bothDoors(() => launch());
    expect(answer.status).toBe(303);
    expect(answer.headers).toContain(`Location: http://${CONTENT}/play/lti#(ticket)`);
  });

  test.each([
    ["a launch without a login", () => posted("/lti/launch", {}), 400],
    ["a login of nobody", () => posted("/lti/login", { iss: "https://nobody.example" }), 400],
    [
      "a login that is no form",
      () => posted("/lti/login", {}, ["Content-Type: text/plain", "Accept: text/html"]),
      415,
    ],
    ["a program's login", () => posted("/lti/login", {}, [FORM, "Accept: application/json"]), 400],
    ["a login of whoever says not what they want", () => posted("/lti/login", {}, [FORM]), 400],
    ["a login by another method", () => ({ ...login(), method: "PUT" }), 404],
    ["a login by the host of courses", () => ({ ...login(), host: CONTENT }), 404],
    ["a login by a host of nobody", () => ({ ...login(), host: "evil.example" }), 421],
  ])("refuses %s the same", async (_what, bad, status) => {
    expect(await bothDoors(bad)).toMatchObject({ status });
  });

  test("says a refusal as a page with its code", async () => {
    const answer = await bothDoors(() => posted("/lti/launch", { state: "made up" }));
    expect(answer.body).toContain("lti_state_invalid");
    expect(answer.headers).toContain("Content-Type: text/html; charset=utf-8");
  });
});
