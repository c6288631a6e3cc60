/** Basic Outcomes (LTI 1.1 §6): grades come as signed XML messages. Read by patterns: the messages are few and small. */
import { sourcedIdOf } from "./launch11.ts";
import { bodyHash, equal, type Parameters, readAuthorization, signatureOf } from "./oauth1.ts";
import type { Parts } from "./parts.ts";
import type { Learner, LineItem, Score } from "./platformTypes.ts";
import { Refusal } from "./refusal.ts";
import { lastScore } from "./scores.ts";
import { requireUnseen } from "./seen.ts";

const OPERATIONS = ["replaceResult", "readResult", "deleteResult"] as const;
type Operation = (typeof OPERATIONS)[number];
const WINDOW_SECONDS = 300;
const GRADE = /^(?:0(?:\.\d+)?|1(?:\.0+)?)$/;

/** @returns The answer's XML. @throws Refusal where it is not signed as it must be. */
export async function takeOutcome(
  parts: Parts,
  authorization: string | undefined,
  body: string,
): Promise<string> {
  if (parts.shelf.kept.faults.refuses_scores)
    throw new Refusal(500, "told_to_fail", "This platform was told to fail.");
  const key = await requireSigned(parts, authorization, body);
  const operation = OPERATIONS.find((one) => body.includes(`<${one}Request>`));
  const message_id = textOf(body, "imsx_messageIdentifier") ?? "";
  if (operation === undefined || message_id === "")
    return answer(parts, "failure", "The message is none of the known ones.", message_id, "", "");
  const result = resultOf(parts, key, textOf(body, "sourcedId") ?? "");
  if (result === null)
    return answer(parts, "failure", "No result of this key has this sourcedId.", message_id, operation, "");
  return act(parts, operation, body, message_id, result);
}

async function requireSigned(parts: Parts, authorization: string | undefined, body: string): Promise<string> {
  const refuse = (why: string) => new Refusal(401, "unauthorized", why);
  const sent: Parameters = readAuthorization(authorization) ?? {};
  const consumer = parts.shelf.kept.consumers.find(({ key }) => key === sent["oauth_consumer_key"]);
  if (consumer === undefined) throw refuse("oauth_consumer_key: found none that this platform knows.");
  if (sent["oauth_signature_method"] !== "HMAC-SHA1")
    throw refuse("oauth_signature_method: expected HMAC-SHA1.");
  if (!equal(sent["oauth_body_hash"] ?? "", bodyHash(body)))
    throw refuse("oauth_body_hash: it is not the hash of the body.");
  const expected = signatureOf("POST", `${parts.origin}/outcomes`, sent, consumer.secret);
  if (!equal(sent["oauth_signature"] ?? "", expected)) throw refuse("oauth_signature: it does not hold.");
  const age = parts.now().getTime() / 1000 - Number(sent["oauth_timestamp"]);
  if (!(Math.abs(age) <= WINDOW_SECONDS)) throw refuse("oauth_timestamp: it is too long ago, or to come.");
  await requireUnseen(parts, `${consumer.key} ${sent["oauth_timestamp"]} ${sent["oauth_nonce"]}`);
  return consumer.key;
}

interface Result {
  readonly item: LineItem;
  readonly learner: Learner;
}

function resultOf({ shelf }: Parts, key: string, sourcedId: string): Result | null {
  const { links, learners, line_items } = shelf.kept;
  for (const link of links.filter(({ consumer_key }) => consumer_key === key))
    for (const learner of learners) {
      const item = line_items.find(({ link_id }) => link_id === link.link_id);
      if (item && sourcedIdOf(link, learner) === sourcedId) return { item, learner };
    }
  return null;
}

async function act(
  parts: Parts,
  operation: Operation,
  body: string,
  messageId: string,
  { item, learner }: Result,
): Promise<string> {
  const { shelf, now } = parts;
  const name = `${learner.given_name} ${learner.family_name}`;
  if (operation === "readResult") {
    const given = lastScore(shelf.kept.scores, item.line_item_id, learner.user_id)?.score_given ?? "";
    const read = `<readResultResponse><result><resultScore><language>en</language><textString>${given}</textString></resultScore></result></readResultResponse>`;
    return answer(parts, "success", "Read.", messageId, operation, read);
  }
  if (operation === "deleteResult") {
    await shelf.change(({ scores }) => ({
      scores: scores.filter(
        (score) => score.line_item_id !== item.line_item_id || score.user_id !== learner.user_id,
      ),
    }));
    shelf.log({
      direction: "in",
      words: `The grade of ${name} in “${item.label}” was taken back.`,
      detail: body,
    });
    return answer(parts, "success", "Deleted.", messageId, operation, "<deleteResultResponse/>");
  }
  const grade = textOf(body, "textString") ?? "";
  if (!GRADE.test(grade))
    return answer(
      parts,
      "failure",
      "textString: expected a number from 0.0 to 1.0.",
      messageId,
      operation,
      "",
    );
  const at = now().toISOString();
  const score: Score = {
    line_item_id: item.line_item_id,
    user_id: learner.user_id,
    score_given: Number(grade),
    score_maximum: 1,
    activity: null,
    grading: null,
    comment: "",
    timestamp: at,
    received_at: at,
  };
  await shelf.change(({ scores }) => ({ scores: [...scores, score] }));
  shelf.log({
    direction: "in",
    words: `A grade came by LTI 1.1 for ${name} in “${item.label}”: ${grade}.`,
    detail: body,
  });
  return answer(parts, "success", `Score is now ${grade}.`, messageId, operation, "<replaceResultResponse/>");
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function textOf(xml: string, element: string): string | null {
  const found = new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1];
  if (found === undefined) return null;
  return found
    .trim()
    .replace(/&(?:(lt|gt|quot|apos|amp)|#(\d{1,6})|#x([0-9a-f]{1,5}));/gi, (_all, name, number, hex) =>
      name ? (ENTITIES[name.toLowerCase()] ?? "") : String.fromCodePoint(Number(number ?? `0x${hex}`)),
    );
}

const escaped = (text: string) => text.replace(/[<>&"']/g, (one) => `&#${one.charCodeAt(0)};`);

function answer(
  { shelf, newId }: Parts,
  status: "success" | "failure",
  description: string,
  messageId: string,
  operation: string,
  body: string,
): string {
  if (status === "failure")
    shelf.log({ direction: "in", words: `A grade by LTI 1.1 was not taken: ${description}`, failed: true });
  return `<?xml version="1.0" encoding="UTF-8"?>
<imsx_POXEnvelopeResponse xmlns="http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0">
<imsx_POXHeader><imsx_POXResponseHeaderInfo><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>${newId()}</imsx_messageIdentifier>
<imsx_statusInfo><imsx_codeMajor>${status}</imsx_codeMajor><imsx_severity>status</imsx_severity><imsx_description>${escaped(description)}</imsx_description>
<imsx_messageRefIdentifier>${escaped(messageId)}</imsx_messageRefIdentifier><imsx_operationRefIdentifier>${operation}</imsx_operationRefIdentifier></imsx_statusInfo>
</imsx_POXResponseHeaderInfo></imsx_POXHeader><imsx_POXBody>${body}</imsx_POXBody></imsx_POXEnvelopeResponse>`;
}
