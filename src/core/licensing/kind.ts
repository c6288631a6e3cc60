/**
 * What a license kind is: a row of answers (DESIGN §3) and a table of terms. A new kind is one file in `kinds/` and
 * one line in its index; nothing else compares kinds.
 */

/** What a kind answers, bound to one license's terms. */
export interface Rules {
  /** Which launches one seat stands for. */
  readonly seat_covers: "learner" | "learner_and_course";
  /** Where seats come from: made as they are needed, or drawn from bought lots, oldest first. */
  readonly supply: "on_demand" | "lots";
  /** When every running lot is taken. */
  readonly when_full: "deny" | "overage";
  /** When a seat that starts `at`, drawn from a lot that ends at `lotEnd` (null: none), ends. */
  seatEnd(at: Date, lotEnd: Date | null): Date | null;
  /** Null: a seat is confirmed at once. */
  readonly safeguard: Safeguard | null;
  /** Whether a confirmation makes a charge at the price then in force; otherwise the seat is prepaid. */
  readonly charge_on_confirmation: boolean;
}

/** A new seat is pending until the first of these is reached (RULES §3.1). */
export interface Safeguard {
  readonly charge_after_seconds: number;
  readonly charge_after_launches: number;
  /** A launch this soon after the last one counted is the same one, for LMSs that load twice. 0: never. */
  readonly same_launch_seconds: number;
}

/** One field of a kind's terms: serves the parser, forms and the reference. */
export interface TermField {
  readonly least: number;
  readonly most: number;
  readonly fallback: number;
  readonly meaning: string;
}

export type Terms = Readonly<Record<string, number>>;

export interface LicenseKind {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Which rights a license of this kind can be for. */
  readonly scopes: readonly ("course" | "bundle" | "catalog")[];
  /** Whether the account needs a running contract and a price of this kind (RULES §3.1). */
  readonly needs_contract: boolean;
  /** The most seats of one lot; null where the kind has no lots. */
  readonly largest_lot: number | null;
  /** The most seats of one lot that the account's own administrators can buy; null where they can't. */
  readonly largest_self_service_lot: number | null;
  /** Months that a lot can be used, from its start; null where the kind has no lots. */
  readonly lot_months: number | null;
  readonly terms: Readonly<Record<string, TermField>>;
  rules(terms: Terms): Rules;
}

export interface TermProblem {
  readonly field: string;
  readonly detail: string;
}

/** The terms of a new license: what was given, completed with fallbacks; or what is wrong with it. */
export function parseTerms(
  kind: LicenseKind,
  given: Readonly<Record<string, unknown>>,
): { readonly terms: Terms } | { readonly problems: readonly TermProblem[] } {
  const problems: TermProblem[] = [];
  for (const field of Object.keys(given))
    if (!Object.hasOwn(kind.terms, field))
      problems.push({
        field,
        detail: `is not a term of ${kind.name}; expected ${Object.keys(kind.terms).join(", ") || "none"}`,
      });
  const terms: Record<string, number> = {};
  for (const [field, { least, most, fallback }] of Object.entries(kind.terms)) {
    const value = given[field] ?? fallback;
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most)
      terms[field] = value;
    else
      problems.push({
        field,
        detail: `found ${JSON.stringify(value)}, expected a whole number from ${least} to ${most}`,
      });
  }
  return problems.length > 0 ? { problems } : { terms };
}

/** One term, which `parseTerms` has made sure of. */
export function term(terms: Terms, field: string): number {
  const value = terms[field];
  if (value === undefined) throw new Error(`Terms lack ${field}`);
  return value;
}
