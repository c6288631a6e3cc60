/**
 * An LTI 1.1 platform in a test: signs launches as RFC 5849 says, and takes the grades that come back (Basic Outcomes). Written
 * without the gateway's own code, so that a mistake there is none here.
 *
 *     const consumer = { consumer_key, secret };
 *     const body = signedLaunch(consumer, link, { user_id: "ana" }, { at: gateway.clock.now() });
 *     await request(gateway.app()).post(new URL(link).pathname).set("Host", "localhost:8080").type("form").send(body);
 */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseStringPromise } from "xml2js";

export interface Lti11Credentials {
  readonly consumer_key: string;
  readonly secret: string;
}

/** What an ordinary launch of a learner says; what is given stands instead, and `undefined` leaves a field out. */
export type LaunchFields = Readonly<Record<string, string | undefined>>;

export interface SigningWishes {
  readonly at: Date;
  readonly nonce?: string;
  readonly method?: "HMAC-SHA1" | "HMAC-SHA256";
}

const ORDINARY: LaunchFields = {
  lti_message_type: "basic-lti-launch-request",
  lti_version: "LTI-1p0",
  resource_link_id: "link-1",
  resource_link_title: "Kitchen safety",
  context_id: "course-1",
  context_title: "Induction",
  user_id: "ana",
  roles: "Learner",
  lis_person_name_full: "Ana Diaz",
  lis_person_contact_email_primary: "ana@school.example",
  tool_consumer_instance_guid: "school.example",
  launch_presentation_locale: "en-US",
  launch_presentation_document_target: "iframe",
};

