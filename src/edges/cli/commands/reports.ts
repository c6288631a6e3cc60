/** Reports and statements as files, and how an account pays. */
import { z } from "zod";
import { account, command, id, license } from "../command.ts";

const separator = z.string().optional().describe("semicolon: for spreadsheets with a decimal comma");
const period = {
  from: z.string().optional().describe("from this time on, such as 2026-01-01T00:00:00Z"),
  until: z.string().optional().describe("before this time"),
};
const oneLicense = { license: id.optional().describe("of this license only") };

interface Asked {
  readonly account: string;
  readonly license?: string | undefined;
}

/** The options are the route's query; a license goes by its id there. */
function report<Options extends z.ZodRawShape>(path: string, summary: string, options: Options) {
  return command(summary, { ...account, ...options, separator }, async ({ api, out }, asked) => {
    const { account: of, license: license_id, ...query } = asked as unknown as Asked;
    return { file: await api.download(`/accounts/${of}/reports/${path}`, { license_id, ...query }, out) };
  });
}

const plan = { ...license, at: z.string().optional().describe("another plan: the one that runs then") };

export const REPORT_COMMANDS = {
  "report consumption": report("consumption", "Write who consumed a license to a CSV file", {
    ...license,
    ...period,
  }),
  "report tally": report("tally", "Write the running tally of what is charged by use to a CSV file", {
    ...oneLicense,
    ...period,
  }),
  "report lots": report("lots", "Write the lots and their use to a CSV file", oneLicense),
  "report orders": report("orders", "Write the order history to a CSV file", period),
  "report plan": report("plan", "Write what was used of an annual plan, month by month, to a CSV file", plan),
  "report plan-users": report("plan-users", "Write who used an annual plan to a CSV file", plan),
  "statement download": command(
    "Write a statement to a file",
    {
      ...account,
      statement: id.describe("the statement's id"),
      as: z.enum(["pdf", "csv", "html"], { error: "expected pdf, csv or html" }).default("pdf"),
    },
    async ({ api, out }, asked) => ({
      file: await api.download(
        `/accounts/${asked.account}/statements/${asked.statement}.${asked.as}`,
        {},
        out ?? (asked.as === "html" ? "statement.html" : undefined),
      ),
    }),
  ),
  "payment-method show": command("Show how an account pays", account, async ({ api }, asked) => ({
    made: await api.get(`/accounts/${asked.account}/payment-method`),
  })),
  "payment-method connect": command(
    "Get a page of the payment service's, to connect a payment method on",
    { ...account, return: z.string().optional().describe("an https address that the page leads back to") },
    async ({ api }, asked) => ({
      made: await api.post(
        `/accounts/${asked.account}/payment-method/connect`,
        asked.return === undefined ? {} : { return_url: asked.return },
      ),
    }),
  ),
  "payment-method disconnect": command(
    "Take the payment method away; from then on invoices are sent",
    account,
    async ({ api }, asked) => {
      await api.delete(`/accounts/${asked.account}/payment-method`);
      return { made: { account_id: asked.account, state: "none" } };
    },
  ),
};
