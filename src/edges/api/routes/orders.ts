/** Orders: who bought what, when, at which price. */
import { z } from "zod";
import { placeOrder, type QuotedLine, quoteOrder, type WantedLine } from "../../../flows/buying.ts";
import { correctOrder } from "../../../flows/correctOrder.ts";
import type { OrderWithLines } from "../../../flows/orders.ts";
import { listOrders, requireOrder } from "../../../flows/viewOrders.ts";
import { type LineWithLots, ORDER_REASONS } from "../../../store/orders.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { currency, id, kindName, minorUnits, moment, wholeNumber } from "../schemas.ts";

const MOST_LINES = 100;
const MOST_OF_A_LINE = 10_000_000;

const priced = {
  kind: z.string(),
  course_id: id.nullable(),
  bundle_id: id.nullable().meta({ description: "With neither a course nor a bundle: the whole catalog." }),
  quantity: z.int(),
  starts_at: moment,
  ends_at: moment,
  price_id: id.meta({ description: "The price that was in force." }),
  unit_amount_minor: minorUnits,
  tier: z
    .object({ from_quantity: z.int(), discount_basis_points: z.int() })
    .nullable()
    .meta({ description: "The discount that the order's quantity of this thing reached; 1250 is 12.5 %." }),
  portion: z.object({ numerator: z.int(), denominator: z.int() }).meta({
    description: "Of the unit's price: what is added in mid-term costs the part of the term that is left.",
  }),
  amount_minor: minorUnits,
};

const lineShape = z
  .object({
    id,
    license_id: id,
    ...priced,
    lot_ids: z.array(id).meta({ description: "The lots that it made." }),
    corrects_line_id: id.nullable().meta({ description: "The line that it takes back a part of." }),
  })
  .meta({ id: "OrderLine" });

const orderShape = z
  .object({
    id,
    account_id: id,
    number: z.int().meta({ description: "For people: 1, 2, 3 … in each account." }),
    reason: z.string(),
    ordered_at: moment,
    ordered_by: z.string(),
    self_service: z.boolean().meta({ description: "By the account's own people." }),
    amount_minor: minorUnits,
    currency,
    lines: z.array(lineShape),
  })
  .meta({ id: "Order" });

const quoteShape = z
  .object({
    amount_minor: minorUnits,
    currency,
    lines: z.array(
      z.object({ license_id: id.nullable().meta({ description: "Null: a new one." }), ...priced }),
    ),
  })
  .meta({ id: "Quote" });

function showLine(line: LineWithLots): z.output<typeof lineShape> {
  const { tier_from_quantity, discount_basis_points, portion_numerator, portion_denominator, ...rest } = line;
  const tier =
    tier_from_quantity === null ? null : { from_quantity: tier_from_quantity, discount_basis_points };
  const portion = { numerator: portion_numerator, denominator: portion_denominator };
  return { ...rest, tier, portion, lot_ids: [...line.lot_ids] };
}

function showOrder(order: OrderWithLines): z.output<typeof orderShape> {
  return { ...order, lines: order.lines.map(showLine) };
}

function showQuoted({
  license,
  price,
  tier,
  ...line
}: QuotedLine): z.output<typeof quoteShape>["lines"][number] {
  const { id: license_id, kind, course_id, bundle_id } = license;
  const unit = { price_id: price.id, unit_amount_minor: price.amount_minor };
  return { ...line, license_id, kind, course_id, bundle_id, ...unit, tier };
}

const ONE_OF_BOTH = "expected either license_id, or kind and what a new license is for";

const wantedLine = z
  .strictObject({
    license_id: id.optional().meta({ description: "More of a license that there is." }),
    kind: kindName.optional().meta({ description: "A new license of this kind." }),
    course_id: id.nullable().optional(),
    bundle_id: id.nullable().optional().meta({ description: "With neither: the whole catalog." }),
    terms: z.record(z.string().max(100), z.union([z.number(), z.string().max(100)])).optional(),
    quantity: wholeNumber(1, MOST_OF_A_LINE),
    starts_at: moment.nullable().default(null).meta({ description: "Null: as is usual for the kind." }),
    ends_at: moment.nullable().default(null).meta({ description: "Null: as is usual for the kind." }),
  })
  .refine(
    (line) =>
      (line.license_id === undefined) !== (line.kind === undefined) &&
      (line.license_id === undefined ||
        [line.course_id, line.bundle_id, line.terms].every((of) => of === undefined)),
    { error: ONE_OF_BOTH, path: ["license_id"] },
  );

