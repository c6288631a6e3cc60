/** Whoever writes seats, they are counted: one by one or many at once (docs/decisions/usage.md). */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { listMiscountedUsage, rollUpUsage } from "../../src/store/usage.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
afterAll(() => gateway.close());

test("seats that are taken by one statement are counted in one row for each license and month", async () => {
  const license = await gateway.payPerUse();
  await gateway.launch(license, { who: "somebody who was there before" });
  const { db } = gateway.context;
  await rollUpUsage(db, 100);
  await db.query(
    `with newcomer as (
       insert into learner (account_id, id, created_at)
       select account_id, gen_random_uuid(), created_at from learner, generate_series(1, 7) returning account_id, id
     ), numbered as (
       select account_id, id, row_number() over () as number from newcomer
     )
     insert into seat (account_id, id, license_id, learner_id, status, launches, counted_launch_at, starts_at, confirmed_at,
       released_at)
     select account_id, gen_random_uuid(), $1, id,
       case when number <= 3 then 'pending' when number <= 6 then 'confirmed' else 'released' end, 1, '2026-01-31T12:00Z',
       case when number = 1 then timestamptz '2026-02-01T00:00Z' else '2026-01-31T12:00Z' end,
       case when number <= 3 then null when number = 6 then timestamptz '2026-02-01T00:00Z' else '2026-01-31T12:00Z' end,
       case when number = 7 then timestamptz '2026-03-01T00:00Z' end
     from numbered`,
    [license.license_id],
  );
  const counted = await db.query(
    "select to_char(month, 'YYYY-MM') as month, started, pending, confirmed, released from usage_change order by month",
  );
  expect(counted).toEqual([
    { month: "2026-01", started: 5, pending: 2, confirmed: 2, released: 0 },
    { month: "2026-02", started: 1, pending: 1, confirmed: 1, released: 0 },
    { month: "2026-03", started: 0, pending: 0, confirmed: 0, released: 1 },
  ]);
  expect(await listMiscountedUsage(db)).toEqual([]);
});
