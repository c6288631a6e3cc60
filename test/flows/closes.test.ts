/** Closing a period (RULES §5): what a statement takes, how it is settled, and that it is made once. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { changeBilling, moveDeposit, viewBilling } from "../../src/flows/billing.ts";
import { closePeriods, runDueCloses } from "../../src/flows/ledger/closePeriod.ts";
import { creditCharge } from "../../src/flows/ledger/corrections.ts";
import { runDueSeals } from "../../src/flows/ledger/sealCharges.ts";
import { verifyLedger } from "../../src/flows/ledger/verifyLedger.ts";
import { openEvidence, requireStatement, statementLines } from "../../src/flows/ledger/viewStatements.ts";
import { markPaid, recordPayment, requestPayment, runDuePayments } from "../../src/flows/payments/pay.ts";
import { pageOfAlerts } from "../../src/store/alerts.ts";
import { pageOfDepositLines } from "../../src/store/billing.ts";
import { listPayments } from "../../src/store/payments.ts";
import { pageOfStatements } from "../../src/store/statements.ts";
import { ALL_ROWS, BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { tamper } from "../support/tampering.ts";

let gateway: TestGateway;
/** Each charge of it is 5.00 EUR. Its account was made on 5 January. */
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
});
afterAll(() => gateway.close());

async function charged(...learners: readonly string[]): Promise<void> {
  for (const who of learners) {
    await gateway.launch(license, { who });
    await gateway.launch(license, { who });
  }
}

const close = (of = license) => closePeriods(gateway.context, BY, of.account_id, null);
const topUp = (amount_minor: number) => move("top_up", amount_minor);
const move = (type: "top_up" | "refund", amount_minor: number) =>
  moveDeposit(gateway.context, BY, { account_id: license.account_id, type, amount_minor, reference: "" });
const statements = async () =>
  (await pageOfStatements(gateway.context.db, license.account_id, ALL_ROWS)).reverse();
const depositLines = async () =>
  (await pageOfDepositLines(gateway.context.db, license.account_id, {}, ALL_ROWS)).reverse();
const payments = (statement_id: string) => listPayments(gateway.context.db, license.account_id, statement_id);
const alerts = () => pageOfAlerts(gateway.context.db, license.account_id, {}, ALL_ROWS);

async function linesOf(statement_id: string) {
  const pages = [];
  for await (const page of statementLines(gateway.context, license.account_id, statement_id))
    pages.push(...page);
  return pages;
}

