/** How an account pays what its deposit does not cover. */
import { z } from "zod";
import { disconnect, startConnecting, viewPaymentMethod } from "../../../flows/payments/paymentMethods.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment } from "../schemas.ts";

const methodShape = z
  .object({
    account_id: id,
    adapter: z
      .string()
      .meta({ description: "What is asked for the rest of a statement: `manual_invoice`, or `stripe`." }),
    state: z.enum(["none", "connected", "lost"]).meta({
      description:
        "`none`: an invoice is sent. `lost`: the payment service says that what was connected is no more.",
    }),
    description: z.string().meta({ examples: ["Visa •••• 4242, 12/2030"] }),
    changed_at: moment.nullable(),
  })
  .meta({ id: "PaymentMethod" });

const LONGEST_URL = 2000;

/** Any page of https; or of this gateway's own, which may be http where it is tried out. */
const returnUrl = z
  .string()
  .max(LONGEST_URL)
  .refine((written) => URL.canParse(written) && new URL(written).protocol === "https:", {
    error: "expected an https URL",
  });

export const PAYMENT_METHOD_ROUTES: readonly Route[] = [
  defineRoute({
    id: "payment_method.get",
    tag: "Payment method",
    method: "get",
    path: "/accounts/{account_id}/payment-method",
    permission: "purchases",
    need: "see",
    summary: "How the account pays",
    answers: { 200: methodShape },
    faults: [],
    run: async ({ context, params }) => reply(200, await viewPaymentMethod(context, params.account_id)),
  }),
  defineRoute({
    id: "payment_method.connect",
    tag: "Payment method",
    method: "post",
    path: "/accounts/{account_id}/payment-method/connect",
    permission: "purchases",
    need: "change",
    summary: "Begin to connect a payment method",
    description:
      "Answers with a page of the payment service's, to be opened by whoever connects it. No card number comes to this gateway. The method is connected once the service has said so, a moment after.",
    body: z.strictObject({
      return_url: returnUrl.optional().meta({ description: "Where the page leads back to." }),
    }),
    answers: { 200: z.object({ url: z.url(), expires_at: moment }) },
    faults: ["payment_method_unsupported", "payment_service_unavailable"],
    run: async ({ context, by, params, body }) =>
      reply(200, await startConnecting(context, by, params.account_id, body.return_url ?? null)),
  }),
  defineRoute({
    id: "payment_method.disconnect",
    tag: "Payment method",
    method: "delete",
    path: "/accounts/{account_id}/payment-method",
    permission: "purchases",
    need: "change",
    summary: "Disconnect the payment method",
    description: "From then on invoices are sent. Refused while a payment from it is under way.",
    answers: { 204: null },
    faults: ["conflict"],
    run: async ({ context, by, params }) => {
      await disconnect(context, by, params.account_id);
      return reply(204, null);
    },
  }),
];
