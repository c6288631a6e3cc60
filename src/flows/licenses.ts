/** Licenses and their lots: create, pause, unpause, retake (RULES §3). */
import { Fault } from "../core/faults.ts";
import type { LicenseKind } from "../core/licensing/kind.ts";
import { parseTerms } from "../core/licensing/kind.ts";
import { findKind, KIND_NAMES, kindOf } from "../core/licensing/kinds/index.ts";
import { addMonths } from "../core/time.ts";
import { findPrice, listContracts } from "../store/accounts.ts";
import { findBarringBundle, findCourse } from "../store/courses.ts";
import type { Sql } from "../store/db.ts";
import {
  findLicense,
  insertLicense,
  insertLot,
  isShortIdTaken,
  type License,
  type LotRow,
  setPaused,
  setRetake,
} from "../store/licenses.ts";
import { requireAccount } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export interface NewLicense {
  readonly account_id: string;
  readonly kind: string;
  readonly course_id: string;
  readonly terms: Readonly<Record<string, unknown>>;
  /** Null: the account's default. */
  readonly retake: boolean | null;
  readonly retake_starts_over: boolean | null;
  readonly starts_at: Date | null;
  readonly ends_at: Date | null;
}

export async function createLicense(context: Context, by: By, wanted: NewLicense): Promise<License> {
  const at = context.deps.clock.now();
  const kind = requireKind(wanted.kind);
  const parsed = parseTerms(kind, wanted.terms);
  if ("problems" in parsed)
    throw new Fault(
      "body_invalid",
      parsed.problems.map(({ field, detail }) => `terms.${field}: ${detail}.`).join(" "),
    );
  const starts_at = wanted.starts_at ?? at;
  if (wanted.ends_at && wanted.ends_at <= starts_at)
    throw new Fault("body_invalid", "ends_at: expected a time after starts_at.");
  return context.db.transaction(async (sql) => {
    await requireAccount(sql, wanted.account_id);
    await requireSellable(sql, kind, wanted, at);
    const license: License = {
      account_id: wanted.account_id,
      id: context.deps.newId(),
      short_id: await freeShortId(context, sql, wanted.account_id),
      kind: kind.name,
      course_id: wanted.course_id,
      bundle_id: null,
      terms: parsed.terms,
      retake: wanted.retake,
      retake_starts_over: wanted.retake_starts_over,
      starts_at,
      ends_at: wanted.ends_at,
      paused_at: null,
      created_at: at,
    };
    await insertLicense(sql, license);
    await writeAudit(context, sql, by, at, {
      account_id: license.account_id,
      action: "license.create",
      subject: ["license", license.id],
      before: null,
      after: { kind: license.kind, course_id: license.course_id, terms: license.terms },
    });
    return license;
  });
}

function requireKind(name: string): LicenseKind {
  const kind = findKind(name);
  if (!kind)
    throw new Fault(
      "body_invalid",
      `kind: found ${JSON.stringify(name)}, expected one of ${KIND_NAMES.join(", ")}.`,
    );
  return kind;
}

/** A course there is, in no bundle that bars the kind, under a contract with a price where the kind needs one. */
async function requireSellable(sql: Sql, kind: LicenseKind, wanted: NewLicense, at: Date): Promise<void> {
  const course = await findCourse(sql, wanted.course_id);
  if (!course) throw new Fault("not_found", `course_id: found no course with the id ${wanted.course_id}.`);
  if (course.retired_at)
    throw new Fault("conflict", "course_id: the course is retired; expected one that is still offered.");
  const barring = await findBarringBundle(sql, wanted.course_id, kind.name);
  if (barring)
    throw new Fault(
      "kind_barred",
      `course_id: the bundle ${barring.name} bars ${kind.name} for this course.`,
    );
  if (!kind.needs_contract) return;
  const contracts = await listContracts(sql, wanted.account_id);
  if (
    !contracts.some((contract) => contract.kind === kind.name && (!contract.ends_at || contract.ends_at > at))
  )
    throw new Fault("contract_missing", `account_id: the account has no running contract for ${kind.name}.`);
  if (!(await findPrice(sql, wanted.account_id, kind.name, wanted.course_id, at)))
    throw new Fault("price_missing", `account_id: the account has no price for ${kind.name} of this course.`);
}

