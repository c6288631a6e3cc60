/** What a line of an order costs: in whole minor units, rounded half up once per line (RULES §3.3, §5). */
import { roundHalfUp } from "../money.ts";
import type { TermProblem } from "./kind.ts";
import type { Portion } from "./proration.ts";

/** From this quantity within one order on, all of it costs that much less (RULES §3.2). */
export interface Tier {
  readonly from_quantity: number;
  /** 1250 is 12.5 %. */
  readonly discount_basis_points: number;
}

export const WHOLE_BASIS_POINTS = 10_000;

/** The highest tier that the quantity reaches; null where it reaches none. */
export function tierFor(tiers: readonly Tier[], quantity: number): Tier | null {
  const reached = tiers.filter((tier) => tier.from_quantity <= quantity);
  return reached.sort((one, other) => other.from_quantity - one.from_quantity)[0] ?? null;
}

/** Each next tier begins higher, and gives more. */
export function tierProblem(tiers: readonly Tier[]): TermProblem | null {
  for (const [index, tier] of tiers.entries()) {
    const before = tiers[index - 1];
    if (!before) continue;
    if (tier.from_quantity <= before.from_quantity)
      return { field: `tiers.${index}.from_quantity`, detail: `expected more than ${before.from_quantity}` };
    if (tier.discount_basis_points <= before.discount_basis_points)
      return {
        field: `tiers.${index}.discount_basis_points`,
        detail: `expected more than ${before.discount_basis_points}`,
      };
  }
  return null;
}

export interface Priced {
  readonly unit_amount_minor: number;
  readonly quantity: number;
  readonly tier: Tier | null;
  /** Of the unit's price: what is added in mid-term costs a part of it. */
  readonly portion: Portion;
}

export function lineAmount({ unit_amount_minor, quantity, tier, portion }: Priced): number {
  const share = WHOLE_BASIS_POINTS - (tier?.discount_basis_points ?? 0);
  return roundHalfUp(
    [unit_amount_minor, quantity, share, portion.numerator],
    [WHOLE_BASIS_POINTS, portion.denominator],
  );
}

/**
 * The credit of a part of what a line bought. After the last part, all of the line's amount is credited, and never a cent
 * more before.
 */
export function creditFor(
  line: { readonly amount_minor: number; readonly quantity: number },
  takenBackBefore: number,
  quantity: number,
): number {
  const upTo = (count: number) => roundHalfUp([line.amount_minor, count], [line.quantity]);
  return upTo(takenBackBefore + quantity) - upTo(takenBackBefore);
}
