/** What a teacher picked in the tool (Deep Linking 2.0 §2.2, §3) becomes links of the course, with their columns. */

import { requireFreshLaunch } from "./launches.ts";
import type { Parts } from "./parts.ts";
import { requireTool } from "./parts.ts";
import type { Launch, LineItem, Link } from "./platformTypes.ts";
import { type Fields, fieldsOf, optionalText, text, webAddress } from "./read.ts";
import { wrong } from "./refusal.ts";
import { verifyToolMessage } from "./toolMessage.ts";

const LTI = "https://purl.imsglobal.org/spec/lti/claim";
const DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim";

export interface Picked {
  readonly added: number;
  /** What the tool wants the teacher to read. */
  readonly message: string;
}

export async function takeDeepLinks(parts: Parts, launchId: string, sent: Fields): Promise<Picked> {
  const launch = requireFreshLaunch(parts, launchId);
  if (launch.type !== "deep_linking") throw wrong("This address is not of a deep linking launch.");
  const tool = requireTool(parts, launch.client_id);
  const claims = await verifyToolMessage(parts, tool, text(sent, "JWT"), "nonce", [parts.origin]);
  requireClaim(claims, `${LTI}/message_type`, "LtiDeepLinkingResponse");
  requireClaim(claims, `${LTI}/version`, "1.3.0");
  requireClaim(claims, `${LTI}/deployment_id`, tool.deployment_id);
  requireClaim(claims, `${DEEP_LINKING}/data`, launch.launch_id);
  const items = claims[`${DEEP_LINKING}/content_items`];
  const read = (Array.isArray(items) ? items : []).map((item) => readItem(parts, launch, fieldsOf(item)));
  const links = read.map(({ link }) => link);
  const columns = read.flatMap(({ column }) => column ?? []);
  await parts.shelf.change((kept) => ({
    links: [...kept.links, ...links],
    line_items: [...kept.line_items, ...columns],
  }));
  const words = `${tool.name} sent ${links.length} picked ${links.length === 1 ? "link" : "links"}, ${columns.length} with a gradebook column.`;
  parts.shelf.log({ direction: "in", words, detail: claims });
  return { added: links.length, message: optionalText(claims, `${DEEP_LINKING}/msg`) };
}

function requireClaim(claims: Fields, name: string, expected: string): void {
  if (claims[name] !== expected)
    throw wrong(`${name}: found ${JSON.stringify(claims[name]) ?? "nothing"}, expected ${expected}.`);
}

function readItem(
  { newId }: Parts,
  { client_id }: Launch,
  item: Fields,
): { link: Link; column: LineItem | null } {
  if (item["type"] !== "ltiResourceLink")
    throw wrong(
      `content_items: found type ${JSON.stringify(item["type"]) ?? "none"}, expected ltiResourceLink.`,
    );
  const title = optionalText(item, "title") || "Untitled";
  const custom = Object.entries(fieldsOf(item["custom"])).map(([name, value]) => [name, String(value)]);
  const link: Link = {
    link_id: newId(),
    title,
    url: webAddress(item, "url"),
    custom: Object.fromEntries(custom),
    client_id,
    consumer_key: null,
  };
  if (item["lineItem"] === undefined) return { link, column: null };
  const wanted = fieldsOf(item["lineItem"]);
  const score_maximum = wanted["scoreMaximum"];
  if (typeof score_maximum !== "number" || !(score_maximum > 0))
    throw wrong("lineItem.scoreMaximum: expected a number over 0.");
  return {
    link,
    column: {
      line_item_id: newId(),
      client_id,
      label: optionalText(wanted, "label") || title,
      score_maximum,
      link_id: link.link_id,
      resource_id: optionalText(wanted, "resourceId"),
      tag: optionalText(wanted, "tag"),
      made: "by deep linking",
    },
  };
}
