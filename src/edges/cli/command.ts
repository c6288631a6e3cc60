/** What a command is, and the options that several take. The gateway checks values; here they are read from text. */
import { z } from "zod";
import type { ApiClient } from "./apiClient.ts";

/** Rows to show, one thing that was made or read, or a file that was written. */
export type CommandResult = (
  | { readonly rows: readonly object[] }
  | { readonly made: object }
  | { readonly file: string }
) & {
  /** What was looked for is not as it should be: it is shown, and the program ends with 1, for the scripts that run it. */
  readonly is_bad?: boolean;
};

/** How far a long piece of work has come, for people who watch. */
export type Progress = (step: string, doneBytes: number, totalBytes: number) => void;

export interface CommandCall {
  readonly api: ApiClient;
  readonly progress: Progress;
  /** Where a file is to be written; undefined: as the gateway calls it. */
  readonly out: string | undefined;
}

export interface Command {
  readonly summary: string;
  readonly options: z.ZodObject;
  run(call: CommandCall, options: unknown): Promise<CommandResult>;
}

export function command<Options extends z.ZodRawShape>(
  summary: string,
  options: Options,
  run: (call: CommandCall, options: z.output<z.ZodObject<Options>>) => Promise<CommandResult>,
): Command {
  const schema = z.strictObject(options);
  return {
    summary,
    options: schema,
    run: (call, asked) => run(call, schema.parse(asked) as z.output<z.ZodObject<Options>>),
  };
}

/** Rows of a list of the API, the newest first. */
export async function rowsOf(
  { api }: CommandCall,
  path: string,
  { most, ...query }: Readonly<Record<string, string | number | boolean | undefined>> & { most: number },
): Promise<CommandResult> {
  return { rows: await api.list(path, query, most) };
}

export const id = z.uuid({ error: "expected an id (a UUID)" });
export const account = { account: id.describe("the account's id") };
export const license = { ...account, license: id.describe("the license's id") };
export const delivery = { ...account, delivery: id.describe("the delivery's id") };
export const flag = z
  .enum(["on", "off"], { error: "expected on or off" })
  .transform((value) => value === "on");
/** In digits and nothing else: an empty text, as an unset shell variable gives, is no 0. */
export const wholeNumber = z.coerce
  .string()
  .regex(/^\d{1,15}$/, { error: "expected a whole number" })
  .transform(Number);
/** Several, separated by commas. */
export const several = z.string().transform((written) =>
  written
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== ""),
);
/** As `seat_months=6` or `when_full=overage`; may be repeated. */
export const terms = z
  .array(z.string().regex(/^\w+=(\d{1,15}|[a-z_]{1,100})$/, { error: "expected name=number or name=word" }))
  .transform((pairs) =>
    Object.fromEntries(
      pairs
        .map((pair) => pair.split("="))
        .map(([name = "", value = ""]) => [name, /^\d/.test(value) ? Number(value) : value] as const),
    ),
  );

const USUALLY_MOST = 1000;

/** Of lists. */
export const most = {
  most: z
    .union([z.literal("all").transform(() => Number.POSITIVE_INFINITY), wholeNumber], {
      error: "expected a whole number, or all",
    })
    .default(USUALLY_MOST)
    .describe(`how many rows, the newest first; ${USUALLY_MOST} if not given, or all`),
};

/** Without those that were not given. */
export function given<Body extends object>(body: Body): Partial<Body> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Partial<Body>;
}
