/** What an LMS's administrator pastes there, and what it reads of us while it is set up (docs/lti-registration.md). */
import express, { type ErrorRequestHandler, type RequestHandler, type Response, Router } from "express";
import { canvasConfigurationOf } from "../../../core/lti/tool.ts";
import type { Context } from "../../../flows/context.ts";
import { registerByLink } from "../../../flows/lti/registerByLink.ts";
import { type LinkNames, namesOfLink, requireGoodLink } from "../../../flows/lti/registrationLinks.ts";
import { noteError } from "../../http/problems.ts";
import { setPageHeaders } from "../catalog/catalogHeaders.ts";
import { ICON_PNG, ICON_SVG } from "./icon.ts";
import { confirmPage, failedPage, pastePage, registeredPage, type SentByPlatform } from "./registerPages.tsx";

const MOST_FORM = "64kb";
const LONGEST_URL = 2048;
const LONGEST_TOKEN = 16_000;
const DAY_SECONDS = 24 * 60 * 60;

export function registerRouter(context: Context): Router {
  const router = Router();
  router.get("/config/canvas.json", canvasConfiguration(context));
  router.get("/icon.svg", picture("image/svg+xml", ICON_SVG));
  router.get("/icon.png", picture("image/png", ICON_PNG));
  const link = router.route("/register/:secret");
  link.get(askToConfirm(context));
  link.post(express.urlencoded({ extended: false, limit: MOST_FORM, parameterLimit: 20 }), register(context));
  router.use("/register", failures(context));
  return router;
}

function canvasConfiguration({ config }: Context): RequestHandler {
  return (_request, response) => {
    publicly(response).json(canvasConfigurationOf(config.APP_ORIGIN));
  };
}

function picture(type: string, content: string | Buffer): RequestHandler {
  return (_request, response) => {
    publicly(response).type(type).send(content);
  };
}

/** The same for everybody, and of no account. */
function publicly(response: Response): Response {
  return response.set({
    "Cache-Control": `public, max-age=${DAY_SECONDS}`,
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
  });
}

function askToConfirm(context: Context): RequestHandler<{ secret: string }> {
  return async (request, response) => {
    const to = await namesOf(context, request.params.secret);
    const sent = sentIn(request.query);
    sendPage(response, 200, sent ? confirmPage(to, sent) : pastePage(to));
  };
}

function register(context: Context): RequestHandler<{ secret: string }> {
  return async (request, response) => {
    const { secret } = request.params;
    const sent = sentIn(request.body);
    const to = await namesOf(context, secret);
    if (!sent) return sendPage(response, 200, pastePage(to));
    response.locals["sent"] = sent;
    const { openid_configuration, registration_token } = sent;
    const registration = await registerByLink(context, secret, {
      openid_configuration,
      registration_token: registration_token || null,
    });
    sendPage(response, 200, registeredPage(to, registration));
  };
}

async function namesOf(context: Context, secret: string): Promise<LinkNames> {
  const { link } = await requireGoodLink(context.db, secret, context.deps.clock.now());
  return namesOfLink(context.db, link);
}

/** Null where the LMS has not sent what a registration begins with. */
function sentIn(fields: unknown): SentByPlatform | null {
  const read = (name: keyof SentByPlatform, longest: number) => {
    const value =
      typeof fields === "object" && fields ? new Map(Object.entries(fields)).get(name) : undefined;
    return typeof value === "string" && value.length <= longest ? value : "";
  };
  const openid_configuration = read("openid_configuration", LONGEST_URL);
  if (openid_configuration === "") return null;
  return { openid_configuration, registration_token: read("registration_token", LONGEST_TOKEN) };
}

const RETRIED: readonly string[] = [
  "lti_registration_failed",
  "lti_registration_link_busy",
  "store_unavailable",
];

function failures(context: Context): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const problem = noteError(context.deps.log, error, response);
    const reference = context.deps.newReference();
    context.deps.log.info("An LMS was not registered by a link", { code: problem.code, reference });
    const sent = RETRIED.includes(problem.code)
      ? (response.locals["sent"] as SentByPlatform | undefined)
      : undefined;
    sendPage(response, problem.status, failedPage(problem, reference, sent ?? null));
  };
}

/** Into any frame: which LMS it is stands nowhere yet. Its address, which opens it, is told to nobody. */
function sendPage(response: Response, status: number, page: string): void {
  setPageHeaders(response, null);
  response.set("Referrer-Policy", "no-referrer").status(status).type("html").send(page);
}
