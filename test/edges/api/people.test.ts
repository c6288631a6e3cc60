/** What learners did, through the API: who they are, their seats, attempts, launches and charges. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { LMS_ORIGIN, TEST_OPERATOR_KEY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";

let gateway: TestGateway;
let api: ApiClient;
beforeAll(async () => {
  gateway = await testGateway({ settings: { API_REQUESTS_PER_MINUTE: "1000000" } });
  api = await apiClient(gateway.app());
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const operator = () => api.as(TEST_OPERATOR_KEY);

type Item = Readonly<Record<string, unknown>>;

/** The items of a list of the account, all pages of it. */
async function listed(of: { account_id: string }, path: string, query = ""): Promise<Item[]> {
  const { body } = await operator().get(`/accounts/${of.account_id}/${path}?limit=200&${query}`);
  expect(body.next_cursor).toBeNull();
  return body.items;
}

const launched = async (license: TestLicense, who: string, name = "") => {
  gateway.clock.advance({ seconds: 1 });
  return gateway.launch(license, { who, name });
};

describe("learners", () => {
  test("are found by how their name begins, or an id that an LMS sends, in any case", async () => {
    const license = await gateway.payPerUse();
    for (const [who, name] of [
      ["a1", "Jacobs, Jim"],
      ["b_2", "Jansen, Jo"],
      ["b%2", "Ito, Aki"],
    ] as const)
      await launched(license, who, name);
    const found = async (search: string) =>
      (await listed(license, "learners", `search=${encodeURIComponent(search)}`)).map(({ name }) => name);
    expect(await found("jac")).toEqual(["Jacobs, Jim"]);
    expect(await found("JA")).toEqual(["Jansen, Jo", "Jacobs, Jim"]);
    expect(await found("A1")).toEqual(["Jacobs, Jim"]);
    expect(await found("b_")).toEqual(["Jansen, Jo"]);
    expect(await found("b%")).toEqual(["Ito, Aki"]);
    expect(await found("Jim")).toEqual([]);
  });

  test("are deactivated and reactivated, and listed by it", async () => {
    const license = await gateway.payPerUse();
    const visit = await launched(license, "ana");
    const [learner] = await listed(license, "learners");
    const path = `/accounts/${license.account_id}/learners/${learner?.["id"]}`;
    const deactivated = await operator().post(`${path}/deactivate`);
    expect(deactivated.body.deactivated_at).toBe(gateway.clock.now().toISOString());
    expect((await visit.keep()).stop).toBe("learner_deactivated");
    expect(await listed(license, "learners", "deactivated=true")).toHaveLength(1);
    expect((await operator().post(`${path}/reactivate`)).body.deactivated_at).toBeNull();
    expect(await listed(license, "learners", "deactivated=true")).toEqual([]);
  });

  test("page by key: who comes in between moves nothing", async () => {
    const license = await gateway.payPerUse();
    for (const who of ["a", "b", "c", "d", "e"]) await launched(license, who);
    const path = `/accounts/${license.account_id}/learners`;
    const idOf = ({ identities }: { identities: { value: string }[] }) => identities[0]?.value;
    const first = await operator().get(`${path}?limit=2`);
    await launched(license, "f");
    const second = await operator().get(`${path}?limit=2&cursor=${first.body.next_cursor}`);
    const third = await operator().get(`${path}?limit=2&cursor=${second.body.next_cursor}`);
    const pages = [first, second, third].map(({ body }) => body.items.map(idOf));
    expect(pages).toEqual([["e", "d"], ["c", "b"], ["a"]]);
    expect(third.body.next_cursor).toBeNull();
  });

  test("have identities, found by learner, connection and value, with where they came from", async () => {
    const license = await gateway.payPerUse();
    await launched(license, "ana");
    await launched(license, "ben");
    const [ben] = await listed(license, "identities", "value=ben");
    expect(ben).toMatchObject({ value: "ben", namespace: "scorm", test: false, origins: [LMS_ORIGIN] });
    expect(await listed(license, "identities", "value=be")).toEqual([]);
    expect(await listed(license, "identities", `learner_id=${ben?.["learner_id"]}`)).toEqual([ben]);
    expect(await listed(license, "identities", `connection_id=${license.connection_id}`)).toHaveLength(2);
    // As an earlier version wrote the first, and both write the others.
    const beside = `insert into identity_origin (account_id, identity_id, origin, first_seen_at)
      select account_id, id, unnest($1::text[]), first_seen_at from identity where value = 'ben'`;
    await gateway.context.db.query(beside, [[LMS_ORIGIN, "https://more.example.com"]]);
    expect((await listed(license, "identities", "value=ben"))[0]?.["origins"]).toEqual([
      LMS_ORIGIN,
      "https://more.example.com",
    ]);
  });

  test("are marked as test ones before their first launch, and launch without a seat", async () => {
    const license = await gateway.payPerUse();
    const path = `/accounts/${license.account_id}/identities/mark-test`;
    expect((await operator().post(path, { value: "tess" })).body).toMatchObject({ test: true });
    await launched(license, "tess");
    await launched(license, "ana");
    expectProblem(await operator().post(path, { value: "ana" }), 409, "seat_held");
    expect(await listed(license, "seats")).toHaveLength(1);
    expect(await listed(license, "launches", "outcome=test")).toHaveLength(1);
    expect(await listed(license, "learners", "test=true")).toHaveLength(1);
    expect((await listed(license, "identities", "test=true")).map(({ value }) => value)).toEqual(["tess"]);
  });
});

