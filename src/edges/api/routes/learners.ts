/** Learners, and the ids that LMSs send for them. */
import { z } from "zod";
import { Fault } from "../../../core/faults.ts";
import { SCORM_NAMESPACE } from "../../../core/identity.ts";
import type { Context } from "../../../flows/context.ts";
import { deactivateLearner, listActivationChanges, requireListedLearner } from "../../../flows/learners.ts";
import { markTestIdentity } from "../../../flows/testIdentities.ts";
import {
  findListedIdentity,
  type LearnerInList,
  type ListedIdentity,
  pageOfIdentities,
  pageOfLearners,
} from "../../../store/listing/people.ts";
import { EVIDENCE_TYPES } from "../../../store/lti/evidence.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, namespace, queryFlag, text } from "../schemas.ts";

const learnerShape = z
  .object({
    id,
    account_id: id,
    name: z.string().meta({ description: "As an LMS sent it; empty where none did." }),
    test: z.boolean().meta({ description: "Launches without taking a seat." }),
    deactivated_at: moment.nullable(),
    created_at: moment,
    identities: z.array(z.object({ id, connection_id: id, namespace: z.string(), value: z.string() })),
  })
  .meta({ id: "Learner" });

const showLearner = (learner: LearnerInList): z.output<typeof learnerShape> => ({
  ...learner,
  identities: [...learner.identities],
});

const activationShape = z
  .object({
    id,
    change: z.enum(["deactivated", "reactivated"]),
    at: moment,
    by: z.string(),
    why: z.string(),
    seats: z
      .array(z.object({ seat_id: id, license_id: id }))
      .meta({ description: "That this freed or took again: of annual plans for seats alone." }),
  })
  .meta({ id: "ActivationChange" });

const identityShape = z
  .object({
    id,
    account_id: id,
    connection_id: id,
    namespace: z.string().meta({ description: `\`${SCORM_NAMESPACE}\`, or an LTI issuer's.` }),
    value: z.string().meta({ description: "As the LMS sends it." }),
    learner_id: id,
    name_sent: z.string(),
    test: z.boolean(),
    origins: z.array(z.string()).meta({ description: "Where launches with it came from." }),
    evidence: z
      .array(
        z.object({
          type: z.enum(EVIDENCE_TYPES),
          value: z.string(),
          first_seen_at: moment,
          current: z.boolean(),
        }),
      )
      .meta({
        description:
          "What the LMS said of the person over LTI; `current`: what it says now. `sourcedid`: their id in the student information system.",
      }),
    first_seen_at: moment,
  })
  .meta({ id: "Identity" });

const showIdentity = (identity: ListedIdentity): z.output<typeof identityShape> => ({
  ...identity,
  origins: [...identity.origins],
  evidence: identity.evidence.map((said) => ({ ...said, first_seen_at: new Date(said.first_seen_at) })),
});

const ONE = "/accounts/{account_id}/learners/{learner_id}";

async function shown(
  context: Context,
  { account_id, learner_id }: { account_id: string; learner_id: string },
) {
  return reply(200, showLearner(await requireListedLearner(context.db, account_id, learner_id)));
}

