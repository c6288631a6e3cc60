/** Webhooks of an account, and what was sent to them (docs/alerts.md). */
import { z } from "zod";
import { EVENT_TYPES } from "../../../core/events.ts";
import { replayMessage, replaySpan, skip, viewMessage } from "../../../flows/webhookMessages.ts";
import {
  addWebhook,
  changeWebhook,
  removeWebhook,
  requireWebhook,
  rotateWebhookSecret,
  testWebhook,
} from "../../../flows/webhooks.ts";
import { type Destination, pageOfDestinations } from "../../../store/outbox/destinations.ts";
import { type Message, pageOfMessages } from "../../../store/outbox/messages.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, wholeNumber } from "../schemas.ts";

const MOST_URL = 2048;
const MOST_OVERLAP_HOURS = 24 * 7;
const USUAL_OVERLAP_HOURS = 24;

const url = z.string({ error: "expected a URL" }).max(MOST_URL, { error: "expected a shorter URL" });
const description = z.string({ error: "expected text" }).trim().max(200);
const eventTypes = z
  .array(z.enum(EVENT_TYPES, { error: `expected one of ${EVENT_TYPES.join(", ")}` }))
  .max(EVENT_TYPES.length)
  .meta({ description: "Of these types alone; empty: of all." });

const webhookFields = {
  id,
  account_id: id,
  url: z.string(),
  description: z.string(),
  event_types: z.array(z.string()),
  enabled: z.boolean(),
  disabled_at: moment.nullable(),
  disabled_reason: z
    .string()
    .nullable()
    .meta({ description: "`by_request`, or as in `webhook.disabled` (docs/alerts.md)." }),
  failing_since: moment.nullable().meta({ description: "Null: the last try arrived." }),
  next_try_at: moment.nullable().meta({ description: "Null: nothing waits." }),
  previous_secret_until: moment
    .nullable()
    .meta({ description: "Until then the secret before this one signs too." }),
  created_at: moment,
};

const webhookShape = z.object(webhookFields).meta({ id: "Webhook" });

const newWebhookShape = z
  .object({
    ...webhookFields,
    secret: z.string().meta({ description: "What its messages are signed with: shown this once." }),
  })
  .meta({ id: "NewWebhook" });

export const messageShape = z
  .object({
    id,
    account_id: id,
    event_id: id.meta({ description: "What it is sent as `webhook-id`." }),
    event_type: z.string(),
    event_sequence: z.int(),
    status: z.enum(["waiting", "sent", "failed", "skipped"]),
    replay: z.boolean().meta({ description: "Somebody asked for it once more." }),
    tries: z.int(),
    last_status_code: z.int().nullable().meta({ description: "Null: nothing was answered." }),
    last_problem: z.string().nullable(),
    last_tried_at: moment.nullable(),
    next_try_at: moment.nullable().meta({ description: "Null: it does not wait, or others wait before it." }),
    created_at: moment,
    ended_at: moment.nullable(),
  })
  .meta({ id: "Message" });

const triedMessageShape = messageShape
  .extend({
    all_tries: z.array(
      z.object({
        number: z.int(),
        tried_at: moment,
        seconds: z.number(),
        status_code: z.int().nullable(),
        problem: z.string().nullable().meta({ description: "Null: it arrived." }),
      }),
    ),
  })
  .meta({ id: "TriedMessage" });

function showWebhook(webhook: Destination): z.output<typeof webhookShape> {
  const { target, event_types, due_at, disabled_at, ...rest } = webhook;
  const next_try_at = disabled_at ? null : due_at;
  return {
    ...rest,
    url: target,
    event_types: [...event_types],
    enabled: !disabled_at,
    disabled_at,
    next_try_at,
  };
}

export const showMessage = (message: Message): z.output<typeof messageShape> => message;

const ALL = "/accounts/{account_id}/webhooks";
const ONE = `${ALL}/{webhook_id}` as const;
const MESSAGE = `${ONE}/messages/{message_id}` as const;

const ABOUT = { tag: "Webhooks", permission: "access" } as const;

