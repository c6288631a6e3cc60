/** The player's door for launches over LTI (docs/bridge.md §6): a ticket is exchanged for the attempt, however often. */
import type { RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import type { KeepAnswer, LaunchAllowed, LaunchDenied } from "../../../src/core/bridge.ts";
import { Fault } from "../../../src/core/faults.ts";
import type { LtiGradeService, LtiMessage } from "../../../src/core/lti/message.ts";
import { pauseLicense } from "../../../src/flows/changeLicense.ts";
import type { Context } from "../../../src/flows/context.ts";
import { revoke } from "../../../src/flows/deliveries.ts";
import { createKeyRing } from "../../../src/flows/keyRing.ts";
import { deactivateLearner } from "../../../src/flows/learners.ts";
import { ltiArrival } from "../../../src/flows/lti/ltiArrival.ts";
import { openLaunch } from "../../../src/flows/openLaunch.ts";
import { seal } from "../../../src/flows/sealing.ts";
import { insertRegistration } from "../../../src/store/lti/registrations.ts";
import { BY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type LinkWishes, linkMessage, RETURN_URL, ticketFor } from "../../support/lti/tickets.ts";
import { keepBody, launchBody, spoiled } from "../../support/playRequests.ts";
import { expectProblem } from "../../support/problems.ts";

const CONTENT_HOST = "127.0.0.1:8080";

let gateway: TestGateway;
let app: RequestListener;
let license: TestLicense;
/** The same license, handed out as a link. */
let link: TestLicense;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  app = gateway.app();
  license = await gateway.payPerUse();
  link = await gateway.deliverAgain(license, "lti");
});
afterAll(() => gateway.close());

const message = (wishes?: LinkWishes) => linkMessage(link, wishes);
const post = (path: string, host = CONTENT_HOST) => request(app).post(path).set("Host", host);
const exchange = (ticket: string) => post("/play/lti/launch").send({ ticket, shown_in: "frame" });

/** As the door does before it hands out the ticket. */
async function decided(of: LtiMessage): Promise<string> {
  expect((await openLaunch(gateway.context, ltiArrival(of))).type).toBe("allowed");
  return ticketFor(gateway.context, of);
}

async function opened(of: LtiMessage): Promise<LaunchAllowed> {
  const answer = await exchange(await decided(of));
  expect([answer.status, answer.body.outcome]).toEqual([200, "allowed"]);
  return answer.body as LaunchAllowed;
}

