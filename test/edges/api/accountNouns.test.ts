/** What is done with an account's rights through the API: lists, licenses, the library, lots. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createBundle } from "../../../src/flows/bundles.ts";
import { type ApiCaller, type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { BY, TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
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
const NOBODY = "019b8d62-7a80-7a6a-b440-aafbc824f8b4";

async function adminOf(account_id: string): Promise<ApiCaller> {
  return api.as((await accountKey(gateway.context, account_id, "admin")).text);
}

/** The account's audit log of one action: what from, what to, why. */
async function audited(account_id: string, action: string): Promise<object[]> {
  const { body } = await operator().get(`/accounts/${account_id}/audit?action=${action}`);
  return body.items.map(({ before, after, why }: Record<string, unknown>) => ({ before, after, why }));
}

/** A problem that names the field. */
function expectRefusal(
  answer: Parameters<typeof expectProblem>[0],
  status: number,
  code: string,
  field: string,
): void {
  expectProblem(answer, status, code);
  expect(answer.body.detail).toMatch(new RegExp(`^${field}: `));
}

describe("lists (RULES §1)", () => {
  test("are sets of courses that the account may see, under names of their own", async () => {
    const { account_id, course_id } = await gateway.volume([]);
    const { course_id: unlicensed } = await gateway.course();
    const path = `/accounts/${account_id}/lists`;
    const admin = await adminOf(account_id);
    const made = await admin.post(path, { name: " Onboarding ", course_ids: [course_id, course_id] });
    expect(made.body).toMatchObject({ name: "Onboarding", course_ids: [course_id] });
    expect(made.headers["location"]).toBe(`/api/v1${path}/${made.body.id}`);
    expectRefusal(await admin.post(path, { name: "Onboarding" }), 409, "conflict", "name");
    for (const course of [unlicensed, NOBODY])
      expectRefusal(
        await admin.post(path, { name: "More", course_ids: [course] }),
        404,
        "not_found",
        "course_ids",
      );
    expect((await admin.get(path)).body.items).toMatchObject([{ name: "Onboarding" }]);
  });

  test("hold what could be added to the library, but nothing that a bundle bars from it", async () => {
    const { account_id } = await gateway.payPerUse();
    const { course_id: offered } = await gateway.course();
    const { course_id: barred } = await gateway.course();
    const bundle = { name: "Catalog", barred_kinds: ["pay_per_use"], course_ids: [barred] };
    await createBundle(gateway.context, BY, bundle);
    const path = `/accounts/${account_id}/lists`;
    expect((await operator().post(path, { name: "A", course_ids: [offered] })).status).toBe(201);
    expectProblem(await operator().post(path, { name: "B", course_ids: [barred] }), 404, "not_found");
  });

  test("change only from what was read, keep courses that left sight, and are audited", async () => {
    const { account_id, course_id } = await gateway.volume([]);
    const path = `/accounts/${account_id}/lists`;
    const { body: list, headers } = await operator().post(path, { name: "A", course_ids: [course_id] });
    const why = { "Audit-Reason": "spring%20term" };
    const changed = await operator().patch(
      `${path}/${list.id}`,
      { name: "B" },
      { "If-Match": headers["etag"] ?? "", ...why },
    );
    expect(changed.body).toMatchObject({ name: "B", course_ids: [course_id] });
    const late = await operator().patch(
      `${path}/${list.id}`,
      { name: "C" },
      { "If-Match": headers["etag"] ?? "" },
    );
    expectProblem(late, 412, "changed_meanwhile");
    expect(await audited(account_id, "list.change")).toEqual([
      {
        before: { name: "A", course_ids: [course_id] },
        after: { name: "B", course_ids: [course_id] },
        why: "spring term",
      },
    ]);
    expect((await operator().delete(`${path}/${list.id}`)).status).toBe(204);
    expectProblem(await operator().get(`${path}/${list.id}`), 404, "not_found");
    expect(await audited(account_id, "list.delete")).toMatchObject([{ after: null }]);
  });
});

