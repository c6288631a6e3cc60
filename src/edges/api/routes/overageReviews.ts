/** Overages that were announced, disputes of their lines, and what is charged of them (RULES §3.4). */
import { z } from "zod";
import {
  announceOverage,
  disputeOverage,
  type ReviewView,
  requireDispute,
  requireReview,
  settleDispute,
  viewReviewNow,
} from "../../../flows/overageReview.ts";
import {
  DISPUTE_OUTCOMES,
  type OverageDispute,
  pageOfDisputes,
  pageOfReviews,
} from "../../../store/overageReviews.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, text } from "../schemas.ts";

const reviewShape = z
  .object({
    id,
    account_id: id,
    license_id: id,
    period_starts_at: moment,
    period_ends_at: moment,
    purchased: z.int().meta({ description: "When it was announced." }),
    consumed: z.int().meta({ description: "When it was announced." }),
    announced_at: moment,
    announced_by: z.string(),
    disputable_until: moment.meta({ description: "From then on what is undisputed is charged." }),
    charged_at: moment.nullable(),
    undisputed: z.int().meta({ description: "Lines that are not disputed, or whose dispute was rejected." }),
    disputed: z.int().meta({ description: "Lines that wait." }),
    upheld: z.int().meta({ description: "Lines that are never charged." }),
    charged: z.int().meta({ description: "Of this period so far, by whatever review." }),
    chargeable: z
      .int()
      .meta({ description: "Undisputed, above what is purchased by now and what was charged before." }),
  })
  .meta({ id: "OverageReview" });

const showReview = (review: ReviewView): z.output<typeof reviewShape> => review;

const disputeShape = z
  .object({
    id,
    account_id: id,
    review_id: id,
    seat_id: id,
    reason: z.string(),
    raised_at: moment,
    raised_by: z.string(),
    outcome: z.enum(DISPUTE_OUTCOMES).nullable().meta({ description: "Null: it waits." }),
    note: z.string(),
    settled_at: moment.nullable(),
    settled_by: z.string().nullable(),
  })
  .meta({ id: "OverageDispute" });

const showDispute = (dispute: OverageDispute): z.output<typeof disputeShape> => dispute;

const MOST_LINES = 1000;
const REVIEWS = "/accounts/{account_id}/overage-reviews";
const DISPUTES = "/accounts/{account_id}/overage-disputes";

export const OVERAGE_ROUTES: readonly Route[] = [
  defineRoute({
    id: "overage_reviews.list",
    tag: "Overages",
    method: "get",
    path: REVIEWS,
    permission: "reports",
    need: "see",
    summary: "List the overages that were announced, newest first",
    query: pageQuery({ license_id: id.optional() }),
    answers: { 200: pageOf(reviewShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = async (page: PageRequest) => {
        const views: ReviewView[] = [];
        for (const review of await pageOfReviews(context.db, params.account_id, query, page))
          views.push(await viewReviewNow(context, review));
        return views;
      };
      return reply(200, await paged(call, read, showReview));
    },
  }),
  defineRoute({
    id: "overage_reviews.announce",
    tag: "Overages",
    method: "post",
    path: REVIEWS,
    permission: "licenses",
    need: "change",
    summary: "Announce an overage: from now on lines of it can be disputed",
    description: `For 14 days, or as many as the license's \`dispute_days\` say. Then what is undisputed, and was not billed before, is charged at
the price that covers overages; what is disputed waits until it is settled. What is bought meanwhile covers its part.`,
    body: z.strictObject({
      license_id: id,
      period_ends_at: moment
        .nullable()
        .default(null)
        .meta({ description: "Of which period; null: the latest that is overdrawn." }),
    }),
    answers: { 201: reviewShape },
    faults: ["conflict", "price_missing"],
    run: async ({ context, by, params: { account_id }, body: { license_id, period_ends_at } }) => {
      const review = await announceOverage(context, by, { account_id, license_id }, period_ends_at);
      const location = `/accounts/${account_id}/overage-reviews/${review.id}`;
      return reply(201, showReview(review), { location });
    },
  }),
  defineRoute({
    id: "overage_reviews.get",
    tag: "Overages",
    method: "get",
    path: `${REVIEWS}/{overage_review_id}`,
    permission: "reports",
    need: "see",
    summary: "Read an overage that was announced, and what of it is disputed, charged and chargeable",
    answers: { 200: reviewShape },
    faults: [],
    run: async ({ context, params: { account_id, overage_review_id } }) =>
      reply(200, showReview(await requireReview(context, account_id, overage_review_id))),
  }),
  defineRoute({
    id: "overage_reviews.dispute",
    tag: "Overages",
    method: "post",
    path: `${REVIEWS}/{overage_review_id}/disputes`,
    permission: "duplicates",
    need: "change",
    summary: "Dispute lines of an overage",
    description: "A line is a seat that was taken when the overage was announced. All are disputed, or none.",
    body: z.strictObject({ seat_ids: z.array(id).min(1).max(MOST_LINES), reason: text(1000) }),
    answers: { 200: z.object({ items: z.array(disputeShape) }) },
    faults: ["conflict"],
    run: async ({ context, by, params: { account_id, overage_review_id }, body }) => {
      const disputes = await disputeOverage(context, by, account_id, overage_review_id, body);
      return reply(200, { items: disputes.map(showDispute) });
    },
  }),
  defineRoute({
    id: "overage_disputes.list",
    tag: "Overages",
    method: "get",
    path: DISPUTES,
    permission: "reports",
    need: "see",
    summary: "List disputes of overages, newest first",
    query: pageQuery({ review_id: id.optional() }),
    answers: { 200: pageOf(disputeShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfDisputes(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showDispute));
    },
  }),
  defineRoute({
    id: "overage_disputes.get",
    tag: "Overages",
    method: "get",
    path: `${DISPUTES}/{overage_dispute_id}`,
    permission: "reports",
    need: "see",
    summary: "Read a dispute of an overage",
    answers: { 200: disputeShape },
    faults: [],
    run: async ({ context, params: { account_id, overage_dispute_id } }) =>
      reply(200, showDispute(await requireDispute(context.db, account_id, overage_dispute_id))),
  }),
  defineRoute({
    id: "overage_disputes.settle",
    tag: "Overages",
    method: "post",
    path: `${DISPUTES}/{overage_dispute_id}/settle`,
    permission: "corrections",
    need: "change",
    summary: "Settle a dispute of an overage",
    description:
      "`upheld`: the line is never charged. `rejected`: it is, at once where the time for disputes is over.",
    body: z.strictObject({
      outcome: z.enum(DISPUTE_OUTCOMES),
      note: z.string().trim().max(1000).default(""),
    }),
    answers: { 200: disputeShape },
    faults: ["conflict", "price_missing"],
    run: async ({ context, by, params: { account_id, overage_dispute_id }, body }) =>
      reply(200, showDispute(await settleDispute(context, by, account_id, overage_dispute_id, body))),
  }),
];
