/** Activities that an integration reports, such as sign-ins: annual plans count them like launches (RULES §3.6). */
import { z } from "zod";
import { Fault } from "../../../core/faults.ts";
import type { Principal } from "../../../flows/principal.ts";
import { reportActivity } from "../../../flows/reportActivity.ts";
import { pageOfActivities, type ReportedActivity } from "../../../store/reportedActivities.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, namedLearner, text } from "../schemas.ts";

const activityShape = z
  .object({
    id,
    account_id: id,
    license_id: id,
    activity_id: z.string().meta({ description: "The caller's own." }),
    learner_id: id,
    seat_id: id.nullable().meta({ description: "Null: denied, or a test identity's." }),
    outcome: z.enum(["allowed", "denied", "test"]),
    code: z.string().nullable().meta({ description: "Of a denial, as for launches." }),
    reported_at: moment,
  })
  .meta({ id: "Activity" });

const showActivity = ({ external_id, ...activity }: ReportedActivity): z.output<typeof activityShape> => ({
  ...activity,
  activity_id: external_id,
});

function accountOf({ account_id: own }: Principal, named: string | undefined): string {
  if (own !== null && (named ?? own) !== own)
    throw new Fault("not_found", `account_id: found none with the id ${named}.`);
  const accountId = own ?? named;
  if (accountId === undefined)
    throw new Fault(
      "body_invalid",
      "account_id: expected whose activity it is; a vendor's key does not say.",
    );
  return accountId;
}

export const ACTIVITY_ROUTES: readonly Route[] = [
  defineRoute({
    id: "activities.report",
    tag: "Activities",
    method: "post",
    path: "/activities",
    permission: "deliveries",
    need: "change",
    accountInBody: true,
    summary: "Report an activity of a learner, such as a sign-in",
    description: `For annual plans (\`seats\`, \`mauc\`, \`mau\`): decided and counted like a launch, at the time it arrives. One
that is sent again under its activity_id is the same one, counted once, and answered as the first time.`,
    body: z.strictObject({
      account_id: id.optional().meta({ description: "Left out with a key of the account's own." }),
      license_id: id,
      activity_id: text(200).meta({ description: "The caller's own, unique in the account." }),
      learner: namedLearner,
    }),
    answers: { 200: activityShape },
    faults: ["conflict", "not_found", "account_closed"],
    run: async ({ context, principal, body: { account_id, license_id, activity_id, learner } }) => {
      const report = {
        account_id: accountOf(principal, account_id),
        license_id,
        external_id: activity_id,
        learner,
      };
      return reply(200, showActivity(await reportActivity(context, report)));
    },
  }),
  defineRoute({
    id: "activities.list",
    tag: "Activities",
    method: "get",
    path: "/accounts/{account_id}/activities",
    permission: "reports",
    need: "see",
    summary: "List the activities that were reported, newest first",
    query: pageQuery({ license_id: id.optional(), learner_id: id.optional() }),
    answers: { 200: pageOf(activityShape) },
    faults: [],
    run: async (call) => {
      const { context, params, query } = call;
      const read = (page: PageRequest) => pageOfActivities(context.db, params.account_id, query, page);
      return reply(200, await paged(call, read, showActivity));
    },
  }),
];
