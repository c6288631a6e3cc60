/** Who may do what: the table of RULES §7, row by row. */

/** `owner` and `support` are the vendor's people; `admin` and `viewer` an account's. */
export type Role = "owner" | "support" | "admin" | "viewer";

/** `change` covers `see`; `see_own`: of what is the vendor's, the part that the own account has. */
type Level = "change" | "see" | "see_own" | "none";

interface Row extends Readonly<Record<Role, Level>> {
  /** What the row is about, for people. */
  readonly covers: string;
}

export const PERMISSIONS = {
  vendor: {
    covers: "vendor users and roles, payment adapter, accounts (create, close)",
    ...row("change", "see", "none", "none"),
  },
  courses: {
    covers: "courses (import, version, retire), bundles, prices, contracts",
    ...row("change", "see", "see_own", "see_own"),
  },
  licenses: {
    covers: "licenses (create, change, end), deposits, credits, closing a period",
    ...row("change", "change", "see", "see"),
  },
  license_rules: {
    covers: "retake, resume-or-reset, thresholds, overage policy, caps",
    ...row("change", "change", "see", "see"),
  },
  corrections: {
    covers: "reset an attempt, credit a charge, add a free seat, settle a dispute",
    ...row("change", "change", "none", "none"),
  },
  purchases: {
    covers: "add to the pay-per-use library, buy within the self-service limits, cancel a renewal",
    ...row("change", "change", "change", "none"),
  },
  pause: { covers: "pause, unpause", ...row("change", "change", "change", "see") },
  deliveries: {
    covers: "deliveries (make, label, revoke, download), connections, LTI registration",
    ...row("change", "change", "change", "see"),
  },
  reports: { covers: "reports, statements, orders", ...row("change", "change", "change", "see") },
  duplicates: {
    covers: "duplicates (merge, undo, reject), migration, raise a dispute",
    ...row("change", "change", "change", "see"),
  },
  learners: {
    covers: "learners (deactivate, reactivate, mark as test)",
    ...row("change", "change", "change", "see"),
  },
  learner_data: {
    covers: "a learner's data: export, erasure",
    ...row("change", "change", "change", "none"),
  },
  access: {
    covers: "account users and roles, API keys, webhooks, SSO of the account",
    ...row("change", "change", "change", "none"),
  },
  plan_simulator: { covers: "plan simulator", ...row("change", "change", "see_own", "none") },
  audit: { covers: "audit log", ...row("see", "see", "see_own", "none") },
} as const satisfies Record<string, Row>;

export type Permission = keyof typeof PERMISSIONS;

function row(owner: Level, support: Level, admin: Level, viewer: Level): Readonly<Record<Role, Level>> {
  return { owner, support, admin, viewer };
}

const RANK: Readonly<Record<Level, number>> = { none: 0, see_own: 1, see: 2, change: 3 };

export function isAllowed(role: Role, permission: Permission, need: "see" | "change"): boolean {
  return RANK[PERMISSIONS[permission][role]] >= RANK[need === "see" ? "see_own" : "change"];
}

/** Whether an account's role sees its own part of what is the vendor's: the courses of its licenses, say. */
export function seesOwn(role: Role, permission: Permission): boolean {
  return PERMISSIONS[permission][role] === "see_own";
}

/** Whether whoever has the one role may do all that the other may: nobody hands out more rights than their own. */
export function hasAllRightsOf(role: Role, other: Role): boolean {
  return Object.values(PERMISSIONS).every((levels) => RANK[levels[role]] >= RANK[levels[other]]);
}
