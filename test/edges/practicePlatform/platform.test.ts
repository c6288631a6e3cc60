/** The practice platform against a tool that is not the gateway: it does what the specifications say, and takes nothing else. */
import { createPublicKey, type JsonWebKey, randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import jwt from "jsonwebtoken";
import type { Learner, Link, Tool } from "../../../src/edges/practicePlatform/platformTypes.ts";
import {
  type Answer,
  ask,
  ORDINARY_LAUNCH,
  type RunningPlatform,
  startPlatform,
  startTool,
  type TestTool,
} from "../../support/practicePlatform.ts";

const LTI = "https://purl.imsglobal.org/spec/lti/claim";
const DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim";
const AGS = "https://purl.imsglobal.org/spec/lti-ags";
const SCORE_TYPE = "application/vnd.ims.lis.v1.score+json";
const LINE_ITEM_TYPE = "application/vnd.ims.lis.v2.lineitem+json";

let platform: RunningPlatform;
let tool: TestTool;
let registered: Tool;
let link: Link;
let anna: Learner;

beforeAll(async () => {
  platform = await startPlatform();
  tool = await startTool();
});

afterAll(async () => {
  await platform.stop();
  await tool.stop();
});

beforeEach(async () => {
  await platform.do("/forget-everything");
  registered = await register();
  link = await platform.do<Link>("/links", {
    title: "Fire drill",
    url: `${tool.origin}/links/fire`,
    client_id: registered.client_id,
    custom: "delivery = fire\nchapter=2",
  });
  anna = (await platform.state()).learners[0] as Learner;
});

async function register(): Promise<Tool> {
  const { url } = await platform.do(`/registrations`, { url: `${tool.origin}/register?for=us` });
  const { searchParams } = new URL(url ?? "");
  const configuration = await ask(searchParams.get("openid_configuration") ?? "");
  const { status } = await ask(String(configuration.body["registration_endpoint"]), {
    headers: { authorization: `Bearer ${searchParams.get("registration_token")}` },
    json: registrationOf(tool.origin),
  });
  expect(status).toBe(201);
  return (await platform.state()).tools[0] as Tool;
}

function registrationOf(origin: string) {
  return {
    application_type: "web",
    response_types: ["id_token"],
    grant_types: ["implicit", "client_credentials"],
    initiate_login_uri: `${origin}/login`,
    redirect_uris: [`${origin}/launch`],
    client_name: "A tool",
    jwks_uri: `${origin}/jwks`,
    token_endpoint_auth_method: "private_key_jwt",
    scope: `${AGS}/scope/lineitem ${AGS}/scope/score ${AGS}/scope/result.readonly https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly`,
    "https://purl.imsglobal.org/spec/lti-tool-configuration": {
      domain: new URL(origin).host,
      target_link_uri: `${origin}/launch`,
      claims: ["sub"],
      messages: [{ type: "LtiDeepLinkingRequest", target_link_uri: `${origin}/pick` }],
    },
  };
}

/** What the tool asks back after it was told to log in. */
function authorizationOf(login: Readonly<Record<string, string>>, change: object = {}) {
  return {
    scope: "openid",
    response_type: "id_token",
    response_mode: "form_post",
    prompt: "none",
    client_id: login["client_id"] ?? "",
    redirect_uri: `${tool.origin}/launch`,
    login_hint: login["login_hint"] ?? "",
    lti_message_hint: login["lti_message_hint"] ?? "",
    state: "the state",
    nonce: "the nonce",
    ...change,
  };
}

async function authorize(change: object = {}, order: object = {}): Promise<Record<string, string>> {
  const { fields } = await platform.launch({ link_id: link.link_id, user_id: anna.user_id, ...order });
  const query = new URLSearchParams(authorizationOf(fields, change));
  return posted(await ask<string>(`${platform.origin}/authorize?${query}`));
}

/** The fields of the form that the browser posts to the tool. */
function posted({ body }: Answer<string>): Record<string, string> {
  const found = [...body.matchAll(/name="([^"]*)" value="([^"]*)"/g)];
  return Object.fromEntries(found.map(([, name = "", value = ""]) => [name, value]));
}

async function claimsOf(fields: Record<string, string>): Promise<Record<string, unknown>> {
  const { body } = await ask<{ keys: JsonWebKey[] }>(`${platform.origin}/jwks`);
  const key = createPublicKey({ key: body.keys[0] as JsonWebKey, format: "jwk" });
  return jwt.verify(fields["id_token"] ?? "", key, { algorithms: ["RS256"] }) as Record<string, unknown>;
}

async function token(scope: string, change: object = {}): Promise<Answer<Record<string, unknown>>> {
  const now = Math.floor(Date.now() / 1000);
  const { client_id } = registered;
  const claims = { iss: client_id, sub: client_id, aud: `${platform.origin}/token`, jti: randomUUID() };
  return ask(`${platform.origin}/token`, {
    form: {
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: tool.sign({ ...claims, iat: now, exp: now + 60, ...change }),
      scope,
    },
  });
}

async function bearer(scope: string): Promise<Record<string, string>> {
  return { authorization: `Bearer ${(await token(scope)).body["access_token"]}` };
}

describe("registration", () => {
  test("a registration token is good for one tool, and the platform says what it is", async () => {
    const configuration = await ask(`${platform.origin}/.well-known/openid-configuration`);
    expect(configuration.body).toMatchObject({
      issuer: platform.origin,
      token_endpoint: `${platform.origin}/token`,
    });
    expect(registered).toMatchObject({ name: "A tool", deep_linking_url: `${tool.origin}/pick` });
    const again = await ask(`${platform.origin}/register`, {
      headers: { authorization: "Bearer used-or-unknown" },
      json: registrationOf(tool.origin),
    });
    expect(again).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });
});

describe("a launch by LTI 1.3", () => {
  test("goes by the tool's login and comes back signed: who, what, and where grades go", async () => {
    const claims = await claimsOf(await authorize());
    expect(claims).toMatchObject({
      iss: platform.origin,
      aud: [registered.client_id],
      azp: registered.client_id,
      iat: expect.any(Number),
      exp: expect.any(Number),
      nonce: "the nonce",
      sub: anna.user_id,
      name: "Anna Berg",
      email: "anna.berg@example.org",
      [`${LTI}/message_type`]: "LtiResourceLinkRequest",
      [`${LTI}/version`]: "1.3.0",
      [`${LTI}/deployment_id`]: registered.deployment_id,
      [`${LTI}/target_link_uri`]: link.url,
      [`${LTI}/resource_link`]: { id: link.link_id, title: "Fire drill" },
      [`${LTI}/custom`]: { delivery: "fire", chapter: "2" },
      [`${LTI}/launch_presentation`]: { document_target: "iframe" },
      "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
        lineitems: expect.stringContaining("/line-items?type_id=1"),
      },
    });
  });

  test("an anonymous one names nobody", async () => {
    const claims = await claimsOf(await authorize({}, { tells: "nothing" }));
    expect(claims).not.toHaveProperty("sub");
    expect(claims).not.toHaveProperty("name");
  });

  test.each([
    ["scope", { scope: "profile" }, "invalid_scope"],
    ["response mode", { response_mode: "query" }, "invalid_request"],
    ["prompt", { prompt: "login" }, "invalid_request"],
    ["learner", { login_hint: "somebody-else" }, "login_required"],
    ["hint", { lti_message_hint: "made-up" }, "invalid_request"],
  ])("one with another %s goes back with an error and the state", async (_name, change, error) => {
    expect(await authorize(change)).toMatchObject({ error, state: "the state" });
  });

  test("one whose browser is signed in as somebody else is refused", async () => {
    const { fields } = await platform.launch({ link_id: link.link_id, user_id: anna.user_id });
    const query = new URLSearchParams(authorizationOf(fields));
    const headers = { cookie: "practice_platform_learner=another" };
    const answer = await ask<string>(`${platform.origin}/authorize?${query}`, { headers });
    expect(posted(answer)).toMatchObject({ error: "login_required" });
  });

  test("an address that the tool did not register is sent nothing", async () => {
    const { fields } = await platform.launch({ link_id: link.link_id, user_id: anna.user_id });
    const form = authorizationOf(fields, { redirect_uri: "https://elsewhere.example/launch" });
    const answer = await ask<string>(`${platform.origin}/authorize`, { form });
    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain("id_token");
  });

  test("a rotated key is another one, and the former is gone", async () => {
    const before = await ask(`${platform.origin}/jwks`);
    await platform.do("/rotate-key");
    const after = await ask(`${platform.origin}/jwks`);
    expect(after.body).not.toEqual(before.body);
    expect(await claimsOf(await authorize())).toMatchObject({ sub: anna.user_id });
  });
});

