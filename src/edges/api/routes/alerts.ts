/** Alerts, whom they are sent to by e-mail, when they are raised; and the events that webhooks hear of (docs/alerts.md). */
import { z } from "zod";
import { alertRulesOf, MOST_ENDING_DAYS, type OwnAlertRules } from "../../../core/alerts.ts";
import { ALERT_TYPES, EVENT_TYPES } from "../../../core/events.ts";
import { LANGUAGES } from "../../../core/languages.ts";
import {
  addRecipient,
  changeRecipient,
  removeRecipient,
  requireRecipient,
} from "../../../flows/alertRecipients.ts";
import { changeAlertRules, viewAlertRules } from "../../../flows/alertRules.ts";
import { type Alert, pageOfAlerts } from "../../../store/alerts.ts";
import { type Destination, pageOfDestinations } from "../../../store/outbox/destinations.ts";
import { type EventRow, pageOfEvents } from "../../../store/outbox/events.ts";
import { pageOfMessages } from "../../../store/outbox/messages.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, wholeNumber } from "../schemas.ts";
import { messageShape, showMessage } from "./webhooks.ts";

const alertType = z.enum(ALERT_TYPES, { error: `expected one of ${ALERT_TYPES.join(", ")}` });
const dataShape = z
  .record(z.string(), z.unknown())
  .meta({ description: "As docs/alerts.md has it for the type." });

const alertShape = z
  .object({
    id,
    account_id: id,
    type: z.string(),
    license_id: id.nullable(),
    data: dataShape,
    raised_at: moment,
  })
  .meta({ id: "Alert" });

const eventShape = z
  .object({
    id,
    account_id: id,
    type: z.string(),
    data: dataShape,
    occurred_at: moment,
    sequence: z
      .int()
      .nullable()
      .meta({ description: "Counts the account's events without a gap; null for the first moments." }),
  })
  .meta({ id: "Event" });

const address = z
  .email({ error: "expected an e-mail address" })
  .max(254, { error: "expected at most 254 characters" });
const language = z.enum(LANGUAGES, { error: `expected one of ${LANGUAGES.join(", ")}` });
const alertTypes = z
  .array(alertType)
  .max(ALERT_TYPES.length)
  .meta({ description: "These alone; empty: all." });

const recipientShape = z
  .object({
    id,
    account_id: id,
    address: z.string(),
    language,
    alert_types: z.array(z.string()),
    failing_since: moment.nullable().meta({ description: "Null: the mail server took the last one." }),
    created_at: moment,
  })
  .meta({ id: "AlertRecipient" });

const percents = z
  .array(wholeNumber(1, 100))
  .max(10)
  .nullable()
  .meta({ description: "Hundredths of what was bought; null: 80 and 100; empty: none." });
const overage = z
  .boolean({ error: "expected true, false or null" })
  .nullable()
  .meta({ description: "Whether the first seat beyond what was bought is told; null: it is." });
const endingDays = z
  .array(wholeNumber(1, MOST_ENDING_DAYS))
  .max(10)
  .nullable()
  .meta({ description: "So many days before the end; null: 60, 30 and 7; empty: not at all." });

const rulesShape = z
  .object({
    threshold_percents: percents,
    overage,
    ending_days: endingDays,
    in_force: z.object({
      threshold_percents: z.array(z.int()),
      overage: z.boolean(),
      ending_days: z.array(z.int()),
    }),
  })
  .meta({ id: "AlertRules" });

const showAlert = (alert: Alert): z.output<typeof alertShape> => ({ ...alert, data: { ...alert.data } });
const showEvent = (event: EventRow): z.output<typeof eventShape> => ({ ...event, data: { ...event.data } });

function showRecipient(recipient: Destination): z.output<typeof recipientShape> {
  const { target, event_types, language: written, ...rest } = recipient;
  const known = LANGUAGES.find((one) => one === written) ?? LANGUAGES[0];
  return { ...rest, address: target, language: known, alert_types: [...event_types] };
}

function showRules(own: OwnAlertRules): z.output<typeof rulesShape> {
  const { threshold_percents, overage: isTold, ending_days } = alertRulesOf(own);
  return {
    threshold_percents: own.threshold_percents && [...own.threshold_percents],
    overage: own.overage,
    ending_days: own.ending_days && [...own.ending_days],
    in_force: {
      threshold_percents: [...threshold_percents],
      overage: isTold,
      ending_days: [...ending_days],
    },
  };
}

const RECIPIENTS = "/accounts/{account_id}/alert-recipients";
const RECIPIENT = `${RECIPIENTS}/{recipient_id}` as const;
const RULES = "/accounts/{account_id}/licenses/{license_id}/alert-rules";

