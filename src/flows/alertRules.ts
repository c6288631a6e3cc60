/** When a license's alerts are raised, where that is not as usual (RULES §7 "thresholds"). */
import type { OwnAlertRules } from "../core/alerts.ts";
import { findOwnAlertRules, setOwnAlertRules } from "../store/alertsDue.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { requireLicense } from "./licenses.ts";

interface LicensePath {
  readonly account_id: string;
  readonly license_id: string;
}

/** @throws Fault `not_found`. */
export async function viewAlertRules(
  { db }: Context,
  { account_id, license_id }: LicensePath,
): Promise<OwnAlertRules> {
  await requireLicense(db, account_id, license_id);
  return findOwnAlertRules(db, account_id, license_id);
}

/**
 * For thresholds that are reached from now on; what was told is not told again.
 * @param unchanged Looks at the rules before they change, with the license's row locked.
 */
export async function changeAlertRules(
  context: Context,
  by: By,
  { account_id, license_id }: LicensePath,
  wanted: { readonly [Name in keyof OwnAlertRules]?: OwnAlertRules[Name] | undefined },
  unchanged: (current: OwnAlertRules) => void,
): Promise<OwnAlertRules> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    await requireLicense(sql, account_id, license_id, true);
    const before = await findOwnAlertRules(sql, account_id, license_id);
    unchanged(before);
    const after: OwnAlertRules = {
      threshold_percents:
        wanted.threshold_percents === undefined ? before.threshold_percents : wanted.threshold_percents,
      overage: wanted.overage === undefined ? before.overage : wanted.overage,
      ending_days: wanted.ending_days === undefined ? before.ending_days : wanted.ending_days,
    };
    await setOwnAlertRules(sql, account_id, license_id, after);
    await writeAudit(context, sql, by, at, {
      account_id,
      action: "license.alert_rules",
      subject: ["license", license_id],
      before,
      after,
    });
    return after;
  });
}