describe("licenses (RULES §3)", () => {
  test.each([
    [{ kind: "rental" }, "kind"],
    [{ terms: { seats: 3 } }, "terms.seats"],
    [{ terms: { seat_months: 0 } }, "terms.seat_months"],
    [{ terms: { seat_months: "6" } }, "terms.seat_months"],
    [{ course_id: null }, "course_id"],
    [{ bundle_id: NOBODY }, "bundle_id"],
    [{ starts_at: "2026-02-01T00:00:00Z", ends_at: "2026-02-01T00:00:00Z" }, "ends_at"],
    [{ ends_at: "tomorrow" }, "ends_at"],
    [{ colour: "red" }, "colour"],
  ])("are refused with %j, naming the field", async (wrong, field) => {
    const { account_id, course_id } = await gateway.payPerUse();
    const wanted = { kind: "pay_per_use", course_id, ...wrong };
    expectRefusal(
      await operator().post(`/accounts/${account_id}/licenses`, wanted),
      400,
      "body_invalid",
      field,
    );
  });

  test("of a kind that is for a course are for no bundle and no catalog", async () => {
    const { account_id } = await gateway.account();
    const bundle = await createBundle(gateway.context, BY, { name: "All", barred_kinds: [], course_ids: [] });
    const path = `/accounts/${account_id}/licenses`;
    const forBundle = await operator().post(path, { kind: "volume", bundle_id: bundle.id });
    expectRefusal(forBundle, 400, "body_invalid", "bundle_id");
    expectRefusal(await operator().post(path, { kind: "volume" }), 400, "body_invalid", "course_id");
  });

  test("are listed by kind, course and state", async () => {
    const at = gateway.clock;
    const account = await gateway.account();
    const starts_at = new Date("2026-03-01T00:00:00Z");
    const running = await gateway.payPerUse({ account });
    const later = await gateway.volume([], { account, starts_at });
    const paused = await gateway.volume([], { account });
    await operator().post(`/accounts/${account.account_id}/licenses/${paused.license_id}/pause`);
    const ended = await gateway.volume([1], { account });
    const idsOf = async (query: string) => {
      const { body } = await operator().get(`/accounts/${account.account_id}/licenses?${query}`);
      return body.items.map(({ id }: { id: string }) => id);
    };
    expect(await idsOf("state=not_started")).toEqual([later.license_id]);
    at.set("2027-01-05T09:00:00Z");
    await gateway.payPerUse({ account });
    expect(await idsOf("state=ended")).toEqual([ended.license_id]);
    expect(await idsOf("state=paused")).toEqual([paused.license_id]);
    expect(await idsOf("kind=pay_per_use&limit=200")).toHaveLength(2);
    expect(await idsOf(`course_id=${running.course_id}`)).toEqual([running.license_id]);
    expect(await idsOf("kind=volume&state=running")).toEqual([later.license_id]);
  });

  test("page by state too: others are passed over, none twice and none missing", async () => {
    const account = await gateway.account();
    const path = `/accounts/${account.account_id}/licenses`;
    const made: string[] = [];
    for (let count = 0; count < 7; count++) {
      const { license_id } = await gateway.volume([], { account });
      made.unshift(license_id);
      gateway.clock.advance({ seconds: 1 });
      if (count % 2) await operator().post(`${path}/${license_id}/pause`);
    }
    const first = await operator().get(`${path}?state=running&limit=3`);
    await gateway.volume([], { account });
    const second = await operator().get(`${path}?state=running&limit=3&cursor=${first.body.next_cursor}`);
    const seen = [...first.body.items, ...second.body.items].map(({ id }: { id: string }) => id);
    expect(seen).toEqual(made.filter((_id, index) => index % 2 === 0));
    expect(second.body.next_cursor).toBeNull();
  });

  test("change for later decisions: a running seat keeps its end; the log holds what changed alone", async () => {
    const license = await gateway.payPerUse();
    const { account_id, license_id } = license;
    await gateway.launch(license, { who: "ana" });
    const path = `/accounts/${account_id}/licenses/${license_id}`;
    const changed = await operator().patch(path, { terms: { seat_months: 3 }, retake: null });
    expect(changed.body.terms).toMatchObject({ seat_months: 3, charge_after_seconds: 120 });
    await gateway.launch(license, { who: "ben" });
    expect((await gateway.seats(license)).map(({ ends_at }) => ends_at?.toISOString().slice(0, 10))).toEqual([
      "2027-01-05",
      "2026-04-05",
    ]);
    expect(await audited(account_id, "license.change")).toMatchObject([
      { before: { terms: { seat_months: 12 } }, after: { terms: { seat_months: 3 } } },
    ]);
    expectRefusal(
      await operator().patch(path, { terms: { seat_months: 0 } }),
      400,
      "body_invalid",
      "terms.seat_months",
    );
    expectRefusal(
      await operator().patch(path, { ends_at: "2026-01-05T09:00:00Z" }),
      400,
      "body_invalid",
      "ends_at",
    );
    await operator().patch(path, { terms: { seat_months: 3 } });
    expect(await audited(account_id, "license.change")).toHaveLength(1);
  });

  test("change only from what was read", async () => {
    const { account_id, license_id } = await gateway.payPerUse();
    const path = `/accounts/${account_id}/licenses/${license_id}`;
    const match = { "If-Match": (await operator().get(path)).headers["etag"] ?? "" };
    expect((await operator().patch(path, { retake: true }, match)).status).toBe(200);
    expectProblem(await operator().patch(path, { retake: false }, match), 412, "changed_meanwhile");
    expect((await operator().get(path)).body.retake).toBe(true);
  });

  test("end now or later, once; who holds a seat keeps it, nobody else gets one", async () => {
    const license = await gateway.payPerUse();
    const path = `/accounts/${license.account_id}/licenses/${license.license_id}`;
    await gateway.launch(license, { who: "ana" });
    const later = await operator().post(`${path}/end`, { ends_at: "2026-06-01T00:00:00Z" });
    expect(later.body).toMatchObject({ ends_at: "2026-06-01T00:00:00.000Z", state: "running" });
    expectRefusal(
      await operator().post(`${path}/end`, { ends_at: "2026-01-05T08:59:59Z" }),
      400,
      "body_invalid",
      "ends_at",
    );
    const ended = await operator().post(`${path}/end`);
    expect(ended.body).toMatchObject({ ends_at: "2026-01-05T09:00:00.000Z", state: "ended" });
    gateway.clock.advance({ hours: 1 });
    expect((await operator().post(`${path}/end`)).body.ends_at).toBe("2026-01-05T09:00:00.000Z");
    expect((await gateway.launch(license, { who: "ana" })).code).toBeNull();
    expect((await gateway.launch(license, { who: "ben" })).code).toBe("license_ended");
    expect(await audited(license.account_id, "license.end")).toHaveLength(2);
  });

  test("that have not started end without ever having run", async () => {
    const starts_at = new Date("2026-03-01T00:00:00Z");
    const license = await gateway.payPerUse({ starts_at });
    const path = `/accounts/${license.account_id}/licenses/${license.license_id}`;
    expect((await operator().post(`${path}/end`)).body.ends_at).toBe(starts_at.toISOString());
    gateway.clock.set("2026-03-01T00:00:00Z");
    expect((await gateway.launch(license)).code).toBe("license_ended");
  });

  test("say how much of them is used: seats made as they are needed, pending told from confirmed", async () => {
    const license = await gateway.payPerUse();
    for (const who of ["ana", "ben", "ben"]) await gateway.launch(license, { who });
    const usage = await operator().get(
      `/accounts/${license.account_id}/licenses/${license.license_id}/usage`,
    );
    expect(usage.body).toMatchObject({
      state: "running",
      seats: { pending: 1, confirmed: 1 },
      bought: null,
      lots: [],
    });
  });

  test("say how much of them is used: bought, used, remaining and lapsed, per lot and in all", async () => {
    const license = await gateway.volume([3]);
    await gateway.launch(license, { who: "ana" });
    gateway.clock.set("2026-12-01T00:00:00Z");
    const path = `/accounts/${license.account_id}`;
    await operator().post(`${path}/lots`, { license_id: license.license_id, quantity: 2 });
    gateway.clock.set("2027-01-05T09:00:00Z");
    await gateway.launch(license, { who: "ben" });
    const { body } = await operator().get(`${path}/licenses/${license.license_id}/usage`);
    expect(body).toMatchObject({
      state: "running",
      seats: { pending: 0, confirmed: 2 },
      bought: { purchased: 5, used: 2, remaining: 1, lapsed: 2 },
      lots: [
        { state: "ended", purchased: 3, used: 1, remaining: 0, lapsed: 2 },
        { state: "running", purchased: 2, used: 1, remaining: 1, lapsed: 0 },
      ],
    });
    expect((await operator().get("/lots/miscounted")).body.items).toEqual([]);
  });
});

