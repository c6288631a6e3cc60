/** Courses of LMSs that tell who is in them, and learners who left them (docs/lti-grades.md). */
import { z } from "zod";
import { decide, readMembersSoon } from "../../../flows/lti/members/suggestions.ts";
import { type LtiContextInList, pageOfLtiContexts } from "../../../store/listing/ltiContexts.ts";
import { pageOfSuggestions, type Suggestion } from "../../../store/lti/suggestions.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment } from "../schemas.ts";

const contextShape = z
  .object({
    id,
    account_id: id,
    connection_id: id,
    registration_id: id,
    title: z.string().meta({ description: "As the LMS calls the course; empty where it does not." }),
    seen_at: moment.meta({ description: "Of the last launch from there, to the day." }),
    due_at: moment
      .nullable()
      .meta({ description: "When its members are read next; null: once somebody launches there again." }),
    read_at: moment.nullable(),
    members: z.int().nullable().meta({ description: "How many the LMS listed, of all roles." }),
    learners: z.int().meta({ description: "Learners of this account who are in it." }),
    learners_left: z.int(),
    last_problem: z.string().nullable().meta({ description: "Why the last reading failed." }),
  })
  .meta({ id: "LtiContext" });

const suggestionShape = z
  .object({
    id,
    account_id: id,
    learner_id: id,
    learner_name: z.string(),
    status: z.enum(["open", "accepted", "dismissed", "withdrawn"]).meta({
      description: "`withdrawn`: they came back, or were deactivated otherwise.",
    }),
    left_at: moment.meta({ description: "When they were first missing from the last of their courses." }),
    suggested_at: moment,
    decided_at: moment.nullable(),
    decided_by: z.string().nullable(),
    contexts: z.array(z.string()).meta({ description: "Titles of the courses that they were in." }),
    last_launch_at: moment.nullable(),
  })
  .meta({ id: "DeactivationSuggestion" });

const showContext = (context: LtiContextInList): z.output<typeof contextShape> => context;
const showSuggestion = (suggestion: Suggestion): z.output<typeof suggestionShape> => ({
  ...suggestion,
  contexts: [...suggestion.contexts],
});

const SUMMARIES = {
  accept: "Deactivate a learner who left",
  dismiss: "Keep a learner who left; suggested again only where they come back and leave once more",
} as const;
const DECISIONS = { accept: "accepted", dismiss: "dismissed" } as const;

const SUGGESTIONS = "/accounts/{account_id}/deactivation-suggestions";

export const LTI_CONTEXT_ROUTES: readonly Route[] = [
  defineRoute({
    id: "lti_contexts.list",
    tag: "Members of LMS courses",
    method: "get",
    path: "/accounts/{account_id}/lti-contexts",
    permission: "learners",
    need: "see",
    summary: "List the courses of LMSs that tell who is in them, newest first",
    query: pageQuery({ connection_id: id.optional(), registration_id: id.optional() }),
    answers: { 200: pageOf(contextShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfLtiContexts(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showContext));
    },
  }),
  defineRoute({
    id: "lti_contexts.read_members",
    tag: "Members of LMS courses",
    method: "post",
    path: "/accounts/{account_id}/lti-contexts/{context_id}/read-members",
    permission: "learners",
    need: "change",
    summary: "Have the members of a course read now",
    description: "Within seconds; what came of it stands in the list.",
    answers: { 202: contextShape },
    faults: [],
    run: async ({ context, params: { account_id, context_id } }) =>
      reply(202, showContext(await readMembersSoon(context, account_id, context_id))),
  }),
  defineRoute({
    id: "deactivation_suggestions.list",
    tag: "Members of LMS courses",
    method: "get",
    path: SUGGESTIONS,
    permission: "learners",
    need: "see",
    summary: "List learners who left every course of their LMS, newest first",
    query: pageQuery({
      status: z.enum(["open", "accepted", "dismissed", "withdrawn"]).optional(),
      learner_id: id.optional(),
    }),
    answers: { 200: pageOf(suggestionShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfSuggestions(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showSuggestion));
    },
  }),
  ...(["accept", "dismiss"] as const).map((action) =>
    defineRoute({
      id: `deactivation_suggestions.${action}`,
      tag: "Members of LMS courses",
      method: "post",
      path: `${SUGGESTIONS}/{suggestion_id}/${action}`,
      permission: "learners",
      need: "change",
      summary: SUMMARIES[action],
      answers: { 200: suggestionShape },
      faults: ["conflict"],
      run: async ({ context, by, params: { account_id, suggestion_id } }) =>
        reply(200, showSuggestion(await decide(context, by, account_id, suggestion_id, DECISIONS[action]))),
    }),
  ),
];
