/** The API on a real Postgres, asked by many at once and by several processes. */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { once } from "../../../src/flows/once.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { vendorKey } from "../../support/apiKeys.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres.ts";

let postgres: PostgresServer;
let gateway: TestGateway;
let processes: readonly ApiClient[];
beforeAll(async () => {
  postgres = await startPostgres();
  gateway = await testGateway({ databaseUrl: await postgres.createDatabase() });
}, 120_000);
beforeEach(async () => {
  await gateway.empty();
  processes = [
    await apiClient(gateway.app()),
    await apiClient(gateway.app(gateway.secondProcess())),
    await apiClient(gateway.app(gateway.secondProcess())),
  ];
});
afterAll(async () => {
  await gateway.close();
  await postgres.remove();
});

const operator = (turn = 0) => {
  const api = processes[turn % processes.length];
  if (!api) throw new Error("There is no such process");
  return api.as(TEST_OPERATOR_KEY);
};

const times = <Result>(count: number, work: (turn: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_none, turn) => work(turn)));

const tally = async (table: string) =>
  (await gateway.context.db.query<{ count: number }>(`select count(*) as count from ${table}`))[0]?.count;

test("50 times the same request at once, at three processes: one account, one answer", async () => {
  const key = { "Idempotency-Key": "the-same" };
  const answers = await times(50, (turn) =>
    operator(turn).post("/accounts", { name: "Acme", currency: "EUR" }, key),
  );
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers["idempotency-replayed"] === undefined)).toHaveLength(1);
  expect([await tally("account"), await tally("connection"), await tally("audit")]).toEqual([1, 1, 1]);
});

test("while the first is worked on, the second waits; if the first fails, the second does it", async () => {
  const request = { principal: "operator", key: "k", request_hash: "h", credential: "c" };
  let fail: () => void = () => undefined;
  const failing = new Promise<never>((_resolve, reject) => {
    fail = () => reject(new Error("broken"));
  });
  let isIn: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    isIn = resolve;
  });
  const first = once(gateway.context, request, () => {
    isIn();
    return failing;
  });
  await begun;
  const second = once(gateway.context, request, async () => ({ by: "second" }));
  fail();
  await expect(first).rejects.toThrow("broken");
  expect(await second).toEqual({ answer: { by: "second" }, replayed: false });
});

test("a connection that is cut between the work and its answer leaves nothing; sent again, it is done", async () => {
  const request = { principal: "operator", key: "k", request_hash: "h", credential: "c" };
  const made = () => [gateway.context.deps.newId(), gateway.clock.now()];
  const insert = "insert into bundle (id, name, created_at) values ($1, 'Half', $2)";
  const cut = once(gateway.context, request, async ({ db }) => {
    await db.transaction((sql) => sql.query(insert, made()));
    return db.query("select pg_terminate_backend(pg_backend_pid())");
  });
  await expect(cut).rejects.toMatchObject({ code: "store_unavailable" });
  expect([await tally("bundle"), await tally("idempotency_key")]).toEqual([0, 0]);
  await once(gateway.context, request, ({ db }) => db.query(insert, made()));
  expect([await tally("bundle"), await tally("idempotency_key")]).toEqual([1, 1]);
});

test("20 changes of what all of them have read: one is made, the others are told", async () => {
  const { body, headers } = await operator().post("/accounts", { name: "Acme", currency: "EUR" });
  const answers = await times(20, (turn) =>
    operator(turn).patch(
      `/accounts/${body.id}`,
      { name: `Name ${turn}` },
      { "If-Match": headers["etag"] ?? "" },
    ),
  );
  const made = answers.filter(({ status }) => status === 200);
  expect([made.length, answers.filter(({ status }) => status === 412).length]).toEqual([1, 19]);
  expect((await operator().get(`/accounts/${body.id}`)).body.name).toBe(made[0]?.body.name);
});

test("20 changes of the billing that all of them have read: one is made, and answered as it was made", async () => {
  const { account_id } = await gateway.account();
  const path = `/accounts/${account_id}/billing`;
  const { headers } = await operator().get(path);
  const match = { "If-Match": headers["etag"] ?? "" };
  const answers = await times(20, (turn) =>
    operator(turn).patch(path, { deposit_low_mark_minor: turn }, match),
  );
  const made = answers.filter(({ status }) => status === 200);
  expect([made.length, answers.filter(({ status }) => status === 412).length]).toEqual([1, 19]);
  expect((await operator().get(path)).headers["etag"]).toBe(made[0]?.headers["etag"]);
});

test("five owners who deactivate each other at once: one stays", async () => {
  const owners = await times(5, () => vendorKey(gateway.context, "owner"));
  const answers = await times(5, (turn) =>
    operator(turn).patch(`/vendor-users/${owners[turn]?.vendor_user_id}`, { deactivated: true }),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 409]);
});

test("ten people of the same address at once: one is made", async () => {
  const ann = { name: "Ann", email: "ann@vendor.example.com", role: "support" };
  const answers = await times(10, (turn) =>
    operator(turn).post("/vendor-users", ann, { "Idempotency-Key": `key-${turn}` }),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
});

test("orders at once are numbered one after the other, each with its lot; of one sent 20 times there is one", async () => {
  const { account_id, license_id } = await gateway.volume([]);
  const path = `/accounts/${account_id}/orders`;
  const request = { lines: [{ license_id, quantity: 3 }] };
  const answers = await times(20, (turn) => operator(turn).post(path, request));
  const numbers = answers.map(({ body }) => body.number).sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 20 }, (_none, index) => index + 1));
  const repeated = await times(20, (turn) =>
    operator(turn).post(path, request, { "Idempotency-Key": "order" }),
  );
  expect(new Set(repeated.map(({ text }) => text)).size).toBe(1);
  expect([await tally("purchase_order"), await tally("lot")]).toEqual([21, 21]);
});

test("what a line bought is taken back once, however many correct it at once", async () => {
  const { account_id } = await gateway.volume([5]);
  const { body } = await operator().get(`/accounts/${account_id}/orders`);
  const [{ id, lines }] = body.items;
  const correction = { line_id: lines[0].id, quantity: 1 };
  const answers = await times(12, (turn) =>
    operator(turn).post(`/accounts/${account_id}/orders/${id}/corrections`, correction),
  );
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
  const [left] = await gateway.context.db.query("select sum(amount_minor) as paid from purchase_order");
  expect(left).toEqual({ paid: 0 });
});

test("a key revoked at one process is refused by the others from the next request on", async () => {
  const { text, id } = await vendorKey(gateway.context, "owner");
  expect((await processes[1]?.as(text).get("/me"))?.status).toBe(200);
  await operator(0).delete(`/api-keys/${id}`);
  expect((await processes[1]?.as(text).get("/me"))?.status).toBe(401);
});
