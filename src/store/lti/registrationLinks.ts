/** Links by which a platform registers itself: each is good for one registration, and found by the hash of its secret. */
import { LOCKED, type Sql } from "../db.ts";
import type { Page } from "../listing/page.ts";

export interface RegistrationLink {
  readonly account_id: string;
  readonly id: string;
  readonly connection_id: string;
  /** What the registration is to be called; "": as the platform calls itself. */
  readonly name: string;
  readonly created_at: Date;
  /** As in the audit log. */
  readonly created_by: string;
  readonly expires_at: Date;
  readonly used_at: Date | null;
  readonly registration_id: string | null;
  readonly withdrawn_at: Date | null;
}

const LINK = `account_id, id, connection_id, name, created_at, created_by, expires_at, used_at, registration_id, withdrawn_at`;

export async function insertRegistrationLink(
  sql: Sql,
  link: Omit<RegistrationLink, "used_at" | "registration_id" | "withdrawn_at">,
  secretHash: string,
): Promise<void> {
  await sql.query(
    `insert into lti_registration_link (account_id, id, connection_id, name, created_at, created_by, expires_at, secret_hash)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      link.account_id,
      link.id,
      link.connection_id,
      link.name,
      link.created_at,
      link.created_by,
      link.expires_at,
      secretHash,
    ],
  );
}

export function pageOfRegistrationLinks(
  sql: Sql,
  accountId: string,
  { after, most }: Page,
): Promise<RegistrationLink[]> {
  return sql.query<RegistrationLink>(
    `select ${LINK} from lti_registration_link
     where account_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
    [accountId, after, most],
  );
}

export async function findRegistrationLink(
  sql: Sql,
  accountId: string,
  id: string,
  lock = false,
): Promise<RegistrationLink | undefined> {
  const [found] = await sql.query<RegistrationLink>(
    `select ${LINK} from lti_registration_link where account_id = $1 and id = $2 ${lock ? LOCKED : ""}`,
    [accountId, id],
  );
  return found;
}

export async function findLinkBySecret(sql: Sql, secretHash: string): Promise<RegistrationLink | undefined> {
  const [found] = await sql.query<RegistrationLink>(
    `select ${LINK} from lti_registration_link where secret_hash = $1`,
    [secretHash],
  );
  return found;
}

export async function withdrawLink(sql: Sql, accountId: string, id: string, at: Date): Promise<void> {
  await sql.query("update lti_registration_link set withdrawn_at = $3 where account_id = $1 and id = $2", [
    accountId,
    id,
    at,
  ]);
}

/** Whether it is now this claim's, until then and nobody else's: not where it is used, over, or another's. */
export async function claimLink(
  sql: Sql,
  secretHash: string,
  { claim_id, at, until }: { readonly claim_id: string; readonly at: Date; readonly until: Date },
): Promise<boolean> {
  const claimed = await sql.query(
    `update lti_registration_link set claim_id = $2, claimed_until = $4
     where secret_hash = $1 and used_at is null and withdrawn_at is null and expires_at > $3
       and (claimed_until is null or claimed_until <= $3)
     returning id`,
    [secretHash, claim_id, at, until],
  );
  return claimed.length === 1;
}

export async function releaseLink(sql: Sql, claimId: string): Promise<void> {
  await sql.query(
    "update lti_registration_link set claim_id = null, claimed_until = null where claim_id = $1 and used_at is null",
    [claimId],
  );
}

/** Whether it still was this claim's. */
export async function useLink(sql: Sql, claimId: string, registrationId: string, at: Date): Promise<boolean> {
  const used = await sql.query(
    `update lti_registration_link set used_at = $3, registration_id = $2
     where claim_id = $1 and used_at is null and withdrawn_at is null returning id`,
    [claimId, registrationId, at],
  );
  return used.length === 1;
}
