/** What the command line can do: one table, which also makes the help. Each command is a few requests to the API. */
import type { Command } from "./command.ts";
import { ACCESS_COMMANDS } from "./commands/access.ts";
import { ACCOUNT_COMMANDS } from "./commands/accounts.ts";
import { ALERT_COMMANDS } from "./commands/alerts.ts";
import { ASSIGNMENT_COMMANDS } from "./commands/assignments.ts";
import { COURSE_COMMANDS } from "./commands/courses.ts";
import { DELIVERY_COMMANDS } from "./commands/deliveries.ts";
import { GRADE_COMMANDS } from "./commands/grades.ts";
import { LICENSE_COMMANDS } from "./commands/licenses.ts";
import { LTI_COMMANDS } from "./commands/lti.ts";
import { LTI11_SECRET_COMMANDS } from "./commands/lti11Secrets.ts";
import { MONEY_COMMANDS } from "./commands/money.ts";
import { OVERAGE_COMMANDS } from "./commands/overages.ts";
import { PEOPLE_COMMANDS } from "./commands/people.ts";
import { PURCHASE_COMMANDS } from "./commands/purchases.ts";
import { REPORT_COMMANDS } from "./commands/reports.ts";
import { SIMULATION_COMMANDS } from "./commands/simulations.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  ...ACCOUNT_COMMANDS,
  ...COURSE_COMMANDS,
  ...PURCHASE_COMMANDS,
  ...LICENSE_COMMANDS,
  ...SIMULATION_COMMANDS,
  ...ASSIGNMENT_COMMANDS,
  ...DELIVERY_COMMANDS,
  ...LTI_COMMANDS,
  ...LTI11_SECRET_COMMANDS,
  ...PEOPLE_COMMANDS,
  ...GRADE_COMMANDS,
  ...OVERAGE_COMMANDS,
  ...MONEY_COMMANDS,
  ...REPORT_COMMANDS,
  ...ALERT_COMMANDS,
  ...ACCESS_COMMANDS,
};

export function commandEntries(): readonly (readonly [name: string, command: Command])[] {
  return Object.entries(COMMANDS);
}

/** Undefined where there is none of that name. */
export function findCommand(name: string): Command | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}
