/** Licenses as they stand now: their state, and how much of them is used (RULES §3.1, §3.2 "The dashboard shows"). */
import { CONTRACT_KIND_NAMES } from "../core/licensing/kinds/index.ts";
import { type LicenseState, licenseState } from "../core/licensing/state.ts";
import { type Usage, usageOfLots } from "../core/licensing/usage.ts";
import type { Sql } from "../store/db.ts";
import type { License } from "../store/licenses.ts";
import {
  countSeats,
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
  return licenses.map((license) => {
    const needed = CONTRACT_KIND_NAMES.includes(license.kind)
      ? contracts.filter(({ kind }) => kind === license.kind)
      : null;
    const own = lots.filter((lot) => lot.license_id === license.id);
    return { ...license, state: licenseState(license, needed, own, at) };
  });
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

/** Where lots are bought, their counters tell; otherwise the seats are counted. */
export async function licenseUsage(
  context: Context,
  accountId: string,
  licenseId: string,
): Promise<Usage & { readonly state: LicenseState }> {
  const at = context.deps.clock.now();
  const license = await requireLicense(context.db, accountId, licenseId);
  const { state } = await viewOf(context.db, license, at);
  const lots = await listLotsOf(context.db, accountId, [licenseId]);
  if (lots.length === 0) {
    const seats = await countSeats(context.db, accountId, licenseId);
    return { state, seats, bought: null, lots: [] };
  }
  const { bought, lots: usage } = usageOfLots(lots, at);
  return { state, seats: { pending: 0, confirmed: bought?.used ?? 0 }, bought, lots: usage };
}
