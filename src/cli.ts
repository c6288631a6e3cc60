#!/usr/bin/env node
/** The command line: reads its words, has a gateway's API do them, shows what came of it. */
import { parseArgs } from "node:util";
import { reachGateway } from "./cliGateway.ts";
import { type Config, ConfigError, readConfig, settingsPage } from "./config.ts";
import { createDeps, type Deps } from "./deps.ts";
import { ApiProblem, createApiClient } from "./edges/cli/apiClient.ts";
import type { Command, Progress } from "./edges/cli/command.ts";
import { findCommand } from "./edges/cli/commands.ts";
import { helpFor } from "./edges/cli/help.ts";
import { Unreachable } from "./edges/cli/http.ts";
import { runCommand, UsageError } from "./edges/cli/runCommand.ts";
import { show } from "./edges/cli/show.ts";
import { openGateway } from "./server.ts";
import { StoreNotOpened } from "./store/embeddedFolder.ts";
import { FolderHeld } from "./store/holder.ts";
import { SecretDamaged } from "./store/keptSecret.ts";

async function main(words: readonly string[]): Promise<void> {
  if (words[0] === "settings-page") return console.log(settingsPage().trimEnd());
  if (words[0] === "migrate") return bringUpToDate();
  if (words.length === 0 || words.includes("--help")) return console.log(helpFor(nameOf(words)));
  const asked = readWords(words);
  const gateway = await reachGateway(process.env, depsFor);
  try {
    const api = createApiClient(gateway.target, { why: asked.why, newKey: depsFor(readConfig({})).newId });
    const call = { api, progress: showProgress, out: asked.out };
    const result = await runCommand(call, asked.name, asked.options);
    clearProgress();
    console.log(show(result, asked.json));
    if (result.is_bad) process.exitCode = 1;
  } finally {
    await gateway.close();
  }
}

interface Asked {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly json: boolean;
  readonly why: string;
  readonly out: string | undefined;
}

function nameOf(words: readonly string[]): string {
  return words
    .slice(0, 2)
    .filter((word) => !word.startsWith("-"))
    .join(" ");
}

/** @throws UsageError */
function readWords(words: readonly string[]): Asked {
  const name = nameOf(words);
  const command = findCommand(name);
  if (!command) throw new UsageError(`command: found ${JSON.stringify(name)}; see tallygate --help.`);
  const { values } = parseArgs({
    args: [...words.slice(2)],
    options: {
      json: { type: "boolean" },
      why: { type: "string" },
      out: { type: "string" },
      ...optionsOf(command),
    },
  });
  const { json, why, out, ...options } = values as Readonly<Record<string, unknown>>;
  return {
    name,
    options,
    json: json === true,
    why: typeof why === "string" ? why : "",
    out: typeof out === "string" ? out : undefined,
  };
}

function optionsOf({ options }: Command) {
  const known = Object.keys(options.shape);
  return Object.fromEntries(
    known.map((option) => [option, { type: "string", multiple: REPEATED.includes(option) } as const]),
  );
}

/** Options that can be given several times. */
const REPEATED: readonly string[] = ["term", "tier", "line"];

/** Its log is not what was asked for, unless something is wrong. */
function depsFor(config: Config): Deps {
  return createDeps({ ...config, LOG_LEVEL: process.env["LOG_LEVEL"] ? config.LOG_LEVEL : "warn" });
}

async function bringUpToDate(): Promise<void> {
  const config = readConfig(process.env);
  const gateway = await openGateway(config, depsFor(config));
  await gateway.close();
  console.log("The schema is up to date.");
}

const showProgress: Progress = (step, doneBytes, totalBytes) => {
  if (!process.stderr.isTTY) return;
  const percent = totalBytes === 0 ? 0 : Math.floor((doneBytes / totalBytes) * 100);
  process.stderr.write(`\r${step} ${percent} %   `);
};

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r                         \r");
}

main(process.argv.slice(2)).catch((error: unknown) => {
  clearProgress();
  const expected = [
    ApiProblem,
    ConfigError,
    FolderHeld,
    SecretDamaged,
    StoreNotOpened,
    Unreachable,
    UsageError,
  ];
  const isExpected =
    expected.some((type) => error instanceof type) || (error instanceof Error && "code" in error);
  console.error(isExpected ? (error as Error).message : error);
  process.exitCode = 1;
});
