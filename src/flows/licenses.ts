/** Licenses and their lots: how they are made (RULES §3). */
import { Fault } from "../core/faults.ts";
import type { LicenseKind, Terms } from "../core/licensing/kind.ts";
import { parseTerms } from "../core/licensing/kind.ts";
import { findKind, KIND_NAMES, kindOf } from "../core/licensing/kinds/index.ts";
import { addMonths } from "../core/time.ts";
import { findPrice, listContracts } from "../store/accounts.ts";
import { findBarringBundle, findBundle, findCourse } from "../store/courses.ts";
import type { Sql } from "../store/db.ts";
import {
  findLicense,
  insertLicense,
  insertLot,
  isShortIdTaken,
  type License,
  type LotRow,
} from "../store/licenses.ts";
import { findLot } from "../store/listing/licenses.ts";
import { requireAccount } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export interface NewLicense {
  readonly account_id: string;
  readonly kind: string;
  /** With neither a course nor a bundle: the whole catalog. */
  readonly course_id: string | null;
  readonly bundle_id?: string | null;
  readonly terms: Readonly<Record<string, unknown>>;
  /** Null: the account's default. */
  readonly retake: boolean | null;
  readonly retake_starts_over: boolean | null;
  readonly starts_at: Date | null;
  readonly ends_at: Date | null;
}

export async function createLicense(context: Context, by: By, wanted: NewLicense): Promise<License> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    await requireAccount(sql, wanted.account_id);
    return addLicense(context, sql, by, wanted, at);
  });
}

/** Within a transaction of whoever makes several. */
export async function addLicense(
  context: Context,
  sql: Sql,
  by: By,
  wanted: NewLicense,
  at: Date,
): Promise<License> {
  const kind = requireKind(wanted.kind);
  const terms = requireTerms(kind, wanted.terms);
  const starts_at = wanted.starts_at ?? at;
  if (wanted.ends_at && wanted.ends_at <= starts_at)
    throw new Fault("body_invalid", "ends_at: expected a time after starts_at.");
  await requireSellable(sql, kind, wanted, at);
  const license: License = {
    account_id: wanted.account_id,
    id: context.deps.newId(),
    short_id: await freeShortId(context, sql, wanted.account_id),
    kind: kind.name,
    course_id: wanted.course_id,
    bundle_id: wanted.bundle_id ?? null,
    terms,
    retake: wanted.retake,
    retake_starts_over: wanted.retake_starts_over,
    starts_at,
    ends_at: wanted.ends_at,
    paused_at: null,
    created_at: at,
  };
  await insertLicense(sql, license);
  const { kind: name, course_id, bundle_id, retake, retake_starts_over, ends_at } = license;
  await writeAudit(context, sql, by, at, {
    account_id: license.account_id,
    action: "license.create",
    subject: ["license", license.id],
    before: null,
    after: { kind: name, course_id, bundle_id, terms, retake, retake_starts_over, starts_at, ends_at },
  });
  return license;
}

