/** An LMS registers itself by a link that is good once (LTI Dynamic Registration 1.0; docs/lti-registration.md). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type AnsweringPlatform, startAnswering } from "../../support/lti/answering.ts";

const HOST = "localhost:8080";

let lms: AnsweringPlatform;
let gateway: TestGateway;
let api: ApiClient;
let account_id: string;
beforeAll(async () => {
  lms = await startAnswering();
  gateway = await testGateway({ settings: { LTI_TRUSTED_ORIGINS: lms.origin } });
  api = await apiClient(gateway.app());
});
beforeEach(async () => {
  await gateway.empty();
  lms.reset();
  ({ account_id } = await gateway.account());
});
afterAll(() => Promise.all([gateway.close(), lms.close()]));

const operator = () => api.as(TEST_OPERATOR_KEY);
const PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration";
const TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration";

const configuration = () => ({
  issuer: lms.origin,
  authorization_endpoint: `${lms.origin}/auth`,
  token_endpoint: `${lms.origin}/token`,
  jwks_uri: `${lms.origin}/jwks`,
  registration_endpoint: `${lms.origin}/register`,
  scopes_supported: ["openid", "https://purl.imsglobal.org/spec/lti-ags/scope/score"],
  [PLATFORM]: {
    product_family_code: "Moodle",
    messages_supported: [{ type: "LtiDeepLinkingRequest", placements: ["ContentArea", "RichTextEditor"] }],
  },
});

function wellBehaved(answer: object = { client_id: "client-1", [TOOL]: { deployment_id: "7" } }) {
  lms.answer("GET /config", configuration);
  lms.answer("POST /register", () => answer);
}

/** The link's path. */
async function newLink(body: object = {}): Promise<{ path: string; id: string }> {
  const made = await operator().post(`/accounts/${account_id}/lti-registration-links`, body);
  expect(made.status).toBe(201);
  return { path: new URL(made.body.url).pathname, id: made.body.id };
}

const open = (path: string, query: object = sent()) =>
  request(gateway.app()).get(path).query(query).set("host", HOST);
const confirm = (path: string, form: object = sent()) =>
  request(gateway.app()).post(path).type("form").send(form).set("host", HOST);
const sent = () => ({ openid_configuration: `${lms.origin}/config`, registration_token: "granted" });

const registrations = async () =>
  (await operator().get(`/accounts/${account_id}/lti-registrations`)).body.items;

test("the administrator is asked first; confirmed, both know each other and the link is used up", async () => {
  wellBehaved();
  const { path, id } = await newLink({ name: "Our Moodle" });
  const asked = await open(path);
  expect(asked.status).toBe(200);
  expect(asked.text).toContain("<strong>Acme</strong>");
  expect(asked.text).toContain(new URL(lms.origin).host);
  expect(asked.headers["content-security-policy"]).toContain("frame-ancestors *");
  expect(asked.headers["x-frame-options"]).toBeUndefined();
  expect(asked.headers["referrer-policy"]).toBe("no-referrer");
  expect(lms.asked).toEqual([]);

  const done = await confirm(path);
  expect(done.status).toBe(200);
  expect(done.text).toContain('data-door="close"');
  expect(await registrations()).toMatchObject([
    {
      name: "Our Moodle",
      issuer: lms.origin,
      client_id: "client-1",
      authorization_url: `${lms.origin}/auth`,
      token_url: `${lms.origin}/token`,
      token_audience: null,
      jwks_url: `${lms.origin}/jwks`,
      product: "moodle",
      dynamic: true,
    },
  ]);
  const { body } = await operator().get(`/accounts/${account_id}/lti-deployments`);
  expect(body.items).toMatchObject([{ deployment_id: "7", issuer: lms.origin, shared: false }]);
  const links = await operator().get(`/accounts/${account_id}/lti-registration-links`);
  expect(links.body.items).toMatchObject([{ id, used_at: expect.any(String) }]);
  expect(links.text).not.toContain(path.split("/").at(-1));
  const audit = await operator().get(`/accounts/${account_id}/audit?action=lti_registration.create`);
  expect(audit.body.items).toMatchObject([{ actor: `lti_registration_link:${id}` }]);

  const again = await confirm(path);
  expect(again.status).toBe(409);
  expect(again.text).toContain("used already");
});