describe("access to the services", () => {
  const score = `${AGS}/scope/score`;

  test("comes for a signed assertion", async () => {
    expect((await token(score)).body).toMatchObject({ token_type: "Bearer", scope: score });
  });

  test.each([
    ["for another platform", { aud: "https://elsewhere.example/token" }],
    ["of another subject", { sub: "somebody" }],
    ["that has expired", { exp: Math.floor(Date.now() / 1000) - 3600 }],
    ["without a jti", { jti: undefined }],
  ])("not for an assertion %s", async (_name, change) => {
    expect((await token(score, change)).status).toBeGreaterThanOrEqual(400);
  });

  test("not twice for the same assertion, and not for a scope that was not granted", async () => {
    const jti = randomUUID();
    expect((await token(score, { jti })).status).toBe(200);
    expect((await token(score, { jti })).status).toBe(401);
    expect((await token(`${AGS}/scope/lineitem.readonly`)).body).toMatchObject({ error: "invalid_scope" });
  });

  test("ends when the platform forgets it", async () => {
    const headers = await bearer(`${AGS}/scope/lineitem`);
    const list = `${platform.origin}/contexts/course-safety/line-items`;
    expect((await ask(list, { headers })).status).toBe(200);
    await platform.do("/forget-tokens");
    expect((await ask(list, { headers })).status).toBe(401);
  });
});

