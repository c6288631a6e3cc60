/**
 * Closes billing periods (RULES §5): a statement takes every line before the period's end that is on no statement yet. All of
 * it is one transaction, under the account's billing row: whoever comes second finds the period closed, and whoever is killed
 * in the middle leaves it open.
 */
import { Fault, isStoreUnavailable } from "../../core/faults.ts";
import { periodAfter, type StatementView, settle, statementState } from "../../core/statement.ts";
import type { Account } from "../../store/accounts.ts";
import { type Billing, findDueAccounts, sumDeposit, updateBilling } from "../../store/billing.ts";
import type { Sql } from "../../store/db.ts";
import type { ChainEnd } from "../../store/ledger.ts";
import { insertPayment } from "../../store/payments.ts";
import {
  type ChainPart,
  findNewestStatement,
  findStatementOf,
  findTakings,
  insertLines,
  insertStatement,
  type ListedStatement,
  nextNumber,
  type StoredStatement,
  type Takings,
} from "../../store/statements.ts";
import { requireAccount } from "../accounts.ts";
import { type By, writeAudit } from "../audited.ts";
import { addDepositLine, beginPeriods, closedBy, holdBilling } from "../billing.ts";
import type { Context } from "../context.ts";
import { sealAccount } from "./sealCharges.ts";

const BY_ITSELF: By = { actor: "gateway", why: "" };
const ACCOUNTS_AT_ONCE = 100;

/** Closes every period that has ended and settled, of every account. Any number of processes may do it at once. */
export async function runDueCloses(context: Context, stopping?: AbortSignal): Promise<void> {
  await beginPeriods(context);
  const endedBy = closedBy(context.deps.clock.now());
  for (let after: string | null = null; ; ) {
    const accounts: readonly string[] = await findDueAccounts(context.db, endedBy, after, ACCOUNTS_AT_ONCE);
    for (const accountId of accounts) {
      if (stopping?.aborted) return;
      await closeOfAccount(context, accountId, endedBy);
    }
    after = accounts.at(-1) ?? null;
    if (accounts.length < ACCOUNTS_AT_ONCE) return;
  }
}

/** What keeps one account's period open keeps no other's. */
async function closeOfAccount(context: Context, accountId: string, endedBy: Date): Promise<void> {
  try {
    await closeEnded(context, BY_ITSELF, accountId, endedBy);
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    context.deps.log.error("A billing period could not be closed", { account: accountId, error });
  }
}

/** @returns How many were closed. */
async function closeEnded(context: Context, by: By, accountId: string, endedBy: Date): Promise<number> {
  for (let closed = 0; ; closed++)
    if ((await closePeriod(context, by, accountId, endedBy)) === null) return closed;
}

/**
 * Closes what has ended, and gives the statement of a period whether it was closed now or before.
 * @param periodStartsAt Null: of the one that ended last.
 * @throws Fault `conflict`: it has not ended yet. `not_found`: there is none that begins then.
 */
export async function closePeriods(
  context: Context,
  by: By,
  accountId: string,
  periodStartsAt: Date | null,
): Promise<StatementView> {
  await closeEnded(context, by, accountId, context.deps.clock.now());
  const statement = periodStartsAt
    ? await findStatementOf(context.db, accountId, periodStartsAt)
    : await findNewestStatement(context.db, accountId);
  if (statement) return viewStatement(statement);
  if (periodStartsAt === null)
    throw new Fault("conflict", "account_id: no period of this account has ended yet.");
  throw new Fault(
    "not_found",
    `period_starts_at: found no period that begins at ${periodStartsAt.toISOString()} and has ended.`,
  );
}

export function viewStatement({ payment_state, ...statement }: ListedStatement): StatementView {
  return { ...statement, state: statementState(statement.due_minor, payment_state) };
}

/** The period that is open, if it ended by then. @returns Null where it did not. */
export function closePeriod(
  context: Context,
  by: By,
  accountId: string,
  endedBy: Date,
): Promise<StoredStatement | null> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const account = await requireAccount(sql, accountId);
    const billing = await holdBilling(sql, account);
    if (billing.period_ends_at > endedBy) return null;
    // Nothing is billed that is not sealed: what commits from here on goes on the next statement.
    const end = await sealAccount(sql, accountId, at);
    const part = partOf(billing, end);
    const takings = await findTakings(sql, part);
    const statement = await makeStatement(context, sql, { account, billing, end, takings, at });
    const written = await insertLines(sql, statement.id, part, takings.order_line_ids);
    if (written !== statement.lines)
      throw new Error(`Statement ${statement.id} is not what it was summed from`);
    await settleStatement(context, sql, by, billing, statement);
    const first_unbilled = takings.next_unbilled ?? end.sequence + 1;
    await updateBilling(sql, { ...billing, ...periodAfter(billing, billing.day), first_unbilled });
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "period.close",
      subject: ["statement", statement.id],
      before: null,
      after: { number: statement.number, lines: statement.lines, due_minor: statement.due_minor },
    });
    return statement;
  });
}

function partOf({ account_id, first_unbilled, period_ends_at }: Billing, end: ChainEnd): ChainPart {
  return { account_id, first_sequence: first_unbilled, last_sequence: end.sequence, period_ends_at };
}

interface Closing {
  readonly account: Account;
  readonly billing: Billing;
  readonly end: ChainEnd;
  readonly takings: Takings;
  readonly at: Date;
}

async function makeStatement(
  { deps }: Context,
  sql: Sql,
  { account, billing, end, takings, at }: Closing,
): Promise<StoredStatement> {
  const { ordered_minor, charged_minor, corrected_minor } = takings;
  const deposit = await sumDeposit(sql, account.id);
  const settlement = settle(charged_minor + corrected_minor, deposit);
  const statement: StoredStatement = {
    account_id: account.id,
    id: deps.newId(),
    number: await nextNumber(sql, account.id),
    account_name: account.name,
    period_starts_at: billing.period_starts_at,
    period_ends_at: billing.period_ends_at,
    currency: account.currency,
    lines: takings.order_line_ids.length + takings.charges,
    ordered_minor,
    charged_minor,
    corrected_minor,
    ...settlement,
    deposit_before_minor: deposit,
    deposit_after_minor: deposit - settlement.deposit_drawn_minor + settlement.deposit_credited_minor,
    sealed_sequence: end.sequence,
    sealed_hash: end.hash,
    closed_at: at,
  };
  await insertStatement(sql, statement);
  return statement;
}

/** The deposit first, the rest to the payment method: asked for after the commit, so that no adapter holds up a close. */
async function settleStatement(
  context: Context,
  sql: Sql,
  by: By,
  billing: Billing,
  statement: StoredStatement,
): Promise<void> {
  const { account_id, id: statement_id, currency, closed_at } = statement;
  const moved = statement.deposit_credited_minor - statement.deposit_drawn_minor;
  if (moved !== 0)
    await addDepositLine(context, sql, billing, {
      account_id,
      id: context.deps.newId(),
      type: moved < 0 ? "draw" : "credit",
      amount_minor: moved,
      currency,
      statement_id,
      reference: "",
      made_at: closed_at,
      made_by: by.actor,
    });
  if (statement.due_minor > 0)
    await insertPayment(sql, {
      account_id,
      id: context.deps.newId(),
      statement_id,
      attempt: 1,
      amount_minor: statement.due_minor,
      currency,
      state: "requested",
      adapter: null,
      reference: null,
      failure: null,
      requested_at: closed_at,
      ended_at: null,
    });
}
