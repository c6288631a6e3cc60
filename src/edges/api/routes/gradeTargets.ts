/** Grades on their way to the gradebooks of LMSs (docs/lti-grades.md). */
import { z } from "zod";
import { scoreOf } from "../../../core/lti/grade.ts";
import { type GradeTargetView, retryGrades, viewGradeTarget } from "../../../flows/lti/grades/viewGrades.ts";
import {
  type GradeTargetInList,
  type ListedGrade,
  pageOfGradeTargets,
} from "../../../store/listing/gradeTargets.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, queryFlag } from "../schemas.ts";

const targetShape = z
  .object({
    id,
    account_id: id,
    attempt_id: id,
    learner_id: id,
    course_id: id,
    service: z.enum(["ags", "outcomes"]).meta({
      description: "`ags`: Assignment and Grade Services of LTI 1.3; `outcomes`: Basic Outcomes of LTI 1.1.",
    }),
    registration_id: id.nullable(),
    platform_name: z.string().nullable().meta({ description: "Of the registration; null in LTI 1.1." }),
    user_id: z.string().meta({ description: "As the LMS calls the learner." }),
    resource_link_id: z.string(),
    title: z.string().meta({ description: "Of the link in the LMS." }),
    line_item_url: z
      .string()
      .nullable()
      .meta({ description: "Null: it is found or made with the first grade." }),
    told: z
      .object({
        activity_progress: z.string(),
        score_given: z.number().nullable(),
        score_maximum: z.number().nullable(),
      })
      .nullable()
      .meta({ description: "What the gradebook was last told; null: nothing yet." }),
    told_at: moment.nullable().meta({ description: "The time that was told with it." }),
    waiting: z.int(),
    given_up: z.int(),
    last_problem: z.string().nullable().meta({ description: "Of the first grade that waits." }),
    next_try_at: moment.nullable(),
    created_at: moment,
  })
  .meta({ id: "GradeTarget" });

const gradeShape = z.object({
  number: z.int().meta({ description: "Rises with every save that changed what a gradebook sees." }),
  occurred_at: moment,
  completion: z.string(),
  success: z.string(),
  score_given: z.number().nullable(),
  score_maximum: z.number().nullable(),
  status: z.enum(["waiting", "delivered", "given_up", "passed_over"]).meta({
    description:
      "`passed_over`: it said nothing that this gradebook could show, would have taken a score away, or was refused before a later attempt had a score.",
  }),
  tries: z.int(),
  next_try_at: moment.nullable(),
  last_problem: z.string().nullable(),
  settled_at: moment.nullable(),
});

const wholeShape = targetShape
  .extend({ grades: z.array(gradeShape).meta({ description: "The newest fifty, the newest first." }) })
  .meta({ id: "GradeTargetWithGrades" });

const showTarget = ({ told, ...target }: GradeTargetInList): z.output<typeof targetShape> => ({
  ...target,
  told: told && {
    activity_progress: told.activityProgress,
    score_given: told.scoreGiven ?? null,
    score_maximum: told.scoreMaximum ?? null,
  },
});

function showGrade({ rollup, ...grade }: ListedGrade): z.output<typeof gradeShape> {
  const score = scoreOf(rollup);
  return {
    ...grade,
    completion: rollup.completion,
    success: rollup.success,
    score_given: score?.given ?? null,
    score_maximum: score?.maximum ?? null,
  };
}

const showWhole = ({ grades, ...target }: GradeTargetView): z.output<typeof wholeShape> => ({
  ...showTarget(target),
  grades: grades.map(showGrade),
});

const ONE = "/accounts/{account_id}/grade-targets/{grade_target_id}";

export const GRADE_TARGET_ROUTES: readonly Route[] = [
  defineRoute({
    id: "grade_targets.list",
    tag: "Grades",
    method: "get",
    path: "/accounts/{account_id}/grade-targets",
    permission: "reports",
    need: "see",
    summary: "List where grades of attempts go, newest first",
    query: pageQuery({
      attempt_id: id.optional(),
      learner_id: id.optional(),
      registration_id: id.optional(),
      troubled: queryFlag
        .optional()
        .meta({ description: "Whether a grade waits after a failed try, or was given up." }),
    }),
    answers: { 200: pageOf(targetShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfGradeTargets(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showTarget));
    },
  }),
  defineRoute({
    id: "grade_targets.get",
    tag: "Grades",
    method: "get",
    path: ONE,
    permission: "reports",
    need: "see",
    summary: "Read where the grades of an attempt go, with what became of each",
    answers: { 200: wholeShape },
    faults: [],
    run: async ({ context, params }) =>
      reply(200, showWhole(await viewGradeTarget(context, params.account_id, params.grade_target_id))),
  }),
  defineRoute({
    id: "grade_targets.retry",
    tag: "Grades",
    method: "post",
    path: `${ONE}/retry`,
    permission: "deliveries",
    need: "change",
    summary: "Try to tell a gradebook again, now",
    description:
      "What waits is tried within seconds; what was given up is tried once more, unless something newer has arrived.",
    answers: { 200: wholeShape },
    faults: [],
    run: async ({ context, by, params: { account_id, grade_target_id } }) => {
      await retryGrades(context, by, account_id, grade_target_id);
      return reply(200, showWhole(await viewGradeTarget(context, account_id, grade_target_id)));
    },
  }),
];
