/** Runs one command of the table, with its options checked. */
import type { z } from "zod";
import type { CommandCall, CommandResult } from "./command.ts";
import { findCommand } from "./commands.ts";

/** The words that were given make no command. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * @throws UsageError naming the option that is wrong; ApiProblem; Unreachable.
 */
export async function runCommand(
  call: CommandCall,
  name: string,
  options: Readonly<Record<string, unknown>>,
): Promise<CommandResult> {
  const command = findCommand(name);
  if (!command) throw new UsageError(`command: found ${JSON.stringify(name)}; see --help.`);
  const checked = command.options.safeParse(options);
  if (!checked.success) throw new UsageError(describe(checked.error));
  return command.run(call, options);
}

function describe(error: z.ZodError): string {
  return error.issues
    .map((issue) =>
      issue.code === "unrecognized_keys"
        ? `${issue.keys.map((key) => `--${key}`).join(", ")}: not an option of this command.`
        : `--${issue.path.join(".") || "?"}: ${expectation(issue)}.`,
    )
    .join(" ");
}

function expectation({ message }: { readonly message: string }): string {
  return message.replace(/^Invalid input: /, "").replace(/, received undefined$/, ", found none");
}
