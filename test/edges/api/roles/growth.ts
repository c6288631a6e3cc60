/** Origins of connections, and alarms. */
import { createConnection } from "../../../../src/flows/accounts.ts";
import { insertAlarm } from "../../../../src/store/growth.ts";
import { BY } from "../../../support/fixtures.ts";
import { ALL, CHANGERS, type Expectations, type World } from "./expectation.ts";

async function newConnection({ gateway, account_id }: World) {
  const { id } = await createConnection(gateway.context, BY, account_id, { name: "LMS" });
  return { connection_id: id };
}

async function newAlarm({ gateway: { context }, account_id, license: { delivery_id } }: World) {
  const id = context.deps.newId();
  const raised_at = context.deps.clock.now();
  await context.db.query("delete from alarm");
  const evidence = { size: 4, origins: 4 };
  await insertAlarm(context.db, { account_id, id, delivery_id, type: "many_origins", evidence, raised_at });
  return { alarm_id: id };
}

export const GROWTH: Expectations = {
  "alarms.list": { may: ALL, sample: () => ({}) },
  "alarms.acknowledge": { may: CHANGERS, sample: async (world) => ({ params: await newAlarm(world) }) },
  "connection_origins.list": { may: ALL, sample: async (world) => ({ params: await newConnection(world) }) },
  "connection_origins.decide": {
    may: CHANGERS,
    sample: async (world) => ({
      params: await newConnection(world),
      body: { origin: "https://lms.example.com", decision: "confirmed" },
    }),
  },
};
