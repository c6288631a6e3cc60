/** Whose the deployment is that a message comes from (DESIGN §6): cloud LMSs share issuer and client id among their customers. */
import { Fault } from "../../core/faults.ts";
import {
  assignDeployment,
  findDeployment,
  insertSeenDeployment,
  type LtiDeployment,
  type LtiRegistration,
} from "../../store/lti/registrations.ts";
import type { Context } from "../context.ts";

export interface DeploymentOwner {
  readonly account_id: string;
  readonly connection_id: string;
}

/** Installations of one tool in one platform: a large one has one for each of its schools. */
const MOST_DEPLOYMENTS = 10_000;
/** Those that nobody has assigned: enough to find one that was installed lately. */
const MOST_UNASSIGNED = 200;

/**
 * One that was never seen joins the connection of its registration, where that has one; otherwise it is noted, for somebody
 * to say whose it is.
 * @throws Fault `lti_deployment_unknown`.
 */
export async function requireDeployment(
  context: Context,
  { id: registration_id, account_id, connection_id }: LtiRegistration,
  deployment_id: string,
  first_seen_at: Date,
): Promise<DeploymentOwner> {
  const known = await context.lti.registrations.deployment(registration_id, deployment_id);
  const owner = ownerOf(known);
  if (owner) return owner;
  const id = context.deps.newId();
  if (account_id !== null && connection_id !== null) {
    const joins = { id, registration_id, deployment_id, account_id, connection_id, first_seen_at };
    await assignDeployment(context.db, joins, MOST_DEPLOYMENTS);
    context.deps.log.info("A deployment of an LTI platform was seen for the first time, and joined", {
      registration: registration_id,
      connection: connection_id,
    });
    // Somebody may have assigned it elsewhere just now; of more than are kept there is no row.
    const joined = ownerOf(await findDeployment(context.db, registration_id, deployment_id));
    return joined ?? { account_id, connection_id };
  }
  if (!known)
    await insertSeenDeployment(
      context.db,
      { id, registration_id, deployment_id, first_seen_at },
      MOST_UNASSIGNED,
    );
  throw new Fault(
    "lti_deployment_unknown",
    `deployment_id: expected one that is assigned to an account, found ${JSON.stringify(deployment_id)}.`,
  );
}

function ownerOf(deployment: LtiDeployment | undefined): DeploymentOwner | null {
  const { account_id = null, connection_id = null } = deployment ?? {};
  return account_id !== null && connection_id !== null ? { account_id, connection_id } : null;
}
