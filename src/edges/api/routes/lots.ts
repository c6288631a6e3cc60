/** Lots: capacity of a license that was bought ahead. */
import { z } from "zod";
import { createLot } from "../../../flows/buying.ts";
import { requireLot } from "../../../flows/licenses.ts";
import { type LotRow, listMiscountedLots } from "../../../store/licenses.ts";
import { pageOfLots } from "../../../store/listing/licenses.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, wholeNumber } from "../schemas.ts";

const lotShape = z
  .object({
    id,
    account_id: id,
    license_id: id,
    quantity: z.int(),
    taken: z.int().meta({ description: "Every seat that is not released, ended ones too." }),
    starts_at: moment,
    ends_at: moment.nullable(),
    created_at: moment,
  })
  .meta({ id: "Lot" });

const showLot = (lot: LotRow): z.output<typeof lotShape> => lot;

const MOST_SEATS = 1_000_000;

export const LOT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "lots.list",
    tag: "Lots",
    method: "get",
    path: "/accounts/{account_id}/lots",
    permission: "licenses",
    need: "see",
    summary: "List the lots, newest first",
    query: pageQuery({ license_id: id.optional() }),
    answers: { 200: pageOf(lotShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfLots(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showLot));
    },
  }),
  defineRoute({
    id: "lots.create",
    tag: "Lots",
    method: "post",
    path: "/accounts/{account_id}/lots",
    permission: "purchases",
    need: "change",
    summary: "Buy seats of a license ahead",
    description: `An order of one line. The account's own administrators buy as much as is said at *Orders*. Where a purchase makes several
lots, the answer is the first.`,
    body: z.strictObject({ license_id: id, quantity: wholeNumber(1, MOST_SEATS) }),
    answers: { 201: lotShape },
    faults: ["conflict", "kind_barred", "price_missing", "license_ended", "order_too_large"],
    run: async ({ context, by, principal, params: { account_id }, body }) => {
      const self_service = principal.account_id !== null;
      const lot = await createLot(context, by, { account_id, ...body, self_service });
      return reply(201, showLot(lot), { location: `/accounts/${account_id}/lots/${lot.id}` });
    },
  }),
  defineRoute({
    id: "lots.get",
    tag: "Lots",
    method: "get",
    path: "/accounts/{account_id}/lots/{lot_id}",
    permission: "licenses",
    need: "see",
    summary: "Read a lot",
    answers: { 200: lotShape },
    faults: [],
    run: async ({ context, params }) =>
      reply(200, showLot(await requireLot(context.db, params.account_id, params.lot_id))),
  }),
  defineRoute({
    id: "lots.recount",
    tag: "Lots",
    method: "get",
    path: "/lots/miscounted",
    permission: "licenses",
    need: "see",
    vendorOnly: true,
    summary: "Count the taken seats of every lot again; lists those that differ",
    description: "Always none, unless something is broken. Reads every seat: not for every day.",
    answers: {
      200: z.object({
        items: z.array(z.object({ account_id: id, lot_id: id, taken: z.int(), counted: z.int() })),
      }),
    },
    faults: [],
    run: async ({ context }) => reply(200, { items: await listMiscountedLots(context.db) }),
  }),
];
