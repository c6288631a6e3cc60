/** The link of a delivery that an LMS opens by LTI: what a package is to one that opens it by SCORM (RULES §1). */

/** Followed by the delivery's key. On the app origin. */
export const LTI_LINKS_PATH = "/lti/links/";

/** The custom parameter that names the delivery, where a launch comes to another address of the gateway. */
export const DELIVERY_PARAMETER = "delivery";

/**
 * The custom parameter of a link that was picked without a grade: the gateway makes no column for it in the gradebook. A column
 * that the platform itself has for the link is told of grades all the same.
 */
export const GRADE_PARAMETER = "grade";
export const NO_GRADE = "none";

/** The key that the link is of; null where it is no link of ours. */
export function linkedKeyOf(appOrigin: string, link: string): string | null {
  if (!link.startsWith(appOrigin + LTI_LINKS_PATH)) return null;
  const key = link.slice(appOrigin.length + LTI_LINKS_PATH.length);
  return /^[A-Za-z0-9_-]{1,100}$/.test(key) ? key : null;
}

/** LTI 1.3 `target_link_uri` and LTI 1.1 launch URL alike. It names the delivery, and is no secret. */
export function ltiLinkOf(appOrigin: string, deliveryKey: string): string {
  return `${appOrigin}${LTI_LINKS_PATH}${encodeURIComponent(deliveryKey)}`;
}
