/** Statements and their lines, as they are made and as they are read. Append-only. */
import type { Portion } from "../core/licensing/proration.ts";
import type {
  BillingPeriod,
  ChargeLine,
  OrderLine,
  PaymentState,
  StatementLine,
  StatementView,
} from "../core/statement.ts";
import type { Sql } from "./db.ts";
import { type Page, readPage } from "./listing/page.ts";

/** What a period takes: known before it is written, and the same when it is. */
export interface Takings {
  readonly order_line_ids: readonly string[];
  readonly ordered_minor: number;
  readonly charges: number;
  readonly charged_minor: number;
  readonly corrected_minor: number;
  /** From here on there are charges that are on no statement; null: there are none. */
  readonly next_unbilled: number | null;
}

/** Of sealed charges: those of the chain from a place up to another that were made before the period's end. */
export interface ChainPart extends Pick<BillingPeriod, "period_ends_at"> {
  readonly account_id: string;
  readonly first_sequence: number;
  readonly last_sequence: number;
}

const UNBILLED_CHARGES = `from charge_seal
  join charge on charge.account_id = charge_seal.account_id and charge.id = charge_seal.charge_id
  where charge_seal.account_id = $1 and charge_seal.sequence between $2 and $3 and charge.made_at < $4
    and not exists (select from statement_line
      where statement_line.account_id = $1 and statement_line.charge_id = charge.id)`;

const partParameters = ({ account_id, first_sequence, last_sequence, period_ends_at }: ChainPart) => [
  account_id,
  first_sequence,
  last_sequence,
  period_ends_at,
];

/** Every line before the period's end that is on no statement yet (RULES §5). The chain is held, so no charge is added to it. */
export async function findTakings(sql: Sql, part: ChainPart): Promise<Takings> {
  const orderLines = await sql.query<{ id: string; amount_minor: number }>(
    `select order_line.id, order_line.amount_minor from order_line
     join purchase_order on purchase_order.account_id = order_line.account_id and purchase_order.id = order_line.order_id
     where order_line.account_id = $1 and purchase_order.ordered_at < $2 and not exists (select from statement_line
       where statement_line.account_id = $1 and statement_line.order_line_id = order_line.id)
     order by purchase_order.ordered_at, purchase_order.number, order_line.position`,
    [part.account_id, part.period_ends_at],
  );
  const [charges] = await sql.query<Pick<Takings, "charges" | "charged_minor" | "corrected_minor">>(
    `select count(*) as charges,
       coalesce(sum(charge.amount_minor) filter (where charge.corrects_charge_id is null), 0)::bigint as charged_minor,
       coalesce(sum(charge.amount_minor) filter (where charge.corrects_charge_id is not null), 0)::bigint as corrected_minor
     ${UNBILLED_CHARGES}`,
    partParameters(part),
  );
  const [left] = await sql.query<{ sequence: number | null }>(
    `select min(charge_seal.sequence) as sequence from charge_seal
     join charge on charge.account_id = charge_seal.account_id and charge.id = charge_seal.charge_id
     where charge_seal.account_id = $1 and charge_seal.sequence between $2 and $3 and charge.made_at >= $4`,
    partParameters(part),
  );
  return {
    order_line_ids: orderLines.map(({ id }) => id),
    ordered_minor: orderLines.reduce((sum, { amount_minor }) => sum + amount_minor, 0),
    charges: charges?.charges ?? 0,
    charged_minor: charges?.charged_minor ?? 0,
    corrected_minor: charges?.corrected_minor ?? 0,
    next_unbilled: left?.sequence ?? null,
  };
}

export type StoredStatement = Omit<StatementView, "state">;

export async function nextNumber(sql: Sql, accountId: string): Promise<number> {
  const [row] = await sql.query<{ number: number }>(
    "select coalesce(max(number), 0) + 1 as number from statement where account_id = $1",
    [accountId],
  );
  return row?.number ?? 1;
}

