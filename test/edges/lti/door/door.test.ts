/** What a browser is answered at the door of LTI: cookies, pages, and a way on from each of them. */
import type { RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import request, { type Response } from "supertest";
import { wordsOf } from "../../../../src/core/denialWords.ts";
import { Fault } from "../../../../src/core/faults.ts";
import { pauseLicense } from "../../../../src/flows/changeLicense.ts";
import { revoke } from "../../../../src/flows/deliveries.ts";
import { BY, type TestLicense } from "../../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../../support/gateway.ts";
import {
  APP_HOST,
  APP_ORIGIN,
  launch,
  linkOf,
  logIn,
  loginFields,
  postLaunch,
} from "../../../support/lti/door.ts";
import {
  DEEP_LINKING,
  LTI,
  type Platform,
  registerPlatform,
  startPlatform,
} from "../../../support/lti/platform.ts";
import { expectProblem } from "../../../support/problems.ts";

let platform: Platform;
let gateway: TestGateway;
let app: RequestListener;
let license: TestLicense;

beforeAll(async () => {
  platform = await startPlatform({ now: () => gateway.clock.now() });
  gateway = await testGateway({
    settings: {
      LTI_TRUSTED_ORIGINS: platform.origin,
      LAUNCHES_PER_MINUTE: "20",
      LAUNCHES_PER_MINUTE_AND_ADDRESS: "500",
    },
  });
});
beforeEach(async () => {
  await gateway.empty();
  platform.reset();
  app = gateway.app();
  license = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
  await registerPlatform(gateway, platform, license);
});
afterAll(async () => {
  await gateway.close();
  await platform.close();
});

const set = (answer: Response) => [answer.headers["set-cookie"] ?? []].flat() as string[];
const SETTINGS = "Path=/; Secure; HttpOnly; SameSite=None; Partitioned";

describe("the login", () => {
  test("goes on to the platform, with what LTI 1.3 asks for and a secret for the browser to keep", async () => {
    const { answer, nonce, state } = await logIn(app, platform, linkOf(license));
    expect(answer.status).toBe(302);
    // Also on a redirect it would cut the tie of a window to the page that opened it.
    expect(answer.headers).not.toHaveProperty("cross-origin-opener-policy");
    const url = new URL(answer.headers["location"] ?? "");
    expect(url.origin + url.pathname).toBe(platform.registration.authorization_url);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      scope: "openid",
      response_type: "id_token",
      response_mode: "form_post",
      prompt: "none",
      client_id: platform.client_id,
      redirect_uri: `${APP_ORIGIN}/lti/launch`,
      login_hint: "hint-1",
      lti_message_hint: "message-1",
      nonce,
      state,
    });
    expect(nonce).toMatch(/^[\w-]{16,64}$/);
    expect(set(answer)).toEqual([
      expect.stringMatching(new RegExp(`^__Host-lti-[\\w-]{12}=[\\w-]{32}; ${SETTINGS}; Max-Age=900$`)),
    ]);
  });

  test("comes by POST as well", async () => {
    const answer = await request(app)
      .post("/lti/login")
      .set("Host", APP_HOST)
      .type("form")
      .send(loginFields(platform, linkOf(license)));
    expect(answer.status).toBe(302);
  });

  test("where the platform keeps things for us: by a page that leaves the secret there first", async () => {
    const offered = { lti_storage_target: "post_message_forwarding" };
    const { answer, cookies } = await logIn(app, platform, linkOf(license), offered);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('data-door="leave"');
    expect(answer.text).toContain('data-target="post_message_forwarding"');
    expect(answer.text).toContain(`data-origin="${platform.origin}"`);
    expect(answer.text).toContain(`data-secret="${cookies.split("=")[1]}"`);
  });

  test("asks no platform to keep anything once cookies were seen to come back", async () => {
    const allowed = await launch(app, platform, license);
    const [ended, works = ""] = set(allowed);
    expect(ended).toMatch(new RegExp(`^__Host-lti-[\\w-]{12}=; ${SETTINGS}; Max-Age=0$`));
    expect(works).toBe(`__Host-lti=1; ${SETTINGS}; Max-Age=86400`);
    const [cookie = ""] = works.split(";");
    const again = await logIn(app, platform, linkOf(license), { lti_storage_target: "_parent" }, cookie);
    expect(again.answer.status).toBe(302);
  });

  test("several at once in one page keep a secret each", async () => {
    const link = linkOf(license);
    const logins = [await logIn(app, platform, link), await logIn(app, platform, link)];
    const cookies = logins.map((login) => login.cookies).join("; ");
    for (const login of logins) {
      const token = platform.idToken({ nonce: login.nonce, target_link_uri: link });
      expect((await postLaunch(app, login, token, { cookies })).status).toBe(303);
    }
  });
});

