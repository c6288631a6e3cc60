/** Reads CSV back, as a spreadsheet would: rows by their heads. */

export type CsvRow = Readonly<Record<string, string>>;

/** @throws Error where it does not begin as a spreadsheet needs it, or a row has more or fewer cells than the head. */
export function readCsv(file: string, delimiter = ","): CsvRow[] {
  if (!file.startsWith("\uFEFF")) throw new Error("The file does not begin with a byte order mark");
  const [heads = [], ...rows] = cellsOf(file.slice(1), delimiter);
  return rows.map((cells) => {
    if (cells.length !== heads.length) throw new Error(`${cells.length} cells under ${heads.length} heads`);
    return Object.fromEntries(heads.map((head, index) => [head, cells[index] ?? ""]));
  });
}

function cellsOf(text: string, delimiter: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|([^"\\r\\n${delimiter}]*))(\\r\\n|${delimiter})`, "gy");
  for (let match = cell.exec(text); match; match = cell.exec(text)) {
    const [, quoted, plain = "", end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end !== "\r\n") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
