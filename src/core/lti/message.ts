/**
 * A verified LTI launch in one shape, whatever its version (DESIGN §6): who read the message has checked its signature, its
 * times and whom it is for. Values are the platform's, cut to lengths that can be kept; "" or null where it sent none.
 */

export interface LtiMessage {
  readonly version: "1.3.0" | "1.1";
  /** Decided by issuer, client id and deployment id (1.3), or by the consumer key (1.1): never by what else is in the message. */
  readonly account_id: string;
  readonly connection_id: string;
  /** Of 1.3; null in 1.1. */
  readonly registration_id: string | null;
  /** Of 1.1; null in 1.3. */
  readonly consumer_key: string | null;
  /** Names the delivery: from the target link or the custom parameter `delivery`. */
  readonly delivery_key: string;
  /** What makes the message unique: the same one sent again is the same launch (RULES §1). 16 to 64 characters. */
  readonly nonce: string;
  /** Of the identity's key: `lti:<issuer>` or `lti11:<consumer key>` (RULES §1). */
  readonly namespace: string;
  /** The platform's origin: of its issuer, or of what it says about itself. "" where it says nothing. */
  readonly platform_origin: string;
  readonly person: LtiPerson;
  /** Full URIs or LTI 1.1 short names, as sent. */
  readonly roles: readonly string[];
  readonly resource_link: { readonly id: string; readonly title: string };
  readonly context: { readonly id: string; readonly title: string };
  readonly presentation: LtiPresentation;
  readonly grades: LtiGradeService | null;
  /** Names and Roles 2.0 `context_memberships_url`; null where the platform does not offer it. */
  readonly memberships_url: string | null;
}

export interface LtiPerson {
  /** `sub` or `user_id`; "" for an anonymous launch, which becomes `identity_missing`. */
  readonly id: string;
  /** Whole, or put together from its parts. */
  readonly name: string;
  readonly given_name: string;
  readonly family_name: string;
  readonly email: string;
  /** `lis_person_sourcedid`: evidence, not the identity. */
  readonly sourcedid: string;
  /** Who they were in LTI 1.1, by a claim whose signature was checked (`lti1p1`); null where there is none. */
  readonly former: { readonly consumer_key: string; readonly user_id: string } | null;
}

export interface LtiPresentation {
  /** Where to send the learner who leaves; http or https. */
  readonly return_url: string | null;
  /** BCP 47; "" where the platform does not say. */
  readonly locale: string;
  readonly target: "frame" | "window";
}

export type LtiGradeService =
  | {
      readonly type: "ags";
      readonly line_item_url: string | null;
      readonly line_items_url: string | null;
      readonly scopes: readonly string[];
    }
  | { readonly type: "outcomes"; readonly outcome_url: string; readonly result_sourcedid: string };
