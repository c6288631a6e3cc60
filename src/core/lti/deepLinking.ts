/**
 * A verified request to pick content (LTI Deep Linking 2.0 §3.4.1): who reads the message has checked its signature, its
 * times and whom it is for, as for `LtiMessage`.
 */
import type { LtiPerson } from "./message.ts";

export interface LtiDeepLinkingMessage {
  /** Decided by issuer, client id and deployment id. */
  readonly account_id: string;
  readonly connection_id: string;
  readonly registration_id: string;
  readonly deployment_id: string;
  /** Of the identity's key: `lti:<issuer>` (RULES §1). */
  readonly namespace: string;
  readonly person: LtiPerson;
  /** Full URIs, as sent. */
  readonly roles: readonly string[];
  /** The platform's course, "" where it names none. */
  readonly context: { readonly id: string; readonly title: string };
  /** BCP 47; "" where the platform does not say. */
  readonly locale: string;
  /** Where the answer goes; http or https. */
  readonly return_url: string;
  /** Sent back unchanged; null where the platform sent none. */
  readonly data: string | null;
  /** Where in the platform it was asked for, as Canvas says it; "" where it is not said. */
  readonly placement: string;
  readonly accept_types: readonly string[];
  /** Null where the platform does not say: then it takes several. */
  readonly accept_multiple: boolean | null;
  /** Null where the platform does not say: then a line item does no harm. */
  readonly accept_lineitem: boolean | null;
  readonly accept_presentation_document_targets: readonly string[];
}
