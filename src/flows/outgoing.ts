/**
 * The one way out to an address that a caller chose (docs/security.md "Outgoing calls"). Whoever may say where the gateway
 * goes would otherwise reach what only the gateway can: its neighbours, its own loopback, its cloud's metadata. So a host is
 * resolved here, each of its addresses must be public, and the connection goes to exactly those: a name that resolves
 * to something else a moment later changes nothing.
 */
import { lookup as systemLookup } from "node:dns/promises";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { pipeline, Transform, type TransformCallback } from "node:stream";
import { Fault } from "../core/faults.ts";
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
}

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
  };
}

async function get(options: OutgoingOptions, written: string, wanted: Wanted): Promise<Fetched> {
  let url = requireSuitable(options, written);
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await ask(options, url, await addressesOf(options, url), wanted);
    const location = response.headers.location;
    if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined)
      return accept(options, url, response, wanted);
    response.destroy();
    const next = requireSuitable(options, URL.canParse(location, url) ? new URL(location, url).href : "");
    // What the operator vouches for is vouched for by its own address, not by whoever points there.
    if (isTrusted(options, next) && next.origin !== url.origin)
      throw refused("it redirects to an address inside");
    if (url.protocol === "https:" && next.protocol !== "https:")
      throw refused("it redirects from https to http");
    url = next;
  }
  throw refused(`it redirects more than ${MOST_REDIRECTS} times`);
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
  const request = url.protocol === "https:" ? secureRequest : plainRequest;
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      // A connection of its own, which nobody has opened by other rules.
      agent: false,
      lookup: pinnedTo(addresses),
      headers: { accept: types.join(", "), "accept-encoding": "identity", "user-agent": "tallygate" },
      signal: AbortSignal.any([
        AbortSignal.timeout((options.wholeSeconds ?? 3600) * 1000),
        ...(signal ? [signal] : []),
      ]),
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

function tooLarge({ mostBytes }: Wanted): Fault {
  return new Fault("body_too_large", `What is at that address has more than ${mostBytes} bytes.`);
}