describe("the library (RULES §7)", () => {
  test("takes a course once, under the account's contract, from its own admin", async () => {
    const { account_id } = await gateway.payPerUse();
    const { course_id } = await gateway.course();
    const admin = await adminOf(account_id);
    const add = () => admin.post(`/accounts/${account_id}/library`, { course_id });
    const [first, second] = [await add(), await add()];
    expect(first.body.items).toMatchObject([{ course_id, outcome: "added", problem: null }]);
    expect(second.body.items).toMatchObject([
      { outcome: "already_there", license_id: first.body.items[0].license_id },
    ]);
    expect(await audited(account_id, "license.create")).toHaveLength(2);
  });

  test("says of one course why it can't be added", async () => {
    const { account_id } = await gateway.account();
    const { course_id } = await gateway.course();
    const path = `/accounts/${account_id}/library`;
    expectProblem(await operator().post(path, { course_id }), 409, "contract_missing");
    expectRefusal(await operator().post(path, { course_id: NOBODY }), 404, "not_found", "course_id");
    for (const body of [{}, { course_id, list_id: NOBODY }])
      expectRefusal(await operator().post(path, body), 400, "body_invalid", "course_id");
    expectProblem(await operator().post(path, { list_id: NOBODY }), 404, "not_found");
  });

  test("takes a list: what can't be added is named, and keeps nothing else out", async () => {
    const license = await gateway.payPerUse();
    const { account_id } = license;
    const [fresh, retired] = [await gateway.course("Fresh"), await gateway.course("Retired")];
    const { body: list } = await operator().post(`/accounts/${account_id}/lists`, {
      name: "Spring",
      course_ids: [license.course_id, fresh.course_id, retired.course_id],
    });
    await operator().post(`/courses/${retired.course_id}/retire`);
    const { body } = await operator().post(`/accounts/${account_id}/library`, { list_id: list.id });
    const outcomes = Object.fromEntries(
      body.items.map((item: { course_id: string; outcome: string; problem: { code: string } | null }) => [
        item.course_id,
        [item.outcome, item.problem?.code ?? null],
      ]),
    );
    expect(outcomes).toEqual({
      [license.course_id]: ["already_there", null],
      [fresh.course_id]: ["added", null],
      [retired.course_id]: ["refused", "conflict"],
    });
  });
});

