/** What an account has agreed to, and what it pays. */
import { z } from "zod";
import { createContract, createPrice, endContract, requireContract } from "../../../flows/accounts.ts";
import { type Contract, type Price, pageOfContracts, pageOfPrices } from "../../../store/accounts.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { currency, id, kindName, MOST_MINOR_UNITS, minorUnits, moment, wholeNumber } from "../schemas.ts";

const contractShape = z
  .object({
    id,
    account_id: id,
    kind: z.string(),
    starts_at: moment,
    ends_at: moment.nullable().meta({ description: "From then on no new seat is opened. Null: open-ended." }),
    created_at: moment,
  })
  .meta({ id: "Contract" });

const showContract = (contract: Contract): z.output<typeof contractShape> => contract;

const priceShape = z
  .object({
    id,
    account_id: id,
    kind: z.string(),
    course_id: id.nullable().meta({ description: "Null: of any course that has no price of its own." }),
    amount_minor: minorUnits,
    currency,
    valid_from: moment,
  })
  .meta({ id: "Price" });

const showPrice = (price: Price): z.output<typeof priceShape> => price;

export const CONTRACT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "contracts.list",
    tag: "Contracts and prices",
    method: "get",
    path: "/accounts/{account_id}/contracts",
    permission: "courses",
    need: "see",
    summary: "List an account's contracts, newest first",
    query: pageQuery({ kind: kindName.optional() }),
    answers: { 200: pageOf(contractShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfContracts(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showContract));
    },
  }),
  defineRoute({
    id: "contracts.create",
    tag: "Contracts and prices",
    method: "post",
    path: "/accounts/{account_id}/contracts",
    permission: "courses",
    need: "change",
    summary: "Let an account have licenses of a kind that is not bought ahead",
    body: z.strictObject({
      kind: kindName,
      starts_at: moment.optional().meta({ description: "Now, if not given." }),
      ends_at: moment.nullable().optional(),
    }),
    answers: { 201: contractShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params: { account_id }, body }) => {
      const { kind, starts_at = null, ends_at = null } = body;
      const made = await createContract(context, by, { account_id, kind, starts_at, ends_at });
      return reply(201, showContract(made), { location: `/accounts/${account_id}/contracts/${made.id}` });
    },
  }),
  defineRoute({
    id: "contracts.get",
    tag: "Contracts and prices",
    method: "get",
    path: "/accounts/{account_id}/contracts/{contract_id}",
    permission: "courses",
    need: "see",
    summary: "Read a contract",
    answers: { 200: contractShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) =>
      reply(200, showContract(await requireContract(context.db, params.account_id, params.contract_id))),
  }),
  defineRoute({
    id: "contracts.change",
    tag: "Contracts and prices",
    method: "patch",
    path: "/accounts/{account_id}/contracts/{contract_id}",
    permission: "courses",
    need: "change",
    summary: "Set when a contract ends",
    description: "Now or later. Seats that run then keep their end.",
    body: z.strictObject({ ends_at: moment.nullable().meta({ description: "Null: open-ended." }) }),
    answers: { 200: contractShape },
    faults: ["conflict"],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) => {
      const check = (current: Contract) => requireUnchanged(showContract(current));
      const { account_id, contract_id } = params;
      const changed = await endContract(context, by, account_id, contract_id, body.ends_at, check);
      return reply(200, showContract(changed));
    },
  }),
  defineRoute({
    id: "prices.list",
    tag: "Contracts and prices",
    method: "get",
    path: "/accounts/{account_id}/prices",
    permission: "courses",
    need: "see",
    summary: "List an account's prices, newest first",
    query: pageQuery({ kind: kindName.optional(), course_id: id.optional() }),
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
    summary: "Set what a seat costs, from now or from a later time",
    description:
      "In the account's currency. A price is never changed and never backdated: the next one takes over from its `valid_from` on.",
    body: z.strictObject({
      kind: kindName,
      course_id: id.nullable().optional(),
      amount_minor: wholeNumber(0, MOST_MINOR_UNITS),
      valid_from: moment.optional().meta({ description: "Now, if not given." }),
    }),
    answers: { 201: priceShape },
    faults: [],
    run: async ({ context, by, params: { account_id }, body }) => {
      const { kind, amount_minor, course_id = null, valid_from = null } = body;
      const wanted = { account_id, kind, amount_minor, course_id, valid_from };
      return reply(201, showPrice(await createPrice(context, by, wanted)));
    },
  }),
];
