/**
 * Changes of a license: its terms, retake, its end, pause and unpause (RULES §3). A changed setting applies to later
 * decisions; running seats keep their end (RULES §5).
 */
import { Fault } from "../core/faults.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import { cancelledSince, doesRenew, type LastTerm, lastTerm } from "../core/licensing/renewal.ts";
import { hasEnded, later } from "../core/time.ts";
import type { Sql } from "../store/db.ts";
import { type LicenseSettings, updateLicense } from "../store/licenseChanges.ts";
import { type License, setOverage } from "../store/licenses.ts";
import { listLotsOf } from "../store/listing/licenses.ts";
import { findPrice } from "../store/prices.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { requireLicense, requireTerms } from "./licenses.ts";
import { renewLicense } from "./renewals.ts";

export interface LicenseId {
  readonly account_id: string;
  readonly license_id: string;
}

/** What is left out stays as it is. */
export interface LicenseChange {
  /** Those given; the others stay. */
  readonly terms?: Readonly<Record<string, unknown>> | undefined;
  /** Null: as the account says. */
  readonly retake?: boolean | null | undefined;
  readonly retake_starts_over?: boolean | null | undefined;
  /** Null: it has no end. */
  readonly ends_at?: Date | null | undefined;
}

/** Looks at a license before it changes, with its row locked; throws where it is not what the caller saw. */
export type Unchanged = (sql: Sql, current: License, at: Date) => Promise<void>;

export function changeLicense(
  context: Context,
  by: By,
  of: LicenseId,
  change: LicenseChange,
  unchanged?: Unchanged,
): Promise<License> {
  const next = (license: License): Partial<LicenseSettings> => ({
    ...given("terms", change.terms && termsOf(license, change.terms)),
    ...given("retake", change.retake),
    ...given("retake_starts_over", change.retake_starts_over),
    ...given("ends_at", change.ends_at && endOf(license, change.ends_at)),
    ...(change.ends_at === null ? { ends_at: null } : {}),
  });
  return alter(context, by, of, "license.change", next, unchanged);
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]: Value });
}

function termsOf(license: License, terms: Readonly<Record<string, unknown>>): License["terms"] {
  return requireTerms(kindOf(license.kind), { ...license.terms, ...terms });
}

function endOf({ starts_at }: License, ends_at: Date): Date {
  if (ends_at > starts_at) return ends_at;
  throw new Fault("body_invalid", `ends_at: expected a time after the license's start, ${shown(starts_at)}.`);
}

function shown(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, "Z");
}

/**
 * Ends a license now, or at a later instant: it opens no new seats from then on; running seats keep their end.
 * @param endsAt Null: now. One that has not started never will.
 */
export function endLicense(context: Context, by: By, of: LicenseId, endsAt: Date | null): Promise<License> {
  const next = (license: License, at: Date): Partial<LicenseSettings> => {
    if (endsAt && endsAt < at) throw new Fault("body_invalid", "ends_at: expected now or a later time.");
    // Ended twice is ended once: the first end stands.
    if (!endsAt && hasEnded(license, at)) return {};
    return { ends_at: later(endsAt ?? at, license.starts_at) };
  };
  return alter(context, by, of, "license.end", next);
}

export interface RenewalChange {
  /** False: cancelled; the license runs to the end of its term. */
  readonly renews: boolean;
  /** Seats of the next term; null: as many as this one has; undefined: as it stands. */
  readonly quantity?: number | null | undefined;
  /** By the account's own administrators: within their limit. */
  readonly self_service: boolean;
}

/**
 * Whether a subscription renews itself, and with how many seats (RULES §3.3). A term that is due begins first: what is
 * cancelled is the next one.
 */
