/**
 * What an LMS says somebody is, in the words of LTI 1.3 (Core §A.2) and LTI 1.1 (Implementation Guide §A.2): URIs with a `#`,
 * URNs, or short names, which are of the context alone.
 */

export interface LtiRoles {
  /** Of whoever teaches or runs the context: instructors with all their sub-roles, content developers, administrators, … */
  readonly instructor: boolean;
  readonly learner: boolean;
  /** Follows a learner, such as a parent or a coach. */
  readonly mentor: boolean;
  /** Runs the platform or the institution, whatever they are in this context. */
  readonly administrator: boolean;
  /** The platform made the person up to try things out: Canvas's student view, say. */
  readonly test_user: boolean;
}

type Scope = "context" | "institution" | "system";

interface Role {
  readonly scope: Scope;
  /** The main role, in lower case; that of a sub-role such as `Instructor#TeachingAssistant`. */
  readonly name: string;
}

/** `membership#Instructor`, or a sub-role `membership/Instructor#Grader`; `institution/person#…`, `system/person#…`. */
const URI =
  /^https?:\/\/purl\.imsglobal\.org\/vocab\/(?:lis\/v2|lti)\/(membership|institution|system)?(?:\/?person)?(?:\/([\w-]+))?#([\w-]+)$/i;

/** `urn:lti:role:ims/lis/Instructor`, with a sub-role after another slash. */
const URN = /^urn:lti:(role|instrole|sysrole):ims\/lis\/([\w-]+)/i;

/** `Instructor`, or `Instructor/GradingInstructor`. */
const SHORT = /^([\w-]+)(?:\/[\w-]+)?$/;

const URI_SCOPES: Readonly<Record<string, Scope>> = {
  membership: "context",
  institution: "institution",
  system: "system",
};
const URN_SCOPES: Readonly<Record<string, Scope>> = {
  role: "context",
  instrole: "institution",
  sysrole: "system",
};

/** In a context. Teaching assistants are instructors' sub-role in 1.3 and a role of their own in 1.1. */
const INSTRUCTORS = ["instructor", "teachingassistant", "contentdeveloper", "administrator", "manager"];
const LEARNERS = ["learner", "student", "member"];
/** In the institution: what people are where the context says nothing. */
const STAFF = ["instructor", "faculty", "staff"];
const STUDENTS = ["student", "learner", "prospectivestudent"];
const ADMINISTRATORS = ["administrator", "sysadmin", "syssupport", "accountadmin", "creator"];

export function readRoles(sent: readonly string[]): LtiRoles {
  const roles = sent.map(roleOf).filter((role) => role !== null);
  const has = (scopes: readonly Scope[], names: readonly string[]) =>
    roles.some(({ scope, name }) => scopes.includes(scope) && names.includes(name));
  const administrator = has(["institution", "system"], ADMINISTRATORS);
  const isInContext = roles.some(({ scope }) => scope === "context");
  return {
    instructor:
      has(["context"], INSTRUCTORS) || (!isInContext && (administrator || has(["institution"], STAFF))),
    learner: has(["context"], LEARNERS) || (!isInContext && has(["institution"], STUDENTS)),
    mentor: has(["context"], ["mentor"]),
    administrator,
    test_user: has(["system"], ["testuser"]),
  };
}

/**
 * Whether a person may launch without a seat, where the vendor allows it (RULES §6). Who is enrolled to learn is a learner,
 * whatever else they are; a test person is enrolled by the platform itself.
 */
export function isTestCandidate(sent: readonly string[]): boolean {
  const { instructor, learner, test_user } = readRoles(sent);
  return test_user || (instructor && !learner);
}

function roleOf(sent: string): Role | null {
  const text = sent.trim();
  const uri = URI.exec(text);
  if (uri) {
    const [, scope = "institution", main, last = ""] = uri;
    return { scope: URI_SCOPES[scope.toLowerCase()] ?? "institution", name: (main ?? last).toLowerCase() };
  }
  const urn = URN.exec(text);
  if (urn)
    return {
      scope: URN_SCOPES[(urn[1] ?? "").toLowerCase()] ?? "system",
      name: (urn[2] ?? "").toLowerCase(),
    };
  const short = SHORT.exec(text);
  return short ? { scope: "context", name: (short[1] ?? "").toLowerCase() } : null;
}
