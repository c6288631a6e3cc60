/** Money is a whole number of minor units (cents, say) with an ISO 4217 currency. */
export interface Money {
  readonly amount_minor: number;
  readonly currency: string;
}

/** For people: `12.50 EUR`; digits after the point as the currency has them. */
export function showMoney({ amount_minor, currency }: Money): string {
  return `${decimalOf(amount_minor, currency).toFixed(digitsOf(currency))} ${currency}`;
}

/** Currencies that have other than two, by ISO 4217. Runtimes tell how people write amounts instead: forints without cents, say. */
const DIGITS: ReadonlyMap<string, number> = new Map([
  ..."BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ").map(having(0)),
  ..."BHD IQD JOD KWD LYD OMR TND".split(" ").map(having(3)),
  ..."CLF UYW".split(" ").map(having(4)),
]);

function having(digits: number): (currency: string) => readonly [string, number] {
  return (currency) => [currency, digits];
}

/** How many digits stand after the point: what a minor unit is. */
export function digitsOf(currency: string): number {
  return DIGITS.get(currency) ?? 2;
}

/** In the currency's major unit, as spreadsheets want it: for showing only, never to reckon with. */
export function decimalOf(amountMinor: number, currency: string): number {
  return amountMinor / 10 ** digitsOf(currency);
}

/**
 * The product of the one list over the product of the other, half up: exact, however large the numbers on the way.
 * @param numerators Whole and not negative.
 */
export function roundHalfUp(numerators: readonly number[], denominators: readonly number[]): number {
  const numerator = numerators.reduce((product, factor) => product * BigInt(factor), 1n);
  const denominator = denominators.reduce((product, factor) => product * BigInt(factor), 1n);
  return Number((2n * numerator + denominator) / (2n * denominator));
}