export const WEBHOOK_ROUTES: readonly Route[] = [
  defineRoute({
    ...ABOUT,
    id: "webhooks.list",
    method: "get",
    path: ALL,
    need: "see",
    summary: "List an account's webhooks, newest first",
    query: pageQuery({}),
    answers: { 200: pageOf(webhookShape) },
    faults: [],
    run: async (call) => {
      const { context, params } = call;
      const read = (page: PageRequest) => pageOfDestinations(context.db, params.account_id, "webhook", page);
      return reply(200, await paged(call, read, showWebhook));
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "webhooks.create",
    method: "post",
    path: ALL,
    need: "change",
    summary: "Have an account's events sent somewhere",
    description:
      "Signed as Standard Webhooks say; the secret is in the answer and nowhere else. From then on, what happens is sent; what happened before can be replayed.",
    body: z.strictObject({
      url,
      description: description.default(""),
      event_types: eventTypes.default([]),
    }),
    answers: { 201: newWebhookShape },
    faults: ["webhook_url_refused", "conflict"],
    run: async ({ context, by, params: { account_id }, body }) => {
      const { webhook, secret } = await addWebhook(context, by, account_id, body);
      const location = `/accounts/${account_id}/webhooks/${webhook.id}`;
      return reply(201, { ...showWebhook(webhook), secret }, { location });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "webhooks.get",
    method: "get",
    path: ONE,
    need: "see",
    summary: "Read a webhook",
    answers: { 200: webhookShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) => reply(200, showWebhook(await requireWebhook(context.db, params))),
  }),
  defineRoute({
    ...ABOUT,
    id: "webhooks.change",
    method: "patch",
    path: ONE,
    need: "change",
    summary: "Change a webhook, switch it off or on again",
    description:
      "While it is off, what happens waits; switched on, or sent to another URL, it is tried at once. Messages keep their order.",
    body: z.strictObject({
      url: url.optional(),
      description: description.optional(),
      event_types: eventTypes.optional(),
      enabled: z.boolean({ error: "expected true or false" }).optional(),
    }),
    answers: { 200: webhookShape },
    faults: ["webhook_url_refused"],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) =>
      reply(
        200,
        showWebhook(
          await changeWebhook(context, by, params, body, (current) => requireUnchanged(showWebhook(current))),
        ),
      ),
  }),
  defineRoute({
    ...ABOUT,
    id: "webhooks.remove",
    method: "delete",
    path: ONE,
    need: "change",
    summary: "Remove a webhook, with all that waits for it and the record of what was sent",
    answers: { 204: null },
    faults: [],
    run: async ({ context, by, params }) => {
      await removeWebhook(context, by, params);
      return reply(204, null);
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "webhooks.rotate_secret",
    method: "post",
    path: `${ONE}/rotate-secret`,
    need: "change",
    summary: "Give a webhook a new secret",
    description: "For the overlap both sign, so that a receiver that knows either takes every message.",
    body: z.strictObject({
      overlap_hours: wholeNumber(0, MOST_OVERLAP_HOURS)
        .default(USUAL_OVERLAP_HOURS)
        .meta({ description: "0: the old one signs nothing from now on." }),
    }),
    answers: { 200: newWebhookShape },
    faults: [],
    run: async ({ context, by, params, body }) => {
      const { webhook, secret } = await rotateWebhookSecret(context, by, params, body.overlap_hours * 3600);
      return reply(200, { ...showWebhook(webhook), secret });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "webhooks.test",
    method: "post",
    path: `${ONE}/test`,
    need: "change",
    summary: "Send a webhook an event to see whether it works",
    description:
      "`webhook.test`, at the end of its line; a line that waits out a failure is tried at once. What came of it, its messages tell.",
    answers: { 202: z.object({ event_id: id }) },
    faults: ["conflict"],
    run: async ({ context, by, params }) => reply(202, { event_id: await testWebhook(context, by, params) }),
  }),
  defineRoute({
    ...ABOUT,
    id: "webhooks.replay",
    method: "post",
    path: `${ONE}/replay`,
    need: "change",
    summary: "Send a webhook once more what happened in a span of time",
    description:
      "All that it listens to now, in order, at the end of its line, under the same `webhook-id`s; whether it was sent before or not. Events are kept for 90 days.",
    body: z.strictObject({ from: moment, until: moment.meta({ description: "Not included." }) }),
    answers: { 202: z.object({ messages: z.int() }) },
    faults: ["conflict"],
    run: async ({ context, by, params, body }) => reply(202, await replaySpan(context, by, params, body)),
  }),
  defineRoute({
    ...ABOUT,
    id: "webhook_messages.list",
    method: "get",
    path: `${ONE}/messages`,
    need: "see",
    summary: "List what was sent to a webhook and what waits, newest first",
    query: pageQuery({ status: messageShape.shape.status.optional() }),
    answers: { 200: pageOf(messageShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const { id: destination_id } = await requireWebhook(context.db, params);
      const filter = { destination_id, status: query.status };
      const read = (page: PageRequest) => pageOfMessages(context.db, params.account_id, filter, page);
      return reply(200, await paged(call, read, showMessage));
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "webhook_messages.get",
    method: "get",
    path: MESSAGE,
    need: "see",
    summary: "Read a message, with each try to send it",
    answers: { 200: triedMessageShape },
    faults: [],
    run: async ({ context, params }) => {
      const { message, tries } = await viewMessage(context, params);
      return reply(200, { ...showMessage(message), all_tries: [...tries] });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "webhook_messages.replay",
    method: "post",
    path: `${MESSAGE}/replay`,
    need: "change",
    summary: "Send a message's event once more, at the end of the line",
    answers: { 201: messageShape },
    faults: [],
    run: async ({ context, by, params }) => {
      const message = await replayMessage(context, by, params);
      const location = `/accounts/${params.account_id}/webhooks/${params.webhook_id}/messages/${message.id}`;
      return reply(201, showMessage(message), { location });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "webhook_messages.skip",
    method: "post",
    path: `${MESSAGE}/skip`,
    need: "change",
    summary: "Give up a message that waits, so that those after it go on",
    answers: { 200: messageShape },
    faults: [],
    run: async ({ context, by, params }) => reply(200, showMessage(await skip(context, by, params))),
  }),
];