describe("a ticket", () => {
  test("is exchanged for all that the player needs", async () => {
    const answer = await exchange(await decided(message()));
    expect(answer.headers["cache-control"]).toBe("no-store");
    expect(answer.body).toMatchObject({
      outcome: "allowed",
      token: expect.any(String),
      attempt: { resumed: false, elsewhere: false, saved_at: null },
      course: {
        structure: { title: "Kitchen safety" },
        content_base: expect.stringMatching(/^\/c\/[\w-]+\/$/),
      },
      states: {},
      learner: { id: "ana", name: "Ortiz, Ana" },
      mode: "normal",
      credit: "credit",
      beat: { every_seconds: 30, due_in_seconds: 120 },
      lti: { return_url: RETURN_URL, locale: "en-GB" },
    });
  });

  test("is exchanged as often as the player is loaded: one launch, with what was saved since", async () => {
    const ticket = await decided(message());
    const first = (await exchange(ticket)).body as LaunchAllowed;
    await post("/play/keep").send(keepBody(first.token));
    const again = (await exchange(ticket)).body as LaunchAllowed;
    expect(again.launch_id).toBe(first.launch_id);
    expect(again.states).toMatchObject({ lesson: { "cmi.core.lesson_location": "page-3" } });
    expect(await gateway.launches(license)).toHaveLength(1);
    expect(await gateway.seats(license)).toMatchObject([{ status: "pending", launches: 1 }]);
  });

  test("opens nothing again once its delivery is revoked, as a package's would not; what is open still saves", async () => {
    const ticket = await decided(message());
    const { token } = (await exchange(ticket)).body as LaunchAllowed;
    await revoke(gateway.context, BY, link.account_id, link.delivery_id);
    expect((await exchange(ticket)).body).toMatchObject({ outcome: "denied", code: "delivery_revoked" });
    expect((await post("/play/keep").send(keepBody(token))).body).toMatchObject({
      saved_at: expect.any(String),
      stop: expect.objectContaining({ code: "delivery_revoked" }),
    });
  });

  test("opens nothing again for a learner who was deactivated, until they are reactivated", async () => {
    const ticket = await decided(message());
    expect((await exchange(ticket)).body.outcome).toBe("allowed");
    const { account_id } = link;
    const [learner] = await gateway.context.db.query<{ id: string }>("select id from learner");
    await deactivateLearner(gateway.context, BY, account_id, learner?.id ?? "", true);
    expect((await exchange(ticket)).body).toMatchObject({ outcome: "denied", code: "learner_deactivated" });
    await deactivateLearner(gateway.context, BY, account_id, learner?.id ?? "", false);
    expect((await exchange(ticket)).body.outcome).toBe("allowed");
    expect(await gateway.launches(license)).toHaveLength(1);
  });

  test("of another launch of the same learner goes on with their attempt", async () => {
    const first = await opened(message());
    await post("/play/keep").send({ ...keepBody(first.token), closing: true });
    const second = await opened(message());
    expect(second.attempt).toMatchObject({ id: first.attempt.id, resumed: true });
    expect(second.rollup).toMatchObject({ location: "page-3" });
  });

  test("of one who comes by SCORM too, under another id, is of an attempt of its own (RULES §6)", async () => {
    const byPackage = await post(`/play/${license.delivery_key}/launch`).send(
      launchBody({ learner_id: "ana" }),
    );
    const byLink = await opened(message());
    expect(byLink.attempt.id).not.toBe((byPackage.body as LaunchAllowed).attempt.id);
  });

  test("of one who is known to be the same learner goes on with what they began by SCORM, and is never taken for a reset", async () => {
    const byPackage = await gateway.launch(license, { who: "ana-7", marker: "" });
    await byPackage.keep({ marker_acknowledged: true });
    await opened(message());
    const [learner] = await gateway.context.db.query<{ learner_id: string }>(
      "select learner_id from identity where value = 'ana-7'",
    );
    await gateway.context.db.query("update identity set learner_id = $1 where account_id = $2", [
      learner?.learner_id,
      link.account_id,
    ]);
    const byLink = await opened(message());
    expect(byLink.attempt).toMatchObject({ id: byPackage.allowed().attempt.id, resumed: true });
  });

  test("keeps the launch going by its token, and confirms the seat at two minutes", async () => {
    const { token } = await opened(message());
    gateway.clock.advance({ seconds: 120 });
    const kept = await post("/play/keep").send({ token });
    expect((kept.body as KeepAnswer).beat.due_in_seconds).toBeNull();
    expect(await gateway.charges(license)).toMatchObject([{ amount_minor: 500 }]);
  });

  test("of one who may not enter is answered with the denial, in the learner's language", async () => {
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, true);
    const answer = await exchange(ticketFor(gateway.context, message())).set("Accept-Language", "de");
    expect(answer.status).toBe(200);
    expect(answer.body as LaunchDenied).toMatchObject({
      outcome: "denied",
      code: "license_paused",
      language: "de",
    });
  });

  test.each([
    [
      "the platform's own name, where its parts are not sent",
      { name: "Ana Berg", given_name: "", family_name: "" },
      "Ana Berg",
    ],
    ["nothing, where nothing is sent", { name: "", given_name: "", family_name: "" }, ""],
  ])("calls the learner by %s", async (_what, person, name) => {
    expect((await opened(message({ person }))).learner.name).toBe(name);
  });

  test.each([
    ["javascript:alert(1)", null],
    ["data:text/html,hello", null],
    ["/relative", null],
    [null, null],
    ["http://lms.example.com/x", "http://lms.example.com/x"],
  ])("leads back to %j as %j", async (return_url, told) => {
    expect((await opened(message({ presentation: { return_url } }))).lti).toMatchObject({ return_url: told });
  });
});

