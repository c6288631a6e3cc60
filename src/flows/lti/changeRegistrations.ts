/** Registrations of LTI platforms: an account's own, or with null for the owner the vendor's, which several accounts share. */
import { Fault } from "../../core/faults.ts";
import { listConnections } from "../../store/accounts.ts";
import { codeOf, type Sql } from "../../store/db.ts";
import {
  countRegistrations,
  findOwnRegistration,
  type RegistrationOwner,
  updateRegistration,
} from "../../store/lti/registrationChanges.ts";
import { insertRegistration, type LtiRegistration } from "../../store/lti/registrations.ts";
import { type By, writeAudit } from "../audited.ts";
import { requireConnection } from "../connections.ts";
import type { Context } from "../context.ts";
import { changing } from "../invalidations.ts";
import { outgoingToPlatforms } from "./platformOutgoing.ts";

export interface RegistrationPath {
  /** Null: the vendor's own. */
  readonly owner: RegistrationOwner;
  readonly registration_id: string;
}

export interface RegistrationSettings {
  readonly name: string;
  /** Where deployments go that were not seen before; null: somebody assigns each. Always null for the vendor's own. */
  readonly connection_id: string | null;
  readonly authorization_url: string;
  readonly token_url: string;
  readonly token_audience: string | null;
  readonly jwks_url: string;
  readonly product: string;
}

export interface NewRegistration extends RegistrationSettings {
  readonly issuer: string;
  readonly client_id: string;
}

export type RegistrationChange = {
  readonly [Name in keyof RegistrationSettings]?: RegistrationSettings[Name] | undefined;
};

const MOST_REGISTRATIONS = 100;

/** @throws Fault `lti_registration_taken`, `lti_platform_url_refused`, `not_found`, `conflict` where there are too many. */
export async function addRegistration(
  context: Context,
  by: By,
  owner: RegistrationOwner,
  wanted: NewRegistration,
): Promise<LtiRegistration> {
  requireUrls(context, wanted);
  const at = context.deps.clock.now();
  return refusingTaken(
    changing(context, "lti", (sql) => insertOne(context, sql, by, at, owner, wanted, false)),
  );
}

/** In a transaction of the caller's, who looks after who it is made by, and after it being taken. */
export async function insertOne(
  context: Context,
  sql: Sql,
  by: By,
  at: Date,
  owner: RegistrationOwner,
  wanted: NewRegistration,
  dynamic: boolean,
): Promise<LtiRegistration> {
  await requireOwnConnection(sql, owner, wanted.connection_id);
  if (owner !== null && (await countRegistrations(sql, owner)) >= MOST_REGISTRATIONS)
    throw new Fault("conflict", `lti_registration: an account has at most ${MOST_REGISTRATIONS}.`);
  const registration: LtiRegistration = {
    id: context.deps.newId(),
    account_id: owner,
    ...wanted,
    dynamic,
    created_at: at,
    ended_at: null,
  };
  await insertRegistration(sql, registration);
  await audit(context, sql, by, at, registration, "create", null, auditedSettings(registration));
  return registration;
}

/** Says nothing of whose it is: that another account uses a platform is that account's own business. */
export function refusingTaken<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    if (codeOf(error) !== UNIQUE_VIOLATION) throw error;
    throw new Fault(
      "lti_registration_taken",
      "issuer, client_id: expected a pair that is not registered yet. Where it is not among your registrations, ask the vendor.",
    );
  });
}

const UNIQUE_VIOLATION = "23505";

/**
 * Issuer and client id stay as they are: they say whose launches these are, and who their learners.
 * @param unchanged Looks at it before it changes, with its row locked.
 */
export async function changeRegistration(
  context: Context,
  by: By,
  path: RegistrationPath,
  change: RegistrationChange,
  unchanged: (current: LtiRegistration) => void,
): Promise<LtiRegistration> {
  const at = context.deps.clock.now();
  return changing(context, "lti", async (sql) => {
    const current = await requireRunning(sql, path);
    unchanged(current);
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const changed: LtiRegistration = { ...current, ...Object.fromEntries(given) };
    requireUrls(context, changed);
    await requireOwnConnection(sql, path.owner, changed.connection_id);
    await updateRegistration(sql, changed);
    await audit(context, sql, by, at, changed, "change", auditedSettings(current), auditedSettings(changed));
    return changed;
  });
}

/** For good: no launch comes in through it any more. Issuer and client id can be registered again. */
export async function endRegistration(
  context: Context,
  by: By,
  path: RegistrationPath,
): Promise<LtiRegistration> {
  const at = context.deps.clock.now();
  return changing(context, "lti", async (sql) => {
    const current = await requireRegistration(sql, path, true);
    if (current.ended_at) return current;
    const ended = { ...current, ended_at: at };
    await updateRegistration(sql, ended);
    await audit(context, sql, by, at, ended, "end", { ended_at: null }, { ended_at: at });
    return ended;
  });
}

/** Ended ones too. @throws Fault `not_found`, also for another's. */
export async function requireRegistration(
  sql: Sql,
  { owner, registration_id }: RegistrationPath,
  lock = false,
): Promise<LtiRegistration> {
  const found = await findOwnRegistration(sql, owner, registration_id, lock);
  if (!found) throw new Fault("not_found", `lti_registration: found none with the id ${registration_id}.`);
  return found;
}

/** With its row locked. @throws Fault `not_found`; `conflict` where it has ended. */
export async function requireRunning(sql: Sql, path: RegistrationPath): Promise<LtiRegistration> {
  const found = await requireRegistration(sql, path, true);
  if (found.ended_at) throw new Fault("conflict", "lti_registration: it has ended; register the LMS anew.");
  return found;
}

/** The account's first connection, which every account has (RULES §1). */
export async function firstConnection(sql: Sql, accountId: string): Promise<string> {
  const [first] = await listConnections(sql, accountId);
  if (!first) throw new Fault("not_found", "connection_id: found no connection in this account.");
  return first.id;
}

async function requireOwnConnection(
  sql: Sql,
  owner: RegistrationOwner,
  connectionId: string | null,
): Promise<void> {
  if (connectionId === null) return;
  if (owner === null)
    throw new Fault("body_invalid", "connection_id: a shared registration has none; assign its deployments.");
  await requireConnection(sql, owner, connectionId);
}

/**
 * The key set and the tokens are fetched by the gateway; where learners sign in, only their browsers go.
 * @throws Fault `lti_platform_url_refused`.
 */
function requireUrls(
  context: Context,
  urls: Pick<RegistrationSettings, "authorization_url" | "token_url" | "jwks_url">,
): void {
  for (const name of ["authorization_url", "token_url", "jwks_url"] as const)
    requirePlatformUrl(context, name, urls[name]);
}

export function requirePlatformUrl(context: Context, name: string, url: string): void {
  try {
    outgoingToPlatforms(context).requireSuitable(url);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault("lti_platform_url_refused", `${name}: ${error.message.replace(/^.*?: /, "")}`);
  }
}

function auditedSettings(registration: LtiRegistration) {
  const { id: _id, account_id: _account, created_at: _created, ...settings } = registration;
  return settings;
}

function audit(
  context: Context,
  sql: Sql,
  by: By,
  at: Date,
  { id, account_id }: LtiRegistration,
  verb: string,
  before: object | null,
  after: object | null,
): Promise<void> {
  const subject = ["lti_registration", id] as const;
  return writeAudit(context, sql, by, at, {
    account_id,
    action: `lti_registration.${verb}`,
    subject,
    before,
    after,
  });
}
