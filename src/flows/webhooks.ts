/** Webhooks of an account: where its events are sent, signed (docs/alerts.md "Webhooks"). */
import { Fault } from "../core/faults.ts";
import { addSeconds } from "../core/time.ts";
import type { Sql } from "../store/db.ts";
import {
  countDestinations,
  type Destination,
  deleteDestination,
  findDestination,
  insertDestination,
  NEW_DESTINATION,
  updateDestination,
} from "../store/outbox/destinations.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { newWebhookSecret, sealSecret } from "./outbox/secrets.ts";
import { tell } from "./outbox.ts";
import { createOutgoing } from "./outgoing.ts";

export interface WebhookSettings {
  readonly url: string;
  readonly description: string;
  /** Empty: all. */
  readonly event_types: readonly string[];
}

export interface WebhookPath {
  readonly account_id: string;
  readonly webhook_id: string;
}

const MOST_WEBHOOKS = 20;

/**
 * @returns With the secret, which can't be read again.
 * @throws Fault `webhook_url_refused`; `conflict` where there are too many.
 */
export async function addWebhook(
  context: Context,
  by: By,
  accountId: string,
  settings: WebhookSettings,
): Promise<{ readonly webhook: Destination; readonly secret: string }> {
  const at = context.deps.clock.now();
  requireUrl(context, settings.url);
  const of = { account_id: accountId, id: context.deps.newId() };
  const secret = newWebhookSecret(context);
  const webhook: Destination = {
    ...of,
    type: "webhook",
    ...inStore(settings),
    language: "en",
    secret: sealSecret(context, of, secret),
    ...NEW_DESTINATION,
    created_at: at,
  };
  await context.db.transaction(async (sql) => {
    if ((await countDestinations(sql, accountId, "webhook")) >= MOST_WEBHOOKS)
      throw new Fault("conflict", `webhook: an account has at most ${MOST_WEBHOOKS}.`);
    await insertDestination(sql, webhook);
    await audit(context, sql, by, at, webhook, "create", null, auditedSettings(webhook));
  });
  return { webhook, secret };
}

export type WebhookChange = {
  readonly [Name in keyof WebhookSettings]?: WebhookSettings[Name] | undefined;
} & {
  /** Off: what happens waits in its line. */
  readonly enabled?: boolean | undefined;
};

/**
 * Switched on, or sent elsewhere, it is tried at once.
 * @param unchanged Looks at it before it changes, with its row locked.
 */
export async function changeWebhook(
  context: Context,
  by: By,
  path: WebhookPath,
  { enabled, ...wanted }: WebhookChange,
  unchanged: (current: Destination) => void,
): Promise<Destination> {
  if (wanted.url !== undefined) requireUrl(context, wanted.url);
  return withWebhook(context, path, async (sql, current, at) => {
    unchanged(current);
    const settings = {
      url: wanted.url ?? current.target,
      description: wanted.description ?? current.description,
      event_types: wanted.event_types ?? current.event_types,
    };
    const changed = { ...current, ...inStore(settings), ...switched(current, enabled, at) };
    const isElsewhere = changed.target !== current.target;
    const webhook = isElsewhere ? { ...changed, ...atOnce(at) } : changed;
    await updateDestination(sql, webhook);
    await audit(context, sql, by, at, webhook, "change", auditedSettings(current), auditedSettings(webhook));
    return webhook;
  });
}

function switched(current: Destination, enabled: boolean | undefined, at: Date): Partial<Destination> {
  if (enabled === undefined || enabled === (current.disabled_at === null)) return {};
  return enabled
    ? { disabled_at: null, disabled_reason: null, ...atOnce(at) }
    : { disabled_at: at, disabled_reason: "by_request" };
}

function atOnce(at: Date): Pick<Destination, "due_at" | "failed_tries" | "failing_since"> {
  return { due_at: at, failed_tries: 0, failing_since: null };
}

/** With all that waits in its line, and the record of what was sent. */
export async function removeWebhook(context: Context, by: By, path: WebhookPath): Promise<void> {
  await withWebhook(context, path, async (sql, current, at) => {
    await deleteDestination(sql, path.account_id, path.webhook_id);
    await audit(context, sql, by, at, current, "remove", auditedSettings(current), null);
  });
}

/**
 * @param overlapSeconds For so long both the new secret and the one before it sign.
 * @returns With the new secret, which can't be read again.
 */
export async function rotateWebhookSecret(
  context: Context,
  by: By,
  path: WebhookPath,
  overlapSeconds: number,
): Promise<{ readonly webhook: Destination; readonly secret: string }> {
  const secret = newWebhookSecret(context);
  const webhook = await withWebhook(context, path, async (sql, current, at) => {
    const until = overlapSeconds > 0 ? addSeconds(at, overlapSeconds) : null;
    const renewed: Destination = {
      ...current,
      secret: sealSecret(context, current, secret),
      previous_secret: until && current.secret,
      previous_secret_until: until,
    };
    await updateDestination(sql, renewed);
    const after = { previous_secret_until: until };
    await audit(context, sql, by, at, current, "rotate_secret", null, after);
    return renewed;
  });
  return { webhook, secret };
}

/**
 * Sends an event for this webhook alone, at the end of its line; and tries a line that waits out a failure at once.
 * @returns The event's id.
 */
export async function testWebhook(context: Context, by: By, path: WebhookPath): Promise<string> {
  const { account_id, webhook_id } = path;
  return withWebhook(context, path, async (sql, current, at) => {
    if (current.disabled_at)
      throw new Fault("conflict", "webhook: it is switched off; switch it on to send to it.");
    await updateDestination(sql, { ...current, due_at: at });
    await audit(context, sql, by, at, current, "test", null, null);
    return tell(context, sql, at, {
      account_id,
      type: "webhook.test",
      data: { webhook_id },
      only_destination_id: webhook_id,
    });
  });
}

/** @throws Fault `not_found`. */
export async function requireWebhook(
  sql: Sql,
  { account_id, webhook_id }: WebhookPath,
  lock = false,
): Promise<Destination> {
  const found = await findDestination(sql, account_id, webhook_id, lock);
  if (found?.type !== "webhook")
    throw new Fault("not_found", `webhook: found none with the id ${webhook_id} in this account.`);
  return found;
}

function withWebhook<Result>(
  { db, deps }: Context,
  path: WebhookPath,
  work: (sql: Sql, current: Destination, at: Date) => Promise<Result>,
): Promise<Result> {
  const at = deps.clock.now();
  return db.transaction(async (sql) => work(sql, await requireWebhook(sql, path, true), at));
}

function requireUrl({ config }: Context, url: string): void {
  try {
    createOutgoing({ trustedOrigins: config.WEBHOOK_TRUSTED_ORIGINS }).requireSuitable(url);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault("webhook_url_refused", `url: ${error.message.replace(/^.*?: /, "")}`);
  }
}

function inStore({ url, description, event_types }: WebhookSettings) {
  return { target: url, description, event_types };
}

/** Not its address, which may hold what opens it; only where to. */
function auditedSettings({ target, description, event_types, disabled_at }: Destination) {
  return { origin: new URL(target).origin, description, event_types, disabled_at };
}

function audit(
  context: Context,
  sql: Sql,
  by: By,
  at: Date,
  { account_id, id }: Destination,
  action: string,
  before: object | null,
  after: object | null,
): Promise<void> {
  return writeAudit(context, sql, by, at, {
    account_id,
    action: `webhook.${action}`,
    subject: ["webhook", id],
    before,
    after,
  });
}