describe("seats (RULES §3.1)", () => {
  test("that are pending say why, and what would charge them", async () => {
    const license = await gateway.payPerUse();
    const visit = await launched(license, "ana");
    gateway.clock.advance({ seconds: 45.5 });
    await visit.keep({ closing: true });
    const [seat] = await listed(license, "seats", "status=pending");
    expect(seat?.["pending"]).toEqual({
      why: "Not charged yet after 1 of 2 launches, and at most 45 of 120 seconds open in one of them. The next launch charges it, or the course being open for 120 seconds in one launch.",
      launches: 1,
      charge_after_launches: 2,
      open_seconds: 45.5,
      charge_after_seconds: 120,
    });
    gateway.clock.advance({ days: 365 });
    const lapsed = await operator().get(`/accounts/${license.account_id}/seats/${seat?.["id"]}`);
    expect(lapsed.body.pending.why).toMatch(/^The seat ended after .* it lapsed without a charge/);
  });

  test("say it by the terms that hold now", async () => {
    const license = await gateway.payPerUse({ terms: { charge_after_launches: 5 } });
    await launched(license, "ana");
    const why = async () =>
      ((await listed(license, "seats"))[0] as { pending: { why: string } } | undefined)?.pending.why;
    expect(await why()).toContain("4 more launches charge it");
    const path = `/accounts/${license.account_id}/licenses/${license.license_id}`;
    await operator().patch(path, { terms: { charge_after_launches: 1, charge_after_seconds: 60 } });
    expect(await why()).toContain("The next launch charges it, or the course being open for 60 seconds");
  });

  test("are listed by license, learner and status, each of them once and the newest first", async () => {
    const account = await gateway.account();
    const one = await gateway.payPerUse({ account });
    const two = await gateway.volume([5], { account });
    for (const who of ["ana", "ben", "ana", "cem"]) await launched(one, who);
    for (const who of ["ana", "dee"]) await launched(two, who);
    const [ana] = await listed(one, "identities", "value=ana");
    const statuses = async (query: string) =>
      (await listed(one, "seats", query)).map(({ license_id, status }) => [
        license_id === one.license_id ? "one" : "two",
        status,
      ]);
    expect(await statuses("")).toEqual([
      ["two", "confirmed"],
      ["two", "confirmed"],
      ["one", "pending"],
      ["one", "pending"],
      ["one", "confirmed"],
    ]);
    expect(await statuses(`license_id=${one.license_id}`)).toEqual([
      ["one", "pending"],
      ["one", "pending"],
      ["one", "confirmed"],
    ]);
    expect(await statuses("status=pending")).toHaveLength(2);
    expect(await statuses("status=confirmed")).toHaveLength(3);
    const ofAna = `learner_id=${ana?.["learner_id"]}`;
    expect(await statuses(ofAna)).toEqual([
      ["two", "confirmed"],
      ["one", "confirmed"],
    ]);
    expect(await statuses(`${ofAna}&license_id=${two.license_id}&status=confirmed`)).toHaveLength(1);
    const path = `/accounts/${one.account_id}/seats?license_id=${one.license_id}&limit=2`;
    const { body } = await operator().get(path);
    const rest = await operator().get(`${path}&cursor=${body.next_cursor}`);
    expect(rest.body.items).toMatchObject([{ status: "confirmed" }]);
  });
});

