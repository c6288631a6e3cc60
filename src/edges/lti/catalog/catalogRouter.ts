/** Picking courses inside an LMS: the addresses on the app origin, and what their forms do (docs/deep-linking.md). */
import type { IncomingMessage, ServerResponse } from "node:http";
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from "express";
import { filledIn } from "../../../core/lti/catalogWords.ts";
import type { LtiDeepLinkingMessage } from "../../../core/lti/deepLinking.ts";
import type { Context } from "../../../flows/context.ts";
import type { CatalogAsked } from "../../../flows/lti/catalog/browse.ts";
import { MOST_PICKS, pickCourses, pickNothing } from "../../../flows/lti/catalog/pick.ts";
import { openSession, pickingMessageOf, requirePicker } from "../../../flows/lti/catalog/session.ts";
import { CLIENT_FOLDER } from "../../../paths.ts";
import {
  type Answering,
  answeringTo,
  sendBack,
  sendNotOpened,
  sendProblemPage,
  showCatalog,
} from "./catalogAnswers.tsx";
import { readCatalogForm } from "./catalogForm.ts";

/** What platforms send back unchanged may be long, and is in the form. */
const MOST_FORM = "512kb";
const MOST_FIELDS = 2000;

export function catalogRouter(context: Context): Router {
  const router = Router();
  router.use("/files", catalogFiles());
  router.get("/", (request, response) => sendNotOpened(answeringTo(context, request, response, null)));
  router.post(
    "/",
    express.urlencoded({ extended: false, limit: MOST_FORM, parameterLimit: MOST_FIELDS }),
    (request, response) => answerForm(context, request, response),
  );
  router.use(catalogProblems(context));
  return router;
}

/** Of all that is built for browsers, only the catalog's own. */
function catalogFiles(): RequestHandler {
  const files = express.static(CLIENT_FOLDER, { index: false });
  const wanted = /^\/ltiCatalog\.(js|css)$/;
  return (request, response, next) => (wanted.test(request.path) ? files(request, response, next) : next());
}

/** What came in before it was known whose it is. */
function catalogProblems(context: Context): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    sendProblemPage(answeringTo(context, request, response, null), error);
  };
}

const FIRST_PAGE: CatalogAsked = { search: "", kind: null, from: null, backwards: false, picks: [] };

/** Answers a platform's request to pick content, once it is verified. */
export function openCatalog(
  context: Context,
  message: LtiDeepLinkingMessage,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const answering = answeringTo(context, request, response, pickingMessageOf(message));
  return orProblem(answering, (picking) => showCatalog(answering, requirePicker(picking), FIRST_PAGE, null));
}

async function answerForm(context: Context, request: Request, response: Response): Promise<void> {
  const form = readCatalogForm(request.body);
  const answering = answeringTo(context, request, response, openSession(context, form.session));
  const { words } = answering;
  await orProblem(answering, async (message) => {
    if (form.pressed === "cancel")
      return sendBack(answering, await pickNothing(context, message, words.cancelled_message), form);
    const session = requirePicker(message);
    if (form.pressed !== "add") return showCatalog(answering, session, form.asked, null);
    const added = (count: number) => filledIn(words.added_message, { count });
    const picked = await pickCourses(context, session, form.asked.picks, added);
    if (picked.type === "picked") return sendBack(answering, picked.response, form);
    const why = filledIn(words[picked.why], { most: MOST_PICKS });
    return showCatalog(answering, session, form.asked, why);
  });
}

/** What goes wrong is said in the words, and with the ways on, of whoever it happens to. */
async function orProblem(
  answering: Answering & { readonly message: NonNullable<Answering["message"]> },
  work: (message: NonNullable<Answering["message"]>) => Promise<void>,
): Promise<void> {
  try {
    await work(answering.message);
  } catch (error) {
    sendProblemPage(answering, error);
  }
}
