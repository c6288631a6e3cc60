/** Attempts: what learners did in courses. */
import { z } from "zod";
import { resetAttempt } from "../../../flows/resetAttempt.ts";
import { type AttemptView, viewAttempt } from "../../../flows/viewAttempt.ts";
import { type AttemptInList, pageOfAttempts } from "../../../store/listing/attempts.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, queryFlag } from "../schemas.ts";

const attemptShape = z
  .object({
    id,
    account_id: id,
    license_id: id,
    course_id: id,
    learner_id: id,
    course_version_id: id,
    number: z
      .int()
      .meta({ description: "The how-manieth of this learner in this course under this license." }),
    launches: z.int(),
    rollup: z
      .object({
        completion: z.string(),
        success: z.string(),
        score: z.object({
          scaled: z.number().nullable(),
          raw: z.number().nullable(),
          min: z.number().nullable(),
          max: z.number().nullable(),
        }),
        progress: z.number().nullable(),
        location: z.string(),
      })
      .nullable()
      .meta({ description: "What the LMS is told about the whole course; null before the first save." }),
    started_at: moment,
    saved_at: moment.nullable(),
    ended_at: moment.nullable(),
    ended_reason: z.enum(["retake", "reset_by_support", "reset_by_lms"]).nullable(),
  })
  .meta({ id: "Attempt" });

const activityShape = z.object({
  item_id: z.string(),
  title: z.string(),
  completion: z.string(),
  success: z.string(),
  score_raw: z.string().nullable(),
  score_scaled: z.string().nullable(),
  progress: z.string().nullable(),
  location: z.string().nullable(),
  suspend_data_characters: z
    .int()
    .meta({ description: "Of the course's own bookmarks, which only it can read." }),
  total_seconds: z.number().meta({ description: "As the course reported them." }),
});

const attemptWithActivities = attemptShape
  .extend({ activities: z.array(activityShape) })
  .meta({ id: "AttemptWithActivities" });

const showAttempt = (attempt: AttemptInList): z.output<typeof attemptShape> => attempt;

function showWhole(attempt: AttemptView): z.output<typeof attemptWithActivities> {
  return { ...showAttempt(attempt), activities: [...attempt.activities] };
}

export const ATTEMPT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "attempts.list",
    tag: "Attempts",
    method: "get",
    path: "/accounts/{account_id}/attempts",
    permission: "reports",
    need: "see",
    summary: "List the attempts, newest first",
    query: pageQuery({
      license_id: id.optional(),
      learner_id: id.optional(),
      course_id: id.optional(),
      ended: queryFlag.optional(),
    }),
    answers: { 200: pageOf(attemptShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfAttempts(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showAttempt));
    },
  }),
  defineRoute({
    id: "attempts.get",
    tag: "Attempts",
    method: "get",
    path: "/accounts/{account_id}/attempts/{attempt_id}",
    permission: "reports",
    need: "see",
    summary: "Read an attempt, with how each of its activities stands",
    answers: { 200: attemptWithActivities },
    faults: [],
    run: async ({ context, params }) =>
      reply(200, showWhole(await viewAttempt(context, params.account_id, params.attempt_id))),
  }),
  defineRoute({
    id: "attempts.reset",
    tag: "Attempts",
    method: "post",
    path: "/accounts/{account_id}/attempts/{attempt_id}/reset",
    permission: "corrections",
    need: "change",
    summary: "End an attempt, so that the learner's next launch begins a new one",
    answers: { 200: attemptWithActivities },
    faults: [],
    run: async ({ context, by, params: { account_id, attempt_id } }) => {
      await resetAttempt(context, by, account_id, attempt_id);
      return reply(200, showWhole(await viewAttempt(context, account_id, attempt_id)));
    },
  }),
];
