/** Subscriptions renew themselves: the next term begins when one ends, is charged then, and interrupts nobody (RULES §3.3). */
import { Fault, isStoreUnavailable } from "../core/faults.ts";
import { kindOf, RENEWING_KIND_NAMES } from "../core/licensing/kinds/index.ts";
import { isRenewalDue, type LastTerm, lastTerm, nextTerm, whoKeepsSeats } from "../core/licensing/renewal.ts";
import type { Sql } from "../store/db.ts";
import { updateLicense } from "../store/licenseChanges.ts";
import type { License } from "../store/licenses.ts";
import { listLotsOf } from "../store/listing/licenses.ts";
import { insertCarriedSeats, listEndedTerms, listHolders } from "../store/renewals.ts";
import { requireAccount } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { LicenseId } from "./changeLicense.ts";
import type { Context } from "./context.ts";
import { requireLicense } from "./licenses.ts";
import { recordOrder } from "./orders.ts";

const BY_ITSELF: By = { actor: "gateway", why: "" };

/**
 * Renews whatever is due. Safe from several processes at once: each renewal locks its license and looks again.
 * @returns How many terms began.
 */
export async function runDueRenewals(context: Context): Promise<number> {
  const due = await listEndedTerms(context.db, RENEWING_KIND_NAMES, context.deps.clock.now());
  let begun = 0;
  for (const license of due) begun += await renewOneOf(context, license);
  return begun;
}

/** What keeps one license from renewing keeps no other. */
async function renewOneOf(context: Context, license: LicenseId): Promise<number> {
  try {
    return await renewLicense(context, license);
  } catch (error) {
    if (isStoreUnavailable(error)) throw error;
    logFailure(context, license, error);
    return 0;
  }
}

function logFailure({ deps }: Context, of: LicenseId, error: unknown): void {
  deps.log.error("A subscription could not be renewed", { ...of, error });
}

/**
 * Begins each term of a license that is due by now: after an outage there can be several. A launch that comes first does so
 * itself. Where it can't be priced it stays as it is, until it can.
 * @throws Fault `not_found`
 */
export async function renewLicense(context: Context, of: LicenseId): Promise<number> {
  const at = context.deps.clock.now();
  try {
    return await context.db.transaction((sql) => renew(context, sql, of, at));
  } catch (error) {
    if (!(error instanceof Fault) || error.status >= 500 || error.code === "not_found") throw error;
    logFailure(context, of, error);
    return 0;
  }
}

/** Within a transaction of whoever goes on with the license. */
export async function renew(context: Context, sql: Sql, of: LicenseId, at: Date): Promise<number> {
  // Locked in the order of all who sell, so that two renewals, or a renewal and an order, come one after the other.
  const account = await requireAccount(sql, of.account_id, true);
  // Nobody can use it any more, and nobody could cancel it.
  if (account.closed_at) return 0;
  let license = await requireLicense(sql, of.account_id, of.license_id, true);
  for (let begun = 0; ; begun++) {
    const lots = await listLotsOf(sql, of.account_id, [of.license_id]);
    const last = lastTerm(lots);
    if (!last || !isRenewalDue(license, lots, at)) return begun;
    await beginNextTerm(context, sql, license, last, at);
    license = await forgetQuantity(context, sql, license, at);
  }
}

async function beginNextTerm(
  context: Context,
  sql: Sql,
  license: License,
  last: LastTerm,
  at: Date,
): Promise<void> {
  const { account_id } = license;
  const months = kindOf(license.kind).termMonths(license.terms);
  if (months === null) throw new Error(`License ${license.id} renews but has no terms`);
  const quantity = license.renewal_quantity ?? last.quantity;
  const line = { license, quantity, ...nextTerm(last, months) };
  const order = await recordOrder(
    context,
    sql,
    BY_ITSELF,
    { account_id, reason: "renewal", lines: [line] },
    at,
  );
  const lotId = order.lines[0]?.lot_ids[0];
  if (lotId === undefined) throw new Error(`The renewal of license ${license.id} made no lot`);
  const holders = await listHolders(
    sql,
    account_id,
    last.lots.map(({ id }) => id),
  );
  const seats = whoKeepsSeats(holders, quantity).map(({ learner_id }) => ({
    id: context.deps.newId(),
    learner_id,
  }));
  await insertCarriedSeats(sql, account_id, lotId, seats);
}

/** What was set for the next term is not for the one after: seats added meanwhile would be lost with it. */
async function forgetQuantity(context: Context, sql: Sql, license: License, at: Date): Promise<License> {
  const { account_id, id, renewal_quantity } = license;
  if (renewal_quantity === null) return license;
  const renewed: License = { ...license, renewal_quantity: null };
  await updateLicense(sql, account_id, id, renewed);
  await writeAudit(context, sql, BY_ITSELF, at, {
    account_id,
    action: "license.change",
    subject: ["license", id],
    before: { renewal_quantity },
    after: { renewal_quantity: null },
  });
  return renewed;
}
