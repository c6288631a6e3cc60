/** The practice platform by LTI 1.1: launches signed as any consumer signs them, and grades that must be signed too. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { bodyHash, encoded, signatureOf } from "../../../src/edges/practicePlatform/oauth1.ts";
import type { LaunchForm, Learner, Link } from "../../../src/edges/practicePlatform/platformTypes.ts";
import { signedForm } from "../../support/lti/consumer.ts";
import { ask, type RunningPlatform, startPlatform } from "../../support/practicePlatform.ts";

const CONSUMER = { key: "the key", secret: "a secret & more" };
const TOOL_LINK = "https://tool.example/links/fire?kept=yes";

let platform: RunningPlatform;
let link: Link;
let anna: Learner;
let form: LaunchForm;

beforeAll(async () => {
  platform = await startPlatform();
});

afterAll(() => platform.stop());

beforeEach(async () => {
  await platform.do("/forget-everything");
  link = await platform.do<Link>("/links", { title: "Fire drill", url: TOOL_LINK, ...CONSUMER });
  anna = (await platform.state()).learners[0] as Learner;
  form = await platform.launch({ link_id: link.link_id, user_id: anna.user_id });
});

test("a launch is signed as another implementation signs it", () => {
  const { oauth_signature, ...fields } = form.fields;
  const at = new Date(Number(fields["oauth_timestamp"]) * 1000);
  const own = Object.entries(fields).filter(([name]) => !/^oauth_/.test(name));
  const body = signedForm({ consumer_key: CONSUMER.key, secret: CONSUMER.secret }, TOOL_LINK, own, {
    at,
    nonce: fields["oauth_nonce"] ?? "",
  });
  expect(new URLSearchParams(body).get("oauth_signature")).toBe(oauth_signature);
});

test("a launch says who, what, and where the grade goes", () => {
  expect(form).toMatchObject({
    method: "POST",
    action: TOOL_LINK,
    fields: {
      lti_version: "LTI-1p0",
      user_id: anna.former_user_id,
      lis_person_name_full: "Anna Berg",
      resource_link_id: link.link_id,
      lis_outcome_service_url: `${platform.origin}/outcomes`,
    },
  });
});

const escaped = (text: string) => text.replace(/[<&]/g, (one) => `&#${one.charCodeAt(0)};`);

function message(operation: string, grade: string | null, sourcedId = ""): string {
  const result =
    grade === null
      ? ""
      : `<result><resultScore><language>en</language><textString>${grade}</textString></resultScore></result>`;
  return `<?xml version="1.0" encoding="UTF-8"?><imsx_POXEnvelopeRequest xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0"><imsx_POXHeader><imsx_POXRequestHeaderInfo><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>${randomUUID()}</imsx_messageIdentifier></imsx_POXRequestHeaderInfo></imsx_POXHeader><imsx_POXBody><${operation}Request><resultRecord><sourcedGUID><sourcedId>${escaped(sourcedId || (form.fields["lis_result_sourcedid"] ?? ""))}</sourcedId></sourcedGUID>${result}</resultRecord></${operation}Request></imsx_POXBody></imsx_POXEnvelopeRequest>`;
}

function authorizationFor(body: string, change: Record<string, string> = {}): string {
  const parameters: Record<string, string> = {
    oauth_consumer_key: CONSUMER.key,
    oauth_nonce: randomUUID(),
    oauth_signature_method: "HMAC-SHA1",
    oauth_timestamp: String(Math.floor(Date.now() / 1000)),
    oauth_version: "1.0",
    oauth_body_hash: bodyHash(body),
    ...change,
  };
  const oauth_signature = signatureOf("POST", `${platform.origin}/outcomes`, parameters, CONSUMER.secret);
  const pairs = Object.entries({ oauth_signature, ...parameters });
  return `OAuth ${pairs.map(([name, value]) => `${name}="${encoded(value)}"`).join(", ")}`;
}

function send(body: string, authorization = authorizationFor(body)) {
  return ask<string>(`${platform.origin}/outcomes`, {
    text: body,
    headers: { "content-type": "application/xml", authorization },
  });
}

describe("a grade", () => {
  test("stands in the column of the link, can be read, and taken back", async () => {
    expect((await send(message("replaceResult", "0.85"))).body).toContain("<imsx_codeMajor>success<");
    expect((await platform.state()).scores).toMatchObject([{ user_id: anna.user_id, score_given: 0.85 }]);
    expect((await send(message("readResult", null))).body).toContain("<textString>0.85<");
    await send(message("deleteResult", null));
    expect((await platform.state()).scores).toEqual([]);
  });

  test.each([
    ["over one", "85"],
    ["below nothing", "-0.1"],
    ["that is no number", "good"],
  ])("%s is a failure, said in an answer of its own", async (_name, grade) => {
    const { status, body } = await send(message("replaceResult", grade));
    expect([status, body]).toEqual([200, expect.stringContaining("<imsx_codeMajor>failure<")]);
    expect((await platform.state()).scores).toEqual([]);
  });

  test("of a result that is none is a failure", async () => {
    const { body } = await send(message("replaceResult", "1", "made up"));
    expect(body).toContain("<imsx_codeMajor>failure<");
  });

  test.each([
    ["of another body", { oauth_body_hash: bodyHash("another") }],
    ["of another key", { oauth_consumer_key: "another" }],
    ["of an hour ago", { oauth_timestamp: String(Math.floor(Date.now() / 1000) - 3600) }],
  ])("signed with the hash, key or time %s is refused", async (_name, change) => {
    const body = message("replaceResult", "1");
    expect((await send(body, authorizationFor(body, change))).status).toBe(401);
  });

  test("sent twice counts once", async () => {
    const body = message("replaceResult", "1");
    const authorization = authorizationFor(body);
    expect((await send(body, authorization)).status).toBe(200);
    expect((await send(body, authorization)).status).toBe(401);
    expect((await platform.state()).scores).toHaveLength(1);
  });
});
