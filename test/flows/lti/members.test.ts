/** Who is in the courses of an LMS, read by Names and Roles (docs/lti-grades.md). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ltiArrival } from "../../../src/flows/lti/ltiArrival.ts";
import { runDueMembers } from "../../../src/flows/lti/members/readMembers.ts";
import { rememberLaunch } from "../../../src/flows/lti/rememberTogether.ts";
import { openLaunch } from "../../../src/flows/openLaunch.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { TEST_OPERATOR_KEY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { CLIENT_ID, messageOf, registerServices } from "../../support/lti/linked.ts";
import { type PlatformServices, startPlatformServices } from "../../support/lti/services.ts";
import { expectProblem } from "../../support/problems.ts";

let services: PlatformServices;
let gateway: TestGateway;
let api: ApiClient;
let license: TestLicense;
let registration_id: string;
beforeAll(async () => {
  services = await startPlatformServices({
    now: () => gateway.clock.now(),
    client_id: CLIENT_ID,
    toolKeys: () => gateway.context.lti.toolKeys.jwks(),
  });
  gateway = await testGateway({
    settings: { LTI_TRUSTED_ORIGINS: services.origin, API_REQUESTS_PER_MINUTE: "1000000" },
  });
  api = await apiClient(gateway.app());
});
beforeEach(async () => {
  services.reset();
  await gateway.empty();
  license = await gateway.payPerUse();
  registration_id = await registerServices(gateway, services, license);
});
afterAll(async () => {
  await gateway?.close();
  await services?.close();
});

/** A launch from a course of the LMS, as the door and the player do it. @returns The learner's id. */
async function come(who: string, course = "course-1"): Promise<string> {
  const { opening, message } = await launchAs(who, course);
  await rememberLaunch(gateway.context, opening, message);
  return opening.claims.learner_id;
}

async function launchAs(who: string, course = "elsewhere") {
  gateway.clock.advance({ seconds: 1 });
  const message = {
    ...messageOf({ registration_id, services }, license, { who, memberships_url: services.memberships_url }),
    nonce: `nonce of ${who} at ${gateway.clock.now().toISOString()}`,
    namespace: `lti:${services.origin}/Campus`,
    delivery_key: await ltiDelivery(),
    context: { id: course, title: `Title of ${course}` },
  };
  const opening = await openLaunch(gateway.context, ltiArrival(message));
  if (opening.type !== "allowed") throw new Error(`Denied: ${opening.code}`);
  return { opening, message };
}

async function ltiDelivery(): Promise<string> {
  await gateway.context.db.query("update delivery set format = 'lti'");
  return license.delivery_key;
}

const member = (user_id: string, more: object = {}) => ({ user_id, roles: ["Learner"], ...more });
async function readAgain(): Promise<void> {
  gateway.clock.advance({ days: 1 });
  await runDueMembers(gateway.context);
}
const operator = () => api.as(TEST_OPERATOR_KEY);
const path = (rest: string) => `/accounts/${license.account_id}/${rest}`;
const suggestions = async (query = "?status=open") =>
  (await operator().get(path(`deactivation-suggestions${query}`))).body.items;
const contexts = async () => (await operator().get(path("lti-contexts"))).body.items;
const learners = () =>
  gateway.context.db.query<{ name: string; deactivated_at: Date | null }>(
    "select name, deactivated_at from learner order by id",
  );

