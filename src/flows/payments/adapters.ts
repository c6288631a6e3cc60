/** Which adapter charges an account, and which can be asked later. */
import { findPaymentMethod } from "../../store/paymentMethods.ts";
import type { Context } from "../context.ts";
import { manualInvoice } from "./manualInvoice.ts";
import type { AskablePaymentPort, PaymentPort } from "./port.ts";
import { STRIPE, stripePort } from "./stripe.ts";

/** A method that was lost is asked all the same: it fails, and somebody is told. */
export async function paymentPortFor(context: Context, accountId: string): Promise<PaymentPort> {
  if (context.config.PAYMENTS !== STRIPE) return manualInvoice;
  const method = await findPaymentMethod(context.db, accountId);
  return method && method.state !== "none" ? stripePort(context) : manualInvoice;
}

/** Those that can be asked what became of a payment of theirs, whatever its account pays by now. */
export function askablePorts(context: Context): readonly AskablePaymentPort[] {
  return context.config.PAYMENTS === STRIPE ? [stripePort(context)] : [];
}
