/** The vendor's people and their roles. */
import { z } from "zod";
import { changeVendorUser, createVendorUser, requireVendorUser } from "../../../flows/vendorUsers.ts";
import { pageOfVendorUsers, type VendorUser } from "../../../store/vendorUsers.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, nameText } from "../schemas.ts";

const role = z.enum(["owner", "support"], { error: "expected owner or support" });
const email = z.email({ error: "expected an e-mail address" }).max(254);

const userShape = z
  .object({
    id,
    name: z.string(),
    email: z.string(),
    role,
    created_at: moment,
    deactivated_at: moment.nullable().meta({ description: "Since then none of their keys is good." }),
  })
  .meta({ id: "VendorUser" });

const showUser = (user: VendorUser): z.output<typeof userShape> => user;

export const VENDOR_USER_ROUTES: readonly Route[] = [
  defineRoute({
    id: "vendor_users.list",
    tag: "Vendor users",
    method: "get",
    path: "/vendor-users",
    permission: "vendor",
    need: "see",
    summary: "List the vendor's people, newest first",
    query: pageQuery({}),
    answers: { 200: pageOf(userShape) },
    faults: [],
    run: async (call) => {
      const read = (page: PageRequest) => pageOfVendorUsers(call.context.db, page);
      return reply(200, await paged(call, read, showUser));
    },
  }),
  defineRoute({
    id: "vendor_users.create",
    tag: "Vendor users",
    method: "post",
    path: "/vendor-users",
    permission: "vendor",
    need: "change",
    summary: "Add one of the vendor's people",
    body: z.strictObject({ name: nameText, email, role }),
    answers: { 201: userShape },
    faults: ["conflict"],
    etag: true,
    run: async ({ context, by, body }) => {
      const made = await createVendorUser(context, by, body);
      return reply(201, showUser(made), { location: `/vendor-users/${made.id}` });
    },
  }),
  defineRoute({
    id: "vendor_users.get",
    tag: "Vendor users",
    method: "get",
    path: "/vendor-users/{vendor_user_id}",
    permission: "vendor",
    need: "see",
    summary: "Read one of the vendor's people",
    answers: { 200: userShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) =>
      reply(200, showUser(await requireVendorUser(context.db, params.vendor_user_id))),
  }),
  defineRoute({
    id: "vendor_users.change",
    tag: "Vendor users",
    method: "patch",
    path: "/vendor-users/{vendor_user_id}",
    permission: "vendor",
    need: "change",
    summary: "Change a name, an address or a role; deactivate or reactivate",
    description:
      "What is left out stays as it is. Their keys have the new role from the next request on. The last owner stays one.",
    body: z.strictObject({
      name: nameText.optional(),
      email: email.optional(),
      role: role.optional(),
      deactivated: z.boolean().optional(),
    }),
    answers: { 200: userShape },
    faults: ["conflict", "last_owner"],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) => {
      const check = (current: VendorUser) => requireUnchanged(showUser(current));
      return reply(200, showUser(await changeVendorUser(context, by, params.vendor_user_id, body, check)));
    },
  }),
];
