/**
 * Charges the payment method that an account has connected at Stripe. What it was asked before is looked up first, by the
 * payment's id: an answer that was lost is found even where Stripe has forgotten the key (it does after a day), or another
 * card was connected meanwhile. Nothing is charged twice.
 */
import type { Stripe } from "stripe";
import { findPaymentMethod } from "../../store/paymentMethods.ts";
import type { Context } from "../context.ts";
import type { AskablePaymentPort, PaymentRequest, PaymentResult } from "./port.ts";
import { amountAtStripe } from "./stripeAmounts.ts";
import { isRefusal, problemOf } from "./stripeClient.ts";

export const STRIPE = "stripe";

export function stripePort(context: Context): AskablePaymentPort {
  return {
    name: STRIPE,
    charge: (request) => charge(context, request),
    lookUp: (reference) => lookUp(context, reference),
  };
}

async function lookUp(context: Context, reference: string): Promise<PaymentResult> {
  const stripe = await context.stripe();
  return conclude(stripe, await stripe.paymentIntents.retrieve(reference));
}

/** Newest first; an account has an attempt or two a month. */
const LOOKED_THROUGH = 100;

async function charge(context: Context, request: PaymentRequest): Promise<PaymentResult> {
  const method = await findPaymentMethod(context.db, request.account_id);
  if (!method) throw new Error(`The account ${request.account_id} is no customer at Stripe`);
  const stripe = await context.stripe();
  const { data } = await stripe.paymentIntents.list({
    customer: method.customer_reference,
    limit: LOOKED_THROUGH,
  });
  const asked = data.find(({ metadata }) => metadata["payment_id"] === request.payment_id);
  if (asked) return conclude(stripe, asked);
  if (method.state !== "connected" || method.method_reference === null)
    return { state: "failed", reference: null, failure: "payment_method_missing" };
  return ask(stripe, method.customer_reference, method.method_reference, request);
}

async function ask(
  stripe: Stripe,
  customer: string,
  payment_method: string,
  request: PaymentRequest,
): Promise<PaymentResult> {
  const { account_id, statement_id, payment_id, currency } = request;
  try {
    const intent = await stripe.paymentIntents.create(
      {
        amount: amountAtStripe(request.amount_minor, currency),
        currency: currency.toLowerCase(),
        customer,
        payment_method,
        // Nobody is there to be asked for a code, or to be sent to their bank.
        off_session: true,
        confirm: true,
        automatic_payment_methods: { enabled: true, allow_redirects: "never" },
        description: `Statement ${request.statement_number}`,
        metadata: { account_id, statement_id, payment_id },
      },
      { idempotencyKey: request.idempotency_key },
    );
    return conclude(stripe, intent);
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null || !isRefusal(problem)) throw error;
    const reference = problem.payment_intent?.id ?? null;
    if (reference !== null) await takeBack(stripe, reference);
    return { state: "failed", reference, failure: failureOf(problem) };
  }
}

/**
 * How a payment stands. What can no longer become anything by itself is taken back, so that it never becomes something after
 * all, beside another attempt.
 * @throws where it could not be taken back: then nothing is known of it.
 */
export async function conclude(stripe: Stripe, intent: Stripe.PaymentIntent): Promise<PaymentResult> {
  const result = resultOf(intent);
  if (result.state === "failed" && intent.status !== "canceled") await takeBack(stripe, intent.id);
  return result;
}

/** Stripe's answer and its message come at once: whoever heard the other may have taken it back just now. */
async function takeBack(stripe: Stripe, reference: string): Promise<void> {
  try {
    await stripe.paymentIntents.cancel(reference);
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null || !isRefusal(problem)) throw error;
    const { status } = await stripe.paymentIntents.retrieve(reference);
    if (status !== "canceled") throw error;
  }
}

function resultOf({ id, status, last_payment_error }: Stripe.PaymentIntent): PaymentResult {
  if (status === "succeeded") return { state: "paid", reference: id };
  if (status === "processing") return { state: "pending", reference: id };
  const failure =
    status === "requires_action"
      ? AUTHENTICATION_REQUIRED
      : failureOf(last_payment_error ?? { code: status });
  return { state: "failed", reference: id, failure };
}

/** The bank wants its customer to confirm: they connect the method anew, or pay by another. */
const AUTHENTICATION_REQUIRED = "authentication_required";

/** What Stripe asks to keep from whoever pays: it would tell a thief what is known. */
const KEPT_BACK: ReadonlySet<string> = new Set([
  "fraudulent",
  "generic_decline",
  "lost_card",
  "merchant_blacklist",
  "pickup_card",
  "restricted_card",
  "security_violation",
  "stolen_card",
]);

function failureOf({
  code,
  decline_code,
}: {
  readonly code?: string;
  readonly decline_code?: string;
}): string {
  return decline_code !== undefined && !KEPT_BACK.has(decline_code) ? decline_code : (code ?? "refused");
}
