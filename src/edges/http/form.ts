/** What browsers post as a form, and what stands in an address: text by name. */
import type { IncomingMessage } from "node:http";
import { Fault } from "../../core/faults.ts";
import { readBody } from "./json.ts";

export interface Fields {
  /** "" where it was not sent. @throws Fault `body_invalid` where it was sent twice, or holds what no text of ours can. */
  text(name: string): string;
}

/** Those of the form first, then those of the address. */
export async function readFields(request: IncomingMessage, mostBytes: number): Promise<Fields> {
  const query = new URLSearchParams(queryOf(request.url ?? ""));
  const form = request.method === "POST" ? await readForm(request, mostBytes) : new URLSearchParams();
  return {
    text: (name) => {
      const sent = form.has(name) ? form.getAll(name) : query.getAll(name);
      const [value = "", ...others] = sent;
      if (others.length > 0) throw new Fault("body_invalid", `${name}: expected once.`);
      // The database takes none.
      if (value.includes("\u0000")) throw new Fault("body_invalid", `${name}: expected text.`);
      return value;
    },
  };
}

async function readForm(request: IncomingMessage, mostBytes: number): Promise<URLSearchParams> {
  return new URLSearchParams(await readFormText(request, mostBytes));
}

/** A form as it was posted, for those who read it with care. */
export async function readFormText(request: IncomingMessage, mostBytes: number): Promise<string> {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded")
    throw new Fault("content_type_unsupported", "Content-Type: expected application/x-www-form-urlencoded.");
  return (await readBody(request, { most_bytes: mostBytes })).toString("utf8");
}

function queryOf(url: string): string {
  const start = url.indexOf("?");
  return start === -1 ? "" : url.slice(start + 1);
}
