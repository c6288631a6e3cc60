/** Where a tool is installed in a platform, and whose learners come from there (LTI 1.3 §3.1.3). */
import { Fault } from "../../core/faults.ts";
import type { Sql } from "../../store/db.ts";
import { deleteDeployment, findDeploymentById, setAssignment } from "../../store/lti/registrationChanges.ts";
import { findDeployment, insertDeployment, type LtiDeployment } from "../../store/lti/registrations.ts";
import { requireOpenAccount } from "../accounts.ts";
import { type By, type Change, writeAudits } from "../audited.ts";
import { requireConnection } from "../connections.ts";
import type { Context } from "../context.ts";
import { changing } from "../invalidations.ts";
import { type RegistrationPath, requireRegistration, requireRunning } from "./changeRegistrations.ts";

export interface DeploymentPath extends RegistrationPath {
  readonly lti_deployment_id: string;
}

/** Of an account's own registration, that account; of a shared one, any. */
export interface Assignment {
  readonly account_id: string;
  readonly connection_id: string;
}

/** Before its first launch, so that this finds it assigned. @throws Fault `conflict` where it is there already. */
export async function addDeployment(
  context: Context,
  by: By,
  path: RegistrationPath,
  deployment_id: string,
  to: Assignment,
): Promise<LtiDeployment> {
  const at = context.deps.clock.now();
  return changing(context, "lti", async (sql) => {
    const { id: registration_id } = await requireRunning(sql, path);
    await requireAssignable(sql, path, to);
    if (await findDeployment(sql, registration_id, deployment_id))
      throw new Fault("conflict", "deployment_id: the registration has this deployment; assign that one.");
    const { account_id, connection_id } = to;
    const id = context.deps.newId();
    const made = { id, registration_id, deployment_id, account_id, connection_id, first_seen_at: at };
    await insertDeployment(sql, made);
    await audit(context, sql, by, at, made, "add", null, made);
    return made;
  });
}

/**
 * Launches from there are of this account and connection from now on: the people of an LMS who are known by another
 * connection are then others, as identities are of a connection (RULES §1).
 */
export async function assign(
  context: Context,
  by: By,
  path: DeploymentPath,
  to: Assignment,
): Promise<LtiDeployment> {
  const at = context.deps.clock.now();
  return changing(context, "lti", async (sql) => {
    await requireRunning(sql, path);
    await requireAssignable(sql, path, to);
    const current = await requireDeployment(sql, path, true);
    const { account_id, connection_id } = to;
    const assigned = { ...current, account_id, connection_id };
    await setAssignment(sql, assigned);
    await audit(context, sql, by, at, assigned, "assign", current, assigned);
    return assigned;
  });
}

/** One that launches again is seen anew: assigned by itself where the registration says to what, else by somebody. */
export async function removeDeployment(context: Context, by: By, path: DeploymentPath): Promise<void> {
  const at = context.deps.clock.now();
  await changing(context, "lti", async (sql) => {
    await requireRegistration(sql, path, true);
    const current = await requireDeployment(sql, path, true);
    await deleteDeployment(sql, current.id);
    await audit(context, sql, by, at, current, "remove", current, null);
  });
}

async function requireDeployment(sql: Sql, path: DeploymentPath, lock = false): Promise<LtiDeployment> {
  const found = await findDeploymentById(sql, path.registration_id, path.lti_deployment_id, lock);
  if (!found)
    throw new Fault("not_found", `lti_deployment: found none with the id ${path.lti_deployment_id}.`);
  return found;
}

async function requireAssignable(sql: Sql, { owner }: RegistrationPath, to: Assignment): Promise<void> {
  if (owner === null) await requireOpenAccount(sql, to.account_id);
  else if (owner !== to.account_id) throw new Fault("not_found", "account_id: found no such account.");
  await requireConnection(sql, to.account_id, to.connection_id);
}

/** In the log of each account that it was or is of, which learns nothing of the other; of nobody's, in the vendor's. */
function audit(
  context: Context,
  sql: Sql,
  by: By,
  at: Date,
  { id }: LtiDeployment,
  verb: string,
  before: LtiDeployment | null,
  after: LtiDeployment | null,
): Promise<void> {
  const accounts = new Set([before?.account_id ?? null, after?.account_id ?? null]);
  if (accounts.size > 1) accounts.delete(null);
  const changes = [...accounts].map(
    (account_id): Change => ({
      account_id,
      action: `lti_deployment.${verb}`,
      subject: ["lti_deployment", id],
      before: audited(before, account_id),
      after: audited(after, account_id),
    }),
  );
  return writeAudits(context, sql, by, at, changes);
}

function audited(deployment: LtiDeployment | null, accountId: string | null) {
  if (!deployment || deployment.account_id !== accountId) return null;
  const { registration_id, deployment_id, connection_id } = deployment;
  return { registration_id, deployment_id, connection_id };
}
