/** How much is used: of a license, of an account, now and month by month. */
import { z } from "zod";
import { LICENSE_STATES } from "../../../core/licensing/state.ts";
import type { MonthInSeries } from "../../../core/licensing/usage.ts";
import { accountUsage, licenseUsage } from "../../../flows/usage.ts";
import { listMiscountedUsage } from "../../../store/usage.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, minorUnits, moment } from "../schemas.ts";

const MONTH_FORM = "expected a month such as 2026-01";

/** A calendar month, UTC; its first instant. */
const month = z
  .codec(
    z.string({ error: MONTH_FORM }).regex(/^(19[7-9]\d|2\d{3})-(0[1-9]|1[0-2])$/, { error: MONTH_FORM }),
    z.date(),
    {
      decode: (text) => new Date(`${text}-01T00:00:00Z`),
      encode: (date) => date.toISOString().slice(0, 7),
    },
  )
  .meta({ examples: ["2026-01"] });

const seriesQuery = z.strictObject({
  from: month
    .optional()
    .meta({ description: "The first month of the series; eleven months before `to`, if left out." }),
  to: month
    .optional()
    .meta({ description: "The last one, at most 120 months in all; this month, if left out." }),
});

const figures = {
  started: z.int().meta({ description: "Seats that began, and are not released." }),
  pending: z.int().meta({ description: "Of these, those that are still pending." }),
  confirmed: z.int().meta({ description: "Seats that were confirmed, and are not released." }),
  released: z.int().meta({ description: "Seats that were freed or merged away." }),
  charges: z.int().meta({ description: "Corrections aside." }),
  charged_minor: minorUnits.meta({ description: "In minor units, less what was credited." }),
};

const total = z.object(figures).meta({ description: "Of all months." });
const months = z
  .array(
    z.object({
      month,
      ...figures,
      taken: z.int().meta({ description: "Seats that began until the month's end and are not released." }),
    }),
  )
  .meta({ description: "Every month asked for, those without anything too." });

const bought = z.object({
  purchased: z.int(),
  used: z.int(),
  remaining: z.int().meta({ description: "Below zero: an overage." }),
  lapsed: z.int().meta({ description: "Not used when its lot ended." }),
});

const supply = {
  purchased: z.int(),
  used: z.int(),
  available: z.int().meta({ description: "Purchased less used; below zero: an overage." }),
  overage: z.int(),
};
const daysLeft = z.int().meta({ description: "Whole days, the running one included." });
const state = z.enum(["not_started", "running", "ended"]);

const licenseUsageShape = z
  .object({
    state: z.enum(LICENSE_STATES),
    seats: z
      .object({ pending: z.int(), confirmed: z.int() })
      .meta({ description: "Every seat that is not released, ended ones too." }),
    now: z
      .object({ ...supply, ends_at: moment, days_left: daysLeft })
      .nullable()
      .meta({ description: "Of what was bought and runs; null where nothing is bought, or nothing runs." }),
    plans: z
      .array(
        z.object({
          state,
          starts_at: moment,
          ends_at: moment,
          days_left: daysLeft.nullable(),
          ...supply,
          lapsed: z.int(),
          ahead: z.int().meta({ description: "Bought of it, and not begun." }),
        }),
      )
      .meta({
        description:
          "Plans, terms, periods or lots, with what was added to each: the one that runs first, then those ahead, then past ones. What is available of one is what can be used now.",
      }),
    bought: bought.nullable().meta({ description: "In all; null where seats are made as they are needed." }),
    lots: z.array(bought.extend({ id, state, starts_at: moment, ends_at: moment.nullable() })),
    total,
    months,
  })
  .meta({ id: "LicenseUsage" });

const kindUsageShape = z
  .object({
    kind: z.string(),
    title: z.string(),
    licenses: z.int(),
    seats: z
      .object({ pending: z.int(), confirmed: z.int() })
      .meta({ description: "Every seat that is not released, ended ones too." }),
    ...supply,
    ahead: z.int().meta({ description: "Bought, and not begun." }),
    lapsed: z.int().meta({ description: "Not used when its lot ended." }),
    first_ends_at: moment.nullable().meta({
      description:
        "When the first license that runs has nothing more that was bought; null: none is bought ahead, or none runs.",
    }),
    days_left: daysLeft.nullable(),
    total,
    months,
  })
  .meta({ id: "KindUsage" });

const shownMonths = (series: readonly MonthInSeries[]) => [...series];

export const USAGE_ROUTES: readonly Route[] = [
  defineRoute({
    id: "accounts.usage",
    tag: "Usage",
    method: "get",
    path: "/accounts/{account_id}/usage",
    permission: "licenses",
    need: "see",
    summary: "Read how much is used, kind by kind, and month by month",
    description: "As it stands at this moment. Viewers are not shown annual plans.",
    query: seriesQuery,
    answers: { 200: z.object({ kinds: z.array(kindUsageShape) }) },
    faults: [],
    run: async ({ context, principal, params, query }) => {
      const kinds = await accountUsage(context, params.account_id, { ...query, role: principal.role });
      return reply(200, { kinds: kinds.map((each) => ({ ...each, months: shownMonths(each.months) })) });
    },
  }),
  defineRoute({
    id: "licenses.usage",
    tag: "Usage",
    method: "get",
    path: "/accounts/{account_id}/licenses/{license_id}/usage",
    permission: "licenses",
    need: "see",
    summary: "Read how much of a license is used: now, per plan and lot, and month by month",
    description: "As it stands at this moment. Annual plans are not for viewers.",
    query: seriesQuery,
    answers: { 200: licenseUsageShape },
    faults: [],
    run: async ({ context, principal, params, query }) => {
      const wanted = { ...query, role: principal.role };
      const usage = await licenseUsage(context, params.account_id, params.license_id, wanted);
      const { lots, plans, months: series } = usage;
      return reply(200, { ...usage, lots: [...lots], plans: [...plans], months: shownMonths(series) });
    },
  }),
  defineRoute({
    id: "usage.recount",
    tag: "Usage",
    method: "get",
    path: "/usage/miscounted",
    permission: "licenses",
    need: "see",
    vendorOnly: true,
    summary: "Count what is used again; lists the months that differ",
    description: "Always none, unless something is broken. Reads every seat and charge: not for every day.",
    answers: {
      200: z.object({
        items: z.array(
          z.object({
            account_id: id,
            license_id: id.nullable().meta({ description: "Null: of all licenses of the kind." }),
            kind: z.string(),
            month,
          }),
        ),
      }),
    },
    faults: [],
    run: async ({ context }) => reply(200, { items: await listMiscountedUsage(context.db) }),
  }),
];