/** @throws Fault `body_invalid` naming each term that is wrong. */
export function requireTerms(kind: LicenseKind, given: Readonly<Record<string, unknown>>): Terms {
  const parsed = parseTerms(kind, given);
  if ("terms" in parsed) return parsed.terms;
  const details = parsed.problems.map(({ field, detail }) => `terms.${field}: ${detail}.`);
  throw new Fault("body_invalid", details.join(" "));
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

/** What there is, in no bundle that bars the kind, under a contract with a price where the kind needs one. */
async function requireSellable(sql: Sql, kind: LicenseKind, wanted: NewLicense, at: Date): Promise<void> {
  requireScope(kind, wanted);
  if (wanted.course_id) await requireOfferedCourse(sql, kind, wanted.course_id);
  if (wanted.bundle_id && !(await findBundle(sql, wanted.bundle_id)))
    throw new Fault("not_found", `bundle_id: found no bundle with the id ${wanted.bundle_id}.`);
  if (!kind.needs_contract) return;
  const contracts = await listContracts(sql, wanted.account_id);
  if (
    !contracts.some((contract) => contract.kind === kind.name && (!contract.ends_at || contract.ends_at > at))
  )
    throw new Fault("contract_missing", `account_id: the account has no running contract for ${kind.name}.`);
  if (!(await findPrice(sql, wanted.account_id, kind.name, wanted.course_id, at)))
    throw new Fault("price_missing", `account_id: the account has no price for ${kind.name} of this course.`);
}

function requireScope(kind: LicenseKind, wanted: NewLicense): void {
  if (wanted.course_id && wanted.bundle_id)
    throw new Fault("body_invalid", "bundle_id: expected a course or a bundle, not both.");
  const scope = wanted.course_id ? "course" : wanted.bundle_id ? "bundle" : "catalog";
  if (kind.scopes.includes(scope)) return;
  const fields = kind.scopes.map((one) =>
    one === "catalog" ? "neither for the whole catalog" : `${one}_id`,
  );
  const field = wanted.bundle_id ? "bundle_id" : "course_id";
  throw new Fault("body_invalid", `${field}: a ${kind.name} license takes ${fields.join(", or ")}.`);
}

async function requireOfferedCourse(sql: Sql, kind: LicenseKind, courseId: string): Promise<void> {
  const course = await findCourse(sql, courseId);
  if (!course) throw new Fault("not_found", `course_id: found no course with the id ${courseId}.`);
  if (course.retired_at)
    throw new Fault("conflict", "course_id: the course is retired; expected one that is still offered.");
  const barring = await findBarringBundle(sql, courseId, kind.name);
  if (barring)
    throw new Fault(
      "kind_barred",
      `course_id: the bundle ${barring.name} bars ${kind.name} for this course.`,
    );
}

const SHORT_ID_LENGTH = 4;

/** A few readable characters that tell this license's packages from those of its twins (RULES §4). */
async function freeShortId(context: Context, sql: Sql, accountId: string): Promise<string> {
  for (;;) {
    const shortId = context.deps.newReference().slice(0, SHORT_ID_LENGTH);
    if (!(await isShortIdTaken(sql, accountId, shortId))) return shortId;
  }
}

export interface LotOrder {
  readonly account_id: string;
  readonly license_id: string;
  readonly quantity: number;
  /** Bought by the account's own administrators: fewer at once (RULES §3.2). */
  readonly self_service?: boolean;
}

/** Adds bought capacity, usable from now for as long as the kind's lots last (RULES §3.2). */
export async function createLot(context: Context, by: By, order: LotOrder): Promise<LotRow> {
  const at = context.deps.clock.now();
  const { account_id, license_id, quantity } = order;
  return context.db.transaction(async (sql) => {
    const license = await requireLicense(sql, account_id, license_id);
    const lot: LotRow = {
      account_id,
      license_id,
      id: context.deps.newId(),
      quantity,
      taken: 0,
      overage: false,
      starts_at: at,
      ends_at: addMonths(at, requireLotMonths(kindOf(license.kind), order)),
      created_at: at,
    };
    await insertLot(sql, lot);
    const { starts_at, ends_at } = lot;
    await writeAudit(context, sql, by, at, {
      account_id,
      action: "lot.create",
      subject: ["lot", lot.id],
      before: null,
      after: { license_id, quantity, starts_at, ends_at },
    });
    return lot;
  });
}

/** For how many months a lot of this size can be used, where it can be bought. */
function requireLotMonths(kind: LicenseKind, { quantity, self_service }: LotOrder): number {
  const most = self_service ? kind.largest_self_service_lot : kind.largest_lot;
  if (most === null || kind.lot_months === null)
    throw new Fault(
      "body_invalid",
      `license_id: a ${kind.name} license has no lots; its seats are made as they are needed.`,
    );
  if (!Number.isInteger(quantity) || quantity < 1 || quantity > most)
    throw new Fault(
      "body_invalid",
      `quantity: found ${quantity}, expected a whole number from 1 to ${most} in one order.`,
    );
  return kind.lot_months;
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

/** @throws Fault `not_found`, also for another account's lot. */
export async function requireLot(sql: Sql, accountId: string, lotId: string): Promise<LotRow> {
  const lot = await findLot(sql, accountId, lotId);
  if (!lot) throw new Fault("not_found", `lot: found none with the id ${lotId} in this account.`);
  return lot;
}
