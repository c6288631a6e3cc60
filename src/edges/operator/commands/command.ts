/** What a command is, and the options that several take. */
import { z } from "zod";
import type { By } from "../../../flows/audited.ts";
import type { Context } from "../../../flows/context.ts";
import type { ImportProgress } from "../../../flows/import/importTypes.ts";

/** Rows to show, one thing that was made, or a file to write. */
export type CommandResult =
  | { readonly rows: readonly object[] }
  | { readonly made: object }
  | { readonly file: { readonly name: string; readonly base64: string } };

export interface CommandRun {
  readonly context: Context;
  readonly by: By;
  readonly progress: (progress: ImportProgress) => void;
}

export interface Command {
  readonly summary: string;
  readonly options: z.ZodObject;
  run(run: CommandRun, options: unknown): Promise<CommandResult>;
}

export function command<Options extends z.ZodObject>(
  summary: string,
  options: Options,
  run: (run: CommandRun, options: z.infer<Options>) => Promise<CommandResult>,
): Command {
  return { summary, options, run: (given, asked) => run(given, options.parse(asked)) };
}

export const id = z.uuid();
export const account = { account: id.describe("the account's id") };
export const license = { ...account, license: id.describe("the license's id") };
export const delivery = { ...account, delivery: id.describe("the delivery's id") };
export const flag = z.enum(["on", "off"]).transform((value) => value === "on");
export const moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text));
/** In digits and nothing else: an empty text, as an unset shell variable gives, is no 0. */
export const wholeNumber = (least: number, most: number) =>
  z
    .preprocess(
      (given) => (typeof given === "number" ? String(given) : given),
      z.string().regex(/^\d{1,15}$/, "expected a whole number"),
    )
    .transform(Number)
    .pipe(z.number().min(least).max(most));
export const MOST_MINOR_UNITS = 1e12;
export const MOST_SEATS = 1e6;
