/** The ledger, deposits, periods and statements. */
import { moveDeposit } from "../../../../src/flows/billing.ts";
import { closePeriods } from "../../../../src/flows/ledger/closePeriod.ts";
import { recordPayment, runDuePayments } from "../../../../src/flows/payments/pay.ts";
import { listPayments } from "../../../../src/store/payments.ts";
import { BY } from "../../../support/fixtures.ts";
import { ALL, type Expectations, VENDOR, type World } from "./expectation.ts";

const nothing = () => ({});

/** The second launch makes it (RULES §3.1). */
async function newCharge({ gateway, license }: World) {
  const who = gateway.context.deps.newId();
  for (const _launch of [1, 2]) await gateway.launch(license, { who });
  const [charge] = await gateway.context.db.query<{ id: string }>(
    `select charge.id from charge join identity on identity.account_id = charge.account_id
       and identity.learner_id = charge.learner_id where identity.value = $1`,
    [who],
  );
  return { charge_id: charge?.id ?? "" };
}

/** Of the world's own account, which has a charge on it. Its payment failed, so that another can be asked for. */
async function newStatement(world: World) {
  const { gateway, account_id } = world;
  const { context, clock } = gateway;
  const now = clock.now();
  const { charge_id: line_id } = await newCharge(world);
  // Nobody else's time goes by: keys and tokens of the world stay good.
  const billing = "update billing set period_starts_at = $2, period_ends_at = $3 where account_id = $1";
  await moveDeposit(context, BY, { account_id, type: "top_up", amount_minor: 1, reference: "" });
  const [last] = await context.db.query<{ count: number }>("select count(*) as count from statement");
  const starts = new Date(now.getTime() - 1000 + (last?.count ?? 0));
  await context.db.query(billing, [account_id, starts, new Date(now.getTime() + 1)]);
  clock.advance({ seconds: 1 });
  const { id: statement_id } = await closePeriods(context, BY, account_id, null);
  clock.set(now.toISOString());
  return { statement_id, line_id };
}

async function failedStatement(world: World) {
  const { context } = world.gateway;
  const { statement_id } = await newStatement(world);
  await runDuePayments(context);
  const [payment] = await listPayments(context.db, world.account_id, statement_id);
  if (!payment) throw new Error("The statement has no payment");
  const failed = { state: "failed", reference: null, failure: "card_declined" } as const;
  await recordPayment(context, BY, payment, failed, "card");
  return { statement_id };
}

const ofStatement = async (world: World) => ({ params: await newStatement(world) });
const ofFailed = async (world: World) => ({ params: await failedStatement(world) });

async function newTopUp({ gateway, account_id }: World) {
  const move = { account_id, type: "top_up", amount_minor: 100, reference: "" } as const;
  return { line_id: (await moveDeposit(gateway.context, BY, move)).id };
}

export const MONEY: Expectations = {
  "charges.credit": { may: VENDOR, sample: async (world) => ({ params: await newCharge(world) }) },
  "ledger.verify": { may: ALL, sample: nothing },

  "billing.get": { may: ALL, sample: nothing },
  "billing.change": { may: VENDOR, sample: () => ({ body: { deposit_low_mark_minor: 1 } }) },
  "deposit.lines": { may: ALL, sample: nothing },
  "deposit.line": { may: ALL, sample: async (world) => ({ params: await newTopUp(world) }) },
  "deposit.top_up": { may: VENDOR, sample: () => ({ body: { amount_minor: 100 } }) },
  "deposit.refund": {
    may: VENDOR,
    sample: async (world) => {
      await newTopUp(world);
      return { body: { amount_minor: 100 } };
    },
  },

  "statements.list": { may: ALL, sample: nothing },
  "statements.close": {
    may: VENDOR,
    sample: async (world) => {
      await newStatement(world);
      return { body: {} };
    },
  },
  "statements.get": { may: ALL, sample: ofStatement },
  "statements.lines": { may: ALL, sample: ofStatement },
  "statements.evidence": { may: ALL, sample: ofStatement },
  "payments.list": { may: ALL, sample: ofStatement },
  "payments.request": { may: VENDOR, sample: ofFailed },
  "payments.mark_paid": { may: VENDOR, sample: ofFailed },
};
