/** What a tool may ask a platform for (AGS 2.0 §3.1, NRPS 2.0 §3.1): a token is good for the scopes that it was asked for with. */

const AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/";

export const LINE_ITEM_SCOPE = `${AGS}lineitem`;
export const LINE_ITEM_READONLY_SCOPE = `${AGS}lineitem.readonly`;
export const SCORE_SCOPE = `${AGS}score`;
export const MEMBERSHIP_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";

/** All that the gateway makes use of. */
export const TOOL_SCOPES = [
  LINE_ITEM_SCOPE,
  LINE_ITEM_READONLY_SCOPE,
  SCORE_SCOPE,
  MEMBERSHIP_SCOPE,
] as const;
