/** One file of a course as an HTTP answer: conditional requests, ranges, the shim, and no open file left behind. */
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import type { Request, Response } from "express";
import { Fault } from "../../core/faults.ts";
import type { ByteRange, ContentStat, ContentStore } from "../../store/content/contentStore.ts";
import { readRange } from "./byteRange.ts";
import { contentTypeOf, documentTypeOf } from "./contentTypes.ts";
import { type DocumentType, findShimPlace, SHIM_SEARCH_BYTES } from "./shimPlace.ts";

export interface CourseFile {
  readonly versionId: string;
  readonly path: string;
  readonly stat: ContentStat;
}

export interface Shim {
  /** As it stands in the tag. */
  readonly url: string;
  /** Another one for another shim: part of the ETag of every document that holds it. */
  readonly mark: string;
}

/** What a navigation is for: its answer becomes a document, whose scripts run. */
const DOCUMENT_DESTINATIONS = new Set(["document", "iframe", "frame", "embed", "object", "fencedframe"]);

/**
 * A version's files never change and a session stays with its version, so nothing can go stale: the limits are about
 * access. Documents are asked for anew each time (a 304, if nothing changed), so that a course whose delivery was revoked
 * doesn't open from the cache. The rest is not asked for again within the 12 h that a launch can last (RULES §2).
 * Only the learner's own browser may keep it.
 */
const DOCUMENT_CACHING = "private, no-cache";
const FILE_CACHING = `private, max-age=${12 * 60 * 60}`;

const FILE_HEADERS = [
  "Accept-Ranges",
  "Cache-Control",
  "Content-Length",
  "Content-Range",
  "Content-Type",
  "ETag",
  "Last-Modified",
] as const;

export async function sendFile(
  store: ContentStore,
  file: CourseFile,
  shim: Shim,
  request: Request,
  response: Response,
): Promise<void> {
  const contentType = contentTypeOf(file.path);
  const documentType = documentTypeOf(contentType);
  if (contentType !== undefined) response.setHeader("Content-Type", contentType);
  response.setHeader("Cache-Control", documentType ? DOCUMENT_CACHING : FILE_CACHING);
  response.setHeader("Last-Modified", file.stat.modifiedAt.toUTCString());
  response.setHeader("ETag", `"${file.stat.etag}"`);
  if (documentType !== undefined) response.vary("Sec-Fetch-Dest, Accept");
  if (documentType !== undefined && opensDocument(request))
    await sendDocument(store, file, { type: documentType, shim }, request, response);
  else await sendBytes(store, file, request, response);
}

/**
 * A page that a course fetches to put it into another (a template, say) must come as it is: the shim would be
 * one element too many. `Sec-Fetch-Dest` tells; without TLS browsers send it to localhost only, and there what they
 * accept tells it: only navigations ask for XHTML.
 */
export function opensDocument(request: Request): boolean {
  const destination = request.get("Sec-Fetch-Dest");
  if (destination !== undefined) return DOCUMENT_DESTINATIONS.has(destination);
  return request.get("Accept")?.includes("application/xhtml+xml") ?? false;
}

async function sendBytes(
  store: ContentStore,
  file: CourseFile,
  request: Request,
  response: Response,
): Promise<void> {
  const { size } = file.stat;
  response.setHeader("Accept-Ranges", "bytes");
  if (request.fresh) return notModified(response);
  const asked = readRange(rangeStillMeant(request, response) ? request.get("Range") : undefined, size);
  if (asked.type === "unsatisfiable") {
    withdrawFileHeaders(response);
    response.status(416).setHeader("Content-Range", `bytes */${size}`).end();
    return;
  }
  const range = asked.type === "part" ? { start: asked.start, end: asked.end } : undefined;
  if (range !== undefined)
    response.status(206).setHeader("Content-Range", `bytes ${range.start}-${range.end}/${size}`);
  response.setHeader("Content-Length", range === undefined ? size : range.end - range.start + 1);
  if (request.method === "HEAD") response.end();
  else await send(await openStream(store, file, range), response);
}

/** `If-Range` (RFC 9110 §13.1.5): a part is only of use to who holds the rest of the same file. */
function rangeStillMeant(request: Request, response: Response): boolean {
  const condition = request.get("If-Range");
  return (
    condition === undefined ||
    condition === response.get("ETag") ||
    condition === response.get("Last-Modified")
  );
}

/** A document with the shim in it: always whole, for its bytes are not those of the file. */
async function sendDocument(
  store: ContentStore,
  file: CourseFile,
  { type, shim }: { readonly type: DocumentType; readonly shim: Shim },
  request: Request,
  response: Response,
): Promise<void> {
  response.setHeader("ETag", `"${file.stat.etag}-${shim.mark}"`);
  // The file's time says nothing of the shim's.
  response.removeHeader("Last-Modified");
  response.setHeader("Accept-Ranges", "none");
  if (request.fresh) return notModified(response);
  const head = await readHead(store, file);
  const place = findShimPlace(head, type, shim.url);
  response.setHeader("Content-Length", file.stat.size + (place?.tag.length ?? 0));
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  const body = async function* (): AsyncGenerator<Buffer> {
    yield head.subarray(0, place?.offset ?? 0);
    if (place !== undefined) yield place.tag;
    yield head.subarray(place?.offset ?? 0);
    // Opened when its turn comes: a client that has left by then has left nothing open.
    if (head.length < file.stat.size)
      yield* await openStream(store, file, { start: head.length, end: file.stat.size - 1 });
  };
  await send(body(), response);
}

async function readHead(store: ContentStore, file: CourseFile): Promise<Buffer> {
  if (file.stat.size === 0) return Buffer.alloc(0);
  return buffer(await openStream(store, file, { start: 0, end: SHIM_SEARCH_BYTES - 1 }));
}

async function openStream(store: ContentStore, file: CourseFile, range?: ByteRange): Promise<Readable> {
  const opened = await store.open(file.versionId, file.path, range);
  if (opened === null) throw new Fault("not_found", `The course no longer has the file ${file.path}.`);
  return opened.stream;
}

/** A client that goes away in the middle is no error; whatever else breaks is, and closes the connection. */
async function send(body: Readable | AsyncGenerator<Buffer>, response: Response): Promise<void> {
  try {
    await pipeline(body, response);
  } catch (error) {
    if (!clientHasLeft(error)) throw error;
  }
}

function clientHasLeft(error: unknown): boolean {
  const codes = ["ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_UNABLE_TO_PIPE", "ECONNRESET", "EPIPE"];
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

/** For an answer that is an error after all: it must not be kept or taken for a part of the file. */
export function withdrawFileHeaders(response: Response): void {
  for (const name of FILE_HEADERS) response.removeHeader(name);
}

function notModified(response: Response): void {
  response.removeHeader("Content-Type");
  response.status(304).end();
}