describe("launches", () => {
  test("tell what happened to a learner: by the reference that they read out, in words", async () => {
    const license = await gateway.payPerUse();
    await operator().post(`/accounts/${license.account_id}/licenses/${license.license_id}/pause`);
    const visit = await launched(license, "ana");
    if (visit.opening.type !== "denied") throw new Error("the launch was allowed");
    const { reference } = visit.opening;
    const [launch] = await listed(license, "launches", `reference=${reference}`);
    expect(launch).toMatchObject({
      outcome: "denied",
      code: "license_paused",
      reference,
      lms_origin: LMS_ORIGIN,
      denial: { reason: expect.stringMatching(/\.$/), next_step: expect.stringMatching(/\.$/) },
    });
    const spoken = reference.toLowerCase().replace("-", "");
    expect(await listed(license, "launches", `reference=${spoken}`)).toEqual([launch]);
    const { body } = await operator().get(`/accounts/${license.account_id}/launches/${launch?.["id"]}`);
    expect(body).toEqual(launch);
    const { account_id } = await gateway.account();
    expect(await listed({ account_id }, "launches", `reference=${reference}`)).toEqual([]);
  });

  test("are listed by license, delivery, learner, attempt, outcome, code and time, the newest first", async () => {
    const license = await gateway.payPerUse();
    const other = await gateway.deliverAgain(license, "scorm2004-4");
    await launched(license, "ana");
    await launched(other, "ana");
    await launched(license, "ben");
    await operator().post(`/accounts/${license.account_id}/licenses/${license.license_id}/pause`);
    await launched(license, "cem");
    const seconds = async (query: string) =>
      (await listed(license, "launches", query)).map(({ opened_at }) =>
        new Date(String(opened_at)).getSeconds(),
      );
    const [ana] = await listed(license, "identities", "value=ana");
    const [attempt] = await listed(license, "attempts", `learner_id=${ana?.["learner_id"]}`);
    expect(await seconds("")).toEqual([4, 3, 2, 1]);
    expect(await seconds(`license_id=${license.license_id}`)).toEqual([4, 3, 2, 1]);
    expect(await seconds(`license_id=${license.license_id}&outcome=allowed`)).toEqual([3, 2, 1]);
    expect(await seconds(`delivery_id=${license.delivery_id}`)).toEqual([4, 3, 1]);
    expect(await seconds(`learner_id=${ana?.["learner_id"]}`)).toEqual([2, 1]);
    expect(await seconds(`attempt_id=${attempt?.["id"]}`)).toEqual([2, 1]);
    expect(await seconds("code=license_paused")).toEqual([4]);
    expect(await seconds("code=no_seats_left")).toEqual([]);
    expect(await seconds("from=2026-01-05T09:00:02Z&until=2026-01-05T09:00:04Z")).toEqual([3, 2]);
    const path = `/accounts/${license.account_id}/launches?license_id=${license.license_id}&limit=3`;
    const { body } = await operator().get(path);
    await launched(license, "ben");
    const rest = await operator().get(`${path}&cursor=${body.next_cursor}`);
    expect(rest.body.items).toHaveLength(1);
  });

  test.each([
    ["reference=A1", "reference"],
    ["outcome=maybe", "outcome"],
    ["code=no_such_code", "code"],
    ["from=yesterday", "from"],
    ["license_id=7", "license_id"],
    ["colour=red", "colour"],
    ["limit=0", "limit"],
    ["limit=201", "limit"],
    ["cursor=AAAA", "cursor"],
    ["learner_id=a&learner_id=b", "learner_id"],
  ])("are not listed by %s; the answer names the field", async (query, field) => {
    const { account_id } = await gateway.account();
    const answer = await operator().get(`/accounts/${account_id}/launches?${query}`);
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toMatch(new RegExp(`^${field}: `));
  });
});

