/** Payments by a method that the account has connected at Stripe (RULES §5), against a strict stand-in. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import request, { type Response } from "supertest";
import { readConfig } from "../../../src/config.ts";
import type { Context } from "../../../src/flows/context.ts";
import { closePeriods } from "../../../src/flows/ledger/closePeriod.ts";
import { requestPayment, runDuePayments } from "../../../src/flows/payments/pay.ts";
import { stripeClient } from "../../../src/flows/payments/stripeClient.ts";
import { listPayments, type Payment } from "../../../src/store/payments.ts";
import { type ApiCaller, type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { BY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";
import {
  type SignedMessage,
  type StripeIntent,
  type StripeStandIn,
  startStripeStandIn,
} from "../../support/stripeStandIn.ts";

let stripe: StripeStandIn;
let gateway: TestGateway;
let account_id: string;
let statement_id: string;
let api: ApiClient;
let admin: ApiCaller;

beforeAll(async () => {
  stripe = await startStripeStandIn();
  gateway = await testGateway({ settings: stripe.settings });
  api = await apiClient(gateway.app());
});
beforeEach(async () => {
  await gateway.empty();
  stripe.empty();
  ({ account_id } = await gateway.account());
  const { text } = await accountKey(gateway.context, account_id, "admin");
  admin = api.as(text);
});
afterAll(async () => {
  await gateway.close();
  await stripe.stop();
});

/** The same gateway with other settings. */
function gatewayWith(settings: Readonly<Record<string, string>>, milliseconds?: number): Context {
  const { DATA_FOLDER } = gateway.context.config;
  const config = readConfig({ NODE_ENV: "test", DATA_FOLDER, ...settings });
  return { ...gateway.context, config, stripe: stripeClient(config, milliseconds) };
}

const path = () => `/accounts/${account_id}/payment-method`;
const method = async () => (await admin.get(path())).body;

function tell({ body, signature }: SignedMessage): Promise<Response> {
  return request(gateway.app())
    .post("/webhooks/stripe")
    .set("Host", "localhost:8080")
    .set("Content-Type", "application/json")
    .set("Stripe-Signature", signature)
    .send(body);
}

const tellOf = (type: string, object: object) => tell(stripe.sign(type, object, gateway.clock.now()));

/** It takes a minute to go through the page. @returns What Stripe tells of it, and may tell again. */
async function goThroughPage(card?: { brand: string; last4: string }): Promise<SignedMessage> {
  expect((await admin.post(`${path()}/connect`, {})).status).toBe(200);
  gateway.clock.advance({ seconds: 60 });
  return stripe.sign("checkout.session.completed", stripe.connect(card), gateway.clock.now());
}

async function connect(card?: { brand: string; last4: string }): Promise<SignedMessage> {
  const message = await goThroughPage(card);
  expect((await tell(message)).status).toBe(204);
  return message;
}

/** What was connected is taken away at Stripe, and nobody has told us. */
async function detachAtStripe({ body }: SignedMessage): Promise<void> {
  const { setup_intent } = JSON.parse(body).data.object;
  const library = await gateway.context.stripe();
  const { payment_method } = await library.setupIntents.retrieve(setup_intent, {
    expand: ["payment_method"],
  });
  await library.paymentMethods.detach((payment_method as { id: string }).id);
}

/** Two learners at 5.00 each, in a month that has ended. */
async function owe(): Promise<void> {
  const license = await gateway.payPerUse({ account: { account_id } });
  for (const who of ["ana", "bob", "ana", "bob"]) await gateway.launch(license, { who });
  gateway.clock.set("2026-02-02T00:00:00Z");
  ({ id: statement_id } = await closePeriods(gateway.context, BY, account_id, null));
}

/** With Stripe, in days: it has said that it takes some. */
async function slowPayment(): Promise<StripeIntent> {
  await connect();
  await owe();
  stripe.outcome = "slow";
  expect(await pay()).toMatchObject({ state: "pending" });
  const [intent] = stripe.intents;
  if (!intent) throw new Error("Nothing was charged");
  return intent;
}

async function pay(): Promise<Payment | undefined> {
  gateway.clock.advance({ seconds: 150 });
  await runDuePayments(gateway.context);
  return (await listPayments(gateway.context.db, account_id, statement_id)).at(-1);
}

