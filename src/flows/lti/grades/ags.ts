/** Tells a gradebook a score by Assignment and Grade Services 2.0 (LTI 1.3). */
import { SCORE_SCOPE } from "../../../core/lti/scopes.ts";
import { secondsToWait } from "../../../core/retryAfter.ts";
import type { DueTarget } from "../../../store/lti/gradeOutbox.ts";
import type { LtiRegistration } from "../../../store/lti/registrations.ts";
import type { Context } from "../../context.ts";
import type { Answered } from "../../outgoing.ts";
import { accessToken, forgetToken } from "../accessTokens.ts";
import { outgoingToPlatforms } from "../platformOutgoing.ts";
import { ServiceProblem, wordsOf } from "../services/serviceHttp.ts";
import { lineItemOf } from "./lineItems.ts";
import { blameOf, failed, type GradeOutcome, type GradeService, type GradeToTell } from "./port.ts";

const ANSWER_SECONDS = 10;
const MOST_BYTES = 64 * 1024;
/** How long somebody else may take to find the line item before it is looked at again. */
const BUSY_SECONDS = 5;

export const AGS: GradeService = {
  hasPlaceFor: () => true,
  deliver: async (context, target, grade, stopping) => {
    try {
      return await deliver(context, target, grade, stopping);
    } catch (error) {
      if (!(error instanceof ServiceProblem)) throw error;
      const { status_code, retry_after, message } = error;
      const blame = status_code === null ? "platform" : blameOf(status_code);
      // Whoever gets no token gets none for anybody.
      const isOfAll = message.startsWith("no access token");
      return failed(
        isOfAll ? "platform" : blame,
        message,
        secondsToWait(retry_after, context.deps.clock.now()),
      );
    }
  },
};

async function deliver(
  context: Context,
  target: DueTarget,
  grade: GradeToTell,
  stopping: AbortSignal | undefined,
): Promise<GradeOutcome> {
  const registration = await context.lti.registrations.byId(target.registration_id ?? "");
  if (!registration) return failed("platform", "the registration has ended");
  if (!target.scopes.includes(SCORE_SCOPE))
    return failed("grade", `the platform does not offer the scope ${SCORE_SCOPE}`);
  const sending: Sending = { context, registration, target, grade, stopping };
  const named = target.line_item_url;
  const first = named === null ? null : await post(sending, named);
  if (first && !isGone(first)) return outcomeOf(context, first);
  const found = await lineItemOf(context, registration, target, named);
  if (found.type === "busy") return { type: "postponed", seconds: BUSY_SECONDS };
  if (found.type === "found") return outcomeOf(context, await post(sending, found.url));
  return first
    ? outcomeOf(context, first)
    : failed("grade", "the platform names no line item, and none can be made");
}

interface Sending {
  readonly context: Context;
  readonly registration: LtiRegistration;
  readonly target: DueTarget;
  readonly grade: GradeToTell;
  readonly stopping: AbortSignal | undefined;
}

/** With a token that was used before; where it is not taken any more, once with a new one. */
async function post(sending: Sending, lineItemUrl: string): Promise<Answered> {
  const { context, registration } = sending;
  const scopes = [SCORE_SCOPE];
  const token = await accessToken(context, registration, scopes);
  const answered = await postOnce(sending, lineItemUrl, token);
  if ("problem" in answered || answered.status_code !== 401) return answered;
  await forgetToken(context, registration, scopes, token);
  return postOnce(sending, lineItemUrl, await accessToken(context, registration, scopes));
}

function postOnce(
  { context, target, grade, stopping }: Sending,
  lineItemUrl: string,
  token: { readonly token_type: string; readonly access_token: string },
): Promise<Answered> {
  return outgoingToPlatforms(context).exchange(scoresUrlOf(lineItemUrl), {
    method: "POST",
    headers: {
      authorization: `${token.token_type} ${token.access_token}`,
      "content-type": "application/vnd.ims.lis.v1.score+json",
    },
    body: JSON.stringify({
      userId: target.user_id,
      timestamp: grade.timestamp.toISOString(),
      ...grade.message,
    }),
    seconds: ANSWER_SECONDS,
    mostBytes: MOST_BYTES,
    ...(stopping ? { signal: stopping } : {}),
  });
}

/** Line items may have a query, which stays behind the path (AGS 2.0 §3.4.3). */
export function scoresUrlOf(lineItemUrl: string): string {
  if (!URL.canParse(lineItemUrl)) return lineItemUrl;
  const url = new URL(lineItemUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/scores`;
  return url.href;
}

function isGone(answered: Answered): boolean {
  return "status_code" in answered && (answered.status_code === 404 || answered.status_code === 410);
}

function outcomeOf({ deps }: Context, answered: Answered): GradeOutcome {
  if ("problem" in answered) return failed("platform", answered.problem);
  const { status_code, headers, text } = answered;
  if (status_code >= 200 && status_code < 300) return { type: "told" };
  // This very one, from a try whose answer was lost; or what a teacher has entered since, which stands.
  if (status_code === 409) return { type: "told", remark: "the gradebook holds a newer grade" };
  const wished = secondsToWait(headers["retry-after"] ?? null, deps.clock.now());
  return failed(blameOf(status_code), wordsOf(status_code, text), wished);
}
