/** Every sale is an order: who, when, what, at which price; settled when it is made (RULES §5). */
import { Fault } from "../core/faults.ts";
import type { LotOfPurchase, Terms } from "../core/licensing/kind.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import type { Period } from "../core/licensing/period.ts";
import { lineAmount, type Tier, tierFor } from "../core/licensing/pricing.ts";
import { type Portion, WHOLE } from "../core/licensing/proration.ts";
import { findAccount } from "../store/accounts.ts";
import type { Sql } from "../store/db.ts";
import { insertLot, type License, type LotRow } from "../store/licenses.ts";
import {
  insertOrder,
  insertOrderLine,
  type LineWithLots,
  nextOrderNumber,
  type Order,
  type OrderReason,
} from "../store/orders.ts";
import { findPrice, type Price } from "../store/prices.ts";
import { type By, type Change, writeAudits } from "./audited.ts";
import type { Context } from "./context.ts";

export interface OrderWithLines extends Order {
  readonly lines: readonly LineWithLots[];
}

/** What a price is looked up for. */
export interface Priceable {
  readonly kind: string;
  readonly course_id: string | null;
  readonly bundle_id: string | null;
  readonly terms: Terms;
}

/** Of whatever is sold, for a period. */
export interface LineToPrice<Sold extends Priceable> extends Period {
  readonly license: Sold;
  readonly quantity: number;
  /** Of the unit's price; all of it, if not given. */
  readonly portion?: Portion;
  /** Of the term that it is for; as the license's terms say, if not given. */
  readonly term_months?: number | null;
}

export interface PricedLine<Sold extends Priceable> extends Required<LineToPrice<Sold>> {
  readonly price: Price;
  readonly tier: Tier | null;
  readonly amount_minor: number;
  /** What it makes of the license's capacity. */
  readonly lots: readonly LotOfPurchase[];
}

export interface OrderToRecord {
  readonly account_id: string;
  readonly reason: Exclude<OrderReason, "correction">;
  /** By the account's own people. */
  readonly self_service?: boolean;
  readonly lines: readonly LineToPrice<License>[];
}

/**
 * Prices what is sold, makes its lots and writes it down, within the caller's transaction. The account's row is locked by it,
 * as orders are numbered one after the other.
 * @throws Fault `price_missing`.
 */
export async function recordOrder(
  context: Context,
  sql: Sql,
  by: By,
  { account_id, reason, self_service = false, lines }: OrderToRecord,
  at: Date,
): Promise<OrderWithLines> {
  const account = await findAccount(sql, account_id, true);
  if (!account) throw new Fault("not_found", `account: found none with the id ${account_id}.`);
  const priced = await priceLines(sql, account_id, lines, at);
  const order: Order = {
    account_id,
    id: context.deps.newId(),
    number: await nextOrderNumber(sql, account_id),
    reason,
    ordered_at: at,
    ordered_by: by.actor,
    self_service,
    amount_minor: sumOf(priced),
    currency: account.currency,
  };
  await insertOrder(sql, order);
  const written: LineWithLots[] = [];
  const changes: Change[] = [];
  for (const [index, line] of priced.entries()) {
    const lots = await addLots(context, sql, line, at);
    const lot_ids = lots.map(({ id }) => id);
    const row = { ...rowOf(line, order, index + 1), id: context.deps.newId(), lot_ids };
    await insertOrderLine(sql, row);
    written.push(row);
    changes.push(...lots.map(lotChange));
  }
  await writeAudits(context, sql, by, at, [orderChange(order, written), ...changes]);
  return { ...order, lines: written };
}