const wantedOrder = z.strictObject({ lines: z.array(wantedLine).min(1).max(MOST_LINES) });

function readLine(line: z.output<typeof wantedLine>): WantedLine {
  const { license_id, kind = "", course_id = null, bundle_id = null, terms = {}, ...rest } = line;
  return { license: license_id ?? { kind, course_id, bundle_id, terms }, ...rest };
}

const SALE_FAULTS = ["conflict", "kind_barred", "price_missing", "license_ended", "order_too_large"] as const;

const ONE = "/accounts/{account_id}/orders/{order_id}";

export const ORDER_ROUTES: readonly Route[] = [
  defineRoute({
    id: "orders.list",
    tag: "Orders",
    method: "get",
    path: "/accounts/{account_id}/orders",
    permission: "reports",
    need: "see",
    summary: "List the orders, newest first",
    query: pageQuery({
      reason: z.enum(ORDER_REASONS, { error: `expected one of ${ORDER_REASONS.join(", ")}` }).optional(),
      license_id: id.optional().meta({ description: "With a line of this license." }),
      kind: kindName.optional().meta({ description: "With a line of this kind." }),
      from: moment.optional().meta({ description: "Ordered then or later." }),
      until: moment.optional().meta({ description: "Ordered before." }),
    }),
    answers: { 200: pageOf(orderShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => listOrders(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showOrder));
    },
  }),
  defineRoute({
    id: "orders.create",
    tag: "Orders",
    method: "post",
    path: "/accounts/{account_id}/orders",
    permission: "purchases",
    need: "change",
    summary: "Buy: new licenses, or more of those that there are",
    description: `All lines or none, of any kinds that are bought ahead. At the prices in force; settled when it is made.

In one order the account's own administrators buy up to 1,000 volume seats of a course and up to 100 seats of a subscription. The
vendor sells more, and what is left. What is added to a running term, period or plan ends with it; of a subscription it is priced by
the time left: whole months, plus the running month's days left over its days, over the term's months.`,
    body: wantedOrder,
    answers: { 201: orderShape },
    faults: SALE_FAULTS,
    run: async ({ context, by, principal, params: { account_id }, body }) => {
      const self_service = principal.account_id !== null;
      const wanted = { account_id, self_service, lines: body.lines.map(readLine) };
      const order = await placeOrder(context, by, wanted);
      return reply(201, showOrder(order), { location: `/accounts/${account_id}/orders/${order.id}` });
    },
  }),
  defineRoute({
    id: "orders.quote",
    tag: "Orders",
    method: "post",
    path: "/accounts/{account_id}/quotes",
    permission: "purchases",
    need: "see",
    reads: true,
    summary: "Say what an order would cost now, line by line; nothing is made",
    body: wantedOrder,
    answers: { 200: quoteShape },
    faults: SALE_FAULTS,
    run: async ({ context, principal, params: { account_id }, body }) => {
      const self_service = principal.account_id !== null;
      const quote = await quoteOrder(context, { account_id, self_service, lines: body.lines.map(readLine) });
      return reply(200, { ...quote, lines: quote.lines.map(showQuoted) });
    },
  }),
  defineRoute({
    id: "orders.get",
    tag: "Orders",
    method: "get",
    path: ONE,
    permission: "reports",
    need: "see",
    summary: "Read an order",
    answers: { 200: orderShape },
    faults: [],
    run: async ({ context, params }) =>
      reply(200, showOrder(await requireOrder(context.db, params.account_id, params.order_id))),
  }),
  defineRoute({
    id: "orders.correct",
    tag: "Orders",
    method: "post",
    path: `${ONE}/corrections`,
    permission: "corrections",
    need: "change",
    summary: "Take back a part of what a line bought",
    description: `Of what nobody took. An order of its own, with the line's amount by the quantity that is taken back as its credit; the order
that is corrected stays as it is.`,
    body: z.strictObject({ line_id: id, quantity: wholeNumber(1, MOST_OF_A_LINE) }),
    answers: { 201: orderShape },
    faults: ["conflict"],
    run: async ({ context, by, params: { account_id, order_id }, body }) => {
      const order = await correctOrder(context, by, { account_id, order_id, ...body });
      return reply(201, showOrder(order), { location: `/accounts/${account_id}/orders/${order.id}` });
    },
  }),
];
