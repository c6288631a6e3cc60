/** Deliveries: what was handed to an LMS. Their packages are in packages.ts. */
import { z } from "zod";
import { DELIVERY_PARAMETER, ltiLinkOf } from "../../../core/lti/links.ts";
import type { Context } from "../../../flows/context.ts";
import {
  DELIVERY_FORMATS,
  deliver,
  labelDelivery,
  requireDelivery,
  revoke,
} from "../../../flows/deliveries.ts";
import { deliverMany } from "../../../flows/deliverMany.ts";
import type { Delivery } from "../../../store/licenses.ts";
import { pageOfDeliveries } from "../../../store/listing/deliveries.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, kindName, moment, queryFlag } from "../schemas.ts";

export const format = z.enum(DELIVERY_FORMATS, { error: `expected one of ${DELIVERY_FORMATS.join(", ")}` });

const label = z
  .string({ error: "expected text" })
  .trim()
  .max(100, { error: "expected at most 100 characters" })
  .meta({
    description: "In the title that the LMS shows, and in a package's file name, to tell it from its twins.",
  });

const ltiShape = z
  .object({
    launch_url: z.string().meta({ description: "What is pasted into the LMS, for LTI 1.3 and 1.1 alike." }),
    custom: z.object({ [DELIVERY_PARAMETER]: z.string() }).meta({
      description: "Custom parameters that name the delivery where the LMS launches another address.",
    }),
  })
  .nullable()
  .meta({ description: "Of the format `lti`; null for packages." });

const deliveryShape = z
  .object({
    id,
    account_id: id,
    key: z.string().meta({ description: "In the package or link: names the delivery, and is no secret." }),
    license_id: id,
    course_id: id,
    connection_id: id,
    format: z.string(),
    course_title: z.string().meta({ description: "As it was when the delivery was made." }),
    label: z.string(),
    created_at: moment,
    revoked_at: moment.nullable(),
    lti: ltiShape,
  })
  .meta({ id: "Delivery" });

const showDelivery = ({ config }: Context, delivery: Delivery): z.output<typeof deliveryShape> => ({
  ...delivery,
  lti: delivery.format === "lti" ? ltiOf(config.APP_ORIGIN, delivery.key) : null,
});

const ltiOf = (appOrigin: string, key: string) => ({
  launch_url: ltiLinkOf(appOrigin, key),
  custom: { [DELIVERY_PARAMETER]: key },
});

const ONE = "/accounts/{account_id}/deliveries/{delivery_id}";

const several = z
  .strictObject({
    license_id: id.optional().meta({ description: "Of the courses of this license; or:" }),
    list_id: id
      .optional()
      .meta({ description: "of those of this list, under each license that includes them." }),
    kind: kindName.optional().meta({ description: "With a list: of licenses of this kind only." }),
    connection_ids: z
      .array(id)
      .max(100)
      .default([])
      .meta({ description: "None: the account's first connection." }),
    formats: z.array(format).min(1, { error: "expected at least one" }).max(DELIVERY_FORMATS.length),
    label: label.default(""),
  })
  .refine((body) => (body.license_id === undefined) !== (body.list_id === undefined), {
    error: "expected either license_id or list_id",
    path: ["license_id"],
  })
  .refine((body) => body.kind === undefined || body.list_id !== undefined, {
    error: "expected only with a list",
    path: ["kind"],
  });

const manyShape = z.object({
  items: z.array(z.object({ outcome: z.enum(["made", "already_there"]), delivery: deliveryShape })),
  without_license: z.array(id).meta({ description: "Courses of the list that no such license includes." }),
});

function orderOf({ license_id, list_id = "", kind }: z.output<typeof several>) {
  return license_id ? { license_id } : { list_id, kind: kind ?? null };
}