/** The tier that a line reaches goes by all that the order holds of the same thing (RULES §3.2). */
export async function priceLines<Sold extends Priceable>(
  sql: Sql,
  accountId: string,
  lines: readonly LineToPrice<Sold>[],
  at: Date,
): Promise<PricedLine<Sold>[]> {
  const priced: PricedLine<Sold>[] = [];
  for (const line of lines) {
    const { license, quantity, portion = WHOLE } = line;
    const kind = kindOf(license.kind);
    const { term_months = kind.termMonths(license.terms) } = line;
    const price = await requirePrice(sql, accountId, { ...license, term_months }, at);
    const together = lines.filter((other) => isSameThing(other.license, license));
    const tier = tierFor(price.tiers, sum(together.map((other) => other.quantity)));
    const amount_minor = lineAmount({ unit_amount_minor: price.amount_minor, quantity, tier, portion });
    if (amount_minor > MOST_OF_A_LINE_MINOR)
      throw new Fault("body_invalid", "quantity: costs more than can be reckoned with.");
    const lots = kind.lotsFor(license.terms, line);
    priced.push({ ...line, portion, term_months, price, tier, amount_minor, lots });
  }
  return priced;
}

/** A hundred lines of it are still whole numbers for certain. */
const MOST_OF_A_LINE_MINOR = 1e13;

/** Whether quantities of both are added up, for tiers and for limits. */
export function isSameThing(one: Priceable, other: Priceable): boolean {
  return one.kind === other.kind && one.course_id === other.course_id && one.bundle_id === other.bundle_id;
}

/** The unit's price in force. @throws Fault `price_missing`. */
async function requirePrice(
  sql: Sql,
  accountId: string,
  { kind, course_id, bundle_id, term_months }: Priceable & { readonly term_months: number | null },
  at: Date,
): Promise<Price> {
  const price = await findPrice(sql, accountId, { kind, course_id, bundle_id, term_months }, at);
  if (price) return price;
  const what = course_id ? "this course" : bundle_id ? "this bundle" : "the whole catalog";
  throw new Fault("price_missing", `price: the account has none for ${kind} of ${what}.`);
}

async function addLots(
  context: Context,
  sql: Sql,
  { license, lots }: PricedLine<License>,
  at: Date,
): Promise<LotRow[]> {
  const made: LotRow[] = [];
  for (const lot of lots) {
    const { account_id, id: license_id } = license;
    const row: LotRow = {
      account_id,
      license_id,
      id: context.deps.newId(),
      ...lot,
      taken: 0,
      created_at: at,
    };
    await insertLot(sql, row);
    made.push(row);
  }
  return made;
}

function rowOf(
  line: PricedLine<License>,
  order: Order,
  position: number,
): Omit<LineWithLots, "id" | "lot_ids"> {
  const { license, price, tier, portion } = line;
  return {
    account_id: order.account_id,
    order_id: order.id,
    position,
    license_id: license.id,
    kind: license.kind,
    course_id: license.course_id,
    bundle_id: license.bundle_id,
    quantity: line.quantity,
    starts_at: line.starts_at,
    ends_at: line.ends_at,
    price_id: price.id,
    unit_amount_minor: price.amount_minor,
    tier_from_quantity: tier?.from_quantity ?? null,
    discount_basis_points: tier?.discount_basis_points ?? 0,
    portion_numerator: portion.numerator,
    portion_denominator: portion.denominator,
    amount_minor: line.amount_minor,
    currency: order.currency,
    corrects_line_id: null,
  };
}

/** What was ordered, as the audit log tells it. */
export function orderChange(order: Order, lines: readonly LineWithLots[]): Change {
  const { account_id, number, reason, amount_minor, currency } = order;
  const ordered = lines.map(({ license_id, quantity, amount_minor: amount }) => ({
    license_id,
    quantity,
    amount_minor: amount,
  }));
  return {
    account_id,
    action: "order.create",
    subject: ["order", order.id],
    before: null,
    after: { number, reason, amount_minor, currency, lines: ordered },
  };
}

function lotChange({ account_id, id, license_id, quantity, starts_at, ends_at }: LotRow): Change {
  return {
    account_id,
    action: "lot.create",
    subject: ["lot", id],
    before: null,
    after: { license_id, quantity, starts_at, ends_at },
  };
}

export function sumOf(lines: readonly { readonly amount_minor: number }[]): number {
  return sum(lines.map(({ amount_minor }) => amount_minor));
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
