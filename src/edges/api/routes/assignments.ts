/** Subscription profiles and courses assigned to learners (RULES §3.5). */
import { z } from "zod";
import { assignCourse, assignLearners, requireAssignment } from "../../../flows/assignments.ts";
import { requireSeat } from "../../../flows/viewSeats.ts";
import { type Assignment, pageOfAssignments } from "../../../store/assignments.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, namedLearner } from "../schemas.ts";
import { seatShape, showSeat } from "./seats.ts";

const MOST_LEARNERS = 500;

const assignmentShape = z
  .object({
    id,
    account_id: id,
    license_id: id.meta({ description: "The subscription profile." }),
    learner_id: id,
    starts_at: moment,
    ends_at: moment,
    assigned_by: z.string().nullable().meta({ description: "Null: by the learner's first launch." }),
  })
  .meta({ id: "Assignment" });

const showAssignment = (assignment: Assignment): z.output<typeof assignmentShape> => assignment;

const made = z
  .boolean()
  .meta({ description: "Whether it was made now; false where the learner had one that runs." });

export const ASSIGNMENT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "assignments.list",
    tag: "Assignments",
    method: "get",
    path: "/accounts/{account_id}/assignments",
    permission: "licenses",
    need: "see",
    summary: "List which learners have a subscription profile assigned, newest first",
    query: pageQuery({ license_id: id.optional(), learner_id: id.optional() }),
    answers: { 200: pageOf(assignmentShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfAssignments(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showAssignment));
    },
  }),
  defineRoute({
    id: "assignments.create",
    tag: "Assignments",
    method: "post",
    path: "/accounts/{account_id}/assignments",
    permission: "purchases",
    need: "change",
    summary: "Assign a subscription profile to learners",
    description: `From now on, for as long as the profile says. Each course that they start is billed. All are assigned or none;
who has the profile already keeps it as it is.`,
    body: z.strictObject({ license_id: id, learners: z.array(namedLearner).min(1).max(MOST_LEARNERS) }),
    answers: { 200: z.object({ items: z.array(z.object({ assignment: assignmentShape, made })) }) },
    faults: ["conflict"],
    run: async ({ context, by, params: { account_id }, body: { license_id, learners } }) => {
      const items = await assignLearners(context, by, { account_id, license_id }, learners);
      return reply(200, {
        items: items.map(({ assignment, ...rest }) => ({ assignment: showAssignment(assignment), ...rest })),
      });
    },
  }),
  defineRoute({
    id: "assignments.get",
    tag: "Assignments",
    method: "get",
    path: "/accounts/{account_id}/assignments/{assignment_id}",
    permission: "licenses",
    need: "see",
    summary: "Read an assignment of a subscription profile",
    answers: { 200: assignmentShape },
    faults: [],
    run: async ({ context, params: { account_id, assignment_id } }) =>
      reply(200, showAssignment(await requireAssignment(context, account_id, assignment_id))),
  }),
  defineRoute({
    id: "course_assignments.create",
    tag: "Assignments",
    method: "post",
    path: "/accounts/{account_id}/course-assignments",
    permission: "purchases",
    need: "change",
    summary: "Assign a course of a subscription profile to a learner directly",
    description: `It begins, and is billed, now, whether or not it is ever opened; it lasts as long as the course's assignments do,
and ends with the learner's subscription at the latest, if they have one. One that runs is not billed again.`,
    body: z.strictObject({ license_id: id, course_id: id, learner: namedLearner }),
    answers: { 200: z.object({ seat: seatShape, made }) },
    faults: ["conflict", "price_missing"],
    run: async ({ context, by, params: { account_id }, body }) => {
      const assigned = await assignCourse(context, by, { account_id, ...body });
      const seat = await requireSeat(context, account_id, assigned.seat_id);
      return reply(200, { seat: showSeat(seat), made: assigned.made });
    },
  }),
];