export async function insertStatement(sql: Sql, statement: StoredStatement): Promise<void> {
  await sql.query(
    `insert into statement (account_id, id, number, account_name, period_starts_at, period_ends_at, currency, lines,
       ordered_minor, charged_minor, corrected_minor, deposit_drawn_minor, deposit_credited_minor, due_minor,
       deposit_before_minor, deposit_after_minor, sealed_sequence, sealed_hash, closed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, decode($18, 'hex'), $19)`,
    [
      statement.account_id,
      statement.id,
      statement.number,
      statement.account_name,
      statement.period_starts_at,
      statement.period_ends_at,
      statement.currency,
      statement.lines,
      statement.ordered_minor,
      statement.charged_minor,
      statement.corrected_minor,
      statement.deposit_drawn_minor,
      statement.deposit_credited_minor,
      statement.due_minor,
      statement.deposit_before_minor,
      statement.deposit_after_minor,
      statement.sealed_sequence,
      statement.sealed_hash,
      statement.closed_at,
    ],
  );
}

/** Orders first, then charges, each in the order that they were made in. @returns How many lines there are. */
export async function insertLines(
  sql: Sql,
  statementId: string,
  part: ChainPart,
  orderLineIds: readonly string[],
): Promise<number> {
  await sql.query(
    `insert into statement_line (account_id, statement_id, position, type, order_line_id, amount_minor, title)
     select order_line.account_id, $2, taken.position, 'order', order_line.id, order_line.amount_minor,
       coalesce(course.title, bundle.name)
     from unnest($3::uuid[]) with ordinality as taken (id, position)
     join order_line on order_line.account_id = $1 and order_line.id = taken.id
     left join course on course.id = order_line.course_id
     left join bundle on bundle.id = order_line.bundle_id`,
    [part.account_id, statementId, orderLineIds],
  );
  let lines = orderLineIds.length;
  for (let from = part.first_sequence; from <= part.last_sequence; from += LINES_AT_ONCE) {
    const last_sequence = Math.min(from + LINES_AT_ONCE - 1, part.last_sequence);
    lines += await insertChargeLines(
      sql,
      statementId,
      { ...part, first_sequence: from, last_sequence },
      lines,
    );
  }
  return lines;
}

/** However many there are, no statement takes longer than one may. */
const LINES_AT_ONCE = 20_000;

/** @param before How many lines stand before them. @returns How many they are. */
async function insertChargeLines(
  sql: Sql,
  statementId: string,
  part: ChainPart,
  before: number,
): Promise<number> {
  const [row] = await sql.query<{ lines: number }>(
    `with billed as (
       insert into statement_line (account_id, statement_id, position, type, charge_id, amount_minor, title)
       select account_id, $5, $6 + row_number() over (order by sequence), type, id, amount_minor,
         coalesce((select title from course where course.id = taken.course_id),
           (select bundle.name from license join bundle on bundle.id = license.bundle_id
             where license.account_id = $1 and license.id = taken.license_id))
       from (select charge.account_id, charge_seal.sequence, charge.id, charge.amount_minor, charge.course_id,
           charge.license_id,
           case when charge.corrects_charge_id is null then 'charge' else 'correction' end as type
         ${UNBILLED_CHARGES}) as taken
       returning 1)
     select count(*) as lines from billed`,
    [...partParameters(part), statementId, before],
  );
  return row?.lines ?? 0;
}

const STATEMENT = `select statement.account_id, statement.id, statement.number, statement.account_name,
    statement.period_starts_at, statement.period_ends_at, statement.currency, statement.lines, statement.ordered_minor,
    statement.charged_minor, statement.corrected_minor, statement.deposit_drawn_minor, statement.deposit_credited_minor,
    statement.due_minor, statement.deposit_before_minor, statement.deposit_after_minor, statement.sealed_sequence,
    encode(statement.sealed_hash, 'hex') as sealed_hash, statement.closed_at,
    (select payment.state from payment where payment.account_id = statement.account_id
      and payment.statement_id = statement.id order by payment.attempt desc limit 1) as payment_state
  from statement`;

