/** What is no valid launch by LTI 1.3 is refused by its own code, and writes no launch (DESIGN §6). */
import type { RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Response } from "supertest";
import { createConnection } from "../../../../src/flows/accounts.ts";
import { changing } from "../../../../src/flows/invalidations.ts";
import { addDeployment } from "../../../../src/flows/lti/changeDeployments.ts";
import { openTicket } from "../../../../src/flows/lti/tickets.ts";
import { insertRegistration, insertSeenDeployment } from "../../../../src/store/lti/registrations.ts";
import { BY, type TestLicense } from "../../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../../support/gateway.ts";
import { APP_ORIGIN, launch, linkOf, logIn, postLaunch } from "../../../support/lti/door.ts";
import {
  LTI,
  type Platform,
  registerPlatform,
  startPlatform,
  type TokenWishes,
} from "../../../support/lti/platform.ts";

let platform: Platform;
let gateway: TestGateway;
let app: RequestListener;
let license: TestLicense;
let registration_id: string;

beforeAll(async () => {
  platform = await startPlatform({ now: () => gateway.clock.now() });
  gateway = await testGateway({
    settings: { LTI_TRUSTED_ORIGINS: platform.origin, LAUNCHES_PER_MINUTE: "1000000" },
  });
});
/** What refuses leaves nothing behind: most of these share one. */
async function beginAnew(): Promise<void> {
  await gateway.empty();
  platform.reset();
  app = gateway.app();
  license = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
  registration_id = await registerPlatform(gateway, platform, license);
}

afterAll(async () => {
  await gateway.close();
  await platform.close();
});

/** A page for people, which says why in words and names the code; and nothing of the gateway's inside. */
function expectRefusal(answer: Response, status: number, code: string): void {
  expect({ status: answer.status, code: /data-code="([a-z_0-9]+)"/.exec(answer.text)?.[1] }).toEqual({
    status,
    code,
  });
  expect(answer.headers["content-type"]).toMatch(/^text\/html/);
  expect(answer.text).toMatch(/<h1>.+<\/h1>/);
  expect(answer.text).not.toMatch(/\bat .*\.(ts|js):\d+|node_modules|select |insert /);
}

async function expectNoLaunch(): Promise<void> {
  expect(await gateway.launches(license)).toEqual([]);
}

const seconds = () => Math.floor(gateway.clock.now().getTime() / 1000);

beforeAll(beginAnew);

test("a launch that is all right is let in, and goes on to the player with its ticket", async () => {
  const answer = await launch(app, platform, license);
  expect(answer.status).toBe(303);
  const [player, ticket = ""] = (answer.headers["location"] ?? "").split("#");
  expect(player).toBe("http://127.0.0.1:8080/play/lti");
  expect(openTicket(gateway.context, ticket, gateway.clock.now()).message).toMatchObject({
    version: "1.3.0",
    account_id: license.account_id,
    connection_id: license.connection_id,
    registration_id,
    delivery_key: license.delivery_key,
    namespace: `lti:${platform.issuer}`,
    platform_origin: platform.origin,
    person: { id: "ana", name: "Ana Ortiz" },
    resource_link: { id: "link-1", title: "Kitchen safety" },
  });
  expect(await gateway.launches(license)).toMatchObject([
    { outcome: "allowed", lms_origin: platform.origin },
  ]);
});

