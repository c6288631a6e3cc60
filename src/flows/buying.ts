/** What is bought ahead: by the vendor for an account, or by its own administrators within their limits (RULES §3, §7). */
import { Fault } from "../core/faults.ts";
import type { LicenseKind } from "../core/licensing/kind.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import type { AskedPeriod } from "../core/licensing/period.ts";
import { type PlannedPurchase, planPurchase } from "../core/licensing/purchase.ts";
import { hasEnded } from "../core/time.ts";
import type { Sql } from "../store/db.ts";
import type { License, LotRow } from "../store/licenses.ts";
import { listBoughtPeriods } from "../store/orders.ts";
import { requireAccount } from "./accounts.ts";
import type { By } from "./audited.ts";
import type { Context } from "./context.ts";
import {
  addLicense,
  requireKind,
  requireLicense,
  requireLot,
  requireSellable,
  requireTerms,
} from "./licenses.ts";
import {
  isSameThing,
  type LineToPrice,
  type OrderWithLines,
  type Priceable,
  type PricedLine,
  priceLines,
  recordOrder,
  sum,
  sumOf,
} from "./orders.ts";
import { renew } from "./renewals.ts";

/** A license that is not there yet: of a course, of a bundle, or with neither of the whole catalog. */
export interface LicenseToBuy {
  readonly kind: string;
  readonly course_id: string | null;
  readonly bundle_id: string | null;
  readonly terms: Readonly<Record<string, unknown>>;
}

export interface WantedLine extends AskedPeriod {
  /** The id of one that is there, or one to be made. */
  readonly license: string | LicenseToBuy;
  readonly quantity: number;
}

export interface WantedOrder {
  readonly account_id: string;
  /** By the account's own administrators: fewer at once, and not of every kind. */
  readonly self_service: boolean;
  readonly lines: readonly WantedLine[];
  /** Whether faults say which line they are about; unless said otherwise, they do. */
  readonly lines_named?: boolean;
}

export interface Quote {
  readonly currency: string;
  readonly amount_minor: number;
  readonly lines: readonly QuotedLine[];
}

export type QuotedLine = PricedLine<Priceable & { readonly id: string | null }>;

/** What an order would cost now, line by line; nothing is made. */
export async function quoteOrder(context: Context, wanted: WantedOrder): Promise<Quote> {
  const at = context.deps.clock.now();
  const { currency } = await requireAccount(context.db, wanted.account_id);
  const planned = await planOrder(context.db, wanted, at, false);
  const lines = planned.map(({ there, sold, ...line }) => ({
    ...line,
    license: { ...sold, id: there?.id ?? null },
  }));
  const priced = await priceLines(context.db, wanted.account_id, lines, at);
  return { currency, amount_minor: sumOf(priced), lines: priced };
}

/** All of it, or nothing. */
export async function placeOrder(context: Context, by: By, wanted: WantedOrder): Promise<OrderWithLines> {
  const at = context.deps.clock.now();
  const { account_id, self_service } = wanted;
  return context.db.transaction(async (sql) => {
    // Locked, so that orders of one account are made one after the other.
    await requireAccount(sql, account_id, true);
    await renewDue(context, sql, wanted, at);
    const lines: LineToPrice<License>[] = [];
    for (const { there, sold, ...line } of await planOrder(sql, wanted, at, true)) {
      const license = there ?? (await addLicense(context, sql, by, { ...UNSET, ...sold, account_id }, at));
      lines.push({ ...line, license });
    }
    return recordOrder(context, sql, by, { account_id, reason: "purchase", self_service, lines }, at);
  });
}

/** What is bought just after the end of a term is added to the next one. */
async function renewDue(context: Context, sql: Sql, wanted: WantedOrder, at: Date): Promise<void> {
  const { account_id } = wanted;
  for (const [index, { license }] of wanted.lines.entries())
    if (typeof license === "string")
      await named(wanted, index, () => renew(context, sql, { account_id, license_id: license }, at));
}

/** As the account says, from now on, and for as long as anything of it can be used. */
const UNSET = { retake: null, retake_starts_over: null, starts_at: null, ends_at: null };

export interface LotOrder extends Partial<AskedPeriod> {
  readonly account_id: string;
  readonly license_id: string;
  readonly quantity: number;
  readonly self_service?: boolean;
}

/** An order of one line. @returns The first of the lots that it made. */
export async function createLot(context: Context, by: By, order: LotOrder): Promise<LotRow> {
  const { account_id, license_id, quantity, self_service = false, starts_at = null, ends_at = null } = order;
  const lines: WantedLine[] = [{ license: license_id, quantity, starts_at, ends_at }];
  const made = await placeOrder(context, by, { account_id, self_service, lines, lines_named: false });
  return requireLot(context.db, account_id, made.lines[0]?.lot_ids[0] ?? "");
}

