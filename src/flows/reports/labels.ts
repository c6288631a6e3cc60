/** What a license is called, in every report about several; and which of them somebody is shown. */
import { kindOf } from "../../core/licensing/kinds/index.ts";
import type { Role } from "../../core/permissions.ts";
import { type LicenseLabel, listLicenseLabels } from "../../store/reports/licenses.ts";
import type { Context } from "../context.ts";
import type { Column } from "./report.ts";

export const LICENSE: readonly Column<{ readonly license: LicenseLabel }>[] = [
  ["License", ({ license }) => license.short_id],
  ["License kind", ({ license }) => kindOf(license.kind).title],
  ["For", ({ license }) => license.course_title ?? license.bundle_name ?? "Whole catalog"],
];

/** By id. Annual plans are not for viewers (RULES §3.6). */
export async function shownLabels(
  { db }: Context,
  accountId: string,
  role: Role,
): Promise<ReadonlyMap<string, LicenseLabel>> {
  const labels = await listLicenseLabels(db, accountId);
  const shown = labels.filter(({ kind }) => role !== "viewer" || !isAnnualPlan(kind));
  return new Map(shown.map((label) => [label.id, label]));
}

/** They alone count sign-ins like launches (RULES §3.6). */
export function isAnnualPlan(kind: string): boolean {
  return kindOf(kind).counts_activities;
}
