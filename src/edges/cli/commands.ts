/** What the command line can do: one table, which also makes the help. Each command is a few requests to the API. */
import type { Command } from "./command.ts";
import { ACCESS_COMMANDS } from "./commands/access.ts";
import { ACCOUNT_COMMANDS } from "./commands/accounts.ts";
import { COURSE_COMMANDS } from "./commands/courses.ts";
import { DELIVERY_COMMANDS } from "./commands/deliveries.ts";
import { LICENSE_COMMANDS } from "./commands/licenses.ts";
import { PEOPLE_COMMANDS } from "./commands/people.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  ...ACCOUNT_COMMANDS,
  ...COURSE_COMMANDS,
  ...LICENSE_COMMANDS,
  ...DELIVERY_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...ACCESS_COMMANDS,
};

export function commandEntries(): readonly (readonly [name: string, command: Command])[] {
  return Object.entries(COMMANDS);
}

/** Undefined where there is none of that name. */
export function findCommand(name: string): Command | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}
