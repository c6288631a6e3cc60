/** An account's LMSs. Joining a spun-off one with its origin, or keeping it apart, comes with duplicates (RULES §6). */
import { z } from "zod";
import { createConnection } from "../../../flows/accounts.ts";
import { changeConnection, requireConnection } from "../../../flows/connections.ts";
import { type Connection, pageOfConnections } from "../../../store/accounts.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, nameText, origin, queryFlag, text } from "../schemas.ts";

const placeholders = z
  .array(text(500))
  .max(200)
  .meta({
    description: "Ids that stand for nobody in this LMS: who comes with one is turned away.",
    examples: [["guest"]],
  });

const origins = z.array(origin).max(200).meta({ description: "The origins that are confirmed." });

const originsMode = z.enum(["learn", "confirmed"]).meta({
  description:
    "`learn`: launches may come from anywhere but the refused origins. `confirmed`: from the allowed origins alone. Not given: `confirmed` where allowed_origins are.",
});

const teachersAdd = z.boolean().meta({
  description:
    "Whether teachers add courses to this LMS, from inside it, that no administrator has added before; else they pick among those. Not given: they do.",
});

const connectionShape = z
  .object({
    id,
    account_id: id,
    name: z.string(),
    placeholder_ids: z.array(z.string()),
    origins_mode: originsMode,
    allowed_origins: z.array(z.string()),
    refused_origins: z.array(z.string()),
    to_be_confirmed: z.boolean().meta({
      description:
        "Spun off because a known id came from an origin not seen before, and contradicted what was known: an admin has to say whether it is the same LMS.",
    }),
    spun_off_from: id.nullable().meta({ description: "The connection that its launches come through." }),
    spun_off_origin: z.string().nullable(),
    teachers_add_courses: teachersAdd,
    created_at: moment,
  })
  .meta({ id: "Connection" });

const showConnection = (connection: Connection): z.output<typeof connectionShape> => ({
  ...connection,
  placeholder_ids: [...connection.placeholder_ids],
  allowed_origins: [...connection.allowed_origins],
  refused_origins: [...connection.refused_origins],
});

const settings = {
  name: nameText,
  placeholder_ids: placeholders.optional(),
  origins_mode: originsMode.optional(),
  allowed_origins: origins.optional(),
  teachers_add_courses: teachersAdd.optional(),
};

export const CONNECTION_ROUTES: readonly Route[] = [
  defineRoute({
    id: "connections.list",
    tag: "Connections",
    method: "get",
    path: "/accounts/{account_id}/connections",
    permission: "deliveries",
    need: "see",
    summary: "List an account's connections, newest first",
    query: pageQuery({ to_be_confirmed: queryFlag.optional() }),
    answers: { 200: pageOf(connectionShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfConnections(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showConnection));
    },
  }),
  defineRoute({
    id: "connections.create",
    tag: "Connections",
    method: "post",
    path: "/accounts/{account_id}/connections",
    permission: "deliveries",
    need: "change",
    summary: "Add a connection",
    body: z.strictObject(settings),
    answers: { 201: connectionShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params, body }) => {
      const made = await createConnection(context, by, params.account_id, body);
      const location = `/accounts/${params.account_id}/connections/${made.id}`;
      return reply(201, showConnection(made), { location });
    },
  }),
  defineRoute({
    id: "connections.get",
    tag: "Connections",
    method: "get",
    path: "/accounts/{account_id}/connections/{connection_id}",
    permission: "deliveries",
    need: "see",
    summary: "Read a connection",
    answers: { 200: connectionShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) => {
      const found = await requireConnection(context.db, params.account_id, params.connection_id);
      return reply(200, showConnection(found));
    },
  }),
  defineRoute({
    id: "connections.change",
    tag: "Connections",
    method: "patch",
    path: "/accounts/{account_id}/connections/{connection_id}",
    permission: "deliveries",
    need: "change",
    summary: "Change a connection",
    description: "What is left out stays as it is; a list that is given replaces the one there is.",
    body: z.strictObject({ ...settings, name: nameText.optional() }),
    answers: { 200: connectionShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) => {
      const check = (current: Connection) => requireUnchanged(showConnection(current));
      const { account_id, connection_id } = params;
      const changed = await changeConnection(context, by, account_id, connection_id, body, check);
      return reply(200, showConnection(changed));
    },
  }),
];