describe("the id_token", () => {
  beforeAll(beginAnew);

  const other = "another-client";
  const REFUSED: readonly (readonly [
    why: string,
    code: string,
    status: number,
    wishes: () => TokenWishes,
  ])[] = [
    ["without exp", "lti_expiry_missing", 400, () => ({ claims: { exp: undefined } })],
    ["with an exp that is no number", "lti_expiry_missing", 400, () => ({ claims: { exp: "tomorrow" } })],
    ["that has expired", "lti_token_expired", 401, () => ({ claims: { exp: seconds() - 61 } })],
    ["that expires in days", "lti_expiry_too_far", 400, () => ({ claims: { exp: seconds() + 86_400 * 3 } })],
    ["without iat", "lti_issued_at_missing", 400, () => ({ claims: { iat: undefined } })],
    ["made in the future", "lti_token_from_future", 401, () => ({ claims: { iat: seconds() + 61 } })],
    ["good from later on", "lti_token_from_future", 401, () => ({ claims: { nbf: seconds() + 61 } })],
    ["of another issuer", "lti_issuer_wrong", 401, () => ({ claims: { iss: "https://lms.example.org" } })],
    ["for somebody else", "lti_audience_wrong", 401, () => ({ claims: { aud: other } })],
    ["for nobody", "lti_audience_wrong", 401, () => ({ claims: { aud: undefined } })],
    [
      "for several without azp",
      "lti_authorized_party_missing",
      401,
      () => ({ claims: { aud: [other, platform.client_id] } }),
    ],
    [
      "for several, made for another",
      "lti_authorized_party_wrong",
      401,
      () => ({ claims: { aud: [other, platform.client_id], azp: other } }),
    ],
    ["for us, made for another", "lti_authorized_party_wrong", 401, () => ({ claims: { azp: other } })],
    ["that is not signed", "lti_algorithm_refused", 400, () => ({ alg: "none" })],
    ["signed with the public key as a secret", "lti_algorithm_refused", 400, () => ({ alg: "HS256" })],
    ["signed by another method", "lti_algorithm_refused", 400, () => ({ alg: "RS512" })],
    ["with a key that nobody knows", "lti_key_unknown", 401, () => ({ header: { kid: "nobodys" } })],
    ["that names no key", "lti_key_unknown", 401, () => ({ header: { kid: undefined } })],
    [
      "signed with a key that bears another's name",
      "lti_signature_invalid",
      401,
      () => ({ key: foreignKey(), header: { kid: platform.keys[0]?.kid } }),
    ],
    ["without a nonce", "lti_nonce_foreign", 401, () => ({ claims: { nonce: undefined } })],
    ["with a nonce that is not ours", "lti_nonce_foreign", 401, () => ({ nonce: "made-up-by-somebody" })],
    ["without a deployment", "lti_deployment_missing", 400, () => ({ deployment_id: undefined })],
    ["with a deployment that is no text", "lti_deployment_missing", 400, () => ({ deployment_id: ["a"] })],
    [
      "with a deployment of 256 characters",
      "lti_deployment_missing",
      400,
      () => ({ deployment_id: "d".repeat(256) }),
    ],
    [
      "with a deployment that no database takes",
      "lti_deployment_missing",
      400,
      () => ({ deployment_id: "\u0000" }),
    ],
    ["of LTI 1.1", "lti_version_unsupported", 400, () => ({ claims: { [`${LTI}version`]: "LTI-1p0" } })],
    [
      "of another type",
      "lti_message_type_unsupported",
      400,
      () => ({ claims: { [`${LTI}message_type`]: "LtiSubmissionReviewRequest" } }),
    ],
    ["without a resource link", "lti_resource_link_missing", 400, () => ({ resource_link: undefined })],
    ["with a resource link without id", "lti_resource_link_missing", 400, () => ({ resource_link: {} })],
    ["without a target link", "lti_target_missing", 400, () => ({ target_link_uri: undefined })],
    [
      "that names no delivery",
      "lti_target_missing",
      400,
      () => ({ target_link_uri: `${APP_ORIGIN}/lti/launch` }),
    ],
    [
      "for a foreign target link",
      "lti_target_foreign",
      403,
      () => ({ target_link_uri: "https://evil.example/lti/links/x" }),
    ],
    [
      "for a delivery that is not there",
      "lti_target_foreign",
      403,
      () => ({ target_link_uri: `${APP_ORIGIN}/lti/links/nobodys` }),
    ],
    [
      "for no delivery's name at all",
      "lti_target_foreign",
      403,
      () => ({ target_link_uri: `${APP_ORIGIN}/lti/launch`, custom: { delivery: "../../x" } }),
    ],
  ];
  test.each(REFUSED)("%s: %s", async (_why, code, status, wishes) => {
    expectRefusal(await launch(app, platform, license, wishes()), status, code);
    await expectNoLaunch();
  });

  test("may be a minute off: clocks differ", async () => {
    const late = await launch(app, platform, license, { claims: { exp: seconds() - 59 } });
    const early = await launch(app, platform, license, { claims: { iat: seconds() + 59 } });
    expect([late.status, early.status]).toEqual([303, 303]);
  });

  test("for several, made for us, is taken", async () => {
    const claims = { aud: ["another-client", platform.client_id], azp: platform.client_id };
    expect((await launch(app, platform, license, { claims })).status).toBe(303);
  });

  test.each([
    ["nothing", "", 400, "lti_token_missing"],
    ["a word", "token", 400, "lti_token_malformed"],
    ["three words", "a.b.c", 400, "lti_token_malformed"],
    ["four parts", "e30.e30.e30.e30", 400, "lti_token_malformed"],
    ["a header that is a list", "W10.e30.e30", 400, "lti_token_malformed"],
    ["64,001 characters", "x".repeat(64_001), 413, "lti_token_too_large"],
  ])("%s: refused", async (_what, token, status, code) => {
    const login = await logIn(app, platform, linkOf(license));
    expectRefusal(await postLaunch(app, login, token), status, code);
  });

  test("that was signed holds no claims: a list", async () => {
    const login = await logIn(app, platform, linkOf(license));
    const [header, , signature] = platform.idToken({ nonce: login.nonce }).split(".");
    expectRefusal(await postLaunch(app, login, `${header}.W10.${signature}`), 401, "lti_signature_invalid");
  });
});

