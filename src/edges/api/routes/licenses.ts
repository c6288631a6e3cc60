/** Licenses: an account's rights, how they stand and how they are used. */
import { z } from "zod";
import { LICENSE_STATES } from "../../../core/licensing/state.ts";
import { changeLicense, endLicense, pauseLicense, type Unchanged } from "../../../flows/changeLicense.ts";
import type { Context } from "../../../flows/context.ts";
import { createLicense } from "../../../flows/licenses.ts";
import {
  type LicenseView,
  licenseUsage,
  listLicenseViews,
  viewLicense,
  viewOf,
} from "../../../flows/viewLicenses.ts";
import type { License } from "../../../store/licenses.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, kindName, moment } from "../schemas.ts";

const state = z.enum(LICENSE_STATES, { error: `expected one of ${LICENSE_STATES.join(", ")}` });
const terms = z.record(z.string().max(100), z.number({ error: "expected a number" })).meta({
  description: "Of the kind, by name; those left out are as usual.",
  examples: [{ seat_months: 12 }],
});
const retake = z.boolean().nullable().meta({
  description: "Whether a learner whose seat has ended may take another; null: as the account says.",
});
const startsOver = z.boolean().nullable().meta({
  description: "Whether a retake starts over, or resumes; null: as the account says.",
});

const licenseShape = z
  .object({
    id,
    account_id: id,
    short_id: z
      .string()
      .meta({ description: "In the titles of its packages, to tell them from their twins." }),
    kind: z.string(),
    course_id: id.nullable(),
    bundle_id: id.nullable().meta({ description: "With neither a course nor a bundle: the whole catalog." }),
    terms: z.record(z.string(), z.number()),
    retake,
    retake_starts_over: startsOver,
    starts_at: moment,
    ends_at: moment.nullable().meta({ description: "From then on it opens no new seats." }),
    paused_at: moment.nullable(),
    state: state.meta({ description: "By its own term, its contract's and its lots'." }),
    created_at: moment,
  })
  .meta({ id: "License" });

const bought = z.object({
  purchased: z.int(),
  used: z.int(),
  remaining: z.int().meta({ description: "Below zero: an overage." }),
  lapsed: z.int().meta({ description: "Not used when its lot ended." }),
});

const usageShape = z
  .object({
    state,
    seats: z
      .object({ pending: z.int(), confirmed: z.int() })
      .meta({ description: "Every seat that is not released, ended ones too." }),
    bought: bought.nullable().meta({ description: "In all; null where seats are made as they are needed." }),
    lots: z.array(
      bought.extend({
        id,
        state: z.enum(["not_started", "running", "ended"]),
        starts_at: moment,
        ends_at: moment.nullable(),
      }),
    ),
  })
  .meta({ id: "LicenseUsage" });

const showLicense = (license: LicenseView): z.output<typeof licenseShape> => license;

async function shown(context: Context, license: License) {
  return reply(200, showLicense(await viewOf(context.db, license, context.deps.clock.now())));
}

const ONE = "/accounts/{account_id}/licenses/{license_id}";

