/** Columns of the gradebook, as tools see them (AGS 2.0 §3.2). Addresses hold a query, as Moodle's do. */
import { COURSE } from "./firstState.ts";
import type { Parts } from "./parts.ts";
import type { LineItem, Tool } from "./platformTypes.ts";
import { type Fields, optionalNumber, optionalText, text } from "./read.ts";
import { notFound, wrong } from "./refusal.ts";

const QUERY = "?type_id=1";
const PAGE = 5;

export const lineItemsUrl = (origin: string) => `${origin}/contexts/${COURSE.id}/line-items${QUERY}`;

export const lineItemUrl = (origin: string, { line_item_id }: LineItem) =>
  `${origin}/contexts/${COURSE.id}/line-items/${line_item_id}/lineitem${QUERY}`;

export function shown(origin: string, item: LineItem): object {
  return {
    id: lineItemUrl(origin, item),
    label: item.label,
    scoreMaximum: item.score_maximum,
    ...(item.link_id === null ? {} : { resourceLinkId: item.link_id }),
    ...(item.resource_id === "" ? {} : { resourceId: item.resource_id }),
    ...(item.tag === "" ? {} : { tag: item.tag }),
  };
}

export interface Page {
  readonly items: readonly object[];
  readonly next: string | null;
}

/** A tool sees its own columns only. */
export function listLineItems({ shelf, origin }: Parts, tool: Tool, query: Fields): Page {
  const matches = (name: string, value: string | null) => query[name] === undefined || query[name] === value;
  const all = shelf.kept.line_items.filter(
    (item) =>
      item.client_id === tool.client_id &&
      matches("resource_link_id", item.link_id) &&
      matches("resource_id", item.resource_id) &&
      matches("tag", item.tag),
  );
  return pageOf(all, query, PAGE, lineItemsUrl(origin), (item) => shown(origin, item));
}

export function pageOf<Item>(
  all: readonly Item[],
  query: Fields,
  most: number,
  address: string,
  show: (item: Item) => object,
): Page {
  const from = Math.max(0, Number(query["from"]) || 0);
  const asked = Number(query["limit"]);
  const size = asked >= 1 ? Math.min(Math.floor(asked), most) : most;
  const next = new URL(address);
  for (const [name, value] of Object.entries(query))
    if (typeof value === "string") next.searchParams.set(name, value);
  next.searchParams.set("from", String(from + size));
  return {
    items: all.slice(from, from + size).map(show),
    next: all.length > from + size ? next.href : null,
  };
}

export function requireLineItem({ shelf }: Parts, tool: Tool, id: string): LineItem {
  const item = shelf.kept.line_items.find(({ line_item_id }) => line_item_id === id);
  if (item === undefined || item.client_id !== tool.client_id) throw notFound("such line item of this tool");
  return item;
}

export async function makeLineItem(parts: Parts, tool: Tool, body: Fields): Promise<object> {
  const { shelf, newId, origin } = parts;
  const item: LineItem = {
    line_item_id: newId(),
    client_id: tool.client_id,
    made: "by the tool",
    link_id: linkOf(parts, tool, body),
    ...readLineItem(body),
  };
  await shelf.change(({ line_items }) => ({ line_items: [...line_items, item] }));
  shelf.log({ direction: "in", words: `${tool.name} made the column “${item.label}”.`, detail: body });
  return shown(origin, item);
}

export async function changeLineItem(
  parts: Parts,
  tool: Tool,
  before: LineItem,
  body: Fields,
): Promise<object> {
  const { shelf, origin } = parts;
  const item: LineItem = { ...before, ...readLineItem(body), link_id: linkOf(parts, tool, body) };
  await shelf.change(({ line_items }) => ({
    line_items: line_items.map((one) => (one.line_item_id === item.line_item_id ? item : one)),
  }));
  shelf.log({ direction: "in", words: `${tool.name} changed the column “${item.label}”.`, detail: body });
  return shown(origin, item);
}

export async function dropLineItem(
  { shelf }: Parts,
  tool: Tool,
  { line_item_id, label }: LineItem,
): Promise<void> {
  await shelf.change(({ line_items, scores }) => ({
    line_items: line_items.filter((one) => one.line_item_id !== line_item_id),
    scores: scores.filter((one) => one.line_item_id !== line_item_id),
  }));
  shelf.log({ direction: "in", words: `${tool.name} removed the column “${label}”.` });
}

function readLineItem(body: Fields): Pick<LineItem, "label" | "score_maximum" | "resource_id" | "tag"> {
  const score_maximum = optionalNumber(body, "scoreMaximum", Number.MIN_VALUE, Number.MAX_VALUE);
  if (score_maximum === null) throw wrong("scoreMaximum: found nothing, expected a number over 0.");
  return {
    label: text(body, "label"),
    score_maximum,
    resource_id: optionalText(body, "resourceId"),
    tag: optionalText(body, "tag"),
  };
}

function linkOf({ shelf }: Parts, tool: Tool, body: Fields): string | null {
  const id = optionalText(body, "resourceLinkId");
  if (id === "") return null;
  const link = shelf.kept.links.find(({ link_id }) => link_id === id);
  if (link === undefined || link.client_id !== tool.client_id)
    throw notFound("such resource link of this tool");
  return link.link_id;
}
