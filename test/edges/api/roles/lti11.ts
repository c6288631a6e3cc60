/** Secrets of LTI 1.1. */
import { makeLti11Secret } from "../../../../src/flows/lti/lti11Secrets.ts";
import { BY } from "../../../support/fixtures.ts";
import { ALL, CHANGERS, type Expectations, type World } from "./expectation.ts";

/** A new link each time: it takes two secrets. */
async function linkOf({ gateway, account_id }: World) {
  const license = await gateway.volume([], { account: { account_id } });
  const { delivery_id } = await gateway.deliverAgain(license, "lti");
  return { delivery_id };
}

export const LTI11: Expectations = {
  "lti11_secrets.list": { may: ALL, sample: async (world) => ({ params: await linkOf(world) }) },
  "lti11_secrets.create": { may: CHANGERS, sample: async (world) => ({ params: await linkOf(world) }) },
  "lti11_secrets.end": {
    may: CHANGERS,
    sample: async (world) => {
      const params = await linkOf(world);
      const { made } = await makeLti11Secret(
        world.gateway.context,
        BY,
        { ...params, account_id: world.account_id },
        0,
      );
      return { params: { ...params, secret_id: made.id } };
    },
  },
};