describe("lots (RULES §3.2)", () => {
  test("are bought by an account's own admin up to 1,000 at once; by the vendor up to a million", async () => {
    const { account_id, license_id } = await gateway.volume([]);
    const buy = async (caller: ApiCaller, quantity: unknown) =>
      caller.post(`/accounts/${account_id}/lots`, { license_id, quantity });
    const admin = await adminOf(account_id);
    expect((await buy(admin, 1000)).body).toMatchObject({ quantity: 1000, taken: 0 });
    expectRefusal(await buy(admin, 1001), 409, "order_too_large", "quantity");
    expect((await buy(operator(), 1_000_000)).status).toBe(201);
    for (const wrong of [0, 1.5, 1_000_001, "5", null])
      expectRefusal(await buy(operator(), wrong), 400, "body_invalid", "quantity");
    const { body } = await admin.get(`/accounts/${account_id}/lots?license_id=${license_id}`);
    expect(body.items.map(({ quantity }: { quantity: number }) => quantity)).toEqual([1_000_000, 1000]);
    expect(await audited(account_id, "lot.create")).toHaveLength(2);
  });

  test("are none of a license whose seats are made as they are needed, nor of another account's", async () => {
    const { account_id, license_id } = await gateway.payPerUse();
    const path = `/accounts/${account_id}/lots`;
    expectRefusal(
      await operator().post(path, { license_id, quantity: 1 }),
      400,
      "body_invalid",
      "license_id",
    );
    const { license_id: foreign } = await gateway.volume([1]);
    expectProblem(await operator().post(path, { license_id: foreign, quantity: 1 }), 404, "not_found");
    expect((await operator().get(path)).body.items).toEqual([]);
  });
});
