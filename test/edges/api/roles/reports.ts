/** Reports, statements as files, and how the account pays. */
import { ALL, CHANGERS, type Expectation, type Expectations, type World } from "./expectation.ts";
import { MONEY } from "./money.ts";

const ofLicense = ({ license: { license_id } }: World) => ({ query: `?license_id=${license_id}` });

async function ofPlan({ gateway, account_id }: World) {
  const { license_id } = await gateway.sell("seats", { account: { account_id }, quantity: 1 });
  return { query: `?license_id=${license_id}` };
}

const ofStatement: Expectation["sample"] = (world, caller) =>
  MONEY["statements.get"]?.sample(world, caller) ?? {};

export const REPORTS: Expectations = {
  "reports.consumption": { may: ALL, sample: ofLicense },
  "reports.lots": { may: ALL, sample: ofLicense },
  "reports.tally": { may: ALL, sample: ofLicense },
  "reports.orders": { may: ALL, sample: () => ({}) },
  "reports.plan": { may: CHANGERS, sample: ofPlan },
  "reports.plan_users": { may: CHANGERS, sample: ofPlan },
  "statements.page": { may: ALL, sample: ofStatement },
  "statements.pdf": { may: ALL, sample: ofStatement },
  "statements.csv": { may: ALL, sample: ofStatement },
  "payment_method.get": { may: CHANGERS, sample: () => ({}) },
  "payment_method.connect": { may: CHANGERS, sample: () => ({}) },
  "payment_method.disconnect": { may: CHANGERS, sample: () => ({}) },
};
