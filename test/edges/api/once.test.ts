/** A POST with an Idempotency-Key is done once, and answered alike as often as it is sent. */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { once } from "../../../src/flows/once.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { vendorKey } from "../../support/apiKeys.ts";
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

const KEY = { "Idempotency-Key": "order-1" };
const acme = { name: "Acme", currency: "EUR" };
const operator = () => api.as(TEST_OPERATOR_KEY);
const post = (body: object, headers = KEY) => operator().post("/accounts", body, headers);
const accounts = async () => (await operator().get("/accounts")).body.items as { id: string; name: string }[];
const tally = async (table: string) =>
  (await gateway.context.db.query<{ count: number }>(`select count(*) as count from ${table}`))[0]?.count;

test("sent again, it is answered alike and not done again", async () => {
  const first = await post(acme);
  gateway.clock.advance({ days: 6 });
  const again = await post({ currency: "EUR", name: "Acme" });
  expect([again.status, again.body, again.headers["location"], again.headers["etag"]]).toEqual([
    201,
    first.body,
    first.headers["location"],
    first.headers["etag"],
  ]);
  expect([first.headers["idempotency-replayed"], again.headers["idempotency-replayed"]]).toEqual([
    undefined,
    "true",
  ]);
  expect(await accounts()).toHaveLength(1);
  expect(await tally("audit")).toBe(1);
});

test.each([
  ["another body", () => post({ ...acme, name: "Other" })],
  ["another path", () => operator().post("/bundles", { name: "Acme" }, KEY)],
])("the same key with %s is refused", async (_what, other) => {
  await post(acme);
  expectProblem(await other(), 422, "idempotency_key_reused");
  expect(await accounts()).toHaveLength(1);
});

test("two callers may choose the same key", async () => {
  const { text } = await vendorKey(gateway.context, "owner");
  await post(acme);
  const theirs = await api.as(text).post("/accounts", { ...acme, name: "Theirs" }, KEY);
  expect(theirs.status).toBe(201);
  expect((await accounts()).map(({ name }) => name).sort()).toEqual(["Acme", "Theirs"]);
});

test("a refused request leaves no trace: corrected, it is done under the same key", async () => {
  expectProblem(await post({ ...acme, currency: "euro" }), 400, "body_invalid");
  const contract = { kind: "volume" };
  const { account_id } = await gateway.account();
  expectProblem(
    await operator().post(`/accounts/${account_id}/contracts`, contract, KEY),
    400,
    "body_invalid",
  );
  expect(await tally("idempotency_key")).toBe(0);
  expect((await post(acme)).status).toBe(201);
});

test.each(["", "with space", "x".repeat(256), "kö"])("a key such as %p is refused by name", async (key) => {
  const answer = await operator().post("/accounts", acme, { "Idempotency-Key": encodeLatin(key) });
  expectProblem(answer, 400, "body_invalid");
  expect(answer.body.detail).toContain("Idempotency-Key");
});

/** As a client sends it that does not care: headers are bytes. */
function encodeLatin(key: string): string {
  return Buffer.from(key, "utf8").toString("latin1");
}

test("the answer that holds a new key's secret is kept sealed, and opened for the same caller again", async () => {
  const { account_id } = await gateway.account();
  const make = () => operator().post(`/accounts/${account_id}/api-keys`, { name: "CI", role: "admin" }, KEY);
  const first = await make();
  expect((await make()).body.key).toBe(first.body.key);
  const kept = await gateway.context.db.query(
    "select row_to_json(idempotency_key)::text as row from idempotency_key",
  );
  expect(JSON.stringify(kept)).not.toContain(first.body.key.slice(-43));
  expect((await api.as(first.body.key).get("/me")).body.role).toBe("admin");
});

test("an answer under a credential that has changed since can't be opened, and is not done again", async () => {
  const request = { principal: "operator", key: "k", request_hash: "h", credential: "the first" };
  const work = async () => ({ done: true });
  await once(gateway.context, request, work);
  await expect(once(gateway.context, { ...request, credential: "another" }, work)).rejects.toMatchObject({
    code: "conflict",
  });
});

test("where the work fails, neither it nor the key is kept", async () => {
  const request = { principal: "operator", key: "k", request_hash: "h", credential: "c" };
  const failing = once(gateway.context, request, async ({ db }) => {
    await db.transaction((sql) =>
      sql.query("insert into bundle (id, name, created_at) values ($1, 'Half', $2)", [
        gateway.context.deps.newId(),
        gateway.clock.now(),
      ]),
    );
    throw new Error("The process dies here");
  });
  await expect(failing).rejects.toThrow("dies here");
  expect([await tally("bundle"), await tally("idempotency_key")]).toEqual([0, 0]);
});

test("a part that fails is undone by itself; parts that begin side by side run one after the other", async () => {
  const request = { principal: "operator", key: "k", request_hash: "h", credential: "c" };
  const insert = (name: string) => [gateway.context.deps.newId(), name, gateway.clock.now()];
  const statement = "insert into bundle (id, name, created_at) values ($1, $2, $3)";
  await once(gateway.context, request, async ({ db }) => {
    const parts = ["one", "two", "bad", "three"].map((name) =>
      db.transaction(async (sql) => {
        await sql.query(statement, insert(name));
        if (name === "bad") throw new Error("no");
      }),
    );
    const ended = await Promise.allSettled(parts);
    return { ended: ended.map(({ status }) => status) };
  });
  const rows = await gateway.context.db.query<{ name: string }>("select name from bundle order by name");
  expect(rows.map(({ name }) => name)).toEqual(["one", "three", "two"]);
});

test("what processes remember is called changed only after the commit", async () => {
  const order: string[] = [];
  const { context } = gateway;
  context.invalidations.subscribe("stops", () => order.push("told"));
  const request = { principal: "operator", key: "k", request_hash: "h", credential: "c" };
  await once(context, request, async ({ invalidations }) => {
    invalidations.changed("stops");
    order.push("work done");
    return {};
  });
  expect(order).toEqual(["work done", "told"]);
});

test("answers are forgotten after a week, by and by", async () => {
  await post(acme, { "Idempotency-Key": "old" });
  gateway.clock.advance({ days: 8 });
  await post({ ...acme, name: "New" }, { "Idempotency-Key": "new" });
  const keys = await gateway.context.db.query<{ key: string }>("select key from idempotency_key");
  expect(keys).toEqual([{ key: "new" }]);
});
