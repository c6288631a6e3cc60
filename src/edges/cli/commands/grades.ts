/** Grades on their way to gradebooks; learners who left the courses of an LMS. */
import { z } from "zod";
import { account, command, flag, id, most, rowsOf } from "../command.ts";

const target = { ...account, target: id.describe("the grade target's id") };
const targetPath = (asked: { readonly account: string; readonly target: string }) =>
  `/accounts/${asked.account}/grade-targets/${asked.target}`;

const suggestion = { ...account, suggestion: id.describe("the suggestion's id") };
const suggestionPath = (asked: { readonly account: string; readonly suggestion: string }) =>
  `/accounts/${asked.account}/deactivation-suggestions/${asked.suggestion}`;
const suggestionStatus = z.string().describe("open, accepted, dismissed or withdrawn");

export const GRADE_COMMANDS = {
  "grade list": command(
    "List where grades go, and what waits there",
    {
      ...account,
      attempt: id.optional(),
      learner: id.optional(),
      registration: id.optional(),
      troubled: flag.optional().describe("on: those that a gradebook did not take"),
      ...most,
    },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/grade-targets`, {
        attempt_id: asked.attempt,
        learner_id: asked.learner,
        registration_id: asked.registration,
        troubled: asked.troubled,
        most: asked.most,
      }),
  ),
  "grade show": command(
    "Show what became of each grade of an attempt in one gradebook",
    target,
    async ({ api }, asked) => ({ made: await api.get(targetPath(asked)) }),
  ),
  "grade retry": command("Try to tell a gradebook again, now", target, async ({ api }, asked) => ({
    made: await api.post(`${targetPath(asked)}/retry`),
  })),
  "lti-context list": command(
    "List the courses of LMSs that tell who is in them",
    { ...account, connection: id.optional(), registration: id.optional(), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/lti-contexts`, {
        connection_id: asked.connection,
        registration_id: asked.registration,
        most: asked.most,
      }),
  ),
  "lti-context read-members": command(
    "Have the members of such a course read now",
    { ...account, context: id.describe("its id, as listed") },
    async ({ api }, asked) => ({
      made: await api.post(`/accounts/${asked.account}/lti-contexts/${asked.context}/read-members`),
    }),
  ),
  "deactivation-suggestion list": command(
    "List learners who left every course of their LMS",
    { ...account, status: suggestionStatus.optional(), learner: id.optional(), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/deactivation-suggestions`, {
        status: asked.status,
        learner_id: asked.learner,
        most: asked.most,
      }),
  ),
  "deactivation-suggestion accept": command(
    "Deactivate a learner who left",
    suggestion,
    async ({ api }, asked) => ({ made: await api.post(`${suggestionPath(asked)}/accept`) }),
  ),
  "deactivation-suggestion dismiss": command(
    "Keep a learner who left",
    suggestion,
    async ({ api }, asked) => ({ made: await api.post(`${suggestionPath(asked)}/dismiss`) }),
  ),
} as const;