function foreignKey() {
  const [own] = platform.keys;
  const foreign = platform.rotate();
  platform.reset();
  if (own?.kid === foreign.kid) throw new Error("The keys are the same");
  return foreign;
}

describe("the nonce", () => {
  beforeEach(beginAnew);

  test("is used once: the same message again is refused", async () => {
    const link = linkOf(license);
    const login = await logIn(app, platform, link);
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: link });
    expect((await postLaunch(app, login, token)).status).toBe(303);
    expectRefusal(await postLaunch(app, login, token), 409, "lti_nonce_used");
    expect(await gateway.launches(license)).toHaveLength(1);
  });

  test("20 times at once is one launch", async () => {
    const link = linkOf(license);
    const login = await logIn(app, platform, link);
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: link });
    const answers = await Promise.all(Array.from({ length: 20 }, () => postLaunch(app, login, token)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([303, ...Array.from({ length: 19 }, () => 409)]);
    expect(await gateway.launches(license)).toMatchObject([{ outcome: "allowed", count: 1 }]);
  });
});

describe("the deployment", () => {
  beforeEach(beginAnew);

  test("that is new joins the connection of an account's own registration", async () => {
    const wishes = { deployment_id: "another-course" };
    expect((await launch(app, platform, license, wishes)).status).toBe(303);
    const rows = await gateway.context.db.query(
      "select account_id, connection_id from lti_deployment where deployment_id = 'another-course'",
    );
    expect(rows).toEqual([{ account_id: license.account_id, connection_id: license.connection_id }]);
  });

  test("that somebody assigns while its first launch is under way is of their connection", async () => {
    const { context } = gateway;
    const { account_id } = license;
    const path = { owner: account_id, registration_id };
    const another = await createConnection(context, BY, account_id, { name: "Another LMS" });
    await addDeployment(context, BY, path, "moved", { account_id, connection_id: another.id });
    // As it was read just before.
    const registrations = { ...context.lti.registrations, deployment: () => Promise.resolve(undefined) };
    const late = gateway.app({ ...context, lti: { ...context.lti, registrations } });
    const answer = await launch(late, platform, license, { deployment_id: "moved" });
    expectRefusal(answer, 403, "lti_target_foreign");
  });

  test("that is new on a shared registration is noted and refused, until somebody says whose it is", async () => {
    await shareRegistration();
    const wishes = { deployment_id: "somebody" };
    expectRefusal(await launch(app, platform, license, wishes), 403, "lti_deployment_unknown");
    expectRefusal(await launch(app, platform, license, wishes), 403, "lti_deployment_unknown");
    await expectNoLaunch();
    const seen = await gateway.context.db.query(
      "select deployment_id, account_id from lti_deployment where account_id is null",
    );
    expect(seen).toEqual([{ deployment_id: "somebody", account_id: null }]);
    await gateway.context.db.query(
      "update lti_deployment set account_id = $1, connection_id = $2 where deployment_id = 'somebody'",
      [license.account_id, license.connection_id],
    );
    expect((await launch(app, platform, license, wishes)).status).toBe(303);
  });

  test("of those that nobody has assigned, a shared registration keeps the newest 200", async () => {
    await shareRegistration();
    for (let number = 0; number < 203; number++) {
      gateway.clock.advance({ seconds: 1 });
      await insertSeenDeployment(gateway.context.db, seen(`installed-${number}`), 200);
    }
    const kept = await gateway.context.db.query<{ deployment_id: string }>(
      "select deployment_id from lti_deployment where account_id is null order by first_seen_at",
    );
    expect(kept).toHaveLength(200);
    expect(kept.at(0)).toEqual({ deployment_id: "installed-3" });
    expect(kept.at(-1)).toEqual({ deployment_id: "installed-202" });
  });

  const seen = (deployment_id: string) => ({
    id: gateway.context.deps.newId(),
    registration_id,
    deployment_id,
    first_seen_at: gateway.clock.now(),
  });

  test("of one account opens no delivery of another, and is not told that it is there", async () => {
    const other = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
    expectRefusal(await launch(app, platform, other), 403, "lti_target_foreign");
    expect(await gateway.launches(other)).toEqual([]);
  });

  test("opens nothing for a package's key", async () => {
    expectRefusal(
      await launch(app, platform, await gateway.payPerUse({ account: license })),
      403,
      "lti_target_foreign",
    );
  });

  async function shareRegistration(): Promise<void> {
    await changing(gateway.context, "lti", async (sql) => {
      await sql.query("update lti_registration set account_id = null, connection_id = null where id = $1", [
        registration_id,
      ]);
    });
  }
});

