/** Statements, and how their rest is paid: a part of the table of settings. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { oneOf, origin, setting, text } from "./settingValues.ts";

export const PAYMENT_SETTINGS = {
  PAYMENTS: setting({
    ...oneOf("manual", "stripe"),
    fallback: "manual",
    meaning:
      "How the rest of a statement is paid. `manual`: somebody sends an invoice. `stripe`: from the payment method that an account has connected; by invoice where it has none.",
  }),
  STRIPE_SECRET_KEY: setting<string>({
    ...text("a secret or restricted key of Stripe's, such as `sk_live_…`", /^(sk|rk)_\S{8,}$/),
    fallback: "",
    secret: true,
    meaning: "With PAYMENTS `stripe`.",
  }),
  STRIPE_WEBHOOK_SECRET: setting<string>({
    ...text("the signing secret of the webhook at Stripe, `whsec_…`", /^whsec_\S{8,}$/),
    fallback: "",
    secret: true,
    meaning: "What proves that a message to `/webhooks/stripe` is Stripe's.",
  }),
  STATEMENT_FONT: setting<string>({
    expected: "a file of a TrueType or OpenType font",
    parse: (value: string) =>
      /\.(ttf|otf|woff2?)$/i.test(value) && existsSync(value) ? resolve(value) : undefined,
    fallback: "",
    meaning:
      "What statements as PDF are written with, where accounts or courses have names in letters other than those of Western Europe.",
  }),
  STRIPE_ORIGIN: setting({
    ...origin,
    fallback: "https://api.stripe.com",
    meaning: "Where Stripe's API is; another one for trying out.",
  }),
};
