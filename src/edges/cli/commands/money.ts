/** The ledger, deposits, periods and statements. */
import { z } from "zod";
import type { ApiClient } from "../apiClient.ts";
import { account, type CommandResult, command, given, id, most, rowsOf, wholeNumber } from "../command.ts";

const statement = { ...account, statement: id.describe("the statement's id") };
const pathOf = (asked: { readonly account: string }) => `/accounts/${asked.account}`;
const statementPath = (asked: { readonly account: string; readonly statement: string }) =>
  `${pathOf(asked)}/statements/${asked.statement}`;

const amount = wholeNumber.describe("in minor units: 1250 is 12.50 EUR");
const reference = z.string().optional().describe("in your own books");

function moveOf(path: "top-ups" | "refunds", summary: string) {
  return command(summary, { ...account, amount, reference }, async ({ api }, asked) => ({
    made: await api.post(
      `${pathOf(asked)}/deposit/${path}`,
      given({ amount_minor: asked.amount, reference: asked.reference }),
    ),
  }));
}

interface Verification {
  readonly account_id: string;
  readonly checked: number;
  readonly sequence: number;
  readonly hash: string;
  readonly next_after: number | null;
  readonly unsealed: number | null;
  readonly broken: object | null;
}

/** To the end of the chain, part by part. */
async function verify(api: ApiClient, accountId: string): Promise<Verification> {
  for (let after = 0, checked = 0; ; ) {
    const path = `/accounts/${accountId}/ledger/verification?after=${after}`;
    const part = await api.get<Verification>(path);
    checked += part.checked;
    if (part.next_after === null) return { ...part, checked };
    after = part.next_after;
  }
}

/** One row an account: intact, or where it breaks. */
async function verifyAll(api: ApiClient): Promise<CommandResult> {
  const accounts = await api.list<{ id: string }>("/accounts", {}, Number.POSITIVE_INFINITY);
  const found: Verification[] = [];
  for (const { id: accountId } of accounts) found.push(await verify(api, accountId));
  return { rows: found.map(showVerification), is_bad: found.some(isBroken) };
}

async function verifyOne(api: ApiClient, accountId: string): Promise<CommandResult> {
  const found = await verify(api, accountId);
  return { made: showVerification(found), is_bad: isBroken(found) };
}

function isBroken({ broken }: Verification): boolean {
  return broken !== null;
}

function showVerification({ next_after: _next, broken, ...found }: Verification): object {
  return { ...found, intact: broken === null, broken };
}

export const MONEY_COMMANDS = {
  "charge credit": command(
    "Credit a charge by a second line, wholly or in part",
    { ...account, charge: id, amount: amount.optional() },
    async ({ api }, asked) => ({
      made: await api.post(
        `${pathOf(asked)}/charges/${asked.charge}/corrections`,
        given({ amount_minor: asked.amount }),
      ),
    }),
  ),
  "ledger verify": command(
    "Check that no charge was changed, taken away or put in between, and end with 1 if one was; of every account if none is given",
    { account: account.account.optional() },
    async ({ api }, asked) => (asked.account === undefined ? verifyAll(api) : verifyOne(api, asked.account)),
  ),
  "billing show": command(
    "Show the period that is open, what it holds so far, and the deposit",
    account,
    async ({ api }, asked) => ({ made: await api.get(`${pathOf(asked)}/billing`) }),
  ),
  "billing change": command(
    "Set the day that periods begin on, or when the deposit is low",
    {
      ...account,
      day: wholeNumber.optional().describe("of the month, 1 to 28"),
      "low-mark": z
        .union([z.literal("usual").transform(() => null), wholeNumber])
        .optional()
        .describe("in minor units, or usual: a fifth of the last top-up"),
    },
    async ({ api }, asked) => ({
      made: await api.patch(
        `${pathOf(asked)}/billing`,
        given({ day: asked.day, deposit_low_mark_minor: asked["low-mark"] }),
      ),
    }),
  ),
  "deposit top-up": moveOf("top-ups", "Write down money that came into an account's deposit"),
  "deposit refund": moveOf("refunds", "Write down money that was given back out of it"),
  "deposit list": command(
    "List what went into an account's deposit and out of it",
    { ...account, type: z.string().optional().describe("top_up, draw, refund or credit"), ...most },
    (call, asked) => rowsOf(call, `${pathOf(asked)}/deposit/lines`, { type: asked.type, most: asked.most }),
  ),
  "statement close": command(
    "Close the periods that have ended; closing twice makes one statement",
    { ...account, period: z.string().optional().describe("the start of the one to answer with") },
    async ({ api }, asked) => ({
      made: await api.post(`${pathOf(asked)}/statements`, given({ period_starts_at: asked.period })),
    }),
  ),
  "statement list": command("List an account's statements", { ...account, ...most }, (call, asked) =>
    rowsOf(call, `${pathOf(asked)}/statements`, { most: asked.most }),
  ),
  "statement show": command("Show a statement", statement, async ({ api }, asked) => ({
    made: await api.get(statementPath(asked)),
  })),
  "statement lines": command("List the lines of a statement", { ...statement, ...most }, (call, asked) =>
    rowsOf(call, `${statementPath(asked)}/lines`, { most: asked.most }),
  ),
  "statement evidence": command(
    "Show what a line rests on: launch, seat, rule and price, or the order",
    { ...statement, line: id },
    async ({ api }, asked) => ({ made: await api.get(`${statementPath(asked)}/lines/${asked.line}`) }),
  ),
  "statement payments": command(
    "List the attempts to have the rest of a statement paid",
    statement,
    async ({ api }, asked) => ({
      rows: (await api.get<{ items: object[] }>(`${statementPath(asked)}/payments`)).items,
    }),
  ),
  "statement pay": command(
    "Ask for the rest again, after a payment that failed",
    statement,
    async ({ api }, asked) => ({ made: await api.post(`${statementPath(asked)}/payments`) }),
  ),
  "statement mark-paid": command(
    "Say that the rest of a statement was paid",
    { ...statement, reference },
    async ({ api }, asked) => ({
      made: await api.post(`${statementPath(asked)}/mark-paid`, given({ reference: asked.reference })),
    }),
  ),
} as const;
