/**
 * The HTTP client that ltijs is given in place of its own: the few calls of `got` that it makes, each through the guards of
 * `outgoing.ts`. So wherever an answer leads (next pages, line items, redirects), it is checked as the first address was;
 * and outside of a call that began here nothing can be fetched at all.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { nextLinkOf } from "../../../core/lti/linkHeader.ts";
import { wellFormed } from "../../../core/text.ts";
import type { Answered, Outgoing } from "../../outgoing.ts";

/** The platform's, not ours: what it answered, or why it can't be asked, in words for administrators. */
export class ServiceProblem extends Error {
  override readonly name = "ServiceProblem";
  /** Null: nothing was answered. */
  readonly status_code: number | null;
  /** As sent: seconds or a date. */
  readonly retry_after: string | null;

  constructor(words: string, status_code: number | null = null, retry_after: string | null = null) {
    super(words);
    this.status_code = status_code;
    this.retry_after = retry_after;
  }
}

export interface Listening {
  /** Answers that are there already, by URL: nobody is asked. */
  readonly known?: ReadonlyMap<string, string>;
  /** Is told the JSON that is answered. */
  readonly heard?: (body: unknown) => void;
}

interface Running extends Listening {
  readonly outgoing: Outgoing;
  readonly signal: AbortSignal;
}

const running = new AsyncLocalStorage<Running>();
let runningCalls = 0;

const ANSWER_SECONDS = 20;
const CALL_SECONDS = 45;
/** A page of some thousand members. */
const MOST_BYTES = 4 * 1024 * 1024;

/** A call of ltijs, whatever becomes of it: no longer than its time, and each failure a `ServiceProblem`. */
export async function callService<Result>(
  outgoing: Outgoing,
  work: () => Promise<Result>,
  listening: Listening = {},
): Promise<Result> {
  const signal = AbortSignal.timeout(CALL_SECONDS * 1000);
  const late = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(new ServiceProblem("it did not answer in time")));
  });
  runningCalls++;
  try {
    return await Promise.race([running.run({ ...listening, outgoing, signal }, work), late]);
  } catch (error) {
    if (error instanceof ServiceProblem) throw error;
    // Where ltijs stumbles over what it was answered.
    throw Object.assign(new ServiceProblem("its answer is not what the specification says"), {
      cause: error,
    });
  } finally {
    runningCalls--;
    // As long as it may be asked for, every promise of the whole process carries it along: a twentieth of what a launch costs.
    if (runningCalls === 0) running.disable();
  }
}

interface ServiceRequest {
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly searchParams?: URLSearchParams;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
}

interface ServiceResponse {
  /** All that ltijs looks at. */
  readonly headers: { readonly link?: string };
  readonly body: string;
}

type Pending = Promise<ServiceResponse> & { json(): Promise<unknown> };

const METHODS = { get: "GET", post: "POST", put: "PUT", delete: "DELETE" } as const;
type Method = (typeof METHODS)[keyof typeof METHODS];

export const SERVICE_HTTP = Object.fromEntries(
  Object.entries(METHODS).map(([name, method]) => [
    name,
    (url: string, request: ServiceRequest = {}) => pending(send(method, url, request)),
  ]),
);

function pending(answer: Promise<ServiceResponse>): Pending {
  const json = async () => {
    const body = JSON.parse((await answer).body) as unknown;
    running.getStore()?.heard?.(body);
    return body;
  };
  return Object.assign(answer, { json });
}

async function send(method: Method, written: string, request: ServiceRequest): Promise<ServiceResponse> {
  const call = running.getStore();
  if (!call) throw new Error("A service was asked outside of a call");
  const url = withQuery(written, request.searchParams);
  const known = call.known?.get(url);
  if (known !== undefined) return { headers: {}, body: known };
  const answered = await call.outgoing.exchange(url, {
    method,
    ...contentOf(request),
    seconds: ANSWER_SECONDS,
    mostBytes: MOST_BYTES,
    signal: call.signal,
  });
  return requireSuccess(answered);
}

/** Added to what stands in the address: it tells whose members are meant, say. */
function withQuery(written: string, parameters: URLSearchParams | undefined): string {
  if (!parameters || !URL.canParse(written)) return written;
  const url = new URL(written);
  for (const [name, value] of parameters) url.searchParams.append(name, value);
  return url.href;
}

function contentOf({ headers = {}, json, form }: ServiceRequest) {
  const sent = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (json !== undefined)
    return { headers: { "content-type": "application/json", ...sent }, body: JSON.stringify(json) };
  if (form === undefined) return { headers: sent };
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return { headers: { ...type, ...sent }, body: new URLSearchParams(form).toString() };
}

function requireSuccess(answered: Answered): ServiceResponse {
  if ("problem" in answered) throw new ServiceProblem(answered.problem);
  const { status_code, headers, text, url } = answered;
  if (status_code < 200 || status_code >= 300)
    throw new ServiceProblem(wordsOf(status_code, text), status_code, headers["retry-after"] ?? null);
  const next = nextLinkOf(String(headers["link"] ?? ""));
  return { headers: next === null ? {} : { link: nextPageLink(next, url) }, body: text };
}

/** What reads `Link` for ltijs passes over a longer one, as if it were not there. */
const LONGEST_NEXT = 1900;

/**
 * Ours, in place of what the platform wrote: what reads it for ltijs takes minutes for some that fit in 500 characters.
 * One that can't be asked is a problem and no last page: whoever is not on a list that was read to its end has left.
 */
function nextPageLink(written: string, page: URL): string {
  const next = URL.canParse(written, page) ? new URL(written, page) : null;
  if (!next || !/^https?:$/.test(next.protocol) || next.href.length > LONGEST_NEXT)
    throw new ServiceProblem("the address of its next page is none that can be asked");
  return `<${next.href}>; rel="next"`;
}

const MOST_WORDS = 300;

/** What the platform itself says is the best hint there is: the error of RFC 6749 and 7591, or of JSON answers at large. */
export function wordsOf(status_code: number, text: string): string {
  const said = saidIn(text);
  return `it answers with status ${status_code}${said ? `: ${said}` : ""}`;
}

function saidIn(text: string): string {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return "";
  }
  if (typeof answer !== "object" || answer === null) return "";
  const { error, error_description, message } = answer as Record<string, unknown>;
  const words = [error, error_description, message]
    .filter((one): one is string => typeof one === "string" && one !== "")
    .join(", ")
    .replace(/\p{Cc}+/gu, " ");
  return wellFormed(words.slice(0, MOST_WORDS));
}
