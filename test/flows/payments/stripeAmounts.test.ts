/** What is charged at Stripe is what stands on the statement, in every currency. */
import { expect, test } from "@jest/globals";
import { digitsOf } from "../../../src/core/money.ts";
import { amountAtStripe } from "../../../src/flows/payments/stripeAmounts.ts";

/** As Stripe's documentation lists them; all others have two, or three as in ISO 4217. */
const WITHOUT_DECIMALS_AT_STRIPE = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split(" ");
const OTHERS_AT_STRIPE = { EUR: 2, HUF: 2, IDR: 2, COP: 2, PKR: 2, ISK: 2, UGX: 2, KWD: 3, BHD: 3, TND: 3 };

test.each([
  ...WITHOUT_DECIMALS_AT_STRIPE.map((currency) => [currency, 0] as const),
  ...Object.entries(OTHERS_AT_STRIPE),
])("5,000 %s", (currency, digitsAtStripe) => {
  const amountMinor = 5000 * 10 ** digitsOf(currency);
  expect(amountAtStripe(amountMinor, currency)).toBe(5000 * 10 ** digitsAtStripe);
});
