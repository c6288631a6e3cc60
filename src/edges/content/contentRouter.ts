/**
 * Serves courses on the content origin, at `/c/<session id>/<path>` (DESIGN §5). Why sessions stand in the path, how long
 * what is kept and which headers are left out: docs/decisions/content-sessions.md.
 */
import { createHash } from "node:crypto";
import { type NextFunction, type Request, type Response, Router } from "express";
import { cleanContentPath } from "../../core/contentPath.ts";
import { chooseLanguage } from "../../core/languages.ts";
import type { Clock } from "../../deps.ts";
import type { ContentStore } from "../../store/content/contentStore.ts";
import { addressByReferer, type ContentAddress, decodePath, readContentAddress } from "./contentAddress.ts";
import { type ContentPage, renderContentPage } from "./contentPages.ts";
import { setCourseHeaders } from "./courseHeaders.ts";
import { type CourseFile, opensDocument, type Shim, sendFile, withdrawFileHeaders } from "./sendFile.ts";
import { type ContentSession, type FindSession, rememberSessions } from "./sessionCache.ts";

export interface ContentRouterOptions {
  readonly contentStore: ContentStore;
  /** Asked once in a few seconds for a session in use. */
  readonly findSession: FindSession;
  /** Whether the delivery was revoked or the learner deactivated. Asked for every file: answer from memory. */
  readonly stopped: (
    session: Pick<ContentSession, "account_id" | "delivery_id" | "learner_id">,
  ) => boolean | Promise<boolean>;
  readonly clock: Clock;
  /** JavaScript that runs before a course's own first script, in every document of it. */
  readonly shimScript: string;
}

/** What a folder is asked for by its name alone, in this order. */
const INDEX_NAMES = ["index.html", "index.htm"] as const;

/** One script for all sessions, kept by the browser across them. No session's id has a dot in it. */
const SHIM_PATH = "/c/shim.js";

/**
 * To be mounted at the root of the content origin, after everything else there: what nothing answered may be a course's
 * root-absolute URL.
 */
export function createContentRouter(options: ContentRouterOptions): Router {
  const findSession = rememberSessions(options.findSession, options.clock);
  const mark = createHash("sha256").update(options.shimScript).digest("base64url").slice(0, 8);
  const shim: Shim = { mark, url: `${SHIM_PATH}?${mark}` };
  const router = Router();
  router.use(refuseServiceWorkers);
  router.get(SHIM_PATH, (request, response) => sendShim(options.shimScript, mark, request, response));
  router.use((request, response, next) => {
    const address = readContentAddress(request.path);
    return address === undefined
      ? fallBackByReferer(request, response, next)
      : serve({ ...options, findSession }, shim, address, request, response);
  });
  return router;
}

/** A service worker would outlive its launch and answer for other sessions on this origin. */
function refuseServiceWorkers(request: Request, response: Response, next: NextFunction): void {
  if (request.get("Service-Worker") === undefined) next();
  else plainAnswer(response, 403, "Courses can't install service workers here.");
}

function sendShim(script: string, mark: string, request: Request, response: Response): void {
  // Only what was asked for by its own mark may be kept for good: in the middle of an update another process may ask for
  // the next shim here.
  const isThisOne = request.url === `${SHIM_PATH}?${mark}`;
  response.setHeader("Cache-Control", isThisOne ? "public, max-age=31536000, immutable" : "no-cache");
  response.type("text/javascript").send(script);
}

/** `/img/x.png`, asked for by a page of a course: goes to where the course's root is. */
function fallBackByReferer(request: Request, response: Response, next: NextFunction): void {
  const location = addressByReferer(request.url, request.get("Referer") ?? "", request.get("Host") ?? "");
  if (location === undefined || !isRead(request)) {
    next();
    return;
  }
  response.vary("Referer");
  redirect(response, location);
}

async function serve(
  options: ContentRouterOptions,
  shim: Shim,
  address: ContentAddress,
  request: Request,
  response: Response,
): Promise<void> {
  setCourseHeaders(response);
  if (!isRead(request)) {
    response.setHeader("Allow", "GET, HEAD");
    return plainAnswer(response, 405, "A course's files can only be read.");
  }
  const session = await options.findSession(address.sessionId);
  if (session === undefined) return sayNo("session_over", 404, request, response);
  if (session.expires_at <= options.clock.now()) return sayNo("session_over", 410, request, response);
  if (await options.stopped(session)) return sayNo("stopped", 403, request, response);
  const found = await locate(options.contentStore, session.course_version_id, address);
  if (found === undefined) return sayNo("file_missing", 404, request, response);
  if (found === "folder") return redirect(response, withSlash(request.url));
  try {
    await sendFile(options.contentStore, found, shim, request, response);
  } catch (error) {
    if (!response.headersSent) withdrawFileHeaders(response);
    throw error;
  }
}

/** A file; `folder` where one was named without its slash, so that what its page refers to would be looked for beside it. */
async function locate(
  store: ContentStore,
  versionId: string,
  address: ContentAddress,
): Promise<CourseFile | "folder" | undefined> {
  const path = decodePath(address.path ?? "");
  const isFolder = path === "" || path.endsWith("/");
  const file = isFolder ? undefined : await findFile(store, versionId, path);
  if (file !== undefined) return file;
  for (const name of INDEX_NAMES) {
    const index = await findFile(store, versionId, `${path}${isFolder ? "" : "/"}${name}`);
    if (index !== undefined) return isFolder && address.path !== undefined ? index : "folder";
  }
  return undefined;
}

/** Only what the version has can be found: a path is never joined to a folder of the disk, nor a name tried out. */
async function findFile(
  store: ContentStore,
  versionId: string,
  path: string,
): Promise<CourseFile | undefined> {
  const clean = cleanContentPath(path);
  if (!clean.ok) return undefined;
  const stat = await store.stat(versionId, clean.path);
  return stat === null ? undefined : { versionId, path: clean.path, stat };
}

function isRead(request: Request): boolean {
  return request.method === "GET" || request.method === "HEAD";
}

function withSlash(url: string): string {
  const pathEnd = /[?#]|$/.exec(url)?.index ?? url.length;
  return `${url.slice(0, pathEnd)}/${url.slice(pathEnd)}`;
}

/** 307, and never kept: the same address means another file in another session. */
function redirect(response: Response, location: string): void {
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("Referrer-Policy", "same-origin");
  response.status(307).setHeader("Location", location).end();
}

/** A page where a page was asked for; to a missing picture a word is enough. */
function sayNo(page: ContentPage, status: number, request: Request, response: Response): void {
  if (!opensDocument(request)) {
    plainAnswer(response, status, page);
    return;
  }
  response.setHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.setHeader("Cache-Control", "no-store");
  response.vary("Accept-Language");
  const language = chooseLanguage(request.get("Accept-Language") ?? "");
  response.status(status).type("html").send(renderContentPage(page, language));
}

function plainAnswer(response: Response, status: number, text: string): void {
  response.setHeader("Cache-Control", "no-store");
  response.status(status).type("text/plain").send(text);
}
