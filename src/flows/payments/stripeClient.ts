/** The one way to Stripe: its own library, loaded when first needed, and what its errors mean to us. */
import type { Stripe } from "stripe";
import type { Config } from "../../config.ts";
import { Fault } from "../../core/faults.ts";

/** For whoever waits; what became of a request that takes longer is asked again. */
const ANSWER_MILLISECONDS = 10_000;

export type StripeSettings = Pick<Config, "STRIPE_SECRET_KEY" | "STRIPE_WEBHOOK_SECRET" | "STRIPE_ORIGIN">;

export type StripeClient = () => Promise<Stripe>;

export function stripeClient(settings: StripeSettings, milliseconds = ANSWER_MILLISECONDS): StripeClient {
  let client: Promise<Stripe> | undefined;
  return () => {
    client ??= load(settings, milliseconds);
    return client;
  };
}

async function load({ STRIPE_SECRET_KEY, STRIPE_ORIGIN }: StripeSettings, timeout: number): Promise<Stripe> {
  const { Stripe } = await import("stripe");
  const { protocol, hostname, port } = new URL(STRIPE_ORIGIN);
  return new Stripe(STRIPE_SECRET_KEY, {
    host: hostname,
    protocol: protocol === "http:" ? "http" : "https",
    port: port === "" ? (protocol === "http:" ? 80 : 443) : Number(port),
    timeout,
    // What is tried again is decided here: the same payment under the same key.
    maxNetworkRetries: 0,
    telemetry: false,
    appInfo: { name: "Tallygate" },
  });
}

/** What Stripe's library throws, as far as it matters here. By its fields: its classes are loaded only with it. */
export interface StripeProblem {
  /** `StripeCardError`, `StripeInvalidRequestError` … */
  readonly type: string;
  readonly code?: string;
  readonly decline_code?: string;
  readonly payment_intent?: { readonly id: string };
}

export function problemOf(error: unknown): StripeProblem | null {
  const isProblem =
    error instanceof Error &&
    "type" in error &&
    typeof error.type === "string" &&
    error.type.startsWith("Stripe");
  return isProblem ? (error as unknown as StripeProblem) : null;
}

/** Whether Stripe has understood the request and said no; anything else may have become whatever. */
export function isRefusal({ type }: StripeProblem): boolean {
  return type === "StripeCardError" || type === "StripeInvalidRequestError";
}

/** For somebody who waits for an answer. @throws Fault `payment_service_unavailable` */
export async function reachable<Result>(asked: Promise<Result>): Promise<Result> {
  try {
    return await asked;
  } catch (error) {
    if (problemOf(error) === null) throw error;
    throw new Fault(
      "payment_service_unavailable",
      "The payment service did not answer as expected; try again shortly.",
      {
        cause: error,
      },
    );
  }
}
