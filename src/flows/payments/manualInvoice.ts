/** Somebody sends an invoice, and says so once it was paid. */
import type { PaymentPort } from "./port.ts";

export const manualInvoice: PaymentPort = {
  name: "manual_invoice",
  charge: ({ statement_number }) =>
    Promise.resolve({ state: "pending", reference: `statement ${statement_number}` }),
};