describe("refused is", () => {
  test.each([
    ["nothing", ""],
    ["of one word", "x"],
    ["of two", "a.b"],
    ["of the right length", `${"A".repeat(8)}.${"A".repeat(800)}`],
    ["in no alphabet of ours", "…"],
  ])("a ticket that is %s", async (_what, ticket) => {
    expectProblem(await exchange(ticket), 401, "lti_ticket_invalid");
  });

  test("one that was changed, that another gateway sealed, or that was sealed for something else", async () => {
    const { context } = gateway;
    const good = ticketFor(context, message());
    const changed = `${good.slice(0, -4)}${good.endsWith("AAAA") ? "BBBB" : "AAAA"}`;
    expectProblem(await exchange(changed), 401, "lti_ticket_invalid");
    const strange = { ...context, keys: createKeyRing(["another secret, also of 32 characters or more"]) };
    expectProblem(await exchange(ticketFor(strange, message())), 401, "lti_ticket_invalid");
    const state = seal(context, "lti_state", "launch", JSON.stringify({ message: message(), opened_at: 0 }));
    expectProblem(await exchange(state), 401, "lti_ticket_invalid");
  });

  test("one of more than 12 hours ago, and one of just less is taken", async () => {
    const ticket = await decided(message());
    gateway.clock.advance({ seconds: 12 * 60 * 60 - 1 });
    expect((await exchange(ticket)).body.outcome).toBe("allowed");
    gateway.clock.advance({ seconds: 1 });
    expectProblem(await exchange(ticket), 409, "lti_ticket_expired");
  });

  test("one of another account than the host's, and nothing is opened", async () => {
    const own = { ...gateway.context.config, CONTENT_ORIGIN: "http://*.content.example:8080" };
    app = gateway.app({ ...gateway.context, config: own });
    const other = await gateway.payPerUse();
    const at = (account_id: string) =>
      post("/play/lti/launch", `${account_id}.content.example:8080`).send({
        ticket: ticketFor(gateway.context, message()),
        shown_in: "window",
      });
    expectProblem(await at(other.account_id), 401, "lti_ticket_invalid");
    expect(await gateway.launches(license)).toEqual([]);
    expect((await at(link.account_id)).body.outcome).toBe("allowed");
  });

  test.each([
    ["ticket", "missing", undefined],
    ["ticket", "a number", 5],
    ["ticket", "a list", ["a"]],
    ["ticket", "longer than any", "x".repeat(60_001)],
    ["shown_in", "a tab", "tab"],
  ])("a body whose %s is %s", async (field, _what, value) => {
    const body = { ticket: ticketFor(gateway.context, message()), shown_in: "frame" };
    const answer = await post("/play/lti/launch").send(spoiled(body, [field], value));
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toContain(field);
  });

  test("a body that is larger than any ticket", async () => {
    expectProblem(await exchange("x".repeat(70_000)), 413, "body_too_large");
  });
});

describe("too many", () => {
  beforeEach(() => {
    app = gateway.app({ ...gateway.context, config: { ...gateway.context.config, LAUNCHES_PER_MINUTE: 3 } });
  });

  test("exchanges of one ticket are turned away for a minute; others' are not", async () => {
    const ticket = await decided(message());
    for (let times = 0; times < 3; times++) expect((await exchange(ticket)).status).toBe(200);
    const answer = await exchange(ticket);
    expectProblem(answer, 429, "too_many_requests");
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect((await exchange(await decided(message()))).status).toBe(200);
    gateway.clock.advance({ seconds: 60 });
    expect((await exchange(ticket)).status).toBe(200);
  });

  test("they are of one launch alone: launches are counted where the LMS sent the learner to", async () => {
    for (let times = 0; times < 5; times++) expect((await opened(message())).outcome).toBe("allowed");
  });
});

