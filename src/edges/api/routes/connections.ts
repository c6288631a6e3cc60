/** An account's LMSs. */
import { z } from "zod";
import { createConnection } from "../../../flows/accounts.ts";
import { type Connection, pageOfConnections } from "../../../store/accounts.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, nameText } from "../schemas.ts";

const connectionShape = z
  .object({
    id,
    name: z.string(),
    to_be_confirmed: z.boolean(),
    created_at: moment,
  })
  .meta({ id: "Connection" });

const showConnection = (connection: Connection): z.output<typeof connectionShape> => connection;

export const CONNECTION_ROUTES: readonly Route[] = [
  defineRoute({
    id: "connections.list",
    tag: "Connections",
    method: "get",
    path: "/accounts/{account_id}/connections",
    permission: "deliveries",
    need: "see",
    summary: "List an account's connections",
    query: pageQuery({}),
    answers: { 200: pageOf(connectionShape) },
    faults: [],
    run: async (call) => {
      const { context, params } = call;
      const read = (page: PageRequest) => pageOfConnections(context.db, params.account_id, page);
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
    body: z.strictObject({ name: nameText }),
    answers: { 201: connectionShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params, body }) => {
      const made = await createConnection(context, by, params.account_id, body.name);
      const location = `/accounts/${params.account_id}/connections/${made.id}`;
      return reply(201, showConnection(made), { location });
    },
  }),
];