interface PlannedLine extends PlannedPurchase {
  readonly quantity: number;
  /** Null: one to be made. */
  readonly there: License | null;
  readonly sold: Priceable;
}

async function planOrder(sql: Sql, wanted: WantedOrder, at: Date, lock: boolean): Promise<PlannedLine[]> {
  const planned: PlannedLine[] = [];
  for (const [index, line] of wanted.lines.entries())
    planned.push(await named(wanted, index, () => planLine(sql, wanted.account_id, line, at, lock)));
  requirePilotsAlone(planned);
  for (const [index, { sold }] of planned.entries()) {
    const together = planned.filter((other) => isSameThing(other.sold, sold));
    const quantity = sum(together.map((line) => line.quantity));
    await named(wanted, index, async () =>
      requireWithinLimits(kindOf(sold.kind), quantity, wanted.self_service),
    );
  }
  return planned;
}

/** What the account's own people don't see is in no order that they do (RULES §3.6). */
function requirePilotsAlone(planned: readonly PlannedLine[]): void {
  const pilot = planned.findIndex(({ there }) => there?.pilot);
  if (pilot >= 0 && planned.some(({ there }) => !there?.pilot))
    throw new Fault("body_invalid", `lines.${pilot}.license_id: a pilot is ordered by itself.`);
}

/** Which of the lines a fault is about. */
async function named<Result>(
  { lines_named = true }: WantedOrder,
  index: number,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (fault) {
    if (!(fault instanceof Fault) || !lines_named || fault.status >= 500) throw fault;
    throw new Fault(fault.code, `lines.${index}.${fault.message}`, { cause: fault });
  }
}

async function planLine(
  sql: Sql,
  accountId: string,
  { license, quantity, starts_at, ends_at }: WantedLine,
  at: Date,
  lock: boolean,
): Promise<PlannedLine> {
  const there = typeof license === "string" ? await requireLicense(sql, accountId, license, lock) : null;
  const sold = typeof license === "string" ? there : newOf(license);
  if (!sold) throw new Error("A line is of a license that is there, or of a new one");
  const kind = kindOf(sold.kind);
  requireBoughtAhead(kind, quantity, there ? "license_id" : "kind");
  await requireSellable(sql, kind, { ...sold, account_id: accountId }, at);
  const bought = there ? await listBoughtPeriods(sql, accountId, there.id) : [];
  const plan = planPurchase(kind, sold.terms, bought, { starts_at, ends_at }, at);
  if ("detail" in plan) throw new Fault("body_invalid", `${plan.field}: ${plan.detail}.`);
  if (there && hasEnded(there, later(at, plan.starts_at)))
    throw new Fault(
      "license_ended",
      "license_id: the license has ended, or will have; nothing more is sold of it.",
    );
  return { ...plan, quantity, there, sold };
}

function later(one: Date, other: Date): Date {
  return one < other ? other : one;
}

function newOf({ kind: name, course_id, bundle_id, terms }: LicenseToBuy): Priceable {
  const kind = requireKind(name);
  return { kind: kind.name, course_id, bundle_id, terms: requireTerms(kind, terms) };
}

function requireBoughtAhead(kind: LicenseKind, quantity: number, field: string): void {
  if (kind.largest_lot === null)
    throw new Fault(
      "body_invalid",
      `${field}: a ${kind.name} license has no lots; its seats are made as they are needed.`,
    );
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > kind.largest_lot)
    throw new Fault(
      "body_invalid",
      `quantity: found ${quantity}, expected a whole number from 1 to ${kind.largest_lot} in one order.`,
    );
}

/** Of all lines of the same thing together (RULES §3.2, §3.3). */
function requireWithinLimits(kind: LicenseKind, quantity: number, isSelfService: boolean): void {
  const { largest_lot, largest_self_service_lot } = kind;
  if (isSelfService && largest_self_service_lot === null)
    throw new Fault("forbidden", `kind: ${kind.name} is sold by the vendor.`);
  if (isSelfService && quantity > (largest_self_service_lot ?? 0))
    throw new Fault(
      "order_too_large",
      `quantity: found ${quantity}, expected at most ${largest_self_service_lot} of ${kind.name} in one order; the vendor can sell more.`,
    );
  if (quantity > (largest_lot ?? 0))
    throw new Fault(
      "body_invalid",
      `quantity: found ${quantity} in all, expected at most ${largest_lot} in one order.`,
    );
}
