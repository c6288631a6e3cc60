/**
 * Serves courses on the content origin, at `/c/<ticket>/<path>` (DESIGN §5). Why tickets stand in the path, who may
 * keep what for how long and which headers are left out: docs/decisions/content-addresses.md. It needs nothing of Express.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ReadContentHost } from "../../core/contentOrigin.ts";
import { cleanContentPath } from "../../core/contentPath.ts";
import { chooseLanguage } from "../../core/languages.ts";
import type { Clock } from "../../deps.ts";
import type { ContentTicket, ContentTickets } from "../../flows/launch/contentTickets.ts";
import type { ContentStore } from "../../store/content/contentStore.ts";
import { hostOf } from "../http/hosts.ts";
import { addressByReferer, type ContentAddress, decodePath, readContentAddress } from "./contentAddress.ts";
import { type ContentPage, renderContentPage } from "./contentPages.ts";
import { type CourseFile, type CourseFiles, courseFiles } from "./courseFiles.ts";
import { setCourseHeaders } from "./courseHeaders.ts";
import { opensDocument, type Shim, sendFile, withdrawFileHeaders } from "./sendFile.ts";

export interface ContentOptions {
  readonly contentStore: ContentStore;
  readonly tickets: Pick<ContentTickets, "read">;
  /** Whether the delivery was revoked. Asked for every file: answer from memory. */
  readonly stopped: (ticket: ContentTicket) => boolean | Promise<boolean>;
  readonly readHost: ReadContentHost;
  /** Throws where whoever asks has asked too often. */
  readonly admit: (request: IncomingMessage, response: ServerResponse) => void;
  readonly clock: Clock;
  /** CONTENT_CACHE_SECONDS. */
  readonly sharedCacheSeconds: number;
  /** JavaScript that runs before a course's own first script, in every document of it. */
  readonly shimScript: string;
}

/** `next` is called for what is no file of a course. Rejects with what could not be answered; nothing was sent then. */
export type ContentHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: () => void,
) => Promise<void>;

/** What a folder is asked for by its name alone, in this order. */
const INDEX_NAMES = ["index.html", "index.htm"] as const;

/** One script for all courses, kept by the browser across them. No ticket has a dot in it. */
const SHIM_PATH = "/c/shim.js";

/**
 * To be asked after everything else on the content origin: what nothing answered may be a course's root-absolute URL.
 */
export function createContentHandler(options: ContentOptions): ContentHandler {
  const mark = createHash("sha256").update(options.shimScript).digest("base64url").slice(0, 8);
  const shim: Shim = { mark, url: `${SHIM_PATH}?${mark}` };
  const serving: Serving = { ...options, shim, files: courseFiles(options.contentStore) };
  return async (request, response, next) => {
    // It would outlive its launch and answer for other launches on this origin.
    if (request.headers["service-worker"] !== undefined)
      return plainAnswer(response, 403, "Courses can't install service workers here.");
    const pathname = pathOf(request);
    if (pathname === SHIM_PATH && isRead(request))
      return sendShim(options.shimScript, shim, request, response);
    const address = readContentAddress(pathname);
    if (address === undefined) return fallBackByReferer(request, response, next);
    options.admit(request, response);
    return serve(serving, address, request, response);
  };
}

function sendShim(script: string, shim: Shim, request: IncomingMessage, response: ServerResponse): void {
  // Only what was asked for by its own mark may be kept for good: in the middle of an update another process may ask for
  // the next shim here.
  const isThisOne = request.url === shim.url;
  response.setHeader("Cache-Control", isThisOne ? "public, max-age=31536000, immutable" : "no-cache");
  answer(request, response, 200, "text/javascript; charset=utf-8", script);
}

/** `/img/x.png`, asked for by a page of a course: goes to where the course's root is. */
function fallBackByReferer(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const { referer = "", host = "" } = request.headers;
  const location = addressByReferer(request.url ?? "", referer, host);
  if (location === undefined || !isRead(request)) {
    next();
    return;
  }
  response.appendHeader("Vary", "Referer");
  redirect(response, location);
}