export const LICENSE_ROUTES: readonly Route[] = [
  defineRoute({
    id: "licenses.list",
    tag: "Licenses",
    method: "get",
    path: "/accounts/{account_id}/licenses",
    permission: "licenses",
    need: "see",
    summary: "List the licenses, newest first",
    query: pageQuery({
      kind: kindName.optional(),
      course_id: id.optional().meta({ description: "Of this course alone." }),
      bundle_id: id.optional(),
      state: state.optional(),
    }),
    answers: { 200: pageOf(licenseShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => listLicenseViews(context, params.account_id, query, page);
      return reply(200, await paged(call, read, showLicense));
    },
  }),
  defineRoute({
    id: "licenses.create",
    tag: "Licenses",
    method: "post",
    path: "/accounts/{account_id}/licenses",
    permission: "licenses",
    need: "change",
    summary: "Give an account a license",
    description: "For a course, a bundle, or with neither for the whole catalog: as the kind allows.",
    body: z.strictObject({
      kind: kindName,
      course_id: id.nullable().default(null),
      bundle_id: id.nullable().default(null),
      terms: terms.default({}),
      retake: retake.default(null),
      retake_starts_over: startsOver.default(null),
      starts_at: moment.nullable().default(null).meta({ description: "Null: now." }),
      ends_at: moment.nullable().default(null),
    }),
    answers: { 201: licenseShape },
    faults: ["conflict", "kind_barred", "contract_missing", "price_missing"],
    etag: true,
    run: async ({ context, by, params: { account_id }, body }) => {
      const license = await createLicense(context, by, { account_id, ...body });
      const view = await viewOf(context.db, license, context.deps.clock.now());
      return reply(201, showLicense(view), { location: `/accounts/${account_id}/licenses/${license.id}` });
    },
  }),
  defineRoute({
    id: "licenses.get",
    tag: "Licenses",
    method: "get",
    path: ONE,
    permission: "licenses",
    need: "see",
    summary: "Read a license",
    answers: { 200: licenseShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) =>
      reply(200, showLicense(await viewLicense(context, params.account_id, params.license_id))),
  }),
  defineRoute({
    id: "licenses.usage",
    tag: "Licenses",
    method: "get",
    path: `${ONE}/usage`,
    permission: "licenses",
    need: "see",
    summary: "Read how much of a license is used, per lot and in all",
    answers: { 200: usageShape },
    faults: [],
    run: async ({ context, params }) => {
      const { lots, ...usage } = await licenseUsage(context, params.account_id, params.license_id);
      return reply(200, { ...usage, lots: [...lots] });
    },
  }),
  defineRoute({
    id: "licenses.change",
    tag: "Licenses",
    method: "patch",
    path: ONE,
    permission: "license_rules",
    need: "change",
    summary: "Change a license's terms, retake or end",
    description: `What is left out stays as it is, single terms too. A changed setting holds for later decisions; running
seats keep their end.`,
    body: z.strictObject({
      terms: terms.optional(),
      retake: retake.optional(),
      retake_starts_over: startsOver.optional(),
      ends_at: moment.nullable().optional().meta({ description: "Null: it has no end." }),
    }),
    answers: { 200: licenseShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) => {
      const check: Unchanged = async (sql, current, at) =>
        requireUnchanged(showLicense(await viewOf(sql, current, at)));
      return shown(context, await changeLicense(context, by, params, body, check));
    },
  }),
  defineRoute({
    id: "licenses.end",
    tag: "Licenses",
    method: "post",
    path: `${ONE}/end`,
    permission: "licenses",
    need: "change",
    summary: "End a license, now or at a later time",
    description:
      "It opens no new seats from then on. Whoever holds a running seat keeps access until that ends.",
    body: z.strictObject({ ends_at: moment.nullable().default(null).meta({ description: "Null: now." }) }),
    answers: { 200: licenseShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params, body }) =>
      shown(context, await endLicense(context, by, params, body.ends_at)),
  }),
  defineRoute({
    id: "licenses.pause",
    tag: "Licenses",
    method: "post",
    path: `${ONE}/pause`,
    permission: "pause",
    need: "change",
    summary: "Open no new seats under a license until it is unpaused",
    description:
      "Whoever holds a running seat keeps access; pending seats are confirmed and charged as ever.",
    answers: { 200: licenseShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params: { account_id, license_id } }) =>
      shown(context, await pauseLicense(context, by, account_id, license_id, true)),
  }),
  defineRoute({
    id: "licenses.unpause",
    tag: "Licenses",
    method: "post",
    path: `${ONE}/unpause`,
    permission: "pause",
    need: "change",
    summary: "Open new seats under a license again",
    answers: { 200: licenseShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params: { account_id, license_id } }) =>
      shown(context, await pauseLicense(context, by, account_id, license_id, false)),
  }),
];