const RECIPIENT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "alert_recipients.list",
    tag: "Alerts",
    method: "get",
    path: RECIPIENTS,
    permission: "access",
    need: "see",
    summary: "List whom an account's alerts are sent to by e-mail",
    query: pageQuery({}),
    answers: { 200: pageOf(recipientShape) },
    faults: [],
    run: async (call) => {
      const { context, params } = call;
      const read = (page: PageRequest) => pageOfDestinations(context.db, params.account_id, "mail", page);
      return reply(200, await paged(call, read, showRecipient));
    },
  }),
  defineRoute({
    id: "alert_recipients.create",
    tag: "Alerts",
    method: "post",
    path: RECIPIENTS,
    permission: "access",
    need: "change",
    summary: "Have an account's alerts sent to an e-mail address",
    body: z.strictObject({
      address,
      language: language.default("en"),
      alert_types: alertTypes.default([]),
    }),
    answers: { 201: recipientShape },
    faults: ["conflict"],
    run: async ({ context, by, params: { account_id }, body }) => {
      const recipient = await addRecipient(context, by, account_id, body);
      const location = `/accounts/${account_id}/alert-recipients/${recipient.id}`;
      return reply(201, showRecipient(recipient), { location });
    },
  }),
  defineRoute({
    id: "alert_recipients.get",
    tag: "Alerts",
    method: "get",
    path: RECIPIENT,
    permission: "access",
    need: "see",
    summary: "Read what is sent to an e-mail address",
    answers: { 200: recipientShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) => reply(200, showRecipient(await requireRecipient(context.db, params))),
  }),
  defineRoute({
    id: "alert_recipients.change",
    tag: "Alerts",
    method: "patch",
    path: RECIPIENT,
    permission: "access",
    need: "change",
    summary: "Change the address, its language or its alerts",
    body: z.strictObject({
      address: address.optional(),
      language: language.optional(),
      alert_types: alertTypes.optional(),
    }),
    answers: { 200: recipientShape },
    faults: ["conflict"],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) => {
      const check = (current: Destination) => requireUnchanged(showRecipient(current));
      return reply(200, showRecipient(await changeRecipient(context, by, params, body, check)));
    },
  }),
  defineRoute({
    id: "alert_recipients.remove",
    tag: "Alerts",
    method: "delete",
    path: RECIPIENT,
    permission: "access",
    need: "change",
    summary: "Send no more alerts to an e-mail address",
    answers: { 204: null },
    faults: [],
    run: async ({ context, by, params }) => {
      await removeRecipient(context, by, params);
      return reply(204, null);
    },
  }),
  defineRoute({
    id: "alert_recipients.messages",
    tag: "Alerts",
    method: "get",
    path: `${RECIPIENT}/messages`,
    permission: "access",
    need: "see",
    summary: "List what was sent to an e-mail address and what waits, newest first",
    query: pageQuery({ status: messageShape.shape.status.optional() }),
    answers: { 200: pageOf(messageShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const { id: destination_id } = await requireRecipient(context.db, params);
      const filter = { destination_id, status: query.status };
      const read = (page: PageRequest) => pageOfMessages(context.db, params.account_id, filter, page);
      return reply(200, await paged(call, read, showMessage));
    },
  }),
];

export const ALERT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "alerts.list",
    tag: "Alerts",
    method: "get",
    path: "/accounts/{account_id}/alerts",
    permission: "reports",
    need: "see",
    summary: "List the alerts of an account, newest first",
    query: pageQuery({ type: alertType.optional(), license_id: id.optional() }),
    answers: { 200: pageOf(alertShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfAlerts(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showAlert));
    },
  }),
  defineRoute({
    id: "events.list",
    tag: "Webhooks",
    method: "get",
    path: "/accounts/{account_id}/events",
    permission: "access",
    need: "see",
    summary: "List what webhooks hear of, newest first, for 90 days",
    query: pageQuery({ type: z.enum(EVENT_TYPES).optional() }),
    answers: { 200: pageOf(eventShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfEvents(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showEvent));
    },
  }),
  defineRoute({
    id: "alert_rules.get",
    tag: "Alerts",
    method: "get",
    path: RULES,
    permission: "license_rules",
    need: "see",
    summary: "Read when a license's alerts are raised",
    answers: { 200: rulesShape },
    faults: [],
    etag: true,
    run: async ({ context, params }) => reply(200, showRules(await viewAlertRules(context, params))),
  }),
  defineRoute({
    id: "alert_rules.change",
    tag: "Alerts",
    method: "patch",
    path: RULES,
    permission: "license_rules",
    need: "change",
    summary: "Change when a license's alerts are raised",
    description: "What was told is not told again.",
    body: z.strictObject({
      threshold_percents: percents.optional(),
      overage: overage.optional(),
      ending_days: endingDays.optional(),
    }),
    answers: { 200: rulesShape },
    faults: [],
    etag: true,
    run: async ({ context, by, params, body, requireUnchanged }) => {
      const check = (current: OwnAlertRules) => requireUnchanged(showRules(current));
      return reply(200, showRules(await changeAlertRules(context, by, params, body, check)));
    },
  }),
  ...RECIPIENT_ROUTES,
];