describe("a statement", () => {
  test("takes every line before the period's end, and none after", async () => {
    await charged("ana", "ben");
    gateway.clock.set("2026-01-31T23:59:59.999Z");
    await charged("cleo");
    gateway.clock.set("2026-02-01T00:00:00Z");
    await charged("dan");
    const january = await close();
    expect(january).toMatchObject({
      number: 1,
      account_name: "Acme",
      period_starts_at: new Date("2026-01-01T00:00:00Z"),
      period_ends_at: new Date("2026-02-01T00:00:00Z"),
      lines: 3,
      charged_minor: 1500,
      due_minor: 1500,
      state: "unpaid",
    });
    gateway.clock.set("2026-03-01T00:00:00Z");
    expect(await close()).toMatchObject({ number: 2, lines: 1, charged_minor: 500 });
  });

  test("takes a line that is committed after its period was closed: on the next", async () => {
    await charged("ana");
    gateway.clock.set("2026-02-02T00:00:00Z");
    expect(await close()).toMatchObject({ lines: 1 });
    await charged("ben");
    // A flow that read the clock in January, and commits now.
    await tamper(
      gateway.context.db,
      "update charge set made_at = '2026-01-31T23:00:00Z' where made_at > '2026-02-01'",
    );
    expect(await close()).toMatchObject({ number: 1, lines: 1 });
    gateway.clock.set("2026-03-02T00:00:00Z");
    expect(await close()).toMatchObject({ number: 2, lines: 1, charged_minor: 500 });
    gateway.clock.set("2026-04-02T00:00:00Z");
    expect(await close()).toMatchObject({ number: 3, lines: 0, state: "settled" });
  });

  test("waits for the seal: what it bills is sealed, and its own seal proves it", async () => {
    await charged("ana", "ben");
    gateway.clock.set("2026-02-02T00:00:00Z");
    const statement = await close();
    const charges = await gateway.charges(license);
    expect(charges.map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect(statement).toMatchObject({ sealed_sequence: 2, sealed_hash: charges[1]?.hash });
  });

  test("is made once: asked for twice, by several processes at once, by itself and by command", async () => {
    await charged("ana");
    gateway.clock.set("2026-02-02T00:00:00Z");
    const processes = [gateway.context, gateway.secondProcess(), gateway.secondProcess()];
    await Promise.all([
      ...processes.map((each) => closePeriods(each, BY, license.account_id, null)),
      ...processes.map((each) => runDueCloses(each)),
    ]);
    await close();
    expect(await statements()).toMatchObject([{ number: 1, lines: 1, due_minor: 500 }]);
  });

  test("is made by itself a few minutes after its period's end, one for each period", async () => {
    await charged("ana");
    gateway.clock.set("2026-02-01T00:04:59Z");
    await runDueCloses(gateway.context);
    expect(await statements()).toEqual([]);
    gateway.clock.set("2026-04-01T00:05:00Z");
    await runDueCloses(gateway.context);
    expect(await statements()).toMatchObject([
      { number: 1, lines: 1 },
      { number: 2, lines: 0 },
      { number: 3, lines: 0 },
    ]);
  });

  test("by command, of a period that has not ended: refused", async () => {
    await expect(close()).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/no period/),
    });
    gateway.clock.set("2026-02-01T00:00:00Z");
    await close();
    const february = new Date("2026-02-01T00:00:00Z");
    await expect(closePeriods(gateway.context, BY, license.account_id, february)).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringMatching(/2026-02-01T00:00:00/),
    });
  });

  test("of an account that was closed is made all the same", async () => {
    await charged("ana");
    await gateway.context.db.query("update account set closed_at = created_at");
    gateway.clock.set("2026-02-01T00:05:00Z");
    await runDueCloses(gateway.context);
    expect(await statements()).toMatchObject([{ due_minor: 500 }]);
  });

  test("opens its lines' evidence: launch, seat, rule, price; of a correction, the charge", async () => {
    await charged("ana");
    const [charge] = await gateway.charges(license);
    await creditCharge(gateway.context, BY, {
      account_id: license.account_id,
      charge_id: charge?.id ?? "",
      amount_minor: 100,
    });
    gateway.clock.set("2026-02-02T00:00:00Z");
    const { id, charged_minor, corrected_minor, due_minor } = await close();
    expect([charged_minor, corrected_minor, due_minor]).toEqual([500, -100, 400]);
    const lines = await linesOf(id);
    expect(lines).toMatchObject([
      { position: 1, type: "charge", title: "Kitchen safety", amount_minor: 500, rule: "launches" },
      { position: 2, type: "correction", amount_minor: -100, corrects_charge_id: charge?.id },
    ]);
    const [first, second] = await Promise.all(
      lines.map((line) => openEvidence(gateway.context, license.account_id, id, line.id)),
    );
    expect(first).toMatchObject({
      charge: { id: charge?.id, statement_id: id, credited_minor: 100 },
      launch: { id: charge?.launch_id, outcome: "allowed" },
      seat: { id: charge?.seat_id, status: "confirmed" },
      price: { id: charge?.price_id, amount_minor: 500 },
      order: null,
    });
    expect(second).toMatchObject({ corrected: { id: charge?.id } });
  });

  test("shows orders as settled: they are on it, and nothing of them is due", async () => {
    await gateway.volume([10], { account: license });
    await charged("ana");
    gateway.clock.set("2026-02-02T00:00:00Z");
    const statement = await close();
    expect(statement).toMatchObject({ lines: 2, charged_minor: 500, due_minor: 500 });
    expect(statement.ordered_minor).toBeGreaterThan(0);
    const [line] = await linesOf(statement.id);
    expect(line).toMatchObject({ type: "order", order_number: 1, quantity: 10, kind: "volume" });
    const evidence = await openEvidence(gateway.context, license.account_id, statement.id, line?.id ?? "");
    expect(evidence).toMatchObject({ order: { number: 1 }, order_line: { lot_ids: [expect.any(String)] } });
    gateway.clock.set("2026-03-02T00:00:00Z");
    expect(await close()).toMatchObject({ ordered_minor: 0, lines: 0 });
  });

  test("that is no longer the sum of its lines, or of another chain, is found out", async () => {
    const verify = async () => (await verifyLedger(gateway.context, license.account_id, 0, 1000)).broken;
    await charged("ana");
    gateway.clock.set("2026-02-02T00:00:00Z");
    const { id } = await close();
    expect(await verify()).toBeNull();
    const broken = { type: "statement_changed", statement_id: id, sequence: null, charge_id: null };
    const { db } = gateway.context;
    await tamper(db, "update statement set charged_minor = 400, due_minor = 400");
    expect(await verify()).toEqual(broken);
    await tamper(db, "update statement set charged_minor = 500, due_minor = 500");
    expect(await verify()).toBeNull();
    await tamper(db, "update statement_line set amount_minor = 400");
    expect(await verify()).toEqual(broken);
    await tamper(db, "update statement_line set amount_minor = 500");
    await tamper(db, "update statement set sealed_hash = sha256('another chain')");
    expect(await verify()).toEqual(broken);
  });
});

