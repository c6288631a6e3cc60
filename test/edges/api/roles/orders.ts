/** Orders and quotes. */
import { placeOrder } from "../../../../src/flows/buying.ts";
import { BY } from "../../../support/fixtures.ts";
import { ALL, CHANGERS, type Expectations, VENDOR, type World } from "./expectation.ts";

const newLicense = async ({ gateway, account_id }: World) =>
  (await gateway.volume([], { account: { account_id } })).license_id;

async function newOrder(world: World) {
  const { account_id, gateway } = world;
  const line = { license: await newLicense(world), quantity: 5, starts_at: null, ends_at: null };
  return placeOrder(gateway.context, BY, { account_id, self_service: false, lines: [line] });
}

const toBuy = async (world: World) => ({
  body: { lines: [{ license_id: await newLicense(world), quantity: 5 }] },
});

export const ORDERS: Expectations = {
  "orders.list": { may: ALL, sample: () => ({}) },
  "orders.create": { may: CHANGERS, sample: toBuy },
  "orders.quote": { may: CHANGERS, sample: toBuy },
  "orders.get": {
    may: ALL,
    sample: async (world) => ({ params: { order_id: (await newOrder(world)).id } }),
  },
  "orders.correct": {
    may: VENDOR,
    sample: async (world) => {
      const { id, lines } = await newOrder(world);
      return { params: { order_id: id }, body: { line_id: lines[0]?.id, quantity: 2 } };
    },
  },
};
