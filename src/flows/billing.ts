/** When an account's periods begin and end, and its deposit: a ledger of its own (RULES §5). */
import { Fault } from "../core/faults.ts";
import { showMoney } from "../core/money.ts";
import { periodAfter, periodAt } from "../core/statement.ts";
import { addSeconds } from "../core/time.ts";
import type { Account } from "../store/accounts.ts";
import {
  type Billing,
  type DepositLine,
  findBilling,
  findDepositLine,
  findLastFilled,
  findLastTopUp,
  findUnbegun,
  insertBilling,
  insertDepositLine,
  lockBilling,
  sumDeposit,
  sumUnbilled,
  updateBilling,
} from "../store/billing.ts";
import type { Sql } from "../store/db.ts";
import { requireAccount } from "./accounts.ts";
import { alertDepositLow } from "./alerts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

/** Calendar months, unless said otherwise. */
const USUAL_DAY = 1;
const ACCOUNTS_AT_ONCE = 500;

type Newcomer = Pick<Account, "id" | "created_at">;

/** An account's first period is the one that it was made in. */
function firstOf({ id, created_at }: Newcomer): Billing {
  const period = periodAt(created_at, USUAL_DAY);
  return { account_id: id, day: USUAL_DAY, ...period, first_unbilled: 1, deposit_low_mark_minor: null };
}

function beginFirst(sql: Sql, account: Newcomer): Promise<void> {
  return insertBilling(sql, firstOf(account));
}

/** Of accounts that have none yet. */
export async function beginPeriods({ db }: Pick<Context, "db">): Promise<void> {
  for (;;) {
    const accounts = await findUnbegun(db, ACCOUNTS_AT_ONCE);
    for (const account of accounts) await beginFirst(db, account);
    if (accounts.length < ACCOUNTS_AT_ONCE) return;
  }
}

/** Held until the transaction ends: nobody else closes the period or moves the deposit. */
export async function holdBilling(sql: Sql, account: Account): Promise<Billing> {
  await beginFirst(sql, account);
  const billing = await lockBilling(sql, account.id);
  if (!billing) throw new Error(`Account ${account.id} has no period`);
  return billing;
}

export interface BillingView extends Billing {
  readonly currency: string;
  /** Charges and corrections that are on no statement yet. */
  readonly unbilled_minor: number;
  readonly balance_minor: number;
  /** Below this the deposit is low. */
  readonly low_mark_minor: number;
}

/** How it stands now: a look at what the next statement will hold. */
export async function viewBilling({ db }: Context, accountId: string): Promise<BillingView> {
  const account = await requireAccount(db, accountId);
  return viewOf(db, account, (await findBilling(db, accountId)) ?? firstOf(account));
}

async function viewOf(sql: Sql, { id, currency }: Account, billing: Billing): Promise<BillingView> {
  return {
    ...billing,
    currency,
    unbilled_minor: await sumUnbilled(sql, billing),
    balance_minor: await sumDeposit(sql, id),
    low_mark_minor: await lowMark(sql, billing),
  };
}

export type BillingChange = Partial<Pick<Billing, "day" | "deposit_low_mark_minor">>;

/**
 * The period that is open ends on the new day; the one after leaves no gap.
 * @param check Looks at the billing before it changes, while nobody else can change it.
 */
export function changeBilling(
  context: Context,
  by: By,
  accountId: string,
  { day, deposit_low_mark_minor }: { [Key in keyof BillingChange]: BillingChange[Key] | undefined },
  check?: (current: BillingView) => void,
): Promise<BillingView> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const account = await requireAccount(sql, accountId);
    const current = await holdBilling(sql, account);
    check?.(await viewOf(sql, account, current));
    const moved = day === undefined || day === current.day ? current : withDay(current, day, at);
    const mark =
      deposit_low_mark_minor === undefined ? current.deposit_low_mark_minor : deposit_low_mark_minor;
    const changed: Billing = { ...moved, deposit_low_mark_minor: mark };
    await updateBilling(sql, changed);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "billing.change",
      subject: ["account", accountId],
      before: { day: current.day, deposit_low_mark_minor: current.deposit_low_mark_minor },
      after: { day: changed.day, deposit_low_mark_minor: mark },
    });
    return viewOf(sql, account, changed);
  });
}

