/** The caller's or the world's mistake (DESIGN §7). Thrown; `edges/http` alone turns it into an answer. */

interface FaultKind {
  /** HTTP status. */
  readonly status: number;
  /** RFC 9457 `title`: the same sentence every time. */
  readonly title: string;
}

/** Every fault the gateway can raise. Codes are public and never renamed; docs/errors.md documents each. */
export const FAULTS = {
  body_invalid: { status: 400, title: "The request does not have the expected form" },
  unauthenticated: { status: 401, title: "The API key is missing, unknown or no longer good" },
  forbidden: { status: 403, title: "The role does not allow this" },
  origin_foreign: { status: 403, title: "Pages of other sites may not do this" },
  not_found: { status: 404, title: "There is no such thing here" },
  method_not_allowed: { status: 405, title: "There is something here, but not for this method" },
  request_too_slow: { status: 408, title: "The request did not come in time" },
  conflict: { status: 409, title: "The request contradicts what is stored" },
  delivery_without_package: { status: 409, title: "The delivery is an LTI link and has no package" },
  account_closed: { status: 409, title: "The account is closed" },
  last_owner: { status: 409, title: "The vendor needs an owner" },
  test_identities_used_up: { status: 409, title: "The account has as many test identities as it may have" },
  seat_held: { status: 409, title: "The learner holds or held a seat" },
  kind_barred: { status: 409, title: "The course may not be sold under this license kind" },
  contract_missing: { status: 409, title: "The account has no running contract for this license kind" },
  price_missing: { status: 409, title: "The account has no price for this license kind" },
  license_ended: { status: 409, title: "The license has ended, and nothing more is sold of it" },
  order_too_large: { status: 409, title: "It is more than administrators can buy by themselves" },
  payment_method_unsupported: { status: 409, title: "Payment methods can't be connected here" },
  changed_meanwhile: { status: 412, title: "It was changed since it was read" },
  body_too_large: { status: 413, title: "The request is larger than allowed" },
  content_type_unsupported: { status: 415, title: "The body is of a type that is not taken here" },
  idempotency_key_reused: { status: 422, title: "The Idempotency-Key was used for another request" },
  host_unknown: { status: 421, title: "This server does not answer for that host name" },
  too_many_requests: { status: 429, title: "More requests than allowed" },
  launch_token_invalid: { status: 401, title: "The launch token is missing, damaged or expired" },
  lti_ticket_invalid: { status: 401, title: "The launch is not one that this gateway let in" },
  lti_ticket_expired: { status: 409, title: "The LTI launch is too long ago" },
  lti_registration_taken: { status: 409, title: "The issuer and client id are registered already" },
  lti_registration_failed: { status: 422, title: "The platform could not be registered" },
  lti_registration_link_unknown: { status: 404, title: "There is no such registration link" },
  lti_registration_link_over: { status: 409, title: "The registration link is not good any more" },
  lti_registration_link_busy: { status: 409, title: "The registration link is being used right now" },
  lti_platform_url_refused: { status: 422, title: "The gateway does not go to that address of a platform" },
  lti_role_refused: { status: 403, title: "Courses are picked by teachers and administrators" },
  lti_links_refused: { status: 400, title: "The platform takes no links to courses here" },
  lti_picking_expired: { status: 409, title: "Courses were picked for too long" },
  launch_closed: { status: 409, title: "The launch has ended" },
  state_too_large: { status: 413, title: "The course's saved state is larger than allowed" },
  lti_login_invalid: { status: 400, title: "The LTI login lacks something" },
  lti_client_ambiguous: { status: 400, title: "Several registrations have the issuer" },
  lti_login_refused: { status: 400, title: "The platform did not sign the learner in" },
  lti_state_missing: { status: 400, title: "The LTI launch has no state" },
  lti_state_invalid: { status: 400, title: "The state of the LTI launch was not made here" },
  lti_state_expired: { status: 400, title: "The LTI login is too long ago" },
  lti_token_missing: { status: 400, title: "The LTI launch has no id_token" },
  lti_token_malformed: { status: 400, title: "The id_token can't be read" },
  lti_algorithm_refused: { status: 400, title: "The id_token is signed by another method than RS256" },
  lti_expiry_missing: { status: 400, title: "The id_token does not say when it expires" },
  lti_expiry_too_far: { status: 400, title: "The id_token would be good for too long" },
  lti_issued_at_missing: { status: 400, title: "The id_token does not say when it was made" },
  lti_version_unsupported: { status: 400, title: "The LTI message is of another version than 1.3.0" },
  lti_message_type_unsupported: { status: 400, title: "The LTI message is of a type that is not taken here" },
  lti_deployment_missing: { status: 400, title: "The LTI message names no deployment" },
  lti_resource_link_missing: { status: 400, title: "The LTI launch names no resource link" },
  lti_target_missing: { status: 400, title: "The LTI launch names no delivery" },
  lti_deep_linking_invalid: { status: 400, title: "The request to pick content lacks something" },
  lti_issuer_wrong: { status: 401, title: "The id_token is of another issuer" },
  lti_audience_wrong: { status: 401, title: "The id_token is for somebody else" },
  lti_authorized_party_missing: { status: 401, title: "The id_token does not say for whom of several it is" },
  lti_authorized_party_wrong: { status: 401, title: "The id_token was made for another party" },
  lti_key_unknown: { status: 401, title: "The platform has no such key" },
  lti_signature_invalid: { status: 401, title: "The signature of the id_token is wrong" },
  lti_token_expired: { status: 401, title: "The id_token has expired" },
  lti_token_from_future: { status: 401, title: "The id_token is of a later time" },
  lti_nonce_foreign: { status: 401, title: "The nonce of the id_token was not made here" },
  lti_browser_foreign: { status: 403, title: "The LTI launch comes from another browser than its login" },
  lti_issuer_unknown: { status: 403, title: "The platform is not registered here" },
  lti_deployment_unknown: { status: 403, title: "The platform's deployment is not assigned to an account" },
  lti_nonce_used: { status: 409, title: "The LTI launch was used before" },
  lti_token_too_large: { status: 413, title: "The id_token is larger than allowed" },
  lti_keys_unavailable: { status: 503, title: "The platform's keys can't be read" },
  lti_target_foreign: { status: 403, title: "The launch is for a link that is not its sender's" },
  lti11_parameter_missing: { status: 400, title: "Something is missing in the LTI launch" },
  lti11_parameter_repeated: { status: 400, title: "Something stands twice in the LTI launch" },
  lti11_parameter_invalid: {
    status: 400,
    title: "Something in the LTI launch does not have the expected form",
  },
  lti11_message_type_unsupported: { status: 400, title: "The LTI message is of another type than a launch" },
  lti11_version_unsupported: { status: 400, title: "The LTI message is of a version that is not taken here" },
  lti11_signature_method_unsupported: {
    status: 400,
    title: "The LTI launch is signed by an unsupported method",
  },
  lti11_consumer_key_unknown: { status: 401, title: "The consumer key of the LTI launch is not known here" },
  lti11_signature_invalid: { status: 401, title: "The signature of the LTI launch is wrong" },
  lti11_timestamp_out_of_window: {
    status: 401,
    title: "The LTI launch was signed too long ago, or in the future",
  },
  lti11_nonce_used: { status: 409, title: "The LTI launch was used before" },
  message_unproved: { status: 400, title: "The message is not proved to come from whom it says" },
  payment_service_unavailable: { status: 503, title: "The payment service can't be reached" },
  store_unavailable: { status: 503, title: "The database can't be reached" },
  content_unavailable: { status: 503, title: "The course's files can't be read or written" },
  import_interrupted: { status: 503, title: "The import was broken off" },
  zip_expected: { status: 422, title: "The file is not a zip" },
  zip_broken: { status: 422, title: "The zip is damaged" },
  zip_too_large: { status: 413, title: "The zip is larger than allowed" },
  zip_unpacks_too_large: { status: 422, title: "The zip unpacks to more than is allowed" },
  zip_bomb: { status: 422, title: "The zip unpacks to far more than its own size" },
  zip_too_many_entries: { status: 422, title: "The zip holds more files than allowed" },
  zip_encrypted: { status: 422, title: "The zip is encrypted" },
  zip_method_unsupported: { status: 422, title: "The zip uses a compression method other than deflate" },
  zip_link: { status: 422, title: "The zip holds a link or a device" },
  zip_overlap: { status: 422, title: "Files of the zip share the same bytes" },
  zip_path_absolute: { status: 422, title: "The zip holds a file with an absolute path" },
  zip_path_climbs: { status: 422, title: "The zip holds a file that leads out of its folder" },
  zip_path_invalid: { status: 422, title: "The zip holds a file whose name can't be read" },
  zip_path_too_long: { status: 422, title: "The zip holds a file whose path is too long" },
  zip_path_duplicate: { status: 422, title: "The zip holds two files of the same name" },
  zip_path_conflict: { status: 422, title: "The zip holds a file and a folder of the same name" },
  manifest_missing: { status: 422, title: "The zip has no imsmanifest.xml" },
  manifest_not_at_root: { status: 422, title: "The imsmanifest.xml lies in a folder of the zip" },
  manifest_invalid: { status: 422, title: "The imsmanifest.xml is not well-formed XML" },
  manifest_encoding_unknown: {
    status: 422,
    title: "The imsmanifest.xml is in an encoding that can't be read",
  },
  manifest_entities: { status: 422, title: "The imsmanifest.xml declares a document type or entities" },
  manifest_too_large: { status: 422, title: "The imsmanifest.xml is larger than allowed" },
  manifest_too_deep: { status: 422, title: "The imsmanifest.xml is nested deeper than allowed" },
  standard_unsupported: { status: 422, title: "The package is of a standard that can't be imported" },
  organization_missing: { status: 422, title: "The imsmanifest.xml has no organization" },
  nothing_to_launch: { status: 422, title: "The course has nothing that can be launched" },
  source_url_refused: { status: 422, title: "The gateway does not fetch from that address" },
  source_unavailable: { status: 422, title: "Nothing could be fetched from that address" },
  webhook_url_refused: { status: 422, title: "The gateway does not send to that address" },
  page_url_invalid: { status: 422, title: "The address is not one that a course can be opened from" },
  page_file_unsupported: {
    status: 422,
    title: "The file is neither a web page nor a video that browsers play",
  },
} as const satisfies Record<string, FaultKind>;

export type FaultCode = keyof typeof FAULTS;

export class Fault extends Error {
  override readonly name = "Fault";
  readonly code: FaultCode;
  readonly status: number;
  readonly title: string;

  /**
   * @param detail One sentence for the caller: names the field and what was expected.
   * @param options.cause Private: logged, never shown.
   */
  constructor(code: FaultCode, detail: string, options?: { cause?: unknown }) {
    super(detail, options);
    this.code = code;
    this.status = FAULTS[code].status;
    this.title = FAULTS[code].title;
  }
}

/** The database can't be reached: to be tried again, and nobody's fault. */
export function isStoreUnavailable(error: unknown): error is Fault {
  return error instanceof Fault && error.code === "store_unavailable";
}