describe("a launch whose browser has kept nothing", () => {
  const unbound = async (more: Record<string, string> = {}) => {
    const login = await logIn(app, platform, linkOf(license), more);
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: linkOf(license) });
    return { login, answer: await postLaunch(app, login, token, { cookies: "" }) };
  };

  test("asks the platform where the secret was left with it, and offers a window of its own otherwise", async () => {
    const { answer } = await unbound({ lti_storage_target: "_parent" });
    expect(answer.text).toContain('data-target="_parent"');
    expect(answer.text).toContain('data-part="window"');
    const plain = await unbound();
    expect(plain.answer.text).not.toContain("data-target");
    expect(plain.answer.text).toMatch(/<a class="main" target="tallygate-[\w-]{43}" href="\/lti\/login/);
    expect(plain.answer.text).not.toContain("noopener");
  });

  test("in that window, begins anew: the page that opened it holds what that login is bound to", async () => {
    const { answer } = await unbound();
    const [, href = ""] = /href="(\/lti\/login[^"]*)"/.exec(answer.text) ?? [];
    const [, secret = ""] = /data-secret="([\w-]+)"/.exec(answer.text) ?? [];
    const opened = await request(app).get(href.replaceAll("&amp;", "&")).set("Host", APP_HOST);
    expect(opened.status).toBe(302);
    const url = new URL(opened.headers["location"] ?? "");
    expect(url.searchParams.get("lti_message_hint")).toBe("message-1");
    const state = url.searchParams.get("state") ?? "";
    const nonce = url.searchParams.get("nonce") ?? "";
    const token = platform.idToken({ nonce, target_link_uri: linkOf(license) });
    const asked = await postLaunch(app, { state, cookies: "" }, token);
    expect(asked.text).toContain("data-opener=");
    expect(asked.text).not.toContain('data-part="window"');
    expect(asked.text).toContain('data-part="cookies"');
    const own = { fields: { binding: secret }, headers: { Origin: APP_ORIGIN } };
    expect((await postLaunch(app, { state, cookies: "" }, token, own)).status).toBe(303);
  });

  test("says how to go on where the login is too long to be begun anew", async () => {
    const { answer } = await unbound({ lti_message_hint: "m".repeat(4000) });
    expect(answer.text).not.toContain('data-part="window"');
    expect(answer.text).toContain('data-part="cookies"');
    expect(answer.text).toContain(APP_HOST);
  });
});

describe("pages", () => {
  test("can be framed by any platform, run our own script alone, and lead on to the player", async () => {
    const answer = await request(app).get("/lti/launch").set("Host", APP_HOST).set("Accept", "text/html");
    const policy = String(answer.headers["content-security-policy"]);
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors *");
    expect(policy).toContain("form-action 'self' http://127.0.0.1:8080");
    expect(answer.headers).not.toHaveProperty("x-frame-options");
    expect(answer.headers).not.toHaveProperty("cross-origin-opener-policy");
    expect(answer.headers["cache-control"]).toBe("no-store");
    const api = await request(app).get("/api/openapi.json").set("Host", APP_HOST);
    expect(api.headers["content-security-policy"]).toContain("frame-ancestors 'none'");
  });

  test.each([
    ["de-AT,de;q=0.9", "de"],
    ["fr", "fr"],
    ["es-MX", "es"],
    ["pt-BR", "pt"],
    ["ja", "ja"],
    ["sw", "en"],
  ] as const)("speak as the browser asks (%s)", async (accept, language) => {
    const answer = await request(app)
      .get("/lti/launch")
      .set({ Host: APP_HOST, Accept: "text/html", "Accept-Language": accept });
    expect(answer.text).toContain(`<html lang="${language}">`);
    expect(answer.text).toContain(`<h1>${wordsOf("launch_invalid", language).title}`);
  });

  test("of a link that is opened by itself say what it is for", async () => {
    const answer = await request(app)
      .get(new URL(linkOf(license)).pathname)
      .set("Host", APP_HOST);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("Open this course from your learning platform");
  });

  test("are for people: a program that asks for JSON gets a problem", async () => {
    const answer = await request(app)
      .post("/lti/launch")
      .set({ Host: APP_HOST, Accept: "application/json" })
      .type("form")
      .send({ state: "" });
    expectProblem(answer, 400, "lti_state_missing");
  });

  test("never hold what was sent as anything but text", async () => {
    const evil = '"><script>alert(1)</script>';
    const login = await logIn(app, platform, linkOf(license), { login_hint: evil, lti_message_hint: evil });
    const answer = await postLaunch(app, login, evil, { cookies: "" });
    expect(answer.text).toContain('data-door="find"');
    expect(answer.text).not.toContain("<script>alert");
  });
});

