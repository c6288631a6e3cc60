/**
 * A stand-in for an S3-compatible service: the part of its REST interface that the content store uses, path-style, held
 * in memory. It is strict where the real one is: every request's signature (version 4) is computed again and its body's
 * hash compared, keys are listed a page at a time in byte order, parts but the last are of 5 MiB at least. It can be told
 * to fail, to hang, to be slow and to break off.
 */
import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type S3Key, signatureProblem } from "./s3Signature.ts";

export interface S3Asked {
  /** Such as `GetObject`, as the service's documentation names it. */
  readonly operation: string;
  readonly key: string;
}

/** What befalls a request instead of, or beside, its answer. */
export interface S3Trouble {
  /** An error of the service with this HTTP status. */
  readonly fail?: number;
  /** It is read, and nothing ever comes back. */
  readonly hang?: boolean;
  readonly waitSeconds?: number;
  /** The connection is cut, or falls silent, after so many bytes of the object. */
  readonly cutAfterBytes?: number;
  readonly silentAfterBytes?: number;
  /** It is done, and the connection is cut before the answer. */
  readonly loseAnswer?: boolean;
}

export interface S3StandIn {
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: S3Key;
  /** Every request that was understood, oldest first. */
  readonly asked: S3Asked[];
  /** Bytes of parts and objects being received at this moment; the most ever. */
  readonly receiving: { now: number; most: number };
  /** Asked at each request. */
  trouble: ((asked: S3Asked) => S3Trouble | undefined) | null;
  keys(prefix?: string): string[];
  uploads(): string[];
  /** As if everything stored now had been stored at this time. */
  age(to: Date, prefix?: string): void;
  stop(): Promise<void>;
}

interface Stored {
  readonly bytes: Buffer;
  modifiedAt: Date;
  readonly metadata: Readonly<Record<string, string>>;
}

interface Begun {
  readonly key: string;
  startedAt: Date;
  readonly parts: Map<number, Buffer>;
}

const BUCKET = "courses";
const LISTED_AT_ONCE = 3;
const SMALLEST_PART = 5 * 1024 * 1024;

class S3Error extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

