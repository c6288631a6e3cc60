/** Who may pick courses inside an LMS, and what the LMS is told of what they picked (LTI Deep Linking 2.0). */
import type { LtiDeepLinkingMessage } from "./deepLinking.ts";
import { DELIVERY_PARAMETER, GRADE_PARAMETER, ltiLinkOf, NO_GRADE } from "./links.ts";
import { isUsuallyGraded } from "./placements.ts";
import { readRoles } from "./roles.ts";

/** Administrators pick whatever the account has; teachers, what its administrators let them. */
export type Picker = "administrator" | "teacher";

/**
 * Who administers the institution or the platform is an administrator; who teaches or administers the course at hand, a teacher.
 * Who learns in it is neither, whatever they are elsewhere.
 * @returns Null: they may not pick.
 */
export function pickerOf(roles: readonly string[]): Picker | null {
  const { administrator, instructor } = readRoles(roles);
  if (administrator) return "administrator";
  return instructor ? "teacher" : null;
}

/** Deep Linking 2.0 §2.1. */
export const LINK_TYPE = "ltiResourceLink";

/** What the LMS makes a link of. Keys as the specification has them. */
export interface LtiLinkItem {
  readonly type: typeof LINK_TYPE;
  readonly title: string;
  readonly url: string;
  readonly custom: Readonly<Record<string, string>>;
  readonly lineItem?: { readonly scoreMaximum: number; readonly label: string; readonly resourceId: string };
  readonly window?: { readonly targetName: string };
}

/** Line items count in percent, whatever a course's own score counts in. */
export const SCORE_MAXIMUM = 100;

export interface PickedLink {
  readonly delivery_key: string;
  readonly title: string;
  readonly graded: boolean;
}

export function linkItemOf(
  appOrigin: string,
  message: Pick<LtiDeepLinkingMessage, "accept_lineitem" | "accept_presentation_document_targets">,
  { delivery_key, title, graded }: PickedLink,
): LtiLinkItem {
  const hasGrade = graded && takesGrades(message);
  const lineItem = { scoreMaximum: SCORE_MAXIMUM, label: title, resourceId: delivery_key };
  return {
    type: LINK_TYPE,
    title,
    url: ltiLinkOf(appOrigin, delivery_key),
    custom: { [DELIVERY_PARAMETER]: delivery_key, ...(hasGrade ? {} : { [GRADE_PARAMETER]: NO_GRADE }) },
    ...(hasGrade ? { lineItem } : {}),
    ...(isWindowOnly(message) ? { window: { targetName: "_blank" } } : {}),
  };
}

export function takesGrades({ accept_lineitem }: Pick<LtiDeepLinkingMessage, "accept_lineitem">): boolean {
  return accept_lineitem !== false;
}

/** Where nobody has chosen yet. A grade that was not asked for is a column in everybody's gradebook, so in doubt there is none. */
export function proposesGrade({
  placement,
  accept_lineitem,
}: Pick<LtiDeepLinkingMessage, "placement" | "accept_lineitem">): boolean {
  return isUsuallyGraded(placement) ?? accept_lineitem === true;
}

export function takesSeveral({ accept_multiple }: Pick<LtiDeepLinkingMessage, "accept_multiple">): boolean {
  return accept_multiple !== false;
}

/** Where a frame is possible the platform decides, which is where people look for it. */
function isWindowOnly({
  accept_presentation_document_targets: targets,
}: Pick<LtiDeepLinkingMessage, "accept_presentation_document_targets">): boolean {
  return targets.includes("window") && !targets.includes("iframe");
}