test("the LMS is told what it asks for, and of scopes and placements only what it has", async () => {
  wellBehaved();
  await confirm((await newLink()).path);
  expect(lms.lastAt("GET /config").headers.authorization).toBe("Bearer granted");
  const { headers, body } = lms.lastAt("POST /register");
  expect(headers.authorization).toBe("Bearer granted");
  const app = "http://localhost:8080/lti";
  expect(JSON.parse(body)).toMatchObject({
    application_type: "web",
    grant_types: ["implicit", "client_credentials"],
    response_types: ["id_token"],
    initiate_login_uri: `${app}/login`,
    redirect_uris: [`${app}/launch`],
    jwks_uri: `${app}/jwks`,
    logo_uri: `${app}/icon.png`,
    client_name: "Tallygate",
    token_endpoint_auth_method: "private_key_jwt",
    scope: "https://purl.imsglobal.org/spec/lti-ags/scope/score",
    [TOOL]: {
      domain: HOST,
      target_link_uri: `${app}/launch`,
      messages: [
        { type: "LtiResourceLinkRequest" },
        { type: "LtiDeepLinkingRequest", placements: ["ContentArea"] },
      ],
    },
  });
});

describe("what goes wrong is said in words, and leaves the link good:", () => {
  const with_ = (change: object) => () =>
    lms.answer("GET /config", () => ({ ...configuration(), ...change }));
  test.each<[string, () => void, string | RegExp]>([
    ["no configuration", () => lms.reset(), "answers with status 404"],
    [
      "one that is no JSON",
      () => lms.answer("GET /config", (_a, answer) => void answer.end("<p>")),
      "no JSON object",
    ],
    ["null", () => lms.answer("GET /config", (_a, answer) => void answer.end("null")), "no JSON object"],
    ["a huge one", () => lms.answer("GET /config", () => ({ x: "x".repeat(300_000) })), "262144 bytes"],
    [
      "another's issuer",
      with_({ issuer: "https://lms.example.com" }),
      "a platform can only speak for itself",
    ],
    ["no issuer", with_({ issuer: 7 }), "names no issuer"],
    ["no registration endpoint", with_({ registration_endpoint: "x" }), "names no registration_endpoint"],
    [
      "a registration endpoint inside",
      with_({ registration_endpoint: "http://169.254.169.254/latest" }),
      "registration_endpoint: expected https",
    ],
    [
      "a key set inside",
      with_({ jwks_uri: "https://10.0.0.7/jwks" }),
      "jwks_uri: its host is not a public one",
    ],
    [
      "a refusal",
      () =>
        lms.answer(
          "POST /register",
          (_a, answer) =>
            void answer
              .writeHead(400)
              .end('{"error":"invalid_client_metadata","error_description":"<b>no</b>"}'),
        ),
      "status 400: invalid_client_metadata, &lt;b>no&lt;/b>",
    ],
    ["an empty client id", () => lms.answer("POST /register", () => ({ client_id: "" })), "no client_id"],
    [
      "a long client id",
      () => lms.answer("POST /register", () => ({ client_id: "x".repeat(256) })),
      "no client_id",
    ],
  ])("%s", async (_what, misbehave, words) => {
    wellBehaved();
    misbehave();
    const { path } = await newLink();
    const failed = await confirm(path);
    expect(failed.status).toBe(422);
    expect(failed.text).toContain("The LMS could not be registered.");
    expect(failed.text).toMatch(typeof words === "string" ? new RegExp(escaped(words)) : words);
    expect(failed.text).toContain("The registration link is still good.");
    expect(failed.text).not.toMatch(/ at \S+\.[jt]s/);
    expect(await registrations()).toEqual([]);
    wellBehaved();
    expect((await confirm(path)).status).toBe(200);
  });

  const escaped = (words: string) => words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  test("an address that the gateway does not go to", async () => {
    const { path } = await newLink();
    const failed = await confirm(path, { openid_configuration: "http://127.0.0.1:1/config" });
    expect(failed.status).toBe(422);
    expect(failed.text).toContain("expected https");
  });

  test("a client id that somebody has, of whom nothing is said", async () => {
    wellBehaved();
    const other = await gateway.account();
    const link = await operator().post(`/accounts/${other.account_id}/lti-registration-links`, {});
    expect((await confirm(new URL(link.body.url).pathname)).status).toBe(200);
    const taken = await confirm((await newLink()).path);
    expect(taken.status).toBe(409);
    expect(taken.text).not.toContain(other.account_id);
    expect(await registrations()).toEqual([]);
  });
});

