/**
 * Whatever happens, and in which order: ledger, deposit and statements reconcile to the cent, and the same history told again
 * comes to the same figures (RULES §5).
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { moveDeposit, viewBilling } from "../../src/flows/billing.ts";
import { runDueCloses } from "../../src/flows/ledger/closePeriod.ts";
import { creditCharge } from "../../src/flows/ledger/corrections.ts";
import { runDueSeals } from "../../src/flows/ledger/sealCharges.ts";
import { verifyLedger } from "../../src/flows/ledger/verifyLedger.ts";
import { pageOfDepositLines } from "../../src/store/billing.ts";
import { pageOfStatements } from "../../src/store/statements.ts";
import { ALL_ROWS, BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
afterAll(() => gateway.close());

type Event =
  | { readonly does: "charge" | "seal" | "close" | "close twice" | "order" }
  | { readonly does: "wait"; readonly days: number }
  | { readonly does: "credit"; readonly which: number; readonly amount: number | null }
  | { readonly does: "top_up" | "refund"; readonly amount: number };

const amount = fc.integer({ min: 1, max: 1500 });
const simply = (...does: ("charge" | "seal" | "close" | "close twice" | "order")[]): fc.Arbitrary<Event> =>
  fc.record({ does: fc.constantFrom(...does) });
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: simply("charge") },
  { weight: 4, arbitrary: simply("seal", "close", "close twice", "order") },
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 45 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("credit" as const),
      which: fc.nat(),
      amount: fc.option(amount),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ does: fc.constantFrom("top_up" as const, "refund" as const), amount }),
  },
);

let learners = 0;

/** What is refused (a refund of too much, a credit of nothing) is part of a history, too. */
async function happens(license: TestLicense, event: Event): Promise<void> {
  const { context, clock } = gateway;
  const { account_id } = license;
  switch (event.does) {
    case "charge": {
      const who = `learner${learners++}`;
      await gateway.launch(license, { who });
      await gateway.launch(license, { who });
      return;
    }
    case "seal":
      return void (await runDueSeals(context));
    case "close":
      return runDueCloses(context);
    case "close twice":
      return void (await Promise.all([runDueCloses(context), runDueCloses(gateway.secondProcess())]));
    case "order":
      return void (await gateway.volume([1], { account: license, course_id: license.course_id }));
    case "wait":
      return clock.advance({ days: event.days });
    case "credit": {
      const charges = (await gateway.charges(license)).filter(
        ({ corrects_charge_id }) => !corrects_charge_id,
      );
      const charge_id = charges[event.which % charges.length]?.id;
      if (charge_id === undefined) return;
      return orRefused(creditCharge(context, BY, { account_id, charge_id, amount_minor: event.amount }));
    }
    default:
      return orRefused(
        moveDeposit(context, BY, { account_id, type: event.does, amount_minor: event.amount, reference: "" }),
      );
  }
}

async function orRefused(work: Promise<unknown>): Promise<void> {
  await work.catch((error: { code?: string }) => expect(["conflict", "body_invalid"]).toContain(error.code));
}

const sum = <Row>(rows: readonly Row[], of: (row: Row) => number) =>
  rows.reduce((total, row) => total + of(row), 0);

async function expectReconciled(license: TestLicense) {
  const { db } = gateway.context;
  const { account_id } = license;
  const charges = await gateway.charges(license);
  const statements = (await pageOfStatements(db, account_id, ALL_ROWS)).reverse();
  const deposit = await pageOfDepositLines(db, account_id, {}, ALL_ROWS);
  const { unbilled_minor, balance_minor, period_starts_at } = await viewBilling(gateway.context, account_id);

  // What was charged is billed or not billed yet, and what was billed was drawn, credited, or is due.
  const billed = sum(statements, (each) => each.charged_minor + each.corrected_minor);
  expect(billed + unbilled_minor).toBe(sum(charges, (each) => each.amount_minor));
  expect(
    sum(statements, (each) => each.deposit_drawn_minor - each.deposit_credited_minor + each.due_minor),
  ).toBe(billed);
  expect(balance_minor).toBe(sum(deposit, (each) => each.amount_minor));
  expect(balance_minor).toBeGreaterThanOrEqual(0);
  const moved = deposit.filter(({ statement_id }) => statement_id !== null);
  expect(sum(moved, (each) => -each.amount_minor)).toBe(
    sum(statements, (each) => each.deposit_drawn_minor - each.deposit_credited_minor),
  );
  const asked = await db.query<{ amount_minor: number }>("select amount_minor from payment");
  expect(sum(asked, (each) => each.amount_minor)).toBe(sum(statements, (each) => each.due_minor));

  // Each line is on the statement of its period: the first that ended after it.
  const ends = new Map(statements.map((each) => [each.id, each] as const));
  for (const { statement_id, made_at } of charges) {
    const on = statement_id === null ? undefined : ends.get(statement_id);
    if (on) expect(made_at >= on.period_starts_at && made_at < on.period_ends_at).toBe(true);
    else expect(made_at >= period_starts_at).toBe(true);
  }
  statements.slice(1).forEach((each, index) => {
    expect(each.period_starts_at).toEqual(statements[index]?.period_ends_at);
    expect(each.deposit_before_minor).toBeGreaterThanOrEqual(0);
  });

  await runDueSeals(gateway.context);
  expect(await verifyLedger(gateway.context, account_id, 0, 1_000_000)).toMatchObject({
    checked: charges.length,
    unsealed: 0,
    broken: null,
  });
  return { billed, unbilled_minor, balance_minor, statements: statements.map(figuresOf) };
}

function figuresOf(statement: object): object {
  const {
    id: _id,
    account_id: _account,
    sealed_hash: _hash,
    ...figures
  } = statement as Record<string, unknown>;
  return figures;
}

async function tell(history: readonly Event[]) {
  await gateway.empty();
  const license = await gateway.payPerUse();
  for (const event of history) await happens(license, event);
  return expectReconciled(license);
}

test("ledger, deposit and statements reconcile, and a history told again comes to the same", async () => {
  const history = fc.array(event, { minLength: 3, maxLength: 25 });
  await fc.assert(
    fc.asyncProperty(history, async (events) => {
      const once = await tell(events);
      expect(await tell(events)).toEqual(once);
    }),
    { numRuns: 12 },
  );
}, 120_000);
