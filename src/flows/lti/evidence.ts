/**
 * What an LMS says of a person beside their id is kept as evidence of who they are (RULES §6): never a key, and never in the
 * statements that decide and write the launch, which it would make dearer.
 */
import { readIdentity } from "../../core/identity.ts";
import type { LtiMessage, LtiPerson } from "../../core/lti/message.ts";
import { addEvidence, EVIDENCE_TYPES, type SentEvidence } from "../../store/lti/evidence.ts";
import type { EvidenceOfLaunch } from "../../store/lti/rememberLaunches.ts";
import type { Context } from "../context.ts";

/** Of whom: an identity that is known by now, or nothing is kept. */
export type PersonKey = Pick<LtiMessage, "account_id" | "connection_id" | "namespace"> & {
  readonly person: Pick<LtiPerson, "id" | "name" | "given_name" | "family_name" | "email" | "sourcedid">;
};

/** @returns Null where nothing is said of anybody. */
export function evidenceOf({ namespace, person }: PersonKey): EvidenceOfLaunch | null {
  const value = readIdentity(person.id, []);
  const sent = EVIDENCE_TYPES.flatMap((type): SentEvidence[] => {
    const said = person[type].trim();
    return said === "" ? [] : [{ type, value: said }];
  });
  return value === null || sent.length === 0 ? null : { namespace, value, sent };
}

/** Of a launch that was denied, or of a member whom the platform lists; launches that are let in: `rememberTogether.ts`. */
export async function rememberEvidence({ db, deps }: Context, known: PersonKey): Promise<void> {
  const evidence = evidenceOf(known);
  if (!evidence) return;
  const { account_id, connection_id } = known;
  const { namespace, value, sent } = evidence;
  await addEvidence(db.quick, { account_id, connection_id, namespace, value }, sent, deps.clock.now());
}
