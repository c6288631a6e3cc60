/** What a command's result looks like: a table, a list of values, or JSON for programs. */
import type { CommandResult } from "./command.ts";

export function show(result: CommandResult, json: boolean): string {
  if ("file" in result) return json ? JSON.stringify({ path: result.file }) : `Wrote ${result.file}`;
  const shown = "rows" in result ? result.rows : result.made;
  if (json) return JSON.stringify(shown, null, 2);
  if ("rows" in result) return table(result.rows);
  return Object.entries(result.made)
    .map(([name, value]) => `${name.padEnd(22)} ${cell(value)}`)
    .join("\n");
}

function table(rows: readonly object[]): string {
  const [first] = rows;
  if (!first) return "None.";
  const names = Object.keys(first);
  const cells = rows.map((row) => names.map((name) => cell((row as Record<string, unknown>)[name])));
  const widths = names.map((name, column) =>
    cells.reduce((widest, line) => Math.max(widest, line[column]?.length ?? 0), name.length),
  );
  const lineOf = (line: readonly string[]) =>
    line
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [names, ...cells].map(lineOf).join("\n");
}

/** Nothing that a stranger named can move the terminal's cursor or colour it. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "–";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(/\p{Cc}/gu, " ");
}
