/** What ltijs is let do: ask platforms for members, line items and a registration, and sign what was picked (DESIGN §6). */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import jwt from "jsonwebtoken";
import {
  createLineItem,
  deepLinkingMessage,
  findLineItems,
  membersOf,
  registerDynamically,
  type ServicePlatform,
} from "../../../src/flows/lti/services/ltijs.ts";
import type { Member } from "../../../src/flows/lti/services/serviceAnswers.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type AnsweringPlatform, startAnswering } from "../../support/lti/answering.ts";
import { DEEP_LINKING, LTI } from "../../support/lti/platform.ts";

test("goes out through one module of its own, which is replaced", async () => {
  const folder = fileURLToPath(new URL("../../../node_modules/ltijs/dist", import.meta.url));
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".js"));
  const goesOut =
    /require\(['"](node:)?(got|https?|http2|net|tls|undici|axios|request|node-fetch)['"]\)|\bfetch\(/;
  const going: string[] = [];
  for (const name of files) if (goesOut.test(await readFile(join(folder, name), "utf8"))) going.push(name);
  // The latter listens, and is never loaded.
  expect(going.sort()).toEqual(["Utils/Http.js", "Utils/Server.js"]);
});

let platform: AnsweringPlatform;
let gateway: TestGateway;
let scopesAsked: string[];
beforeAll(async () => {
  platform = await startAnswering();
  gateway = await testGateway({ settings: { LTI_TRUSTED_ORIGINS: platform.origin } });
});
beforeEach(() => {
  platform.reset();
  scopesAsked = [];
});
afterAll(() => Promise.all([gateway.close(), platform.close()]));

