/**
 * RULES §3.6: pilots "are not shown to the account". Whatever its people ask for, the answer is the one that they would get if
 * there were no pilot; what they were billed alone is shown whole. Routes that are still to be written are held to it too.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Response } from "supertest";
import type { Route } from "../../../src/edges/api/route.ts";
import { ROUTES } from "../../../src/edges/api/routes/index.ts";
import { deliver } from "../../../src/flows/deliveries.ts";
import { runDueAlerts } from "../../../src/flows/dueAlerts.ts";
import { createPrice } from "../../../src/flows/prices.ts";
import { rollUpDueUsage } from "../../../src/flows/usage.ts";
import { insertAlarm } from "../../../src/store/growth.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { BY, LMS_ORIGIN, TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";
import { type StripeStandIn, startStripeStandIn } from "../../support/stripeStandIn.ts";
import { EXPECTATIONS } from "./roles/all.ts";
import type { Sample, World } from "./roles/expectation.ts";
import { newTarget } from "./roles/grades.ts";

interface Pilot {
  readonly license_id: string;
  /** By the names of paths' parameters. */
  readonly ids: Readonly<Record<string, string>>;
}

let stripe: StripeStandIn;
let gateway: TestGateway;
let api: ApiClient;
let world: World;
let pilot: Pilot;
let course_id: string;
const keys = { admin: "", viewer: "" };

const READ = ROUTES.filter(({ id, method }) => method === "get" && EXPECTATIONS[id]?.may.includes("admin"));
const samples = new Map<string, Sample>();
const before = new Map<string, unknown>();

beforeAll(async () => {
  stripe = await startStripeStandIn();
  gateway = await testGateway({ settings: { ...stripe.settings, API_REQUESTS_PER_MINUTE: "1000000" } });
  api = await apiClient(gateway.app());
  const license = await gateway.payPerUse();
  (await gateway.launch(license, { who: "ana" })).allowed();
  const { account_id: stranger_id } = await gateway.account();
  const [learner] = await gateway.context.db.query<{ id: string }>("select id from learner");
  world = { gateway, license, account_id: license.account_id, stranger_id, learner_id: learner?.id ?? "" };
  const { context } = gateway;
  const { account_id } = world;
  for (const role of ["admin", "viewer"] as const)
    keys[role] = (await accountKey(context, account_id, role)).text;
  // Of the pilot's own kind, so that there are sums that it could be a part of.
  const plan = await gateway.sell("seats", { account: { account_id }, quantity: 5 });
  await gateway.launch(plan, { who: "ana" });
  const price = { account_id, kind: "mauc", course_id: null, amount_minor: 1000, valid_from: null };
  for (const covers of ["unit", "overage"] as const) await createPrice(context, BY, { ...price, covers });
  ({ course_id } = await gateway.course("Tried out"));
  for (const { id } of READ) {
    const { params, ...rest } = (await EXPECTATIONS[id]?.sample(world, { may: true })) ?? {};
    // Of the LMS that the pilot is tried out in.
    const connection = params?.["connection_id"] ? { connection_id: license.connection_id } : {};
    samples.set(id, { ...rest, params: { ...params, ...connection } });
  }
  await rollUpDueUsage(context);
  await runDueAlerts(context);
  for (const route of READ)
    for (const role of ["admin", "viewer"] as const)
      before.set(`${route.id} ${role}`, await answersOf(route, role));
  const now = gateway.clock.now();
  // Later than all that there was, and so at the head of every list.
  gateway.clock.advance({ seconds: 1 });
  pilot = await runPilot();
  gateway.clock.set(now.toISOString());
}, 120_000);
afterAll(async () => {
  await gateway.close();
  await stripe.stop();
});

