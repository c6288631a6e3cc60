/** Rows as lines of CSV (RFC 4180) that spreadsheets open as it is meant: no cell is ever a formula. */
import { type Options, stringify } from "csv-stringify/sync";
import type { Cell } from "./report.ts";

/**
 * Spreadsheets split a file by what their country uses. Where that is the semicolon, the comma is what stands before decimals.
 */
export type Separator = "comma" | "semicolon";

const SEPARATORS: Readonly<Record<Separator, { readonly delimiter: string; readonly point: string }>> = {
  comma: { delimiter: ",", point: "." },
  semicolon: { delimiter: ";", point: "," },
};

/** At the start of a file: without it spreadsheets take UTF-8 for something else. */
export const BYTE_ORDER_MARK = "\uFEFF";

export function csvLines(separator: Separator): (rows: readonly (readonly Cell[])[]) => string {
  const { delimiter, point } = SEPARATORS[separator];
  const options: Options = {
    delimiter,
    record_delimiter: "windows",
    // Said, for it is off where a record delimiter is given: a lone line feed in a name would end the row.
    quote_record_delimiter: true,
    escape_formulas: true,
    cast: {
      string: guarded,
      date: showUtc,
      // Still a number to the guard, which leaves −2260 alone.
      number: (value) => (point === "." ? String(value) : String(value).replace(".", point)),
    },
  };
  return (rows) => stringify(rows as Cell[][], options);
}

const FORMULA_AFTER_BLANKS = /^\s+[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * Before a sign that would begin a cell where the file is split otherwise than it was written; there our quotes are text as well.
 * It looks for the sign first: looked for first, each blank of a long row of them would have all before it read again.
 */
const BEFORE_FORMULA_INSIDE = /(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])(?<=[,;\t\r\n][\s"]*)/g;

/**
 * The library's guard looks at the first character. Some spreadsheets trim what comes before it, and some split at another
 * separator than this file's, which they are not told: `x;=1+1` is two cells to them.
 */
function guarded(value: string): string {
  const inside = value.replace(BEFORE_FORMULA_INSIDE, "'");
  return FORMULA_AFTER_BLANKS.test(value) ? `'${inside}` : inside;
}

/** What spreadsheets take for a date; the column's head says that it is UTC. */
function showUtc(value: Date): string {
  return value.toISOString().slice(0, 19).replace("T", " ");
}
