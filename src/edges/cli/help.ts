/** What the command line says of itself: of every command in short, of one with what each option means. */
import { z } from "zod";
import type { Command } from "./command.ts";
import { commandEntries, findCommand } from "./commands.ts";

const WITH_ANY = `With any: --json for programs, --why "…" for the audit log, --out FILE where a file is written.`;

/** @param name `license pause`; of another, all of them. */
export function helpFor(name: string): string {
  const command = findCommand(name);
  return command ? helpOf(name, command) : helpOfAll(name.split(" ")[0] ?? "");
}

function helpOf(name: string, command: Command): string {
  const lines = optionsOf(command).map(({ flag, optional, meaning }) =>
    `  ${flag.padEnd(20)} ${[meaning, optional ? "" : "(needed)"].filter(Boolean).join(" ")}`.trimEnd(),
  );
  return [`tallygate ${name}\n${command.summary}.`, lines.join("\n"), WITH_ANY].filter(Boolean).join("\n\n");
}

/** Of one noun, where there is such a one. */
function helpOfAll(noun: string): string {
  const ofNoun = commandEntries().filter(([name]) => name.startsWith(`${noun} `));
  const lines = (ofNoun.length > 0 ? ofNoun : commandEntries()).map(([name, command]) => {
    const shown = optionsOf(command).map(({ flag, optional }) => (optional ? `[${flag}]` : flag));
    return `  ${name.padEnd(22)} ${command.summary}\n  ${"".padEnd(22)} ${shown.join(" ")}`.trimEnd();
  });
  return `tallygate <noun> <verb> [options]\n\n${lines.join("\n")}

  ${"migrate".padEnd(22)} Bring the store's schema up to date, and do nothing else

${WITH_ANY}
tallygate <noun> <verb> --help says what each option means.

It speaks to the gateway at TALLYGATE_URL, with the key in TALLYGATE_API_KEY. Where these are unset: to the one that runs on
this machine's data folder; where none runs, to one that it starts for itself. Settings are environment variables, as the
gateway's own: docs/settings.md.`;
}

function optionsOf({ options }: Command) {
  return Object.entries(options.shape).map(([name, schema]) => ({
    flag: `--${name}`,
    optional: schema.safeParse(undefined).success,
    meaning: schema.description ?? meaningWithin(schema),
  }));
}

/** `flag.describe("…").optional()` says it one level down. */
function meaningWithin(schema: unknown): string {
  const within = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? schema.unwrap() : null;
  return within instanceof z.ZodType ? (within.description ?? "") : "";
}
