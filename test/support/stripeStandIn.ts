/**
 * A stand-in for Stripe: the part of its API that the gateway uses, held in memory. It is strict where the real one is: the key,
 * the version, bodies as forms, and idempotency keys (the same key with the same body: the first answer again; with another
 * body: an error; while the first is under way: a conflict). It can be told what becomes of a charge, to fail, to hang, to do
 * and not to answer; and it signs webhooks as Stripe's documentation says.
 */
import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type Form, readForm } from "./stripeForm.ts";

/** What becomes of a charge. `authentication`: its bank wants the customer to confirm. `slow`: as bank debits do, it takes days. */
export type ChargeOutcome = "succeed" | "decline" | "stolen" | "authentication" | "slow";

/** What befalls a request. `lose`: it is done, and nothing comes back. */
export type StripeTrouble = "fail" | "hang" | "lose" | "busy" | null;

export interface StripeRequest {
  readonly method: string;
  readonly path: string;
  readonly form: Form;
  readonly idempotency_key: string | null;
}

export interface StripeIntent {
  readonly id: string;
  readonly amount: number;
  readonly currency: string;
  readonly customer: string;
  readonly payment_method: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly description: string;
  status: string;
  last_payment_error: { readonly code: string; readonly decline_code?: string } | null;
}

export interface SignedMessage {
  readonly body: string;
  readonly signature: string;
}

