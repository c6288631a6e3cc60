/** When an account's periods begin and end, and its deposit. */
import { z } from "zod";
import { showMoney } from "../../../core/money.ts";
import { MOST_BILLING_DAY } from "../../../core/statement.ts";
import {
  type BillingView,
  changeBilling,
  type DepositMove,
  moveDeposit,
  requireDepositLine,
  viewBilling,
} from "../../../flows/billing.ts";
import { DEPOSIT_LINE_TYPES, type DepositLine, pageOfDepositLines } from "../../../store/billing.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { currency, id, MOST_MINOR_UNITS, minorUnits, moment, wholeNumber } from "../schemas.ts";

const billingShape = z
  .object({
    account_id: id,
    day: z.int().meta({ description: "Of the month: periods begin on it, at 00:00 UTC." }),
    period_starts_at: moment,
    period_ends_at: moment.meta({
      description: "The period that is open ends then, and is closed by itself.",
    }),
    unbilled_minor: minorUnits.meta({
      description:
        "Running charges and corrections that are on no statement yet. Orders were settled when they were made.",
    }),
    balance_minor: minorUnits.meta({ description: "In the deposit: the sum of its lines." }),
    deposit_low_mark_minor: minorUnits
      .nullable()
      .meta({ description: "As it was set. Null: a fifth of the last top-up." }),
    low_mark_minor: minorUnits.meta({
      description: "Once the deposit falls below this, an alert is raised.",
    }),
    currency,
    shown: z
      .object({ unbilled: z.string(), balance: z.string() })
      .meta({ description: "For people.", examples: [{ unbilled: "12.50 EUR", balance: "1000.00 EUR" }] }),
  })
  .meta({ id: "Billing" });

function showBilling(billing: BillingView): z.output<typeof billingShape> {
  const shown = (amount_minor: number) => showMoney({ amount_minor, currency: billing.currency });
  return {
    ...billing,
    shown: { unbilled: shown(billing.unbilled_minor), balance: shown(billing.balance_minor) },
  };
}

const depositLineShape = z
  .object({
    id,
    account_id: id,
    type: z
      .enum(DEPOSIT_LINE_TYPES)
      .meta({ description: "`draw` and `credit` settle a statement; the others are made by the vendor." }),
    amount_minor: minorUnits.meta({ description: "Below zero: out of the deposit." }),
    currency,
    shown: z.string().meta({ description: "For people.", examples: ["12.50 EUR"] }),
    statement_id: id.nullable().meta({ description: "Of a draw or a credit: what it settled." }),
    reference: z.string(),
    made_at: moment,
    made_by: z.string(),
  })
  .meta({ id: "DepositLine" });

const showLine = (line: DepositLine): z.output<typeof depositLineShape> => ({
  ...line,
  shown: showMoney(line),
});

const moveBody = z.strictObject({
  amount_minor: wholeNumber(1, MOST_MINOR_UNITS),
  reference: z
    .string({ error: "expected text" })
    .trim()
    .max(200, { error: "expected at most 200 characters" })
    .optional()
    .meta({ description: "How the money came or went, in your own books. No personal data." }),
});

function moveRoute(type: DepositMove["type"], path: "top-ups" | "refunds", summary: string) {
  return defineRoute({
    id: `deposit.${type}`,
    tag: "Billing",
    method: "post",
    path: `/accounts/{account_id}/deposit/${path}`,
    permission: "licenses",
    need: "change",
    ...(type === "refund" ? { settles: true as const } : {}),
    summary,
    description:
      "In the account's currency. Lines are never changed: a mistake is made good by another line.",
    body: moveBody,
    answers: { 201: depositLineShape },
    faults: ["conflict"],
    run: async ({ context, by, params: { account_id }, body }) => {
      const { amount_minor, reference = "" } = body;
      const line = await moveDeposit(context, by, { account_id, type, amount_minor, reference });
      return reply(201, showLine(line), { location: `/accounts/${account_id}/deposit/lines/${line.id}` });
    },
  });
}

export const BILLING_ROUTES: readonly Route[] = [
  defineRoute({
    id: "billing.get",
    tag: "Billing",
    method: "get",
    path: "/accounts/{account_id}/billing",
    permission: "reports",
    need: "see",
    summary: "Read the period that is open, what it holds so far, and the deposit",
    answers: { 200: billingShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) =>
      reply(200, showBilling(await viewBilling(context, params.account_id))),
  }),
  defineRoute({
    id: "billing.change",
    tag: "Billing",
    method: "patch",
    path: "/accounts/{account_id}/billing",
    permission: "licenses",
    need: "change",
    summary: "Set the day that periods begin on, or when the deposit is low",
    description: "With another day, the period that is open ends on it: earlier or later, never in the past.",
    body: z.strictObject({
      day: wholeNumber(1, MOST_BILLING_DAY).optional(),
      deposit_low_mark_minor: wholeNumber(0, MOST_MINOR_UNITS)
        .nullable()
        .optional()
        .meta({ description: "Null: a fifth of the last top-up." }),
    }),
    answers: { 200: billingShape },
    faults: ["conflict"],
    etag: true,
    run: async ({ context, by, params: { account_id }, body, requireUnchanged }) => {
      const check = (current: BillingView) => requireUnchanged(showBilling(current));
      const { day, deposit_low_mark_minor } = body;
      const change = { day, deposit_low_mark_minor };
      return reply(200, showBilling(await changeBilling(context, by, account_id, change, check)));
    },
  }),
  defineRoute({
    id: "deposit.lines",
    tag: "Billing",
    method: "get",
    path: "/accounts/{account_id}/deposit/lines",
    permission: "reports",
    need: "see",
    summary: "List what went into the deposit and out of it, newest first",
    query: pageQuery({
      type: z
        .enum(DEPOSIT_LINE_TYPES, { error: `expected one of ${DEPOSIT_LINE_TYPES.join(", ")}` })
        .optional(),
    }),
    answers: { 200: pageOf(depositLineShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfDepositLines(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showLine));
    },
  }),
  defineRoute({
    id: "deposit.line",
    tag: "Billing",
    method: "get",
    path: "/accounts/{account_id}/deposit/lines/{line_id}",
    permission: "reports",
    need: "see",
    summary: "Read a line of the deposit",
    answers: { 200: depositLineShape },
    faults: [],
    run: async ({ context, params: { account_id, line_id } }) =>
      reply(200, showLine(await requireDepositLine(context.db, account_id, line_id))),
  }),
  moveRoute("top_up", "top-ups", "Write down money that came into the deposit"),
  moveRoute("refund", "refunds", "Write down money that was given back out of the deposit"),
];
