/** What platforms and the gateway know of each other, and where the tool is installed in each (LTI 1.3 §3.1.2, §3.1.3). */
import type { Sql } from "../db.ts";

export interface LtiRegistration {
  readonly id: string;
  /** Null: the vendor's own, with a platform that several customers share. */
  readonly account_id: string | null;
  /** Where launches of deployments go that were not seen before. Null: somebody assigns each. */
  readonly connection_id: string | null;
  readonly name: string;
  readonly issuer: string;
  readonly client_id: string;
  readonly authorization_url: string;
  readonly token_url: string;
  /** `aud` of what proves us to the platform; null: `token_url`. */
  readonly token_audience: string | null;
  readonly jwks_url: string;
  /** As the platform names itself, such as `moodle`; "" where it does not say. */
  readonly product: string;
  /** Whether the platform registered itself, by a link. */
  readonly dynamic: boolean;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

export interface LtiDeployment {
  /** Ours; the platform's own name for it is `deployment_id`. */
  readonly id: string;
  readonly registration_id: string;
  readonly deployment_id: string;
  /** Null, with its connection: seen, and not assigned yet. */
  readonly account_id: string | null;
  readonly connection_id: string | null;
  readonly first_seen_at: Date;
}

export const REGISTRATION = `id, account_id, connection_id, name, issuer, client_id, authorization_url, token_url, token_audience,
  jwks_url, product, dynamic, created_at, ended_at`;
export const DEPLOYMENT = "id, registration_id, deployment_id, account_id, connection_id, first_seen_at";

/** Fails on `lti_registration_once` where one with this issuer and client id has not ended. */
export async function insertRegistration(sql: Sql, registration: LtiRegistration): Promise<void> {
  await sql.query(
    `insert into lti_registration (${REGISTRATION})
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      registration.id,
      registration.account_id,
      registration.connection_id,
      registration.name,
      registration.issuer,
      registration.client_id,
      registration.authorization_url,
      registration.token_url,
      registration.token_audience,
      registration.jwks_url,
      registration.product,
      registration.dynamic,
      registration.created_at,
      registration.ended_at,
    ],
  );
}

/** One that has not ended. */
export async function findRegistration(sql: Sql, id: string): Promise<LtiRegistration | undefined> {
  const [found] = await sql.query<LtiRegistration>(
    `select ${REGISTRATION} from lti_registration where id = $1 and ended_at is null`,
    [id],
  );
  return found;
}

/** Those that have not ended: of an issuer, as many as tell whether there is one alone; with a client id, the one. */
export function findRegistrations(
  sql: Sql,
  issuer: string,
  clientId: string | null,
): Promise<LtiRegistration[]> {
  return sql.query<LtiRegistration>(
    `select ${REGISTRATION} from lti_registration
     where issuer = $1 and ($2::text is null or client_id = $2) and ended_at is null limit 2`,
    [issuer, clientId],
  );
}

/**
 * Of an issuer, those that serve the account of a delivery, as many as tell whether there is one alone: its own; where it has
 * none, the shared ones that it has a deployment on; where it has none either, the shared ones, which note its first. Another
 * account's is never among them.
 */
export function findRegistrationsFor(
  sql: Sql,
  issuer: string,
  deliveryKey: string,
): Promise<LtiRegistration[]> {
  return sql.query<LtiRegistration>(
    `with customer as (select account_id from delivery where key = $2),
     nearest as (
       select lti_registration.* from lti_registration, customer
       where issuer = $1 and ended_at is null
         and (lti_registration.account_id is null or lti_registration.account_id = customer.account_id)
       order by case
         when lti_registration.account_id is not null then 1
         when exists (select 1 from lti_deployment
           where registration_id = lti_registration.id and lti_deployment.account_id = customer.account_id) then 2
         else 3 end
       fetch first row with ties)
     select ${REGISTRATION} from nearest limit 2`,
    [issuer, deliveryKey],
  );
}

export async function findDeployment(
  sql: Sql,
  registrationId: string,
  deploymentId: string,
): Promise<LtiDeployment | undefined> {
  const [found] = await sql.query<LtiDeployment>(
    `select ${DEPLOYMENT} from lti_deployment where registration_id = $1 and deployment_id = $2`,
    [registrationId, deploymentId],
  );
  return found;
}

/** One that is there already stays as it is. */
export async function insertDeployment(sql: Sql, deployment: LtiDeployment): Promise<void> {
  await sql.query(
    `insert into lti_deployment (${DEPLOYMENT}) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [
      deployment.id,
      deployment.registration_id,
      deployment.deployment_id,
      deployment.account_id,
      deployment.connection_id,
      deployment.first_seen_at,
    ],
  );
}

/** A deployment that was seen and that nobody has assigned yet. A registration keeps its newest ones, `most` of them. */
export async function insertSeenDeployment(
  sql: Sql,
  seen: Pick<LtiDeployment, "id" | "registration_id" | "deployment_id" | "first_seen_at">,
  most: number,
): Promise<void> {
  await sql.query(
    `with forgotten as (
       delete from lti_deployment where account_id is null and registration_id = $2 and deployment_id in (
         select deployment_id from lti_deployment where account_id is null and registration_id = $2
         order by first_seen_at desc, deployment_id offset $5::integer - 1))
     insert into lti_deployment (id, registration_id, deployment_id, first_seen_at)
     values ($1, $2, $3, $4) on conflict do nothing`,
    [seen.id, seen.registration_id, seen.deployment_id, seen.first_seen_at, most],
  );
}

/** One that nobody assigned before goes to the connection; not more to a registration than `most`. */
export async function assignDeployment(
  sql: Sql,
  deployment: LtiDeployment & { readonly account_id: string; readonly connection_id: string },
  most: number,
): Promise<void> {
  await sql.query(
    `insert into lti_deployment (${DEPLOYMENT})
     select $1::uuid, $2::uuid, $3::text, $4::uuid, $5::uuid, $6::timestamptz
     where (select count(*) from lti_deployment where registration_id = $2) < $7
     on conflict (registration_id, deployment_id) do update
       set account_id = excluded.account_id, connection_id = excluded.connection_id
       where lti_deployment.account_id is null`,
    [
      deployment.id,
      deployment.registration_id,
      deployment.deployment_id,
      deployment.account_id,
      deployment.connection_id,
      deployment.first_seen_at,
      most,
    ],
  );
}
