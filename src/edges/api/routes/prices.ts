/** What an account pays. */
import { z } from "zod";
import { WHOLE_BASIS_POINTS } from "../../../core/licensing/pricing.ts";
import { createPrice } from "../../../flows/prices.ts";
import { PRICED, type Price, pageOfPrices } from "../../../store/prices.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { currency, id, kindName, MOST_MINOR_UNITS, minorUnits, moment, wholeNumber } from "../schemas.ts";

const covers = z
  .enum(PRICED, { error: `expected one of ${PRICED.join(", ")}` })
  .meta({ description: "`unit`: each that is bought or used; `overage`: each beyond what was bought." });

const MOST_TIERS = 20;

const tier = z.strictObject({
  from_quantity: wholeNumber(2, 10_000_000).meta({ description: "Of the same thing within one order." }),
  discount_basis_points: wholeNumber(1, WHOLE_BASIS_POINTS).meta({ description: "1250 is 12.5 %." }),
});

const ONE_THING = "Null in both: of any that has no price of its own.";

export const priceShape = z
  .object({
    id,
    account_id: id,
    kind: z.string(),
    course_id: id.nullable().meta({ description: ONE_THING }),
    bundle_id: id.nullable(),
    covers: z.string(),
    term_months: z.int().nullable().meta({ description: "Of terms of this length alone; null: of any." }),
    amount_minor: minorUnits,
    currency,
    tiers: z
      .array(z.object({ from_quantity: z.int(), discount_basis_points: z.int() }))
      .meta({ description: "The highest tier that a quantity reaches counts for all of it." }),
    valid_from: moment,
  })
  .meta({ id: "Price" });

export const showPrice = (price: Price): z.output<typeof priceShape> => ({
  ...price,
  tiers: [...price.tiers],
});

export const PRICE_ROUTES: readonly Route[] = [
  defineRoute({
    id: "prices.list",
    tag: "Contracts and prices",
    method: "get",
    path: "/accounts/{account_id}/prices",
    permission: "courses",
    need: "see",
    summary: "List an account's prices, newest first",
    query: pageQuery({
      kind: kindName.optional(),
      course_id: id.optional(),
      bundle_id: id.optional(),
      covers: covers.optional(),
    }),
    answers: { 200: pageOf(priceShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfPrices(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showPrice));
    },
  }),
  defineRoute({
    id: "prices.create",
    tag: "Contracts and prices",
    method: "post",
    path: "/accounts/{account_id}/prices",
    permission: "courses",
    need: "change",
    summary: "Set what one costs, from now or from a later time",
    description: `In the account's currency. One is a seat, a credit, a person or a course assignment, as the kind has it: for a lot's
time, a term, a period or a plan.

A price is never changed and never backdated: the next one takes over from its \`valid_from\` on. A course's own
price goes before that of its bundle, that before one of neither; of each, one of the term's length before one of any.`,
    body: z.strictObject({
      kind: kindName,
      course_id: id.nullable().default(null),
      bundle_id: id.nullable().default(null),
      covers: covers.default("unit"),
      term_months: wholeNumber(1, 120)
        .nullable()
        .default(null)
        .meta({ description: "Of a subscription: 1 for monthly terms, 12 for annual ones. Null: of both." }),
      amount_minor: wholeNumber(0, MOST_MINOR_UNITS),
      tiers: z
        .array(tier)
        .max(MOST_TIERS)
        .default([])
        .meta({ description: "Rising, each with more discount; none for what is paid for as it is used." }),
      valid_from: moment.nullable().default(null).meta({ description: "Null: now." }),
    }),
    answers: { 201: priceShape },
    faults: [],
    run: async ({ context, by, params: { account_id }, body }) =>
      reply(201, showPrice(await createPrice(context, by, { account_id, ...body }))),
  }),
];
