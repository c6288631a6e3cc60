/** Reports as CSV, written while they are read: as long as they are, they take no more memory than a page of theirs. */
import { z } from "zod";
import type { Context } from "../../../flows/context.ts";
import { consumptionReport } from "../../../flows/reports/consumption.ts";
import type { Separator } from "../../../flows/reports/csvLines.ts";
import { lotsReport } from "../../../flows/reports/lots.ts";
import { ordersReport } from "../../../flows/reports/orders.ts";
import { type PlanWanted, planMonthsReport, planUsersReport } from "../../../flows/reports/plans.ts";
import type { Report } from "../../../flows/reports/report.ts";
import { tallyReport } from "../../../flows/reports/tally.ts";
import { saveAs } from "../../http/saveAs.ts";
import { csvOf } from "../../reports/csv.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment } from "../schemas.ts";

const CSV = { binary: "text/csv" } as const;

export const separator = z
  .enum(["comma", "semicolon"], { error: "expected comma or semicolon" })
  .default("comma")
  .meta({
    description:
      "Between the cells. `semicolon` is what spreadsheets of countries with a decimal comma open; decimals have one then.",
  });

const period = {
  from: moment.optional().meta({ description: "First used at this instant or later." }),
  until: moment.optional().meta({ description: "First used before this instant." }),
};

const ABOUT_CSV =
  "CSV in UTF-8, with a head for each column; times are UTC. Text that a spreadsheet would take for a formula has an apostrophe before it.";

/** The answer with the report as a file, named with the day. */
export async function answerCsv(report: Report, at: Date, wanted: Separator) {
  const name = `${report.name.replaceAll(/[^\w-]+/g, "-")}-${at.toISOString().slice(0, 10)}.csv`;
  return reply(200, await csvOf(report, wanted), { headers: saveAs({ utf8: name, ascii: name }) });
}

const periodOf = ({ from, until }: { from?: Date | undefined; until?: Date | undefined }) => ({
  from: from ?? null,
  until: until ?? null,
});

/** Not for viewers (RULES §3.6): it takes what changing takes. */
function planRoute(
  routeId: string,
  path: "plan" | "plan-users",
  make: (context: Context, wanted: PlanWanted) => Promise<Report>,
  summary: string,
): Route {
  return defineRoute({
    id: routeId,
    tag: "Reports",
    method: "get",
    path: `/accounts/{account_id}/reports/${path}`,
    permission: "reports",
    need: "change",
    summary,
    description: `Of the plan that runs, or else the next, or the last one. ${ABOUT_CSV}`,
    query: z.strictObject({
      license_id: id,
      at: moment.optional().meta({ description: "Another plan: the one that runs then." }),
      separator,
    }),
    answers: { 200: CSV },
    faults: [],
    run: async ({ context, params: { account_id }, query }) => {
      const report = await make(context, { account_id, license_id: query.license_id, at: query.at ?? null });
      return answerCsv(report, context.deps.clock.now(), query.separator);
    },
  });
}

export const REPORT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "reports.consumption",
    tag: "Reports",
    method: "get",
    path: "/accounts/{account_id}/reports/consumption",
    permission: "reports",
    need: "see",
    summary: "Who consumed a license, and what they opened first",
    description: `A row for each person who takes one of what was bought, in the order of first access. ${ABOUT_CSV}`,
    query: z.strictObject({ license_id: id, ...period, separator }),
    answers: { 200: CSV },
    faults: [],
    run: async ({ context, params, query }) => {
      const wanted = periodOf(query);
      const report = await consumptionReport(context, params.account_id, query.license_id, wanted);
      return answerCsv(report, context.deps.clock.now(), query.separator);
    },
  }),
  defineRoute({
    id: "reports.lots",
    tag: "Reports",
    method: "get",
    path: "/accounts/{account_id}/reports/lots",
    permission: "reports",
    need: "see",
    summary: "Lots and their use",
    description: `Newest first. ${ABOUT_CSV}`,
    query: z.strictObject({ license_id: id.optional(), separator }),
    answers: { 200: CSV },
    faults: [],
    run: async ({ context, principal, params, query }) => {
      const report = await lotsReport(context, params.account_id, principal.role, query);
      return answerCsv(report, context.deps.clock.now(), query.separator);
    },
  }),
  defineRoute({
    id: "reports.tally",
    tag: "Reports",
    method: "get",
    path: "/accounts/{account_id}/reports/tally",
    permission: "reports",
    need: "see",
    summary: "The running tally of licenses that are charged by use",
    description: `A row for each seat, pending and confirmed ones told apart, with what it was charged and credited. ${ABOUT_CSV}`,
    query: z.strictObject({ license_id: id.optional(), ...period, separator }),
    answers: { 200: CSV },
    faults: [],
    run: async ({ context, params, query }) => {
      const report = await tallyReport(context, params.account_id, query.license_id, periodOf(query));
      return answerCsv(report, context.deps.clock.now(), query.separator);
    },
  }),
  defineRoute({
    id: "reports.orders",
    tag: "Reports",
    method: "get",
    path: "/accounts/{account_id}/reports/orders",
    permission: "reports",
    need: "see",
    summary: "Order history",
    description: `A row for each line of each order, newest first: who bought what, when, at which price. ${ABOUT_CSV}`,
    query: z.strictObject({
      from: moment.optional().meta({ description: "Ordered at this instant or later." }),
      until: moment.optional().meta({ description: "Ordered before this instant." }),
      separator,
    }),
    answers: { 200: CSV },
    faults: [],
    run: async ({ context, principal, params, query }) => {
      const report = ordersReport(context, params.account_id, principal.role, periodOf(query));
      return answerCsv(report, context.deps.clock.now(), query.separator);
    },
  }),
  planRoute("reports.plan", "plan", planMonthsReport, "What was used of an annual plan, month by month"),
  planRoute("reports.plan_users", "plan-users", planUsersReport, "Who used an annual plan, and how much"),
];
