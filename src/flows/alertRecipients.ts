/** Who gets an account's alerts by e-mail: which address, which alerts, in which language. */
import { Fault } from "../core/faults.ts";
import type { Sql } from "../store/db.ts";
import {
  countDestinations,
  type Destination,
  deleteDestination,
  findDestination,
  findMailTo,
  insertDestination,
  NEW_DESTINATION,
  updateDestination,
} from "../store/outbox/destinations.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export interface RecipientSettings {
  readonly address: string;
  readonly language: string;
  /** Empty: all. */
  readonly alert_types: readonly string[];
}

export interface RecipientPath {
  readonly account_id: string;
  readonly recipient_id: string;
}

const MOST_RECIPIENTS = 50;

/** @throws Fault `conflict` where the address is one already, or there are too many. */
export async function addRecipient(
  context: Context,
  by: By,
  accountId: string,
  settings: RecipientSettings,
): Promise<Destination> {
  const at = context.deps.clock.now();
  const recipient: Destination = {
    account_id: accountId,
    id: context.deps.newId(),
    type: "mail",
    description: "",
    ...inStore(settings),
    secret: null,
    ...NEW_DESTINATION,
    created_at: at,
  };
  await context.db.transaction(async (sql) => {
    if ((await countDestinations(sql, accountId, "mail")) >= MOST_RECIPIENTS)
      throw new Fault("conflict", `alert_recipient: an account has at most ${MOST_RECIPIENTS}.`);
    await requireFree(sql, recipient);
    await insertDestination(sql, recipient);
    await audit(context, sql, by, at, recipient, "create", null, auditedSettings(recipient));
  });
  return recipient;
}

/** @param unchanged Looks at it before it changes, with its row locked. */
export async function changeRecipient(
  context: Context,
  by: By,
  path: RecipientPath,
  wanted: { readonly [Name in keyof RecipientSettings]?: RecipientSettings[Name] | undefined },
  unchanged: (current: Destination) => void,
): Promise<Destination> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const current = await requireRecipient(sql, path, true);
    unchanged(current);
    const settings = {
      address: wanted.address ?? current.target,
      language: wanted.language ?? current.language,
      alert_types: wanted.alert_types ?? current.event_types,
    };
    const changed = { ...current, ...inStore(settings) };
    await requireFree(sql, changed);
    await updateDestination(sql, changed);
    await audit(context, sql, by, at, changed, "change", auditedSettings(current), auditedSettings(changed));
    return changed;
  });
}

export async function removeRecipient(context: Context, by: By, path: RecipientPath): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    const current = await requireRecipient(sql, path, true);
    await deleteDestination(sql, path.account_id, path.recipient_id);
    await audit(context, sql, by, at, current, "remove", auditedSettings(current), null);
  });
}

/** @throws Fault `not_found`. */
export async function requireRecipient(
  sql: Sql,
  { account_id, recipient_id }: RecipientPath,
  lock = false,
): Promise<Destination> {
  const found = await findDestination(sql, account_id, recipient_id, lock);
  if (found?.type !== "mail")
    throw new Fault("not_found", `alert_recipient: found none with the id ${recipient_id} in this account.`);
  return found;
}

async function requireFree(sql: Sql, { account_id, id, target }: Destination): Promise<void> {
  const other = await findMailTo(sql, account_id, target);
  if (other !== undefined && other !== id)
    throw new Fault("conflict", "address: it is among the account's recipients already.");
}

function inStore({ address, language, alert_types }: RecipientSettings) {
  return { target: address, language, event_types: alert_types };
}

/** Without the address: the audit log names people by id only (RULES §7). */
function auditedSettings({ language, event_types }: Destination) {
  return { language, alert_types: event_types };
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
    action: `alert_recipient.${action}`,
    subject: ["alert_recipient", id],
    before,
    after,
  });
}
