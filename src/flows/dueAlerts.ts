/** Looks which licenses are nearly used up or about to end, and raises the alerts that nobody has raised yet. */
import { USUAL_ALERT_RULES } from "../core/alerts.ts";
import { kindOf, RENEWING_KIND_NAMES } from "../core/licensing/kinds/index.ts";
import { type DueEnding, type DueThreshold, findDueEndings, findDueThresholds } from "../store/alertsDue.ts";
import type { Sql } from "../store/db.ts";
import { raiseAlert } from "./alerts.ts";
import type { Context } from "./context.ts";

const FOUND_AT_ONCE = 500;
/** Few, for the embedded store's one connection is everybody's. */
const RAISED_TOGETHER = 20;

type Raise = (sql: Sql) => Promise<void>;

/** Any number of processes may look; each alert is one row, whoever is first. */
export async function runDueAlerts(context: Context): Promise<void> {
  const at = context.deps.clock.now();
  const { db } = context;
  await raiseAll(context, async () => {
    const found = await findDueThresholds(db, at, USUAL_ALERT_RULES, FOUND_AT_ONCE);
    return found.map((due) => (sql) => raiseThreshold(context, sql, at, due));
  });
  await raiseAll(context, async () => {
    const found = await findDueEndings(db, at, USUAL_ALERT_RULES, RENEWING_KIND_NAMES, FOUND_AT_ONCE);
    return found.map((due) => (sql) => raiseEnding(context, sql, at, due));
  });
}

/** What was raised is not found again, so the next look finds what is left. */
async function raiseAll({ db }: Context, find: () => Promise<readonly Raise[]>): Promise<void> {
  for (;;) {
    const found = await find();
    for (let start = 0; start < found.length; start += RAISED_TOGETHER)
      await db.transaction(async (sql) => {
        for (const raise of found.slice(start, start + RAISED_TOGETHER)) await raise(sql);
      });
    if (found.length < FOUND_AT_ONCE) return;
  }
}

/** Every threshold is told to programs; people get one e-mail, of the one that says most. */
async function raiseThreshold(context: Context, sql: Sql, at: Date, due: DueThreshold): Promise<void> {
  const { account_id, license_id, key, percent, purchased, used, says_most: by_mail } = due;
  const period_ends_at = due.period_ends_at.toISOString();
  const data = { ...aboutLicense(due), purchased, used, available: purchased - used, period_ends_at };
  const raised = { account_id, license_id, key, by_mail };
  if (percent === null) await raiseAlert(context, sql, at, { ...raised, type: "license.overage", data });
  else
    await raiseAlert(context, sql, at, {
      ...raised,
      type: "license.threshold_reached",
      data: { ...data, percent },
    });
}

async function raiseEnding(context: Context, sql: Sql, at: Date, due: DueEnding): Promise<void> {
  const { account_id, license_id, key, days } = due;
  const data = { ...aboutLicense(due), days, ends_at: due.ends_at.toISOString() };
  await raiseAlert(context, sql, at, { account_id, license_id, key, type: "license.ending", data });
}

function aboutLicense({ license_id, license_short_id, license_kind, title }: DueThreshold | DueEnding) {
  // The whole catalog has no title of its own.
  return { license_id, license_short_id, license_kind, title: title ?? kindOf(license_kind).title };
}