/** Sold, delivered and used, by somebody whom the account knows and by somebody whom it does not; with all that comes of it. */
async function runPilot(): Promise<Pilot> {
  const { context } = gateway;
  const { account_id, license } = world;
  const vendor = api.as(TEST_OPERATOR_KEY);
  const at = `/accounts/${account_id}`;
  const made = await vendor.post(`${at}/licenses`, { kind: "seats", pilot: true });
  expect(made).toMatchObject({ status: 201, body: { pilot: true } });
  const license_id: string = made.body.id;
  const line = { license_id, quantity: 2, ends_at: "2026-03-01T00:00:00Z" };
  const order = await vendor.post(`${at}/orders`, { lines: [line] });
  expect(order.status).toBe(201);
  const wanted = { account_id, license_id, course_id, format: "scorm12", label: "" } as const;
  const delivery = await deliver(context, BY, { ...wanted, connection_id: license.connection_id });
  for (const who of ["ana", "nova", "one too many"])
    await gateway.launch({ delivery_key: delivery.key }, { who, origin: LMS_ORIGIN });
  const activity = {
    account_id,
    license_id,
    activity_id: "sign-in",
    learner: { learner_id: world.learner_id },
  };
  expect((await vendor.post("/activities", activity)).ok).toBe(true);
  const [launch] = await gateway.launches({ ...license, license_id });
  const alarm_id = context.deps.newId();
  const raised_at = context.deps.clock.now();
  const evidence = { size: 4, origins: 4 };
  const alarm = {
    account_id,
    id: alarm_id,
    delivery_id: delivery.id,
    type: "many_origins",
    raised_at,
  } as const;
  await insertAlarm(context.db, { ...alarm, evidence });
  await rollUpDueUsage(context);
  await gateway.launch({ delivery_key: delivery.key }, { who: "ana" });
  await runDueAlerts(context);
  const [seat] = await gateway.seats({ ...license, license_id });
  const { id: order_id, lines } = order.body;
  const [nova] = await context.db.query<{ id: string; learner_id: string }>(
    "select id, learner_id from identity where value = 'nova'",
  );
  const [platform] = await context.db.query<{ registration_id: string }>(
    "select id as registration_id from lti_registration where account_id = $1 limit 1",
    [account_id],
  );
  const ids = {
    ...(await runOverdrawnPilot()),
    ...(await newTarget(world, { attempt_id: launch?.attempt_id ?? "", ...platform })),
    license_id,
    order_id,
    lot_id: lines[0].lot_ids[0],
    delivery_id: delivery.id,
    seat_id: seat?.id ?? "",
    launch_id: launch?.id ?? "",
    attempt_id: launch?.attempt_id ?? "",
    alarm_id,
    learner_id: nova?.learner_id ?? "",
    identity_id: nova?.id ?? "",
  };
  return { license_id, ids };
}

/** Of two learners beyond what was purchased; the overage is announced, and a line of it disputed and settled. */
async function runOverdrawnPilot(): Promise<Readonly<Record<string, string>>> {
  const { account_id, license } = world;
  const vendor = api.as(TEST_OPERATOR_KEY);
  const at = `/accounts/${account_id}`;
  const { id: license_id } = (await vendor.post(`${at}/licenses`, { kind: "mauc", pilot: true })).body;
  const line = { license_id, quantity: 1, ends_at: "2026-03-01T00:00:00Z" };
  expect((await vendor.post(`${at}/orders`, { lines: [line] })).status).toBe(201);
  const wanted = { account_id, license_id, course_id, format: "scorm12", label: "overdrawn" } as const;
  const { connection_id } = license;
  const { key: delivery_key } = await deliver(gateway.context, BY, { ...wanted, connection_id });
  for (const who of ["ana", "nova", "one too many"])
    await gateway.launch({ delivery_key }, { who, origin: LMS_ORIGIN });
  const review = await vendor.post(`${at}/overage-reviews`, { license_id });
  expect(review).toMatchObject({ status: 201, body: { purchased: 1, consumed: 3 } });
  const [seat] = await gateway.seats({ ...license, license_id });
  const lines = { seat_ids: [seat?.id], reason: "Two ids." };
  const disputed = await vendor.post(`${at}/overage-reviews/${review.body.id}/disputes`, lines);
  const [dispute] = disputed.body.items;
  const settled = await vendor.post(`${at}/overage-disputes/${dispute.id}/settle`, { outcome: "upheld" });
  expect(settled.status).toBe(200);
  return { overage_review_id: review.body.id, overage_dispute_id: dispute.id };
}

function ask(route: Route, role: "admin" | "viewer" | "vendor", change: Sample = {}): Promise<Response> {
  const sample = samples.get(route.id) ?? {};
  const params: Record<string, string> = { account_id: world.account_id, ...sample.params, ...change.params };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => params[name] ?? `no ${name}`);
  const as = api.as(role === "vendor" ? TEST_OPERATOR_KEY : keys[role]);
  const query = change.query ?? sample.query ?? "";
  return route.method === "get" || route.method === "delete"
    ? as[route.method](`${path}${query}`)
    : as[route.method](`${path}${query}`, change.body ?? {});
}

