/** Activities that a person adds to the course by hand: of LTI 1.3 or 1.1. */
import type { Parts } from "./parts.ts";
import { requireTool } from "./parts.ts";
import type { Consumer, LineItem, Link } from "./platformTypes.ts";
import { type Fields, optionalText, text, webAddress } from "./read.ts";
import { notFound, wrong } from "./refusal.ts";

/** With a `client_id` it is of LTI 1.3, with a `key` and `secret` of LTI 1.1. */
export async function addLink(parts: Parts, body: Fields): Promise<Link> {
  const clientId = optionalText(body, "client_id");
  const consumer = clientId === "" ? { key: text(body, "key"), secret: text(body, "secret") } : null;
  if (clientId !== "") requireTool(parts, clientId);
  const link: Link = {
    link_id: parts.newId(),
    title: text(body, "title"),
    url: webAddress(body, "url"),
    custom: customOf(optionalText(body, "custom")),
    client_id: clientId || null,
    consumer_key: consumer?.key ?? null,
  };
  await keep(parts, link, consumer);
  return link;
}

/** As somebody does who copies the values from the gateway's page into the platform's form. */
export async function addLinkOfGateway(parts: Parts, body: Fields): Promise<Link> {
  const url = webAddress(body, "url");
  if (optionalText(body, "client_id") !== "") return addLink(parts, body);
  const consumer = await parts.gateway?.consumerOf(url);
  if (consumer === undefined) throw notFound("gateway beside it");
  return addLink(parts, { ...body, ...consumer });
}

async function keep({ shelf, newId }: Parts, link: Link, consumer: Consumer | null): Promise<void> {
  const column: LineItem = {
    line_item_id: newId(),
    client_id: null,
    label: link.title,
    score_maximum: 1,
    link_id: link.link_id,
    resource_id: "",
    tag: "",
    made: "with the link",
  };
  await shelf.change(({ links, line_items, consumers }) => ({
    links: [...links, link],
    ...(consumer === null
      ? {}
      : {
          line_items: [...line_items, column],
          consumers: [consumer, ...consumers.filter(({ key }) => key !== consumer.key)],
        }),
  }));
  shelf.log({ direction: "here", words: `“${link.title}” was added to the course.`, detail: link });
}

export async function dropLink({ shelf }: Parts, linkId: string): Promise<void> {
  await shelf.change(({ links, line_items }) => ({
    links: links.filter(({ link_id }) => link_id !== linkId),
    line_items: line_items.filter(({ link_id }) => link_id !== linkId),
  }));
}

/** A line each: `name=value`. */
function customOf(lines: string): Record<string, string> {
  const found = lines.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(
    found.map((line) => {
      const [, name, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
      if (name === undefined || value === undefined)
        throw wrong(`custom: found ${JSON.stringify(line)}, expected lines such as name=value.`);
      return [name, value];
    }),
  );
}
