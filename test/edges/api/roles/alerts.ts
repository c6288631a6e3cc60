/** Alerts, recipients, rules; webhooks and their messages. */
import { addRecipient } from "../../../../src/flows/alertRecipients.ts";
import { sortOutbox } from "../../../../src/flows/outbox/sort.ts";
import { addWebhook, testWebhook } from "../../../../src/flows/webhooks.ts";
import { pageOfMessages } from "../../../../src/store/outbox/messages.ts";
import { ALL_ROWS, BY } from "../../../support/fixtures.ts";
import { ALL, CHANGERS, type Expectations, VENDOR, type World } from "./expectation.ts";

const URL = "https://hooks.example.com/tallygate";

/** There are only so many of an account. */
const clear = ({ gateway }: World) => gateway.context.db.query("delete from destination");

async function newWebhook(world: World) {
  await clear(world);
  const settings = { url: URL, description: "", event_types: [] };
  const { webhook } = await addWebhook(world.gateway.context, BY, world.account_id, settings);
  return { webhook_id: webhook.id };
}

async function newRecipient(world: World) {
  await clear(world);
  const settings = { address: "ann@example.com", language: "en", alert_types: [] };
  const { id } = await addRecipient(world.gateway.context, BY, world.account_id, settings);
  return { recipient_id: id };
}

async function newMessage(world: World) {
  const { context } = world.gateway;
  const { account_id } = world;
  const { webhook_id } = await newWebhook(world);
  await testWebhook(context, BY, { account_id, webhook_id });
  await sortOutbox(context);
  const [message] = await pageOfMessages(context.db, account_id, { destination_id: webhook_id }, ALL_ROWS);
  return { webhook_id, message_id: message?.id ?? "" };
}

const license = ({ license: { license_id } }: World) => ({ license_id });

export const ALERTS: Expectations = {
  "alerts.list": { may: ALL, sample: () => ({}) },
  "events.list": { may: CHANGERS, sample: () => ({}) },
  "alert_rules.get": { may: ALL, sample: (world) => ({ params: license(world) }) },
  "alert_rules.change": {
    may: VENDOR,
    sample: (world) => ({ params: license(world), body: { threshold_percents: [50, 90] } }),
  },
  "alert_recipients.list": { may: CHANGERS, sample: () => ({}) },
  "alert_recipients.create": {
    may: CHANGERS,
    sample: async (world) => {
      await clear(world);
      return { body: { address: "ann@example.com" } };
    },
  },
  "alert_recipients.get": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newRecipient(world) }),
  },
  "alert_recipients.change": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newRecipient(world), body: { language: "de" } }),
  },
  "alert_recipients.remove": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newRecipient(world) }),
  },
  "alert_recipients.messages": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newRecipient(world) }),
  },
  "webhooks.list": { may: CHANGERS, sample: () => ({}) },
  "webhooks.create": {
    may: CHANGERS,
    sample: async (world) => {
      await clear(world);
      return { body: { url: URL } };
    },
  },
  "webhooks.get": { may: CHANGERS, sample: async (world) => ({ params: await newWebhook(world) }) },
  "webhooks.change": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newWebhook(world), body: { enabled: false } }),
  },
  "webhooks.remove": { may: CHANGERS, sample: async (world) => ({ params: await newWebhook(world) }) },
  "webhooks.rotate_secret": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newWebhook(world) }),
  },
  "webhooks.test": { may: CHANGERS, sample: async (world) => ({ params: await newWebhook(world) }) },
  "webhooks.replay": {
    may: CHANGERS,
    sample: async (world) => ({
      params: await newWebhook(world),
      body: { from: "2026-01-01T00:00:00Z", until: "2026-02-01T00:00:00Z" },
    }),
  },
  "webhook_messages.list": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newWebhook(world) }),
  },
  "webhook_messages.get": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newMessage(world) }),
  },
  "webhook_messages.replay": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newMessage(world) }),
  },
  "webhook_messages.skip": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newMessage(world) }),
  },
};