describe("where the grades go", () => {
  let registration_id: string;
  beforeEach(async () => {
    registration_id = gateway.context.deps.newId();
    await insertRegistration(gateway.context.db, {
      id: registration_id,
      account_id: link.account_id,
      connection_id: link.connection_id,
      name: "Moodle",
      issuer: "https://lms.example.com",
      client_id: "client-1",
      authorization_url: "https://lms.example.com/auth",
      token_url: "https://lms.example.com/token",
      token_audience: null,
      jwks_url: "https://lms.example.com/jwks",
      product: "moodle",
      dynamic: false,
      created_at: gateway.clock.now(),
      ended_at: null,
    });
  });

  const SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
  const ags = (changes: Partial<LtiGradeService & { type: "ags" }> = {}): LinkWishes => ({
    registration_id,
    grades: {
      type: "ags",
      line_item_url: null,
      line_items_url: "https://lms.example.com/items",
      scopes: [SCORE],
      ...changes,
    },
  });
  const targets = () =>
    gateway.context.db.query<Record<string, unknown>>(
      "select * from grade_target order by created_at, resource_link_id",
    );

  test("is remembered once for a link, however often it is opened", async () => {
    const { attempt } = await opened(message(ags()));
    await opened(message(ags()));
    expect(await targets()).toMatchObject([
      {
        account_id: link.account_id,
        attempt_id: attempt.id,
        service: "ags",
        registration_id,
        user_id: "ana",
        resource_link_id: "link-1",
        title: "Kitchen safety",
        line_items_url: "https://lms.example.com/items",
        scopes: [SCORE],
      },
    ]);
  });

  test("is what the platform says now; a line item that is known stays known", async () => {
    await opened(message(ags({ line_item_url: "https://lms.example.com/items/5" })));
    await opened(message(ags({ scopes: [SCORE, "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"] })));
    expect(await targets()).toMatchObject([
      {
        line_item_url: "https://lms.example.com/items/5",
        scopes: [SCORE, expect.stringContaining("lineitem")],
      },
    ]);
  });

  test("is a second place where the course stands twice in the platform", async () => {
    await opened(message(ags()));
    await opened(message({ ...ags(), resource_link: { id: "link-2", title: "Kitchen safety, again" } }));
    expect(await targets()).toMatchObject([{ resource_link_id: "link-1" }, { resource_link_id: "link-2" }]);
  });

  test("is nowhere where the platform takes none", async () => {
    await opened(message());
    expect(await targets()).toEqual([]);
  });

  test("is one place in LTI 1.1 too, though Moodle names it anew with every launch", async () => {
    const consumer_key = "key-1";
    await gateway.context.db.query(
      "insert into lti11_key (consumer_key, account_id, delivery_id, created_at) values ($1, $2, $3, $4)",
      [consumer_key, link.account_id, link.delivery_id, gateway.clock.now()],
    );
    const by11 = (result_sourcedid: string): LinkWishes => ({
      version: "1.1",
      registration_id: null,
      consumer_key,
      namespace: `lti11:${consumer_key}`,
      grades: { type: "outcomes", outcome_url: "https://lms.example.com/outcomes", result_sourcedid },
    });
    await opened(message(by11("launch 1")));
    await opened(message(by11("launch 2")));
    expect(await targets()).toMatchObject([
      { service: "outcomes", consumer_key, registration_id: null, result_sourcedid: "launch 2" },
    ]);
  });

  test("is known before anything of the attempt is handed out", async () => {
    app = gateway.app(failingOn("grade_target", gateway.context));
    const answer = await exchange(ticketFor(gateway.context, message(ags())));
    expect([answer.status, answer.body.code]).toEqual([503, "gateway_unavailable"]);
    expect(answer.body).not.toHaveProperty("states");
  });
});

/** The store, but away for statements that hold this word. */
function failingOn(word: string, context: Context): Context {
  const { quick } = context.db;
  const query: typeof quick.query = (statement, parameters) => {
    if (statement.includes(word)) throw new Fault("store_unavailable", "The database is away.");
    return quick.query(statement, parameters);
  };
  return { ...context, db: { ...context.db, quick: { ...quick, query } } };
}
