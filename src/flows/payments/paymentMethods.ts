/**
 * The payment method of an account: connected by its administrators on a page of Stripe's, so that no card number ever comes
 * here, and known from then on by its reference.
 */
import { createHash } from "node:crypto";
import type { Stripe } from "stripe";
import { Fault } from "../../core/faults.ts";
import type { Account } from "../../store/accounts.ts";
import type { Sql } from "../../store/db.ts";
import {
  findMethodByReference,
  findPaymentMethod,
  insertCustomer,
  isPaymentUnderWay,
  type PaymentMethod,
  type PaymentMethodState,
  updatePaymentMethod,
} from "../../store/paymentMethods.ts";
import { requireAccount } from "../accounts.ts";
import { type By, writeAudit } from "../audited.ts";
import type { Context } from "../context.ts";
import { paymentPortFor } from "./adapters.ts";
import { STRIPE } from "./stripe.ts";
import { isRefusal, problemOf, reachable } from "./stripeClient.ts";

export interface PaymentMethodView {
  readonly account_id: string;
  readonly adapter: string;
  readonly state: PaymentMethodState;
  readonly description: string;
  readonly changed_at: Date | null;
}

export async function viewPaymentMethod(context: Context, account_id: string): Promise<PaymentMethodView> {
  const { name: adapter } = await paymentPortFor(context, account_id);
  const method = await findPaymentMethod(context.db, account_id);
  if (!method) return { account_id, adapter, state: "none", description: "", changed_at: null };
  const { state, description, changed_at } = method;
  return { account_id, adapter, state, description, changed_at };
}

export interface ConnectionPage {
  /** Of Stripe's page, for the administrator to open. */
  readonly url: string;
  readonly expires_at: Date;
}

/** @param returnUrl Where the page leads back to. @throws Fault `payment_method_unsupported`, `payment_service_unavailable` */
export async function startConnecting(
  context: Context,
  by: By,
  accountId: string,
  returnUrl: string | null,
): Promise<ConnectionPage> {
  requireStripe(context);
  const account = await requireAccount(context.db, accountId);
  const stripe = await context.stripe();
  const customer = await customerOf(context, stripe, account);
  const back = returnUrl ?? context.config.APP_ORIGIN;
  const metadata = { account_id: account.id, connected_by: by.actor };
  const { url, expires_at } = await reachable(
    stripe.checkout.sessions.create({
      mode: "setup",
      customer,
      currency: account.currency.toLowerCase(),
      success_url: back,
      cancel_url: back,
      metadata,
    }),
  );
  if (!url) throw new Error("Stripe made a page without an address");
  return { url, expires_at: new Date(expires_at * 1000) };
}

async function customerOf(context: Context, stripe: Stripe, { id, name }: Account): Promise<string> {
  const known = await findPaymentMethod(context.db, id);
  if (known) return known.customer_reference;
  // Of the name too: under one key Stripe takes one request.
  const idempotencyKey = createHash("sha256").update(`customer ${id} ${name}`).digest("hex");
  const made = await reachable(
    stripe.customers.create({ name, metadata: { account_id: id } }, { idempotencyKey }),
  );
  await insertCustomer(context.db, id, made.id, context.deps.clock.now());
  const kept = await findPaymentMethod(context.db, id);
  return kept?.customer_reference ?? made.id;
}

/**
 * Takes what an administrator has connected on Stripe's page. What is another account's customer changes nothing, nor does what
 * was told before, or late: a card that was replaced or disconnected since stays so.
 * @param at When they had, by Stripe's clock.
 */