export const DELIVERY_ROUTES: readonly Route[] = [
  defineRoute({
    id: "deliveries.list",
    tag: "Deliveries",
    method: "get",
    path: "/accounts/{account_id}/deliveries",
    permission: "deliveries",
    need: "see",
    summary: "List the deliveries, newest first",
    query: pageQuery({
      license_id: id.optional(),
      course_id: id.optional(),
      list_id: id.optional().meta({ description: "Of the courses of this list." }),
      connection_id: id.optional(),
      format: format.optional(),
      revoked: queryFlag.optional(),
    }),
    answers: { 200: pageOf(deliveryShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfDeliveries(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, (delivery) => showDelivery(context, delivery)));
    },
  }),
  defineRoute({
    id: "deliveries.create",
    tag: "Deliveries",
    method: "post",
    path: "/accounts/{account_id}/deliveries",
    permission: "deliveries",
    need: "change",
    summary: "Make a delivery of a license for an LMS",
    description: "The same license, course, connection and format again gives the delivery there is (200).",
    body: z.strictObject({
      license_id: id,
      course_id: id.nullable().default(null).meta({ description: "Null: the license's own course." }),
      connection_id: id
        .nullable()
        .default(null)
        .meta({ description: "Null: the account's first connection." }),
      format,
      label: label.default(""),
    }),
    answers: { 200: deliveryShape, 201: deliveryShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params: { account_id }, body }) => {
      const { already_there, ...delivery } = await deliver(context, by, { account_id, ...body });
      const location = `/accounts/${account_id}/deliveries/${delivery.id}`;
      return reply(already_there ? 200 : 201, showDelivery(context, delivery), { location });
    },
  }),
  defineRoute({
    id: "deliveries.create_many",
    tag: "Deliveries",
    method: "post",
    path: "/accounts/{account_id}/deliveries/bulk",
    permission: "deliveries",
    need: "change",
    summary: "Make deliveries of a license's courses, or of a list, for several LMSs and formats",
    description: "All or none, at most 10,000. What is there already stays as it is.",
    body: several,
    answers: { 200: manyShape },
    faults: [],
    run: async ({ context, by, params: { account_id }, body }) => {
      const { connection_ids, formats, label } = body;
      const order = { account_id, of: orderOf(body), connection_ids, formats, label };
      const { items, without_license } = await deliverMany(context, by, order);
      const shown = items.map(({ outcome, delivery }) => ({
        outcome,
        delivery: showDelivery(context, delivery),
      }));
      return reply(200, { items: shown, without_license: [...without_license] });
    },
  }),
  defineRoute({
    id: "deliveries.get",
    tag: "Deliveries",
    method: "get",
    path: ONE,
    permission: "deliveries",
    need: "see",
    summary: "Read a delivery",
    answers: { 200: deliveryShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) =>
      reply(
        200,
        showDelivery(context, await requireDelivery(context.db, params.account_id, params.delivery_id)),
      ),
  }),
  defineRoute({
    id: "deliveries.change",
    tag: "Deliveries",
    method: "patch",
    path: ONE,
    permission: "deliveries",
    need: "change",
    summary: "Label a delivery",
    body: z.strictObject({ label }),
    answers: { 200: deliveryShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params: { account_id, delivery_id }, body, requireUnchanged }) => {
      const check = (current: Delivery) => requireUnchanged(showDelivery(context, current));
      const labelled = await labelDelivery(context, by, account_id, delivery_id, body.label, check);
      return reply(200, showDelivery(context, labelled));
    },
  }),
  defineRoute({
    id: "deliveries.revoke",
    tag: "Deliveries",
    method: "post",
    path: `${ONE}/revoke`,
    permission: "deliveries",
    need: "change",
    summary: "Close the door for every launch through a delivery, for good",
    description: "Courses that are open through it stop at the next beat; their last save is still taken.",
    answers: { 200: deliveryShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params: { account_id, delivery_id } }) =>
      reply(200, showDelivery(context, await revoke(context, by, account_id, delivery_id))),
  }),
];