const SHORT_ID_LENGTH = 4;

/** A few readable characters that tell this license's packages from those of its twins (RULES §4). */
async function freeShortId(context: Context, sql: Sql, accountId: string): Promise<string> {
  for (;;) {
    const shortId = context.deps.newReference().slice(0, SHORT_ID_LENGTH);
    if (!(await isShortIdTaken(sql, accountId, shortId))) return shortId;
  }
}

/** Adds bought capacity, usable from now for as long as the kind's lots last (RULES §3.2). */
export async function createLot(
  context: Context,
  by: By,
  wanted: { account_id: string; license_id: string; quantity: number },
): Promise<LotRow> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const license = await requireLicense(sql, wanted.account_id, wanted.license_id);
    const { largest_lot, lot_months, name } = kindOf(license.kind);
    if (largest_lot === null || lot_months === null)
      throw new Fault(
        "body_invalid",
        `license_id: a ${name} license has no lots; its seats are made as they are needed.`,
      );
    if (!Number.isInteger(wanted.quantity) || wanted.quantity < 1 || wanted.quantity > largest_lot)
      throw new Fault(
        "body_invalid",
        `quantity: found ${wanted.quantity}, expected a whole number from 1 to ${largest_lot}.`,
      );
    const lot: LotRow = {
      ...wanted,
      id: context.deps.newId(),
      taken: 0,
      overage: false,
      starts_at: at,
      ends_at: addMonths(at, lot_months),
      created_at: at,
    };
    await insertLot(sql, lot);
    await writeAudit(context, sql, by, at, {
      account_id: wanted.account_id,
      action: "lot.create",
      subject: ["lot", lot.id],
      before: null,
      after: {
        license_id: lot.license_id,
        quantity: lot.quantity,
        starts_at: lot.starts_at,
        ends_at: lot.ends_at,
      },
    });
    return lot;
  });
}

/** No new seat is opened while paused; whoever holds a running seat keeps access (RULES §3 "Pause"). */
export async function pauseLicense(
  context: Context,
  by: By,
  accountId: string,
  licenseId: string,
  paused: boolean,
): Promise<License> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const license = await requireLicense(sql, accountId, licenseId, true);
    if ((license.paused_at !== null) === paused) return license;
    const pausedAt = paused ? at : null;
    await setPaused(sql, accountId, licenseId, pausedAt);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: paused ? "license.pause" : "license.unpause",
      subject: ["license", licenseId],
      before: { paused_at: license.paused_at },
      after: { paused_at: pausedAt },
    });
    return { ...license, paused_at: pausedAt };
  });
}

/** Whether a learner whose seat has ended may take another, and whether they then start over (RULES §3 "Retake"). */
export async function changeRetake(
  context: Context,
  by: By,
  accountId: string,
  licenseId: string,
  wanted: { retake: boolean | null; retake_starts_over: boolean | null },
): Promise<License> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const license = await requireLicense(sql, accountId, licenseId, true);
    await setRetake(sql, accountId, licenseId, wanted.retake, wanted.retake_starts_over);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "license.retake",
      subject: ["license", licenseId],
      before: { retake: license.retake, retake_starts_over: license.retake_starts_over },
      after: wanted,
    });
    return { ...license, ...wanted };
  });
}

/** @throws Fault `not_found`, also for another account's license. */
export async function requireLicense(
  sql: Sql,
  accountId: string,
  licenseId: string,
  lock = false,
): Promise<License> {
  const license = await findLicense(sql, accountId, licenseId, lock);
  if (!license) throw new Fault("not_found", `license: found none with the id ${licenseId} in this account.`);
  return license;
}
