/**
 * What is another account's by way of one's own: its ids in the path of one's own account, in a body or in a query. To
 * whoever asks, the vendor's owner included, there is no such thing there; and nothing of it changes.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Route } from "../../../src/edges/api/route.ts";
import { ROUTES } from "../../../src/edges/api/routes/index.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type StripeStandIn, startStripeStandIn } from "../../support/stripeStandIn.ts";
import { EXPECTATIONS } from "./roles/all.ts";
import type { Sample, World } from "./roles/expectation.ts";

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

let stripe: StripeStandIn;
let gateway: TestGateway;
let api: ApiClient;
/** What is asked for is in this one. */
let foreign: World;
let own: { account_id: string; license_id: string; connection_id: string; admin: string };

beforeAll(async () => {
  stripe = await startStripeStandIn();
  gateway = await testGateway({ settings: { ...stripe.settings, API_REQUESTS_PER_MINUTE: "1000000" } });
  api = await apiClient(gateway.app());
  const { context } = gateway;
  const license = await gateway.payPerUse();
  const { account_id: stranger_id, connection_id } = await gateway.account();
  (await gateway.launch(license, { who: "foreign-learner" })).allowed();
  const [learner] = await context.db.query<{ id: string }>("select id from learner");
  foreign = { gateway, license, account_id: license.account_id, stranger_id, learner_id: learner?.id ?? "" };
  const { license_id } = await gateway.payPerUse({ account: { account_id: stranger_id } });
  own = {
    account_id: stranger_id,
    license_id,
    connection_id,
    admin: (await accountKey(context, stranger_id, "admin")).text,
  };
});
afterAll(async () => {
  await gateway.close();
  await stripe.stop();
});

/** Ids of things that an account has; courses and the like are the vendor's and may be named by anyone. */
async function idsOfAccount(accountId: string): Promise<Set<string>> {
  const tables = [
    "connection",
    "license",
    "lot",
    "purchase_order",
    "order_line",
    "price",
    "delivery",
    "learner",
    "identity",
    "seat",
    "attempt",
    "launch",
    "grade_target",
    "lti_context",
    "deactivation_suggestion",
    "list",
    "contract",
    "alarm",
    "alert",
    "event",
    "destination",
    "message",
    "charge",
    "api_key",
    "lti_registration",
    "lti_deployment",
    "lti_registration_link",
  ];
  const selects = tables.map((table) => `select id::text from ${table} where account_id = $1`);
  const rows = await gateway.context.db.query<{ id: string }>(selects.join(" union all "), [accountId]);
  return new Set(rows.map(({ id }) => id));
}

const changesOf = async (accountId: string) =>
  (await gateway.context.db.query("select 1 from audit where account_id = $1", [accountId])).length;

async function ask(route: Route, key: string, { params = {}, query = "", body }: Sample) {
  const inPath: Record<string, string> = { ...params, account_id: own.account_id };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => inPath[name] ?? `no ${name}`);
  const as = api.as(key);
  return route.method === "get" || route.method === "delete"
    ? as[route.method](`${path}${query}`)
    : as[route.method](`${path}${query}`, body ?? {});
}

const ofAccount = ROUTES.filter(({ path }) => path.includes("{account_id}"));

describe.each(ofAccount.map((route) => [route.id, route] as const))("%s", (id, route) => {
  test("with another account's ids", async () => {
    const sample = (await EXPECTATIONS[id]?.sample(foreign, { may: true })) ?? {};
    const ids = await idsOfAccount(foreign.account_id);
    const { account_id: _account, ...params } = sample.params ?? {};
    const named = JSON.stringify([params, sample.query, sample.body]).match(UUID) ?? [];
    const foreignIds = named.filter((one) => ids.has(one));
    const before = await changesOf(foreign.account_id);
    // What names nothing of another's is a change of one's own.
    if (foreignIds.length === 0 && route.method !== "get") return;
    for (const key of [own.admin, TEST_OPERATOR_KEY]) {
      const answer = await ask(route, key, { ...sample, params });
      if (route.method !== "get") expect(answer.ok).toBe(false);
      if (Object.values(params).some((one) => ids.has(one))) expect([403, 404]).toContain(answer.status);
      const shown = (JSON.stringify(answer.body).match(UUID) ?? []).filter((one) => ids.has(one));
      expect(shown.filter((one) => !foreignIds.includes(one))).toEqual([]);
      if (answer.ok) expect(shown).toEqual([]);
    }
    expect(await changesOf(foreign.account_id)).toBe(before);
  });
});

describe("lists that are filtered by another account's things", () => {
  test.each([
    "deliveries",
    "licenses",
    "seats",
    "attempts",
    "launches",
    "charges",
    "lots",
    "orders",
    "learners",
    "identities",
    "alarms",
  ])("%s are empty", async (collection) => {
    const filters = [
      `license_id=${foreign.license.license_id}`,
      `delivery_id=${foreign.license.delivery_id}`,
      `learner_id=${foreign.learner_id}`,
    ];
    for (const filter of filters) {
      const answer = await api.as(own.admin).get(`/accounts/${own.account_id}/${collection}?${filter}`);
      if (answer.status === 200) expect(answer.body.items).toEqual([]);
      else expect(answer.status).toBe(400);
    }
  });
});

describe("a delivery of one's own", () => {
  const deliver = (body: object) =>
    api.as(own.admin).post(`/accounts/${own.account_id}/deliveries`, { format: "scorm12", ...body });

  test("is not made on another account's license or connection, nor of a course that the license has not", async () => {
    const { license } = foreign;
    const [course] = await gateway.context.db.query<{ course_id: string }>(
      "select course_id from license where id = $1",
      [own.license_id],
    );
    const course_id = course?.course_id;
    expect((await deliver({ license_id: license.license_id })).status).toBe(404);
    const [connection] = await gateway.context.db.query<{ id: string }>(
      "select id from connection where account_id = $1",
      [license.account_id],
    );
    expect(
      (await deliver({ license_id: own.license_id, course_id, connection_id: connection?.id })).status,
    ).toBe(404);
    const other = await gateway.course();
    const refused = await deliver({ license_id: own.license_id, course_id: other.course_id });
    expect(refused.ok).toBe(false);
    expect(
      await gateway.context.db.query("select 1 from delivery where course_id = $1", [other.course_id]),
    ).toEqual([]);
  });
});