export interface ListedStatement extends StoredStatement {
  /** Of the last attempt; null: there was none. */
  readonly payment_state: PaymentState | null;
}

export async function findStatement(
  sql: Sql,
  accountId: string,
  id: string,
): Promise<ListedStatement | undefined> {
  const where = "where statement.account_id = $1 and statement.id = $2";
  return (await sql.query<ListedStatement>(`${STATEMENT} ${where}`, [accountId, id]))[0];
}

/** Of the period that begins then. */
export async function findStatementOf(
  sql: Sql,
  accountId: string,
  periodStartsAt: Date,
): Promise<ListedStatement | undefined> {
  const where = "where statement.account_id = $1 and statement.period_starts_at = $2";
  return (await sql.query<ListedStatement>(`${STATEMENT} ${where}`, [accountId, periodStartsAt]))[0];
}

export async function findNewestStatement(sql: Sql, accountId: string): Promise<ListedStatement | undefined> {
  const where = "where statement.account_id = $1 order by statement.number desc limit 1";
  return (await sql.query<ListedStatement>(`${STATEMENT} ${where}`, [accountId]))[0];
}

export function pageOfStatements(sql: Sql, accountId: string, page: Page): Promise<ListedStatement[]> {
  return readPage<ListedStatement>(
    sql,
    { select: STATEMENT, account_id: accountId, where: [], table: "statement" },
    page,
  );
}

/** One row for both types; each has what the other lacks as null. */
interface LineRow
  extends Omit<OrderLine, "type" | "order_id" | "order_number" | "discount_basis_points" | "portion">,
    Omit<ChargeLine, "type" | "sequence" | "hash" | "reason" | "rule"> {
  readonly type: StatementLine["type"];
  readonly order_id: string | null;
  readonly order_number: number | null;
  readonly discount_basis_points: number | null;
  readonly portion: Portion | null;
  readonly sequence: number | null;
  readonly hash: string | null;
  readonly reason: string | null;
  readonly rule: string | null;
}

const LINE = `select coalesce(line.charge_id, line.order_line_id) as id, line.position, line.type, line.amount_minor,
    line.title, coalesce(charge.made_at, purchase_order.ordered_at) as made_at,
    license.id as license_id, license.short_id as license_short_id, license.kind,
    coalesce(charge.course_id, order_line.course_id) as course_id, coalesce(order_line.quantity, 1) as quantity,
    coalesce(order_line.unit_amount_minor, charge.amount_minor) as unit_amount_minor,
    coalesce(charge.price_id, order_line.price_id) as price_id, order_line.order_id,
    purchase_order.number as order_number, order_line.discount_basis_points,
    case when order_line.id is not null then jsonb_build_object('numerator', order_line.portion_numerator,
      'denominator', order_line.portion_denominator) end as portion, charge.reason, charge.rule, charge.launch_id, charge.seat_id,
    charge.learner_id, charge.corrects_charge_id, charge_seal.sequence, encode(charge_seal.hash, 'hex') as hash
  from statement_line as line
  left join charge on charge.account_id = line.account_id and charge.id = line.charge_id
  left join charge_seal on charge_seal.account_id = line.account_id and charge_seal.charge_id = line.charge_id
  left join order_line on order_line.account_id = line.account_id and order_line.id = line.order_line_id
  left join purchase_order on purchase_order.account_id = line.account_id and purchase_order.id = order_line.order_id
  join license on license.account_id = line.account_id
    and license.id = coalesce(charge.license_id, order_line.license_id)`;

