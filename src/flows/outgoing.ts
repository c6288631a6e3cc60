/**
 * The one way out to an address that a caller chose (docs/security.md "Outgoing calls"). Whoever may say where the gateway
 * goes would otherwise reach what only the gateway can: its neighbours, its own loopback, its cloud's metadata. So a host is
 * resolved here, each of its addresses must be public, and the connection goes to exactly those: a name that resolves
 * to something else a moment later changes nothing.
 */
import { Resolver, lookup as systemLookup } from "node:dns/promises";
import { type ClientRequest, type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { pipeline, Transform, type TransformCallback } from "node:stream";
import { Fault } from "../core/faults.ts";
import { deadlineIn } from "./deadline.ts";
import { isPublicAddress } from "./publicAddresses.ts";

export interface Wanted {
  /** Content types, without parameters, that make sense here. */
  readonly types: readonly string[];
  readonly mostBytes: number;
  readonly signal?: AbortSignal;
}

export interface Fetched {
  /** Ends in a Fault where it grows too large, stalls, or takes too long. */
  readonly content: IncomingMessage | Transform;
  readonly content_type: string;
  /** Null where the sender does not say. */
  readonly total_bytes: number | null;
  /** After redirects. */
  readonly url: URL;
}

export interface Outgoing {
  /**
   * @throws Fault `source_url_refused`: not where the gateway goes; `source_unavailable`: nothing usable came;
   * `body_too_large`.
   */
  get(url: string, wanted: Wanted): Promise<Fetched>;
  /**
   * What the address itself tells, before anybody is asked.
   * @throws Fault `source_url_refused`.
   */
  requireSuitable(url: string): void;
  /** Sends and reads no more of the answer than its head; a redirect is not followed. Never throws. */
  post(url: string, posting: Posting): Promise<Posted>;
  /** Asks a service and reads its answer, whatever its status; only those who read are led elsewhere. Never throws. */
  exchange(url: string, asking: Asking): Promise<Answered>;
}

export interface Posting {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** For all of it, the name's resolution excepted. */
  readonly seconds: number;
  readonly signal?: AbortSignal;
}

export interface Asking {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For all of it, redirects too, the names' resolution excepted. */
  readonly seconds: number;
  /** Of the answer. */
  readonly mostBytes: number;
  readonly signal?: AbortSignal;
}

/** What was answered, and by whom in the end; or in words why nothing was. */
export type Answered =
  | {
      readonly status_code: number;
      readonly headers: IncomingMessage["headers"];
      readonly text: string;
      readonly url: URL;
    }
  | { readonly problem: string };

/** What was answered; or in words why nothing was. */
export type Posted =
  | { readonly status_code: number; readonly retry_after: string | null }
  | { readonly problem: string };

interface Address {
  readonly address: string;
  readonly family: number;
}

export interface OutgoingOptions {
  /** Origins that the operator vouches for: may be http, on any port and any address. */
  readonly trustedOrigins: readonly string[];
  readonly resolve?: (host: string) => Promise<readonly Address[]>;
  readonly answerSeconds?: number;
  readonly stallSeconds?: number;
  readonly wholeSeconds?: number;
}

const MOST_REDIRECTS = 5;
const LONGEST_URL = 2048;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export function createOutgoing(options: OutgoingOptions): Outgoing {
  return {
    get: (url, wanted) => get(options, url, wanted),
    requireSuitable: (url) => void requireSuitable(options, url),
    post: (url, posting) => post(options, url, posting),
    exchange: (url, asking) =>
      exchange(options, url, asking).catch((error) => ({ problem: problemOf(error) })),
  };
}

async function post(options: OutgoingOptions, written: string, posting: Posting): Promise<Posted> {
  try {
    const url = requireSuitable(options, written);
    const response = await send(url, await addressesAsked(options, url), { method: "POST", ...posting });
    const retry_after = response.headers["retry-after"] ?? null;
    discard(response);
    return { status_code: response.statusCode ?? 0, retry_after };
  } catch (error) {
    return { problem: problemOf(error) };
  }
}

async function exchange(options: OutgoingOptions, written: string, asking: Asking): Promise<Answered> {
  const { signal, end } = deadlineIn(asking.seconds * 1000, asking.signal);
  try {
    return await follow(options, written, { ...asking, signal });
  } catch (error) {
    return { problem: problemOf(signal.aborted ? signal.reason : error) };
  } finally {
    end();
  }
}

async function follow(options: OutgoingOptions, written: string, asking: Asking): Promise<Answered> {
  let url = requireSuitable(options, written);
  let { headers } = asking;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const sent = { ...asking, headers: { "accept-encoding": "identity", ...headers } };
    const response = await send(url, await addressesAsked(options, url), sent);
    const { location } = response.headers;
    if (asking.method !== "GET" || !REDIRECTS.has(response.statusCode ?? 0) || location === undefined)
      return read(url, response, asking.mostBytes);
    response.destroy();
    const next = redirected(options, url, location);
    // What proves us to one is nobody else's to see.
    if (next.origin !== url.origin) headers = without(headers, "authorization");
    url = next;
  }
  throw refused(`it redirects more than ${MOST_REDIRECTS} times`);
}