describe("the state", () => {
  beforeEach(beginAnew);

  const posted = async (state: string, cookies?: string) => {
    const login = await logIn(app, platform, linkOf(license));
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: linkOf(license) });
    return postLaunch(app, { state, cookies: cookies ?? login.cookies }, token);
  };

  test("missing", async () => expectRefusal(await posted(""), 400, "lti_state_missing"));

  test.each([["made up"], ["a.b"], ["x".repeat(5000)]])("forged: %.10s", async (state) => {
    expectRefusal(await posted(state), 400, "lti_state_invalid");
  });

  test("after 15 minutes", async () => {
    const link = linkOf(license);
    const login = await logIn(app, platform, link);
    gateway.clock.advance({ seconds: 15 * 60 });
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: link });
    expectRefusal(await postLaunch(app, login, token), 400, "lti_state_expired");
  });

  test("of a registration that has ended since", async () => {
    const link = linkOf(license);
    const login = await logIn(app, platform, link);
    await changing(gateway.context, "lti", async (sql) => {
      await sql.query("update lti_registration set ended_at = $1", [gateway.clock.now()]);
    });
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: link });
    expectRefusal(await postLaunch(app, login, token), 403, "lti_issuer_unknown");
  });

  test("of another browser, which says another secret", async () => {
    const login = await logIn(app, platform, linkOf(license));
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: linkOf(license) });
    const cookies = `${login.cookies}-not`;
    expectRefusal(await postLaunch(app, login, token, { cookies }), 403, "lti_browser_foreign");
    await expectNoLaunch();
  });

  test("of another browser, which keeps nothing: it gets no launch, but a page that offers its own login", async () => {
    const login = await logIn(app, platform, linkOf(license));
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: linkOf(license) });
    const answer = await postLaunch(app, login, token, { cookies: "" });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('data-door="find"');
    expect(answer.text).toContain("/lti/login?iss=");
    await expectNoLaunch();
  });

  test("with a secret that a page of another site sends along: not believed", async () => {
    const login = await logIn(app, platform, linkOf(license));
    const token = platform.idToken({ nonce: login.nonce, target_link_uri: linkOf(license) });
    const [, binding = ""] = login.cookies.split("=");
    const sent = (Origin: string) =>
      postLaunch(app, login, token, { cookies: "", fields: { binding }, headers: { Origin } });
    expect((await sent("https://evil.example")).text).toContain('data-door="find"');
    expect((await sent("null")).text).toContain('data-door="find"');
    await expectNoLaunch();
    expect((await sent(APP_ORIGIN)).status).toBe(303);
  });
});

