/** What kinds of licenses have besides: renewals, assignments, activities, reviews of overages. */
import { assignLearners } from "../../../../src/flows/assignments.ts";
import { announceOverage, disputeOverage } from "../../../../src/flows/overageReview.ts";
import { createPrice } from "../../../../src/flows/prices.ts";
import { BY } from "../../../support/fixtures.ts";
import { ALL, CHANGERS, type Expectations, OWNER, VENDOR, type World } from "./expectation.ts";

const nothing = () => ({});
const ofLearner = ({ learner_id }: World) => ({ params: { learner_id } });

async function sold({ gateway, account_id }: World, kind: string) {
  const sale = { account: { account_id }, ...(kind === "course_assignment" ? {} : { quantity: 1 }) };
  const { license_id, course_id } = await gateway.sell(kind, sale);
  return { license_id, course_id };
}

async function anAssignment(world: World) {
  const { gateway, account_id, learner_id } = world;
  const { license_id } = await sold(world, "course_assignment");
  const [made] = await assignLearners(gateway.context, BY, { account_id, license_id }, [{ learner_id }]);
  return { params: { assignment_id: made?.assignment.id ?? "" } };
}

/** One was purchased, two are consumed. */
async function overdrawn({ gateway, account_id }: World) {
  const license = await gateway.sell("population", { account: { account_id }, quantity: 1 });
  const price = { kind: "population", course_id: null, amount_minor: 1200, valid_from: null };
  await createPrice(gateway.context, BY, { account_id, ...price, covers: "overage" });
  for (const who of ["one", "two"]) await gateway.launch(license, { who });
  return license;
}

async function reviewed(world: World) {
  const license = await overdrawn(world);
  const { id } = await announceOverage(world.gateway.context, BY, license, null);
  const seats = await world.gateway.seats(license);
  return { overage_review_id: id, seat_ids: seats.slice(0, 1).map((seat) => seat.id) };
}

async function aReview(world: World) {
  return { overage_review_id: (await reviewed(world)).overage_review_id };
}

async function aDispute(world: World) {
  const { overage_review_id, seat_ids } = await reviewed(world);
  const { context } = world.gateway;
  const wanted = { seat_ids, reason: "Two ids." };
  const [dispute] = await disputeOverage(context, BY, world.account_id, overage_review_id, wanted);
  return { overage_dispute_id: dispute?.id ?? "" };
}

export const KINDS: Expectations = {
  "licenses.renewal": {
    may: CHANGERS,
    sample: async (world) => ({
      params: { license_id: (await sold(world, "subscription")).license_id },
      body: { renews: false },
    }),
  },
  "learners.activations": { may: ALL, sample: ofLearner },

  "courses.change": {
    may: OWNER,
    sample: async ({ gateway }) => ({
      params: { course_id: (await gateway.course()).course_id },
      body: { assignment_days: 180 },
    }),
  },
  "assignments.list": { may: ALL, sample: nothing },
  "assignments.create": {
    may: CHANGERS,
    sample: async (world) => {
      const { license_id } = await sold(world, "course_assignment");
      return { body: { license_id, learners: [{ learner_id: world.learner_id }] } };
    },
  },
  "assignments.get": { may: ALL, sample: anAssignment },
  "course_assignments.create": {
    may: CHANGERS,
    sample: async (world) => ({
      body: { ...(await sold(world, "course_assignment")), learner: { learner_id: world.learner_id } },
    }),
  },

  "activities.report": {
    may: CHANGERS,
    stranger: 404,
    sample: async (world) => {
      const { account_id, gateway, learner_id } = world;
      const { license_id } = await sold(world, "mauc");
      const activity_id = gateway.context.deps.newId();
      return { body: { account_id, license_id, activity_id, learner: { learner_id } } };
    },
  },
  "activities.list": { may: ALL, sample: nothing },

  "overage_reviews.list": { may: ALL, sample: nothing },
  "overage_reviews.announce": {
    may: VENDOR,
    sample: async (world) => ({ body: { license_id: (await overdrawn(world)).license_id } }),
  },
  "overage_reviews.get": { may: ALL, sample: async (world) => ({ params: await aReview(world) }) },
  "overage_reviews.dispute": {
    may: CHANGERS,
    sample: async (world) => {
      const { seat_ids, ...params } = await reviewed(world);
      return { params, body: { seat_ids, reason: "One person, two ids." } };
    },
  },
  "overage_disputes.list": { may: ALL, sample: nothing },
  "overage_disputes.get": { may: ALL, sample: async (world) => ({ params: await aDispute(world) }) },
  "overage_disputes.settle": {
    may: VENDOR,
    sample: async (world) => ({ params: await aDispute(world), body: { outcome: "upheld" } }),
  },
};
