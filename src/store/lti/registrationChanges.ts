/** Registrations and deployments as administrators see and change them; launches read them by `registrations.ts`. */
import { LOCKED, type Sql } from "../db.ts";
import type { Page } from "../listing/page.ts";
import { DEPLOYMENT, type LtiDeployment, type LtiRegistration, REGISTRATION } from "./registrations.ts";

/** Whose registrations: an account's, or with null the vendor's own, which several accounts share. */
export type RegistrationOwner = string | null;

export function pageOfRegistrations(
  sql: Sql,
  owner: RegistrationOwner,
  filter: { readonly ended?: boolean | undefined },
  { after, most }: Page,
): Promise<LtiRegistration[]> {
  return sql.query<LtiRegistration>(
    `select ${REGISTRATION} from lti_registration
     where account_id is not distinct from $1
       and ($2::boolean is null or (ended_at is not null) = $2)
       and ($3::uuid is null or id < $3)
     order by id desc limit $4`,
    [owner, filter.ended ?? null, after, most],
  );
}

/** Ended ones too. */
export async function findOwnRegistration(
  sql: Sql,
  owner: RegistrationOwner,
  id: string,
  lock = false,
): Promise<LtiRegistration | undefined> {
  const [found] = await sql.query<LtiRegistration>(
    `select ${REGISTRATION} from lti_registration
     where account_id is not distinct from $1 and id = $2 ${lock ? LOCKED : ""}`,
    [owner, id],
  );
  return found;
}

/** What can change of one; issuer and client id can't. */
export async function updateRegistration(sql: Sql, changed: LtiRegistration): Promise<void> {
  await sql.query(
    `update lti_registration set connection_id = $2, name = $3, authorization_url = $4, token_url = $5,
       token_audience = $6, jwks_url = $7, product = $8, ended_at = $9
     where id = $1`,
    [
      changed.id,
      changed.connection_id,
      changed.name,
      changed.authorization_url,
      changed.token_url,
      changed.token_audience,
      changed.jwks_url,
      changed.product,
      changed.ended_at,
    ],
  );
}

export function pageOfDeployments(
  sql: Sql,
  registrationId: string,
  filter: { readonly assigned?: boolean | undefined },
  { after, most }: Page,
): Promise<LtiDeployment[]> {
  return sql.query<LtiDeployment>(
    `select ${DEPLOYMENT} from lti_deployment
     where registration_id = $1
       and ($2::boolean is null or (account_id is not null) = $2)
       and ($3::uuid is null or id < $3)
     order by id desc limit $4`,
    [registrationId, filter.assigned ?? null, after, most],
  );
}

export interface DeploymentOfAccount extends LtiDeployment {
  readonly issuer: string;
  readonly client_id: string;
  /** Of the vendor's own registration. */
  readonly shared: boolean;
}

/** Those that are an account's, of whosever registrations that have not ended. */
export function pageOfAccountDeployments(
  sql: Sql,
  accountId: string,
  { after, most }: Page,
): Promise<DeploymentOfAccount[]> {
  return sql.query<DeploymentOfAccount>(
    `select lti_deployment.id, registration_id, deployment_id, lti_deployment.account_id,
       lti_deployment.connection_id, first_seen_at, issuer, client_id, lti_registration.account_id is null as shared
     from lti_deployment join lti_registration on lti_registration.id = registration_id
     where lti_deployment.account_id = $1 and ended_at is null and ($2::uuid is null or lti_deployment.id < $2)
     order by lti_deployment.id desc limit $3`,
    [accountId, after, most],
  );
}

export async function findDeploymentById(
  sql: Sql,
  registrationId: string,
  id: string,
  lock = false,
): Promise<LtiDeployment | undefined> {
  const [found] = await sql.query<LtiDeployment>(
    `select ${DEPLOYMENT} from lti_deployment where registration_id = $1 and id = $2 ${lock ? LOCKED : ""}`,
    [registrationId, id],
  );
  return found;
}

export async function setAssignment(
  sql: Sql,
  { id, account_id, connection_id }: Pick<LtiDeployment, "id" | "account_id" | "connection_id">,
): Promise<void> {
  await sql.query("update lti_deployment set account_id = $2, connection_id = $3 where id = $1", [
    id,
    account_id,
    connection_id,
  ]);
}

export async function deleteDeployment(sql: Sql, id: string): Promise<void> {
  await sql.query("delete from lti_deployment where id = $1", [id]);
}

export async function countDeployments(
  sql: Sql,
  registrationId: string,
): Promise<{ readonly assigned: number; readonly unassigned: number }> {
  const [counted] = await sql.query<{ assigned: number; unassigned: number }>(
    `select count(*) filter (where account_id is not null) as assigned,
       count(*) filter (where account_id is null) as unassigned
     from lti_deployment where registration_id = $1`,
    [registrationId],
  );
  return counted ?? { assigned: 0, unassigned: 0 };
}

export async function countRegistrations(sql: Sql, owner: RegistrationOwner): Promise<number> {
  const [counted] = await sql.query<{ count: number }>(
    "select count(*) as count from lti_registration where account_id is not distinct from $1 and ended_at is null",
    [owner],
  );
  return counted?.count ?? 0;
}

/** Of deliveries by LTI to the accounts that the registration has deployments of, from the platform's origin. */
export async function lastLaunchThrough(
  sql: Sql,
  registrationId: string,
  platformOrigin: string,
): Promise<{ readonly opened_at: Date; readonly code: string | null } | undefined> {
  const [last] = await sql.query<{ opened_at: Date; code: string | null }>(
    `select last.opened_at, last.code
     from delivery cross join lateral (
       select opened_at, code from launch
       where launch.account_id = delivery.account_id and launch.delivery_id = delivery.id and lms_origin = $2
       order by opened_at desc limit 1
     ) as last
     where format = 'lti' and delivery.account_id in
       (select account_id from lti_deployment where registration_id = $1 and account_id is not null)
     order by last.opened_at desc limit 1`,
    [registrationId, platformOrigin],
  );
  return last;
}