describe("a link", () => {
  test("that was only looked at is good still, with what the LMS sends or without", async () => {
    wellBehaved();
    const { path } = await newLink();
    for (const query of [{}, sent(), { openid_configuration: ["a", "b"] }])
      expect((await open(path, query)).status).toBe(200);
    expect((await open(path, {})).text).toContain("Paste this address into your LMS");
    expect((await confirm(path, {})).text).toContain("Paste this address into your LMS");
    expect((await confirm(path)).status).toBe(200);
  });

  test("is good for a day", async () => {
    wellBehaved();
    const { path } = await newLink();
    gateway.clock.advance({ hours: 24 });
    const late = await confirm(path);
    expect(late.status).toBe(409);
    expect(late.text).toContain("too old");
    expect(lms.asked).toEqual([]);
  });

  test("that was withdrawn is not good, and one that was used can't be withdrawn", async () => {
    wellBehaved();
    const first = await newLink();
    const links = `/accounts/${account_id}/lti-registration-links`;
    expect((await operator().post(`${links}/${first.id}/withdraw`)).body.withdrawn_at).toEqual(
      expect.any(String),
    );
    expect((await open(first.path)).text).toContain("withdrawn");
    const second = await newLink();
    expect((await confirm(second.path)).status).toBe(200);
    expect((await operator().post(`${links}/${second.id}/withdraw`)).status).toBe(409);
  });

  test.each(["x", `${"x".repeat(43)}`, "%00", "..%2f", "%F0%9F%92%A9".repeat(20)])(
    "that nobody made (%s) is no link",
    async (secret) => {
      const answer = await open(`/lti/register/${secret}`);
      expect(answer.status).toBe(404);
      expect(answer.text).toContain("not a whole registration link");
    },
  );

  /** The LMS takes its time: begun once it was asked, finished when it is told to. */
  function slowLms(client_id: string) {
    const waiting: (() => void)[] = [];
    const isAsked = new Promise<void>((resolve) => {
      lms.answer("POST /register", (_asked, answer) => {
        waiting.push(() => void answer.end(JSON.stringify({ client_id })));
        resolve();
      });
    });
    return { isAsked, finish: () => waiting.forEach((end) => void end()) };
  }

  test("whose exchange takes its time holds up another", async () => {
    wellBehaved();
    const slow = slowLms("client-1");
    const { path } = await newLink();
    const first = confirm(path).then((answer) => answer);
    await slow.isAsked;
    const second = await confirm(path);
    expect(second.status).toBe(409);
    expect(second.text).toContain("right now");
    slow.finish();
    expect((await first).status).toBe(200);
    expect(await registrations()).toHaveLength(1);
  });

  test("whose exchange never came to its end is free again after two minutes, and still good once", async () => {
    wellBehaved();
    const slow = slowLms("client-1");
    const { path } = await newLink();
    const first = confirm(path).then((answer) => answer);
    await slow.isAsked;
    gateway.clock.advance({ seconds: 120 });
    lms.answer("POST /register", () => ({ client_id: "client-2" }));
    expect((await confirm(path)).status).toBe(200);
    slow.finish();
    expect((await first).status).toBe(409);
    expect(await registrations()).toMatchObject([{ client_id: "client-2" }]);
  });
});

test("what Canvas reads of us is one document, the same for everybody", async () => {
  const answer = await request(gateway.app()).get("/lti/config/canvas.json").set("host", HOST);
  expect(answer.body).toMatchObject({
    title: "Tallygate",
    oidc_initiation_url: "http://localhost:8080/lti/login",
    target_link_uri: "http://localhost:8080/lti/launch",
    public_jwk_url: "http://localhost:8080/lti/jwks",
    extensions: [{ platform: "canvas.instructure.com", privacy_level: "public" }],
  });
  expect(answer.headers["cache-control"]).toContain("public");
});

test("the icon that LMSs are named is a small PNG, for some show no SVG; the SVG stays where it was", async () => {
  const configuration = await request(gateway.app()).get("/lti/config/canvas.json").set("host", HOST);
  const { icon_url } = configuration.body.extensions[0].settings;
  expect(icon_url).toBe("http://localhost:8080/lti/icon.png");
  const png = await request(gateway.app()).get(new URL(icon_url).pathname).set("host", HOST);
  expect(png.headers).toMatchObject({
    "content-type": "image/png",
    "cache-control": "public, max-age=86400",
    "cross-origin-resource-policy": "cross-origin",
  });
  expect(png.body.subarray(1, 4).toString()).toBe("PNG");
  expect([png.body.readUInt32BE(16), png.body.readUInt32BE(20)]).toEqual([128, 128]);
  expect(png.body.length).toBeLessThan(4096);
  const svg = await request(gateway.app()).get("/lti/icon.svg").set("host", HOST);
  expect(svg.headers["content-type"]).toContain("image/svg+xml");
});