export interface StripeStandIn {
  readonly origin: string;
  readonly secret_key: string;
  readonly webhook_secret: string;
  /** Settings that lead a gateway here. */
  readonly settings: Readonly<Record<string, string>>;
  /** Every request that was understood, oldest first. */
  readonly requests: StripeRequest[];
  readonly intents: StripeIntent[];
  readonly detached: string[];
  /** Of the next charges. */
  outcome: ChargeOutcome;
  /** Asked at each request. */
  trouble: (request: StripeRequest) => StripeTrouble;
  /** Somebody has gone through the page that was made last. @returns What Stripe then tells. */
  connect(card?: { readonly brand: string; readonly last4: string }): object;
  /** @param at When it is signed; seconds since 1970. */
  sign(type: string, object: object, at: Date): SignedMessage;
  /** Stripe forgets keys after a day. */
  forgetKeys(): void;
  /** As it was at first. */
  empty(): void;
  stop(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

interface Kept {
  readonly request: string;
  answer: Answer | null;
}

interface World {
  readonly customers: Map<string, string>;
  readonly sessions: { id: string; customer: string; metadata: Readonly<Record<string, string>> }[];
  readonly setups: Map<string, object>;
  readonly methods: Set<string>;
  readonly intents: StripeIntent[];
  readonly detached: string[];
  readonly keys: Map<string, Kept>;
}

const SECRET_KEY = "sk_test_stand_in_of_stripe";
const WEBHOOK_SECRET = "whsec_stand_in_of_stripe";

export async function startStripeStandIn(): Promise<StripeStandIn> {
  const world: World = {
    customers: new Map(),
    sessions: [],
    setups: new Map(),
    methods: new Set(),
    intents: [],
    detached: [],
    keys: new Map(),
  };
  let count = 0;
  const newId = (prefix: string) => `${prefix}_${String(++count).padStart(8, "0")}`;
  const server = createServer((request, response) => void serve(request, response));

  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const [path = "", query = ""] = (incoming.url ?? "").split("?");
    const body = await text(incoming);
    const refused = refusalOf(incoming, body);
    if (refused) return send(response, refused);
    const request: StripeRequest = {
      method: incoming.method ?? "",
      path,
      form: readForm(incoming.method === "GET" ? query : body),
      idempotency_key: (incoming.headers["idempotency-key"] as string | undefined) ?? null,
    };
    standIn.requests.push(request);
    const trouble = standIn.trouble(request);
    if (trouble === "hang") return;
    if (trouble === "fail") return send(response, error(500, "api_error", "Something went wrong"));
    if (trouble === "busy") return send(response, error(429, "invalid_request_error", "Too many requests"));
    const answer = once(world, request, () => answerTo(world, standIn.outcome, newId, request));
    if (trouble === "lose") return void incoming.socket.destroy();
    send(response, answer);
  };

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const standIn: StripeStandIn = {
    origin,
    secret_key: SECRET_KEY,
    webhook_secret: WEBHOOK_SECRET,
    settings: {
      PAYMENTS: "stripe",
      STRIPE_ORIGIN: origin,
      STRIPE_SECRET_KEY: SECRET_KEY,
      STRIPE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    },
    requests: [],
    intents: world.intents,
    detached: world.detached,
    outcome: "succeed",
    trouble: () => null,
    connect: (card = { brand: "visa", last4: "4242" }) => completeSession(world, newId, card),
    sign: (type, object, at) => sign(newId("evt"), type, object, at),
    forgetKeys: () => world.keys.clear(),
    empty: () => {
      for (const part of Object.values(world) as (Map<string, unknown> | Set<string> | unknown[])[])
        if (Array.isArray(part)) part.length = 0;
        else part.clear();
      standIn.requests.length = 0;
      standIn.outcome = "succeed";
      standIn.trouble = () => null;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return standIn;
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { "content-type": "application/json", "request-id": "req_stand_in" });
  response.end(JSON.stringify(body));
}

function error(status: number, type: string, message: string, more: object = {}): Answer {
  return { status, body: { error: { type, message, ...more } } };
}

/** What the real one would not listen to. */
function refusalOf({ headers, method }: IncomingMessage, body: string): Answer | null {
  if (headers.authorization !== `Bearer ${SECRET_KEY}`)
    return error(401, "invalid_request_error", "Invalid API Key provided");
  if (!/^\d{4}-\d{2}-\d{2}\.\w+$/.test(String(headers["stripe-version"])))
    return error(400, "invalid_request_error", "Invalid Stripe API version");
  const type = headers["content-type"] ?? "";
  if (method === "POST" && body !== "" && !type.startsWith("application/x-www-form-urlencoded"))
    return error(400, "invalid_request_error", `Invalid request type ${type}`);
  return null;
}

function once({ keys }: World, request: StripeRequest, work: () => Answer): Answer {
  const key = request.idempotency_key;
  if (key === null || request.method !== "POST") return work();
  const asked = JSON.stringify([request.path, request.form]);
  const kept = keys.get(key);
  if (kept && kept.request !== asked)
    return error(400, "idempotency_error", "Keys can only be used with the same parameters");
  if (kept?.answer) return kept.answer;
  if (kept)
    return error(409, "idempotency_error", "There is another request under this key", {
      code: "idempotency_key_in_use",
    });
  const mine: Kept = { request: asked, answer: null };
  keys.set(key, mine);
  mine.answer = work();
  return mine.answer;
}

type NewId = (prefix: string) => string;

function answerTo(world: World, outcome: ChargeOutcome, newId: NewId, request: StripeRequest): Answer {
  const { method, path, form } = request;
  const [, , noun = "", id = "", verb = ""] = path.split("/");
  const of = `${method} ${[noun, id && noun !== "checkout" ? "{id}" : id, verb].filter(Boolean).join("/")}`;
  switch (of) {
    case "POST customers":
      return makeCustomer(world, newId, form);
    case "POST checkout/sessions":
      return makeSession(world, newId, form);
    case "GET setup_intents/{id}":
      return found(world.setups.get(id));
    case "GET payment_intents":
      return listIntents(world, form);
    case "GET payment_intents/{id}":
      return found(world.intents.find((intent) => intent.id === id));
    case "POST payment_intents":
      return charge(world, outcome, newId, form);
    case "POST payment_intents/{id}/cancel":
      return cancel(world.intents.find((intent) => intent.id === id));
    case "POST payment_methods/{id}/detach":
      return detach(world, id);
    default:
      return error(404, "invalid_request_error", `Unrecognized request URL (${of})`);
  }
}

function found(object: object | undefined): Answer {
  return object ? { status: 200, body: object } : missing("No such object");
}

function missing(message: string): Answer {
  return error(404, "invalid_request_error", message, { code: "resource_missing" });
}

function makeCustomer({ customers }: World, newId: NewId, form: Form): Answer {
  const id = newId("cus");
  customers.set(id, String(form["name"]));
  return { status: 200, body: { id, object: "customer" } };
}

function makeSession({ customers, sessions }: World, newId: NewId, form: Form): Answer {
  const customer = String(form["customer"]);
  if (!customers.has(customer)) return missing(`No such customer: '${customer}'`);
  const expected = { mode: "setup", currency: /^[a-z]{3}$/, success_url: /^https?:/, cancel_url: /^https?:/ };
  for (const [name, what] of Object.entries(expected))
    if (!new RegExp(what).test(String(form[name])))
      return error(400, "invalid_request_error", `Invalid ${name}`, { param: name });
  const id = newId("cs_test");
  sessions.push({ id, customer, metadata: form["metadata"] as Record<string, string> });
  const url = `https://checkout.stripe.com/c/pay/${id}`;
  return { status: 200, body: { id, object: "checkout.session", url, expires_at: 1_800_000_000 } };
}

function completeSession(
  world: World,
  newId: NewId,
  { brand, last4 }: { brand: string; last4: string },
): object {
  const session = world.sessions.at(-1);
  if (!session) throw new Error("No page was made");
  const [setup, method] = [newId("seti"), newId("pm")];
  world.methods.add(method);
  const card = { brand, last4, exp_month: 12, exp_year: 2030 };
  const payment_method = {
    id: method,
    object: "payment_method",
    type: "card",
    card,
    get customer() {
      return world.methods.has(method) ? session.customer : null;
    },
  };
  world.setups.set(setup, { id: setup, object: "setup_intent", status: "succeeded", payment_method });
  return { ...session, object: "checkout.session", mode: "setup", setup_intent: setup, status: "complete" };
}

function listIntents({ intents }: World, form: Form): Answer {
  const data = intents.filter(({ customer }) => customer === form["customer"]).reverse();
  return { status: 200, body: { object: "list", data, has_more: false, url: "/v1/payment_intents" } };
}

function charge(world: World, outcome: ChargeOutcome, newId: NewId, form: Form): Answer {
  const customer = String(form["customer"]);
  const payment_method = String(form["payment_method"]);
  if (!world.customers.has(customer)) return missing(`No such customer: '${customer}'`);
  if (!world.methods.has(payment_method)) return missing(`No such PaymentMethod: '${payment_method}'`);
  if (form["confirm"] !== "true" || form["off_session"] !== "true")
    return error(400, "invalid_request_error", "The stand-in knows charges at once and off session alone");
  if (!/^[1-9]\d*$/.test(String(form["amount"])))
    return error(400, "invalid_request_error", "Invalid positive integer", { param: "amount" });
  const intent: StripeIntent = {
    id: newId("pi"),
    amount: Number(form["amount"]),
    currency: String(form["currency"]),
    customer,
    payment_method,
    metadata: form["metadata"] as Record<string, string>,
    description: String(form["description"]),
    status: { succeed: "succeeded", slow: "processing" }[outcome as string] ?? "requires_payment_method",
    last_payment_error: REFUSALS[outcome] ?? null,
  };
  world.intents.push(intent);
  if (intent.last_payment_error === null) return { status: 200, body: intent };
  return error(402, "card_error", "The card was refused", {
    ...intent.last_payment_error,
    payment_intent: intent,
  });
}

const REFUSALS: Readonly<Record<string, { readonly code: string; readonly decline_code: string }>> = {
  decline: { code: "card_declined", decline_code: "insufficient_funds" },
  stolen: { code: "card_declined", decline_code: "stolen_card" },
  authentication: { code: "authentication_required", decline_code: "authentication_required" },
};

function cancel(intent: StripeIntent | undefined): Answer {
  if (!intent) return missing("No such payment_intent");
  if (intent.status === "succeeded" || intent.status === "canceled")
    return error(400, "invalid_request_error", `It has a status of ${intent.status}`, {
      code: "payment_intent_unexpected_state",
    });
  intent.status = "canceled";
  return { status: 200, body: intent };
}

function detach({ methods, detached }: World, id: string): Answer {
  if (!methods.delete(id)) return error(400, "invalid_request_error", "It is attached to no customer");
  detached.push(id);
  return { status: 200, body: { id, object: "payment_method" } };
}

/** As docs.stripe.com/webhooks/signature says: HMAC-SHA256 of the time, a dot and the body. */
function sign(id: string, type: string, object: object, at: Date): SignedMessage {
  const seconds = Math.floor(at.getTime() / 1000);
  const body = JSON.stringify({ id, object: "event", type, created: seconds, data: { object } }, null, 2);
  const hash = createHmac("sha256", WEBHOOK_SECRET).update(`${seconds}.${body}`).digest("hex");
  return { body, signature: `t=${seconds},v1=${hash}` };
}
