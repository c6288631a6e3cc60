/** Licenses: how they are made (RULES §3). */
import { Fault } from "../core/faults.ts";
import type { LicenseKind, Terms } from "../core/licensing/kind.ts";
import { parseTerms } from "../core/licensing/kind.ts";
import { findKind, KIND_NAMES } from "../core/licensing/kinds/index.ts";
import { hasEnded } from "../core/time.ts";
import { listContracts } from "../store/accounts.ts";
import { findBarringBundle, findBundle, findBundleBarring, findCourse } from "../store/courses.ts";
import type { Sql } from "../store/db.ts";
import { findLicense, insertLicense, isShortIdTaken, type License, type LotRow } from "../store/licenses.ts";
import { findLot } from "../store/listing/licenses.ts";
import { findPrice } from "../store/prices.ts";
import { requireAccount } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { isAnnualPlan } from "./reports/labels.ts";

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
  /** Of an annual plan: the account's own people see nothing of it. If not given, it is none. */
  readonly pilot?: boolean;
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
  const pilot = requirePilot(kind, wanted);
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
    renewal_cancelled_at: null,
    renewal_quantity: null,
    pilot,
    created_at: at,
  };
  await insertLicense(sql, license);
  const { kind: name, course_id, bundle_id, retake, retake_starts_over, ends_at } = license;
  await writeAudit(context, sql, by, at, {
    account_id: license.account_id,
    action: "license.create",
    subject: ["license", license.id],
    before: null,
    after: { kind: name, course_id, bundle_id, terms, retake, retake_starts_over, starts_at, ends_at, pilot },
  });
  return license;
}

/** Annual plans alone are tried out unseen (RULES §3.6). */
function requirePilot(kind: LicenseKind, { pilot = false }: NewLicense): boolean {
  if (!pilot || isAnnualPlan(kind.name)) return pilot;
  const plans = KIND_NAMES.filter(isAnnualPlan).join(", ");
  throw new Fault("body_invalid", `pilot: a ${kind.name} license can't be one; expected one of ${plans}.`);
}

/** @throws Fault `body_invalid` naming each term that is wrong. */
export function requireTerms(kind: LicenseKind, given: Readonly<Record<string, unknown>>): Terms {
  const parsed = parseTerms(kind, given);
  if ("terms" in parsed) return parsed.terms;
  const details = parsed.problems.map(({ field, detail }) => `terms.${field}: ${detail}.`);
  throw new Fault("body_invalid", details.join(" "));
}

export function requireKind(name: string): LicenseKind {
  const kind = findKind(name);
  if (!kind)
    throw new Fault(
      "body_invalid",
      `kind: found ${JSON.stringify(name)}, expected one of ${KIND_NAMES.join(", ")}.`,
    );
  return kind;
}

/** What there is, in no bundle that bars the kind, under a contract with a price where the kind needs one. */
export async function requireSellable(
  sql: Sql,
  kind: LicenseKind,
  wanted: Pick<NewLicense, "account_id" | "kind" | "course_id" | "bundle_id">,
  at: Date,
): Promise<void> {
  requireScope(kind, wanted);
  if (wanted.course_id) await requireOfferedCourse(sql, kind, wanted.course_id);
  if (wanted.bundle_id) await requireOfferedBundle(sql, kind, wanted.bundle_id);
  if (kind.needs_contract) await requireContract(sql, kind, wanted.account_id, at);
  if (kind.needs_price && !(await findPrice(sql, wanted.account_id, wanted, at)))
    throw new Fault("price_missing", `account_id: the account has no price for ${kind.name} of this.`);
}

async function requireContract(sql: Sql, kind: LicenseKind, accountId: string, at: Date): Promise<void> {
  const contracts = await listContracts(sql, accountId);
  if (!contracts.some((contract) => contract.kind === kind.name && !hasEnded(contract, at)))
    throw new Fault("contract_missing", `account_id: the account has no running contract for ${kind.name}.`);
}

function requireScope(kind: LicenseKind, wanted: Pick<NewLicense, "course_id" | "bundle_id">): void {
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

/** What bars one of its courses bars the bundle that has it. */
async function requireOfferedBundle(sql: Sql, kind: LicenseKind, bundleId: string): Promise<void> {
  if (!(await findBundle(sql, bundleId)))
    throw new Fault("not_found", `bundle_id: found no bundle with the id ${bundleId}.`);
  const barring = await findBundleBarring(sql, bundleId, kind.name);
  if (barring)
    throw new Fault(
      "kind_barred",
      `bundle_id: the bundle ${barring.name} bars ${kind.name} for its courses.`,
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