const whom = (): ServicePlatform => ({
  issuer: platform.origin,
  client_id: "tool-1",
  accessToken: async (scopes) => {
    scopesAsked.push(scopes.map((scope) => scope.replace(/^.*\//, "")).join(" "));
    return { token_type: "Bearer", access_token: "granted" };
  },
});

async function membersAt(path: string, resource_link_id?: string): Promise<readonly (readonly Member[])[]> {
  const pages: (readonly Member[])[] = [];
  const asked = {
    memberships_url: `${platform.origin}${path}`,
    ...(resource_link_id ? { resource_link_id } : {}),
  };
  for await (const page of membersOf(gateway.context, whom(), asked)) pages.push(page);
  return pages;
}

describe("members", () => {
  test("come a page at a time, and what stands in the platform's address stays there", async () => {
    platform.answer("GET /members", ({ query }, response) => {
      const page = Number(query.get("page") ?? "1");
      const next = `<${platform.origin}/members?course=7&page=${page + 1}>; rel="next"`;
      if (page < 3) response.setHeader("link", next);
      return { id: "x", members: [{ user_id: `u${page}`, roles: ["Learner"], email: "a@example.com" }] };
    });
    const pages = await membersAt("/members?course=7", "link-1");
    expect(pages.flat().map(({ user_id }) => user_id)).toEqual(["u1", "u2", "u3"]);
    expect(pages[0]?.[0]).toMatchObject({ status: "Active", roles: ["Learner"], name: "" });
    const [first] = platform.asked;
    expect(Object.fromEntries(first?.query ?? [])).toEqual({ course: "7", limit: "200", rlid: "link-1" });
    expect(first?.headers).toMatchObject({
      authorization: "Bearer granted",
      accept: "application/vnd.ims.lti-nrps.v2.membershipcontainer+json",
    });
    expect(new Set(scopesAsked)).toEqual(new Set(["contextmembership.readonly"]));
  });

  test.each<[string, (page: number) => number, number, string]>([
    ["lead in a circle are read once around", () => 0, 2, "its list leads back into itself"],
    ["have no end are read up to page 500", (page) => page + 1, 500, "its list has more than 500 pages"],
  ])("that %s, and are no whole list", async (_how, nextOf, most, message) => {
    platform.answer("GET /members", ({ query }, response) => {
      const next = nextOf(Number(query.get("page") ?? "0"));
      response.setHeader("link", `<${platform.origin}/members?page=${next}>; rel="next"`);
      return { members: [{ user_id: "u1", roles: [] }] };
    });
    await expect(membersAt("/members")).rejects.toMatchObject({ name: "ServiceProblem", message });
    expect(platform.asked).toHaveLength(most);
  });

  test.each<[string, string]>([
    ["is relative to the page", '</members?page=2>; rel="next"'],
    ["is behind a header that is long", `</first>; title="${"x".repeat(3000)}", </members?page=2>; rel=next`],
  ])("whose next page %s are read to the end", async (_how, link) => {
    platform.answer("GET /members", ({ query }, response) => {
      const page = query.get("page");
      if (page === null) response.setHeader("link", link);
      return { members: [{ user_id: `u${page ?? 1}`, roles: [] }] };
    });
    expect((await membersAt("/members")).flat().map(({ user_id }) => user_id)).toEqual(["u1", "u2"]);
  });

  test.each([
    ["is too long to be asked for", `</${"x".repeat(3000)}>; rel="next"`],
    ["is no address", '<https://[>; rel="next"'],
    ["is no web page", '<data:,x>; rel="next"'],
  ])("whose next page %s are no whole list", async (_how, link) => {
    platform.answer("GET /members", (_asked, response) => {
      response.setHeader("link", link);
      return { members: [{ user_id: "u1", roles: [] }] };
    });
    await expect(membersAt("/members")).rejects.toMatchObject({
      name: "ServiceProblem",
      message: "the address of its next page is none that can be asked",
    });
  });

  test("are read at once, whatever the header for the next page is filled up with", async () => {
    platform.answer("GET /members", (_asked, response) => {
      response.setHeader("link", `<https://x.example.com>; ${" ".repeat(500)}x`);
      return { members: [{ user_id: "u1", roles: [] }] };
    });
    const begun = performance.now();
    expect((await membersAt("/members")).flat()).toHaveLength(1);
    expect(performance.now() - begun).toBeLessThan(1000);
  });

  test("of a page are all read, however many it has", async () => {
    const members = Array.from({ length: 30_000 }, (_, index) => ({ user_id: `u${index}`, roles: [] }));
    platform.answer("GET /members", () => ({ members }));
    expect((await membersAt("/members")).flat()).toHaveLength(30_000);
  });

  test("whose next page is somewhere that nobody may go are read up to there", async () => {
    platform.answer("GET /members", (_asked, response) => {
      response.setHeader("link", '<http://169.254.169.254/latest>; rel="next"');
      return { members: [{ user_id: "u1", roles: [] }] };
    });
    await expect(membersAt("/members")).rejects.toMatchObject({
      name: "ServiceProblem",
      message: "expected https.",
    });
    expect(platform.asked).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ["a list of nothing", { members: [null, 7, "u", [], {}, { user_id: {} }, { user_id: "a\u0000b" }] }],
    ["an id that can't be kept whole", { members: [{ user_id: "x".repeat(501) }] }],
  ])("with %s are none", async (_what, body) => {
    platform.answer("GET /members", () => body);
    expect(await membersAt("/members")).toEqual([[]]);
  });

  test.each<[string, (response: import("node:http").ServerResponse) => void, string | RegExp]>([
    ["no JSON", (response) => void response.end("<html>"), /specification/],
    ["null", (response) => void response.end("null"), /specification/],
    ["nothing", (response) => void response.end(), /specification/],
    ["no list", (response) => void response.end('{"members":{"user_id":"u"}}'), /names no members/],
    ["an endless answer", (response) => void response.end("x".repeat(5_000_000)), /more than 4194304 bytes/],
    [
      "an error with words",
      (response) =>
        void response.writeHead(403).end('{"error":"no_scope","error_description":"ask\\u0007 nicely"}'),
      "it answers with status 403: no_scope, ask  nicely",
    ],
    ["a cut connection", (response) => void response.destroy(), /can't be reached/],
  ])(
    "where the platform answers %s are a problem in words, and nothing worse",
    async (_what, write, words) => {
      platform.answer("GET /members", (_asked, response) => void write(response));
      await expect(membersAt("/members")).rejects.toMatchObject({
        name: "ServiceProblem",
        message: expect.stringMatching(words),
      });
    },
  );
});

describe("line items", () => {
  const container = (scopes = ["lineitem"]) => ({
    line_items_url: `${platform.origin}/items?type=7`,
    resource_link_id: "link-1",
    scopes: scopes.map((scope) => `https://purl.imsglobal.org/spec/lti-ags/scope/${scope}`),
  });

  test("of the link alone are found, also where the platform sends all", async () => {
    const id = `${platform.origin}/items/1`;
    platform.answer("GET /items", () => [
      { id, label: "Score", scoreMaximum: 100, resourceLinkId: "link-1" },
      { id: `${platform.origin}/items/2`, label: "Other", scoreMaximum: 1, resourceLinkId: "link-2" },
      { id: "no url", label: "Broken", scoreMaximum: 1, resourceLinkId: "link-1" },
    ]);
    expect(await findLineItems(gateway.context, whom(), container(["lineitem.readonly"]))).toEqual([
      { id, label: "Score", score_maximum: 100, resource_link_id: "link-1", resource_id: "", tag: "" },
    ]);
    expect(Object.fromEntries(platform.lastAt("GET /items").query)).toEqual({
      type: "7",
      resource_link_id: "link-1",
    });
    expect(scopesAsked).toEqual(["lineitem.readonly"]);
  });

  /** Whatever was asked for: other links' on each page, the link's own on one of them. */
  const served = (pages: number, pageOfLink: number) =>
    platform.answer("GET /items", ({ query }, response) => {
      const page = Number(query.get("page") ?? "1");
      const next = `<${platform.origin}/items?type=7&page=${page + 1}>; rel="next"`;
      if (page < pages) response.setHeader("link", next);
      const item = (name: string) => ({ id: `${platform.origin}/items/${name}`, resourceLinkId: name });
      return [item("link-2"), ...(page === pageOfLink ? [item("link-1")] : [])];
    });

  test("are looked for on every page of the platform's", async () => {
    served(3, 3);
    const found = await findLineItems(gateway.context, whom(), container());
    expect(found.map(({ id }) => id)).toEqual([`${platform.origin}/items/link-1`]);
    expect(platform.asked.map(({ query }) => query.get("page"))).toEqual([null, "2", "3"]);
    expect(platform.asked.map(({ query }) => query.get("type"))).toEqual(["7", "7", "7"]);
    expect(scopesAsked).toEqual(["lineitem"]);
  });

  test("of a list without end are looked for on 50 pages", async () => {
    served(Number.POSITIVE_INFINITY, 50);
    const found = await findLineItems(gateway.context, whom(), container());
    expect(found).toHaveLength(1);
    expect(platform.asked).toHaveLength(50);
  });

  test("of a list that leads in a circle are looked for once around", async () => {
    platform.answer("GET /items", (_asked, response) => {
      response.setHeader("link", `<${platform.origin}/items?page=2>; rel="next"`);
      return [];
    });
    expect(await findLineItems(gateway.context, whom(), container())).toEqual([]);
    expect(platform.asked).toHaveLength(2);
  });

  test("whose next page is somewhere that nobody may go are a problem", async () => {
    platform.answer("GET /items", (_asked, response) => {
      response.setHeader("link", '<http://169.254.169.254/latest>; rel="next"');
      return [];
    });
    await expect(findLineItems(gateway.context, whom(), container())).rejects.toMatchObject({
      name: "ServiceProblem",
      message: "expected https.",
    });
    expect(platform.asked).toHaveLength(1);
  });

  test("are made for the link", async () => {
    platform.answer("POST /items", ({ body }) => ({ id: `${platform.origin}/items/9`, ...JSON.parse(body) }));
    const made = await createLineItem(gateway.context, whom(), container(), {
      label: "Kitchen safety",
      score_maximum: 100,
      resource_id: "d1",
    });
    expect(made).toMatchObject({ id: `${platform.origin}/items/9`, resource_link_id: "link-1" });
    const { headers, body } = platform.lastAt("POST /items");
    expect(headers["content-type"]).toBe("application/vnd.ims.lis.v2.lineitem+json");
    expect(JSON.parse(body)).toEqual({
      label: "Kitchen safety",
      scoreMaximum: 100,
      resourceId: "d1",
      resourceLinkId: "link-1",
    });
  });

  test("that the platform does not name are a problem", async () => {
    platform.answer("POST /items", () => ({ label: "x" }));
    const making = createLineItem(gateway.context, whom(), container(), { label: "x", score_maximum: 1 });
    await expect(making).rejects.toMatchObject({ name: "ServiceProblem" });
  });
});

test("what was picked is signed with our key, for the platform, and holds what it sent to be sent back", async () => {
  const message = await deepLinkingMessage(
    gateway.context,
    { issuer: platform.origin, client_id: "tool-1" },
    { deployment_id: "d1", data: "kept", accept_types: ["ltiResourceLink"], accept_multiple: false },
    {
      items: [
        { type: "link", url: "https://example.com/" },
        { type: "ltiResourceLink", title: "One" },
        { type: "ltiResourceLink", title: "Two" },
      ],
      words: "1 course was added",
    },
  );
  const { keys } = await gateway.context.lti.toolKeys.jwks();
  const { createPublicKey } = await import("node:crypto");
  const key = createPublicKey({ key: keys[0] as never, format: "jwk" });
  const claims = jwt.verify(message, key, {
    algorithms: ["RS256"],
    audience: platform.origin,
    issuer: "tool-1",
  });
  expect(claims).toMatchObject({
    [`${LTI}message_type`]: "LtiDeepLinkingResponse",
    [`${LTI}deployment_id`]: "d1",
    [`${DEEP_LINKING}data`]: "kept",
    [`${DEEP_LINKING}msg`]: "1 course was added",
    [`${DEEP_LINKING}content_items`]: [{ type: "ltiResourceLink", title: "One" }],
  });
});

describe("a registration", () => {
  const asked = () => ({
    configuration_url: `${platform.origin}/config`,
    configuration: { issuer: platform.origin, registration_endpoint: `${platform.origin}/register` },
    registration_token: "once",
    tool: { client_name: "Tallygate", redirect_uris: ["https://app.test/launch"] },
  });

  test("is what we say we are, asked for with the platform's token; its configuration is not read twice", async () => {
    platform.answer("POST /register", () => ({ client_id: "c1", extra: 1 }));
    expect(await registerDynamically(gateway.context, asked())).toEqual({
      client_id: "c1",
      answer: { client_id: "c1", extra: 1 },
    });
    expect(platform.asked.map(({ at }) => at)).toEqual(["POST /register"]);
    const { headers, body } = platform.lastAt("POST /register");
    expect(headers.authorization).toBe("Bearer once");
    expect(JSON.parse(body)).toMatchObject({
      client_name: "Tallygate",
      redirect_uris: ["https://app.test/launch"],
      token_endpoint_auth_method: "private_key_jwt",
    });
  });

  test.each<[string, unknown, RegExp]>([
    ["no client_id", {}, /no client_id/],
    ["a client_id that is no text", { client_id: 7 }, /no client_id/],
    ["null", null, /specification/],
  ])("that is answered with %s is a problem", async (_what, answer, words) => {
    platform.answer("POST /register", (_asked, response) => void response.end(JSON.stringify(answer)));
    await expect(registerDynamically(gateway.context, asked())).rejects.toMatchObject({
      name: "ServiceProblem",
      message: expect.stringMatching(words),
    });
  });
});
