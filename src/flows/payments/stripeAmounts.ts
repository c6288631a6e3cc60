/** Amounts as Stripe counts them: in minor units, but not everywhere in those of ISO 4217. */

/** Stripe counts these in hundredths, though ISO 4217 gives them no minor unit. */
const IN_HUNDREDTHS: ReadonlySet<string> = new Set(["ISK", "UGX"]);
/** And these as a whole, though ISO 4217 gives them hundredths; what is none is refused there. */
const AS_A_WHOLE: ReadonlySet<string> = new Set(["MGA"]);

export function amountAtStripe(amountMinor: number, currency: string): number {
  if (AS_A_WHOLE.has(currency)) return amountMinor / 100;
  return IN_HUNDREDTHS.has(currency) ? amountMinor * 100 : amountMinor;
}
