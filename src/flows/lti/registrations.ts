/** Registrations and deployments as launches need them: from memory, where they were asked for lately. */
import type { Clock } from "../../deps.ts";
import type { Sql } from "../../store/db.ts";
import {
  findDeployment,
  findRegistration,
  findRegistrations,
  type LtiDeployment,
  type LtiRegistration,
} from "../../store/lti/registrations.ts";
import { createRemembered } from "./remembered.ts";

export interface Registrations {
  /** Those that have not ended, of a client id or of the issuer: two where there are several. */
  named(issuer: string, clientId: string | null): Promise<readonly LtiRegistration[]>;
  byId(id: string): Promise<LtiRegistration | undefined>;
  deployment(registrationId: string, deploymentId: string): Promise<LtiDeployment | undefined>;
  forget(): void;
}

const MOST_REGISTRATIONS = 5000;
const MOST_DEPLOYMENTS = 20_000;

export function createRegistrations(sql: Sql, clock: Clock): Registrations {
  const named = createRemembered<readonly LtiRegistration[]>(
    clock,
    MOST_REGISTRATIONS,
    (found) => found.length > 0,
  );
  const byId = createRemembered<LtiRegistration | undefined>(
    clock,
    MOST_REGISTRATIONS,
    (found) => found !== undefined,
  );
  const deployments = createRemembered<LtiDeployment | undefined>(
    clock,
    MOST_DEPLOYMENTS,
    (found) => found !== undefined && found.account_id !== null,
  );
  return {
    named: (issuer, clientId) =>
      named.find(JSON.stringify([issuer, clientId]), () => findRegistrations(sql, issuer, clientId)),
    byId: (id) => byId.find(id, () => findRegistration(sql, id)),
    deployment: (registrationId, deploymentId) =>
      deployments.find(JSON.stringify([registrationId, deploymentId]), () =>
        findDeployment(sql, registrationId, deploymentId),
      ),
    forget: () => {
      for (const memory of [named, byId, deployments]) memory.forget();
    },
  };
}
