/** Alerts, their recipients and rules; webhooks and what was sent to them. */
import { z } from "zod";
import { account, command, flag, given, id, license, most, rowsOf, several } from "../command.ts";

const webhook = { ...account, webhook: id.describe("the webhook's id") };
const recipient = { ...account, recipient: id.describe("the recipient's id") };
const message = { ...webhook, message: id.describe("the message's id") };

const webhookPath = (asked: { readonly account: string; readonly webhook: string }) =>
  `/accounts/${asked.account}/webhooks/${asked.webhook}`;
const messagePath = (asked: {
  readonly account: string;
  readonly webhook: string;
  readonly message: string;
}) => `${webhookPath(asked)}/messages/${asked.message}`;
const recipientPath = (asked: { readonly account: string; readonly recipient: string }) =>
  `/accounts/${asked.account}/alert-recipients/${asked.recipient}`;
const rulesPath = (asked: { readonly account: string; readonly license: string }) =>
  `/accounts/${asked.account}/licenses/${asked.license}/alert-rules`;

const types = several.optional().describe("types separated by commas; left out: all");
const status = z.string().optional().describe("waiting, sent, failed or skipped");
const numbers = several
  .pipe(
    z.array(
      z
        .string()
        .regex(/^\d{1,3}$/, { error: "expected whole numbers" })
        .transform(Number),
    ),
  )
  .optional();

export const ALERT_COMMANDS = {
  "alert list": command(
    "List an account's alerts",
    { ...account, type: z.string().optional(), license: id.optional(), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/alerts`, {
        type: asked.type,
        license_id: asked.license,
        most: asked.most,
      }),
  ),
  "alert-rules show": command("Show when a license's alerts are raised", license, async ({ api }, asked) => ({
    made: await api.get(rulesPath(asked)),
  })),
  "alert-rules change": command(
    "Change when a license's alerts are raised",
    {
      ...license,
      percents: numbers.describe("hundredths of what was bought, as 50,80,100"),
      overage: flag.optional(),
      days: numbers.describe("so many days before the end, as 60,30,7"),
    },
    async ({ api }, asked) => ({
      made: await api.patch(
        rulesPath(asked),
        given({ threshold_percents: asked.percents, overage: asked.overage, ending_days: asked.days }),
      ),
    }),
  ),
  "alert-recipient create": command(
    "Send an account's alerts to an e-mail address",
    {
      ...account,
      address: z.string(),
      language: z.string().optional().describe("en, de, es, fr, pt or ja"),
      types,
    },
    async ({ api }, { account: of, types: alert_types, ...asked }) => ({
      made: await api.post(`/accounts/${of}/alert-recipients`, given({ ...asked, alert_types })),
    }),
  ),
  "alert-recipient list": command(
    "List whom an account's alerts are sent to",
    { ...account, ...most },
    (call, asked) => rowsOf(call, `/accounts/${asked.account}/alert-recipients`, { most: asked.most }),
  ),
  "alert-recipient change": command(
    "Change an address, its language or its alerts",
    { ...recipient, address: z.string().optional(), language: z.string().optional(), types },
    async ({ api }, asked) => ({
      made: await api.patch(
        recipientPath(asked),
        given({ address: asked.address, language: asked.language, alert_types: asked.types }),
      ),
    }),
  ),
  "alert-recipient remove": command(
    "Send no more alerts to an address",
    recipient,
    async ({ api }, asked) => ({ made: (await api.delete(recipientPath(asked))) ?? {} }),
  ),
  "alert-recipient messages": command(
    "List what was sent to an address and what waits",
    { ...recipient, status, ...most },
    (call, asked) =>
      rowsOf(call, `${recipientPath(asked)}/messages`, { status: asked.status, most: asked.most }),
  ),
  "event list": command(
    "List what webhooks hear of",
    { ...account, type: z.string().optional(), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/events`, { type: asked.type, most: asked.most }),
  ),
  "webhook create": command(
    "Send an account's events somewhere; the secret is shown this once",
    { ...account, url: z.string(), description: z.string().optional(), types },
    async ({ api }, { account: of, types: event_types, ...asked }) => ({
      made: await api.post(`/accounts/${of}/webhooks`, given({ ...asked, event_types })),
    }),
  ),
  "webhook list": command("List an account's webhooks", { ...account, ...most }, (call, asked) =>
    rowsOf(call, `/accounts/${asked.account}/webhooks`, { most: asked.most }),
  ),
  "webhook change": command(
    "Change a webhook, switch it off or on again",
    {
      ...webhook,
      url: z.string().optional(),
      description: z.string().optional(),
      types,
      enabled: flag.optional(),
    },
    async ({ api }, asked) => ({
      made: await api.patch(
        webhookPath(asked),
        given({
          url: asked.url,
          description: asked.description,
          event_types: asked.types,
          enabled: asked.enabled,
        }),
      ),
    }),
  ),
  "webhook remove": command(
    "Remove a webhook, with all that waits for it",
    webhook,
    async ({ api }, asked) => ({ made: (await api.delete(webhookPath(asked))) ?? {} }),
  ),
  "webhook rotate-secret": command(
    "Give a webhook a new secret, shown this once; the old one signs beside it for a while",
    { ...webhook, hours: z.coerce.number().optional().describe("how long; 24 if not given") },
    async ({ api }, asked) => ({
      made: await api.post(`${webhookPath(asked)}/rotate-secret`, given({ overlap_hours: asked.hours })),
    }),
  ),
  "webhook test": command("Send a webhook a test event", webhook, async ({ api }, asked) => ({
    made: await api.post(`${webhookPath(asked)}/test`),
  })),
  "webhook replay": command(
    "Send a webhook once more what happened in a span of time",
    { ...webhook, from: z.string(), until: z.string() },
    async ({ api }, { from, until, ...asked }) => ({
      made: await api.post(`${webhookPath(asked)}/replay`, { from, until }),
    }),
  ),
  "webhook messages": command(
    "List what was sent to a webhook and what waits",
    { ...webhook, status, ...most },
    (call, asked) =>
      rowsOf(call, `${webhookPath(asked)}/messages`, { status: asked.status, most: asked.most }),
  ),
  "webhook-message show": command("Show a message, with each try", message, async ({ api }, asked) => ({
    made: await api.get(messagePath(asked)),
  })),
  "webhook-message replay": command("Send a message once more", message, async ({ api }, asked) => ({
    made: await api.post(`${messagePath(asked)}/replay`),
  })),
  "webhook-message skip": command(
    "Give up a message that waits, so that those after it go on",
    message,
    async ({ api }, asked) => ({ made: await api.post(`${messagePath(asked)}/skip`) }),
  ),
} as const;