describe("grades by LTI 1.3", () => {
  async function lineItem(): Promise<{ url: string; headers: Record<string, string> }> {
    const headers = await bearer(`${AGS}/scope/lineitem ${AGS}/scope/score ${AGS}/scope/result.readonly`);
    const made = await ask(`${platform.origin}/contexts/course-safety/line-items?type_id=1`, {
      json: { label: "Fire drill", scoreMaximum: 50, resourceLinkId: link.link_id, tag: "grade" },
      headers: { ...headers, "content-type": LINE_ITEM_TYPE },
    });
    expect(made.status).toBe(201);
    return { url: String(made.body["id"]), headers };
  }

  const scoresOf = (url: string) => url.replace("?", "/scores?");

  async function send({ url, headers }: Awaited<ReturnType<typeof lineItem>>, change: object = {}) {
    return ask(scoresOf(url), {
      json: {
        userId: anna.user_id,
        timestamp: "2026-03-01T10:00:00.000Z",
        scoreGiven: 8,
        scoreMaximum: 10,
        activityProgress: "Completed",
        gradingProgress: "FullyGraded",
        ...change,
      },
      headers: { ...headers, "content-type": SCORE_TYPE },
    });
  }

  test("a score stands in the gradebook, and on the column's own scale in the results", async () => {
    const column = await lineItem();
    expect((await send(column)).status).toBe(204);
    const results = await ask<object[]>(column.url.replace("?", "/results?"), { headers: column.headers });
    expect(results.body).toMatchObject([{ userId: anna.user_id, resultScore: 40, resultMaximum: 50 }]);
    await platform.restart();
    expect((await platform.state()).scores).toMatchObject([{ user_id: anna.user_id, score_given: 8 }]);
  });

  test("one that is not later than the last is refused, whenever it comes", async () => {
    const column = await lineItem();
    await send(column, { timestamp: "2026-03-01T10:00:01.000Z" });
    expect((await send(column)).status).toBe(409);
    expect((await send(column, { timestamp: "2026-03-01T10:00:01.000Z" })).status).toBe(409);
    expect((await platform.state()).scores).toHaveLength(1);
  });

  test.each([
    ["a time without a zone", { timestamp: "2026-03-01T10:00:00" }, 400],
    ["a time without parts of a second", { timestamp: "2026-03-01T10:00:00Z" }, 400],
    ["points without a maximum", { scoreMaximum: undefined }, 400],
    ["an activity that is none", { activityProgress: "Done" }, 400],
    ["somebody who is no member", { userId: "nobody" }, 404],
  ])("one with %s is refused", async (_name, change, status) => {
    expect((await send(await lineItem(), change)).status).toBe(status);
  });

  test("a plain JSON content type is refused", async () => {
    const { url, headers } = await lineItem();
    expect((await ask(scoresOf(url), { json: {}, headers })).status).toBe(415);
  });

  test("the link's next launch names its column; the tool can change it and take it away", async () => {
    const { url, headers } = await lineItem();
    const claims = await claimsOf(await authorize());
    expect(claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]).toMatchObject({ lineitem: url });
    const changed = await ask(url, {
      method: "PUT",
      json: { label: "Drill", scoreMaximum: 10 },
      headers: { ...headers, "content-type": LINE_ITEM_TYPE },
    });
    expect(changed.body).toMatchObject({ id: url, label: "Drill", scoreMaximum: 10 });
    expect((await ask(url, { method: "DELETE", headers })).status).toBe(204);
    expect((await ask(url, { headers })).status).toBe(404);
  });

  test("while the platform is down nothing is taken, and it says so", async () => {
    const column = await lineItem();
    const { faults } = await platform.state();
    await platform.do("/faults", { ...faults, down: true });
    expect((await send(column)).status).toBe(503);
    await platform.do("/faults", faults);
    expect((await send(column)).status).toBe(204);
  });
});