/** @returns The body of the form that the learner's browser posts to `url`. */
export function signedLaunch(
  by: Lti11Credentials,
  url: string,
  fields: LaunchFields,
  wishes: SigningWishes,
): string {
  const named = Object.entries({ ...ORDINARY, ...fields }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return signedForm(by, url, named, wishes);
}

/** The same with each name as often as it is given. */
export function signedForm(
  { consumer_key, secret }: Lti11Credentials,
  url: string,
  fields: readonly (readonly [string, string])[],
  { at, nonce = randomBytes(12).toString("hex"), method = "HMAC-SHA1" }: SigningWishes,
): string {
  const all = [
    ...fields,
    ["oauth_callback", "about:blank"],
    ["oauth_consumer_key", consumer_key],
    ["oauth_nonce", nonce],
    ["oauth_signature_method", method],
    ["oauth_timestamp", String(Math.floor(at.getTime() / 1000))],
    ["oauth_version", "1.0"],
  ] as const;
  const signature = sign(method, secret, baseString(url, all));
  return formOf([...all, ["oauth_signature", signature]]);
}

/** `application/x-www-form-urlencoded`, as browsers send it. */
export function formOf(fields: readonly (readonly [string, string])[]): string {
  return fields.map(([name, value]) => `${browserEncoded(name)}=${browserEncoded(value)}`).join("&");
}

function baseString(url: string, fields: readonly (readonly [string, string])[]): string {
  const { protocol, host, pathname, searchParams } = new URL(url);
  const pairs = [...fields, ...searchParams].map(([name, value]) => [escaped(name), escaped(value)] as const);
  const sorted = pairs.sort(([a, x], [b, y]) =>
    Buffer.compare(Buffer.from(`${a}\0${x}`), Buffer.from(`${b}\0${y}`)),
  );
  const listed = sorted.map((pair) => pair.join("=")).join("&");
  return ["POST", `${protocol}//${host}${pathname}`, listed].map((part) => escaped(part)).join("&");
}

function sign(method: string, secret: string, text: string): string {
  return createHmac(method === "HMAC-SHA256" ? "sha256" : "sha1", `${escaped(secret)}&`)
    .update(text)
    .digest("base64");
}

/** RFC 5849 §3.6, byte by byte. */
function escaped(text: string): string {
  return [...Buffer.from(text, "utf8")]
    .map((byte) => {
      const letter = String.fromCharCode(byte);
      return /[A-Za-z0-9._~-]/.test(letter) ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

function browserEncoded(text: string): string {
  return new URLSearchParams([["", text]]).toString().slice(1);
}

/** What the platform answers to a grade. */
export type OutcomeAnswer =
  | "success"
  | "processing"
  | "failure"
  | "unsupported"
  | { readonly status: number };

export interface TakenScore {
  readonly sourcedid: string;
  /** As written. */
  readonly score: string;
  readonly message_id: string;
}

export interface OutcomesPlatform {
  /** Where its `lis_outcome_service_url` points. */
  readonly url: string;
  readonly origin: string;
  /** In the order in which they came; signed rightly, all of them. */
  readonly taken: readonly TakenScore[];
  /** What was refused, and why. */
  readonly refused: readonly string[];
  /** What it answers from now on, instead of `success`. */
  answer(with_: OutcomeAnswer): void;
  /** Sends this text as it is from now on. */
  answerText(text: string): void;
  /** As at first: nothing taken, nothing refused, and success for what comes. */
  reset(): void;
  close(): Promise<void>;
}

/** The gradebook of an LTI 1.1 platform, over HTTP on this machine. @param credentials What it believes at the time. */
export async function startOutcomes(credentials: () => Lti11Credentials): Promise<OutcomesPlatform> {
  const taken: TakenScore[] = [];
  const refused: string[] = [];
  let answer: OutcomeAnswer = "success";
  let text: string | null = null;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const url = `http://${request.headers.host}${request.url}`;
    const wrong = wrongWith(credentials(), url, String(request.headers.authorization ?? ""), body);
    if (wrong) refused.push(wrong);
    if (typeof answer === "object" || wrong) {
      response.writeHead(wrong ? 401 : (answer as { status: number }).status).end();
      return;
    }
    const read = await readResult(body.toString("utf8"));
    if (answer === "success") taken.push(read);
    response
      .writeHead(200, { "content-type": "application/xml" })
      .end(text ?? envelope(answer, read.message_id));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/outcomes?course=7`,
    origin,
    taken,
    refused,
    answer: (with_) => {
      answer = with_;
      text = null;
    },
    answerText: (as) => {
      text = as;
    },
    reset: () => {
      [taken.length, refused.length, answer, text] = [0, 0, "success", null];
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Why the platform does not believe who sent it, or null. */
function wrongWith(by: Lti11Credentials, url: string, header: string, body: Buffer): string | null {
  const given = [...header.matchAll(/([a-z_]+)="([^"]*)"/g)].map(
    ([, name = "", value = ""]) => [name, decodeURIComponent(value)] as const,
  );
  const of = new Map(given);
  if (of.get("oauth_consumer_key") !== by.consumer_key) return "oauth_consumer_key";
  if (of.get("oauth_body_hash") !== createHash("sha1").update(body).digest("base64"))
    return "oauth_body_hash";
  const signed = given.filter(([name]) => name !== "oauth_signature" && name !== "realm");
  const right = sign(of.get("oauth_signature_method") ?? "", by.secret, baseString(url, signed));
  return of.get("oauth_signature") === right ? null : "oauth_signature";
}

interface PoxRequest {
  readonly imsx_POXEnvelopeRequest: {
    readonly imsx_POXHeader: {
      readonly imsx_POXRequestHeaderInfo: { readonly imsx_messageIdentifier: string };
    };
    readonly imsx_POXBody: {
      readonly replaceResultRequest: {
        readonly resultRecord: {
          readonly sourcedGUID: { readonly sourcedId: string };
          readonly result: { readonly resultScore: { readonly textString: string } };
        };
      };
    };
  };
}

async function readResult(xml: string): Promise<TakenScore> {
  const { imsx_POXEnvelopeRequest: envelope } = (await parseStringPromise(xml, {
    explicitArray: false,
  })) as PoxRequest;
  const { resultRecord } = envelope.imsx_POXBody.replaceResultRequest;
  return {
    sourcedid: resultRecord.sourcedGUID.sourcedId,
    score: resultRecord.result.resultScore.textString,
    message_id: envelope.imsx_POXHeader.imsx_POXRequestHeaderInfo.imsx_messageIdentifier,
  };
}

function envelope(codeMajor: string, messageId: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeResponse xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0">
  <imsx_POXHeader><imsx_POXResponseHeaderInfo>
    <imsx_version>V1.0</imsx_version>
    <imsx_messageIdentifier>answer-to-${messageId}</imsx_messageIdentifier>
    <imsx_statusInfo>
      <imsx_codeMajor>${codeMajor}</imsx_codeMajor><imsx_severity>status</imsx_severity>
      <imsx_description>The gradebook says ${codeMajor}</imsx_description>
      <imsx_messageRefIdentifier>${messageId}</imsx_messageRefIdentifier>
      <imsx_operationRefIdentifier>replaceResult</imsx_operationRefIdentifier>
    </imsx_statusInfo>
  </imsx_POXResponseHeaderInfo></imsx_POXHeader>
  <imsx_POXBody><replaceResultResponse/></imsx_POXBody>
</imsx_POXEnvelopeResponse>`;
}