export async function changeRenewal(
  context: Context,
  by: By,
  of: LicenseId,
  change: RenewalChange,
  unchanged?: Unchanged,
): Promise<License> {
  await renewLicense(context, of);
  const action = change.renews ? "license.renew" : "license.cancel_renewal";
  const check: Unchanged = async (sql, license, at) => {
    await unchanged?.(sql, license, at);
    requireRenewable(license, change);
    const last = await lastTermOf(sql, license);
    if (change.renews && last && hasEnded(last, at) && !doesRenew(license, last))
      throw new Fault(
        "conflict",
        "renews: the last term has ended; expected a purchase, which begins a new one.",
      );
  };
  const next = async (license: License, at: Date, sql: Sql): Promise<Partial<LicenseSettings>> => ({
    ...given("renewal_quantity", change.quantity),
    renewal_cancelled_at: change.renews ? null : cancelledSince(license, await lastTermOf(sql, license), at),
  });
  return alter(context, by, of, action, next, check);
}

async function lastTermOf(sql: Sql, { account_id, id }: License): Promise<LastTerm | null> {
  return lastTerm(await listLotsOf(sql, account_id, [id]));
}

function requireRenewable(license: License, { quantity, self_service }: RenewalChange): void {
  const kind = kindOf(license.kind);
  if (!kind.renews) throw new Fault("conflict", `license_id: a ${kind.name} license does not renew itself.`);
  const most = (self_service ? kind.largest_self_service_lot : kind.largest_lot) ?? 0;
  if (quantity && (quantity < 1 || quantity > most))
    throw new Fault(
      "body_invalid",
      `quantity: found ${quantity}, expected a whole number from 1 to ${most}.`,
    );
}

/** No new seat is opened while paused; whoever holds a running seat keeps access (RULES §3 "Pause"). */
export function pauseLicense(
  context: Context,
  by: By,
  accountId: string,
  licenseId: string,
  paused: boolean,
): Promise<License> {
  const of = { account_id: accountId, license_id: licenseId };
  return alter(context, by, of, paused ? "license.pause" : "license.unpause", ({ paused_at }, at) =>
    (paused_at !== null) === paused ? {} : { paused_at: paused ? at : null },
  );
}

async function alter(
  context: Context,
  by: By,
  { account_id, license_id }: LicenseId,
  action: string,
  next: (
    license: License,
    at: Date,
    sql: Sql,
  ) => Partial<LicenseSettings> | Promise<Partial<LicenseSettings>>,
  unchanged?: Unchanged,
): Promise<License> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const license = await requireLicense(sql, account_id, license_id, true);
    await unchanged?.(sql, license, at);
    const after = whatDiffers(license, await next(license, at, sql));
    const names = Object.keys(after) as (keyof LicenseSettings)[];
    if (names.length === 0) return license;
    const changed = { ...license, ...after };
    await updateLicense(sql, account_id, license_id, changed);
    if (after.terms) await followTerms(sql, changed, at);
    await writeAudit(context, sql, by, at, {
      account_id,
      action,
      subject: ["license", license_id],
      before: Object.fromEntries(names.map((name) => [name, license[name]])),
      after,
    });
    return changed;
  });
}

/** A policy holds for lots that there are too; and what renews itself must have a price for it. */
async function followTerms(sql: Sql, license: License, at: Date): Promise<void> {
  const { account_id, id, course_id, bundle_id, terms } = license;
  const kind = kindOf(license.kind);
  await setOverage(sql, account_id, id, kind.rules(terms).when_full === "overage");
  const sought = { kind: kind.name, course_id, bundle_id, term_months: kind.termMonths(terms) };
  if (kind.renews && !(await findPrice(sql, account_id, sought, at)))
    throw new Fault("price_missing", "terms: the account has no price for terms of this length.");
}

function whatDiffers(license: License, wanted: Partial<LicenseSettings>): Partial<LicenseSettings> {
  const stays = (name: string, value: unknown) =>
    sorted(value) === sorted(license[name as keyof LicenseSettings]);
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !stays(name, value)));
}

/** Terms come back from the database in another order than they went in. */
function sorted(value: unknown): string {
  const isTerms = typeof value === "object" && value !== null && !(value instanceof Date);
  return JSON.stringify(isTerms ? Object.entries(value).sort() : value);
}