const charges = () =>
  stripe.requests.filter((one) => one.method === "POST" && one.path === "/v1/payment_intents");

describe("connecting", () => {
  test("an administrator gets a page of Stripe's; once gone through, the method is on file", async () => {
    expect(await method()).toMatchObject({ state: "none", adapter: "manual_invoice" });
    const made = await admin.post(`${path()}/connect`, { return_url: "https://portal.example.com/billing" });
    expect(made.status).toBe(200);
    expect(made.body.url).toMatch(/^https:\/\/checkout\.stripe\.com\//);
    expect(stripe.requests.at(-1)?.form).toMatchObject({
      mode: "setup",
      currency: "eur",
      success_url: "https://portal.example.com/billing",
    });
    expect(await method()).toMatchObject({ state: "none", adapter: "manual_invoice" });
    await tellOf("checkout.session.completed", stripe.connect());
    expect(await method()).toMatchObject({
      state: "connected",
      adapter: "stripe",
      description: "Visa •••• 4242, 12/2030",
    });
  });

  test("an account is one customer, however often somebody connects", async () => {
    await connect();
    await connect({ brand: "mastercard", last4: "4444" });
    expect(stripe.requests.filter((one) => one.path === "/v1/customers")).toHaveLength(1);
    expect((await method()).description).toBe("Mastercard •••• 4444, 12/2030");
  });

  test("told again, nothing changes", async () => {
    await admin.post(`${path()}/connect`, {});
    const message = stripe.sign("checkout.session.completed", stripe.connect(), gateway.clock.now());
    for (const _time of [1, 2]) expect((await tell(message)).status).toBe(204);
    const audited = await gateway.context.db.query(
      "select 1 from audit where action = 'payment_method.connect'",
    );
    expect(audited).toHaveLength(1);
  });

  test("told late of a card, after another was connected: the newer one stays", async () => {
    const early = await connect();
    const late = await goThroughPage({ brand: "amex", last4: "0005" });
    await connect({ brand: "mastercard", last4: "4444" });
    for (const message of [early, late]) expect((await tell(message)).status).toBe(204);
    expect((await method()).description).toBe("Mastercard •••• 4444, 12/2030");
  });

  test("told again after it was disconnected: nothing is connected, though Stripe still has the method", async () => {
    const message = await connect();
    stripe.trouble = ({ path }) => (path.endsWith("/detach") ? "fail" : null);
    expect((await admin.delete(path())).status).toBe(204);
    expect((await tell(message)).status).toBe(204);
    expect(await method()).toMatchObject({ state: "none", adapter: "manual_invoice" });
    await connect({ brand: "mastercard", last4: "4444" });
    expect((await method()).description).toBe("Mastercard •••• 4444, 12/2030");
  });

  test("told of a method that Stripe has taken away meanwhile: nothing is connected", async () => {
    const message = await goThroughPage();
    await detachAtStripe(message);
    expect((await tell(message)).status).toBe(204);
    expect(await method()).toMatchObject({ state: "none", adapter: "manual_invoice" });
  });

  test("a page of another account's customer connects nothing", async () => {
    await connect();
    const other = await gateway.account();
    await admin.post(`${path()}/connect`, {});
    const session = { ...stripe.connect(), metadata: { account_id: other.account_id } };
    expect((await tellOf("checkout.session.completed", session)).status).toBe(204);
    const rows = await gateway.context.db.query("select 1 from payment_method where account_id = $1", [
      other.account_id,
    ]);
    expect(rows).toEqual([]);
  });

  test("disconnected, it is taken away at Stripe too, and invoices are sent", async () => {
    await connect();
    expect((await admin.delete(path())).status).toBe(204);
    expect(stripe.detached).toHaveLength(1);
    expect(await method()).toMatchObject({ state: "none", adapter: "manual_invoice", description: "" });
  });

  test("Stripe away: said so, and nothing is kept", async () => {
    stripe.trouble = () => "fail";
    expectProblem(await admin.post(`${path()}/connect`, {}), 503, "payment_service_unavailable");
    expect(await gateway.context.db.query("select 1 from payment_method")).toEqual([]);
  });

  test("the page leads back to https alone", async () => {
    for (const return_url of ["http://portal.example.com", "javascript:alert(1)", "portal"])
      expectProblem(await admin.post(`${path()}/connect`, { return_url }), 400, "body_invalid");
  });
});

describe("a statement's rest", () => {
  test("is charged off session, under the payment's id as the key", async () => {
    await connect();
    await owe();
    const payment = await pay();
    expect(payment).toMatchObject({ state: "paid", adapter: "stripe", reference: stripe.intents[0]?.id });
    expect(charges()).toMatchObject([
      {
        idempotency_key: payment?.id,
        form: {
          amount: "1000",
          currency: "eur",
          confirm: "true",
          off_session: "true",
          description: "Statement 1",
          metadata: { account_id, statement_id, payment_id: payment?.id },
        },
      },
    ]);
  });

  test("goes by invoice where nothing is connected", async () => {
    await owe();
    expect(await pay()).toMatchObject({ state: "pending", adapter: "manual_invoice" });
    expect(stripe.requests).toEqual([]);
  });

  test.each([
    ["decline", "insufficient_funds"],
    ["stolen", "card_declined"],
    ["authentication", "authentication_required"],
  ] as const)("%s: failed as %s, and never paid after all", async (outcome, failure) => {
    await connect();
    await owe();
    stripe.outcome = outcome;
    expect(await pay()).toMatchObject({ state: "failed", failure, reference: stripe.intents[0]?.id });
    expect(stripe.intents.map(({ status }) => status)).toEqual(["canceled"]);
  });

  test("is charged again, under a new key, when somebody asks for another attempt", async () => {
    await connect();
    await owe();
    stripe.outcome = "decline";
    await pay();
    stripe.outcome = "succeed";
    await requestPayment(gateway.context, BY, account_id, statement_id);
    expect(await pay()).toMatchObject({ state: "paid", attempt: 2 });
    expect(new Set(charges().map((one) => one.idempotency_key)).size).toBe(2);
  });

  test.each(["fail", "busy", "lose"] as const)("%s: asked again, and charged once", async (trouble) => {
    await connect();
    await owe();
    stripe.trouble = ({ path }) => (path === "/v1/payment_intents" ? trouble : null);
    expect(await pay()).toMatchObject({ state: "requested" });
    stripe.trouble = () => null;
    expect(await pay()).toMatchObject({ state: "paid" });
    expect(stripe.intents).toHaveLength(1);
  });

  test("no answer at all: given up after a while, asked again, and charged once", async () => {
    await connect();
    await owe();
    stripe.trouble = ({ method: verb }) => (verb === "POST" ? "hang" : null);
    await runDuePayments(gatewayWith(stripe.settings, 300));
    expect(await listPayments(gateway.context.db, account_id, statement_id)).toMatchObject([
      { state: "requested" },
    ]);
    stripe.trouble = () => null;
    expect(await pay()).toMatchObject({ state: "paid" });
    expect(stripe.intents).toHaveLength(1);
  });

  test("an answer that was lost is found, though Stripe has forgotten the key and the card is another", async () => {
    await connect();
    await owe();
    stripe.trouble = ({ method: verb, path }) =>
      verb === "POST" && path === "/v1/payment_intents" ? "lose" : null;
    expect(await pay()).toMatchObject({ state: "requested" });
    stripe.trouble = () => null;
    stripe.forgetKeys();
    await connect({ brand: "mastercard", last4: "4444" });
    expect(await pay()).toMatchObject({ state: "paid", reference: stripe.intents[0]?.id });
    expect(stripe.intents).toHaveLength(1);
  });

  test("a wrong key of ours is nobody's failed payment", async () => {
    await connect();
    await owe();
    const wrong = gatewayWith({ ...stripe.settings, STRIPE_SECRET_KEY: "sk_test_of_somebody_else" });
    await runDuePayments(wrong);
    expect(await listPayments(gateway.context.db, account_id, statement_id)).toMatchObject([
      { state: "requested" },
    ]);
  });

  test("a method that was taken away at Stripe fails the payment", async () => {
    await connect();
    await owe();
    const [{ method_reference } = { method_reference: "" }] = await gateway.context.db.query<{
      method_reference: string;
    }>("select method_reference from payment_method");
    await tellOf("payment_method.detached", { id: method_reference, object: "payment_method" });
    expect(await method()).toMatchObject({ state: "lost", adapter: "stripe" });
    expect(await pay()).toMatchObject({ state: "failed", failure: "payment_method_missing" });
  });

  test("while a payment is under way, the method stays", async () => {
    await connect();
    await owe();
    expectProblem(await admin.delete(path()), 409, "conflict");
    await pay();
    expect((await admin.delete(path())).status).toBe(204);
  });
});

describe("what Stripe tells later", () => {
  test("a debit that came through, told twice: paid, once", async () => {
    const intent = await slowPayment();
    intent.status = "succeeded";
    const message = stripe.sign("payment_intent.succeeded", intent, gateway.clock.now());
    for (const _time of [1, 2]) expect((await tell(message)).status).toBe(204);
    expect(await pay()).toMatchObject({ state: "paid", reference: intent.id });
    const audited = await gateway.context.db.query("select 1 from audit where action = 'payment.paid'");
    expect(audited).toHaveLength(1);
  });

  test("messages out of order: what counts is how it stands", async () => {
    const intent = await slowPayment();
    const early = stripe.sign("payment_intent.processing", { ...intent }, gateway.clock.now());
    intent.status = "succeeded";
    await tellOf("payment_intent.succeeded", intent);
    expect((await tell(early)).status).toBe(204);
    expect(await pay()).toMatchObject({ state: "paid" });
  });

  test("a debit that was returned: failed", async () => {
    const intent = await slowPayment();
    intent.status = "requires_payment_method";
    intent.last_payment_error = { code: "payment_intent_payment_attempt_failed" };
    await tellOf("payment_intent.payment_failed", intent);
    expect(await pay()).toMatchObject({ state: "failed", failure: "payment_intent_payment_attempt_failed" });
    expect(stripe.intents.map(({ status }) => status)).toEqual(["canceled"]);
  });

  test("a debit that was returned, and told of though it can't be taken back now: told again", async () => {
    const intent = await slowPayment();
    intent.status = "requires_payment_method";
    stripe.trouble = ({ path }) => (path.endsWith("/cancel") ? "fail" : null);
    const message = stripe.sign("payment_intent.payment_failed", intent, gateway.clock.now());
    expectProblem(await tell(message), 503, "payment_service_unavailable");
    expect(await pay()).toMatchObject({ state: "pending" });
    stripe.trouble = () => null;
    expect((await tell(message)).status).toBe(204);
    expect(await pay()).toMatchObject({ state: "failed" });
    expect(stripe.intents.map(({ status }) => status)).toEqual(["canceled"]);
  });

  /** Stripe's message comes at once with its answer: each finds that it failed, and takes it back. */
  const takenBackMeanwhile = () => {
    stripe.trouble = ({ path }) => {
      for (const intent of path.endsWith("/cancel") ? stripe.intents : []) intent.status = "canceled";
      return null;
    };
  };

  test("a debit that was returned, and that is taken back by somebody else just now: failed", async () => {
    const intent = await slowPayment();
    intent.status = "requires_payment_method";
    takenBackMeanwhile();
    expect((await tellOf("payment_intent.payment_failed", intent)).status).toBe(204);
    expect(await pay()).toMatchObject({ state: "failed" });
  });

  test("a decline that is told of, and taken back, before its answer is here: failed", async () => {
    await connect();
    await owe();
    stripe.outcome = "decline";
    takenBackMeanwhile();
    expect(await pay()).toMatchObject({ state: "failed", failure: "insufficient_funds" });
  });

  test("of what is not ours, and of types that nobody waits for: taken and forgotten", async () => {
    const intent = await slowPayment();
    Object.assign(intent, { metadata: { account_id: "'; drop table payment", payment_id: "x" } });
    expect((await tellOf("payment_intent.succeeded", intent)).status).toBe(204);
    expect((await tellOf("customer.created", { id: "cus_1" })).status).toBe(204);
  });

  test("Stripe away meanwhile: refused, so that it is told again", async () => {
    const intent = await slowPayment();
    stripe.trouble = () => "fail";
    expectProblem(await tellOf("payment_intent.succeeded", intent), 503, "payment_service_unavailable");
  });

  test.each<[string, (message: SignedMessage) => SignedMessage]>([
    ["no signature", ({ body }) => ({ body, signature: "" })],
    ["another's signature", ({ body }) => ({ body, signature: `t=1767603600,v1=${"0".repeat(64)}` })],
    ["another body", ({ body, signature }) => ({ body: body.replace("evt_", "evt-"), signature })],
    [
      "a signature of an older scheme",
      ({ body, signature }) => ({ body, signature: signature.replace("v1=", "v0=") }),
    ],
    ["no body", ({ signature }) => ({ body: "", signature })],
  ])("%s: not listened to", async (_what, spoil) => {
    const message = stripe.sign("customer.created", { id: "cus_1" }, gateway.clock.now());
    expectProblem(await tell(spoil(message)), 400, "message_unproved");
  });

  test("a message of more than five minutes ago: not listened to", async () => {
    const message = stripe.sign("customer.created", { id: "cus_1" }, gateway.clock.now());
    gateway.clock.advance({ seconds: 301 });
    expectProblem(await tell(message), 400, "message_unproved");
  });
});

describe("what Stripe never tells", () => {
  const lookUps = () =>
    stripe.requests.filter((one) => one.method === "GET" && one.path.startsWith("/v1/payment_intents/"));
  const state = async () => (await listPayments(gateway.context.db, account_id, statement_id)).at(-1)?.state;

  test("is looked up after a day, by one process, and recorded", async () => {
    const intent = await slowPayment();
    intent.status = "succeeded";
    gateway.clock.advance({ hours: 23 });
    expect(await pay()).toMatchObject({ state: "pending" });
    expect(lookUps()).toEqual([]);
    gateway.clock.advance({ hours: 1 });
    await Promise.all([1, 2, 3].map(() => runDuePayments(gateway.context)));
    expect(await state()).toBe("paid");
    expect(lookUps()).toHaveLength(1);
    gateway.clock.advance({ hours: 48 });
    await runDuePayments(gateway.context);
    expect(lookUps()).toHaveLength(1);
  });

  test("is looked up once a day while it is under way; failed, it is taken back", async () => {
    const intent = await slowPayment();
    for (const days of [1, 2]) {
      gateway.clock.advance({ hours: 24 });
      for (const _time of [1, 2]) expect(await pay()).toMatchObject({ state: "pending" });
      expect(lookUps()).toHaveLength(days);
    }
    intent.status = "requires_payment_method";
    gateway.clock.advance({ hours: 24 });
    expect(await pay()).toMatchObject({ state: "failed" });
    expect(intent.status).toBe("canceled");
  });

  test("Stripe away then too: an operator is told, and it is looked up a day later", async () => {
    const intent = await slowPayment();
    intent.status = "succeeded";
    stripe.trouble = () => "fail";
    gateway.clock.advance({ hours: 24 });
    expect(await pay()).toMatchObject({ state: "pending" });
    expect(gateway.logged.map(({ message }) => message)).toContain(
      "A payment that is pending could not be looked up; it is looked up again in a day",
    );
    stripe.trouble = () => null;
    gateway.clock.advance({ hours: 24 });
    expect(await pay()).toMatchObject({ state: "paid" });
  });

  test("is nothing to ask of an invoice, nor where payments are by invoice now", async () => {
    await slowPayment();
    gateway.clock.advance({ hours: 48 });
    await runDuePayments(gatewayWith({}));
    const before = stripe.requests.length;
    await gateway.context.db.query("update payment set adapter = 'manual_invoice'");
    expect(await pay()).toMatchObject({ state: "pending" });
    expect(stripe.requests).toHaveLength(before);
    expect(lookUps()).toEqual([]);
  });
});

test("a gateway that sends invoices connects nothing, and listens to nobody", async () => {
  const manual = gatewayWith({});
  const { text } = await accountKey(manual, account_id, "admin");
  expectProblem(
    await (await apiClient(gateway.app(manual))).as(text).post(`${path()}/connect`, {}),
    409,
    "payment_method_unsupported",
  );
  const answer = await request(gateway.app(manual))
    .post("/webhooks/stripe")
    .set("Host", "localhost:8080")
    .send("{}");
  expectProblem(answer, 404, "not_found");
});
