/** Tells a gradebook a score by Basic Outcomes (LTI 1.1): a small XML message, signed with the delivery's secret. */
import { parseStringPromise, processors } from "xml2js";
import { Fault } from "../../../core/faults.ts";
import { fractionOf, replaceResultXml } from "../../../core/lti/outcomes11.ts";
import { webUrlOf } from "../../../core/lti/returnUrl.ts";
import { secondsToWait } from "../../../core/retryAfter.ts";
import { wellFormed } from "../../../core/text.ts";
import type { DueTarget } from "../../../store/lti/gradeOutbox.ts";
import type { Context } from "../../context.ts";
import type { Answered } from "../../outgoing.ts";
import { signedBodyHeader } from "../oauth1Signatures.ts";
import { outgoingToPlatforms } from "../platformOutgoing.ts";
import { blameOf, failed, type GradeOutcome, type GradeToTell } from "./port.ts";

const ANSWER_SECONDS = 10;
const MOST_BYTES = 64 * 1024;
const LONGEST_WORDS = 200;
const LONGEST_CODE = 50;

/** As `GradeService` says: never throws for what the platform does. */
export async function deliverOutcome(
  context: Context,
  target: DueTarget,
  grade: GradeToTell,
  stopping?: AbortSignal,
): Promise<GradeOutcome> {
  const url = webUrlOf(target.outcome_url);
  const score = fractionOf(grade.message);
  if (url === null || score === null)
    return failed("grade", "the platform named no place for it, or it is no score");
  const body = replaceResultXml({
    message_id: `${target.id}-${grade.timestamp.getTime()}`,
    result_sourcedid: target.result_sourcedid ?? "",
    score,
  });
  return tell({ context, target, url: new URL(url), body, stopping });
}

interface Sending {
  readonly context: Context;
  readonly target: DueTarget;
  readonly url: URL;
  readonly body: string;
  readonly stopping: AbortSignal | undefined;
}

interface Tried {
  readonly outcome: GradeOutcome;
  /** LMSs that do not believe a signature say so in as many ways as there are LMSs. */
  readonly may_be_the_secret: boolean;
}

/**
 * While a secret is being changed nobody here knows which one the LMS has by now: where the newest is not taken, the one before it
 * is tried.
 */
async function tell(sending: Sending): Promise<GradeOutcome> {
  const key = await sending.context.lti.lti11Keys.find(sending.target.consumer_key ?? "");
  let first: GradeOutcome | null = null;
  for (const { secret } of key?.secrets ?? []) {
    const { outcome, may_be_the_secret } = await tellWith(sending, secret);
    if (outcome.type === "told") return outcome;
    first ??= outcome;
    if (!may_be_the_secret) break;
  }
  return first ?? failed("platform", "every secret of the consumer key has ended: the LMS needs a new one");
}

async function tellWith(sending: Sending, secret: string): Promise<Tried> {
  const authorization = authorizationFor(sending, secret);
  if (authorization === null) return definitely(failed("grade", "its address can't be signed"));
  const { context, url, body, stopping } = sending;
  const answered = await outgoingToPlatforms(context).exchange(url.href, {
    method: "POST",
    headers: { authorization, "content-type": "application/xml" },
    body,
    seconds: ANSWER_SECONDS,
    mostBytes: MOST_BYTES,
    ...(stopping ? { signal: stopping } : {}),
  });
  return judge(context, answered);
}

/** Null for an address whose query is none: a platform's mistake, and no reason to stop telling others. */
function authorizationFor({ context, target, url, body }: Sending, secret: string): string | null {
  const { clock, newSecret } = context.deps;
  const by = { consumer_key: target.consumer_key ?? "", secret };
  try {
    return signedBodyHeader({ url, body, ...by, nonce: newSecret(16), at: clock.now() });
  } catch (error) {
    if (error instanceof Fault) return null;
    throw error;
  }
}

async function judge({ deps }: Context, answered: Answered): Promise<Tried> {
  if ("problem" in answered) return definitely(failed("platform", answered.problem));
  const { status_code, headers, text } = answered;
  const status = await readStatus(text);
  if (status_code < 200 || status_code > 299) {
    const wished = secondsToWait(headers["retry-after"] ?? null, deps.clock.now());
    const said = status?.description ? `: ${status.description}` : "";
    const outcome = failed(blameOf(status_code), `it answers with status ${status_code}${said}`, wished);
    return { outcome, may_be_the_secret: status_code >= 400 && status_code < 500 && status_code !== 429 };
  }
  if (!status) return definitely(failed("grade", "its answer is none that Basic Outcomes know"));
  switch (status.code) {
    case "success":
      return definitely({ type: "told" });
    case "processing":
      return definitely({ type: "told", remark: "the gradebook has it, and is still at work on it" });
    case "unsupported":
      return definitely(failed("grade", "the gradebook does not take scores from outside (unsupported)"));
    default:
      return { outcome: failed("grade", inWords(status)), may_be_the_secret: true };
  }
}

function inWords({ code, description }: Status): string {
  return `the gradebook says ${code}${description ? `: ${description}` : ""}`;
}

function definitely(outcome: GradeOutcome): Tried {
  return { outcome, may_be_the_secret: false };
}

interface Status {
  /** `imsx_codeMajor`, in small letters. */
  readonly code: string;
  readonly description: string;
}

/** Null for what is no such answer. It needs no document type, and gets none: that is how XML grows without end. */
async function readStatus(xml: string): Promise<Status | null> {
  if (/<!\s*(DOCTYPE|ENTITY)/i.test(xml)) return null;
  const parsed: unknown = await parseStringPromise(xml, {
    explicitArray: false,
    ignoreAttrs: true,
    tagNameProcessors: [processors.stripPrefix],
  }).catch(() => null);
  const header = within(parsed, "imsx_POXEnvelopeResponse", "imsx_POXHeader", "imsx_POXResponseHeaderInfo");
  const status = within(header, "imsx_statusInfo");
  const [code, description] = [within(status, "imsx_codeMajor"), within(status, "imsx_description")];
  if (typeof code !== "string" || code.length > LONGEST_CODE) return null;
  return { code: code.trim().toLowerCase(), description: shortened(description) };
}

/** What an element of elements holds under these names, one in the other. */
function within(element: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (outer, name) =>
      typeof outer === "object" && outer !== null && Object.hasOwn(outer, name)
        ? (outer as Record<string, unknown>)[name]
        : undefined,
    element,
  );
}

function shortened(text: unknown): string {
  if (typeof text !== "string") return "";
  return wellFormed(text.replace(/\s+/g, " ").trim()).slice(0, LONGEST_WORDS).toWellFormed();
}
