#!/usr/bin/env node
/**
 * The operator's command line. Runs the flows itself, or has the running gateway run them where that one holds the
 * embedded store.
 */
import { readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Config, ConfigError, readConfig, settingsPage } from "./config.ts";
import { Fault } from "./core/faults.ts";
import { createDeps } from "./deps.ts";
import { askGateway } from "./edges/operator/askGateway.ts";
import { COMMANDS, type CommandResult } from "./edges/operator/commands.ts";
import { type CommandRequest, runCommand } from "./edges/operator/runCommand.ts";
import type { ImportProgress } from "./flows/import/importTypes.ts";
import { openGateway } from "./server.ts";
import { askHolder, type Holder } from "./store/holder.ts";

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === "settings-page") return console.log(settingsPage().trimEnd());
  const { request, json, out } = readWords(words);
  if (!request) return console.log(help());
  const result = await run(readConfig(process.env), request);
  await show(result, json, out);
}

function readWords(words: readonly string[]) {
  const name = words.filter((word, index) => !word.startsWith("-") && index < 2).join(" ");
  const command = COMMANDS[name];
  if (!command || words.includes("--help")) return { request: null, json: false, out: undefined };
  const known = Object.keys(command.options.shape);
  const { values } = parseArgs({
    args: [...words.slice(2)],
    options: {
      json: { type: "boolean" },
      why: { type: "string" },
      out: { type: "string" },
      ...Object.fromEntries(
        known.map((option) => [option, { type: "string", multiple: option === "term" } as const]),
      ),
    },
  });
  const { json, why, out, ...options } = values as Record<string, unknown>;
  if (typeof options["file"] === "string") options["file"] = resolve(options["file"]);
  const request: CommandRequest = { command: name, options, why: typeof why === "string" ? why : "" };
  return { request, json: json === true, out: typeof out === "string" ? out : undefined };
}

async function run(config: Config, request: CommandRequest): Promise<CommandResult> {
  const holder = config.DATABASE_URL ? null : await askHolder(config.DATA_FOLDER).catch(() => null);
  return holder ? runThere(config, holder, request) : runHere(config, request);
}

async function runHere(config: Config, request: CommandRequest): Promise<CommandResult> {
  const gateway = await openGateway(config, createDeps(config));
  try {
    return await runCommand(gateway.context, request, showProgress);
  } finally {
    await gateway.close();
  }
}

async function runThere(config: Config, holder: Holder, request: CommandRequest): Promise<CommandResult> {
  const key = await readFile(join(config.DATA_FOLDER, "operator-key"), "utf8");
  return askGateway(holder, key, request, showProgress);
}

function showProgress({ step, doneBytes, totalBytes }: ImportProgress): void {
  if (!process.stderr.isTTY) return;
  const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
  process.stderr.write(`\r${step === "check" ? "Checking" : "Unpacking"} ${percent} %   `);
}

async function show(result: CommandResult, json: boolean, out: string | undefined): Promise<void> {
  if ("file" in result) {
    const path = out ?? basename(result.file.name);
    await writeFile(path, Buffer.from(result.file.base64, "base64"));
    return console.log(json ? JSON.stringify({ path }) : `Wrote ${path}`);
  }
  const shown = "rows" in result ? result.rows : result.made;
  if (json) console.log(JSON.stringify(shown, null, 2));
  else if ("made" in result)
    for (const [name, value] of Object.entries(shown)) console.log(`${name.padEnd(22)} ${cell(value)}`);
  else console.log(table(result.rows));
}

function table(rows: readonly object[]): string {
  const [first] = rows;
  if (!first) return "None.";
  const names = Object.keys(first);
  const cells = rows.map((row) => Object.values(row).map(cell));
  const widths = names.map((name, column) =>
    Math.max(name.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const lineOf = (line: readonly string[]) =>
    line
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  return [names, ...cells].map(lineOf).join("\n");
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "–";
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, { summary, options }]) => {
    const shown = Object.entries(options.shape).map(([option, schema]) => {
      const optional = schema.safeParse(undefined).success;
      return optional ? `[--${option}]` : `--${option}`;
    });
    return `  ${name.padEnd(20)} ${summary}\n  ${"".padEnd(20)} ${shown.join(" ")}`;
  });
  return `tallygate <noun> <verb> [options]\n\n${lines.join("\n")}\n
With any: --json for programs, --why "…" for the audit log, --out FILE where a file is written.
Settings are environment variables, as the gateway's own: docs/settings.md.`;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const isExpected =
    error instanceof Fault || error instanceof ConfigError || (error instanceof Error && "code" in error);
  console.error(isExpected ? (error as Error).message : error);
  process.exit(1);
});