describe("the deposit", () => {
  test("pays first, the payment method the rest", async () => {
    await topUp(700);
    await charged("ana", "ben");
    gateway.clock.set("2026-02-02T00:00:00Z");
    const statement = await close();
    expect(statement).toMatchObject({
      deposit_before_minor: 700,
      deposit_drawn_minor: 700,
      deposit_after_minor: 0,
      due_minor: 300,
    });
    expect(await depositLines()).toMatchObject([
      { type: "top_up", amount_minor: 700 },
      { type: "draw", amount_minor: -700, statement_id: statement.id },
    ]);
    expect(await payments(statement.id)).toMatchObject([{ amount_minor: 300, state: "requested" }]);
  });

  test("is credited a negative total", async () => {
    await charged("ana");
    gateway.clock.set("2026-02-02T00:00:00Z");
    await close();
    const [charge] = await gateway.charges(license);
    const { account_id } = license;
    await creditCharge(gateway.context, BY, { account_id, charge_id: charge?.id ?? "", amount_minor: null });
    gateway.clock.set("2026-03-02T00:00:00Z");
    expect(await close()).toMatchObject({
      corrected_minor: -500,
      deposit_credited_minor: 500,
      deposit_after_minor: 500,
      due_minor: 0,
      state: "settled",
    });
    expect(await depositLines()).toMatchObject([{ type: "credit", amount_minor: 500 }]);
  });

  test("never goes below zero: not by refunds, not in the database", async () => {
    await topUp(100);
    await expect(move("refund", 101)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/^amount_minor: the deposit holds 1\.00 EUR/),
    });
    await Promise.all([1, 2, 3].map(() => move("refund", 60).catch(() => null)));
    expect(await viewBilling(gateway.context, license.account_id)).toMatchObject({ balance_minor: 40 });
    const overdraw = `insert into deposit_line (account_id, id, type, amount_minor, currency, made_at, made_by)
      select account_id, $1, 'refund', -41, currency, made_at, made_by from deposit_line limit 1`;
    await expect(gateway.context.db.query(overdraw, [gateway.context.deps.newId()])).rejects.toMatchObject({
      code: "23514",
    });
  });

  test("that is low, or empty, raises an alert, once until it is topped up; launches go on", async () => {
    await topUp(1000);
    await move("refund", 700);
    expect(await alerts()).toEqual([]);
    await move("refund", 101);
    await move("refund", 99);
    expect(await alerts()).toMatchObject([
      { type: "deposit.low", data: { balance_minor: 199, low_mark_minor: 200, currency: "EUR" } },
    ]);
    await charged("ana");
    gateway.clock.set("2026-02-02T00:00:00Z");
    await close();
    expect((await gateway.launch(license, { who: "ben" })).code).toBeNull();
    await topUp(1000);
    await changeBilling(gateway.context, BY, license.account_id, {
      day: undefined,
      deposit_low_mark_minor: 999,
    });
    await move("refund", 2);
    expect(await alerts()).toHaveLength(2);
  });

  test("that a statement's credit filled up raises an alert when it falls again", async () => {
    await charged("ana");
    gateway.clock.set("2026-02-01T00:00:00Z");
    await close();
    await topUp(1000);
    await move("refund", 900);
    expect(await alerts()).toHaveLength(1);
    const [charge] = await gateway.charges(license);
    const { account_id } = license;
    await creditCharge(gateway.context, BY, { account_id, charge_id: charge?.id ?? "", amount_minor: null });
    gateway.clock.set("2026-03-01T00:00:00Z");
    await close();
    await move("refund", 300);
    expect(await alerts()).toHaveLength(1);
    await move("refund", 200);
    await move("refund", 1);
    expect(await alerts()).toMatchObject([
      { type: "deposit.low", data: { balance_minor: 100, low_mark_minor: 200 } },
      { type: "deposit.low", data: { balance_minor: 100, low_mark_minor: 200 } },
    ]);
  });

  test("that is topped up, but not to its mark, raises no other alert", async () => {
    const mark = (deposit_low_mark_minor: number) =>
      changeBilling(gateway.context, BY, license.account_id, { day: undefined, deposit_low_mark_minor });
    await mark(1000);
    for (const amount of [300, 300, 300]) {
      await topUp(amount);
      await move("refund", 1);
    }
    expect(await alerts()).toMatchObject([{ type: "deposit.low", data: { balance_minor: 299 } }]);
    await topUp(200);
    await move("refund", 98);
    expect(await alerts()).toHaveLength(2);
    await topUp(1);
    await move("refund", 1);
    expect(await alerts()).toHaveLength(3);
  });

  test("shows with the period that is open what that holds so far, sealed or not", async () => {
    await topUp(700);
    await charged("ana");
    await runDueSeals(gateway.context);
    await charged("ben");
    expect(await viewBilling(gateway.context, license.account_id)).toMatchObject({
      balance_minor: 700,
      unbilled_minor: 1000,
      low_mark_minor: 140,
      period_ends_at: new Date("2026-02-01T00:00:00Z"),
    });
    gateway.clock.set("2026-02-02T00:00:00Z");
    await close();
    expect(await viewBilling(gateway.context, license.account_id)).toMatchObject({
      balance_minor: 0,
      unbilled_minor: 0,
    });
  });
});

