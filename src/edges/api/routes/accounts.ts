/** Accounts: the vendor's customers. */
import { z } from "zod";
import { createAccount, requireAccount } from "../../../flows/accounts.ts";
import { changeAccount, closeAccount } from "../../../flows/changeAccount.ts";
import { type Account, pageOfAccounts } from "../../../store/accounts.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { currency, id, moment, nameText, queryFlag, text, wholeNumber } from "../schemas.ts";

const retake = z.boolean().meta({
  description: "Whether a learner whose seat has ended may take another; a license can say otherwise.",
});
const startsOver = z
  .boolean()
  .meta({ description: "Whether a retake starts over; else it resumes where the learner left off." });

const instructorsTest = z.boolean().meta({
  description:
    "Whether instructors, and the test persons of LMSs, become test identities with their first launch over LTI, as many as the account may have.",
});

const accountShape = z
  .object({
    id,
    name: z.string(),
    currency,
    retake,
    retake_starts_over: startsOver,
    test_identities_most: z.int().meta({ description: "How many test identities it may have." }),
    instructors_are_test_identities: instructorsTest,
    created_at: moment,
    closed_at: moment.nullable().meta({ description: "Closed for good: it can be read and not changed." }),
  })
  .meta({ id: "Account" });

const showAccount = (account: Account): z.output<typeof accountShape> => account;

export const ACCOUNT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "accounts.list",
    tag: "Accounts",
    method: "get",
    path: "/accounts",
    permission: "vendor",
    need: "see",
    summary: "List the accounts, newest first",
    query: pageQuery({
      name: text(200).optional().meta({ description: "Part of the name, in any case." }),
      closed: queryFlag.optional(),
    }),
    answers: { 200: pageOf(accountShape) },
    faults: [],
    run: async (call) => {
      const { name, closed } = call.query;
      const read = (page: PageRequest) => pageOfAccounts(call.context.db, { name, closed }, page);
      return reply(200, await paged(call, read, showAccount));
    },
  }),
  defineRoute({
    id: "accounts.create",
    tag: "Accounts",
    method: "post",
    path: "/accounts",
    permission: "vendor",
    need: "change",
    summary: "Make an account, with its first connection",
    body: z.strictObject({
      name: nameText,
      currency,
      retake: retake.default(false),
      retake_starts_over: startsOver.default(true),
    }),
    answers: { 201: accountShape },
    faults: [],
    etag: true,
    run: async ({ context, by, body }) => {
      const { account } = await createAccount(context, by, body);
      return reply(201, showAccount(account), { location: `/accounts/${account.id}` });
    },
  }),
  defineRoute({
    id: "accounts.get",
    tag: "Accounts",
    method: "get",
    path: "/accounts/{account_id}",
    permission: "license_rules",
    need: "see",
    summary: "Read an account",
    answers: { 200: accountShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) =>
      reply(200, showAccount(await requireAccount(context.db, params.account_id))),
  }),
  defineRoute({
    id: "accounts.change",
    tag: "Accounts",
    method: "patch",
    path: "/accounts/{account_id}",
    permission: "license_rules",
    need: "change",
    summary: "Change an account's name and defaults",
    description:
      "What is left out stays as it is. Changes hold for later decisions; running seats keep their end.",
    body: z.strictObject({
      name: nameText.optional(),
      retake: retake.optional(),
      retake_starts_over: startsOver.optional(),
      test_identities_most: wholeNumber(0, 1000).optional(),
      instructors_are_test_identities: instructorsTest.optional(),
    }),
    answers: { 200: accountShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) => {
      const check = (current: Account) => requireUnchanged(showAccount(current));
      return reply(200, showAccount(await changeAccount(context, by, params.account_id, body, check)));
    },
  }),
  defineRoute({
    id: "accounts.close",
    tag: "Accounts",
    method: "post",
    path: "/accounts/{account_id}/close",
    permission: "vendor",
    need: "change",
    summary: "Close an account, for good",
    description:
      "Revokes its deliveries and its API keys; courses that are open through them stop at the next beat. Everything can still be read.",
    answers: { 200: accountShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params }) =>
      reply(200, showAccount(await closeAccount(context, by, params.account_id))),
  }),
];
