/** What an account pays: prices of every kind, of a course, of a bundle, or of whatever has none of its own (RULES §5). */
import { Fault } from "../core/faults.ts";
import type { LicenseKind } from "../core/licensing/kind.ts";
import { findKind, KIND_NAMES } from "../core/licensing/kinds/index.ts";
import { type Tier, tierProblem } from "../core/licensing/pricing.ts";
import { findBundle, findCourse } from "../store/courses.ts";
import type { Sql } from "../store/db.ts";
import { insertPrice, type Price, type Priced } from "../store/prices.ts";
import { requireAccount } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export interface NewPrice {
  readonly account_id: string;
  readonly kind: string;
  readonly course_id: string | null;
  readonly bundle_id?: string | null;
  /** `unit`, if not given. */
  readonly covers?: Priced;
  readonly term_months?: number | null;
  readonly amount_minor: number;
  readonly tiers?: readonly Tier[];
  /** Null: now. */
  readonly valid_from: Date | null;
}

/** Valid from an instant that is not past: never backdated (RULES §5). In the account's currency. */
export async function createPrice(context: Context, by: By, wanted: NewPrice): Promise<Price> {
  const at = context.deps.clock.now();
  const valid_from = wanted.valid_from ?? at;
  if (valid_from < at)
    throw new Fault("body_invalid", "valid_from: expected now or later; prices are never backdated.");
  const { course_id, bundle_id = null, covers = "unit", term_months = null, tiers = [] } = wanted;
  const asked = { ...wanted, bundle_id, covers, term_months, tiers };
  requireFit(asked);
  return context.db.transaction(async (sql) => {
    const account = await requireAccount(sql, wanted.account_id);
    await requireThere(sql, asked);
    const price: Price = { ...asked, valid_from, id: context.deps.newId(), currency: account.currency };
    await insertPrice(sql, price);
    const { kind, amount_minor } = price;
    await writeAudit(context, sql, by, at, {
      account_id: account.id,
      action: "price.create",
      subject: ["price", price.id],
      before: null,
      after: { kind, course_id, bundle_id, covers, term_months, amount_minor, tiers, valid_from },
    });
    return price;
  });
}

type Asked = Required<NewPrice>;

/** What a kind is not sold for, or not in that way, has no price either. */
function requireFit(asked: Asked): void {
  const kind = findKind(asked.kind);
  const wrong = kind ? misfit(kind, asked) : `kind: expected one of ${KIND_NAMES.join(", ")}`;
  if (wrong) throw new Fault("body_invalid", `${wrong}.`);
  const problem = tierProblem(asked.tiers);
  if (problem) throw new Fault("body_invalid", `${problem.field}: ${problem.detail}.`);
}

function misfit(
  kind: LicenseKind,
  { course_id, bundle_id, covers, term_months, tiers }: Asked,
): string | null {
  const isBoughtAhead = kind.purchasePeriod !== null;
  if (course_id && bundle_id) return "bundle_id: expected a course or a bundle, not both";
  if (bundle_id && !kind.scopes.includes("bundle"))
    return `bundle_id: a ${kind.name} license is for no bundle`;
  if (course_id && !isForCourses(kind)) return `course_id: a ${kind.name} license is for no single course`;
  if (covers === "overage" && !isBoughtAhead)
    return `covers: ${kind.name} is not bought ahead, so there is nothing beyond what was bought`;
  if (term_months !== null && !kind.renews) return `term_months: ${kind.name} is not sold by terms`;
  if (tiers.length > 0 && !isBoughtAhead) return `tiers: ${kind.name} has no discounts; expected none`;
  if (tiers.length > 0 && covers === "overage") return "tiers: an overage has no discounts; expected none";
  return null;
}

/** Also one whose seats, bought by nobody ahead, are each for a course of a bundle: a course assignment (RULES §3.5). */
function isForCourses(kind: LicenseKind): boolean {
  return kind.scopes.includes("course") || kind.purchasePeriod === null;
}

async function requireThere(sql: Sql, { course_id, bundle_id }: Asked): Promise<void> {
  if (course_id && !(await findCourse(sql, course_id)))
    throw new Fault("not_found", `course_id: found no course with the id ${course_id}.`);
  if (bundle_id && !(await findBundle(sql, bundle_id)))
    throw new Fault("not_found", `bundle_id: found no bundle with the id ${bundle_id}.`);
}