describe("names and roles", () => {
  test("come in pages, each with the address of the next; who left is not there", async () => {
    const { learners } = await platform.state();
    await platform.do(`/learners/${learners[1]?.user_id}`, { left: true });
    const headers = await bearer("https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly");
    const members: { user_id: string; name: string }[] = [];
    let next: string | undefined = `${platform.origin}/contexts/course-safety/memberships`;
    for (let pages = 0; next !== undefined; pages++) {
      const page: Answer<{ members: typeof members }> = await ask(next, { headers });
      members.push(...page.body.members);
      next = /<([^>]*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1];
      expect(pages).toBeLessThan(5);
    }
    expect(members).toHaveLength(5);
    expect(members).toContainEqual(expect.objectContaining({ user_id: anna.user_id, name: "Anna Berg" }));
    expect(members.map(({ user_id }) => user_id)).not.toContain(learners[1]?.user_id);
  });
});

describe("deep linking", () => {
  async function pick(change: object = {}): Promise<Answer<string>> {
    const form = await platform.do<{ launch_id: string; fields: Record<string, string> }>("/deep-linking", {
      ...ORDINARY_LAUNCH,
      user_id: anna.user_id,
      client_id: registered.client_id,
    });
    const query = new URLSearchParams(authorizationOf(form.fields));
    const claims = await claimsOf(posted(await ask<string>(`${platform.origin}/authorize?${query}`)));
    const settings = claims[`${DEEP_LINKING}/deep_linking_settings`] as Record<string, string>;
    const now = Math.floor(Date.now() / 1000);
    const response = {
      iss: registered.client_id,
      aud: platform.origin,
      iat: now,
      exp: now + 60,
      nonce: randomUUID(),
      [`${LTI}/message_type`]: "LtiDeepLinkingResponse",
      [`${LTI}/version`]: "1.3.0",
      [`${LTI}/deployment_id`]: registered.deployment_id,
      [`${DEEP_LINKING}/data`]: settings["data"],
      [`${DEEP_LINKING}/content_items`]: [
        {
          type: "ltiResourceLink",
          title: "One",
          url: `${tool.origin}/links/one`,
          lineItem: { scoreMaximum: 100 },
        },
        { type: "ltiResourceLink", title: "Two", url: `${tool.origin}/links/two` },
      ],
      ...change,
    };
    return ask(settings["deep_link_return_url"] ?? "", { form: { JWT: tool.sign(response) } });
  }

  test("adds what was picked, with its columns", async () => {
    expect((await pick()).body).toContain("2 activities were added");
    const { links, line_items } = await platform.state();
    expect(links.map(({ title }) => title)).toEqual(["Fire drill", "One", "Two"]);
    expect(line_items).toMatchObject([{ label: "One", score_maximum: 100, made: "by deep linking" }]);
  });

  test.each([
    ["for another platform", { aud: "https://elsewhere.example" }],
    ["of another deployment", { [`${LTI}/deployment_id`]: "another" }],
    ["without the platform's data", { [`${DEEP_LINKING}/data`]: "another" }],
    ["of another message type", { [`${LTI}/message_type`]: "LtiResourceLinkRequest" }],
  ])("adds nothing of a message %s", async (_name, change) => {
    expect((await pick(change)).status).toBeGreaterThanOrEqual(400);
    expect((await platform.state()).links).toHaveLength(1);
  });
});

test("other web sites in the same browser get at nothing of the page", async () => {
  const headers = { origin: "https://elsewhere.example" };
  const foreign = await ask(`${platform.origin}/api/forget-everything`, { json: {}, headers });
  expect(foreign.status).toBe(403);
  expect((await platform.state()).tools).toHaveLength(1);
});