describe("charges", () => {
  test("bear their evidence: the launch, the rule, the price; by license, learner and time", async () => {
    const license = await gateway.payPerUse();
    for (const who of ["ana", "ana", "ben"]) await launched(license, who);
    const [charge] = await listed(license, "charges");
    const [, launch] = await listed(license, "launches");
    expect(charge).toMatchObject({
      rule: "launches",
      reason: "seat",
      amount_minor: 500,
      currency: "EUR",
      shown: "5.00 EUR",
      launch_id: launch?.["id"],
      price_id: expect.any(String),
      made_at: "2026-01-05T09:00:02.000Z",
    });
    expect(await listed(license, "charges", `learner_id=${charge?.["learner_id"]}`)).toEqual([charge]);
    expect(await listed(license, "charges", `license_id=${license.license_id}`)).toEqual([charge]);
    expect(await listed(license, "charges", "from=2026-01-05T09:00:02.001Z")).toEqual([]);
    expect(await listed(license, "charges", "until=2026-01-05T09:00:02Z")).toEqual([]);
  });
});

describe("attempts", () => {
  test("show how each activity stands, and begin again where support resets them", async () => {
    const license = await gateway.payPerUse();
    const visit = await launched(license, "ana");
    await visit.keep({
      sequence: 1,
      changes: {
        lesson: {
          "cmi.core.lesson_status": "passed",
          "cmi.core.score.raw": "87",
          "cmi.core.lesson_location": "page 4",
          "cmi.suspend_data": "\u0000abc",
        },
      },
      session_seconds: { lesson: 12.5 },
    });
    const [attempt] = await listed(license, "attempts", "ended=false");
    const path = `/accounts/${license.account_id}/attempts/${attempt?.["id"]}`;
    expect((await operator().get(path)).body).toMatchObject({
      number: 1,
      launches: 1,
      activities: [
        {
          item_id: "lesson",
          title: "Kitchen safety",
          completion: "completed",
          success: "passed",
          score_raw: "87",
          score_scaled: null,
          location: "page 4",
          suspend_data_characters: 4,
          total_seconds: 12.5,
        },
      ],
    });
    const reset = await operator().post(`${path}/reset`);
    expect(reset.body).toMatchObject({ ended_reason: "reset_by_support" });
    expect(await listed(license, "attempts", "ended=false")).toEqual([]);
    await launched(license, "ana");
    const ofLicense = await listed(license, "attempts", `license_id=${license.license_id}`);
    expect(ofLicense.map(({ number, ended_reason }) => [number, ended_reason])).toEqual([
      [2, null],
      [1, "reset_by_support"],
    ]);
    expect(await listed(license, "attempts", `course_id=${license.course_id}&ended=true`)).toHaveLength(1);
  });

  test("of another account are not there", async () => {
    const license = await gateway.payPerUse();
    await launched(license, "ana");
    const [attempt] = await listed(license, "attempts");
    const { account_id } = await gateway.account();
    for (const path of [`attempts/${attempt?.["id"]}`, "attempts/not-an-id"])
      expectProblem(await operator().get(`/accounts/${account_id}/${path}`), 404, "not_found");
  });
});