function without(headers: Asking["headers"], name: string): Asking["headers"] {
  return Object.fromEntries(Object.entries(headers).filter(([one]) => one.toLowerCase() !== name));
}

async function read(url: URL, response: IncomingMessage, mostBytes: number): Promise<Answered> {
  if ((response.headers["content-encoding"] ?? "identity") !== "identity")
    throw unavailable("its answer is encoded once more");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw tooLarge({ mostBytes });
    chunks.push(chunk);
  }
  const { statusCode = 0, headers } = response;
  return { status_code: statusCode, headers, text: Buffer.concat(chunks).toString("utf8"), url };
}

type Sending = Pick<Asking, "method" | "headers" | "body" | "seconds" | "signal">;

function send(url: URL, addresses: readonly Address[], sending: Sending): Promise<IncomingMessage> {
  const { headers, body } = sending;
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  return new Promise((resolve, reject) => {
    const sent = requestFrom(addresses, url, { ...sending, headers: { ...headers, ...length } });
    sent.once("error", reject);
    sent.once("response", resolve);
    sent.end(body);
  });
}

/** Over after its seconds or by the signal, its answer too. On a connection of its own, which nobody has opened by other rules. */
function requestFrom(addresses: readonly Address[], url: URL, sending: Sending): ClientRequest {
  const { method, headers, seconds } = sending;
  const request = url.protocol === "https:" ? secureRequest : plainRequest;
  const { signal, end } = deadlineIn(seconds * 1000, sending.signal);
  const lookup = pinnedTo(addresses);
  const sent = { ...headers, "user-agent": "tallygate" };
  return request(url, { method, agent: false, lookup, headers: sent, signal }).once("close", end);
}

/** Of a name that is asked for again and again. */
function addressesAsked(options: OutgoingOptions, url: URL): Promise<readonly Address[]> {
  const resolve = options.resolve ?? (isTrusted(options, url) ? undefined : askNameServers);
  return addressesOf(resolve ? { ...options, resolve } : options, url);
}

/**
 * The system's own look-up takes one of the process's few threads until it has an answer. Whoever owns a name can make that
 * slow, and is sent to again and again: so names of webhooks hold up no thread.
 */
async function askNameServers(host: string): Promise<readonly Address[]> {
  const resolver = new Resolver({ timeout: 3000, tries: 2 });
  const asked = [resolver.resolve4(host), resolver.resolve6(host)];
  const found = await Promise.all(asked.map((answer) => answer.catch(() => [])));
  return found.flat().map((address) => ({ address, family: isIP(address) }));
}

const MOST_DISCARDED_BYTES = 64 * 1024;

/** Read to its end where that is near: to be cut off looks like a fault to whoever answered well. */
function discard(response: IncomingMessage): void {
  let bytes = 0;
  response.on("error", () => undefined);
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MOST_DISCARDED_BYTES) response.destroy();
  });
}

/** For the administrators of who was sent to: nothing of what lies behind the address. */
function problemOf(error: unknown): string {
  if (error instanceof Fault) return error.message.replace(/^.*?: /, "");
  const { name = "", code } = error as { name?: string; code?: unknown };
  if (name === "AbortError" || name === "TimeoutError") return "it did not answer in time";
  return `it can't be reached${typeof code === "string" ? ` (${code})` : ""}`;
}

async function get(options: OutgoingOptions, written: string, wanted: Wanted): Promise<Fetched> {
  let url = requireSuitable(options, written);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await ask(options, url, await addressesOf(options, url), wanted);
    const location = response.headers.location;
    if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined)
      return accept(options, url, response, wanted);
    response.destroy();
    url = redirected(options, url, location);
  }
  throw refused(`it redirects more than ${MOST_REDIRECTS} times`);
}

function redirected(options: OutgoingOptions, url: URL, location: string): URL {
  const next = requireSuitable(options, URL.canParse(location, url) ? new URL(location, url).href : "");
  // What the operator vouches for is vouched for by its own address, not by whoever points there.
  if (isTrusted(options, next) && next.origin !== url.origin)
    throw refused("it redirects to an address inside");
  if (url.protocol === "https:" && next.protocol !== "https:")
    throw refused("it redirects from https to http");
  return next;
}

