/** What a report is: a table that is read while it is sent. Which bytes it becomes is the edge's to say. */
import { setImmediate } from "node:timers/promises";

/** A number stays one; a Date is shown in UTC. */
export type Cell = string | number | Date | null;

export interface Report {
  /** What its file is called, without an ending. */
  readonly name: string;
  readonly heads: readonly string[];
  /** Some rows at a time, as they are read. Whoever stops listening stops the reading. */
  readonly pages: AsyncGenerator<readonly (readonly Cell[])[]>;
}

/** What stands in one column, and under which head. Dates are named as UTC there. */
export type Column<Row> = readonly [head: string, cell: (row: Row) => Cell];

export function reportOf<Row>(
  name: string,
  columns: readonly Column<Row>[],
  pages: AsyncIterable<readonly Row[]>,
): Report {
  const cells = columns.map(([, cell]) => cell);
  return { name, heads: columns.map(([head]) => head), pages: cellsOf(pages, cells) };
}

async function* cellsOf<Row>(pages: AsyncIterable<readonly Row[]>, cells: readonly Column<Row>[1][]) {
  for await (const page of pages) yield* once(page.map((row) => cells.map((cell) => cell(row))));
}

/**
 * A page that is empty as soon as the next one is asked for. What remains of one is held, for a while, by what remains of the next
 * (promises, generators), and pages that outlive their use so are collected late: a million rows took 100 MB more.
 */
export function* once<Row>(page: Row[]): Generator<readonly Row[]> {
  yield page;
  page.length = 0;
}

/**
 * Few enough that a page is garbage by the next collection (a process that reads 2,000 at once holds 60 MB more), many enough that
 * asking for them costs little beside reading them.
 */
const ROWS_AT_ONCE = 500;

/**
 * All rows, by their ids, one page being read while the one before is sent. No transaction and no cursor stays open from page
 * to page (docs/decisions/reports.md): a reader who is slow, or has left, keeps nothing and nobody waiting.
 */
export async function* pagesById<Row extends { readonly id: string }>(
  read: (after: string | null, most: number) => Promise<Row[]>,
): AsyncGenerator<readonly Row[]> {
  for (let next: Promise<Row[]> | null = read(null, ROWS_AT_ONCE); next; ) {
    const page: Row[] = await next;
    const last = page.at(-1);
    next = last && page.length === ROWS_AT_ONCE ? read(last.id, ROWS_AT_ONCE) : null;
    // Whoever takes the page hears of it; whoever has left does not mind.
    next?.catch(() => undefined);
    // A question leaves once the loop is free; whoever takes the page keeps it busy for as long as Postgres needs to answer.
    if (next !== null) await setImmediate();
    if (page.length > 0) yield* once(page);
  }
}
