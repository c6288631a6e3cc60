/** Grades on their way to gradebooks, and learners who left the courses of an LMS. */
import { type LaunchToRemember, rememberLaunches } from "../../../../src/store/lti/rememberLaunches.ts";
import { registerPlatform } from "../../../support/lti/platform.ts";
import { ALL, CHANGERS, type Expectations, type World } from "./expectation.ts";

let made = 0;

/** Of any attempt and any platform, unless they are named. */
export async function newTarget(
  world: World,
  named: Partial<Pick<LaunchToRemember, "attempt_id" | "registration_id">> = {},
) {
  const id = world.gateway.context.deps.newId();
  await remember(world, {
    grade_target: {
      id,
      target_hash: id,
      service: "ags",
      consumer_key: null,
      user_id: "ana",
      resource_link_id: "link-1",
      title: "Kitchen safety",
      line_item_url: null,
      line_items_url: null,
      scopes: [],
      outcome_url: null,
      result_sourcedid: null,
    },
    ...named,
  });
  return { grade_target_id: id };
}

/** A launch from a platform that nobody knew. */
async function remember(world: World, said: Partial<LaunchToRemember>): Promise<void> {
  const { gateway, license, learner_id } = world;
  const { db, deps } = gateway.context;
  const { account_id, connection_id } = license;
  const [attempt] = await db.query<{ id: string }>("select id from attempt where account_id = $1", [
    account_id,
  ]);
  await rememberLaunches(db, [
    {
      account_id,
      connection_id,
      registration_id: said.registration_id ?? (await newRegistration(world)),
      attempt_id: attempt?.id ?? "",
      learner_id,
      at: deps.clock.now(),
      grade_target: null,
      evidence: null,
      context: null,
      ...said,
    },
  ]);
}

async function newRegistration({ gateway: { context }, license }: World) {
  const unique = String(++made);
  const registration = {
    name: "Campus",
    issuer: `https://lms-${unique}.example.com`,
    client_id: "tool",
    authorization_url: "https://lms.example.com/authorize",
    token_url: "https://lms.example.com/token",
    token_audience: null,
    jwks_url: "https://lms.example.com/jwks",
    product: "",
  };
  return registerPlatform({ context }, { registration, deployment_id: "1" }, license);
}

async function newContext(world: World) {
  const id = world.gateway.context.deps.newId();
  await remember(world, {
    context: {
      id,
      context_hash: id,
      title: "Course 1",
      memberships_url: "https://lms.example.com/members",
    },
  });
  return { context_id: id };
}

async function newSuggestion({ gateway: { context }, license: { account_id }, learner_id }: World) {
  const id = context.deps.newId();
  await context.db.query("update learner set deactivated_at = null where account_id = $1", [account_id]);
  await context.db.query("delete from deactivation_suggestion where account_id = $1", [account_id]);
  // Who has left is in no course's list.
  await context.db.query("delete from lti_member where account_id = $1", [account_id]);
  await context.db.query(
    `insert into deactivation_suggestion (account_id, id, learner_id, status, left_at, suggested_at)
     values ($1, $2, $3, 'open', $4, $4)`,
    [account_id, id, learner_id, context.deps.clock.now()],
  );
  return { suggestion_id: id };
}

export const GRADES: Expectations = {
  "grade_targets.list": { may: ALL, sample: () => ({}) },
  "grade_targets.get": { may: ALL, sample: async (world) => ({ params: await newTarget(world) }) },
  "grade_targets.retry": { may: CHANGERS, sample: async (world) => ({ params: await newTarget(world) }) },
  "lti_contexts.list": { may: ALL, sample: () => ({}) },
  "lti_contexts.read_members": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newContext(world) }),
  },
  "deactivation_suggestions.list": { may: ALL, sample: () => ({}) },
  "deactivation_suggestions.accept": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newSuggestion(world) }),
  },
  "deactivation_suggestions.dismiss": {
    may: CHANGERS,
    sample: async (world) => ({ params: await newSuggestion(world) }),
  },
};