describe("the day that periods begin on", () => {
  const change = (day: number) =>
    changeBilling(gateway.context, BY, license.account_id, { day, deposit_low_mark_minor: undefined });

  test("can be changed: the period that is open ends on it, and nothing is billed twice or never", async () => {
    await charged("ana");
    expect(await change(15)).toMatchObject({ period_ends_at: new Date("2026-01-15T00:00:00Z") });
    gateway.clock.set("2026-01-15T00:00:00Z");
    await charged("ben");
    expect(await close()).toMatchObject({ lines: 1, period_starts_at: new Date("2026-01-01T00:00:00Z") });
    expect(await change(10)).toMatchObject({ period_ends_at: new Date("2026-02-10T00:00:00Z") });
    gateway.clock.set("2026-02-10T00:00:00Z");
    expect(await close()).toMatchObject({ lines: 1, period_starts_at: new Date("2026-01-15T00:00:00Z") });
  });

  test("never makes the period that is open end in the past", async () => {
    gateway.clock.set("2026-01-20T00:00:00Z");
    expect(await change(15)).toMatchObject({ period_ends_at: new Date("2026-02-15T00:00:00Z") });
    gateway.clock.set("2026-02-16T00:00:00Z");
    await expect(change(1)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("the rest", () => {
  let statement_id: string;
  const state = async () =>
    (await requireStatement(gateway.context.db, license.account_id, statement_id)).state;
  const last = async () => {
    const payment = (await payments(statement_id)).at(-1);
    if (!payment) throw new Error("There is no payment");
    return payment;
  };
  const fail = async () =>
    recordPayment(
      gateway.context,
      BY,
      await last(),
      { state: "failed", reference: "one", failure: "card_declined" },
      "card",
    );
  beforeEach(async () => {
    await charged("ana");
    gateway.clock.set("2026-02-02T00:00:00Z");
    statement_id = (await close()).id;
  });

  test("is invoiced by hand, and paid once somebody says so", async () => {
    expect(await state()).toBe("unpaid");
    await runDuePayments(gateway.context);
    expect(await last()).toMatchObject({
      state: "pending",
      adapter: "manual_invoice",
      reference: "statement 1",
    });
    await markPaid(gateway.context, BY, license.account_id, statement_id, "bank 77");
    expect(await state()).toBe("paid");
    expect(await last()).toMatchObject({ attempt: 1, reference: "bank 77", ended_at: gateway.clock.now() });
    await expect(markPaid(gateway.context, BY, license.account_id, statement_id, "")).rejects.toMatchObject({
      code: "conflict",
    });
  });

  test("is asked for once, by however many processes", async () => {
    const processes = [gateway.context, gateway.secondProcess(), gateway.secondProcess()];
    await Promise.all(processes.map((each) => runDuePayments(each)));
    expect(await payments(statement_id)).toHaveLength(1);
    const asked = await gateway.context.db.query("select 1 from audit where action = 'payment.pending'");
    expect(asked).toHaveLength(1);
  });

  test("that fails raises an alert, denies no launch, and can be asked for again", async () => {
    await fail();
    expect(await state()).toBe("failed");
    expect(await alerts()).toMatchObject([
      { type: "payment.failed", data: { amount_minor: 500, statement_id, reason: "card_declined" } },
    ]);
    expect((await gateway.launch(license, { who: "ana" })).code).toBeNull();
    await requestPayment(gateway.context, BY, license.account_id, statement_id);
    expect(await last()).toMatchObject({ attempt: 2, state: "requested", failure: null, reference: null });
    await expect(requestPayment(gateway.context, BY, license.account_id, statement_id)).rejects.toMatchObject(
      { code: "conflict" },
    );
    await runDuePayments(gateway.context);
    expect(await state()).toBe("pending");
  });

  test("that failed can be paid by other means", async () => {
    await fail();
    await markPaid(gateway.context, BY, license.account_id, statement_id, "bank 78");
    expect(await payments(statement_id)).toMatchObject([
      { attempt: 1, state: "failed" },
      { attempt: 2, state: "paid", adapter: "manual_invoice", reference: "bank 78" },
    ]);
  });

  test("stays paid whatever is told later, and told twice is told once", async () => {
    const paid = { state: "paid", reference: "two" } as const;
    await recordPayment(gateway.context, BY, await last(), paid, "card");
    await recordPayment(gateway.context, BY, await last(), paid, "card");
    await fail();
    expect(await payments(statement_id)).toMatchObject([{ state: "paid", reference: "two" }]);
    expect(await alerts()).toEqual([]);
  });

  test("paid after all, once another attempt had begun, is left to people", async () => {
    await fail();
    const failed = await last();
    await requestPayment(gateway.context, BY, license.account_id, statement_id);
    await recordPayment(gateway.context, BY, failed, { state: "paid", reference: "late" }, "card");
    expect(await payments(statement_id)).toMatchObject([{ state: "failed" }, { state: "requested" }]);
    expect(gateway.logged).toContainEqual(expect.objectContaining({ level: "error", payment: failed.id }));
  });
});
