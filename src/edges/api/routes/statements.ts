/** Statements: what stands on them, what proves each line, and how they were paid. */
import { z } from "zod";
import { showMoney } from "../../../core/money.ts";
import {
  PAYMENT_STATES,
  STATEMENT_STATES,
  type StatementLine,
  type StatementView,
} from "../../../core/statement.ts";
import { closePeriods, viewStatement } from "../../../flows/ledger/closePeriod.ts";
import { type Evidence, openEvidence, requireStatement } from "../../../flows/ledger/viewStatements.ts";
import { markPaid, requestPayment } from "../../../flows/payments/pay.ts";
import { listPayments, type Payment } from "../../../store/payments.ts";
import { findPosition, pageOfLines, pageOfStatements } from "../../../store/statements.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { currency, id, minorUnits, moment } from "../schemas.ts";
import { chargeShape, showCharge } from "./charges.ts";
import { launchShape, showLaunch } from "./launches.ts";
import { priceShape, showPrice } from "./prices.ts";
import { seatShape, showSeat } from "./seats.ts";

const hash = z.string().meta({ description: "SHA-256, hexadecimal." });

const statementShape = z
  .object({
    id,
    account_id: id,
    number: z.int().meta({ description: "Within the account: 1, 2, 3 …" }),
    account_name: z.string().meta({ description: "As the account was called when the period was closed." }),
    period_starts_at: moment,
    period_ends_at: moment.meta({ description: "Not included." }),
    currency,
    state: z.enum(STATEMENT_STATES).meta({
      description:
        "`settled`: nothing was left to pay. `unpaid`: payment was not asked for yet. `pending`: it is under way; of an invoice, until somebody marks it as paid. `failed`: the last attempt did. `paid`: all of it.",
    }),
    lines: z.int().meta({ description: "How many there are." }),
    ordered_minor: minorUnits.meta({ description: "Orders, which were settled when they were made." }),
    charged_minor: minorUnits,
    corrected_minor: minorUnits.meta({ description: "Zero or less." }),
    deposit_before_minor: minorUnits,
    deposit_drawn_minor: minorUnits.meta({ description: "Paid by the deposit." }),
    deposit_credited_minor: minorUnits.meta({ description: "A negative total, credited to the deposit." }),
    deposit_after_minor: minorUnits,
    due_minor: minorUnits.meta({ description: "The rest, to the payment method on file." }),
    shown: z
      .object({ ordered: z.string(), charged: z.string(), corrected: z.string(), due: z.string() })
      .meta({ description: "For people." }),
    sealed_sequence: z
      .int()
      .meta({ description: "How far the chain of charges was sealed when the period was closed." }),
    sealed_hash: hash,
    closed_at: moment,
  })
  .meta({ id: "Statement" });

function showStatement(statement: StatementView): z.output<typeof statementShape> {
  const shown = (amount_minor: number) => showMoney({ amount_minor, currency: statement.currency });
  return {
    ...statement,
    shown: {
      ordered: shown(statement.ordered_minor),
      charged: shown(statement.charged_minor),
      corrected: shown(statement.corrected_minor),
      due: shown(statement.due_minor),
    },
  };
}

const paymentShape = z
  .object({
    id,
    attempt: z.int(),
    amount_minor: minorUnits,
    currency,
    state: z.enum(PAYMENT_STATES),
    adapter: z.string().nullable().meta({ description: "Null: not asked yet." }),
    reference: z.string().nullable(),
    failure: z.string().nullable(),
    requested_at: moment,
    ended_at: moment.nullable().meta({ description: "When it was paid, or failed." }),
  })
  .meta({ id: "Payment" });

const showPayment = (payment: Payment): z.output<typeof paymentShape> => payment;

