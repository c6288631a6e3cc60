/** One file of a course as an HTTP answer: conditional requests, ranges, the shim, and no open file left behind. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { LONGEST_LAUNCH_SECONDS } from "../../core/openTime.ts";
import { secondsBetween } from "../../core/time.ts";
import type { ContentTicket } from "../../flows/launch/contentTickets.ts";
import { sendStream } from "../http/sendStream.ts";
import { readRange } from "./byteRange.ts";
import { isFresh, rangeStillMeant } from "./conditions.ts";
import { contentTypeOf, documentTypeOf } from "./contentTypes.ts";
import type { CourseFile, CourseFiles } from "./courseFiles.ts";
import { type DocumentType, findShimPlace, SHIM_SEARCH_BYTES } from "./shimPlace.ts";

export interface Shim {
  /** As it stands in the tag. */
  readonly url: string;
  /** Another one for another shim: part of the ETag of every document that holds it. */
  readonly mark: string;
}

export interface Caching {
  readonly ticket: ContentTicket;
  readonly now: Date;
  /** How long a shared cache may keep a file; 0: none may. */
  readonly sharedSeconds: number;
}

/** A file, and what it takes to send it. */
export interface Sending {
  readonly files: CourseFiles;
  readonly file: CourseFile;
  readonly shim: Shim;
  readonly caching: Caching;
}

/** What a navigation is for: its answer becomes a document, whose scripts run. */
const DOCUMENT_DESTINATIONS = new Set(["document", "iframe", "frame", "embed", "object", "fencedframe"]);

/**
 * Documents are asked for anew each time (a 304, if nothing changed), so that a course whose delivery was revoked opens
 * from no cache. They are for the browser alone: what comes depends on what is asked for them (`opensDocument`), and many
 * shared caches do not heed `Vary`.
 */
const DOCUMENT_CACHING = "private, no-cache";

const FILE_HEADERS = [
  "Accept-Ranges",
  "Cache-Control",
  "Cache-Tag",
  "Content-Length",
  "Content-Range",
  "Content-Type",
  "ETag",
  "Last-Modified",
  "Surrogate-Key",
] as const;

export async function sendFile(
  sending: Sending,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { file } = sending;
  const contentType = contentTypeOf(file.path);
  const documentType = documentTypeOf(contentType);
  if (contentType !== undefined) response.setHeader("Content-Type", contentType);
  response.setHeader("Last-Modified", file.stat.modifiedAt.toUTCString());
  response.setHeader("ETag", `"${file.stat.etag}"`);
  if (documentType === undefined) setFileCaching(sending.caching, response);
  else {
    response.setHeader("Cache-Control", DOCUMENT_CACHING);
    response.appendHeader("Vary", "Sec-Fetch-Dest, Accept");
    if (opensDocument(request)) return sendDocument(sending, documentType, request, response);
  }
  return sendBytes(sending, request, response);
}

/**
 * A version's files never change and an address stays with its version, so nothing can go stale: the limits are about
 * access, and no cache keeps a file for longer than its address holds. The tags are for removing a course, a delivery or
 * an account from a CDN at once: the first as Cloudflare, Akamai and Google read it, the second as Fastly does.
 */
function setFileCaching({ ticket, now, sharedSeconds }: Caching, response: ServerResponse): void {
  const wanted = sharedSeconds === 0 ? LONGEST_LAUNCH_SECONDS : sharedSeconds;
  const seconds = Math.min(wanted, Math.floor(secondsBetween(now, ticket.expires_at)));
  const who = sharedSeconds === 0 ? "private" : "public";
  response.setHeader("Cache-Control", `${who}, max-age=${seconds}, immutable`);
  if (sharedSeconds === 0) return;
  const tags = [
    `account-${ticket.account_id}`,
    `delivery-${ticket.delivery_id}`,
    `version-${ticket.course_version_id}`,
  ];
  response.setHeader("Cache-Tag", tags.join(","));
  response.setHeader("Surrogate-Key", tags.join(" "));
}

/**
 * A page that a course fetches to put it into another (a template, say) must come as it is: the shim would be
 * one element too many. `Sec-Fetch-Dest` tells; without TLS browsers send it to localhost only, and there what they
 * accept tells it: only navigations ask for XHTML.
 */
export function opensDocument({ headers }: IncomingMessage): boolean {
  const destination = headers["sec-fetch-dest"];
  if (destination !== undefined) return DOCUMENT_DESTINATIONS.has(String(destination));
  return headers.accept?.includes("application/xhtml+xml") ?? false;
}

async function sendBytes(
  { files, file }: Sending,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { size } = file.stat;
  response.setHeader("Accept-Ranges", "bytes");
  if (isFresh(request, response)) return notModified(response);
  const asked = readRange(rangeStillMeant(request, response) ? request.headers.range : undefined, size);
  if (asked.type === "unsatisfiable") {
    withdrawFileHeaders(response);
    response.setHeader("Cache-Control", "no-store");
    response.writeHead(416, { "Content-Range": `bytes */${size}`, "Content-Length": 0 }).end();
    return;
  }
  const range = asked.type === "part" ? { start: asked.start, end: asked.end } : undefined;
  if (range !== undefined) {
    response.statusCode = 206;
    response.setHeader("Content-Range", `bytes ${range.start}-${range.end}/${size}`);
  }
  response.setHeader("Content-Length", range === undefined ? size : range.end - range.start + 1);
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const whole = await files.whole(file);
  if (whole) response.end(range ? whole.subarray(range.start, range.end + 1) : whole);
  else await sendStream(await files.open(file, range), response);
}

/** A document with the shim in it: always whole, for its bytes are not those of the file. */
async function sendDocument(
  { files, file, shim }: Sending,
  type: DocumentType,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader("ETag", `"${file.stat.etag}-${shim.mark}"`);
  // The file's time says nothing of the shim's.
  response.removeHeader("Last-Modified");
  response.setHeader("Accept-Ranges", "none");
  if (isFresh(request, response)) return notModified(response);
  const head = (await files.whole(file)) ?? (await readHead(files, file));
  const place = findShimPlace(head, type, shim.url);
  response.setHeader("Content-Length", file.stat.size + (place?.tag.length ?? 0));
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const beginning = place
    ? Buffer.concat([head.subarray(0, place.offset), place.tag, head.subarray(place.offset)])
    : head;
  if (head.length === file.stat.size) {
    response.end(beginning);
    return;
  }
  const body = async function* (): AsyncGenerator<Buffer> {
    yield beginning;
    // Opened when its turn comes: a client that has left by then has left nothing open.
    yield* await files.open(file, { start: head.length, end: file.stat.size - 1 });
  };
  await sendStream(body(), response);
}

async function readHead(files: CourseFiles, file: CourseFile): Promise<Buffer> {
  return buffer(await files.open(file, { start: 0, end: SHIM_SEARCH_BYTES - 1 }));
}

/** For an answer that is an error after all: it must not be kept or taken for a part of the file. */
export function withdrawFileHeaders(response: ServerResponse): void {
  for (const name of FILE_HEADERS) response.removeHeader(name);
}

function notModified(response: ServerResponse): void {
  response.removeHeader("Content-Type");
  response.writeHead(304).end();
}