/** @throws Fault `conflict`: a period that has ended is closed first. */
function withDay(current: Billing, day: number, at: Date): Billing {
  if (current.period_ends_at <= at)
    throw new Fault("conflict", "day: a period has ended and is not closed yet; close it first.");
  // As if the period began where the last one ended, on the new day.
  const { period_ends_at } = periodAfter({ ...current, period_ends_at: current.period_starts_at }, day);
  const isPast = period_ends_at <= at;
  return {
    ...current,
    day,
    period_ends_at: isPast ? periodAt(at, day).period_ends_at : period_ends_at,
  };
}

export interface DepositMove {
  readonly account_id: string;
  readonly type: "top_up" | "refund";
  /** More than zero. */
  readonly amount_minor: number;
  readonly reference: string;
}

/** @throws Fault `conflict`: a refund of more than there is. */
export function moveDeposit(context: Context, by: By, move: DepositMove): Promise<DepositLine> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const account = await requireAccount(sql, move.account_id);
    const billing = await holdBilling(sql, account);
    const balance = await sumDeposit(sql, account.id);
    if (move.type === "refund" && move.amount_minor > balance) {
      const left = showMoney({ amount_minor: balance, currency: account.currency });
      throw new Fault("conflict", `amount_minor: the deposit holds ${left}; expected no more than that.`);
    }
    const line: DepositLine = {
      account_id: account.id,
      id: context.deps.newId(),
      type: move.type,
      amount_minor: move.type === "refund" ? -move.amount_minor : move.amount_minor,
      currency: account.currency,
      statement_id: null,
      reference: move.reference,
      made_at: at,
      made_by: by.actor,
    };
    await addDepositLine(context, sql, billing, line);
    await writeAudit(context, sql, by, at, {
      account_id: account.id,
      action: `deposit.${move.type}`,
      subject: ["deposit_line", line.id],
      before: { balance_minor: balance },
      after: { balance_minor: balance + line.amount_minor, reference: line.reference },
    });
    return line;
  });
}

/** Whoever holds the account's billing adds to its deposit; where that leaves it low, an alert is raised. */
export async function addDepositLine(
  context: Context,
  sql: Sql,
  billing: Billing,
  line: DepositLine,
): Promise<void> {
  await insertDepositLine(sql, line);
  if (line.amount_minor > 0) return;
  const balance_minor = await sumDeposit(sql, line.account_id);
  const low_mark_minor = await lowMark(sql, billing);
  // Of nothing, nothing is left: then it is low whatever its mark.
  const least = Math.max(low_mark_minor, 1);
  if (balance_minor >= least) return;
  const dip = await findLastFilled(sql, line.account_id, least);
  const { account_id, currency } = line;
  await alertDepositLow(context, sql, line.made_at, {
    account_id,
    dip,
    balance_minor,
    low_mark_minor,
    currency,
  });
}

const TOP_UP_PARTS = 5;

async function lowMark(sql: Sql, { account_id, deposit_low_mark_minor }: Billing): Promise<number> {
  if (deposit_low_mark_minor !== null) return deposit_low_mark_minor;
  return Math.floor(((await findLastTopUp(sql, account_id))?.amount_minor ?? 0) / TOP_UP_PARTS);
}

/** @throws Fault `not_found`. */
export async function requireDepositLine(sql: Sql, accountId: string, lineId: string): Promise<DepositLine> {
  const line = await findDepositLine(sql, accountId, lineId);
  if (!line)
    throw new Fault("not_found", `line: found none with the id ${lineId} in this account's deposit.`);
  return line;
}

/** Lines are made by flows that read the clock before the period's end and commit after it: a while later all of them have. */
const SETTLED_SECONDS = 5 * 60;

/** Periods that ended by then are closed by themselves. */
export function closedBy(at: Date): Date {
  return addSeconds(at, -SETTLED_SECONDS);
}
