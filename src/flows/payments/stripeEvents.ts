/**
 * What Stripe tells by itself. Its messages come late, twice and out of order, so none is believed about anything but what it is
 * about: how that stands is asked of Stripe. A message that comes again finds what it would do done.
 */
import type { Stripe } from "stripe";
import { Fault } from "../../core/faults.ts";
import { hasPayment } from "../../store/paymentMethods.ts";
import type { Context } from "../context.ts";
import { recordPayment } from "./pay.ts";
import { completeConnecting, loseMethod } from "./paymentMethods.ts";
import { conclude, STRIPE } from "./stripe.ts";
import { reachable } from "./stripeClient.ts";

const OLDEST_SECONDS = 300;

/** @throws Fault `message_unproved` where Stripe has not signed it, or long ago. */
export async function readStripeEvent(
  context: Context,
  body: Buffer,
  signature: string,
): Promise<Stripe.Event> {
  const { webhooks } = await context.stripe();
  const now = context.deps.clock.now().getTime();
  try {
    const secret = context.config.STRIPE_WEBHOOK_SECRET;
    return webhooks.constructEvent(body, signature, secret, OLDEST_SECONDS, undefined, now);
  } catch (cause) {
    throw new Fault("message_unproved", "Stripe-Signature: expected a fresh one of this very body.", {
      cause,
    });
  }
}

/** Types that are of no concern here are taken and forgotten: otherwise they would be sent for days. */
export async function takeStripeEvent(context: Context, event: Stripe.Event): Promise<void> {
  switch (event.type) {
    case "payment_intent.succeeded":
    case "payment_intent.processing":
    case "payment_intent.payment_failed":
    case "payment_intent.canceled":
      return takePayment(context, event.data.object.id);
    case "checkout.session.completed":
      return completeConnecting(context, event.data.object, new Date(event.created * 1000));
    case "payment_method.detached":
      return loseMethod(context, event.data.object.id);
  }
}

async function takePayment(context: Context, intentId: string): Promise<void> {
  const stripe = await context.stripe();
  const intent = await reachable(stripe.paymentIntents.retrieve(intentId));
  const { account_id = "", payment_id: id = "" } = intent.metadata;
  // The vendor may charge for other things, or for another gateway, by the same account at Stripe.
  if (!ID.test(account_id) || !ID.test(id) || !(await hasPayment(context.db, account_id, id))) return;
  const result = await reachable(conclude(stripe, intent));
  await recordPayment(context, { actor: STRIPE, why: "" }, { account_id, id }, result, STRIPE);
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
