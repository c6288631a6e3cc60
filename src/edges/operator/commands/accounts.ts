/** Accounts, connections, contracts and prices. */
import { z } from "zod";
import { createAccount, createConnection, createContract, createPrice } from "../../../flows/accounts.ts";
import { listAccounts, listConnections, listContracts } from "../../../store/accounts.ts";
import { account, command, flag, id, MOST_MINOR_UNITS, moment, wholeNumber } from "./command.ts";

export const ACCOUNT_COMMANDS = {
  "account create": command(
    "Make an account, with its first connection",
    z.object({
      name: z.string().min(1).max(200),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .describe("ISO 4217, as EUR"),
      retake: flag.default(false).describe("on: a learner whose seat has ended may take another"),
      "starts-over": flag.default(true).describe("on: a retake starts over; off: it resumes"),
    }),
    async ({ context, by }, asked) => {
      const wanted = { name: asked.name, currency: asked.currency, retake: asked.retake };
      const { account: made, connection } = await createAccount(context, by, {
        ...wanted,
        retake_starts_over: asked["starts-over"],
      });
      return { made: { ...made, connection_id: connection.id } };
    },
  ),
  "account list": command("List accounts", z.object({}), async ({ context }) => ({
    rows: await listAccounts(context.db),
  })),
  "connection create": command(
    "Add an LMS to an account",
    z.object({ ...account, name: z.string().min(1).max(200) }),
    async ({ context, by }, asked) => ({
      made: await createConnection(context, by, asked.account, { name: asked.name }),
    }),
  ),
  "connection list": command("List an account's LMSs", z.object(account), async ({ context }, asked) => ({
    rows: await listConnections(context.db, asked.account),
  })),
  "contract create": command(
    "Let an account have licenses of a kind that is not bought ahead",
    z.object({ ...account, kind: z.string(), starts: moment.optional(), ends: moment.optional() }),
    async ({ context, by }, asked) => ({
      made: await createContract(context, by, {
        account_id: asked.account,
        kind: asked.kind,
        starts_at: asked.starts ?? null,
        ends_at: asked.ends ?? null,
      }),
    }),
  ),
  "contract list": command("List an account's contracts", z.object(account), async ({ context }, asked) => ({
    rows: await listContracts(context.db, asked.account),
  })),
  "price create": command(
    "Set what a seat costs from now, or from a later time",
    z.object({
      ...account,
      kind: z.string(),
      amount: wholeNumber(0, MOST_MINOR_UNITS).describe("in minor units: 1250 is 12.50 EUR"),
      course: id.optional().describe("of this course only"),
      from: moment.optional(),
    }),
    async ({ context, by }, asked) => ({
      made: await createPrice(context, by, {
        account_id: asked.account,
        kind: asked.kind,
        course_id: asked.course ?? null,
        amount_minor: asked.amount,
        valid_from: asked.from ?? null,
      }),
    }),
  ),
} as const;
