/** Annual plans (RULES §3.6): what was used month by month, and by whom. Live. */
import { Fault } from "../../core/faults.ts";
import { kindOf } from "../../core/licensing/kinds/index.ts";
import type { Period } from "../../core/licensing/period.ts";
import { type PlanMonth, planMonths, plansOf } from "../../core/licensing/planMonths.ts";
import { later } from "../../core/time.ts";
import type { License, LotRow } from "../../store/licenses.ts";
import { listLotsOf } from "../../store/listing/licenses.ts";
import { listBoughtPeriods } from "../../store/orders.ts";
import { listSeatMoves, type PlanUser, pageOfPlanUsers } from "../../store/reports/plans.ts";
import type { Context } from "../context.ts";
import { requireLicense } from "../licenses.ts";
import { otherIds, PERSON } from "./consumption.ts";
import { isAnnualPlan } from "./labels.ts";
import { type Column, pagesById, type Report, reportOf } from "./report.ts";

export interface PlanWanted {
  readonly account_id: string;
  readonly license_id: string;
  /** The plan that runs then; null: the first of `plansOf`. */
  readonly at: Date | null;
}

interface Plan extends Period {
  readonly license: License;
  readonly lots: readonly LotRow[];
}

const MONTH_COLUMNS: readonly Column<PlanMonth>[] = [
  ["Month (UTC)", ({ starts_at }) => starts_at.toISOString().slice(0, 7)],
  ["From (UTC)", ({ starts_at }) => starts_at],
  ["Until, not included (UTC)", ({ ends_at }) => ends_at],
  ["Purchased", ({ purchased }) => purchased],
  ["Taken in the month", ({ use }) => use?.taken ?? null],
  ["Freed in the month", ({ use }) => use?.freed ?? null],
  ["Used at its end", ({ use }) => use?.used ?? null],
  ["Available at its end", ({ use }) => use?.available ?? null],
];

/** A row for each month of the plan. @throws Fault `not_found`, `body_invalid`. */
export async function planMonthsReport(context: Context, wanted: PlanWanted): Promise<Report> {
  const at = context.deps.clock.now();
  const plan = await requirePlan(context, wanted, at);
  const ids = plan.lots.map(({ id }) => id);
  const moves = await listSeatMoves(context.db, wanted.account_id, wanted.license_id, ids);
  const months = planMonths(plan, plan.lots, moves, at);
  return reportOf(nameOf("plan", plan), MONTH_COLUMNS, inOnePage(months));
}

async function* inOnePage<Row>(rows: readonly Row[]) {
  yield rows;
}

const USER_COLUMNS: readonly Column<PlanUser>[] = [
  ...PERSON,
  ["Other SCORM IDs", ({ identities }) => otherIds(identities)],
  ["Status", ({ deactivated_at }) => (deactivated_at ? "deactivated" : "active")],
  ["Used", ({ used }) => used],
  ["First activity (UTC)", ({ first_used_at }) => first_used_at],
  ["Last activity (UTC)", lastActivity],
];

function lastActivity({ last_launch_at, last_reported_at }: PlanUser): Date | null {
  return last_launch_at && last_reported_at
    ? later(last_launch_at, last_reported_at)
    : (last_launch_at ?? last_reported_at);
}

/** A row for each learner: status and use. @throws Fault `not_found`, `body_invalid`. */
export async function planUsersReport(context: Context, wanted: PlanWanted): Promise<Report> {
  const plan = await requirePlan(context, wanted, context.deps.clock.now());
  const { account_id, license_id } = wanted;
  const of = {
    account_id,
    license_id,
    lot_ids: plan.lots.map(({ id }) => id),
    from: plan.starts_at,
    until: plan.ends_at,
  };
  const pages = pagesById((after, most) => pageOfPlanUsers(context.db, of, after, most));
  return reportOf(nameOf("plan users", plan), USER_COLUMNS, pages);
}

function nameOf(what: string, { license, starts_at }: Plan): string {
  return `${what} ${license.short_id} from ${starts_at.toISOString().slice(0, 10)}`;
}

async function requirePlan(
  context: Context,
  { account_id, license_id, at }: PlanWanted,
  now: Date,
): Promise<Plan> {
  const license = await requireLicense(context.db, account_id, license_id);
  if (!isAnnualPlan(license.kind))
    throw new Fault(
      "body_invalid",
      `license_id: found a license of the kind ${kindOf(license.kind).name}, expected one of an annual plan.`,
    );
  const plans = plansOf(await listBoughtPeriods(context.db, account_id, license_id), now);
  const plan = plans.find(({ starts_at, ends_at }) => at === null || (starts_at <= at && at < ends_at));
  if (!plan) throw new Fault("not_found", "at: found no plan of this license then.");
  const lots = await listLotsOf(context.db, account_id, [license_id]);
  return { ...plan, license, lots: lots.filter((lot) => isOf(plan, lot)) };
}

function isOf(plan: Period, { starts_at, ends_at }: LotRow): boolean {
  return plan.starts_at <= starts_at && ends_at !== null && ends_at <= plan.ends_at;
}
