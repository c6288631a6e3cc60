/** Money is a whole number of minor units (cents, say) with an ISO 4217 currency. */
export interface Money {
  readonly amount_minor: number;
  readonly currency: string;
}

/** For people: `12.50 EUR`; digits after the point as the currency has them. */
export function showMoney({ amount_minor, currency }: Money): string {
  const digits =
    new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  return `${(amount_minor / 10 ** digits).toFixed(digits)} ${currency}`;
}
