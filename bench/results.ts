/** What a bench hands back, what the project promised for it, and the Markdown that docs/benchmarks.md is made of. */
import type { Compared, Figures } from "./lab/compare.ts";

/** A promise on a figure. */
export type Needed =
  | { readonly type: "at least"; readonly value: number }
  | { readonly type: "at most"; readonly value: number }
  /** Neither of two is faster than the other by more than this. */
  | { readonly type: "within"; readonly value: number }
  /** It is told because people ask. */
  | { readonly type: "nothing" };

export interface ComparedResult {
  readonly type: "compared";
  readonly what: string;
  readonly compared: Compared;
  readonly needed: Needed;
}

/** One figure by itself, such as a peak of memory. */
export interface FigureResult {
  readonly type: "figure";
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly needed: Needed;
  /** What else there is to say. */
  readonly note: string;
}

export type Result = ComparedResult | FigureResult;

export function isKept(result: Result): boolean {
  const value = result.type === "compared" ? result.compared.ratio : result.value;
  if (result.needed.type === "nothing") return true;
  const { type, value: limit } = result.needed;
  if (type === "at least") return value >= limit;
  if (type === "at most") return value <= limit;
  return value <= limit && value >= 1 / limit;
}

export function markdown(results: readonly Result[]): string {
  const compared = results.filter((result) => result.type === "compared");
  const figures = results.filter((result) => result.type === "figure");
  return [...comparedTable(compared), ...figureTable(figures)].join("\n");
}

function comparedTable(results: readonly ComparedResult[]): string[] {
  if (results.length === 0) return [];
  return [
    "| what | ratio (runs) | needed | | a second: floor → ours | p50 ms | p99 ms | server CPU ms | Postgres CPU ms |",
    "|---|---|---|---|---|---|---|---|---|",
    ...results.map(({ what, compared: { ratio, spread, floor, ours }, needed }, index) => {
      const both = (name: keyof Figures, digits: number) =>
        `${floor[name].toFixed(digits)} → ${ours[name].toFixed(digits)}`;
      const runs = spread.map((each) => each.toFixed(2)).join("–");
      return row([
        what,
        `**${ratio.toFixed(2)}** (${runs})`,
        wordsOf(needed),
        verdict(results[index]),
        both("per_second", 0),
        both("p50_milliseconds", 2),
        both("p99_milliseconds", 2),
        both("server_milliseconds", 3),
        both("database_milliseconds", 3),
      ]);
    }),
    "",
  ];
}

function figureTable(results: readonly FigureResult[]): string[] {
  if (results.length === 0) return [];
  return [
    "| what | seen | needed | | |",
    "|---|---|---|---|---|",
    ...results.map((result) =>
      row([
        result.what,
        `**${Math.round(result.value * 100) / 100}** ${result.unit}`,
        wordsOf(result.needed),
        verdict(result),
        result.note,
      ]),
    ),
    "",
  ];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function wordsOf(needed: Needed): string {
  return needed.type === "nothing" ? "" : `${needed.type} ${needed.value}`;
}

function verdict(result: Result | undefined): string {
  if (result?.needed.type === "nothing") return "";
  return result && isKept(result) ? "kept" : "**missed**";
}
