/** The pages that picking is answered with, each to whoever asked and in their words. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { chooseLanguage, type Language } from "../../../core/languages.ts";
import { type CatalogWords, catalogWordsOf, type NoticeWords } from "../../../core/lti/catalogWords.ts";
import type { Context } from "../../../flows/context.ts";
import { browseCatalog, type CatalogAsked } from "../../../flows/lti/catalog/browse.ts";
import { platformOriginsOf } from "../../../flows/lti/catalog/platformOrigins.ts";
import { type PickingMessage, type PickingSession, sealSession } from "../../../flows/lti/catalog/session.ts";
import { sendHtml } from "../../http/html.ts";
import { noteError, requestIdOf } from "../../http/problems.ts";
import { type CatalogForm, fieldsOf } from "./catalogForm.ts";
import { setPageHeaders, sourceOf } from "./catalogHeaders.ts";
import { CATALOG_PATH, catalogPage } from "./catalogPage.tsx";
import { HiddenForm, noticePage } from "./page.tsx";

export interface Answering<Message extends PickingMessage | null = PickingMessage | null> {
  readonly context: Context;
  readonly response: ServerResponse;
  /** Null: it is not known whose platform's. */
  readonly message: Message;
  readonly language: Language;
  readonly words: CatalogWords;
}

/** In the platform's language; else in the browser's. */
export function answeringTo<Message extends PickingMessage | null>(
  context: Context,
  request: IncomingMessage,
  response: ServerResponse,
  message: Message,
): Answering<Message> {
  const asked = message?.locale.replaceAll("_", "-") || (request.headers["accept-language"] ?? "");
  const language = chooseLanguage(asked);
  return { context, response, message, language, words: catalogWordsOf(language) };
}

/** @param problem Why what was pressed was not done; null: it was. */
export async function showCatalog(
  answering: Answering<PickingMessage>,
  session: PickingSession,
  asked: CatalogAsked,
  problem: string | null,
): Promise<void> {
  const { context, response, message, language, words } = answering;
  const view = await browseCatalog(context, session, asked);
  setPageHeaders(response, await ancestorsOf(context, message));
  const sealed = sealSession(context, message);
  const said = problem ?? (view.gone ? words.gone : null);
  sendHtml(
    response,
    problem === null ? 200 : 422,
    catalogPage({ language, words, message, session: sealed, asked, view, problem: said }),
  );
}

/**
 * The platform's answer, in a form that sends itself; by a button where scripts don't run. The answer is good for a minute:
 * for whoever takes longer there is a way to make it anew.
 */
export async function sendBack(
  answering: Answering<PickingMessage>,
  jwt: string,
  form: CatalogForm,
): Promise<void> {
  const { context, response, message, language, words } = answering;
  // Platforms may send the browser on, to another of their hosts: browsers hold the whole way against this.
  const scheme = new URL(message.return_url).protocol;
  setPageHeaders(response, await ancestorsOf(context, message), [
    ...sourceOf(message.return_url),
    ...new Set([scheme, "https:"]),
  ]);
  const children = (
    <>
      <HiddenForm action={message.return_url} fields={[["JWT", jwt]]} button={words.return_now} sendsItself />
      <HiddenForm action={CATALOG_PATH} fields={fieldsOf(form)} button={words.prepare_again} isQuiet />
    </>
  );
  sendHtml(
    response,
    200,
    noticePage({ language, words, notice: words.returning, reference: null, children }),
  );
}

export function sendNotOpened({ response, language, words }: Answering): void {
  setPageHeaders(response, null);
  sendHtml(response, 200, noticePage({ language, words, notice: words.not_opened, reference: null }));
}

/** A fault in words; never what a bug says of itself. Whose platform is known can be gone back to. */
export function sendProblemPage(
  { context, response, message, language, words }: Answering,
  error: unknown,
): void {
  const { status, code } = noteError(context.deps.log, error, response);
  setPageHeaders(response, null);
  const fields = message && fieldsOf(goingBack(sealSession(context, message)));
  const children = fields && (
    <HiddenForm action={CATALOG_PATH} fields={fields} button={words.back_to_platform} />
  );
  const reference = `${requestIdOf(response)} · ${code}`;
  sendHtml(
    response,
    status,
    noticePage({ language, words, notice: noticeOf(code, words), reference, children }),
  );
}

function noticeOf(code: string, words: CatalogWords): NoticeWords {
  if (code === "lti_role_refused") return words.role_refused;
  if (code === "lti_links_refused") return words.links_refused;
  return code === "lti_picking_expired" ? words.expired : words.failed;
}

function goingBack(session: string): CatalogForm {
  const asked = { search: "", kind: null, from: null, backwards: false, picks: [] };
  return { session, pressed: "cancel", asked };
}

async function ancestorsOf(context: Context, message: PickingMessage): Promise<readonly string[]> {
  const urls = await platformOriginsOf(context, message);
  return [...new Set(urls.flatMap(sourceOf))];
}