describe("a reading", () => {
  test("fills in names and e-mail of learners, over all pages, and makes nobody a learner", async () => {
    await come("ana");
    await come("ben");
    services.members = [
      member("zoe", { name: "Zoe Zed" }),
      member("yan"),
      member("ben", { name: "Ben Bell", email: "ben@example.com" }),
      member("ana", { given_name: "Ana", family_name: "Ortiz" }),
    ];
    await runDueMembers(gateway.context);
    expect((await learners()).map(({ name }) => name)).toEqual(["Ana Ortiz", "Ben Bell"]);
    expect(
      await gateway.context.db.query("select type, value from identity_evidence where type = 'email'"),
    ).toEqual([{ type: "email", value: "ben@example.com" }]);
    expect(await contexts()).toMatchObject([
      { title: "Title of course-1", members: 4, learners: 2, learners_left: 0, last_problem: null },
    ]);
    expect(await gateway.seats(license)).toHaveLength(2);
    expect(services.wrong).toEqual([]);
  });

  test("keeps what it can of text with half a character in it", async () => {
    for (const who of ["ana", "ben", "halved\uFFFD"]) await come(who);
    services.members = [
      member("ana", { name: "Ana \uD83D", email: "ana\uDE00@example.com", roles: ["\uD800"] }),
      // It is cut in the middle of its last character.
      member("ben", { name: `${"B".repeat(499)}\u{1F600}` }),
      member("halved\uD83D", { name: "Hal" }),
    ];
    await runDueMembers(gateway.context);
    expect(await contexts()).toMatchObject([{ members: 3, learners_left: 0, last_problem: null }]);
    expect((await learners()).map(({ name }) => name)).toEqual([
      "Ana \uFFFD",
      `${"B".repeat(499)}\uFFFD`,
      "Hal",
    ]);
    expect(
      await gateway.context.db.query("select value from identity_evidence where type = 'email'"),
    ).toEqual([{ value: "ana\uFFFD@example.com" }]);
  });

  test("keeps a name that is known", async () => {
    await come("ana");
    services.members = [member("ana", { name: "Ana Ortiz" })];
    await runDueMembers(gateway.context);
    services.members = [member("ana", { name: "Somebody Else" })];
    await readAgain();
    expect((await learners()).map(({ name }) => name)).toEqual(["Ana Ortiz"]);
  });

  test("is made once a day, and at once where somebody asks", async () => {
    await come("ana");
    services.members = [member("ana")];
    await runDueMembers(gateway.context);
    await runDueMembers(gateway.context);
    expect(services.asked.members).toBe(1);
    const [context] = await contexts();
    expect((await operator().post(path(`lti-contexts/${context.id}/read-members`))).status).toBe(202);
    await runDueMembers(gateway.context);
    expect(services.asked.members).toBe(2);
    await readAgain();
    expect(services.asked.members).toBe(3);
  });

  test("goes on with a new token where the old one is not taken any more", async () => {
    await come("ana");
    services.members = [member("ana")];
    await runDueMembers(gateway.context);
    services.revokeTokens();
    const [context] = await contexts();
    await operator().post(path(`lti-contexts/${context.id}/read-members`));
    await runDueMembers(gateway.context);
    expect(await contexts()).toMatchObject([{ last_problem: null }]);
  });
});

