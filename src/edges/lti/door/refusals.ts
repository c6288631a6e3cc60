/** What went wrong at the door, as a page for people; as a problem for programs that ask for one (DESIGN §7). */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ErrorRequestHandler, Request } from "express";
import type { DenialCode } from "../../../core/denials.ts";
import { DENIAL_ANSWERS, wordsOf } from "../../../core/denialWords.ts";
import { chooseLanguage, type Language } from "../../../core/languages.ts";
import { withLastWords } from "../../../core/lti/returnUrl.ts";
import type { Context } from "../../../flows/context.ts";
import { answerError, noteError, type Problem } from "../../http/problems.ts";
import { noticePage, type PostedForm } from "./pages.tsx";
import { sendPage } from "./sendPage.ts";
import { doorWordsOf } from "./words.ts";

export function languageOf({ headers }: IncomingMessage): Language {
  return chooseLanguage(headers["accept-language"] ?? "");
}

const forms = new WeakMap<ServerResponse, PostedForm>();
const returnUrls = new WeakMap<ServerResponse, string>();

/** What the page of a refusal sends again, where trying again helps. */
export function rememberForm(response: ServerResponse, form: PostedForm): void {
  forms.set(response, form);
}

/** Where the page of a refusal leads back to; http or https. */
export function rememberReturn(response: ServerResponse, returnUrl: string | null): void {
  if (returnUrl !== null) returnUrls.set(response, returnUrl);
}

/** With the reason, which the platform shows and logs. */
function returnUrlFrom(
  response: ServerResponse,
  { code, detail }: Problem,
  reference: string,
  message: string,
) {
  const returnUrl = returnUrls.get(response);
  const log = `${code} ${detail} (${reference})`;
  return returnUrl ? withLastWords(returnUrl, { message, log, is_error: true }) : null;
}

/** The learner reads why in the words of a denial: what differs is for whoever looks after the platform. */
const WORDS_OF: Readonly<Record<string, DenialCode | "silent">> = {
  too_many_requests: "too_many_launches",
  store_unavailable: "gateway_unavailable",
  internal_error: "gateway_unavailable",
  lti_keys_unavailable: "silent",
};
const KEYS_RETRY_SECONDS = 10;

export function refusals(context: Context): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent || wantsJson(request)) {
      if (!answerError(context.deps.log, error, response)) next(error);
      return;
    }
    refuse(context, error, request, response);
  };
}

/** As a page. Nothing was sent yet. */
export function refuse(
  context: Context,
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const problem = noteError(context.deps.log, error, response);
  context.deps.metrics.ltiRefusals.inc({ code: problem.code });
  const reference = context.deps.newReference();
  context.deps.log.info("An LTI request was refused", { code: problem.code, reference });
  const words = wordsFor(problem, languageOf(request));
  const page = noticePage({
    ...words,
    language: languageOf(request),
    reference,
    technical: { code: problem.code, detail: problem.detail },
    return_url: returnUrlFrom(response, problem, reference, words.text),
    retry: retryOf(problem, response),
  });
  sendPage(response, context.config, problem.status, page);
}

/** Browsers say that they take pages; a program that does not is told as elsewhere. */
function wantsJson(request: Request): boolean {
  return request.accepts(["html", "json"]) === "json";
}

function wordsFor({ code }: Problem, language: Language) {
  const which = WORDS_OF[code] ?? "launch_invalid";
  if (which === "silent") {
    const { silent_title, silent_text } = doorWordsOf(language);
    return { title: silent_title, text: silent_text, next_step: "" };
  }
  const { title, reason, next_step } = wordsOf(which, language);
  return { title, text: reason, next_step };
}

function retryOf({ code }: Problem, response: ServerResponse) {
  const form = forms.get(response);
  const which = WORDS_OF[code];
  // A bug comes back each time.
  if (!form || which === undefined || code === "internal_error") return null;
  const after_seconds = which === "silent" ? KEYS_RETRY_SECONDS : DENIAL_ANSWERS[which].retry_after_seconds;
  return after_seconds === null ? null : { form, after_seconds };
}
