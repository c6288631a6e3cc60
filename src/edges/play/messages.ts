/** What the player may say: the types of `core/bridge.ts` as schemas. All that arrives is hostile. */
import { z } from "zod";
import type { LaunchRequest } from "../../core/bridge.ts";
import { Fault } from "../../core/faults.ts";
import { wellFormed } from "../../core/text.ts";
import { MOST_SEQUENCE } from "../../flows/keepLaunch.ts";

const text = (longest: number) => z.string().max(longest);
/** For people and for keys: what the database can't hold is replaced. */
const storable = (longest: number) => text(longest).transform(wellFormed);

/** Values that LMSs send can be odd and long; what the gateway does not need of one is cut, not refused. */
const value = (longest: number) => z.string().transform((given) => wellFormed(given.slice(0, longest)));

const snapshot = z.object({
  wrapper: z.int(),
  format: z.enum(["scorm12", "scorm2004-3", "scorm2004-4"]),
  api: z.enum(["1.2", "2004", ""]),
  initialized: z.boolean(),
  error: value(40),
  learner_id: storable(10_000),
  learner_name: value(1000),
  entry: value(40),
  mode: value(40),
  credit: value(40),
  completion: value(40),
  success: value(40),
  score: z.object({ raw: value(40), min: value(40), max: value(40), scaled: value(40) }),
  mastery: value(40),
  location: value(4000),
  suspend_data: value(200_000),
  preferences: z.object({ audio: value(40), language: value(300), speed: value(40), text: value(40) }),
});

export const launchRequest = z.object({
  nonce: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/, "expected 16 to 64 letters, digits, - or _"),
  lms_origin: storable(500),
  shown_in: z.enum(["frame", "window"]),
  snapshot,
}) satisfies z.ZodType<LaunchRequest, unknown>;

const number = z.number().min(-1e9).max(1e9).nullable();

const rollup = z.object({
  completion: z.enum(["not attempted", "incomplete", "completed", "unknown"]),
  success: z.enum(["passed", "failed", "unknown"]),
  score: z.object({ scaled: number, raw: number, min: number, max: number }),
  progress: z.number().min(0).max(1).nullable(),
  location: storable(4000),
  session_seconds: z.number().min(0).max(1e7),
});

/** Names of items and elements are keys in the database: such as it can hold, and an index entry takes. */
const key = (longest: number) =>
  text(longest)
    .refine((name) => name === wellFormed(name), "expected well-formed text")
    .refine(
      (name) => Buffer.byteLength(name) <= LONGEST_KEY_BYTES,
      `expected at most ${LONGEST_KEY_BYTES} bytes`,
    );
const LONGEST_KEY_BYTES = 2000;

/** An object with names that a course chose. By way of a map, for a record of zod passes over `__proto__`. */
const named = <Value extends z.ZodType>(name: z.ZodString, value: Value) =>
  z
    .custom<object>(
      (given) => typeof given === "object" && given !== null && !Array.isArray(given),
      "expected an object",
    )
    .transform((given) => new Map(Object.entries(given)))
    .pipe(z.map(name, value))
    .transform((entries): Record<string, z.infer<Value>> => Object.fromEntries(entries));

/** `KeepRequest`. */
export const keepRequest = z.object({
  token: text(4000),
  sequence: z
    .int()
    .min(0)
    .max(MOST_SEQUENCE - 1)
    .optional(),
  changes: named(key(1000), named(key(300), z.string().max(1_000_000).nullable())).optional(),
  rollup: rollup.optional(),
  session_seconds: named(key(1000), z.number().min(0).max(1e7)).optional(),
  marker_acknowledged: z.boolean().optional(),
  closing: z.boolean().optional(),
});

/**
 * @throws Fault `body_invalid` that names the first field that is wrong.
 */
export function parse<Output>(schema: z.ZodType<Output>, body: unknown): Output {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.join(".") || "body";
  throw new Fault("body_invalid", `${field}: ${issue?.message ?? "expected another form"}.`);
}