export const LEARNER_ROUTES: readonly Route[] = [
  defineRoute({
    id: "learners.list",
    tag: "Learners",
    method: "get",
    path: "/accounts/{account_id}/learners",
    permission: "learners",
    need: "see",
    summary: "List the learners, newest first",
    query: pageQuery({
      search: text(200).optional().meta({
        description:
          "How the name begins, or an id that an LMS sends; in any case. A thousand of each at most.",
      }),
      test: queryFlag.optional(),
      deactivated: queryFlag.optional(),
    }),
    answers: { 200: pageOf(learnerShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfLearners(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showLearner));
    },
  }),
  defineRoute({
    id: "learners.get",
    tag: "Learners",
    method: "get",
    path: ONE,
    permission: "learners",
    need: "see",
    summary: "Read a learner",
    answers: { 200: learnerShape },
    faults: [],
    run: ({ context, params }) => shown(context, params),
  }),
  defineRoute({
    id: "learners.deactivate",
    tag: "Learners",
    method: "post",
    path: `${ONE}/deactivate`,
    permission: "learners",
    need: "change",
    summary: "Turn a learner away until reactivated",
    description:
      "Courses that are open stop at the next beat. The seat runs on and is there again afterwards; a seat of the kind `seats` is freed.",
    answers: { 200: learnerShape },
    faults: [],
    run: async ({ context, by, params }) => {
      await deactivateLearner(context, by, params.account_id, params.learner_id, true);
      return shown(context, params);
    },
  }),
  defineRoute({
    id: "learners.reactivate",
    tag: "Learners",
    method: "post",
    path: `${ONE}/reactivate`,
    permission: "learners",
    need: "change",
    summary: "Let a learner in again",
    description:
      "Takes a seat of the kind `seats` again where one is left; else the next launch decides as a first.",
    answers: { 200: learnerShape },
    faults: [],
    run: async ({ context, by, params }) => {
      await deactivateLearner(context, by, params.account_id, params.learner_id, false);
      return shown(context, params);
    },
  }),
  defineRoute({
    id: "learners.activations",
    tag: "Learners",
    method: "get",
    path: `${ONE}/activations`,
    permission: "learners",
    need: "see",
    summary: "List when a learner was deactivated and reactivated, newest first",
    query: pageQuery({}),
    answers: { 200: pageOf(activationShape) },
    faults: [],
    run: async (call) => {
      const { account_id, learner_id } = call.params;
      const read = (page: PageRequest) => listActivationChanges(call.context, account_id, learner_id, page);
      return reply(200, await paged(call, read, (change) => ({ ...change, seats: [...change.seats] })));
    },
  }),
  defineRoute({
    id: "identities.list",
    tag: "Learners",
    method: "get",
    path: "/accounts/{account_id}/identities",
    permission: "learners",
    need: "see",
    summary: "List the ids that LMSs sent, newest first",
    query: pageQuery({
      learner_id: id.optional(),
      connection_id: id.optional(),
      value: z.string().min(1).max(4000).optional().meta({ description: "Exactly as the LMS sends it." }),
      test: queryFlag.optional(),
    }),
    answers: { 200: pageOf(identityShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfIdentities(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showIdentity));
    },
  }),
  defineRoute({
    id: "identities.get",
    tag: "Learners",
    method: "get",
    path: "/accounts/{account_id}/identities/{identity_id}",
    permission: "learners",
    need: "see",
    summary: "Read an id that an LMS sent",
    answers: { 200: identityShape },
    faults: [],
    run: async ({ context, params: { account_id, identity_id } }) => {
      const identity = await findListedIdentity(context.db, account_id, identity_id);
      if (!identity)
        throw new Fault("not_found", `identity: found none with the id ${identity_id} in this account.`);
      return reply(200, showIdentity(identity));
    },
  }),
  defineRoute({
    id: "identities.mark_test",
    tag: "Learners",
    method: "post",
    path: "/accounts/{account_id}/identities/mark-test",
    permission: "learners",
    need: "change",
    summary: "Let an id of an LMS launch without taking a seat",
    description: "Before its first launch; as many as the account may have.",
    body: z.strictObject({
      connection_id: id
        .nullable()
        .default(null)
        .meta({ description: "Null: the account's first connection." }),
      namespace: namespace.default(SCORM_NAMESPACE),
      value: text(4000).meta({ description: "The id that the LMS will send." }),
    }),
    answers: { 200: learnerShape },
    faults: ["test_identities_used_up", "seat_held"],
    run: async ({ context, by, params: { account_id }, body }) => {
      const { learner_id } = await markTestIdentity(context, by, { account_id, ...body });
      return shown(context, { account_id, learner_id });
    },
  }),
];
