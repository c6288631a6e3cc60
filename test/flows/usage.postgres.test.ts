/** Usage while launches and roll-ups run at once, from two processes, on real Postgres (docs/decisions/usage.md). */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runSimulation } from "../../src/flows/simulate.ts";
import { licenseUsage, rollUpDueUsage } from "../../src/flows/usage.ts";
import { listMiscountedUsage, rollUpUsage } from "../../src/store/usage.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";

let postgres: PostgresServer;
let gateway: TestGateway;
beforeAll(async () => {
  postgres = await startPostgres();
  gateway = await testGateway({ databaseUrl: await postgres.createDatabase() });
}, 120_000);
afterAll(async () => {
  await gateway.close();
  await postgres.remove();
});

const LEARNERS = 150;

test("nothing is lost or counted twice, and at every moment nobody is told fewer than were let in", async () => {
  const license = await gateway.payPerUse();
  const { account_id, license_id } = license;
  const second = gateway.secondProcess();
  let letIn = 0;
  let running = true;
  const launches = Promise.all(
    Array.from({ length: LEARNERS }, async (_, index) => {
      for (const through of [gateway.context, second])
        (await gateway.launch(license, { who: `learner${index}`, through })).allowed();
      letIn++;
    }),
  ).finally(() => {
    running = false;
  });
  const rollUps = [gateway.context, second].map(async ({ db }) => {
    while (running) await rollUpUsage(db, 7);
  });
  const readings = (async () => {
    while (running) {
      const before = letIn;
      const { seats } = await licenseUsage(gateway.context, account_id, license_id);
      expect(seats.confirmed).toBeGreaterThanOrEqual(before);
      expect(seats.pending + seats.confirmed).toBeLessThanOrEqual(LEARNERS);
    }
  })();
  await Promise.all([launches, readings, ...rollUps]);

  const expected = {
    seats: { pending: 0, confirmed: LEARNERS },
    total: { charges: LEARNERS, charged_minor: LEARNERS * 500 },
  };
  expect(await licenseUsage(gateway.context, account_id, license_id)).toMatchObject(expected);
  await Promise.all([rollUpDueUsage(gateway.context), rollUpDueUsage(second)]);
  expect(await licenseUsage(second, account_id, license_id)).toMatchObject(expected);
  expect(await listMiscountedUsage(gateway.context.db)).toEqual([]);

  gateway.clock.advance({ seconds: 1 });
  const again = { kind: "pay_per_use", terms: {}, retake: null, purchases: null, prices: null };
  const wanted = {
    account_id,
    license_ids: [license_id],
    course_id: null,
    from: null,
    until: null,
    plan: again,
  };
  expect(await runSimulation(gateway.context, wanted)).toMatchObject({
    simulated: { charged_minor: LEARNERS * 500, seats: LEARNERS },
    real: { charged_minor: LEARNERS * 500 },
  });
}, 60_000);
