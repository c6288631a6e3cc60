/**
 * Speaks the REST API. What fails on the way is sent again, safely: every POST bears an Idempotency-Key of its own, so that
 * it is done once however often it arrives.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { basename } from "node:path";
import { Transform } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { exchange, type Sent, type Target, Unreachable } from "./http.ts";

/** What a gateway answered instead: problem+json. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

type Query = Readonly<Record<string, string | number | boolean | undefined>>;
type Json = Readonly<Record<string, unknown>>;

export interface ApiClient {
  get<Answer = Json>(path: string, query?: Query): Promise<Answer>;
  /** The newest of a list, a page at a time. */
  list<Item = Json>(path: string, query: Query, most: number): Promise<Item[]>;
  post<Answer = Json>(path: string, body?: object): Promise<Answer>;
  put<Answer = Json>(path: string, body: object): Promise<Answer>;
  patch<Answer = Json>(path: string, body: object): Promise<Answer>;
  delete<Answer = Json | null>(path: string): Promise<Answer>;
  /** Reads, changes and writes back; anew where somebody else changed it meanwhile. */
  edit<Answer = Json>(path: string, change: (current: Answer) => object): Promise<Answer>;
  /** @param progress Hears how many bytes are sent. */
  upload<Answer = Json>(
    path: string,
    query: Query,
    file: { readonly path: string; readonly type: string },
    progress: (sentBytes: number, totalBytes: number) => void,
  ): Promise<Answer>;
  /** @param out Undefined: as the gateway calls it, here. @returns Where it was written. */
  download(path: string, query: Query, out: string | undefined): Promise<string>;
}

export interface ClientOptions {
  /** Why it is done, for the audit log. */
  readonly why: string;
  /** A new Idempotency-Key. */
  newKey(): string;
}

const PAGE = 200;
const MOST_TRIES = 4;
const FIRST_WAIT_SECONDS = 0.5;
const LONGEST_WAIT_SECONDS = 30;
/** Busy, restarting, or a proxy in front says so. */
const TEMPORARY: readonly number[] = [429, 502, 503, 504];
const CHANGED_MEANWHILE = 412;

export function createApiClient(target: Target, { why, newKey }: ClientOptions): ApiClient {
  const reason = why === "" ? {} : { "audit-reason": encodeURIComponent(why) };
  const send = async (make: () => Sent): Promise<IncomingMessage> => {
    const answer = await tried(() => exchange(target, make()));
    const { statusCode: status = 0 } = answer;
    if (status >= 200 && status < 300) return answer;
    throw problemOf(status, await text(answer));
  };
  const sendJson = (method: string, path: string, body?: object, headers: Sent["headers"] = {}) => {
    const once: Sent["headers"] = method === "POST" ? { "idempotency-key": newKey() } : {};
    const typed: Sent["headers"] = body ? { "content-type": "application/json" } : {};
    const all = { ...headers, ...reason, ...once, ...typed };
    return send(() => ({ method, path: API + path, headers: all, body: body ? JSON.stringify(body) : null }));
  };
  const client: ApiClient = {
    get: async (path, query = {}) => readJson(await sendJson("GET", withQuery(path, query))),
    list: async <Item>(path: string, query: Query, most: number) => {
      const items: Item[] = [];
      for (let cursor: string | undefined; items.length < most; ) {
        const limit = Math.min(PAGE, most - items.length);
        const page = await client.get<Page<Item>>(path, { ...query, limit, cursor });
        items.push(...page.items);
        if (page.next_cursor === null) break;
        cursor = page.next_cursor;
      }
      return items;
    },
    post: async (path, body) => readJson(await sendJson("POST", path, body)),
    put: async (path, body) => readJson(await sendJson("PUT", path, body)),
    patch: async (path, body) => readJson(await sendJson("PATCH", path, body)),
    delete: async (path) => readJson(await sendJson("DELETE", path)),
    edit: async <Answer>(path: string, change: (current: Answer) => object) => {
      for (let attempt = 1; ; attempt++) {
        const answer = await sendJson("GET", path);
        const { etag = "*" } = answer.headers;
        const body = change(await readJson<Answer>(answer));
        try {
          return await readJson<Answer>(await sendJson("PATCH", path, body, { "if-match": etag }));
        } catch (error) {
          const isOvertaken = error instanceof ApiProblem && error.status === CHANGED_MEANWHILE;
          if (!isOvertaken || attempt === MOST_TRIES) throw error;
        }
      }
    },
    upload: async (path, query, file, progress) => {
      const { size } = await stat(file.path);
      const headers = {
        ...reason,
        "idempotency-key": newKey(),
        "content-type": file.type,
        "content-length": String(size),
      };
      const make = (): Sent => ({
        method: "POST",
        path: API + withQuery(path, query),
        headers,
        body: createReadStream(file.path).compose(counting((sent) => progress(sent, size))),
      });
      return readJson(await send(make));
    },
    download: async (path, query, out) => {
      const answer = await sendJson("GET", withQuery(path, query));
      const place = out ?? nameOf(answer);
      const draft = `${place}.part`;
      try {
        await pipeline(answer, createWriteStream(draft));
        await rename(draft, place);
      } catch (error) {
        await rm(draft, { force: true });
        if (!answer.complete) throw new Unreachable("The gateway broke off in the middle of the file.");
        throw error;
      }
      return place;
    },
  };
  return client;
}

const API = "/api/v1";

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

/** What is tried again does no harm: it was not answered, or the gateway asked for patience. */
async function tried(once: () => Promise<IncomingMessage>): Promise<IncomingMessage> {
  for (let attempt = 1; ; attempt++) {
    let wait = FIRST_WAIT_SECONDS * 2 ** (attempt - 1);
    try {
      const answer = await once();
      if (!TEMPORARY.includes(answer.statusCode ?? 0) || attempt === MOST_TRIES) return answer;
      wait = Math.max(wait, Math.min(LONGEST_WAIT_SECONDS, Number(answer.headers["retry-after"]) || 0));
      answer.resume();
    } catch (error) {
      if (attempt === MOST_TRIES) throw error;
    }
    await sleep(wait * 1000);
  }
}

function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

async function readJson<Answer>(answer: IncomingMessage): Promise<Answer> {
  const body = await text(answer);
  return (body === "" ? null : JSON.parse(body)) as Answer;
}

function problemOf(status: number, body: string): ApiProblem {
  const said = parse(body);
  const code = String(said["code"] ?? "");
  const detail = String(said["detail"] ?? `The gateway answered ${status}.`);
  const reference = status >= 500 && said["reference"] ? ` Reference: ${String(said["reference"])}` : "";
  return new ApiProblem(status, code, detail + reference);
}

/** What a proxy answers may be no JSON at all. */
function parse(body: string): Json {
  try {
    const said: unknown = JSON.parse(body);
    return typeof said === "object" && said !== null ? (said as Json) : {};
  } catch {
    return {};
  }
}

/** The file's name alone: never a path, whatever the gateway says. */
function nameOf(answer: IncomingMessage): string {
  const said = /filename\*=UTF-8''([^;]+)/i.exec(answer.headers["content-disposition"] ?? "")?.[1];
  return basename(said === undefined ? "" : decodeURIComponent(said)) || "download";
}

function counting(count: (bytes: number) => void): Transform {
  let bytes = 0;
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      bytes += chunk.length;
      count(bytes);
      done(null, chunk);
    },
  });
}
