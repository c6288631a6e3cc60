/** A statement to be printed, filed or added up again. The data itself: `statements.ts`. */

import { z } from "zod";
import type { Context } from "../../../flows/context.ts";
import { requireStatement, statementLines } from "../../../flows/ledger/viewStatements.ts";
import { saveAs } from "../../http/saveAs.ts";
import { csvOf } from "../../reports/csv.ts";
import { statementReport } from "../../reports/statement/statementCsv.ts";
import { STATEMENT_PAGE_POLICY, statementPage } from "../../reports/statement/statementPage.tsx";
import { statementPdf } from "../../reports/statement/statementPdf.ts";
import { API_PATH } from "../answer.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { separator } from "./reports.ts";

interface Place {
  readonly account_id: string;
  readonly statement_id: string;
}

/** The statement, and its lines as they are read. @throws Fault `not_found`. */
async function open(context: Context, { account_id, statement_id }: Place) {
  const statement = await requireStatement(context.db, account_id, statement_id);
  const lines = statementLines(context, account_id, statement_id);
  const address = `${context.config.APP_ORIGIN}${API_PATH}/accounts/${account_id}/statements/`;
  const name = `statement-${statement.number}-${statement.period_starts_at.toISOString().slice(0, 7)}`;
  return { statement, lines, address, name };
}

function named(name: string): Readonly<Record<string, string>> {
  return saveAs({ utf8: name, ascii: name });
}

const ABOUT = "Each line leads to what it rests on.";

/** Before the routes of statements: the path of one would take theirs for an id. */
export const STATEMENT_FILE_ROUTES: readonly Route[] = [
  defineRoute({
    id: "statements.page",
    tag: "Statements",
    method: "get",
    path: "/accounts/{account_id}/statements/{statement_id}.html",
    permission: "reports",
    need: "see",
    showsPilots: true,
    summary: "A statement as a page, to be read and printed",
    description: ABOUT,
    answers: { 200: { binary: "text/html" } },
    faults: [],
    run: async ({ context, params }) => {
      const { statement, lines } = await open(context, params);
      const headers = { "Content-Security-Policy": STATEMENT_PAGE_POLICY };
      return reply(200, statementPage(statement, lines), { headers });
    },
  }),
  defineRoute({
    id: "statements.pdf",
    tag: "Statements",
    method: "get",
    path: "/accounts/{account_id}/statements/{statement_id}.pdf",
    permission: "reports",
    need: "see",
    showsPilots: true,
    summary: "A statement as PDF",
    description: ABOUT,
    answers: { 200: { binary: "application/pdf" } },
    faults: [],
    run: async ({ context, params }) => {
      const { statement, lines, address, name } = await open(context, params);
      const font = context.config.STATEMENT_FONT || null;
      return reply(200, statementPdf(statement, lines, { address, font }), { headers: named(`${name}.pdf`) });
    },
  }),
  defineRoute({
    id: "statements.csv",
    tag: "Statements",
    method: "get",
    path: "/accounts/{account_id}/statements/{statement_id}.csv",
    permission: "reports",
    need: "see",
    showsPilots: true,
    summary: "The lines of a statement as CSV",
    description: ABOUT,
    query: z.strictObject({ separator }),
    answers: { 200: { binary: "text/csv" } },
    faults: [],
    run: async ({ context, params, query }) => {
      const { statement, lines, address, name } = await open(context, params);
      const csv = await csvOf(statementReport(statement, lines, address), query.separator);
      return reply(200, csv, { headers: named(`${name}.csv`) });
    },
  }),
];
