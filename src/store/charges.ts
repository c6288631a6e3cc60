/** The ledger: charges, and corrections of charges. Append-only (DESIGN §9.7). */
import { LOCKED, type Sql } from "./db.ts";
import { type Page, readPage } from "./listing/page.ts";

export interface Charge {
  readonly account_id: string;
  readonly id: string;
  readonly license_id: string;
  readonly course_id: string | null;
  readonly learner_id: string | null;
  readonly seat_id: string | null;
  /** What it is for, as `seat`; `correction`. */
  readonly reason: string;
  readonly launch_id: string | null;
  /** Which rule made it: `launches`, `open_time`, `at_once`; of a correction, `credited`. */
  readonly rule: string;
  /** For how long the launch had been open, as the beat that made the charge had it; null: no beat made it. */
  readonly open_seconds: number | null;
  readonly price_id: string | null;
  readonly amount_minor: number;
  readonly currency: string;
  readonly corrects_charge_id: string | null;
  readonly made_at: Date;
}

export const CHARGE = `charge.account_id, charge.id, charge.license_id, charge.course_id, charge.learner_id, charge.seat_id,
  charge.reason, charge.launch_id, charge.rule, charge.open_seconds, charge.price_id, charge.amount_minor, charge.currency,
  charge.corrects_charge_id, charge.made_at`;

export async function insertCharge(sql: Sql, charge: Charge): Promise<void> {
  await sql.query(
    `insert into charge (account_id, id, license_id, course_id, learner_id, seat_id, reason, launch_id, rule, open_seconds,
       price_id, amount_minor, currency, corrects_charge_id, made_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      charge.account_id,
      charge.id,
      charge.license_id,
      charge.course_id,
      charge.learner_id,
      charge.seat_id,
      charge.reason,
      charge.launch_id,
      charge.rule,
      charge.open_seconds,
      charge.price_id,
      charge.amount_minor,
      charge.currency,
      charge.corrects_charge_id,
      charge.made_at,
    ],
  );
}

export async function lockCharge(sql: Sql, accountId: string, id: string): Promise<Charge | undefined> {
  return (
    await sql.query<Charge>(`select ${CHARGE} from charge where account_id = $1 and id = $2 ${LOCKED}`, [
      accountId,
      id,
    ])
  )[0];
}

/** What has been credited of a charge so far: zero or more. */
export async function sumCredited(sql: Sql, accountId: string, chargeId: string): Promise<number> {
  const [row] = await sql.query<{ credited_minor: number }>(
    `select coalesce(-sum(amount_minor), 0)::bigint as credited_minor from charge
     where account_id = $1 and corrects_charge_id = $2`,
    [accountId, chargeId],
  );
  return row?.credited_minor ?? 0;
}

/** With its place in the chain, and where it is billed: all null as long as it has none. */
export interface ListedCharge extends Charge {
  readonly sequence: number | null;
  readonly hash: string | null;
  readonly statement_id: string | null;
  /** By its corrections so far. */
  readonly credited_minor: number;
}

export interface ChargeFilter {
  readonly license_id?: string | undefined;
  readonly learner_id?: string | undefined;
  readonly corrects_charge_id?: string | undefined;
  /** From this instant on, and before that one. */
  readonly from?: Date | undefined;
  readonly until?: Date | undefined;
}

const LISTED = `select ${CHARGE}, charge_seal.sequence, encode(charge_seal.hash, 'hex') as hash, statement_line.statement_id,
    (select coalesce(-sum(correction.amount_minor), 0)::bigint from charge as correction
      where correction.account_id = charge.account_id and correction.corrects_charge_id = charge.id) as credited_minor
  from charge
  left join charge_seal on charge_seal.account_id = charge.account_id and charge_seal.charge_id = charge.id
  left join statement_line on statement_line.account_id = charge.account_id and statement_line.charge_id = charge.id`;

export async function findCharge(sql: Sql, accountId: string, id: string): Promise<ListedCharge | undefined> {
  const where = "where charge.account_id = $1 and charge.id = $2";
  return (await sql.query<ListedCharge>(`${LISTED} ${where}`, [accountId, id]))[0];
}

export function pageOfCharges(
  sql: Sql,
  accountId: string,
  filter: ChargeFilter,
  page: Page,
): Promise<ListedCharge[]> {
  return readPage<ListedCharge>(
    sql,
    {
      select: LISTED,
      account_id: accountId,
      where: [
        ["charge.license_id = ?", filter.license_id],
        ["charge.learner_id = ?", filter.learner_id],
        ["charge.corrects_charge_id = ?", filter.corrects_charge_id],
        ["charge.made_at >= ?", filter.from],
        ["charge.made_at < ?", filter.until],
      ],
      table: "charge",
      by: "made_at",
    },
    page,
  );
}
