/** What really happens at once under the kinds that are bought ahead or assigned (RULES §2 "Concurrency"), from two processes. */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createLot } from "../../src/flows/buying.ts";
import type { Context } from "../../src/flows/context.ts";
import { deactivateLearner } from "../../src/flows/learners.ts";
import { runDueRenewals } from "../../src/flows/renewals.ts";
import { reportActivity } from "../../src/flows/reportActivity.ts";
import { pageOfAssignments } from "../../src/store/assignments.ts";
import { listMiscountedLots } from "../../src/store/licenses.ts";
import { ALL_ROWS, BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";

let postgres: PostgresServer;
let gateway: TestGateway;
let second: Context;
beforeAll(async () => {
  postgres = await startPostgres();
  gateway = await testGateway({ databaseUrl: await postgres.createDatabase() });
  second = gateway.secondProcess();
}, 120_000);
beforeEach(async () => {
  await gateway.empty();
  gateway.clock.set("2026-01-15T10:00:00Z");
});
afterAll(async () => {
  await gateway.close();
  await postgres.remove();
});

/** Every learner through both processes at once. */
function throughBoth(learners: number, license: TestLicense) {
  return Promise.all(
    Array.from({ length: 2 * learners }, (_, index) =>
      gateway.launch(license, {
        who: `learner-${Math.floor(index / 2)}`,
        through: index % 2 === 0 ? gateway.context : second,
      }),
    ),
  );
}

const pick = ({ account_id, license_id }: TestLicense) => ({ account_id, license_id });
const letIn = (visits: readonly { readonly code: string | null }[]) =>
  visits.filter(({ code }) => code === null).length;
const running = async (license: TestLicense) =>
  (await gateway.seats(license)).filter(({ status }) => status !== "released");

test("a renewal that is held up keeps nobody waiting who came at the same moment for another license", async () => {
  const renewing = await gateway.sell("subscription", { quantity: 3 });
  const other = await gateway.volume([3]);
  await gateway.launch(renewing, { who: "ana" });
  gateway.clock.set("2027-01-15T10:00:00Z");
  await createLot(gateway.context, BY, { ...pick(other), quantity: 3 });
  const order: string[] = [];
  const asRenewed = () => order.push("renewed");
  let ana: Promise<unknown> = Promise.resolve();
  await second.db.transaction(async (sql) => {
    await sql.query("select from license where id = $1 for update", [renewing.license_id]);
    ana = gateway.launch(renewing, { who: "ana" }).finally(asRenewed);
    expect((await gateway.launch(other, { who: "ben" })).code).toBeNull();
    order.push("other");
  });
  expect(await ana).toMatchObject({ code: null });
  expect(order).toEqual(["other", "renewed"]);
});

test("launches and renewals at the end of a term begin one next term, and every holder is in", async () => {
  const license = await gateway.sell("subscription", { quantity: 30 });
  expect(letIn(await throughBoth(20, license))).toBe(40);
  gateway.clock.set("2027-01-15T10:00:00Z");
  const [visits] = await Promise.all([
    throughBoth(20, license),
    runDueRenewals(gateway.context),
    runDueRenewals(second),
  ]);
  expect(letIn(visits)).toBe(40);
  expect(await gateway.seats(license)).toHaveLength(40);
  const orders = await gateway.context.db.query("select from purchase_order where reason = 'renewal'");
  expect(orders).toHaveLength(1);
  expect(letIn(await throughBoth(35, license))).toBe(60);
  expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
});

test("an overage counts every learner once, a fixed number is never exceeded", async () => {
  const population = await gateway.sell("population", { quantity: 10 });
  expect(letIn(await throughBoth(40, population))).toBe(80);
  expect(await gateway.seats(population)).toHaveLength(40);
  const users = await gateway.sell("mau", { quantity: 10 });
  expect(letIn(await throughBoth(40, users))).toBe(20);
  expect(await gateway.seats(users)).toHaveLength(10);
  expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
});

test("first launches that assign make one assignment and one charge for each learner", async () => {
  const license = await gateway.sell("course_assignment", { terms: { first_launch: "assign" } });
  expect(letIn(await throughBoth(30, license))).toBe(60);
  expect(await gateway.charges(license)).toHaveLength(30);
  const { account_id } = license;
  expect(await pageOfAssignments(gateway.context.db, account_id, {}, ALL_ROWS)).toHaveLength(30);
});

test("sign-ins and launches of one learner at once spend one credit", async () => {
  const license = await gateway.sell("mauc", { quantity: 5 });
  const { account_id, license_id } = license;
  const signIn = (context: Context, external_id: string) =>
    reportActivity(context, {
      account_id,
      license_id,
      external_id,
      learner: { connection_id: null, value: "learner-0", name: "" },
    });
  const both = [gateway.context, second];
  await Promise.all([
    throughBoth(1, license),
    ...Array.from({ length: 10 }, (_, index) => signIn(both[index % 2] as Context, `sign-in ${index}`)),
    ...Array.from({ length: 10 }, (_, index) => signIn(both[index % 2] as Context, "the same")),
  ]);
  expect(await gateway.seats(license)).toHaveLength(1);
  const activities = await gateway.context.db.query("select from activity");
  expect(activities).toHaveLength(11);
  expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
});

test("learners who are deactivated and reactivated while others launch: never more seats than there are", async () => {
  const license = await gateway.sell("seats", { quantity: 5 });
  const visits = await throughBoth(5, license);
  const holders = [...new Set(visits.map((visit) => visit.allowed().claims.learner_id))];
  const toggle = async (learner: string, context: Context) => {
    for (const deactivated of [true, false, true, false])
      await deactivateLearner(context, BY, license.account_id, learner, deactivated);
  };
  await Promise.all([
    ...holders.map((learner, index) => toggle(learner, index % 2 === 0 ? gateway.context : second)),
    throughBoth(15, license),
  ]);
  expect((await running(license)).length).toBeLessThanOrEqual(5);
  expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
});