/** As they stand on the statement, after that position. */
export async function pageOfLines(
  sql: Sql,
  accountId: string,
  statementId: string,
  after: number,
  most: number,
): Promise<StatementLine[]> {
  const rows = await sql.query<LineRow>(
    `${LINE} where line.account_id = $1 and line.statement_id = $2 and line.position > $3
     order by line.position limit $4`,
    [accountId, statementId, after, most],
  );
  return rows.map(lineOf);
}

/** @param id Of the charge or the order's line. */
export async function findLine(
  sql: Sql,
  accountId: string,
  statementId: string,
  id: string,
): Promise<StatementLine | undefined> {
  const [row] = await sql.query<LineRow>(
    `${LINE} where line.account_id = $1 and line.statement_id = $2 and (line.charge_id = $3 or line.order_line_id = $3)`,
    [accountId, statementId, id],
  );
  return row && lineOf(row);
}

/** The position of a line; 0 where there is none of that id. */
export async function findPosition(
  sql: Sql,
  accountId: string,
  statementId: string,
  id: string,
): Promise<number> {
  const [row] = await sql.query<{ position: number }>(
    `select position from statement_line
     where account_id = $1 and statement_id = $2 and (charge_id = $3 or order_line_id = $3)`,
    [accountId, statementId, id],
  );
  return row?.position ?? 0;
}

function lineOf(row: LineRow): StatementLine {
  const { order_id, order_number, discount_basis_points, portion, sequence, hash, reason, rule, ...rest } =
    row;
  const { launch_id, seat_id, learner_id, corrects_charge_id, type, ...shared } = rest;
  if (type === "order") {
    if (order_id === null || order_number === null || discount_basis_points === null || portion === null)
      throw new Error(`Line ${row.id} has no order`);
    return { ...shared, type, order_id, order_number, discount_basis_points, portion };
  }
  if (sequence === null || hash === null || reason === null || rule === null)
    throw new Error(`Line ${row.id} has no sealed charge`);
  return {
    ...shared,
    type,
    reason,
    rule,
    launch_id,
    seat_id,
    learner_id,
    corrects_charge_id,
    sequence,
    hash,
  };
}

/** What is wrong with an account's statements: their sums, their lines, the seals that they rest on. None, unless tampered with. */
export async function findBrokenStatements(sql: Sql, accountId: string, most: number): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select statement.id from statement
     left join charge_seal on charge_seal.account_id = statement.account_id
       and charge_seal.sequence = statement.sealed_sequence
     cross join lateral (
       select count(*) as lines,
         coalesce(sum(line.amount_minor) filter (where line.type = 'order'), 0) as ordered_minor,
         coalesce(sum(line.amount_minor) filter (where line.type = 'charge'), 0) as charged_minor,
         coalesce(sum(line.amount_minor) filter (where line.type = 'correction'), 0) as corrected_minor,
         count(*) filter (where line.amount_minor is distinct from coalesce(charge.amount_minor, order_line.amount_minor)) as changed
       from statement_line as line
       left join charge on charge.account_id = line.account_id and charge.id = line.charge_id
       left join order_line on order_line.account_id = line.account_id and order_line.id = line.order_line_id
       where line.account_id = statement.account_id and line.statement_id = statement.id) as found
     cross join lateral (
       select coalesce(sum(deposit_line.amount_minor), 0) as moved_minor from deposit_line
       where deposit_line.account_id = statement.account_id and deposit_line.statement_id = statement.id) as deposit
     where statement.account_id = $1
       and ((statement.sealed_sequence > 0 and charge_seal.hash is distinct from statement.sealed_hash)
         or found.changed > 0 or found.lines <> statement.lines or found.ordered_minor <> statement.ordered_minor
         or found.charged_minor <> statement.charged_minor or found.corrected_minor <> statement.corrected_minor
         or deposit.moved_minor <> statement.deposit_credited_minor - statement.deposit_drawn_minor)
     order by statement.number limit $2`,
    [accountId, most],
  );
  return rows.map(({ id }) => id);
}
