/** The keys that LTI platforms know the gateway by. */
import { z } from "zod";
import { rotateToolKey } from "../../../flows/lti/toolKeys.ts";
import { type ListedToolKey, listPublishedKeys } from "../../../flows/lti/toolValues.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { moment } from "../schemas.ts";

const ABOUT = { tag: "LTI keys", permission: "vendor", vendorOnly: true } as const;

const keyShape = z
  .object({
    kid: z.string(),
    status: z.enum(["coming", "signing", "going"]).meta({
      description:
        "`coming`: published, signs from signs_from on. `going`: signs no more, published until ends_at.",
    }),
    created_at: moment,
    signs_from: moment,
    ends_at: moment.nullable().meta({ description: "Null: until another takes its place." }),
  })
  .meta({ id: "LtiKey" });

const showKey = (key: ListedToolKey): z.output<typeof keyShape> => key;

export const LTI_KEY_ROUTES: readonly Route[] = [
  defineRoute({
    ...ABOUT,
    id: "lti_keys.list",
    method: "get",
    path: "/lti-keys",
    need: "see",
    summary: "List the keys that are published to LTI platforms, the newest first",
    answers: { 200: z.object({ items: z.array(keyShape) }) },
    faults: [],
    run: async ({ context }) => {
      const keys = await listPublishedKeys(context);
      return reply(200, { items: keys.map(showKey) });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti_keys.rotate",
    method: "post",
    path: "/lti-keys/rotate",
    need: "change",
    summary: "Publish a new key, which takes over a day later",
    description:
      "It happens by itself as LTI_KEY_DAYS says. Platforms read the new one meanwhile; nobody notices.",
    body: z.strictObject({
      at_once: z.boolean({ error: "expected true or false" }).default(false).meta({
        description:
          "Take over now and withdraw the others: for a key that became known. Scores and deep links are refused by platforms that have not read the new one yet; scores are sent again.",
      }),
    }),
    answers: { 200: z.object({ kid: z.string(), signs_from: moment }) },
    faults: [],
    run: async ({ context, by, body: { at_once } }) => {
      const { kid, signs_from } = await rotateToolKey(context, by, at_once);
      return reply(200, { kid, signs_from });
    },
  }),
];
