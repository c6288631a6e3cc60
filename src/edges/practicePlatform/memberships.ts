/** Names and roles of the course's members (NRPS 2.0 §2), two a page: a tool that reads only the first page is found out. */
import { ROLES } from "./claims.ts";
import { COURSE } from "./firstState.ts";
import { type Page, pageOf } from "./lineItems.ts";
import type { Parts } from "./parts.ts";
import type { Learner } from "./platformTypes.ts";
import type { Fields } from "./read.ts";

const PAGE = 2;

export function membershipsOf({ shelf, origin }: Parts, query: Fields): { container: object; page: Page } {
  const members = shelf.kept.learners.filter(
    ({ left, role }) => !left && (query["role"] === undefined || isRole(role, String(query["role"]))),
  );
  const address = `${origin}/contexts/${COURSE.id}/memberships`;
  const page = pageOf(members, query, PAGE, address, memberOf);
  return { page, container: { id: address, context: COURSE, members: page.items } };
}

function isRole(role: Learner["role"], asked: string): boolean {
  return ROLES[role].some((one) => one === asked || one.endsWith(`#${asked}`));
}

function memberOf(learner: Learner): object {
  const { given_name, family_name, email } = learner;
  return {
    status: "Active",
    user_id: learner.user_id,
    lti11_legacy_user_id: learner.former_user_id,
    lis_person_sourcedid: learner.sourcedid,
    given_name,
    family_name,
    name: `${given_name} ${family_name}`,
    ...(email === "" ? {} : { email }),
    roles: ROLES[learner.role],
  };
}
