/** How much is used: of a license and of an account, now and month by month (RULES §3 "The dashboard shows", docs/usage.md). */
import { Fault } from "../core/faults.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import type { Period } from "../core/licensing/period.ts";
import type { LicenseState } from "../core/licensing/state.ts";
import {
  daysLeft,
  type MonthInSeries,
  monthSeries,
  type PlanUsage,
  type SupplyNow,
  type SupplyOfKind,
  sumUsage,
  supplyNow,
  type Usage,
  type UsageFigures,
  usageOfLots,
  usageOfPlans,
} from "../core/licensing/usage.ts";
import type { Role } from "../core/permissions.ts";
import { addMonths, startOfMonth } from "../core/time.ts";
import type { Sql } from "../store/db.ts";
import type { License, LotRow } from "../store/licenses.ts";
import { listLotsOf } from "../store/listing/licenses.ts";
import { listBoughtPeriods } from "../store/orders.ts";
import { listSupplyOfAccount, listUsageOfAccount, listUsageOfLicense, rollUpUsage } from "../store/usage.ts";
import type { Context } from "./context.ts";
import { requireLicense } from "./licenses.ts";
import { isAnnualPlan } from "./reports/labels.ts";
import { viewOf } from "./viewLicenses.ts";

/** Months of the series; any instant of the first and of the last. */
export interface MonthsWanted {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

const USUAL_MONTHS = 12;
const MOST_MONTHS = 120;

/** The last twelve, where nothing else is asked for. @throws Fault `body_invalid`. */
function monthsOf({ from, to }: MonthsWanted, at: Date): { readonly from: Date; readonly to: Date } {
  const last = startOfMonth(to ?? (from && from > at ? from : at));
  const first = startOfMonth(from ?? addMonths(last, 1 - USUAL_MONTHS));
  if (first > last) throw new Fault("body_invalid", "to: expected the month of `from`, or a later one.");
  if (addMonths(first, MOST_MONTHS) <= last)
    throw new Fault("body_invalid", `from: expected at most ${MOST_MONTHS} months until \`to\`.`);
  return { from: first, to: last };
}

export interface LicenseUsage extends Usage {
  readonly state: LicenseState;
  /** Of what was bought and runs; null where nothing is bought, or nothing runs. */
  readonly now: SupplyNow | null;
  /** The one that runs first. */
  readonly plans: readonly PlanUsage[];
  /** Since the license began. */
  readonly total: UsageFigures;
  readonly months: readonly MonthInSeries[];
}

/** Where lots are bought, their counters tell; otherwise the seats of all months do. @throws Fault `not_found`, `forbidden`. */
export async function licenseUsage(
  { db, deps }: Pick<Context, "db" | "deps">,
  accountId: string,
  licenseId: string,
  { role, ...wanted }: MonthsWanted & { readonly role?: Role } = {},
): Promise<LicenseUsage> {
  const at = deps.clock.now();
  const license = await requireLicense(db, accountId, licenseId);
  if (role === "viewer" && isAnnualPlan(license.kind))
    throw new Fault("forbidden", "The use of annual plans is not for viewers.");
  const series = monthsOf(wanted, at);
  const { state } = await viewOf(db, license, at);
  const rows = await listUsageOfLicense(db, accountId, licenseId);
  const total = sumUsage(rows);
  const months = monthSeries(rows, series);
  const lots = await listLotsOf(db, accountId, [licenseId]);
  if (lots.length === 0) {
    const seats = { pending: total.pending, confirmed: total.started - total.pending };
    return { state, seats, bought: null, lots: [], now: null, plans: [], total, months };
  }
  const { bought, lots: each } = usageOfLots(lots, at);
  const plans = usageOfPlans(await periodsOf(db, license, lots), lots, at);
  const seats = { pending: 0, confirmed: bought?.used ?? 0 };
  return { state, seats, bought, lots: each, now: supplyNow(plans, lots, at), plans, total, months };
}

/** For when it was bought: where purchases stand for themselves, each lot. */
async function periodsOf(sql: Sql, license: License, lots: readonly LotRow[]): Promise<readonly Period[]> {
  if (kindOf(license.kind).periods) return listBoughtPeriods(sql, license.account_id, license.id);
  return lots.flatMap(({ starts_at, ends_at }) => (ends_at ? [{ starts_at, ends_at }] : []));
}

export interface KindUsage extends SupplyOfKind {
  readonly title: string;
  readonly seats: { readonly pending: number; readonly confirmed: number };
  readonly available: number;
  readonly days_left: number | null;
  readonly total: UsageFigures;
  readonly months: readonly MonthInSeries[];
}

/** A row for each kind that the account has licenses of. */
export async function accountUsage(
  { db, deps }: Pick<Context, "db" | "deps">,
  accountId: string,
  { role, ...wanted }: MonthsWanted & { readonly role: Role },
): Promise<readonly KindUsage[]> {
  const at = deps.clock.now();
  const series = monthsOf(wanted, at);
  const rows = await listUsageOfAccount(db, accountId);
  const supplies = await listSupplyOfAccount(db, accountId, at);
  return supplies
    .filter(({ kind }) => role !== "viewer" || !isAnnualPlan(kind))
    .map((supply) => {
      const own = rows.filter(({ kind }) => kind === supply.kind);
      const total = sumUsage(own);
      return {
        ...supply,
        title: kindOf(supply.kind).title,
        seats: { pending: total.pending, confirmed: total.started - total.pending },
        available: supply.purchased - supply.used,
        days_left: supply.first_ends_at && daysLeft(supply.first_ends_at, at),
        total,
        months: monthSeries(own, series),
      };
    });
}

const CHANGES_AT_ONCE = 5000;

/** Sums up what changed since the last time; figures are the same before and after. */
export async function rollUpDueUsage({ db }: Pick<Context, "db">, stopping?: AbortSignal): Promise<void> {
  while (!stopping?.aborted && (await rollUpUsage(db, CHANGES_AT_ONCE)) === CHANGES_AT_ONCE);
}
