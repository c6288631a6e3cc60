/** The secret that launch tokens and content addresses are signed with. */
import { z } from "zod";
import { renewTokenSecret } from "../../../flows/renewTokenSecret.ts";
import { defineRoute, type Route, reply } from "../route.ts";

export const TOKEN_SECRET_ROUTES: readonly Route[] = [
  defineRoute({
    id: "token_secret.renew",
    tag: "Secrets",
    method: "post",
    path: "/token-secret/renew",
    permission: "vendor",
    need: "change",
    vendorOnly: true,
    summary: "Sign launch tokens and content addresses with a new secret",
    description: "Where it is kept in the data folder; one that is a setting is changed there.",
    body: z.strictObject({
      forget: z
        .boolean()
        .default(false)
        .meta({ description: "Refuse what the old one signed at once: open courses must be opened again." }),
    }),
    answers: { 200: z.object({ previous: z.enum(["refused", "accepted"]) }) },
    faults: ["conflict"],
    run: async ({ context, by, body: { forget } }) => {
      await renewTokenSecret(context, by, forget);
      return reply(200, { previous: forget ? ("refused" as const) : ("accepted" as const) });
    },
  }),
];