const lineShape = z
  .object({
    id: id.meta({ description: "Of the charge or the order's line." }),
    position: z.int(),
    type: z.enum(["order", "charge", "correction"]),
    made_at: moment,
    license_id: id,
    license_short_id: z.string(),
    kind: z.string(),
    course_id: id.nullable(),
    title: z
      .string()
      .nullable()
      .meta({ description: "Of the course or bundle, as it was called then. Null: the whole catalog." }),
    quantity: z.int(),
    unit_amount_minor: minorUnits,
    amount_minor: minorUnits,
    shown: z.string(),
    price_id: id.nullable(),
    order_id: id.nullable().meta({ description: "Of an order's line, as the number." }),
    order_number: z.int().nullable(),
    discount_basis_points: z
      .int()
      .nullable()
      .meta({ description: "By the quantity's tier, in hundredths of a percent; 0: none." }),
    portion: z
      .object({ numerator: z.int(), denominator: z.int() })
      .nullable()
      .meta({ description: "Of the unit's price: the part of the term that was left. 1/1: all of it." }),
    reason: z.string().nullable().meta({ description: "Of a charge, as what follows." }),
    rule: z.string().nullable(),
    launch_id: id.nullable(),
    seat_id: id.nullable(),
    learner_id: id.nullable(),
    corrects_charge_id: id.nullable(),
    sequence: z.int().nullable().meta({ description: "Its place in the chain of charges." }),
    hash: hash.nullable(),
  })
  .meta({ id: "StatementLine" });

const NOT_OF_ORDERS = {
  reason: null,
  rule: null,
  launch_id: null,
  seat_id: null,
  learner_id: null,
  corrects_charge_id: null,
  sequence: null,
  hash: null,
} as const;
const NOT_OF_CHARGES = {
  order_id: null,
  order_number: null,
  discount_basis_points: null,
  portion: null,
} as const;

function showLine(line: StatementLine, lineCurrency: string): z.output<typeof lineShape> {
  const shown = showMoney({ amount_minor: line.amount_minor, currency: lineCurrency });
  return line.type === "order" ? { ...NOT_OF_ORDERS, ...line, shown } : { ...NOT_OF_CHARGES, ...line, shown };
}

const evidenceShape = z
  .object({
    line: lineShape,
    charge: chargeShape.nullable(),
    corrected: chargeShape.nullable().meta({ description: "Of a correction: the charge that it corrects." }),
    launch: launchShape.nullable(),
    seat: seatShape.nullable(),
    price: priceShape.nullable().meta({ description: "The price that was in force." }),
    order: z
      .object({ id, number: z.int(), reason: z.string(), ordered_at: moment, ordered_by: z.string() })
      .nullable(),
    order_line: z
      .object({
        starts_at: moment,
        ends_at: moment,
        tier_from_quantity: z.int().nullable(),
        discount_basis_points: z.int(),
        portion_numerator: z
          .int()
          .meta({ description: "Over the denominator: the part of the term that was left." }),
        portion_denominator: z.int(),
        corrects_line_id: id.nullable(),
        lot_ids: z.array(id),
      })
      .nullable(),
  })
  .meta({ id: "StatementEvidence" });

const orNull = <Thing, Shown>(thing: Thing | null, show: (thing: Thing) => Shown): Shown | null =>
  thing === null ? null : show(thing);

function showEvidence(evidence: Evidence, lineCurrency: string): z.output<typeof evidenceShape> {
  return {
    line: showLine(evidence.line, lineCurrency),
    charge: orNull(evidence.charge, showCharge),
    corrected: orNull(evidence.corrected, showCharge),
    launch: orNull(evidence.launch, showLaunch),
    seat: orNull(evidence.seat, showSeat),
    price: orNull(evidence.price, showPrice),
    order: evidence.order,
    order_line: orNull(evidence.order_line, ({ lot_ids, ...line }) => ({ ...line, lot_ids: [...lot_ids] })),
  };
}

