/** The open period of each account, and its deposit. Whoever closes the one, or moves the other, holds the account's row. */
import type { BillingPeriod } from "../core/statement.ts";
import type { Sql } from "./db.ts";
import { type Page, readPage } from "./listing/page.ts";

export interface Billing extends BillingPeriod {
  readonly account_id: string;
  /** Of the month: periods begin on it, at 00:00 UTC. */
  readonly day: number;
  /** Every charge before this place of the chain is on a statement. */
  readonly first_unbilled: number;
  /** Null: a fifth of the last top-up. */
  readonly deposit_low_mark_minor: number | null;
}

const BILLING = "account_id, day, period_starts_at, period_ends_at, first_unbilled, deposit_low_mark_minor";

/** Accounts whose first period was not begun yet. */
export function findUnbegun(
  sql: Sql,
  most: number,
): Promise<{ readonly id: string; readonly created_at: Date }[]> {
  return sql.query(
    `select id, created_at from account where not exists (select from billing where account_id = account.id)
     order by id limit $1`,
    [most],
  );
}

/** Once: another is left as it is. */
export async function insertBilling(
  sql: Sql,
  { account_id, day, period_starts_at, period_ends_at }: BillingPeriod & Pick<Billing, "account_id" | "day">,
): Promise<void> {
  await sql.query(
    `insert into billing (account_id, day, period_starts_at, period_ends_at) values ($1, $2, $3, $4)
     on conflict (account_id) do nothing`,
    [account_id, day, period_starts_at, period_ends_at],
  );
}

export async function findBilling(sql: Sql, accountId: string): Promise<Billing | undefined> {
  return (await sql.query<Billing>(`select ${BILLING} from billing where account_id = $1`, [accountId]))[0];
}

/** Held until the transaction ends. */
export async function lockBilling(sql: Sql, accountId: string): Promise<Billing | undefined> {
  return (
    await sql.query<Billing>(`select ${BILLING} from billing where account_id = $1 for no key update`, [
      accountId,
    ])
  )[0];
}

/** Whose period ended before or at that time, the oldest first. @param after Page by page, by the id of the account. */
export async function findDueAccounts(
  sql: Sql,
  endedBy: Date,
  after: string | null,
  most: number,
): Promise<string[]> {
  const rows = await sql.query<{ account_id: string }>(
    `select account_id from billing where period_ends_at <= $1 and ($2::uuid is null or account_id > $2)
     order by account_id limit $3`,
    [endedBy, after, most],
  );
  return rows.map(({ account_id }) => account_id);
}

export async function updateBilling(sql: Sql, billing: Billing): Promise<void> {
  await sql.query(
    `update billing set day = $2, period_starts_at = $3, period_ends_at = $4, first_unbilled = $5,
       deposit_low_mark_minor = $6
     where account_id = $1`,
    [
      billing.account_id,
      billing.day,
      billing.period_starts_at,
      billing.period_ends_at,
      billing.first_unbilled,
      billing.deposit_low_mark_minor,
    ],
  );
}

export const DEPOSIT_LINE_TYPES = ["top_up", "draw", "refund", "credit"] as const;

export interface DepositLine {
  readonly account_id: string;
  readonly id: string;
  /** `draw` and `credit` settle a statement. */
  readonly type: (typeof DEPOSIT_LINE_TYPES)[number];
  /** Below zero: out of the deposit. */
  readonly amount_minor: number;
  readonly currency: string;
  readonly statement_id: string | null;
  /** How the money came or went, in the vendor's own books. */
  readonly reference: string;
  readonly made_at: Date;
  readonly made_by: string;
}

const DEPOSIT_LINE =
  "account_id, id, type, amount_minor, currency, statement_id, reference, made_at, made_by";

export async function insertDepositLine(sql: Sql, line: DepositLine): Promise<void> {
  await sql.query(`insert into deposit_line (${DEPOSIT_LINE}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
    line.account_id,
    line.id,
    line.type,
    line.amount_minor,
    line.currency,
    line.statement_id,
    line.reference,
    line.made_at,
    line.made_by,
  ]);
}

/** The balance is the sum of the lines (RULES §5). */
export async function sumDeposit(sql: Sql, accountId: string): Promise<number> {
  const [row] = await sql.query<{ balance_minor: number }>(
    "select coalesce(sum(amount_minor), 0)::bigint as balance_minor from deposit_line where account_id = $1",
    [accountId],
  );
  return row?.balance_minor ?? 0;
}

export async function findLastTopUp(sql: Sql, accountId: string): Promise<DepositLine | undefined> {
  return (
    await sql.query<DepositLine>(
      `select ${DEPOSIT_LINE} from deposit_line where account_id = $1 and type = 'top_up' order by id desc limit 1`,
      [accountId],
    )
  )[0];
}

/** What a deposit with lines has fallen from: the last one that filled it up to the mark, or the first where none ever did. */
export async function findLastFilled(sql: Sql, accountId: string, markMinor: number): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    `select id from (
       select id, type, sum(amount_minor) over (order by id) as balance_minor from deposit_line where account_id = $1) as line
     order by case when type in ('top_up', 'credit') and balance_minor >= $2 then id end desc nulls last, id limit 1`,
    [accountId, markMinor],
  );
  if (!row) throw new Error(`The deposit of account ${accountId} has no line`);
  return row.id;
}

export async function findDepositLine(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<DepositLine | undefined> {
  const where = "where account_id = $1 and id = $2";
  return (
    await sql.query<DepositLine>(`select ${DEPOSIT_LINE} from deposit_line ${where}`, [accountId, id])
  )[0];
}

export function pageOfDepositLines(
  sql: Sql,
  accountId: string,
  filter: { readonly type?: DepositLine["type"] | undefined },
  page: Page,
): Promise<DepositLine[]> {
  return readPage<DepositLine>(
    sql,
    {
      select: `select ${DEPOSIT_LINE} from deposit_line`,
      account_id: accountId,
      where: [["type = ?", filter.type]],
      table: "deposit_line",
    },
    page,
  );
}

/** What is charged and corrected and on no statement yet: also what is not sealed yet. */
export async function sumUnbilled(
  sql: Sql,
  { account_id, first_unbilled }: Pick<Billing, "account_id" | "first_unbilled">,
): Promise<number> {
  const [row] = await sql.query<{ unbilled_minor: number }>(
    `select coalesce(sum(amount_minor), 0)::bigint as unbilled_minor from (
       select charge.amount_minor from charge_seal
       join charge on charge.account_id = charge_seal.account_id and charge.id = charge_seal.charge_id
       where charge_seal.account_id = $1 and charge_seal.sequence >= $2 and not exists (select from statement_line
         where statement_line.account_id = $1 and statement_line.charge_id = charge_seal.charge_id)
       union all
       select charge.amount_minor from charge
       where charge.account_id = $1
         and charge.written_in >= coalesce((select written_before from ledger_horizon), '0')
         and not exists (select from charge_seal
           where charge_seal.account_id = $1 and charge_seal.charge_id = charge.id)) as unbilled`,
    [account_id, first_unbilled],
  );
  return row?.unbilled_minor ?? 0;
}