function readUrl(written: string): URL {
  if (written.length > LONGEST_URL || !URL.canParse(written))
    throw refused("expected a URL such as https://example.com/course.zip");
  const url = new URL(written);
  if (url.username !== "" || url.password !== "") throw refused("it holds a user name or a password");
  url.hash = "";
  return url;
}

function requireSuitable(options: OutgoingOptions, written: string): URL {
  const url = readUrl(written);
  if (isTrusted(options, url)) return url;
  if (url.protocol !== "https:") throw refused("expected https");
  if (url.port !== "") throw refused("expected the usual port");
  const host = hostOf(url);
  if (isIP(host) && !isPublicAddress(host)) throw refused("its host is not a public one");
  return url;
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

function isTrusted({ trustedOrigins }: OutgoingOptions, url: URL): boolean {
  return trustedOrigins.includes(url.origin);
}

/** The addresses to connect to. One that is not public spoils the rest: honest hosts have none. */
async function addressesOf(options: OutgoingOptions, url: URL): Promise<readonly Address[]> {
  const host = hostOf(url);
  const addresses = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolve(options, host);
  if (!isTrusted(options, url) && !addresses.every(({ address }) => isPublicAddress(address)))
    throw refused("its host is not a public one");
  return addresses;
}

async function resolve(options: OutgoingOptions, host: string): Promise<readonly Address[]> {
  const lookup = options.resolve ?? ((name: string) => systemLookup(name, { all: true, order: "verbatim" }));
  const addresses = await lookup(host).catch((error: unknown) => {
    throw unavailable("its host is not known", error);
  });
  if (addresses.length === 0) throw unavailable("its host is not known");
  return addresses;
}

function ask(
  options: OutgoingOptions,
  url: URL,
  addresses: readonly Address[],
  { types, signal }: Wanted,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = requestFrom(addresses, url, {
      method: "GET",
      headers: { accept: types.join(", "), "accept-encoding": "identity" },
      seconds: options.wholeSeconds ?? 3600,
      ...(signal ? { signal } : {}),
    });
    asked.setTimeout((options.answerSeconds ?? 15) * 1000, () =>
      asked.destroy(new Error("It did not answer")),
    );
    asked.once("error", (error) => reject(unavailable("it can't be reached, or does not answer", error)));
    asked.once("response", resolve);
    asked.end();
  });
}

/** In place of the resolver: whatever the name means by now, the connection goes where was looked. */
function pinnedTo(addresses: readonly Address[]): LookupFunction {
  return (_host, { all }, done) => {
    const [first] = addresses;
    if (all) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family ?? 0);
  };
}

function accept(options: OutgoingOptions, url: URL, response: IncomingMessage, wanted: Wanted): Fetched {
  const refuse = (fault: Fault): never => {
    response.destroy();
    throw fault;
  };
  if (response.statusCode !== 200) refuse(unavailable(`it answers with status ${response.statusCode}`));
  const content_type = (response.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (!wanted.types.includes(content_type))
    refuse(unavailable(`its content type is none of ${wanted.types.join(", ")}`));
  if ((response.headers["content-encoding"] ?? "identity") !== "identity")
    refuse(unavailable("it is encoded once more"));
  const length = response.headers["content-length"];
  const total_bytes = length === undefined ? null : Number(length);
  if (total_bytes !== null && total_bytes > wanted.mostBytes) refuse(tooLarge(wanted));
  response.setTimeout((options.stallSeconds ?? 30) * 1000, () => response.destroy(new Error("It stalled")));
  const content = pipeline(response, new Counted(wanted), () => undefined);
  return { content, content_type, total_bytes, url };
}

/** Lets through what was agreed on, and says what went wrong in our words. */
class Counted extends Transform {
  readonly #wanted: Wanted;
  #bytes = 0;

  constructor(wanted: Wanted) {
    super();
    this.#wanted = wanted;
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#wanted.mostBytes) done(tooLarge(this.#wanted));
    else done(null, chunk);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    done(error && inOurWords(error));
  }
}

function inOurWords(error: Error): Fault {
  return error instanceof Fault ? error : unavailable("it broke off", error);
}

/** What became of a content that ended before anybody read it, and so told nobody; null where nothing did. */
export function troubleOf({ content }: Pick<Fetched, "content">): Fault | null {
  return content.errored && inOurWords(content.errored);
}

function refused(why: string): Fault {
  return new Fault("source_url_refused", `The gateway does not fetch from that address: ${why}.`);
}

function unavailable(why: string, cause?: unknown): Fault {
  return new Fault("source_unavailable", `Nothing could be fetched from that address: ${why}.`, { cause });
}

function tooLarge({ mostBytes }: Pick<Wanted, "mostBytes">): Fault {
  return new Fault("body_too_large", `What is at that address has more than ${mostBytes} bytes.`);
}
