/** Lists, licenses, lots, deliveries, learners, and what they did. */
import { createLot } from "../../../../src/flows/buying.ts";
import { deliver } from "../../../../src/flows/deliveries.ts";
import { createList } from "../../../../src/flows/lists.ts";
import { BY } from "../../../support/fixtures.ts";
import { ALL, CHANGERS, type Expectations, OWNER, VENDOR, type World } from "./expectation.ts";

const nothing = () => ({});
const ofLicense = ({ license: { license_id } }: World) => ({ params: { license_id } });
const ofDelivery = ({ license: { delivery_id } }: World) => ({ params: { delivery_id } });
const ofLearner = ({ learner_id }: World) => ({ params: { learner_id } });

const newLicense = async ({ gateway, account_id }: World) => {
  const { license_id, delivery_id } = await gateway.volume([], { account: { account_id } });
  return { license_id, delivery_id };
};

async function newList({ gateway, account_id, license }: World) {
  const contents = { name: gateway.context.deps.newId(), course_ids: [license.course_id] };
  const { id } = await createList(gateway.context, BY, account_id, contents);
  return { list_id: id };
}

async function newLot(world: World) {
  const { license_id } = await newLicense(world);
  const order = { account_id: world.account_id, license_id, quantity: 1 };
  return { lot_id: (await createLot(world.gateway.context, BY, order)).id };
}

/** The first there is. */
async function one(
  { gateway, account_id }: World,
  table: "seat" | "attempt" | "launch" | "identity" | "charge",
) {
  const rows = await gateway.context.db.query<{ id: string }>(
    `select id from ${table} where account_id = $1 limit 1`,
    [account_id],
  );
  return { params: { [`${table}_id`]: rows[0]?.id ?? "" } };
}

/** The second launch makes it (RULES §3.1). */
async function aCharge(world: World) {
  for (const _launch of [1, 2]) await world.gateway.launch(world.license, { who: "charged" });
  return one(world, "charge");
}

export const ACCOUNT_NOUNS: Expectations = {
  "lists.list": { may: ALL, sample: nothing },
  "lists.create": {
    may: CHANGERS,
    sample: ({ gateway }) => ({ body: { name: gateway.context.deps.newId() } }),
  },
  "lists.get": { may: ALL, sample: async (world) => ({ params: await newList(world) }) },
  "lists.change": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newList(world), body: { course_ids: [] } }),
  },
  "lists.delete": { may: CHANGERS, sample: async (world) => ({ params: await newList(world) }) },

  "licenses.list": { may: ALL, sample: nothing },
  "licenses.get": { may: ALL, sample: ofLicense },
  "licenses.usage": { may: ALL, sample: ofLicense },
  "accounts.usage": { may: ALL, sample: () => ({ query: "?from=2025-01&to=2026-01" }) },
  "usage.recount": { may: VENDOR, sample: nothing },
  "simulations.run": {
    may: CHANGERS,
    sample: ({ license: { license_id } }) => ({
      body: { license_ids: [license_id], plan: { kind: "population", purchases: [{ quantity: 10 }] } },
    }),
  },
  "licenses.create": {
    may: VENDOR,
    sample: ({ license: { course_id } }) => ({ body: { kind: "pay_per_use", course_id } }),
  },
  "licenses.change": {
    may: VENDOR,
    sample: async (world) => ({ params: await newLicense(world), body: { retake: true } }),
  },
  "licenses.end": { may: VENDOR, sample: async (world) => ({ params: await newLicense(world) }) },
  "licenses.pause": { may: CHANGERS, sample: async (world) => ({ params: await newLicense(world) }) },
  "licenses.unpause": { may: CHANGERS, sample: async (world) => ({ params: await newLicense(world) }) },
  "library.add": {
    may: CHANGERS,
    sample: async ({ gateway }) => ({ body: { course_id: (await gateway.course()).course_id } }),
  },

  "lots.list": { may: ALL, sample: nothing },
  "lots.get": { may: ALL, sample: async (world) => ({ params: await newLot(world) }) },
  "lots.create": {
    may: CHANGERS,
    sample: async (world) => ({ body: { license_id: (await newLicense(world)).license_id, quantity: 5 } }),
  },
  "lots.recount": { may: VENDOR, sample: nothing },

  "deliveries.list": { may: ALL, sample: nothing },
  "deliveries.get": { may: ALL, sample: ofDelivery },
  "deliveries.create": {
    may: CHANGERS,
    sample: async (world) => ({
      body: { license_id: (await newLicense(world)).license_id, format: "scorm2004-3" },
    }),
  },
  "deliveries.create_many": {
    may: CHANGERS,
    sample: async (world) => ({
      body: { license_id: (await newLicense(world)).license_id, formats: ["scorm2004-4"] },
    }),
  },
  "deliveries.change": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newLicense(world), body: { label: "Plant 2" } }),
  },
  "deliveries.revoke": { may: CHANGERS, sample: async (world) => ({ params: await newLicense(world) }) },
  "deliveries.package": { may: CHANGERS, sample: ofDelivery },
  "deliveries.packages": {
    may: CHANGERS,
    sample: ({ license: { delivery_id } }) => ({ query: `?ids=${delivery_id}` }),
  },
  "deliveries.common_cartridge": {
    may: CHANGERS,
    sample: async ({ gateway, license: { account_id, license_id } }) => {
      const order = { account_id, license_id, course_id: null, connection_id: null, label: "" };
      await deliver(gateway.context, BY, { ...order, format: "lti" });
      return { query: `?license_id=${license_id}` };
    },
  },

  "learners.list": { may: ALL, sample: nothing },
  "learners.get": { may: ALL, sample: ofLearner },
  "learners.deactivate": { may: CHANGERS, sample: ofLearner },
  "learners.reactivate": { may: CHANGERS, sample: ofLearner },
  "identities.list": { may: ALL, sample: nothing },
  "identities.get": { may: ALL, sample: (world) => one(world, "identity") },
  "identities.mark_test": { may: CHANGERS, sample: () => ({ body: { value: "tess" } }) },

  "seats.list": { may: ALL, sample: nothing },
  "seats.get": { may: ALL, sample: (world) => one(world, "seat") },
  "charges.list": { may: ALL, sample: nothing },
  "charges.get": { may: ALL, sample: aCharge },
  "attempts.list": { may: ALL, sample: nothing },
  "attempts.get": { may: ALL, sample: (world) => one(world, "attempt") },
  "attempts.reset": { may: VENDOR, sample: (world) => one(world, "attempt") },
  "launches.list": { may: ALL, sample: nothing },
  "launches.get": { may: ALL, sample: (world) => one(world, "launch") },

  "token_secret.renew": { may: OWNER, sample: nothing },
};
