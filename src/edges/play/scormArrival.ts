/** The SCORM front door: from what a package's wrapper read from its LMS to an arrival (DESIGN §4). */
import type { LaunchRequest } from "../../core/bridge.ts";
import { SCORM_NAMESPACE } from "../../core/identity.ts";
import { wellFormed } from "../../core/text.ts";
import type { Arrival } from "../../flows/launch/arrival.ts";
import { modeOf } from "./courseGivens.ts";

/** What the front door knows beside what the player sent. */
export interface Front {
  readonly delivery_key: string;
  readonly account_id: string | null;
  readonly too_many: boolean;
}

export function scormArrival(front: Front, request: LaunchRequest): Arrival {
  const { snapshot } = request;
  return {
    delivery_key: wellFormed(front.delivery_key),
    account_id: front.account_id,
    proved_connection_id: null,
    test_candidate: false,
    too_many: front.too_many,
    nonce: request.nonce,
    namespace: SCORM_NAMESPACE,
    identity: snapshot.learner_id,
    name: snapshot.learner_name.trim(),
    origin: request.lms_origin,
    lms: { entry: snapshot.entry, marker: snapshot.suspend_data, mode: modeOf(snapshot.mode) },
  };
}
