/** Licenses: an account's rights, how they stand and how they are used. */
import { z } from "zod";
import { LICENSE_STATES } from "../../../core/licensing/state.ts";
import {
  changeLicense,
  changeRenewal,
  endLicense,
  pauseLicense,
  type Unchanged,
} from "../../../flows/changeLicense.ts";
import type { Context } from "../../../flows/context.ts";
import { createLicense } from "../../../flows/licenses.ts";
import { type LicenseView, listLicenseViews, viewLicense, viewOf } from "../../../flows/viewLicenses.ts";
import type { License } from "../../../store/licenses.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, kindName, moment, wholeNumber } from "../schemas.ts";

const state = z.enum(LICENSE_STATES, { error: `expected one of ${LICENSE_STATES.join(", ")}` });
const termValue = z.union([z.number(), z.string().max(100)], { error: "expected a number or a word" });
const terms = z.record(z.string().max(100), termValue).meta({
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
    terms: z.record(z.string(), z.union([z.number(), z.string()])),
    retake,
    retake_starts_over: startsOver,
    starts_at: moment,
    ends_at: moment.nullable().meta({ description: "From then on it opens no new seats." }),
    paused_at: moment.nullable(),
    renews_at: moment.nullable().meta({
      description: "When its next term begins by itself; null where it does not renew.",
    }),
    renewal_cancelled_at: moment.nullable(),
    renewal_quantity: z
      .int()
      .nullable()
      .meta({ description: "Seats of the next term; null: as many as this one has." }),
    pilot: z
      .boolean()
      .meta({ description: "Of an annual plan: the account's own people see nothing of it." }),
    state: state.meta({ description: "By its own term, its contract's and its lots'." }),
    created_at: moment,
    warnings: z.array(z.object({ code: z.enum(["course_shorter_than_profile"]), detail: z.string() })).meta({
      description: "Of a subscription profile: courses that can be billed more than once in it.",
    }),
  })
  .meta({ id: "License" });

const showLicense = (license: LicenseView): z.output<typeof licenseShape> => ({
  ...license,
  warnings: [...license.warnings],
});

async function shown(context: Context, license: License) {
  return reply(200, showLicense(await viewOf(context.db, license, context.deps.clock.now())));
}

const MOST_SEATS = 1_000_000;

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
      pilot: z.boolean().default(false).meta({
        description:
          "Of annual plans alone: for the account's own people the license, and whatever is bought, delivered and used of it, is not there.",
      }),
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
    faults: ["price_missing"],
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
    id: "licenses.renewal",
    tag: "Licenses",
    method: "put",
    path: `${ONE}/renewal`,
    permission: "purchases",
    need: "change",
    summary: "Cancel a subscription's renewal, or have it renew again",
    description:
      "Cancelled, it runs to the end of its term. An account's own administrators renew with as many seats as they can buy at once.",
    body: z.strictObject({
      renews: z.boolean(),
      quantity: wholeNumber(1, MOST_SEATS).nullable().optional().meta({
        description:
          "Seats of the next term; null: as many as this one has. Of fewer, those who launched most recently keep theirs.",
      }),
    }),
    answers: { 200: licenseShape },
    faults: ["conflict"],
    etag: true,
    run: async ({ context, by, principal, params, body, requireUnchanged }) => {
      const check: Unchanged = async (sql, current, at) =>
        requireUnchanged(showLicense(await viewOf(sql, current, at)));
      const change = { ...body, self_service: principal.account_id !== null };
      return shown(context, await changeRenewal(context, by, params, change, check));
    },
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