/** With what it is asked for, and, where it can be, for all that there is. */
async function answersOf(route: Route, role: "admin" | "viewer"): Promise<unknown> {
  return [answerOf(await ask(route, role)), answerOf(await ask(route, role, { query: "" }))];
}

/** But what differs from request to request. */
function answerOf({ status, body, text }: Response): unknown {
  const { reference: _reference, ...rest } = body;
  return { status, body: rest, text: status === 200 ? text : "" };
}

const countAudit = async () => (await gateway.context.db.query("select 1 from audit")).length;

describe("for an account's own people a pilot is not there", () => {
  test.each(READ.map((route) => [route.id, route] as const))("%s answers as before", async (id, route) => {
    for (const role of ["admin", "viewer"] as const)
      expect(await answersOf(route, role)).toEqual(before.get(`${id} ${role}`));
  });

  test.each(
    READ.filter(({ path }) => /\{(?!account_id)\w+\}/.test(path)).map((route) => [route.id, route] as const),
  )("%s of a pilot's", async (_id, route) => {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].flatMap(([, name = ""]) =>
      name in pilot.ids ? [name] : [],
    );
    for (const name of names) {
      const params = { [name]: pilot.ids[name] ?? "" };
      for (const role of ["admin", "viewer"] as const)
        expect([403, 404]).toContain((await ask(route, role, { params })).status);
      if (/^[^{]*\{account_id\}[^{]*\{\w+\}$/.test(route.path))
        expect((await ask(route, "vendor", { params })).status).toBe(200);
    }
  });

  const filtered = READ.filter(({ query }) => "license_id" in query.shape);
  test.each(filtered.map((route) => [route.id, route] as const))("%s by its id", async (_id, route) => {
    for (const role of ["admin", "viewer"] as const) {
      const of = (license_id: string) => ask(route, role, { query: `?license_id=${license_id}` });
      const madeUp = gateway.context.deps.newId();
      const asIfMadeUp = JSON.stringify(answerOf(await of(pilot.license_id))).replaceAll(
        pilot.license_id,
        madeUp,
      );
      expect(asIfMadeUp).toBe(JSON.stringify(answerOf(await of(madeUp))));
    }
  });

  const changed = ROUTES.filter(({ method, path }) => method !== "get" && path.includes("{account_id}/"));
  test.each(changed.map((route) => [route.id, route] as const))("%s can't change it", async (id, route) => {
    const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
    const own = names.filter((name) => name in pilot.ids);
    if (own.length === 0 || !EXPECTATIONS[id]?.may.includes("admin")) return;
    const { body } = (await EXPECTATIONS[id]?.sample(world, { may: true })) ?? {};
    const audited = await countAudit();
    const params = Object.fromEntries(own.map((name) => [name, pilot.ids[name] ?? ""]));
    expectProblem(await ask(route, "admin", { params, body }), 404, "not_found");
    expect(await countAudit()).toBe(audited);
  });

  test.each([
    ["lots.create", () => ({ quantity: 1 })],
    ["deliveries.create", () => ({ format: "scorm12", course_id })],
    ["deliveries.create_many", () => ({ formats: ["scorm12"] })],
    ["activities.report", () => ({ activity_id: "one", learner: { learner_id: world.learner_id } })],
  ])("%s does not find it", async (id, rest) => {
    const route = ROUTES.find((each) => each.id === id);
    if (!route) throw new Error(`There is no route ${id}`);
    const body = { license_id: pilot.license_id, ...rest() };
    expectProblem(await ask(route, "admin", { body }), 404, "not_found");
  });

  test.each(["orders", "quotes"])("%s do not find it", async (noun) => {
    const lines = [{ license_id: pilot.license_id, quantity: 1 }];
    const answer = await api.as(keys.admin).post(`/accounts/${world.account_id}/${noun}`, { lines });
    expectProblem(answer, 404, "not_found");
  });

  test("neither do deliveries of a list", async () => {
    const at = `/accounts/${world.account_id}`;
    const admin = api.as(keys.admin);
    const list = await admin.post(`${at}/lists`, { name: "Mine", course_ids: [course_id] });
    const wanted = { list_id: list.body.id, formats: ["scorm2004-4"] };
    const many = await admin.post(`${at}/deliveries/bulk`, wanted);
    expect(many.text).toContain('"outcome":"made"');
    expect(many.text).not.toContain(pilot.license_id);
  });

  test("what deactivating a learner moved under it is not told", async () => {
    const at = `/accounts/${world.account_id}`;
    const path = `${at}/learners/${world.learner_id}`;
    const admin = api.as(keys.admin);
    expect((await admin.post(`${path}/deactivate`)).ok).toBe(true);
    const [told] = (await admin.get(`${path}/activations`)).body.items;
    const [whole] = (await api.as(TEST_OPERATOR_KEY).get(`${path}/activations`)).body.items;
    expect(whole.seats).toHaveLength(told.seats.length + 1);
    expect((await admin.get(`${at}/audit`)).text).not.toContain(pilot.license_id);
  });

  test("an account that has nothing else has nothing", async () => {
    const { context } = gateway;
    const { account_id } = await gateway.account();
    const vendor = api.as(TEST_OPERATOR_KEY);
    await vendor.post(`/accounts/${account_id}/licenses`, { kind: "mauc", pilot: true });
    const admin = api.as((await accountKey(context, account_id, "admin")).text);
    expect((await admin.get("/courses")).body.items).toEqual([]);
    expect((await admin.get(`/accounts/${account_id}/usage`)).body.kinds).toEqual([]);
    const list = { name: "Mine", course_ids: [course_id] };
    expectProblem(await admin.post(`/accounts/${account_id}/lists`, list), 404, "not_found");
  });
});

describe("a pilot", () => {
  test("is the vendor's to see", async () => {
    const vendor = api.as(TEST_OPERATOR_KEY);
    const at = `/accounts/${world.account_id}`;
    const { items } = (await vendor.get(`${at}/licenses?kind=seats`)).body;
    expect(items).toContainEqual(expect.objectContaining({ id: pilot.license_id, pilot: true }));
    const seats = await vendor.get(`${at}/seats?license_id=${pilot.license_id}`);
    expect(seats.body.items).toHaveLength(2);
  });

  test("is one of an annual plan, and made by the vendor", async () => {
    const path = `/accounts/${world.account_id}/licenses`;
    const made = (key: string, kind: string) =>
      api.as(key).post(path, { kind, pilot: true, course_id: kind === "volume" ? course_id : null });
    for (const kind of ["seats", "mauc", "mau"])
      expect(await made(TEST_OPERATOR_KEY, kind)).toMatchObject({ status: 201, body: { pilot: true } });
    for (const kind of ["volume", "population"]) {
      const refused = await made(TEST_OPERATOR_KEY, kind);
      expectProblem(refused, 400, "body_invalid");
      expect(refused.body.detail).toBe(
        `pilot: a ${kind} license can't be one; expected one of seats, mauc, mau.`,
      );
    }
    expectProblem(await made(keys.admin, "seats"), 403, "forbidden");
    const usual = await api.as(TEST_OPERATOR_KEY).post(path, { kind: "seats" });
    expect(usual.body.pilot).toBe(false);
  });

  test("is ordered by itself, so that no order that the account sees is short of a line", async () => {
    const [plan] = await gateway.context.db.query<{ id: string }>(
      "select id from license where account_id = $1 and kind = 'seats' and not pilot limit 1",
      [world.account_id],
    );
    const lines = [plan?.id, pilot.license_id].map((license_id) => ({ license_id, quantity: 1 }));
    const answer = await api.as(TEST_OPERATOR_KEY).post(`/accounts/${world.account_id}/orders`, { lines });
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toBe("lines.1.license_id: a pilot is ordered by itself.");
  });

  test("stands on the account's statement with what was paid for it", async () => {
    gateway.clock.advance({ seconds: 2 });
    const { params } = (await EXPECTATIONS["statements.get"]?.sample(world, { may: true })) ?? {};
    const at = `/accounts/${world.account_id}/statements/${params?.["statement_id"]}`;
    const { items } = (await api.as(keys.admin).get(`${at}/lines`)).body;
    expect(items).toContainEqual(
      expect.objectContaining({ amount_minor: 2000, license_id: pilot.license_id }),
    );
    const { body } = await api.as(keys.admin).get(at);
    const sum = items.reduce((total: number, line: { amount_minor: number }) => total + line.amount_minor, 0);
    expect(body.ordered_minor + body.charged_minor + body.corrected_minor).toBe(sum);
  });
});
