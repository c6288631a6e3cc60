/** Who the caller is, as the gateway sees them. */
import { z } from "zod";
import { defineRoute, type Route, reply } from "../route.ts";
import { id } from "../schemas.ts";

const meShape = z
  .object({
    type: z.enum(["api_key", "operator"]),
    key_id: id.nullable().meta({ description: "Null: the operator." }),
    role: z.enum(["owner", "support", "admin", "viewer"]),
    account_id: id.nullable().meta({ description: "Null: of the vendor." }),
    vendor_user_id: id.nullable(),
  })
  .meta({ id: "Me" });

export const ME_ROUTES: readonly Route[] = [
  defineRoute({
    id: "me.get",
    tag: "Me",
    method: "get",
    path: "/me",
    permission: "anyone",
    need: "see",
    summary: "Say who the key belongs to, and its role",
    answers: { 200: meShape },
    faults: [],
    run: async ({ principal }) => reply(200, principal),
  }),
];
