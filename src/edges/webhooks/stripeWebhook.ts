/** Where Stripe tells what became of payments. Anybody can send something here: only what Stripe has signed is looked at. */
import express, { type Request, Router } from "express";
import { Fault } from "../../core/faults.ts";
import type { Context } from "../../flows/context.ts";
import { readStripeEvent, takeStripeEvent } from "../../flows/payments/stripeEvents.ts";

const MOST = "256kb";

/** As it came: the signature is of these very bytes. */
const raw = express.raw({ type: () => true, limit: MOST });

export function stripeWebhook(context: Context): Router {
  const router = Router();
  router.post("/", raw, async (request, response) => {
    const event = await readStripeEvent(context, bodyOf(request), request.get("Stripe-Signature") ?? "");
    await takeStripeEvent(context, event);
    response.status(204).end();
  });
  return router;
}

function bodyOf({ body }: Request): Buffer {
  if (Buffer.isBuffer(body)) return body;
  throw new Fault("message_unproved", "body: expected one that is signed.");
}