export const STATEMENT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "statements.list",
    tag: "Statements",
    method: "get",
    path: "/accounts/{account_id}/statements",
    permission: "reports",
    need: "see",
    showsPilots: true,
    summary: "List the statements, newest first",
    query: pageQuery({}),
    answers: { 200: pageOf(statementShape) },
    faults: [],
    run: async (call) => {
      const { context, params } = call;
      const read = (page: PageRequest) => pageOfStatements(context.db, params.account_id, page);
      return reply(200, await paged(call, read, (statement) => showStatement(viewStatement(statement))));
    },
  }),
  defineRoute({
    id: "statements.close",
    tag: "Statements",
    method: "post",
    path: "/accounts/{account_id}/statements",
    permission: "licenses",
    need: "change",
    settles: true,
    summary: "Close the periods that have ended",
    description:
      "They are closed by themselves, a few minutes after their end; this does not wait. A period is closed once, however often and by however many it is asked for: the answer is its one statement.",
    body: z.strictObject({
      period_starts_at: moment
        .optional()
        .meta({ description: "Whose statement to answer with. The period that ended last, if not given." }),
    }),
    answers: { 200: statementShape },
    faults: ["conflict"],
    run: async ({ context, by, params: { account_id }, body }) =>
      reply(200, showStatement(await closePeriods(context, by, account_id, body.period_starts_at ?? null))),
  }),
  defineRoute({
    id: "statements.get",
    tag: "Statements",
    method: "get",
    path: "/accounts/{account_id}/statements/{statement_id}",
    permission: "reports",
    need: "see",
    showsPilots: true,
    summary: "Read a statement",
    answers: { 200: statementShape },
    faults: [],
    etag: true,
    run: async ({ context, params: { account_id, statement_id } }) =>
      reply(200, showStatement(await requireStatement(context.db, account_id, statement_id))),
  }),
  defineRoute({
    id: "statements.lines",
    tag: "Statements",
    method: "get",
    path: "/accounts/{account_id}/statements/{statement_id}/lines",
    permission: "reports",
    need: "see",
    showsPilots: true,
    summary: "List the lines of a statement, as they stand on it",
    query: pageQuery({}),
    answers: { 200: pageOf(lineShape) },
    faults: [],
    run: async (call) => {
      const { context, params } = call;
      const { account_id, statement_id } = params;
      const statement = await requireStatement(context.db, account_id, statement_id);
      const read = async ({ after, most }: PageRequest) => {
        const from = after === null ? 0 : await findPosition(context.db, account_id, statement_id, after);
        return pageOfLines(context.db, account_id, statement_id, from, most);
      };
      return reply(200, await paged(call, read, (line) => showLine(line, statement.currency)));
    },
  }),
  defineRoute({
    id: "statements.evidence",
    tag: "Statements",
    method: "get",
    path: "/accounts/{account_id}/statements/{statement_id}/lines/{line_id}",
    permission: "reports",
    need: "see",
    showsPilots: true,
    summary: "Open what a line rests on: launch, seat, rule and price, or the order",
    answers: { 200: evidenceShape },
    faults: [],
    run: async ({ context, params: { account_id, statement_id, line_id } }) => {
      const statement = await requireStatement(context.db, account_id, statement_id);
      const evidence = await openEvidence(context, account_id, statement_id, line_id);
      return reply(200, showEvidence(evidence, statement.currency));
    },
  }),
  defineRoute({
    id: "payments.list",
    tag: "Statements",
    method: "get",
    path: "/accounts/{account_id}/statements/{statement_id}/payments",
    permission: "reports",
    need: "see",
    showsPilots: true,
    summary: "List the attempts to have the rest of a statement paid, in their order",
    answers: { 200: z.object({ items: z.array(paymentShape) }) },
    faults: [],
    run: async ({ context, params: { account_id, statement_id } }) => {
      await requireStatement(context.db, account_id, statement_id);
      const payments = await listPayments(context.db, account_id, statement_id);
      return reply(200, { items: payments.map(showPayment) });
    },
  }),
  defineRoute({
    id: "payments.request",
    tag: "Statements",
    method: "post",
    path: "/accounts/{account_id}/statements/{statement_id}/payments",
    permission: "licenses",
    need: "change",
    settles: true,
    summary: "Ask for the rest again, after a payment that failed",
    answers: { 201: paymentShape },
    faults: ["conflict"],
    run: async ({ context, by, params: { account_id, statement_id } }) =>
      reply(201, showPayment(await requestPayment(context, by, account_id, statement_id))),
  }),
  defineRoute({
    id: "payments.mark_paid",
    tag: "Statements",
    method: "post",
    path: "/accounts/{account_id}/statements/{statement_id}/mark-paid",
    permission: "licenses",
    need: "change",
    settles: true,
    summary: "Say that the rest of a statement was paid: its invoice, or by other means",
    body: z.strictObject({
      reference: z
        .string({ error: "expected text" })
        .trim()
        .max(200, { error: "expected at most 200 characters" })
        .optional()
        .meta({ description: "In your own books. No personal data." }),
    }),
    answers: { 200: paymentShape },
    faults: ["conflict"],
    run: async ({ context, by, params: { account_id, statement_id }, body }) =>
      reply(200, showPayment(await markPaid(context, by, account_id, statement_id, body.reference ?? ""))),
  }),
];
