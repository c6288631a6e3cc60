/**
 * What a license kind is: a row of answers (DESIGN §3) and a table of terms. A new kind is one file in `kinds/` and
 * one line in its index; nothing else compares kinds.
 */
import type { AskedPeriod, Period } from "./period.ts";

/** What a kind answers, bound to one license's terms. */
export interface Rules {
  /** Which launches one seat stands for. */
  readonly seat_covers: "learner" | "learner_and_course";
  /** Where seats come from: made as they are needed, or drawn from bought lots, oldest first. */
  readonly supply: "on_demand" | "lots";
  /** When every running lot is taken. */
  readonly when_full: WhenFull;
  /** When a seat that starts `at` ends. */
  seatEnd(at: Date, limits: SeatLimits): Date | null;
  /**
   * What a seat that has ended means for the next one: `bars` it unless retake is on (RULES §3 "Retake"); `retakes`, which
   * nothing bars; or `renews`, which is no retake: the attempt goes on.
   */
  readonly ended_seat: "bars" | "retakes" | "renews";
  /** Null: whoever launches. Otherwise learners have the license assigned (RULES §3.5). */
  readonly assignment: AssignmentRules | null;
  /** Null: a seat is confirmed at once. */
  readonly safeguard: Safeguard | null;
  /** Whether a confirmation makes a charge at the price then in force; otherwise the seat is prepaid. */
  readonly charge_on_confirmation: boolean;
}

export type WhenFull = "deny" | "overage";

/** What can end a seat; null: nothing of the sort. */
export interface SeatLimits {
  readonly lot_ends_at: Date | null;
  /** The course's own duration (RULES §3.5). */
  readonly course_days: number | null;
  readonly assignment_ends_at: Date | null;
}

export interface AssignmentRules {
  /** Whether a learner who was never assigned is, on their first launch. */
  readonly on_first_launch: boolean;
  /** When an assignment that starts `at` ends. */
  end(at: Date): Date;
}

/** A new seat is pending until the first of these is reached (RULES §3.1). */
export interface Safeguard {
  readonly charge_after_seconds: number;
  readonly charge_after_launches: number;
  /** A launch this soon after the last one counted is the same one, for LMSs that load twice. 0: never. */
  readonly same_launch_seconds: number;
}

/** One field of a kind's terms: serves the parser, forms and the reference. */
export type TermField = NumberField | ChoiceField;

export interface NumberField {
  readonly least: number;
  readonly most: number;
  readonly fallback: number;
  readonly meaning: string;
}

export interface ChoiceField {
  readonly choices: readonly string[];
  readonly fallback: string;
  readonly meaning: string;
}

export type Terms = Readonly<Record<string, number | string>>;

/** Capacity bought at once. */
export interface Purchase extends Period {
  readonly quantity: number;
}

export interface LotOfPurchase extends Period {
  readonly quantity: number;
  /** Whether more can be drawn from it than it holds. */
  readonly overage: boolean;
}

export interface LicenseKind {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Which rights a license of this kind can be for. */
  readonly scopes: readonly ("course" | "bundle" | "catalog")[];
  /** Whether the account needs a running contract of this kind (RULES §3.1). */
  readonly needs_contract: boolean;
  /** Whether its seats are charged as they are confirmed, so that the account needs a price of this kind. */
  readonly needs_price: boolean;
  /** The most seats of one purchase; null where the kind has no lots. */
  readonly largest_lot: number | null;
  /** The most seats of one purchase that the account's own administrators can make; null where they can't. */
  readonly largest_self_service_lot: number | null;
  /** When what is bought `at` can be used; or what is wrong with what the buyer asks for. Null where nothing is bought ahead. */
  readonly purchasePeriod: ((terms: Terms, asked: AskedPeriod, at: Date) => Period | TermProblem) | null;
  /** Months of one of its terms, where it is sold by the term. */
  readonly termMonths: (terms: Terms) => number | null;
  /**
   * What people call the periods that follow one another, such as a subscription's terms and annual plans: what is bought
   * within one ends with it. Null: each purchase stands for itself.
   */
  readonly periods: "term" | "period" | "plan" | null;
  /** Whether the next period begins by itself when one ends (RULES §3.3). */
  readonly renews: boolean;
  /** Whether learners have the license assigned; otherwise it is for whoever launches (RULES §3.5). */
  readonly is_assigned: boolean;
  /** Whether deactivating its learner frees a seat (RULES §3.6 "Deactivation"). */
  readonly frees_on_deactivation: boolean;
  /** Whether sign-ins that an integration reports count like launches (RULES §3.6 "activity"). */
  readonly counts_activities: boolean;
  readonly terms: Readonly<Record<string, TermField>>;
  /** The lots that a purchase makes; none where seats are made as they are needed. */
  lotsFor(terms: Terms, purchase: Purchase): readonly LotOfPurchase[];
  rules(terms: Terms): Rules;
}

/** Of a kind whose seats are made as they are needed. */
export const BOUGHT_AS_NEEDED = {
  largest_lot: null,
  largest_self_service_lot: null,
  purchasePeriod: null,
  termMonths: () => null,
  periods: null,
  renews: false,
  lotsFor: () => [],
} as const satisfies Partial<LicenseKind>;

/**
 * What most kinds answer. It stands after what each kind says for itself and before where it differs: to a record that begins with
 * another's fields the engine adds new ones one by one, at a microsecond each (docs/decisions/launch-path.md).
 */
export const USUAL_RULES = {
  when_full: "deny",
  ended_seat: "renews",
  assignment: null,
  safeguard: null,
  charge_on_confirmation: false,
} as const satisfies Partial<Rules>;

/** The term that says what happens beyond the number bought, for kinds that leave it to the license. */
export const WHEN_FULL: ChoiceField = {
  choices: ["deny", "overage"],
  fallback: "deny",
  meaning: "Beyond the number bought: deny launches, or let them in as an overage.",
};

export function whenFull(terms: Terms): WhenFull {
  return choice(terms, "when_full") === "overage" ? "overage" : "deny";
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
  const terms: Record<string, number | string> = {};
  for (const [name, field] of Object.entries(kind.terms)) {
    const value = given[name] ?? field.fallback;
    if (fits(field, value)) terms[name] = value;
    else
      problems.push({
        field: name,
        detail: `found ${JSON.stringify(value)}, expected ${expectedOf(field)}`,
      });
  }
  return problems.length > 0 ? { problems } : { terms };
}

function fits(field: TermField, value: unknown): value is number | string {
  if ("choices" in field) return typeof value === "string" && field.choices.includes(value);
  const isWhole = typeof value === "number" && Number.isInteger(value);
  return isWhole && value >= field.least && value <= field.most;
}

/** For people: which values a term takes. */
export function expectedOf(field: TermField): string {
  if ("choices" in field) return field.choices.join(" or ");
  return `a whole number from ${field.least} to ${field.most}`;
}

/** One term that is a number, which `parseTerms` has made sure of. */
export function term(terms: Terms, field: string): number {
  const value = terms[field];
  if (typeof value !== "number") throw new Error(`Terms lack the number ${field}`);
  return value;
}

/** One term that is a choice, which `parseTerms` has made sure of. */
export function choice(terms: Terms, field: string): string {
  const value = terms[field];
  if (typeof value !== "string") throw new Error(`Terms lack the choice ${field}`);
  return value;
}
