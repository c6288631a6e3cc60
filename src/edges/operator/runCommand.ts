/** Runs one command of the table, with its options checked. */
import type { z } from "zod";
import { Fault } from "../../core/faults.ts";
import { wellFormed } from "../../core/text.ts";
import type { Context } from "../../flows/context.ts";
import type { ImportProgress } from "../../flows/import/importTypes.ts";
import { COMMANDS, type CommandResult } from "./commands.ts";

export interface CommandRequest {
  readonly command: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Why it is done, for the audit log. */
  readonly why: string;
}

/**
 * @throws Fault `body_invalid` naming the option that is wrong; whatever the flow throws.
 */
export async function runCommand(
  context: Context,
  request: CommandRequest,
  progress: (progress: ImportProgress) => void,
): Promise<CommandResult> {
  const command = Object.hasOwn(COMMANDS, request.command) ? COMMANDS[request.command] : undefined;
  if (!command)
    throw new Fault("body_invalid", `command: found ${JSON.stringify(request.command)}; see --help.`);
  const checked = command.options.strict().safeParse(request.options);
  if (!checked.success) throw new Fault("body_invalid", describe(checked.error));
  const [unstorable] = Object.entries(request.options).filter(([, value]) => !isStorable(value));
  if (unstorable)
    throw new Fault("body_invalid", `--${unstorable[0]}: expected text without NUL or half characters.`);
  return command.run({ context, by: { actor: "cli", why: request.why }, progress }, request.options);
}

function isStorable(value: unknown): boolean {
  return typeof value !== "string" || value === wellFormed(value);
}

function describe(error: z.ZodError): string {
  return error.issues.map((issue) => `--${issue.path.join(".") || "?"}: ${issue.message}.`).join(" ");
}