export async function startS3StandIn(): Promise<S3StandIn> {
  const service = new Service();
  const server = createServer((request, response) => void service.answer(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  service.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  service.stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return service;
}

class Service implements S3StandIn {
  endpoint = "";
  readonly bucket = BUCKET;
  readonly key: S3Key = { id: "AKIDSTANDIN", secret: "the-stand-ins-secret", region: "eu-test-1" };
  readonly asked: S3Asked[] = [];
  readonly receiving = { now: 0, most: 0 };
  trouble: S3StandIn["trouble"] = null;
  stop: () => Promise<void> = async () => undefined;
  readonly #objects = new Map<string, Stored>();
  readonly #begun = new Map<string, Begun>();

  keys(prefix = ""): string[] {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  uploads(): string[] {
    return [...this.#begun.values()].map(({ key }) => key);
  }

  age(to: Date, prefix = ""): void {
    for (const [key, stored] of this.#objects) if (key.startsWith(prefix)) stored.modifiedAt = to;
    for (const begun of this.#begun.values()) begun.startedAt = to;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await this.#receive(request);
    const url = new URL(request.url ?? "", this.endpoint);
    try {
      const problem = signatureProblem(request, url, body, this.key);
      if (problem) throw new S3Error(403, problem);
      const [, bucket = "", key = ""] = /^\/([^/]+)(?:\/(.*))?$/.exec(decodeURIComponent(url.pathname)) ?? [];
      if (bucket !== BUCKET) throw new S3Error(404, "NoSuchBucket");
      const asked = { operation: operationOf(request.method ?? "", url.searchParams, key), key };
      this.asked.push(asked);
      const trouble = this.trouble?.(asked) ?? {};
      if (trouble.waitSeconds) await sleep(trouble.waitSeconds * 1000);
      if (trouble.hang) return;
      if (trouble.fail) throw new S3Error(trouble.fail, "InternalError");
      const answer = this.#do(asked, request, url.searchParams, body);
      if (trouble.loseAnswer) request.socket.destroy();
      else await send(request, response, answer, trouble);
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      const xml = `<Error><Code>${error.code}</Code><Message>${error.code}</Message></Error>`;
      await send(request, response, { status: error.status, headers: {}, body: Buffer.from(xml) }, {});
    }
  }

  async #receive(request: IncomingMessage): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let received = 0;
    for await (const piece of request) {
      pieces.push(piece);
      received += piece.length;
      this.receiving.now += piece.length;
      this.receiving.most = Math.max(this.receiving.most, this.receiving.now);
    }
    this.receiving.now -= received;
    return Buffer.concat(pieces);
  }

  #do(asked: S3Asked, request: IncomingMessage, query: URLSearchParams, body: Buffer): Answer {
    const { operation, key } = asked;
    switch (operation) {
      case "GetObject":
      case "HeadObject":
        return readAnswer(this.#objectAt(key), request.headers.range);
      case "PutObject":
        return this.#put(key, body, request);
      case "DeleteObjects":
        return this.#deleteAll(body.toString(), request);
      case "ListObjectsV2":
        return this.#list(query);
      case "CreateMultipartUpload":
        return this.#begin(key);
      case "UploadPart":
        this.#begunAt(query).parts.set(Number(query.get("partNumber")), body);
        return { status: 200, headers: { ETag: etagOf(body) }, body: Buffer.alloc(0) };
      case "CompleteMultipartUpload":
        return this.#complete(key, query, body.toString());
      case "AbortMultipartUpload":
        this.#begunAt(query);
        this.#begun.delete(query.get("uploadId") ?? "");
        return { status: 204, headers: {}, body: Buffer.alloc(0) };
      case "ListMultipartUploads":
        return this.#listBegun(query);
      default:
        throw new S3Error(501, "NotImplemented");
    }
  }

  #objectAt(key: string): Stored {
    const stored = this.#objects.get(key);
    if (stored === undefined) throw new S3Error(404, "NoSuchKey");
    return stored;
  }

  #put(key: string, bytes: Buffer, { headers }: IncomingMessage): Answer {
    if (headers["if-none-match"] === "*" && this.#objects.has(key))
      throw new S3Error(412, "PreconditionFailed");
    const metadata = Object.fromEntries(
      Object.entries(headers)
        .filter(([name]) => name.startsWith("x-amz-meta-"))
        .map(([name, value]) => [name, String(value)]),
    );
    this.#objects.set(key, { bytes, modifiedAt: new Date(), metadata });
    return { status: 200, headers: { ETag: etagOf(bytes) }, body: Buffer.alloc(0) };
  }

  #deleteAll(xml: string, { headers }: IncomingMessage): Answer {
    if (!headers["content-md5"] && !Object.keys(headers).some((name) => name.startsWith("x-amz-checksum-")))
      throw new S3Error(400, "InvalidRequest");
    const keys = [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key = ""]) => key);
    if (keys.length === 0 || keys.length > 1000) throw new S3Error(400, "MalformedXML");
    for (const key of keys) this.#objects.delete(key);
    return xmlAnswer("<DeleteResult></DeleteResult>");
  }

  #list(query: URLSearchParams): Answer {
    const from = query.get("continuation-token") ?? "";
    const keys = this.keys(query.get("prefix") ?? "").filter((key) => key > from);
    const page = keys.slice(0, LISTED_AT_ONCE);
    const more = keys.length > page.length;
    const contents = page.map(
      (key) =>
        `<Contents><Key>${key}</Key><LastModified>${this.#objectAt(key).modifiedAt.toISOString()}</LastModified></Contents>`,
    );
    const next = more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "";
    return xmlAnswer(
      `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${contents.join("")}</ListBucketResult>`,
    );
  }

  #begin(key: string): Answer {
    const id = randomUUID();
    this.#begun.set(id, { key, startedAt: new Date(), parts: new Map() });
    return xmlAnswer(
      `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  #begunAt(query: URLSearchParams): Begun {
    const begun = this.#begun.get(query.get("uploadId") ?? "");
    if (begun === undefined) throw new S3Error(404, "NoSuchUpload");
    return begun;
  }

  #complete(key: string, query: URLSearchParams, xml: string): Answer {
    const { parts } = this.#begunAt(query);
    const named = [...xml.matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map(([, number]) => Number(number));
    const etags = [...xml.matchAll(/<ETag>(?:&quot;|")?([0-9a-f]+)/g)].map(([, etag]) => `"${etag}"`);
    const chosen = named.map((number) => parts.get(number) ?? Buffer.alloc(0));
    if (chosen.some((part, index) => etagOf(part) !== etags[index])) throw new S3Error(400, "InvalidPart");
    if (chosen.slice(0, -1).some((part) => part.length < SMALLEST_PART))
      throw new S3Error(400, "EntityTooSmall");
    if (named.some((number, index) => index > 0 && number <= (named[index - 1] ?? 0)))
      throw new S3Error(400, "InvalidPartOrder");
    this.#begun.delete(query.get("uploadId") ?? "");
    this.#objects.set(key, { bytes: Buffer.concat(chosen), modifiedAt: new Date(), metadata: {} });
    return xmlAnswer("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>");
  }

  #listBegun(query: URLSearchParams): Answer {
    const uploads = [...this.#begun].filter(([, { key }]) => key.startsWith(query.get("prefix") ?? ""));
    const listed = uploads.map(
      ([id, { key, startedAt }]) =>
        `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${startedAt.toISOString()}</Initiated></Upload>`,
    );
    return xmlAnswer(
      `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${listed.join("")}</ListMultipartUploadsResult>`,
    );
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

function operationOf(method: string, query: URLSearchParams, key: string): string {
  const isUpload = query.has("uploadId");
  const operations: Readonly<Record<string, string>> = {
    GET: key ? "GetObject" : query.has("uploads") ? "ListMultipartUploads" : "ListObjectsV2",
    HEAD: "HeadObject",
    PUT: isUpload ? "UploadPart" : "PutObject",
    POST: query.has("delete")
      ? "DeleteObjects"
      : isUpload
        ? "CompleteMultipartUpload"
        : "CreateMultipartUpload",
    DELETE: isUpload ? "AbortMultipartUpload" : "DeleteObject",
  };
  return operations[method] ?? method;
}

function etagOf(bytes: Buffer): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

function xmlAnswer(xml: string): Answer {
  return { status: 200, headers: { "Content-Type": "application/xml" }, body: Buffer.from(xml) };
}

function readAnswer({ bytes, modifiedAt, metadata }: Stored, range: string | undefined): Answer {
  const headers = { ETag: etagOf(bytes), "Last-Modified": modifiedAt.toUTCString(), ...metadata };
  if (range === undefined) return { status: 200, headers, body: bytes };
  const [, first = "", last = ""] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
  if (first === "" || Number(first) >= bytes.length) throw new S3Error(416, "InvalidRange");
  const body = bytes.subarray(Number(first), Number(last) + 1);
  const place = `bytes ${first}-${Number(first) + body.length - 1}/${bytes.length}`;
  return { status: 206, headers: { ...headers, "Content-Range": place }, body };
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Answer,
  { cutAfterBytes, silentAfterBytes }: S3Trouble,
): Promise<void> {
  response.writeHead(status, { ...headers, "Content-Length": body.length });
  if (request.method === "HEAD") return void response.end();
  const stop = cutAfterBytes ?? silentAfterBytes;
  if (stop === undefined) return void response.end(body);
  await new Promise((resolve) => response.write(body.subarray(0, stop), resolve));
  if (cutAfterBytes !== undefined) response.destroy();
}
