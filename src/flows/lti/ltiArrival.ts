/** The LTI front door: from a verified message, whatever its version, to an arrival (DESIGN §4). */
import type { LtiMessage } from "../../core/lti/message.ts";
import { isTestCandidate } from "../../core/lti/roles.ts";
import type { Arrival } from "../launch/arrival.ts";

export function ltiArrival(
  message: LtiMessage,
  { too_many = false }: { readonly too_many?: boolean } = {},
): Arrival {
  return {
    delivery_key: message.delivery_key,
    account_id: message.account_id,
    proved_connection_id: message.connection_id,
    test_candidate: isTestCandidate(message.roles),
    nonce: message.nonce,
    namespace: message.namespace,
    identity: message.person.id,
    name: message.person.name.trim(),
    origin: message.platform_origin,
    lms: null,
    too_many,
  };
}