export async function completeConnecting(
  context: Context,
  session: Stripe.Checkout.Session,
  at: Date,
): Promise<void> {
  const { account_id, connected_by = STRIPE } = session.metadata ?? {};
  if (session.mode !== "setup" || !account_id || !session.setup_intent) return;
  const stripe = await context.stripe();
  const setup = await reachable(
    stripe.setupIntents.retrieve(idOf(session.setup_intent), {
      expand: ["payment_method"],
    }),
  );
  const method = setup.payment_method;
  if (setup.status !== "succeeded" || method === null || typeof method === "string") return;
  const customer = method.customer && idOf(method.customer);
  await change(context, { actor: connected_by, why: "" }, account_id, "payment_method.connect", (current) =>
    customer === current.customer_reference && isNews(current, method.id, at)
      ? {
          ...current,
          state: "connected",
          method_reference: method.id,
          description: describe(method),
          connected_at: at,
        }
      : null,
  );
}

function isNews(current: PaymentMethod, methodId: string, at: Date): boolean {
  const { state, method_reference, changed_at, connected_at } = current;
  // What was connected before that moment was kept was recorded soon after it.
  const since = connected_at ?? (state === "none" ? null : changed_at);
  return method_reference !== methodId && (since === null || since < at);
}

/** The method was taken away at Stripe: the next payment fails, and says so. */
export async function loseMethod(context: Context, reference: string): Promise<void> {
  const held = await findMethodByReference(context.db, reference);
  if (!held) return;
  await change(context, { actor: STRIPE, why: "" }, held.account_id, "payment_method.lose", (current) =>
    current.method_reference === reference ? { ...current, state: "lost" } : null,
  );
}

/** From now on invoices are sent. @throws Fault `conflict` while a payment is under way. */
export async function disconnect(context: Context, by: By, accountId: string): Promise<void> {
  const held = await findPaymentMethod(context.db, accountId);
  if (!held || held.state === "none") return;
  await change(context, by, accountId, "payment_method.disconnect", async (current, sql) => {
    if (await isPaymentUnderWay(sql, accountId, STRIPE))
      throw new Fault(
        "conflict",
        "payment_method: a payment from it is under way; try again once it has ended.",
      );
    return { ...current, state: "none", method_reference: null, description: "" };
  });
  if (held.method_reference !== null) await detach(context, held.method_reference);
}

/** Best done, and no harm where it is not: nothing here knows the method any more. */
async function detach(context: Context, reference: string): Promise<void> {
  try {
    await (await context.stripe()).paymentMethods.detach(reference);
  } catch (error) {
    const problem = problemOf(error);
    if (problem === null) throw error;
    if (!isRefusal(problem)) context.deps.log.warn("A payment method stays at Stripe, unused", { error });
  }
}

async function change(
  context: Context,
  by: By,
  account_id: string,
  action: string,
  decide: (current: PaymentMethod, sql: Sql) => PaymentMethod | null | Promise<PaymentMethod | null>,
): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    const current = await findPaymentMethod(sql, account_id, true);
    const changed = current && (await decide(current, sql));
    if (!current || !changed) return;
    await updatePaymentMethod(sql, { ...changed, changed_at: at });
    await writeAudit(context, sql, by, at, {
      account_id,
      action,
      subject: ["account", account_id],
      before: { state: current.state, description: current.description },
      after: { state: changed.state, description: changed.description },
    });
  });
}

function requireStripe({ config }: Context): void {
  if (config.PAYMENTS !== STRIPE)
    throw new Fault(
      "payment_method_unsupported",
      "Payments are by invoice here: there is nothing to connect.",
    );
}

function idOf(expandable: string | { readonly id: string }): string {
  return typeof expandable === "string" ? expandable : expandable.id;
}

/** For people: `Visa •••• 4242, 12/2030`. */
function describe({ type, card, sepa_debit }: Stripe.PaymentMethod): string {
  if (card) {
    const brand = card.brand.charAt(0).toUpperCase() + card.brand.slice(1);
    return `${brand} •••• ${card.last4}, ${String(card.exp_month).padStart(2, "0")}/${card.exp_year}`;
  }
  return sepa_debit?.last4 ? `SEPA •••• ${sepa_debit.last4}` : type.replaceAll("_", " ");
}
