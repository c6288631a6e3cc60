/** Secrets that an LMS signs launches of LTI 1.1 with (docs/lti11.md). */
import { z } from "zod";
import { ltiLinkOf } from "../../../core/lti/links.ts";
import { requireDelivery } from "../../../flows/deliveries.ts";
import { endLti11Secret, makeLti11Secret } from "../../../flows/lti/lti11Secrets.ts";
import { type Lti11Secret, pageOfLti11Secrets } from "../../../store/lti/lti11.ts";
import { type PageRequest, paged, pageOf, pageQuery } from "../paging.ts";
import { defineRoute, type Route, reply } from "../route.ts";
import { id, moment, wholeNumber } from "../schemas.ts";

const MOST_OVERLAP_DAYS = 90;
const USUAL_OVERLAP_DAYS = 14;

const secretFields = {
  id,
  consumer_key: z.string().meta({ description: "Of the delivery: all of its secrets have the same." }),
  created_at: moment,
  ends_at: moment.nullable().meta({ description: "Null: it is accepted until it is ended." }),
  last_used_at: moment
    .nullable()
    .meta({ description: "Of a launch, to ten minutes or so; null: none was signed with it." }),
};

const secretShape = z.object(secretFields).meta({ id: "Lti11Secret" });

const newSecretShape = z
  .object({
    ...secretFields,
    secret: z.string().meta({ description: "What the LMS is to sign with: shown this once." }),
    launch_url: z.string().meta({ description: "Where the LMS is to send its launches." }),
  })
  .meta({ id: "NewLti11Secret" });

function showSecret(secret: Lti11Secret): z.output<typeof secretShape> {
  const { secret_sealed: _sealed, ...shown } = secret;
  return shown;
}

const ALL = "/accounts/{account_id}/deliveries/{delivery_id}/lti11-secrets";

const ABOUT = { tag: "LTI 1.1", permission: "deliveries" } as const;

export const LTI11_SECRET_ROUTES: readonly Route[] = [
  defineRoute({
    ...ABOUT,
    id: "lti11_secrets.list",
    method: "get",
    path: ALL,
    need: "see",
    summary: "List the LTI 1.1 secrets of a delivery, newest first",
    query: pageQuery({}),
    answers: { 200: pageOf(secretShape) },
    faults: [],
    run: async (call) => {
      const { context, params } = call;
      const { account_id, delivery_id } = params;
      await requireDelivery(context.db, account_id, delivery_id);
      const read = (page: PageRequest) => pageOfLti11Secrets(context.db, account_id, delivery_id, page);
      return reply(200, await paged(call, read, showSecret));
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti11_secrets.create",
    method: "post",
    path: ALL,
    need: "change",
    summary: "Make an LTI 1.1 secret for a delivery",
    description:
      "The first one makes the delivery's consumer key too. The secret is in the answer and nowhere else. For the overlap the one before it is accepted too, so that it can be changed in the LMS while learners come; two at most.",
    body: z.strictObject({
      overlap_days: wholeNumber(0, MOST_OVERLAP_DAYS)
        .default(USUAL_OVERLAP_DAYS)
        .meta({ description: "0: the one before it is refused from now on." }),
    }),
    answers: { 201: newSecretShape },
    faults: [],
    run: async ({ context, by, params, body }) => {
      const overlapSeconds = body.overlap_days * 24 * 60 * 60;
      const { made, secret, delivery_key } = await makeLti11Secret(context, by, params, overlapSeconds);
      const launch_url = ltiLinkOf(context.config.APP_ORIGIN, delivery_key);
      return reply(201, { ...showSecret(made), secret, launch_url });
    },
  }),
  defineRoute({
    ...ABOUT,
    id: "lti11_secrets.end",
    method: "post",
    path: `${ALL}/{secret_id}/end`,
    need: "change",
    summary: "Refuse launches signed with an LTI 1.1 secret from now on",
    description: "For good, in all processes at once. Courses that are open go on.",
    answers: { 200: secretShape },
    faults: [],
    run: async ({ context, by, params }) =>
      reply(200, showSecret(await endLti11Secret(context, by, params, params.secret_id))),
  }),
];