describe("the login", () => {
  beforeAll(beginAnew);

  test.each([["iss"], ["login_hint"], ["target_link_uri"]])("without %s", async (name) => {
    const { answer } = await logIn(app, platform, linkOf(license), { [name]: "" });
    expectRefusal(answer, 400, "lti_login_invalid");
  });

  test.each([
    ["an issuer that nobody registered", { iss: "https://lms.example.org" }],
    ["a client id that nobody registered", { client_id: "nobodys" }],
  ])("with %s", async (_what, more) => {
    const { answer } = await logIn(app, platform, linkOf(license), more);
    expectRefusal(answer, 403, "lti_issuer_unknown");
  });

  const register = (of: { account_id: string | null; connection_id: string | null; client_id: string }) =>
    changing(gateway.context, "lti", (sql) =>
      insertRegistration(sql, {
        ...platform.registration,
        ...of,
        id: gateway.context.deps.newId(),
        dynamic: false,
        created_at: gateway.clock.now(),
        ended_at: null,
      }),
    );

  test("without a client id: taken where the account has one registration of the issuer, refused where it has several", async () => {
    const login = () => logIn(app, platform, linkOf(license), { client_id: "" });
    expect((await login()).answer.status).toBe(302);
    // Another customer's, or the vendor's: the link says whose launch it is.
    await register({ account_id: null, connection_id: null, client_id: "tool-2" });
    const { answer } = await login();
    expect(answer.status).toBe(302);
    expect(answer.headers["location"]).toContain(`client_id=${platform.registration.client_id}&`);
    const nowhere = { client_id: "", target_link_uri: "http://localhost:8080/lti/links/nobodys" };
    expectRefusal((await logIn(app, platform, linkOf(license), nowhere)).answer, 400, "lti_client_ambiguous");
    const { account_id, connection_id } = license;
    await register({ account_id, connection_id, client_id: "tool-3" });
    expectRefusal((await login()).answer, 400, "lti_client_ambiguous");
  });

  test("without a client id: nobody on a shared registration is turned away by who else registers the issuer", async () => {
    const { shared, theirs, clientOf } = await sharedAndTheirs();
    expect(await clientOf(license)).toBe(platform.client_id);
    expect(await clientOf(theirs)).toBe("theirs");
    // Nobody has said yet that anything of this account is on it: its first launch is noted there, for somebody to say so.
    const newcomer = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
    expect(await clientOf(newcomer)).toBe(platform.client_id);
    // The vendor's second one of the issuer: whoever has a deployment goes where that is.
    await shared("shared-2");
    expect(await clientOf(license)).toBe(platform.client_id);
    expect(await clientOf(newcomer)).toBe("lti_client_ambiguous");
    // What the account has registered itself goes before both.
    await registerPlatform(gateway, platformOf("own"), license);
    expect(await clientOf(license)).toBe("own");
  });

  const platformOf = (client_id: string) => ({
    registration: { ...platform.registration, client_id },
    deployment_id: "d-1",
  });

  /** A shared registration with a deployment of the license's account, and another customer's of the same issuer. */
  async function sharedAndTheirs() {
    await gateway.empty();
    app = gateway.app();
    license = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
    await registerPlatform(gateway, platform, license, { as: "shared" });
    const theirs = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
    await registerPlatform(gateway, platformOf("theirs"), theirs);
    return {
      theirs,
      shared: (client_id: string) =>
        registerPlatform(gateway, platformOf(client_id), license, { as: "shared", deployments: [] }),
      /** Whom the platform is asked for, or why nobody. */
      clientOf: async (of: TestLicense) => {
        const { answer } = await logIn(app, platform, linkOf(of), { client_id: "" });
        const location = answer.headers["location"] ?? "";
        if (URL.canParse(location)) return new URL(location).searchParams.get("client_id");
        return /data-code="([a-z_0-9]+)"/.exec(answer.text)?.[1];
      },
    };
  }

  test("that the platform refuses", async () => {
    const login = await logIn(app, platform, linkOf(license));
    const answer = await postLaunch(app, login, "", { fields: { error: "login_required" } });
    expectRefusal(answer, 400, "lti_login_refused");
  });
});