describe("a denial", () => {
  test("is a page in the words of every denial, with its reference and the way back", async () => {
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, true);
    const claims = { [`${LTI}launch_presentation`]: { return_url: "https://lms.example.com/course/7" } };
    const answer = await launch(app, platform, license, { claims });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("The course is paused for new learners");
    expect(answer.text).toContain('href="https://lms.example.com/course/7"');
    const [denied] = await gateway.launches(license);
    expect(answer.text).toContain(denied?.reference);
    expect(set(answer)).toEqual([]);
  });

  test("does not use the message up: it is decided anew when it is sent again", async () => {
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, true);
    const link = linkOf(license);
    const login = await logIn(app, platform, link);
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: link });
    expect((await postLaunch(app, login, token)).status).toBe(403);
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, false);
    expect((await postLaunch(app, login, token)).status).toBe(303);
  });

  test.each([
    ["an anonymous launch", { sub: undefined }, "identity_missing", "We don&#39;t know who you are"],
    ["a placeholder", { sub: "guest" }, "identity_missing", "We don&#39;t know who you are"],
  ])("%s", async (_who, wishes, code, words) => {
    const answer = await launch(app, platform, license, wishes);
    expect(answer.status).toBe(403);
    expect(answer.text.replaceAll("'", "&#39;")).toContain(words);
    expect(await gateway.launches(license)).toMatchObject([{ outcome: "denied", code }]);
  });

  test("of a revoked delivery", async () => {
    await revoke(gateway.context, BY, license.account_id, license.delivery_id);
    const answer = await launch(app, platform, license);
    expect(answer.text).toContain("This way into the course is closed");
  });

  test("that a minute's wait helps against sends itself again", async () => {
    const answers: Response[] = [];
    for (let time = 0; time <= 20; time++) answers.push(await launch(app, platform, license));
    expect(answers.slice(0, 20).map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 303));
    const last = answers.at(-1);
    expect(last?.status).toBe(429);
    expect(last?.text).toContain('data-seconds="60"');
    expect(last?.text).toContain('name="id_token"');
  });
});

describe("our own trouble", () => {
  test("the store away: a page that sends itself again, and all goes well then", async () => {
    const down = { ...gateway.context, launches: { add: () => Promise.reject(away()) } };
    const link = linkOf(license);
    const login = await logIn(app, platform, link);
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: link });
    const answer = await postLaunch(gateway.app(down), login, token);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('data-door="retry"');
    expect(answer.text).toContain('data-seconds="10"');
    expect(answer.text).toContain(`value="${token}"`);
    expect((await postLaunch(app, login, token)).status).toBe(303);
  });

  test("the answer of the store lost on the way: what the page sends again is the same launch", async () => {
    const add = async (one: Parameters<typeof gateway.context.launches.add>[0]) => {
      await gateway.context.launches.add(one);
      throw away();
    };
    const link = linkOf(license);
    const login = await logIn(app, platform, link);
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: link });
    const lost = await postLaunch(gateway.app({ ...gateway.context, launches: { add } }), login, token);
    expect(lost.status).toBe(503);
    expect((await postLaunch(app, login, token)).status).toBe(409);
    const again = await postLaunch(app, login, token, { fields: { unanswered: unansweredIn(lost) } });
    expect(again.status).toBe(303);
    expect(await gateway.seats(license)).toMatchObject([{ status: "pending", launches: 1 }]);
    // It is of that message alone.
    const other = await logIn(app, platform, link);
    const otherToken = platform.idToken({ nonce: other.nonce, target_link_uri: link });
    const fields = { unanswered: unansweredIn(lost) };
    expect((await postLaunch(app, other, otherToken)).status).toBe(303);
    expect((await postLaunch(app, other, otherToken, { fields })).status).toBe(409);
  });

  const unansweredIn = ({ text }: Response) => /name="unanswered" value="([^"]*)"/.exec(text)?.[1] ?? "";

  test("the platform's keys away: a page that says so and sends itself again", async () => {
    platform.answerKeysWith({ status: 502 });
    const answer = await launch(app, platform, license);
    expect(answer.status).toBe(503);
    expect(answer.text).toContain("Your learning platform can");
    expect(answer.text).toContain('data-seconds="10"');
    platform.answerKeysWith("keys");
    expect((await launch(app, platform, license)).status).toBe(303);
  });

  const away = () => new Fault("store_unavailable", "The database can't be reached.");
});

