/** Subscription profiles and courses assigned to learners; activities that are reported. */
import { z } from "zod";
import { account, command, given, id, license, most, rowsOf } from "../command.ts";

/** One learner, by the gateway's id or by the LMS's. */
const learner = {
  learner: id.optional().describe("by the gateway's id"),
  value: z.string().optional().describe("or by the id that the LMS sends"),
  namespace: z.string().optional().describe("of that id, where it comes over LTI"),
  connection: id.optional().describe("whose LMS that is; left out: the account's first"),
  name: z.string().optional(),
};

interface NamedLearner {
  readonly learner?: string | undefined;
  readonly value?: string | undefined;
  readonly namespace?: string | undefined;
  readonly connection?: string | undefined;
  readonly name?: string | undefined;
}

function named({ learner: learner_id, value, namespace, connection: connection_id, name }: NamedLearner) {
  return given(learner_id === undefined ? { value, namespace, connection_id, name } : { learner_id });
}

export const ASSIGNMENT_COMMANDS = {
  "assignment create": command(
    "Assign a subscription profile to a learner",
    { ...license, ...learner },
    async ({ api }, asked) => ({
      made: await api.post(`/accounts/${asked.account}/assignments`, {
        license_id: asked.license,
        learners: [named(asked)],
      }),
    }),
  ),
  "assignment list": command(
    "List which learners have a subscription profile assigned",
    { ...account, license: id.optional(), learner: id.optional(), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/assignments`, {
        license_id: asked.license,
        learner_id: asked.learner,
        most: asked.most,
      }),
  ),
  "assignment course": command(
    "Assign a course of a subscription profile to a learner directly: it is billed now",
    { ...license, course: id, ...learner },
    async ({ api }, asked) => ({
      made: await api.post(`/accounts/${asked.account}/course-assignments`, {
        license_id: asked.license,
        course_id: asked.course,
        learner: named(asked),
      }),
    }),
  ),
  "activity report": command(
    "Report an activity of a learner, such as a sign-in, under an annual plan",
    {
      ...license,
      activity: z.string().describe("an id of your own: sent again it is the same one"),
      ...learner,
    },
    async ({ api }, asked) => ({
      made: await api.post("/activities", {
        account_id: asked.account,
        license_id: asked.license,
        activity_id: asked.activity,
        learner: named(asked),
      }),
    }),
  ),
  "activity list": command(
    "List the activities that were reported",
    { ...account, license: id.optional(), learner: id.optional(), ...most },
    (call, asked) =>
      rowsOf(call, `/accounts/${asked.account}/activities`, {
        license_id: asked.license,
        learner_id: asked.learner,
        most: asked.most,
      }),
  ),
};
