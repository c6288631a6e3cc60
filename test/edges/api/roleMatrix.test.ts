/**
 * RULES §7 through the API: every route of the table × every role × own and foreign account. A route without an entry
 * fails, and so does an entry without a route.
 */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Response } from "supertest";
import type { Role } from "../../../src/core/permissions.ts";
import type { Route } from "../../../src/edges/api/route.ts";
import { ROUTES } from "../../../src/edges/api/routes/index.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey, vendorKey } from "../../support/apiKeys.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";
import { type StripeStandIn, startStripeStandIn } from "../../support/stripeStandIn.ts";
import { EXPECTATIONS } from "./roles/all.ts";
import type { World } from "./roles/expectation.ts";

/** Who comes: their role, and whether of the account that it is about. */
interface Caller {
  readonly name: string;
  readonly role: Role;
  readonly of: "vendor" | "own" | "stranger";
  readonly key: () => string;
}

let stripe: StripeStandIn;
let gateway: TestGateway;
let api: ApiClient;
let world: World;
const keys: Record<string, string> = {};

const caller = (name: string, role: Role, of: Caller["of"]): Caller => ({
  name,
  role,
  of,
  key: () => keys[name] ?? "",
});

const CALLERS: readonly Caller[] = [
  caller("operator", "owner", "vendor"),
  caller("owner", "owner", "vendor"),
  caller("support", "support", "vendor"),
  caller("admin", "admin", "own"),
  caller("viewer", "viewer", "own"),
  caller("admin of another account", "admin", "stranger"),
  caller("viewer of another account", "viewer", "stranger"),
];

beforeAll(async () => {
  stripe = await startStripeStandIn();
  gateway = await testGateway({ settings: { ...stripe.settings, API_REQUESTS_PER_MINUTE: "1000000" } });
  api = await apiClient(gateway.app());
  const { context } = gateway;
  const license = await gateway.payPerUse();
  const { account_id: stranger_id } = await gateway.account();
  const visit = await gateway.launch(license);
  const [learner] = await context.db.query<{ id: string }>("select id from learner");
  visit.allowed();
  world = { gateway, license, account_id: license.account_id, stranger_id, learner_id: learner?.id ?? "" };
  keys["operator"] = TEST_OPERATOR_KEY;
  for (const role of ["owner", "support"] as const) keys[role] = (await vendorKey(context, role)).text;
  for (const role of ["admin", "viewer"] as const) {
    keys[role] = (await accountKey(context, world.account_id, role)).text;
    keys[`${role} of another account`] = (await accountKey(context, stranger_id, role)).text;
  }
});
afterAll(async () => {
  await gateway.context.imports.stop();
  await gateway.close();
  await stripe.stop();
});

test("every route has its entry, and every entry its route", () => {
  expect(Object.keys(EXPECTATIONS).sort()).toEqual(ROUTES.map(({ id }) => id).sort());
});

async function send(route: Route, key: string | undefined, may: boolean): Promise<Response> {
  const sample = (await EXPECTATIONS[route.id]?.sample(world, { may })) ?? {};
  const params: Record<string, string> = { account_id: world.account_id, ...sample.params };
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => params[name] ?? `no ${name}`);
  const as = api.as(key);
  const changes = await countChanges();
  const answer = sample.type
    ? await as.send(route.method, `${path}${sample.query ?? ""}`, sample.type, String(sample.body))
    : await ask(as, route, `${path}${sample.query ?? ""}`, sample.body);
  if (!may) expect(await countChanges()).toBe(changes);
  return answer;
}

function ask(as: ReturnType<ApiClient["as"]>, { method }: Route, path: string, body: unknown) {
  return method === "get" || method === "delete" ? as[method](path) : as[method](path, body ?? {});
}

/** Whatever is changed is in the audit log. An import that was let in comes to its end beside the next requests. */
async function countChanges(): Promise<number> {
  const [row] = await gateway.context.db.query<{ count: number }>(
    "select count(*) as count from audit where action <> 'course.import'",
  );
  return row?.count ?? 0;
}

describe.each(ROUTES.map((route) => [route.id, route] as const))("%s", (id, route) => {
  const expected = EXPECTATIONS[id];

  test("no key: 401", async () => {
    expectProblem(await send(route, undefined, false), 401, "unauthenticated");
  });

  test.each(CALLERS.map((each) => [each.name, each] as const))("%s", async (_name, { role, of, key }) => {
    const isOfAnAccount = route.path.includes("{account_id}");
    const may = expected?.may.includes(role) ?? false;
    const isForeign = of === "stranger" && (isOfAnAccount || (may && expected?.stranger === 404));
    const answer = await send(route, key(), may && !isForeign);
    if (isForeign) expectProblem(answer, 404, "not_found");
    else if (may) expect(answer).toMatchObject({ ok: true });
    else expectProblem(answer, 403, "forbidden");
  });
});
