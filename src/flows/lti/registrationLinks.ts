/** Links for the administrator of an LMS: pasted there, the LMS registers itself. Each is good for one registration. */
import { createHash } from "node:crypto";
import { Fault } from "../../core/faults.ts";
import { LTI_PATHS } from "../../core/lti/tool.ts";
import { addSeconds } from "../../core/time.ts";
import type { Sql } from "../../store/db.ts";
import {
  findLinkBySecret,
  findRegistrationLink,
  insertRegistrationLink,
  type RegistrationLink,
  withdrawLink,
} from "../../store/lti/registrationLinks.ts";
import { requireOpenAccount } from "../accounts.ts";
import { type By, writeAudit } from "../audited.ts";
import { requireConnection } from "../connections.ts";
import type { Context } from "../context.ts";
import { firstConnection } from "./changeRegistrations.ts";

export interface LinkOrder {
  /** Null: the account's first. */
  readonly connection_id: string | null;
  /** What the registration is to be called; "": as the platform calls itself. */
  readonly name: string;
}

export interface LinkPath {
  readonly account_id: string;
  readonly link_id: string;
}

const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;
const HOUR_SECONDS = 3600;

/** @returns With the link's URL, which can't be read again: of its secret only the hash is kept. */
export async function makeRegistrationLink(
  context: Context,
  by: By,
  account_id: string,
  { connection_id, name }: LinkOrder,
): Promise<{ readonly link: RegistrationLink; readonly url: string }> {
  const { config, deps } = context;
  const at = deps.clock.now();
  const secret = deps.newSecret(SECRET_BYTES);
  const link = await context.db.transaction(async (sql) => {
    const connection = connection_id ?? (await firstConnection(sql, account_id));
    await requireConnection(sql, account_id, connection);
    const made: RegistrationLink = {
      account_id,
      id: deps.newId(),
      connection_id: connection,
      name,
      created_at: at,
      created_by: by.actor,
      expires_at: addSeconds(at, config.LTI_REGISTRATION_LINK_HOURS * HOUR_SECONDS),
      used_at: null,
      registration_id: null,
      withdrawn_at: null,
    };
    await insertRegistrationLink(sql, made, hashOf(secret));
    const { expires_at } = made;
    await audit(context, sql, by, at, made, "create", null, { connection_id: connection, name, expires_at });
    return made;
  });
  return { link, url: `${config.APP_ORIGIN}${LTI_PATHS.register}${secret}` };
}

/** @throws Fault `not_found`; `conflict` where a registration came of it already. */
export async function withdrawRegistrationLink(
  context: Context,
  by: By,
  { account_id, link_id }: LinkPath,
): Promise<RegistrationLink> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const link = await findRegistrationLink(sql, account_id, link_id, true);
    if (!link) throw new Fault("not_found", `link_id: found no registration link with the id ${link_id}.`);
    if (link.used_at)
      throw new Fault("conflict", "link_id: the link was used; end the registration that came of it.");
    if (link.withdrawn_at) return link;
    await withdrawLink(sql, account_id, link_id, at);
    await audit(context, sql, by, at, link, "withdraw", { withdrawn_at: null }, { withdrawn_at: at });
    return { ...link, withdrawn_at: at };
  });
}

/** @throws Fault `lti_registration_link_unknown`, `lti_registration_link_over`. */
export async function requireGoodLink(
  sql: Sql,
  secret: string,
  at: Date,
): Promise<{ readonly link: RegistrationLink; readonly hash: string }> {
  const hash = hashOf(secret);
  const link = SECRET.test(secret) ? await findLinkBySecret(sql, hash) : undefined;
  if (!link)
    throw new Fault(
      "lti_registration_link_unknown",
      "The address is not a whole registration link. Copy it again.",
    );
  const over = reasonOver(link, at);
  if (over) throw new Fault("lti_registration_link_over", `${over} Ask for a new link.`);
  return { link, hash };
}

/** For the administrator who is about to use it. */
export interface LinkNames {
  readonly account: string;
  readonly connection: string;
}

export async function namesOfLink(
  sql: Sql,
  { account_id, connection_id }: RegistrationLink,
): Promise<LinkNames> {
  const account = await requireOpenAccount(sql, account_id);
  const connection = await requireConnection(sql, account_id, connection_id);
  return { account: account.name, connection: connection.name };
}

function reasonOver({ used_at, withdrawn_at, expires_at }: RegistrationLink, at: Date): string | null {
  if (used_at) return "This registration link was used already.";
  if (withdrawn_at) return "This registration link was withdrawn.";
  return expires_at <= at ? "This registration link is too old." : null;
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function audit(
  context: Context,
  sql: Sql,
  by: By,
  at: Date,
  { account_id, id }: RegistrationLink,
  verb: string,
  before: object | null,
  after: object | null,
): Promise<void> {
  const subject = ["lti_registration_link", id] as const;
  return writeAudit(context, sql, by, at, {
    account_id,
    action: `lti_registration_link.${verb}`,
    subject,
    before,
    after,
  });
}
