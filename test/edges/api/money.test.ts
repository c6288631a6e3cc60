/** The ledger, deposits and statements through the API and the command line, as people of both sides use them. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createApiClient } from "../../../src/edges/cli/apiClient.ts";
import type { CommandResult } from "../../../src/edges/cli/command.ts";
import { runCommand } from "../../../src/edges/cli/runCommand.ts";
import { runDuePayments } from "../../../src/flows/payments/pay.ts";
import { type ApiCaller, type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { TEST_OPERATOR_KEY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";
import { tamper } from "../../support/tampering.ts";

let gateway: TestGateway;
let server: Server;
let api: ApiClient;
let owner: ApiCaller;
let license: TestLicense;
let path: string;
beforeAll(async () => {
  gateway = await testGateway({ settings: { API_REQUESTS_PER_MINUTE: "1000000" } });
  api = await apiClient(gateway.app());
  server = createServer(gateway.app()).listen(0, "127.0.0.1");
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
  path = `/accounts/${license.account_id}`;
  owner = api.as(TEST_OPERATOR_KEY);
});
afterAll(async () => {
  server.close();
  await gateway.close();
});

async function charged(...learners: readonly string[]): Promise<void> {
  for (const who of learners) {
    await gateway.launch(license, { who });
    await gateway.launch(license, { who });
  }
}

describe("through the API", () => {
  test("what a closed account owes can be credited and paid, and what it has left be given back", async () => {
    await charged("ana", "ben");
    gateway.clock.set("2026-01-20T00:00:00Z");
    await owner.post(`${path}/deposit/top-ups`, { amount_minor: 300 });
    await owner.post(`${path}/close`);
    const [{ id: charge_id }] = (await owner.get(`${path}/charges`)).body.items;
    const credit = { amount_minor: 100 };
    expect((await owner.post(`${path}/charges/${charge_id}/corrections`, credit)).status).toBe(201);
    gateway.clock.set("2026-02-01T00:00:00Z");
    const statement = (await owner.post(`${path}/statements`, {})).body;
    expect(statement).toMatchObject({ deposit_drawn_minor: 300, due_minor: 600 });
    await runDuePayments(gateway.context);
    const paid = await owner.post(`${path}/statements/${statement.id}/mark-paid`, { reference: "INV-7" });
    expect(paid.body).toMatchObject({ state: "paid", amount_minor: 600 });
    expectProblem(await owner.post(`${path}/statements/${statement.id}/payments`), 409, "conflict");

    // A credit of what was paid goes into the deposit, and from there back to whom it belongs.
    await owner.post(`${path}/charges/${charge_id}/corrections`, {});
    gateway.clock.set("2026-03-01T00:00:00Z");
    await owner.post(`${path}/statements`, {});
    expect((await owner.post(`${path}/deposit/refunds`, { amount_minor: 400 })).status).toBe(201);
    const topUp = await owner.post(`${path}/deposit/top-ups`, { amount_minor: 1 });
    expectProblem(topUp, 409, "account_closed");
  });

  test("an administrator opens a statement, its lines page by page, and each line's evidence", async () => {
    await charged("ana", "ben", "cleo");
    gateway.clock.set("2026-02-01T00:00:00Z");
    const closed = (await owner.post(`${path}/statements`, {})).body;
    const admin = api.as((await accountKey(gateway.context, license.account_id, "admin")).text);
    const { items } = (await admin.get(`${path}/statements`)).body;
    expect(items).toEqual([closed]);
    expect(closed).toMatchObject({ state: "unpaid", lines: 3, shown: { due: "15.00 EUR" } });
    const statement = `${path}/statements/${closed.id}`;
    const first = (await admin.get(`${statement}/lines?limit=2`)).body;
    const second = (await admin.get(`${statement}/lines?limit=2&cursor=${first.next_cursor}`)).body;
    const lines = [...first.items, ...second.items];
    expect(lines.map(({ position }) => position)).toEqual([1, 2, 3]);
    expect(second.next_cursor).toBeNull();
    for (const { id, launch_id, seat_id, price_id, rule, sequence, hash } of lines) {
      const evidence = (await admin.get(`${statement}/lines/${id}`)).body;
      expect(evidence).toMatchObject({
        charge: { id, rule, sequence, hash, statement_id: closed.id },
        launch: { id: launch_id, number: 2 },
        seat: { id: seat_id, status: "confirmed" },
        price: { id: price_id, amount_minor: 500 },
      });
    }
    expectProblem(await admin.get(`${statement}/lines/${license.license_id}`), 404, "not_found");
  });

  test("closing twice, also under one Idempotency-Key, answers with one statement", async () => {
    await charged("ana");
    gateway.clock.set("2026-02-01T00:00:00Z");
    const once = { "Idempotency-Key": "close-january" };
    const answers = await Promise.all([
      owner.post(`${path}/statements`, {}, once),
      owner.post(`${path}/statements`, {}, once),
      owner.post(`${path}/statements`, { period_starts_at: "2026-01-01T00:00:00Z" }),
      owner.post(`${path}/statements`, {}),
    ]);
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect((await owner.get(`${path}/statements`)).body.items).toHaveLength(1);
  });

  test("a charge is credited with the reason in the audit log, and never by the account itself", async () => {
    await charged("ana");
    const [charge] = (await owner.get(`${path}/charges`)).body.items;
    const credit = `${path}/charges/${charge.id}/corrections`;
    const admin = api.as((await accountKey(gateway.context, license.account_id, "admin")).text);
    expectProblem(await admin.post(credit, {}), 403, "forbidden");
    const made = await owner.post(credit, { amount_minor: 150 }, { "Audit-Reason": "opened by mistake" });
    expect(made.body).toMatchObject({ amount_minor: -150, corrects_charge_id: charge.id });
    expect(made.headers["location"]).toBe(`/api/v1${path}/charges/${made.body.id}`);
    const corrections = await owner.get(`${path}/charges?corrects_charge_id=${charge.id}`);
    expect(corrections.body.items).toEqual([made.body]);
    expect((await owner.get(`${path}/charges/${charge.id}`)).body.credited_minor).toBe(150);
    const { items } = (await owner.get("/audit?action=charge.credit")).body;
    expect(items).toMatchObject([{ subject_id: charge.id, why: "opened by mistake" }]);
    for (const amount_minor of [0, 351, 1.5, "1"])
      expectProblem(await owner.post(credit, { amount_minor }), 400, "body_invalid");
  });

  test("the deposit's day, mark and lines are set and seen, with what is wrong named", async () => {
    await owner.post(`${path}/deposit/top-ups`, { amount_minor: 1000, reference: "transfer 12" });
    expectProblem(await owner.post(`${path}/deposit/refunds`, { amount_minor: 1001 }), 409, "conflict");
    const billing = await owner.get(`${path}/billing`);
    expect(billing.body).toMatchObject({ day: 1, balance_minor: 1000, low_mark_minor: 200 });
    const tag = { "If-Match": billing.headers["etag"] ?? "" };
    expect((await owner.patch(`${path}/billing`, { day: 10 }, tag)).body).toMatchObject({
      day: 10,
      period_ends_at: "2026-02-10T00:00:00.000Z",
    });
    expectProblem(await owner.patch(`${path}/billing`, { day: 11 }, tag), 412, "changed_meanwhile");
    expectProblem(await owner.patch(`${path}/billing`, { day: 29 }), 400, "body_invalid");
    const { items } = (await owner.get(`${path}/deposit/lines?type=top_up`)).body;
    expect(items).toMatchObject([{ amount_minor: 1000, reference: "transfer 12", made_by: "cli" }]);
  });
});

describe("by the command line", () => {
  function resultOf(name: string, options: object = {}): Promise<CommandResult> {
    const { port } = server.address() as AddressInfo;
    const target = { url: `http://127.0.0.1:${port}`, host: "localhost:8080", key: TEST_OPERATOR_KEY };
    const client = createApiClient(target, { why: "", newKey: gateway.context.deps.newId });
    const call = { api: client, progress: () => undefined, out: undefined };
    return runCommand(call, name, { account: license.account_id, ...options });
  }

  async function run(name: string, options: object = {}): Promise<Record<string, unknown>[]> {
    const result = await resultOf(name, options);
    if ("file" in result) throw new Error(`${name} writes a file`);
    return ("rows" in result ? result.rows : [result.made]) as Record<string, unknown>[];
  }

  test("a month is closed, proved, invoiced and paid", async () => {
    await run("deposit top-up", { amount: "700", reference: "transfer 12" });
    await run("deposit refund", { amount: "100" });
    await charged("ana", "ben");
    const [charge] = await run("charge list");
    await run("charge credit", { charge: charge?.["id"], amount: "100" });
    await run("billing change", { "low-mark": "50" });
    expect(await run("billing show")).toMatchObject([{ unbilled_minor: 900, low_mark_minor: 50 }]);
    expect(await run("billing change", { "low-mark": "usual" })).toMatchObject([{ low_mark_minor: 140 }]);
    gateway.clock.set("2026-02-01T00:00:00Z");
    const [closed] = await run("statement close");
    const statement = closed?.["id"];
    expect(await run("statement list")).toMatchObject([{ id: statement, due_minor: 300, state: "unpaid" }]);
    const lines = await run("statement lines", { statement });
    expect(lines.map(({ type }) => type)).toEqual(["charge", "charge", "correction"]);
    const line = lines[0]?.["id"];
    expect(await run("statement evidence", { statement, line })).toMatchObject([{ launch: { number: 2 } }]);
    await runDuePayments(gateway.context);
    await run("statement mark-paid", { statement, reference: "transfer 13" });
    expect(await run("statement show", { statement })).toMatchObject([{ state: "paid" }]);
    expect(await run("statement payments", { statement })).toMatchObject([{ reference: "transfer 13" }]);
    await expect(run("statement pay", { statement })).rejects.toMatchObject({
      message: expect.stringMatching(/expected failed/),
    });
    expect((await run("deposit list")).map(({ type }) => type)).toEqual(["draw", "refund", "top_up"]);
  });

  test("the ledger is verified: of one account, or of all", async () => {
    await charged("ana");
    gateway.clock.set("2026-02-01T00:00:00Z");
    await run("statement close");
    const intact = { account_id: license.account_id, checked: 1, unsealed: 0, intact: true, broken: null };
    expect(await run("ledger verify")).toMatchObject([intact]);
    expect(await run("ledger verify", { account: undefined })).toMatchObject([intact]);
    expect(await resultOf("ledger verify")).toMatchObject({ is_bad: false });
    await tamper(gateway.context.db, "update charge set amount_minor = 400");
    expect(await resultOf("ledger verify")).toMatchObject({ is_bad: true });
    expect(await resultOf("ledger verify", { account: undefined })).toMatchObject({ is_bad: true });
    expect(await run("ledger verify")).toMatchObject([
      { intact: false, broken: { type: "charge_changed", sequence: 1 } },
    ]);
  });
});
