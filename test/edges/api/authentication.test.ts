/** Who may call: a key that is good, from the next request on and no longer. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createApiKey } from "../../../src/flows/apiKeys.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey, vendorKey } from "../../support/apiKeys.ts";
import { BY, TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";
import { until } from "../../support/until.ts";

let gateway: TestGateway;
let api: ApiClient;
beforeAll(async () => {
  gateway = await testGateway({ settings: { API_FAILED_KEYS_PER_MINUTE: "1000000" } });
  api = await apiClient(gateway.app());
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const me = (key: string | undefined) => api.as(key).get("/me");

describe("refused, and told nothing", () => {
  test.each([
    ["no key", undefined],
    ["an empty one", ""],
    ["another word", "hello"],
    ["the form of a key that there is none of", `tg_0123456789ab_${"x".repeat(43)}`],
    ["part of a key", "tg_0123456789ab"],
    ["much", "x".repeat(5000)],
  ])("%s", async (_what, key) => {
    const answer = await me(key);
    expectProblem(answer, 401, "unauthenticated");
    expect(answer.headers["www-authenticate"]).toBe('Bearer realm="tallygate"');
  });

  test("a right prefix with a wrong secret is as unknown as a wrong prefix", async () => {
    const { text } = await vendorKey(gateway.context, "owner");
    const wrong = await me(`${text.slice(0, -1)}${text.endsWith("A") ? "B" : "A"}`);
    expectProblem(wrong, 401, "unauthenticated");
    const unknown = await me(`tg_0123456789ab_${"x".repeat(43)}`);
    expect(wrong.body.detail).toBe(unknown.body.detail);
  });

  test("another scheme than Bearer", async () => {
    const { text } = await vendorKey(gateway.context, "owner");
    const answer = await api.as(undefined).get("/me", { Authorization: `Basic ${text}` });
    expectProblem(answer, 401, "unauthenticated");
  });

  test("without a key, what is not there and what is malformed is answered like what is there", async () => {
    const nobody = api.as(undefined);
    expectProblem(await nobody.get("/nothing"), 401, "unauthenticated");
    expectProblem(await nobody.delete("/me"), 401, "unauthenticated");
    expectProblem(await nobody.send("post", "/accounts", "application/json", "{"), 401, "unauthenticated");
  });
});

describe("a key", () => {
  test("of a vendor user has their role", async () => {
    const { text, id, vendor_user_id } = await vendorKey(gateway.context, "support");
    expect((await me(text)).body).toEqual({
      type: "api_key",
      key_id: id,
      role: "support",
      account_id: null,
      vendor_user_id,
    });
  });

  test("of an account has a role of its own", async () => {
    const { account_id } = await gateway.account();
    const { text } = await accountKey(gateway.context, account_id, "viewer");
    expect((await me(text)).body).toMatchObject({ role: "viewer", account_id, vendor_user_id: null });
  });

  test("of the operator is an owner's", async () => {
    expect((await me(TEST_OPERATOR_KEY)).body).toMatchObject({
      type: "operator",
      role: "owner",
      key_id: null,
    });
  });

  test("is nowhere stored in clear", async () => {
    const { text } = await vendorKey(gateway.context, "owner");
    const secret = text.slice(-43);
    const rows = await gateway.context.db.query("select row_to_json(api_key)::text as row from api_key");
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(JSON.stringify(gateway.logged)).not.toContain(secret);
  });

  test("that is revoked is refused from the next request on", async () => {
    const { text, id } = await vendorKey(gateway.context, "owner");
    const operator = api.as(TEST_OPERATOR_KEY);
    expect((await operator.delete(`/api-keys/${id}`)).body).toMatchObject({
      revoked_at: gateway.clock.now().toISOString(),
    });
    const answer = await me(text);
    expectProblem(answer, 401, "unauthenticated");
    expect(answer.body.detail).toContain("revoked");
  });

  test("works until the moment that it expires", async () => {
    const { vendor_user_id } = await vendorKey(gateway.context, "owner");
    const owner = { type: "vendor_user", vendor_user_id } as const;
    const expires_at = new Date(gateway.clock.now().getTime() + 60_000);
    const wanted = { owner, name: "Short", expires_at };
    const { text } = await createApiKey(gateway.context, BY, { role: "owner" }, wanted);
    gateway.clock.advance({ seconds: 59 });
    expect((await me(text)).status).toBe(200);
    gateway.clock.advance({ seconds: 1 });
    expectProblem(await me(text), 401, "unauthenticated");
  });

  test("goes with its user: their role changes at once, and a deactivated one is out", async () => {
    const { text, vendor_user_id } = await vendorKey(gateway.context, "owner");
    const operator = api.as(TEST_OPERATOR_KEY);
    await vendorKey(gateway.context, "owner");
    const change = (body: object) => operator.patch(`/vendor-users/${vendor_user_id}`, body);
    await change({ role: "support" });
    expect((await me(text)).body.role).toBe("support");
    await change({ deactivated: true });
    expectProblem(await me(text), 401, "unauthenticated");
    await change({ deactivated: false });
    expect((await me(text)).status).toBe(200);
  });

  test("says when it was last used, to the minute", async () => {
    const { text, id } = await vendorKey(gateway.context, "owner");
    const lastUsed = async () =>
      (await api.as(TEST_OPERATOR_KEY).get(`/api-keys/${id}`)).body.last_used_at as string | null;
    expect(await lastUsed()).toBeNull();
    const first = gateway.clock.now().toISOString();
    await me(text);
    await until("its use is noted", async () => (await lastUsed()) === first, 10);
    gateway.clock.advance({ seconds: 59 });
    await me(text);
    expect(await lastUsed()).toBe(first);
    gateway.clock.advance({ seconds: 2 });
    await me(text);
    await until(
      "its later use is noted",
      async () => (await lastUsed()) === gateway.clock.now().toISOString(),
      10,
    );
  });
});

describe("who makes keys", () => {
  test("gives no more rights than their own", async () => {
    const { account_id } = await gateway.account();
    const admin = api.as((await accountKey(gateway.context, account_id, "admin")).text);
    expect((await admin.post(`/accounts/${account_id}/api-keys`, { name: "Me", role: "admin" })).status).toBe(
      201,
    );
    expect((await admin.post(`/accounts/${account_id}/api-keys`, { name: "Me", role: "owner" })).status).toBe(
      400,
    );
    const { vendor_user_id } = await vendorKey(gateway.context, "owner");
    const owner = { type: "vendor_user", vendor_user_id } as const;
    await expect(
      createApiKey(gateway.context, BY, { role: "support" }, { owner, name: "Up", expires_at: null }),
    ).rejects.toMatchObject({ code: "forbidden" });
  });

  test("finds what was done with which key, and why, in the audit log", async () => {
    const key = await vendorKey(gateway.context, "owner");
    const made = await api
      .as(key.text)
      .post("/accounts", { name: "Acme", currency: "EUR" }, { "Audit-Reason": "n%C3%A4chster Kunde" });
    const found = await api.as(TEST_OPERATOR_KEY).get(`/audit?api_key_id=${key.id}`);
    expect(found.body.items).toMatchObject([
      {
        action: "account.create",
        subject_id: made.body.id,
        actor: `vendor_user:${key.vendor_user_id}`,
        why: "nächster Kunde",
      },
    ]);
  });
});
