/** The SCORM front door: from what a package's wrapper read from its LMS to an arrival (DESIGN §4). */
import type { LaunchRequest } from "../../core/bridge.ts";
import { SCORM_NAMESPACE } from "../../core/identity.ts";
import { wellFormed } from "../../core/text.ts";
import type { Arrival } from "../../flows/launch/arrival.ts";

export function scormArrival(deliveryKey: string, request: LaunchRequest, tooMany: boolean): Arrival {
  const { snapshot } = request;
  return {
    delivery_key: wellFormed(deliveryKey),
    nonce: request.nonce,
    namespace: SCORM_NAMESPACE,
    identity: snapshot.learner_id,
    name: snapshot.learner_name.trim(),
    origin: request.lms_origin,
    lms: { entry: snapshot.entry, marker: snapshot.suspend_data },
    too_many: tooMany,
  };
}
