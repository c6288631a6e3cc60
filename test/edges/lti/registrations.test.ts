/** Registrations of LMSs by hand, whose deployments are whose, and the check that says what is wrong (docs/lti-registration.md). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { runDueKeyRotation } from "../../../src/flows/lti/toolKeys.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type AnsweringPlatform, startAnswering } from "../../support/lti/answering.ts";
import { expectProblem } from "../../support/problems.ts";

let lms: AnsweringPlatform;
let gateway: TestGateway;
let api: ApiClient;
let account: { account_id: string; connection_id: string };
beforeAll(async () => {
  lms = await startAnswering();
  gateway = await testGateway({ settings: { LTI_TRUSTED_ORIGINS: lms.origin } });
  api = await apiClient(gateway.app());
});
beforeEach(async () => {
  await gateway.empty();
  lms.reset();
  account = await gateway.account();
});
afterAll(() => Promise.all([gateway.close(), lms.close()]));

const operator = () => api.as(TEST_OPERATOR_KEY);
const all = (of = account.account_id) => `/accounts/${of}/lti-registrations`;

const values = () => ({
  name: "Our Moodle",
  issuer: lms.origin,
  client_id: "client-1",
  authorization_url: `${lms.origin}/auth`,
  token_url: `${lms.origin}/token`,
  jwks_url: `${lms.origin}/jwks`,
});

async function registered(change: object = {}, path = all()) {
  const made = await operator().post(path, { ...values(), ...change });
  expect(made).toMatchObject({ status: 201 });
  return made.body as { id: string; connection_id: string | null };
}

describe("a registration by hand", () => {
  test("joins what launches to the account's first connection, or to none", async () => {
    expect(await registered()).toMatchObject({ connection_id: account.connection_id, dynamic: false });
    expect(await registered({ client_id: "client-2", connection_id: null })).toMatchObject({
      connection_id: null,
    });
  });

  test("is one for its issuer and client id, whosever it is, until it has ended", async () => {
    const { id } = await registered();
    const other = await gateway.account();
    for (const path of [all(), all(other.account_id), "/lti-registrations"]) {
      const taken = await operator().post(path, values());
      expectProblem(taken, 409, "lti_registration_taken");
      expect(taken.text).not.toContain(account.account_id);
    }
    const ended = await operator().post(`${all()}/${id}/end`);
    expect(ended.body.ended_at).toEqual(expect.any(String));
    expect((await operator().post(`${all()}/${id}/end`)).body).toEqual(ended.body);
    expectProblem(await operator().patch(`${all()}/${id}`, { name: "x" }), 409, "conflict");
    await registered({}, all(other.account_id));
  });

  test.each<[string, object]>([
    ["no issuer", { issuer: "" }],
    ["an issuer that is no URL", { issuer: "moodle" }],
    ["an issuer with a query", { issuer: "https://lms.example.com/?x" }],
    ["an issuer with a line break", { issuer: "https://lms.example.com/\n.x" }],
    ["a script for an address", { authorization_url: "javascript:alert(1)" }],
    ["a long address", { jwks_url: `https://lms.example.com/${"x".repeat(2048)}` }],
    ["a client id with a control character", { client_id: "a\u0000b" }],
    ["a long client id", { client_id: "x".repeat(256) }],
    ["what is not asked for", { account_id: "x" }],
  ])("with %s is refused by name", async (_what, change) => {
    const refused = await operator().post(all(), { ...values(), ...change });
    expectProblem(refused, 400, "body_invalid");
    expect(refused.body.detail).toContain(Object.keys(change)[0]);
  });

  test.each<[string, object]>([
    ["plain http", { jwks_url: "http://lms.example.com/jwks" }],
    ["an address inside", { token_url: "https://10.0.0.7/token" }],
    ["a password", { token_url: "https://a:b@lms.example.com/token" }],
    ["another port", { authorization_url: "https://lms.example.com:8443/auth" }],
  ])("that leads to %s is refused, now and later", async (_what, change) => {
    const [name = ""] = Object.keys(change);
    const refused = await operator().post(all(), { ...values(), ...change });
    expectProblem(refused, 422, "lti_platform_url_refused");
    expect(refused.body.detail).toContain(name);
    const { id } = await registered();
    expectProblem(await operator().patch(`${all()}/${id}`, change), 422, "lti_platform_url_refused");
  });

  test("changes by what is given, at once, and is audited", async () => {
    const { id } = await registered();
    await gateway.context.lti.registrations.named(lms.origin, "client-1");
    const { headers } = await operator().get(`${all()}/${id}`);
    const change = { token_url: `${lms.origin}/token2`, connection_id: null };
    const changed = await operator().patch(`${all()}/${id}`, change, { "if-match": headers["etag"] ?? "" });
    expect(changed.body).toMatchObject({ ...change, name: "Our Moodle" });
    expectProblem(
      await operator().patch(`${all()}/${id}`, change, { "if-match": headers["etag"] ?? "" }),
      412,
      "changed_meanwhile",
    );
    const audit = await operator().get(
      `/accounts/${account.account_id}/audit?action=lti_registration.change`,
    );
    expect(audit.body.items).toMatchObject([{ before: { token_url: `${lms.origin}/token` }, after: change }]);
    // Though it was remembered.
    expect(await gateway.context.lti.registrations.named(lms.origin, "client-1")).toMatchObject([change]);
  });
});

describe("deployments", () => {
  test("are of one of the account's connections, and no other's", async () => {
    const { id } = await registered({ connection_id: null });
    const other = await gateway.account();
    const deployments = `${all()}/${id}/deployments`;
    const refused = await operator().post(deployments, {
      deployment_id: "7",
      connection_id: other.connection_id,
    });
    expectProblem(refused, 404, "not_found");
    const { connection_id } = account;
    const made = await operator().post(deployments, { deployment_id: "7", connection_id });
    expect(made.body).toMatchObject({ deployment_id: "7", ...account });
    expectProblem(await operator().post(deployments, { deployment_id: "7", connection_id }), 409, "conflict");
    const one = `${deployments}/${made.body.id}`;
    expectProblem(await operator().put(one, { connection_id: other.connection_id }), 404, "not_found");
    expect((await operator().put(one, { connection_id })).body).toMatchObject(account);
    expect((await operator().delete(one)).status).toBe(204);
    expect((await operator().get(deployments)).body.items).toEqual([]);
  });

  test("of a shared registration go from account to account, and neither's log tells of the other", async () => {
    const { id } = await registered({}, "/lti-registrations");
    const other = await gateway.account();
    const deployments = `/lti-registrations/${id}/deployments`;
    const made = await operator().post(deployments, { deployment_id: "7", ...account });
    const one = `${deployments}/${made.body.id}`;
    const moved = await operator().put(one, {
      account_id: other.account_id,
      connection_id: other.connection_id,
    });
    expect(moved.body).toMatchObject({ account_id: other.account_id });
    expectProblem(
      await operator().put(one, { ...account, connection_id: other.connection_id }),
      404,
      "not_found",
    );
    const admin = api.as((await accountKey(gateway.context, account.account_id, "admin")).text);
    const log = await admin.get(`/accounts/${account.account_id}/audit`);
    expect(log.text).not.toContain(other.account_id);
    expect(log.text).not.toContain(other.connection_id);
    expect((await admin.get(`/accounts/${account.account_id}/lti-deployments`)).body.items).toEqual([]);
    const theirs = await operator().get(`/accounts/${other.account_id}/lti-deployments`);
    expect(theirs.body.items).toMatchObject([{ deployment_id: "7", shared: true }]);
    expectProblem(await admin.get("/lti-registrations"), 403, "forbidden");
  });
});

describe("the check", () => {
  const KEY = { kty: "RSA", kid: "k", use: "sig", alg: "RS256", e: "AQAB", n: "" };
  async function wellBehaved() {
    const { keys } = await gateway.context.lti.toolKeys.jwks();
    lms.answer("GET /jwks", (_asked, answer) => {
      answer.setHeader("date", gateway.clock.now().toUTCString());
      return {
        keys: [
          { ...KEY, n: keys[0]?.["n"] },
          { kty: "EC", kid: "other" },
        ],
      };
    });
    lms.answer("GET /auth", (_asked, answer) => void answer.writeHead(400).end());
    lms.answer("POST /token", () => ({ access_token: "t", token_type: "Bearer", expires_in: 3600 }));
  }

  async function checked(change: object = {}): Promise<Record<string, { status: string; words: string }>> {
    const { id } = await registered(change);
    const { body } = await operator().post(`${all()}/${id}/check`);
    const points = body.points as { point: string; status: string; words: string }[];
    return Object.fromEntries(points.map(({ point, ...rest }) => [point, rest]));
  }

  test("finds nothing wrong where nothing is, and asks for each service's token anew", async () => {
    await wellBehaved();
    const points = await checked();
    const statuses = Object.entries(points).map(([point, { status }]) => `${point}: ${status}`);
    // No https in this test, and nobody has launched yet.
    expect(statuses).toEqual([
      "registration: good",
      "our_address: warning",
      "key_set: good",
      "clock: good",
      "authorization_url: good",
      "grades: good",
      "members: good",
      "deployments: good",
      "launches: warning",
    ]);
    expect(points["key_set"]?.words).toBe("1 of its 2 keys can sign launches.");
    const tokens = lms.asked.filter(({ at }) => at === "POST /token");
    const scopes = tokens.map(({ body }) => new URLSearchParams(body).get("scope") ?? "");
    expect(scopes.map((scope) => scope.replace(/^.*\//, "")).sort()).toEqual([
      "contextmembership.readonly",
      "lineitem",
      "lineitem.readonly",
      "score",
    ]);
  });

  test.each<[string, () => void, string, string, RegExp]>([
    [
      "no key set",
      () => lms.answer("GET /jwks", (_a, r) => void r.writeHead(500).end()),
      "key_set",
      "problem",
      /status 500/,
    ],
    ["an empty one", () => lms.answer("GET /jwks", () => ({ keys: [] })), "key_set", "problem", /empty/],
    ["one that is none", () => lms.answer("GET /jwks", () => []), "key_set", "problem", /no key set/],
    [
      "keys of other kinds",
      () => lms.answer("GET /jwks", () => ({ keys: [{ kty: "EC", kid: "a" }, null, 7] })),
      "key_set",
      "problem",
      /no key is an RSA key/,
    ],
    [
      "a clock that is ahead",
      () =>
        lms.answer("GET /jwks", (_a, answer) => {
          answer.setHeader("date", new Date(gateway.clock.now().getTime() + 300_000).toUTCString());
          return { keys: [] };
        }),
      "clock",
      "problem",
      /300 s ahead of/,
    ],
    [
      "no sign-in",
      () => lms.answer("GET /auth", (_a, r) => void r.writeHead(404).end()),
      "authorization_url",
      "problem",
      /404/,
    ],
    [
      "a token that is refused",
      () =>
        lms.answer("POST /token", ({ body }, answer) => {
          if (body.includes("score")) return void answer.writeHead(400).end('{"error":"invalid_scope"}');
          return { access_token: "t", token_type: "Bearer" };
        }),
      "grades",
      "warning",
      /score: .*invalid_scope/,
    ],
    [
      "no token for members",
      () =>
        lms.answer(
          "POST /token",
          (_a, answer) => void answer.writeHead(401).end('{"error":"invalid_client"}'),
        ),
      "members",
      "warning",
      /invalid_client/,
    ],
  ])("finds %s", async (_what, misbehave, point, status, words) => {
    await wellBehaved();
    misbehave();
    expect((await checked())[point]).toMatchObject({ status, words: expect.stringMatching(words) });
  });

  test("finds deployments that wait to be assigned", async () => {
    await wellBehaved();
    expect((await checked({ connection_id: null }))["deployments"]).toMatchObject({ status: "warning" });
  });
});

describe("our keys", () => {
  const listed = async () =>
    ((await operator().get("/lti-keys")).body.items as { kid: string; status: string }[]).map(
      ({ status }) => status,
    );
  const published = async () => (await gateway.context.lti.toolKeys.jwks()).keys.length;

  test("are published a day before they sign, and stay for a day after", async () => {
    expect(await listed()).toEqual(["signing"]);
    await operator().post("/lti-keys/rotate", {});
    expect(await listed()).toEqual(["coming", "signing"]);
    expect(await published()).toBe(2);
    gateway.clock.advance({ hours: 24 });
    expect(await listed()).toEqual(["signing", "going"]);
    gateway.clock.advance({ hours: 24 });
    expect(await listed()).toEqual(["signing"]);
    expect(await published()).toBe(1);
  });

  test("that became known are withdrawn at once", async () => {
    const before = await gateway.context.lti.toolKeys.current();
    await operator().post("/lti-keys/rotate", {});
    await operator().post("/lti-keys/rotate", { at_once: true });
    expect(await listed()).toEqual(["signing"]);
    expect((await gateway.context.lti.toolKeys.current()).kid).not.toBe(before.kid);
    const log = await operator().get("/audit?action=lti_tool_key.rotate");
    expect(log.body.items).toHaveLength(2);
  });

  test("change by themselves after 90 days, once", async () => {
    await gateway.context.lti.toolKeys.current();
    expect(await runDueKeyRotation(gateway.context)).toBeNull();
    gateway.clock.advance({ days: 90 });
    expect(await runDueKeyRotation(gateway.context)).not.toBeNull();
    expect(await runDueKeyRotation(gateway.secondProcess())).toBeNull();
    expect(await listed()).toEqual(["coming", "signing"]);
  });

  test("stand among the values to copy", async () => {
    const admin = api.as((await accountKey(gateway.context, account.account_id, "viewer")).text);
    const { body } = await admin.get("/lti-values");
    expect(body).toMatchObject({
      login_url: "http://localhost:8080/lti/login",
      redirect_urls: ["http://localhost:8080/lti/launch"],
      jwks_url: "http://localhost:8080/lti/jwks",
      public_key_pem: expect.stringMatching(/^-----BEGIN PUBLIC KEY-----/),
      delivery_link: "http://localhost:8080/lti/links/DELIVERY_KEY",
      custom_parameter: "delivery=DELIVERY_KEY",
    });
  });
});
