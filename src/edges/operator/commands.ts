/** What an operator can do from the command line: one table, which also makes the help. Runs the flows. */
import { ACCOUNT_COMMANDS } from "./commands/accounts.ts";
import type { Command } from "./commands/command.ts";
import { COURSE_COMMANDS } from "./commands/courses.ts";
import { DELIVERY_COMMANDS } from "./commands/deliveries.ts";
import { LICENSE_COMMANDS } from "./commands/licenses.ts";
import { PEOPLE_COMMANDS } from "./commands/people.ts";
import { SECRET_COMMANDS } from "./commands/secrets.ts";

export type { Command, CommandResult, CommandRun } from "./commands/command.ts";

export const COMMANDS: Readonly<Record<string, Command>> = {
  ...ACCOUNT_COMMANDS,
  ...COURSE_COMMANDS,
  ...LICENSE_COMMANDS,
  ...DELIVERY_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...SECRET_COMMANDS,
};
