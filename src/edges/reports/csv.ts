/** A report as a CSV file. */
import { Readable } from "node:stream";
import { BYTE_ORDER_MARK, csvLines, type Separator } from "../../flows/reports/csvLines.ts";
import type { Report } from "../../flows/reports/report.ts";

/**
 * Read as fast as it is taken. Its first rows are read before anything is answered: what fails at once is answered as a
 * fault, not with half a file.
 */
export async function csvOf({ heads, pages }: Report, separator: Separator): Promise<Readable> {
  const lines = csvLines(separator);
  const first = await pages.next();
  async function* bytes() {
    try {
      yield Buffer.from(BYTE_ORDER_MARK + lines([heads]));
      for (let page = first; !page.done; page = await pages.next()) yield Buffer.from(lines(page.value));
    } finally {
      await pages.return(undefined);
    }
  }
  return Readable.from(bytes(), { objectMode: false });
}
