/**
 * Changes of a license: its terms, retake, its end, pause and unpause (RULES §3). A changed setting applies to later
 * decisions; running seats keep their end (RULES §5).
 */
import { Fault } from "../core/faults.ts";
import { kindOf } from "../core/licensing/kinds/index.ts";
import { hasEnded } from "../core/time.ts";
import type { Sql } from "../store/db.ts";
import { type LicenseSettings, updateLicense } from "../store/licenseChanges.ts";
import type { License } from "../store/licenses.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { requireLicense, requireTerms } from "./licenses.ts";

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

function later(one: Date, other: Date): Date {
  return one.getTime() < other.getTime() ? other : one;
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
  next: (license: License, at: Date) => Partial<LicenseSettings>,
  unchanged?: Unchanged,
): Promise<License> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const license = await requireLicense(sql, account_id, license_id, true);
    await unchanged?.(sql, license, at);
    const after = whatDiffers(license, next(license, at));
    const names = Object.keys(after) as (keyof LicenseSettings)[];
    if (names.length === 0) return license;
    const changed = { ...license, ...after };
    await updateLicense(sql, account_id, license_id, changed);
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
