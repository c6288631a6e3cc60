/** From a verified message, whatever its version, to the player or to a page that says why not (RULES §2). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { DENIAL_ANSWERS, wordsOf } from "../../../core/denialWords.ts";
import { isStoreUnavailable } from "../../../core/faults.ts";
import type { LtiMessage } from "../../../core/lti/message.ts";
import type { Context } from "../../../flows/context.ts";
import { type OpenedByMessage, openByMessage } from "../../../flows/lti/openByMessage.ts";
import { isUnanswered, sealUnanswered } from "../../../flows/lti/unanswered.ts";
import { redirect } from "../../http/html.ts";
import { requestIdOf } from "../../http/problems.ts";
import type { LaunchLimits } from "../../play/launchLimits.ts";
import { noticePage, type PostedForm } from "./pages.tsx";
import { languageOf, rememberForm } from "./refusals.ts";
import { sendPage } from "./sendPage.ts";

export interface LaunchDoor {
  readonly context: Context;
  readonly limits: LaunchLimits;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Set once the launch was let in. */
  readonly cookies?: readonly string[];
}

/** In the form that our own page sends again: see `flows/lti/unanswered.ts`. */
export const UNANSWERED = "unanswered";

/**
 * @param form What came, to be sent again where the learner is to come again.
 * @throws Fault, as `openByMessage`.
 */
export async function answerLaunch(
  door: LaunchDoor,
  message: LtiMessage,
  form: PostedForm,
  { request, response, cookies }: Exchange,
): Promise<void> {
  const { context, limits } = door;
  const { isOneTooMany } = await limits.ofIdentity(message.delivery_key, message.person.id.trim());
  const opened = await openOrSendAgain(context, message, isOneTooMany, form, response);
  if (opened.type === "allowed") {
    if (cookies) response.setHeader("Set-Cookie", cookies);
    response.setHeader("Cache-Control", "no-store");
    return redirect(response, 303, opened.player_url);
  }
  if (!isOneTooMany)
    context.deps.log.info("A launch was denied", {
      requestId: requestIdOf(response),
      denied: opened.code,
      reference: opened.reference,
    });
  sendDenial(context, opened, message, form, request, response);
}

/** Where the store does not answer it may have let the launch in: what the page then sends again says so. */
async function openOrSendAgain(
  context: Context,
  message: LtiMessage,
  isOneTooMany: boolean,
  { action, fields }: PostedForm,
  response: ServerResponse,
): Promise<OpenedByMessage> {
  const [, sealed = ""] = fields.find(([name]) => name === UNANSWERED) ?? [];
  try {
    return await openByMessage(context, message, isOneTooMany, isUnanswered(context, message, sealed));
  } catch (error) {
    if (isStoreUnavailable(error)) {
      const others = fields.filter(([name]) => name !== UNANSWERED);
      const again = [UNANSWERED, sealUnanswered(context, message)] as const;
      rememberForm(response, { action, fields: [...others, again] });
    }
    throw error;
  }
}

function sendDenial(
  { config }: Context,
  { code, reference }: OpenedByMessage & { type: "denied" },
  message: LtiMessage,
  form: PostedForm,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const language = languageOf(request);
  const { status, retry_after_seconds } = DENIAL_ANSWERS[code];
  const { title, reason, next_step } = wordsOf(code, language);
  const page = noticePage({
    language,
    title,
    text: reason,
    next_step,
    reference,
    technical: null,
    return_url: message.presentation.return_url,
    retry: retry_after_seconds === null ? null : { form, after_seconds: retry_after_seconds },
  });
  sendPage(response, config, status, page);
}
