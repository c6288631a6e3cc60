/** Who consumed a license, and what they opened first (RULES §3.4): a row for each person that counts. */
import { Fault } from "../../core/faults.ts";
import { splitName } from "../../core/identity.ts";
import { pageOfReportedSeats } from "../../store/reports/seats.ts";
import type { Context } from "../context.ts";
import { requireLicense } from "../licenses.ts";
import { isAnnualPlan } from "./labels.ts";
import { createLessons, type OpenedSeat } from "./lessons.ts";
import { type Column, once, pagesById, type Report, reportOf } from "./report.ts";

export interface ReportPeriod {
  /** Taken from this instant on, and before that one; null: whenever. */
  readonly from: Date | null;
  readonly until: Date | null;
}

/** Who somebody is, in every report that has a row for each of them. */
export const PERSON: readonly Column<Pick<OpenedSeat, "identities" | "learner_id" | "learner_name">>[] = [
  ["SCORM ID", ({ identities }) => identities?.[0] ?? ""],
  ["Internal learner ID", ({ learner_id }) => learner_id],
  ["First name", ({ learner_name }) => splitName(learner_name).first],
  ["Last name", ({ learner_name }) => splitName(learner_name).last],
];

const COLUMNS: readonly Column<OpenedSeat>[] = [
  ...PERSON,
  ["First lesson accessed", ({ lesson }) => lesson],
  ["Course", ({ course }) => course],
  ["Date of first access (UTC)", ({ starts_at }) => starts_at],
  ["Other SCORM IDs", ({ identities }) => otherIds(identities)],
];

/** Of a merged learner, those that are not the one of first access (RULES §3.4). */
export function otherIds(identities: readonly string[] | null): string {
  if (identities === null || identities.length < 2) return "";
  const [, ...others] = new Set(identities);
  return others.join("; ");
}

/** @throws Fault `not_found`; `body_invalid` for annual plans, whose reports are others, and not for everybody (RULES §3.6). */
export async function consumptionReport(
  context: Context,
  account_id: string,
  license_id: string,
  period: ReportPeriod,
): Promise<Report> {
  const license = await requireLicense(context.db, account_id, license_id);
  if (isAnnualPlan(license.kind))
    throw new Fault(
      "body_invalid",
      "license_id: found an annual plan; expected its own reports to be asked for.",
    );
  const pages = openedSeats(context, account_id, license_id, period);
  return reportOf(`consumption ${license.short_id}`, COLUMNS, pages);
}

export async function* openedSeats(
  { db, deps }: Context,
  account_id: string,
  license_id: string,
  period: ReportPeriod,
): AsyncGenerator<readonly OpenedSeat[]> {
  const at = deps.clock.now();
  const complete = createLessons(db, account_id);
  const read = (after: string | null, most: number) =>
    pageOfReportedSeats(db, { account_id, license_id, ...period, at }, after, most);
  for await (const page of pagesById(read)) yield* once(await complete(page));
}
