/**
 * Lists a page at a time, by key and never by counting: each page goes on after the last id of the one before, whatever
 * was added or removed meanwhile. Ids sort by the time they were made (UUID version 7).
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { Fault } from "../../core/faults.ts";
import { queryNumber } from "./schemas.ts";

const MOST = 200;
const USUAL = 50;

/** The query of a list: the page, and what the list can be filtered by. */
export function pageQuery<Filters extends z.ZodRawShape>(filters: Filters) {
  return z.strictObject({
    ...filters,
    limit: queryNumber(1, MOST)
      .optional()
      .meta({ description: `How many at most; ${USUAL} if not given.` }),
    cursor: z
      .string({ error: "expected the next_cursor of a page, once" })
      .optional()
      .meta({ description: "The `next_cursor` of the page before." }),
  });
}

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().meta({ description: "Null: this is the last page." }),
  });
}

interface Paging {
  readonly cursorScope: string;
  readonly query: { readonly limit?: number | undefined; readonly cursor?: string | undefined };
}

export interface PageRequest {
  /** The id that the page before ended with; null: the first page. */
  readonly after: string | null;
  readonly most: number;
}

/**
 * @param read Reads that many rows, in order, by their ids.
 * @param show What is answered of a row.
 */
export async function paged<Row extends { readonly id: string }, Item>(
  { cursorScope, query }: Paging,
  read: (page: PageRequest) => Promise<readonly Row[]>,
  show: (row: Row) => Item,
): Promise<{ items: Item[]; next_cursor: string | null }> {
  const limit = query.limit ?? USUAL;
  const after = query.cursor === undefined ? null : openCursor(cursorScope, query.cursor);
  // One more than asked for tells whether there is a next page.
  const rows = await read({ after, most: limit + 1 });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return { items: shown.map(show), next_cursor: last ? cursorOf(cursorScope, last.id) : null };
}

const ID_BYTES = 16;
const CHECK_BYTES = 8;

/** A position, bound to its list and filters: nothing secret, so a hash is enough to notice one that is not ours. */
function cursorOf(scope: string, id: string): string {
  const position = Buffer.from(id.replaceAll("-", ""), "hex");
  return Buffer.concat([position, checkOf(scope, position)]).toString("base64url");
}

function openCursor(scope: string, cursor: string): string {
  const bytes = Buffer.from(cursor, "base64url");
  const position = bytes.subarray(0, ID_BYTES);
  const isOurs =
    bytes.length === ID_BYTES + CHECK_BYTES &&
    bytes.toString("base64url") === cursor &&
    bytes.subarray(ID_BYTES).equals(checkOf(scope, position));
  if (!isOurs)
    throw new Fault("body_invalid", "cursor: expected the next_cursor of a page of this list, same filters.");
  return position.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function checkOf(scope: string, position: Buffer): Buffer {
  return createHash("sha256").update(scope).update("\n").update(position).digest().subarray(0, CHECK_BYTES);
}