describe("who left", () => {
  beforeEach(async () => {
    await come("ana");
    await come("ben");
    services.members = [member("ana"), member("ben"), member("cleo")];
    await runDueMembers(gateway.context);
  });

  test("is suggested once, gone from the list or no longer active; the others are not", async () => {
    services.members = [member("cleo"), member("ben", { status: "Inactive" })];
    await readAgain();
    await readAgain();
    const found = await suggestions();
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({ status: "open", contexts: ["Title of course-1"] });
    expect((await learners()).map(({ deactivated_at }) => deactivated_at)).toEqual([null, null]);
  });

  test("of one course is not suggested while in another", async () => {
    const ben = await come("ben", "course-2");
    // Whose members nobody reads.
    await gateway.context.db.query("update lti_context set due_at = null where title like '%-2'");
    services.members = [member("cleo")];
    await readAgain();
    const found = await suggestions();
    expect(found).toHaveLength(1);
    expect(found[0].learner_id).not.toBe(ben);
  });

  test("and launches from where nobody tells who is there is suggested no more", async () => {
    services.members = [member("ben")];
    await readAgain();
    expect(await suggestions()).toHaveLength(1);
    await launchAs("ana");
    await readAgain();
    expect(await suggestions()).toEqual([]);
  });

  test("and comes back is suggested no more; and anew where they leave again", async () => {
    services.members = [member("ben")];
    await readAgain();
    expect(await suggestions()).toHaveLength(1);
    services.members = [member("ana"), member("ben")];
    await readAgain();
    expect(await suggestions()).toEqual([]);
    services.members = [member("ben")];
    await readAgain();
    expect(await suggestions()).toHaveLength(1);
    await come("ana");
    expect(await suggestions()).toEqual([]);
  });

  test("is deactivated where somebody accepts, and kept where somebody dismisses", async () => {
    services.members = [member("cleo")];
    await readAgain();
    const [one, other] = await suggestions();
    const decide = (id: string, how: string) =>
      operator().post(path(`deactivation-suggestions/${id}/${how}`));
    expect((await decide(one.id, "accept")).body).toMatchObject({ status: "accepted" });
    expect((await decide(other.id, "dismiss")).body).toMatchObject({ status: "dismissed" });
    const [learner] = await gateway.context.db.query<{ gone: boolean }>(
      "select deactivated_at is not null as gone from learner where id = $1",
      [one.learner_id],
    );
    expect(learner?.gone).toBe(true);
    await readAgain();
    expect(await suggestions()).toEqual([]);
    expectProblem(await decide(other.id, "accept"), 409, "conflict");
  });
});

describe("who came back after being suggested", () => {
  const accept = async () => {
    const [found] = await suggestions();
    return operator().post(path(`deactivation-suggestions/${found.id}/accept`));
  };
  beforeEach(async () => {
    await come("ana");
    services.members = [member("cleo")];
    await readAgain();
  });

  test("is not deactivated by who has not heard of it yet", async () => {
    await launchAs("ana");
    expectProblem(await accept(), 409, "conflict");
    expect((await learners()).map(({ deactivated_at }) => deactivated_at)).toEqual([null]);
  });
});

test("who was reactivated stays so, where what was accepted before is sent again", async () => {
  const learner = await come("ana");
  services.members = [member("cleo")];
  await readAgain();
  const [found] = await suggestions();
  const accept = () => operator().post(path(`deactivation-suggestions/${found.id}/accept`));
  await accept();
  await operator().post(path(`learners/${learner}/reactivate`));
  expect((await accept()).body).toMatchObject({ status: "accepted" });
  expect((await learners()).map(({ deactivated_at }) => deactivated_at)).toEqual([null]);
});

describe("an answer that is not to be trusted says of nobody that they left:", () => {
  beforeEach(async () => {
    await come("ana");
    services.members = [member("ana")];
    await runDueMembers(gateway.context);
  });

  test.each([
    ["a list of nobody", () => (services.members = []), "it lists nobody"],
    ["an error", () => services.trouble({ status: 500 }, "members"), "500"],
    ["no token", () => services.trouble({ status: 400 }, "token"), "no access token"],
    [
      "a list that goes on at a host inside",
      () => {
        services.members = [member("zoe")];
        services.next = "http://127.0.0.1:9/members";
      },
      "",
    ],
  ])("%s", async (_answer, happens, problem) => {
    happens();
    gateway.context.lti.accessTokens.forget();
    await readAgain();
    expect(await suggestions()).toEqual([]);
    const [context] = await contexts();
    expect(context.last_problem).toContain(problem);
    expect(context.last_problem).not.toBeNull();
    expect(context.learners).toBe(1);
  });

  test("a list that leads to itself ends", async () => {
    services.members = [member("zoe")];
    services.next = `${services.origin}/context/1/members?course=1&from=0`;
    await readAgain();
    expect(services.asked.members).toBeLessThan(10);
    expect(await suggestions()).toEqual([]);
  });
});

test("two launches of a course that nobody knew, at once, are both let in", async () => {
  const whos = ["ana", "ben", "cleo", "dora"];
  await Promise.all(whos.map((who) => come(who)));
  expect(await contexts()).toHaveLength(1);
});
