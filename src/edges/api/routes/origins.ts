/** From where an LMS's launches come, and from where they may. */
import { z } from "zod";
import { type ConnectionOrigin, decideOrigin, listOrigins } from "../../../flows/connectionOrigins.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { moment, origin } from "../schemas.ts";

const originShape = z
  .object({
    origin: z.string(),
    status: z.enum(["confirmed", "refused", "learned", "waiting"]).meta({
      description:
        "`learned`: let in, as nobody has said otherwise. `waiting`: turned away until somebody confirms it (origins_mode `confirmed`).",
    }),
    launches: z.int().meta({ description: "Denied ones included." }),
    first_seen_at: moment.nullable().meta({ description: "Null: no launch has come from it yet." }),
    last_seen_at: moment.nullable(),
  })
  .meta({ id: "ConnectionOrigin" });

const originsShape = z.object({ items: z.array(originShape) }).meta({ id: "ConnectionOrigins" });

const showOrigins = (found: readonly ConnectionOrigin[]): z.output<typeof originsShape> => ({
  items: found.map(({ origin, status, seen }) => ({
    origin,
    status,
    launches: seen?.launches ?? 0,
    first_seen_at: seen?.first_seen_at ?? null,
    last_seen_at: seen?.last_seen_at ?? null,
  })),
});

const path = "/accounts/{account_id}/connections/{connection_id}/origins" as const;

export const ORIGIN_ROUTES: readonly Route[] = [
  defineRoute({
    id: "connection_origins.list",
    tag: "Connections",
    method: "get",
    path,
    permission: "deliveries",
    need: "see",
    summary: "List the origins that an LMS's launches came from, and those decided on",
    description: "Most used first, at most 200 that were seen.",
    answers: { 200: originsShape },
    faults: ["not_found"],
    run: async ({ context, params }) =>
      reply(200, showOrigins(await listOrigins(context, params.account_id, params.connection_id))),
  }),
  defineRoute({
    id: "connection_origins.decide",
    tag: "Connections",
    method: "post",
    path,
    permission: "deliveries",
    need: "change",
    summary: "Confirm an origin, refuse it, or take that back",
    description:
      "Holds from the next launch on. An origin can be confirmed before any launch has come from it.",
    body: z.strictObject({ origin, decision: z.enum(["confirmed", "refused", "undecided"]) }),
    answers: { 200: originsShape },
    faults: ["not_found", "conflict"],
    run: async ({ context, by, params, body }) => {
      await decideOrigin(context, by, params, body.origin, body.decision);
      return reply(200, showOrigins(await listOrigins(context, params.account_id, params.connection_id)));
    },
  }),
];
