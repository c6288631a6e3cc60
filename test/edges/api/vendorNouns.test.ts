/** What the vendor does through the API: accounts, their terms, courses, bundles, people, the audit log. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey, vendorKey } from "../../support/apiKeys.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";

let gateway: TestGateway;
let api: ApiClient;
beforeAll(async () => {
  gateway = await testGateway();
  api = await apiClient(gateway.app());
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const operator = () => api.as(TEST_OPERATOR_KEY);
const NOBODY = "019b8d62-7a80-7a6a-b440-aafbc824f8b4";
const PAY_PER_USE = "pay_per_use";

describe("accounts", () => {
  test("start with one connection, and keep their currency", async () => {
    const { body: account } = await operator().post("/accounts", { name: "Acme", currency: "EUR" });
    const connections = await operator().get(`/accounts/${account.id}/connections`);
    expect(connections.body.items).toMatchObject([
      { name: "LMS", to_be_confirmed: false, spun_off_from: null },
    ]);
    expectProblem(
      await operator().patch(`/accounts/${account.id}`, { currency: "USD" }),
      400,
      "body_invalid",
    );
  });

  test("change by what is given, and the log says from what to what", async () => {
    const { account_id } = await gateway.account();
    const changed = await operator().patch(`/accounts/${account_id}`, {
      retake: true,
      test_identities_most: 0,
    });
    expect(changed.body).toMatchObject({ name: "Acme", retake: true, test_identities_most: 0 });
    const { body } = await operator().get(`/accounts/${account_id}/audit?action=account.change`);
    expect(body.items).toMatchObject([
      {
        before: { retake: false, test_identities_most: 3 },
        after: { retake: true, test_identities_most: 0 },
      },
    ]);
  });

  test("close for good: nothing opens, no key is good, all can be read and nothing changed", async () => {
    const license = await gateway.payPerUse();
    const { account_id } = license;
    const key = await accountKey(gateway.context, account_id, "admin");
    const visit = await gateway.launch(license);
    const closed = await operator().post(`/accounts/${account_id}/close`);
    expect(closed.body.closed_at).toBe(gateway.clock.now().toISOString());
    expect((await gateway.launch(license, { who: "ben" })).code).toBe("delivery_revoked");
    expect((await visit.keep()).stop).toBe("delivery_revoked");
    expectProblem(await api.as(key.text).get("/me"), 401, "unauthenticated");
    expect((await operator().get(`/accounts/${account_id}`)).status).toBe(200);
    for (const answer of [
      await operator().patch(`/accounts/${account_id}`, { name: "Again" }),
      await operator().post(`/accounts/${account_id}/connections`, { name: "New" }),
      await operator().post(`/accounts/${account_id}/close`),
    ])
      expectProblem(answer, 409, "account_closed");
    const open = await operator().get("/accounts?closed=false");
    expect(open.body.items).toEqual([]);
  });
});

describe("connections", () => {
  test("take placeholders and origins, which hold for the next launch", async () => {
    const license = await gateway.payPerUse();
    const path = `/accounts/${license.account_id}/connections/${license.connection_id}`;
    await operator().patch(path, { placeholder_ids: ["guest"] });
    expect((await gateway.launch(license, { who: "guest" })).code).toBe("identity_missing");
    await operator().patch(path, { allowed_origins: ["https://other.example.com"] });
    expect((await gateway.launch(license)).code).toBe("origin_refused");
    expect((await operator().get(path)).body).toMatchObject({
      name: "LMS",
      placeholder_ids: ["guest"],
      allowed_origins: ["https://other.example.com"],
    });
  });

  test.each(["lms.example.com", "https://lms.example.com/", "https://lms.example.com/x", "ftp://x", "*"])(
    "refuse %s as an origin",
    async (origin) => {
      const { account_id } = await gateway.account();
      const body = { name: "LMS", allowed_origins: [origin] };
      const answer = await operator().post(`/accounts/${account_id}/connections`, body);
      expectProblem(answer, 400, "body_invalid");
      expect(answer.body.detail).toContain("allowed_origins.0: expected an origin");
    },
  );

  test("to be confirmed are listed with what they were spun off from", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license, { who: "17", name: "Berg, Anna" });
    await gateway.launch(license, { who: "17", name: "Cole, Ben", origin: "https://new.example.com" });
    const path = `/accounts/${license.account_id}/connections?to_be_confirmed=true`;
    expect((await operator().get(path)).body.items).toMatchObject([
      { spun_off_from: license.connection_id, spun_off_origin: "https://new.example.com" },
    ]);
  });

  test("of another account are not there", async () => {
    const license = await gateway.payPerUse();
    const { account_id } = await gateway.account();
    const path = `/accounts/${account_id}/connections/${license.connection_id}`;
    expectProblem(await operator().get(path), 404, "not_found");
    expectProblem(await operator().patch(path, { name: "Mine" }), 404, "not_found");
  });
});

describe("contracts and prices", () => {
  test("are made, listed and, contracts, ended; a price is never backdated", async () => {
    const { account_id } = await gateway.account();
    const contract = await operator().post(`/accounts/${account_id}/contracts`, { kind: PAY_PER_USE });
    const path = `/accounts/${account_id}/contracts/${contract.body.id}`;
    expectProblem(await operator().patch(path, { ends_at: "2020-01-01T00:00:00Z" }), 400, "body_invalid");
    const ended = await operator().patch(path, { ends_at: "2026-02-01T01:00:00+01:00" });
    expect(ended.body.ends_at).toBe("2026-02-01T00:00:00.000Z");
    gateway.clock.set("2026-03-01T00:00:00Z");
    expectProblem(await operator().patch(path, { ends_at: null }), 409, "conflict");

    const prices = `/accounts/${account_id}/prices`;
    const price = { kind: PAY_PER_USE, amount_minor: 1250 };
    expect((await operator().post(prices, price)).body).toMatchObject({
      amount_minor: 1250,
      currency: "EUR",
    });
    const backdated = { ...price, valid_from: "2026-02-28T23:59:59Z" };
    expectProblem(await operator().post(prices, backdated), 400, "body_invalid");
    expectProblem(await operator().post(prices, { ...price, course_id: NOBODY }), 404, "not_found");
    expect((await operator().get(`${prices}?kind=pay_per_use`)).body.items).toHaveLength(1);
  });

  test.each([
    [{ kind: "rental" }, "kind: expected one of"],
    [{ kind: "volume" }, "kind: volume needs no contract"],
    [{ kind: PAY_PER_USE, starts_at: "yesterday" }, "starts_at: expected a time"],
    [{ kind: PAY_PER_USE, starts_at: "9999-01-01T00:00:00Z" }, "starts_at: expected a year"],
    [{ kind: PAY_PER_USE, ends_at: "2026-01-01T00:00:00Z" }, "ends_at: expected a time after"],
  ])("refuse %j", async (body, detail) => {
    const { account_id } = await gateway.account();
    const answer = await operator().post(`/accounts/${account_id}/contracts`, body);
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toContain(detail);
  });
});

describe("courses", () => {
  test("that lie elsewhere are made of an address; versions say what was noticed", async () => {
    const { body: course } = await operator().post("/courses", {
      url: "http://example.com/a",
      title: "Page",
    });
    expect(course).toMatchObject({ title: "Page", standard: "page", current_version_number: 1 });
    gateway.clock.advance({ seconds: 1 });
    const second = await operator().post(`/courses/${course.id}/versions`, {
      url: "https://example.com/b.mp4",
    });
    expect(second.body).toMatchObject({ number: 2, standard: "video", warnings: [] });
    const { body } = await operator().get(`/courses/${course.id}/versions?limit=1`);
    expect(body.items[0].id).toBe(second.body.id);
    const next = await operator().get(`/courses/${course.id}/versions?limit=1&cursor=${body.next_cursor}`);
    expect(next.body.items).toMatchObject([{ number: 1, warnings: [{ code: "page_url_insecure" }] }]);
    expectProblem(await operator().post("/courses", { url: "javascript:alert(1)" }), 422, "page_url_invalid");
    expectProblem(
      await operator().post(`/courses/${NOBODY}/versions`, { url: "https://a.de" }),
      404,
      "not_found",
    );
  });

  test("are retired and taken up again", async () => {
    const license = await gateway.payPerUse();
    const { body: retired } = await operator().post(`/courses/${license.course_id}/retire`);
    expect(retired.retired_at).toBe(gateway.clock.now().toISOString());
    expect((await gateway.launch(license)).code).toBe("course_retired");
    expect((await operator().get("/courses?retired=false")).body.items).toEqual([]);
    await operator().post(`/courses/${license.course_id}/unretire`);
    expect((await gateway.launch(license)).code).toBeNull();
    expectProblem(await operator().post(`/courses/${NOBODY}/retire`), 404, "not_found");
  });

  test("are seen by an account that has a license for them, or could add them to its library", async () => {
    const licensed = await gateway.volume([5]);
    const { course_id: other } = await gateway.course("Other");
    const viewer = api.as((await accountKey(gateway.context, licensed.account_id, "viewer")).text);
    const seen = async () =>
      ((await viewer.get("/courses")).body.items as { id: string }[]).map(({ id }) => id).sort();
    expect(await seen()).toEqual([licensed.course_id]);
    expectProblem(await viewer.get(`/courses/${other}`), 404, "not_found");
    expectProblem(await viewer.get(`/courses/${other}/versions`), 404, "not_found");
    await operator().post(`/accounts/${licensed.account_id}/contracts`, { kind: PAY_PER_USE });
    expect(await seen()).toEqual([licensed.course_id, other].sort());
    await operator().post("/bundles", { name: "No", barred_kinds: [PAY_PER_USE], course_ids: [other] });
    expect(await seen()).toEqual([licensed.course_id]);
  });
});

describe("bundles", () => {
  test("hold courses, each once, and what is given replaces what there was", async () => {
    const [a, b] = [await gateway.course("A"), await gateway.course("B")].map(({ course_id }) => course_id);
    const made = await operator().post("/bundles", { name: "Catalog", course_ids: [a, a] });
    expect(made.body).toMatchObject({ course_ids: [a], barred_kinds: [] });
    const path = `/bundles/${made.body.id}`;
    const changed = await operator().patch(path, { course_ids: [b], barred_kinds: ["volume"] });
    expect(changed.body).toMatchObject({ name: "Catalog", course_ids: [b], barred_kinds: ["volume"] });
    expect((await operator().get(`/bundles?course_id=${a}`)).body.items).toEqual([]);
    expect((await operator().get(`/bundles?course_id=${b}`)).body.items).toEqual([changed.body]);
    expectProblem(await operator().patch(path, { course_ids: [NOBODY] }), 404, "not_found");
    expectProblem(await operator().patch(path, { barred_kinds: ["rental"] }), 400, "body_invalid");
    expect((await operator().get(path)).body).toEqual(changed.body);
  });
});

describe("the vendor's people", () => {
  test("keep an owner: the last one can neither lose the role nor be deactivated", async () => {
    const [first, second] = [
      await vendorKey(gateway.context, "owner"),
      await vendorKey(gateway.context, "owner"),
    ];
    const change = (id: string, body: object) => operator().patch(`/vendor-users/${id}`, body);
    expect((await change(first.vendor_user_id, { role: "support" })).status).toBe(200);
    expectProblem(await change(second.vendor_user_id, { role: "support" }), 409, "last_owner");
    expectProblem(await change(second.vendor_user_id, { deactivated: true }), 409, "last_owner");
    expect((await change(second.vendor_user_id, { name: "Renamed" })).body).toMatchObject({
      name: "Renamed",
      role: "owner",
    });
  });

  test("have an address each, in whatever case", async () => {
    const ann = { name: "Ann", email: "ann@vendor.example.com", role: "support" };
    const made = await operator().post("/vendor-users", ann);
    expectProblem(
      await operator().post(
        "/vendor-users",
        { ...ann, email: "ANN@vendor.example.com" },
        { "Idempotency-Key": "a" },
      ),
      409,
      "conflict",
    );
    const bob = await operator().post("/vendor-users", { ...ann, email: "bob@vendor.example.com" });
    expectProblem(
      await operator().patch(`/vendor-users/${bob.body.id}`, { email: ann.email }),
      409,
      "conflict",
    );
    expect((await operator().get("/vendor-users")).body.items).toHaveLength(2);
    expect((await operator().get(`/vendor-users/${made.body.id}`)).body.email).toBe(ann.email);
  });

  test("are named in the audit log by id alone", async () => {
    await operator().post("/vendor-users", { name: "Ann", email: "ann@vendor.example.com", role: "support" });
    const { text } = await operator().get("/audit");
    expect(text).toContain("vendor_user.create");
    expect(text).not.toMatch(/ann/i);
  });
});

describe("the audit log", () => {
  test("is filtered by what, whose, who and when", async () => {
    const { account_id } = await gateway.account();
    gateway.clock.advance({ days: 1 });
    const noon = gateway.clock.now().toISOString();
    await operator().post(`/accounts/${account_id}/connections`, { name: "Second" });
    const actions = async (query: string) =>
      ((await operator().get(`/audit?${query}`)).body.items as { action: string }[]).map(
        ({ action }) => action,
      );
    expect(await actions(`account_id=${account_id}`)).toEqual(["connection.create", "account.create"]);
    expect(await actions(`from=${noon}`)).toEqual(["connection.create"]);
    expect(await actions(`until=${noon}`)).toEqual(["account.create"]);
    expect(await actions(`subject_type=account&subject_id=${account_id}`)).toEqual(["account.create"]);
    expect(await actions("actor=cli")).toEqual(["connection.create"]);
    expect(await actions("action=account.close")).toEqual([]);
  });

  test("of another account is not an admin's", async () => {
    const [own, other] = [await gateway.account(), await gateway.account()];
    const admin = api.as((await accountKey(gateway.context, own.account_id, "admin")).text);
    const seen = (await admin.get("/audit")).body.items as { account_id: string }[];
    expect(new Set(seen.map(({ account_id }) => account_id))).toEqual(new Set([own.account_id]));
    expectProblem(await admin.get(`/audit?account_id=${other.account_id}`), 404, "not_found");
    expectProblem(await admin.get(`/accounts/${other.account_id}/audit`), 404, "not_found");
  });
});