interface Serving extends ContentOptions {
  readonly files: CourseFiles;
  readonly shim: Shim;
}

async function serve(
  options: Serving,
  address: ContentAddress,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  setCourseHeaders(response);
  if (!isRead(request)) {
    response.setHeader("Allow", "GET, HEAD");
    return plainAnswer(response, 405, "A course's files can only be read.");
  }
  const ticket = options.tickets.read(address.ticket);
  if (ticket === undefined || !isServedHere(options, ticket, request))
    return sayNo("session_over", 404, request, response);
  const now = options.clock.now();
  if (ticket.expires_at <= now) return sayNo("session_over", 410, request, response);
  if (await options.stopped(ticket)) return sayNo("stopped", 403, request, response);
  const found = await locate(options.files, ticket.course_version_id, address);
  if (found === undefined) return sayNo("file_missing", 404, request, response);
  if (found === "folder") return redirect(response, withSlash(request.url ?? ""));
  try {
    const caching = { ticket, now, sharedSeconds: options.sharedCacheSeconds };
    await sendFile({ files: options.files, file: found, shim: options.shim, caching }, request, response);
  } catch (error) {
    if (!response.headersSent) withdrawFileHeaders(response);
    throw error;
  }
}

/** Where accounts have hosts of their own, each serves its own account's courses only. */
function isServedHere(options: ContentOptions, ticket: ContentTicket, request: IncomingMessage): boolean {
  const host = options.readHost(hostOf(request));
  return host !== undefined && (host.account_id === null || host.account_id === ticket.account_id);
}

/** A file; `folder` where one was named without its slash, so that what its page refers to would be looked for beside it. */
async function locate(
  files: CourseFiles,
  versionId: string,
  address: ContentAddress,
): Promise<CourseFile | "folder" | undefined> {
  const path = decodePath(address.path ?? "");
  const isFolder = path === "" || path.endsWith("/");
  const file = isFolder ? undefined : await findFile(files, versionId, path);
  if (file !== undefined) return file;
  for (const name of INDEX_NAMES) {
    const index = await findFile(files, versionId, `${path}${isFolder ? "" : "/"}${name}`);
    if (index !== undefined) return isFolder && address.path !== undefined ? index : "folder";
  }
  return undefined;
}

/** Only what the version has can be found: a path is never joined to a folder of the disk, nor a name tried out. */
async function findFile(
  files: CourseFiles,
  versionId: string,
  path: string,
): Promise<CourseFile | undefined> {
  const clean = cleanContentPath(path);
  return clean.ok ? files.find(versionId, clean.path) : undefined;
}

function isRead(request: IncomingMessage): boolean {
  return request.method === "GET" || request.method === "HEAD";
}

function pathOf({ url = "" }: IncomingMessage): string {
  const end = url.search(/[?#]/);
  return end < 0 ? url : url.slice(0, end);
}

function withSlash(url: string): string {
  const pathEnd = /[?#]|$/.exec(url)?.index ?? url.length;
  return `${url.slice(0, pathEnd)}/${url.slice(pathEnd)}`;
}

/** 307, and never kept: the same address means another file in another course. */
function redirect(response: ServerResponse, location: string): void {
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("Referrer-Policy", "same-origin");
  response.writeHead(307, { Location: location }).end();
}

/** A page where a page was asked for; to a missing picture a word is enough. */
function sayNo(page: ContentPage, status: number, request: IncomingMessage, response: ServerResponse): void {
  if (!opensDocument(request)) {
    plainAnswer(response, status, page);
    return;
  }
  response.setHeader("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.setHeader("Cache-Control", "no-store");
  response.appendHeader("Vary", "Accept-Language");
  const language = chooseLanguage(request.headers["accept-language"] ?? "");
  answer(request, response, status, "text/html; charset=utf-8", renderContentPage(page, language));
}

function plainAnswer(response: ServerResponse, status: number, text: string): void {
  response.setHeader("Cache-Control", "no-store");
  answer(response.req, response, status, "text/plain; charset=utf-8", text);
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
): void {
  response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text) });
  response.end(request.method === "HEAD" ? undefined : text);
}
