/** Orders and their lines: append-only; a correction is an order of its own (RULES §5). */
import type { Period } from "../core/licensing/period.ts";
import type { Sql } from "./db.ts";
import { type Page, readPage } from "./listing/page.ts";

export const ORDER_REASONS = ["purchase", "renewal", "correction"] as const;

export type OrderReason = (typeof ORDER_REASONS)[number];

export interface Order {
  readonly account_id: string;
  readonly id: string;
  /** For people: 1, 2, 3 … in each account. */
  readonly number: number;
  readonly reason: OrderReason;
  readonly ordered_at: Date;
  readonly ordered_by: string;
  /** By the account's own people. */
  readonly self_service: boolean;
  readonly amount_minor: number;
  readonly currency: string;
}

export interface OrderLine extends Period {
  readonly account_id: string;
  readonly id: string;
  readonly order_id: string;
  readonly position: number;
  readonly license_id: string;
  readonly kind: string;
  readonly course_id: string | null;
  readonly bundle_id: string | null;
  /** Below zero: taken back. */
  readonly quantity: number;
  readonly price_id: string;
  readonly unit_amount_minor: number;
  /** The tier that the quantity reached; null: none. */
  readonly tier_from_quantity: number | null;
  readonly discount_basis_points: number;
  readonly portion_numerator: number;
  readonly portion_denominator: number;
  readonly amount_minor: number;
  readonly currency: string;
  readonly corrects_line_id: string | null;
}

export interface LineWithLots extends OrderLine {
  readonly lot_ids: readonly string[];
}

const ORDER = "account_id, id, number, reason, ordered_at, ordered_by, self_service, amount_minor, currency";
const LINE =
  "account_id, id, order_id, position, license_id, kind, course_id, bundle_id, quantity, starts_at, ends_at, price_id, unit_amount_minor, tier_from_quantity, discount_basis_points, portion_numerator, portion_denominator, amount_minor, currency, corrects_line_id";

/** The account's row must be locked: its orders are numbered one after the other. */
export async function nextOrderNumber(sql: Sql, accountId: string): Promise<number> {
  const [row] = await sql.query<{ number: number }>(
    "select coalesce(max(number), 0) + 1 as number from purchase_order where account_id = $1",
    [accountId],
  );
  return row?.number ?? 1;
}

export async function insertOrder(sql: Sql, order: Order): Promise<void> {
  await sql.query(`insert into purchase_order (${ORDER}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
    order.account_id,
    order.id,
    order.number,
    order.reason,
    order.ordered_at,
    order.ordered_by,
    order.self_service,
    order.amount_minor,
    order.currency,
  ]);
}

/** The lots must be there. */
export async function insertOrderLine(sql: Sql, line: LineWithLots): Promise<void> {
  await sql.query(
    `insert into order_line (${LINE})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
    [
      line.account_id,
      line.id,
      line.order_id,
      line.position,
      line.license_id,
      line.kind,
      line.course_id,
      line.bundle_id,
      line.quantity,
      line.starts_at,
      line.ends_at,
      line.price_id,
      line.unit_amount_minor,
      line.tier_from_quantity,
      line.discount_basis_points,
      line.portion_numerator,
      line.portion_denominator,
      line.amount_minor,
      line.currency,
      line.corrects_line_id,
    ],
  );
  await sql.query(
    "insert into order_line_lot (account_id, line_id, lot_id) select $1, $2, unnest($3::uuid[])",
    [line.account_id, line.id, line.lot_ids],
  );
}

export async function findOrder(sql: Sql, accountId: string, id: string): Promise<Order | undefined> {
  return (
    await sql.query<Order>(`select ${ORDER} from purchase_order where account_id = $1 and id = $2`, [
      accountId,
      id,
    ])
  )[0];
}

export interface OrderFilter {
  readonly reason?: OrderReason | undefined;
  readonly license_id?: string | undefined;
  readonly kind?: string | undefined;
  /** From this instant on, and before that one. */
  readonly from?: Date | undefined;
  readonly until?: Date | undefined;
}

const SOME_LINE =
  "exists (select 1 from order_line line where line.account_id = $1 and line.order_id = purchase_order.id and";

export function pageOfOrders(sql: Sql, accountId: string, filter: OrderFilter, page: Page): Promise<Order[]> {
  return readPage<Order>(
    sql,
    {
      select: `select ${ORDER} from purchase_order`,
      account_id: accountId,
      where: [
        ["reason = ?", filter.reason],
        [`${SOME_LINE} line.license_id = ?)`, filter.license_id],
        [`${SOME_LINE} line.kind = ?)`, filter.kind],
        ["ordered_at >= ?", filter.from],
        ["ordered_at < ?", filter.until],
      ],
      table: "purchase_order",
    },
    page,
  );
}

/** Of many orders, in their order. */
export function listOrderLines(
  sql: Sql,
  accountId: string,
  orderIds: readonly string[],
): Promise<LineWithLots[]> {
  return sql.query<LineWithLots>(
    `select ${LINE}, array(select lot_id::text from order_line_lot made
       where made.account_id = line.account_id and made.line_id = line.id order by lot_id) as lot_ids
     from order_line line where account_id = $1 and order_id = any($2::uuid[]) order by order_id desc, position`,
    [accountId, orderIds],
  );
}

/** For when anything of a license was bought, oldest first; not what was taken back as a whole before anybody used it. */
export function listBoughtPeriods(sql: Sql, accountId: string, licenseId: string): Promise<Period[]> {
  return sql.query<Period>(
    `select starts_at, ends_at from order_line line
     where account_id = $1 and license_id = $2 and corrects_line_id is null and exists (
       select 1 from order_line_lot made join lot on lot.account_id = made.account_id and lot.id = made.lot_id
       where made.account_id = line.account_id and made.line_id = line.id and (lot.quantity > 0 or lot.taken > 0))
     order by starts_at, ends_at`,
    [accountId, licenseId],
  );
}

/** How many of what a line bought were taken back since. */
export async function countTakenBack(sql: Sql, accountId: string, lineId: string): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    "select coalesce(-sum(quantity), 0)::integer as count from order_line where account_id = $1 and corrects_line_id = $2",
    [accountId, lineId],
  );
  return row?.count ?? 0;
}

/** @returns False where one of them has too few left; then those that had enough are shrunk, and all of it is to be undone. */
export async function shrinkLots(
  sql: Sql,
  accountId: string,
  lotIds: readonly string[],
  by: number,
): Promise<boolean> {
  const rows = await sql.query(
    `update lot set quantity = quantity - $3
     where account_id = $1 and id = any($2::uuid[]) and quantity >= $3 and (overage or taken <= quantity - $3) returning id`,
    [accountId, lotIds, by],
  );
  return rows.length === lotIds.length;
}
