/** What browsers are told, origin by origin, and why (docs/security.md "Headers"). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import type { TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { launchBody } from "../../support/playRequests.ts";

const ORIGINS = { APP_ORIGIN: "https://gateway.example.com", CONTENT_ORIGIN: "https://play.example.com" };
const APP = "gateway.example.com";
const CONTENT = "play.example.com";

let gateway: TestGateway;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway({ settings: ORIGINS });
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
});
afterAll(() => gateway.close());

const get = (host: string, path: string) => request(gateway.app()).get(path).set("Host", host);

const launch = () =>
  request(gateway.app()).post(`/play/${license.delivery_key}/launch`).set("Host", CONTENT).send(launchBody());

const policyOf = (answer: request.Response): Record<string, string> =>
  Object.fromEntries(
    (answer.get("Content-Security-Policy") ?? "")
      .split(";")
      .map((directive) => directive.trim())
      .filter((directive) => directive !== "")
      .map((directive) => [directive.split(" ")[0] ?? "", directive.split(" ").slice(1).join(" ")]),
  );

describe("the app origin, where people sign in", () => {
  const PATHS = ["/api/v1/me", "/operator/run", "/nothing/here"];

  test.each(PATHS)("%s runs scripts of its own alone, and none that is written into a page", async (path) => {
    const policy = policyOf(await get(APP, path));
    expect(policy).toMatchObject({ "default-src": "'none'", "script-src": "'self'", "style-src": "'self'" });
    expect(policy).toMatchObject({ "base-uri": "'none'", "form-action": "'self'", "connect-src": "'self'" });
  });

  test.each(PATHS)("%s is framed by nobody: what is clicked there is meant", async (path) => {
    const answer = await get(APP, path);
    expect(policyOf(answer)["frame-ancestors"]).toBe("'none'");
    expect(answer.get("X-Frame-Options")).toBe("DENY");
    expect(answer.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
  });

  test.each(PATHS)("%s is never read by other sites, nor taken for what it is not", async (path) => {
    const answer = await get(APP, path);
    expect(answer.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
    expect(answer.get("X-Content-Type-Options")).toBe("nosniff");
    expect(answer.get("Access-Control-Allow-Origin")).toBeUndefined();
  });

  test.each(PATHS)("%s tells nobody its address, and asks for no camera", async (path) => {
    const answer = await get(APP, path);
    expect(answer.get("Referrer-Policy")).toBe("no-referrer");
    expect(answer.get("Permissions-Policy")).toContain("camera=()");
    expect(answer.get("X-Powered-By")).toBeUndefined();
  });

  test.each(PATHS)("%s is kept by no cache", async (path) => {
    expect((await get(APP, path)).get("Cache-Control")).toContain("no-store");
  });

  test("is asked for by https alone from then on, its own name and no other below it", async () => {
    expect((await get(APP, "/")).get("Strict-Transport-Security")).toBe("max-age=31536000");
  });
});

describe("the player's page, on the content origin", () => {
  const page = () => get(CONTENT, `/play/${license.delivery_key}`);

  test("is framed by any LMS, of whatever origin, isolated ones too", async () => {
    const answer = await page();
    expect(policyOf(answer)["frame-ancestors"]).toBeUndefined();
    expect(answer.get("X-Frame-Options")).toBeUndefined();
    expect(answer.get("Cross-Origin-Resource-Policy")).toBe("cross-origin");
  });

  test("is not cut off from the wrapper that opened it in a window", async () => {
    expect((await page()).get("Cross-Origin-Opener-Policy")).toBeUndefined();
  });

  test("runs the player's files alone, and frames courses wherever they are", async () => {
    const policy = policyOf(await page());
    expect(policy).toMatchObject({ "default-src": "'self'", "object-src": "'none'", "base-uri": "'none'" });
    expect(policy).toMatchObject({ "form-action": "'none'", "frame-src": "'self' https: http:" });
    expect(policy["script-src"]).toBeUndefined();
  });

  test("sends its whole address to its own origin only", async () => {
    expect((await page()).get("Referrer-Policy")).toBe("same-origin");
  });

  test("keeps its origin to itself, whatever a course does to its domain", async () => {
    expect((await page()).get("Origin-Agent-Cluster")).toBe("?1");
  });

  test("may listen to `unload`, and to nothing in the room", async () => {
    const policy = (await page()).get("Permissions-Policy");
    expect(policy).toContain("unload=(self)");
    expect(policy).toContain("geolocation=()");
  });

  test("is asked for by https alone from then on", async () => {
    expect((await page()).get("Strict-Transport-Security")).toBe("max-age=31536000");
  });
});

describe("the player's files", () => {
  test("are taken for what they are, by the player alone; the beats' worker may speak to the gateway", async () => {
    const answer = await get(CONTENT, "/player/beatWorker.js");
    expect(answer.status).toBe(200);
    expect(answer.get("X-Content-Type-Options")).toBe("nosniff");
    expect(answer.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
    expect(policyOf(answer)).toEqual({ "default-src": "'self'" });
  });

  test("come with source maps, but not in production", async () => {
    expect((await get(CONTENT, "/player/player.js.map")).status).toBe(200);
    const production = {
      ...gateway.context,
      config: { ...gateway.context.config, NODE_ENV: "production" as const },
    };
    const ask = (path: string) => request(gateway.app(production)).get(path).set("Host", CONTENT);
    expect((await ask("/player/player.js.map")).status).toBe(404);
    expect((await ask("/player/player.js")).status).toBe(200);
  });
});

describe("what the player is answered", () => {
  test("is kept by no cache, read by no other site and framed by nobody: it holds the launch's token", async () => {
    const answer = await launch();
    expect(answer.body.outcome).toBe("allowed");
    expect(answer.get("Cache-Control")).toBe("no-store");
    expect(answer.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
    expect(answer.get("X-Content-Type-Options")).toBe("nosniff");
    expect(policyOf(answer)).toMatchObject({ "default-src": "'none'", "frame-ancestors": "'none'" });
    expect(answer.get("Access-Control-Allow-Origin")).toBeUndefined();
  });
});

describe("a course's files", () => {
  /** Nothing of ours may stand in the way of other people's code (docs/decisions/content-addresses.md). */
  test("have none of the headers that break courses, and those that keep them to themselves", async () => {
    const { content_base } = (await launch()).body.course;
    const answer = await get(CONTENT, `${content_base}missing.html`);
    expect(answer.status).toBe(404);
    for (const name of [
      "X-Frame-Options",
      "Cross-Origin-Opener-Policy",
      "Cross-Origin-Resource-Policy",
      "X-Content-Type-Options",
    ])
      expect([name, answer.get(name)]).toEqual([name, undefined]);
    expect(answer.get("Referrer-Policy")).toBe("same-origin");
    expect(answer.get("Origin-Agent-Cluster")).toBe("?1");
    expect(answer.get("Permissions-Policy")).toContain("usb=()");
  });

  test("and the script put into them can be had from a sandboxed frame, which is of no origin", async () => {
    const answer = await get(CONTENT, "/c/shim.js");
    expect(answer.status).toBe(200);
    expect(answer.get("Cross-Origin-Resource-Policy")).toBeUndefined();
  });
});

describe("what is of no origin, or of one without https", () => {
  test("other hosts and health are strict too, and promise no https", async () => {
    for (const [host, path] of [
      ["other.example.com", "/"],
      ["127.0.0.1", "/healthz"],
    ] as const) {
      const answer = await get(host, path);
      expect(policyOf(answer)).toMatchObject({ "default-src": "'none'", "frame-ancestors": "'none'" });
      expect(answer.get("Strict-Transport-Security")).toBeUndefined();
      expect(answer.get("X-Content-Type-Options")).toBe("nosniff");
    }
  });

  test("an origin without https asks for none", async () => {
    const plain = await testGateway();
    const headers = async (host: string, path: string) =>
      (await request(plain.app()).get(path).set("Host", host)).headers;
    for (const found of [
      await headers("localhost:8080", "/"),
      await headers("127.0.0.1:8080", "/play/key"),
    ]) {
      expect(found["strict-transport-security"]).toBeUndefined();
      expect(found["content-security-policy"]).not.toContain("upgrade-insecure-requests");
    }
    await plain.close();
  });
});
