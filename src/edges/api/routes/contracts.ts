/** What an account has agreed to. */
import { z } from "zod";
import { createContract, endContract, requireContract } from "../../../flows/accounts.ts";
import { type Contract, pageOfContracts } from "../../../store/accounts.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, kindName, moment } from "../schemas.ts";

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
];
