/** Licenses as they stand now: their state, and what whoever set them up should know. */
import { ASSIGNED_KIND_NAMES, CONTRACT_KIND_NAMES } from "../core/licensing/kinds/index.ts";
import { doesRenew, lastTerm } from "../core/licensing/renewal.ts";
import { type LicenseState, licenseState } from "../core/licensing/state.ts";
import { listShorterCourses } from "../store/assignments.ts";
import type { Sql } from "../store/db.ts";
import type { License } from "../store/licenses.ts";
import {
  type LicenseFilter,
  listContractTerms,
  listLotsOf,
  pageOfLicenses,
} from "../store/listing/licenses.ts";
import type { Page } from "../store/listing/page.ts";
import type { Context } from "./context.ts";
import { requireLicense } from "./licenses.ts";

export interface LicenseView extends License {
  readonly state: LicenseState;
  /** When its next term begins; null where it does not renew itself. */
  readonly renews_at: Date | null;
  /** What whoever set it up should know. */
  readonly warnings: readonly LicenseWarning[];
}

export interface LicenseWarning {
  readonly code: "course_shorter_than_profile";
  readonly detail: string;
}

export async function viewLicenses(
  sql: Sql,
  accountId: string,
  licenses: readonly License[],
  at: Date,
): Promise<LicenseView[]> {
  const ids = licenses.map(({ id }) => id);
  const contracts = await listContractTerms(sql, accountId);
  const lots = await listLotsOf(sql, accountId, ids);
  const warnings = await warningsOf(sql, accountId, licenses);
  return licenses.map((license) => {
    const needed = CONTRACT_KIND_NAMES.includes(license.kind)
      ? contracts.filter(({ kind }) => kind === license.kind)
      : null;
    const own = lots.filter((lot) => lot.license_id === license.id);
    const last = lastTerm(own);
    const renews_at = last && doesRenew(license, last) ? last.ends_at : null;
    return {
      ...license,
      state: licenseState(license, needed, own, at),
      renews_at,
      warnings: warnings.get(license.id) ?? [],
    };
  });
}

/** Where a course's own duration is shorter than the profile's, it can be billed more than once in it (RULES §3.5). */
async function warningsOf(
  sql: Sql,
  accountId: string,
  licenses: readonly License[],
): Promise<ReadonlyMap<string, readonly LicenseWarning[]>> {
  const assigned = licenses.filter(({ kind }) => ASSIGNED_KIND_NAMES.includes(kind)).map(({ id }) => id);
  const shorter = assigned.length > 0 ? await listShorterCourses(sql, accountId, assigned) : [];
  const warnings = new Map<string, LicenseWarning[]>();
  for (const { license_id, title, assignment_days } of shorter) {
    const detail = `An assignment of ${title} lasts ${assignment_days} days, less than the profile: started again after that, it is billed again.`;
    const own = warnings.get(license_id) ?? [];
    warnings.set(license_id, [...own, { code: "course_shorter_than_profile", detail }]);
  }
  return warnings;
}

/** @throws Fault `not_found`. */
export async function viewLicense(
  context: Context,
  accountId: string,
  licenseId: string,
): Promise<LicenseView> {
  const license = await requireLicense(context.db, accountId, licenseId);
  return viewOf(context.db, license, context.deps.clock.now());
}

export async function viewOf(sql: Sql, license: License, at: Date): Promise<LicenseView> {
  const [view] = await viewLicenses(sql, license.account_id, [license], at);
  if (!view) throw new Error(`License ${license.id} was not viewed`);
  return view;
}

const READ_AT_ONCE = 200;

/** The core decides the state, so licenses of others are read and passed over until the page is full. */
export async function listLicenseViews(
  context: Context,
  accountId: string,
  { state, ...filter }: LicenseFilter & { readonly state?: LicenseState | undefined },
  { after, most }: Page,
): Promise<LicenseView[]> {
  const at = context.deps.clock.now();
  const found: LicenseView[] = [];
  let last = after;
  for (;;) {
    const licenses = await pageOfLicenses(context.db, accountId, filter, { after: last, most: READ_AT_ONCE });
    const views = await viewLicenses(context.db, accountId, licenses, at);
    found.push(...views.filter((view) => state === undefined || view.state === state));
    if (found.length >= most || licenses.length < READ_AT_ONCE) return found.slice(0, most);
    last = licenses.at(-1)?.id ?? null;
  }
}