test("a launch costs no statement for its platform: only the two of every launch", async () => {
  await launch(app, platform, license);
  const statements: string[] = [];
  const { quick } = gateway.context.db;
  const query = quick.query.bind(quick);
  const counted = (sql: string, parameters?: readonly unknown[]) => {
    statements.push(sql);
    return query(sql, parameters);
  };
  Object.assign(gateway.context.db.quick, { query: counted });
  try {
    expect((await launch(app, platform, license)).status).toBe(303);
  } finally {
    Object.assign(gateway.context.db.quick, { query });
  }
  expect(statements.map((sql) => sql.slice(0, 20))).toEqual(
    ["/* read launches */\nw", "/* write launches */"].map((sql) => sql.slice(0, 20)),
  );
  expect(platform.keyRequests).toBe(1);
});

test("a flood from one address is told to come again, before anything is looked at", async () => {
  const posts = await Promise.all(
    Array.from({ length: 501 }, () =>
      request(app)
        .post("/lti/launch")
        .set({ Host: APP_HOST, Accept: "text/html" })
        .type("form")
        .send({ state: "x" }),
    ),
  );
  const last = posts.filter(({ status }) => status === 429);
  expect(last).toHaveLength(1);
  expect(last[0]?.headers["retry-after"]).toMatch(/^\d+$/);
});

describe("a deep linking request", () => {
  const settings = {
    deep_link_return_url: "https://lms.example.com/pick",
    accept_types: ["ltiResourceLink"],
    accept_presentation_document_targets: ["iframe"],
  };
  const picked = async (more: Record<string, unknown> = {}) => {
    const login = await logIn(app, platform, linkOf(license));
    const token = platform.idToken({
      nonce: login.nonce,
      target_link_uri: `${APP_ORIGIN}/lti/launch`,
      resource_link: undefined,
      claims: {
        [`${LTI}message_type`]: "LtiDeepLinkingRequest",
        [`${DEEP_LINKING}deep_linking_settings`]: settings,
        [`${LTI}roles`]: ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
        ...more,
      },
    });
    return { login, token, answer: await postLaunch(app, login, token) };
  };

  test("is checked like a launch, and opens the catalog", async () => {
    const { answer } = await picked();
    expect(answer.status).toBe(200);
    expect(answer.text).toContain("data-catalog");
    expect(await gateway.launches(license)).toEqual([]);
  });

  test("is good once", async () => {
    const { login, token } = await picked();
    const again = await postLaunch(app, login, token);
    expect([again.status, /data-code="(\w+)"/.exec(again.text)?.[1]]).toEqual([409, "lti_nonce_used"]);
  });

  test.each([
    ["without settings", { [`${DEEP_LINKING}deep_linking_settings`]: undefined }],
    [
      "that leads nowhere",
      { [`${DEEP_LINKING}deep_linking_settings`]: { deep_link_return_url: "javascript:alert(1)" } },
    ],
  ])("%s is refused", async (_what, more) => {
    const { answer } = await picked(more);
    expect([answer.status, /data-code="(\w+)"/.exec(answer.text)?.[1]]).toEqual([
      400,
      "lti_deep_linking_invalid",
    ]);
  });
});

test("whatever claims hold, whatever their types: a launch or a refusal, never a fault of ours", async () => {
  const names = [
    "sub",
    "name",
    "email",
    "aud",
    "azp",
    "exp",
    "iat",
    ...[
      "roles",
      "resource_link",
      "context",
      "custom",
      "lis",
      "launch_presentation",
      "target_link_uri",
      "deployment_id",
      "lti1p1",
    ].map((name) => `${LTI}${name}`),
    "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom(...names), fc.jsonValue({ depthSize: "small" }), { maxKeys: 4 }),
      async (claims) => {
        const answer = await launch(app, platform, license, { claims });
        expect([303, 400, 401, 403, 429]).toContain(answer.status);
      },
    ),
    { numRuns: 60 },
  );
});
