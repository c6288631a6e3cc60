/** What the player may say: the types of `core/bridge.ts` as schemas. All that arrives is hostile. */
import { z } from "zod";
import { boundedRollup, boundedSeconds, LONGEST_VALUE } from "../../core/bounds.ts";
import type { LaunchRequest, LtiLaunchRequest } from "../../core/bridge.ts";
import { Fault } from "../../core/faults.ts";
import { wellFormed } from "../../core/text.ts";
import { MOST_SEQUENCE } from "../../flows/keepLaunch.ts";

const text = (longest: number) => z.string().max(longest);
/** For people and for keys: what the database can't hold is replaced. */
const storable = (longest: number) => text(longest).transform(wellFormed);

/**
 * Values that LMSs send can be odd and long; what the gateway does not need of one is cut, not refused. Cut all at once, after
 * the schema has seen them: twenty transforms in it would take as long as all else that is done to the request's body.
 */
const cut = (given: string, longest: number) => wellFormed(given.slice(0, longest));

const raw = z.string();

const snapshot = z
  .object({
    wrapper: z.int(),
    format: z.enum(["scorm12", "scorm2004-3", "scorm2004-4"]),
    api: z.enum(["1.2", "2004", ""]),
    initialized: z.boolean(),
    error: raw,
    learner_id: text(10_000),
    learner_name: raw,
    entry: raw,
    mode: raw,
    credit: raw,
    completion: raw,
    success: raw,
    score: z.object({ raw, min: raw, max: raw, scaled: raw }),
    mastery: raw,
    location: raw,
    suspend_data: raw,
    preferences: z.object({ audio: raw, language: raw, speed: raw, text: raw }),
  })
  .transform((given) => ({
    wrapper: given.wrapper,
    format: given.format,
    api: given.api,
    initialized: given.initialized,
    error: cut(given.error, 40),
    learner_id: wellFormed(given.learner_id),
    learner_name: cut(given.learner_name, 1000),
    entry: cut(given.entry, 40),
    mode: cut(given.mode, 40),
    credit: cut(given.credit, 40),
    completion: cut(given.completion, 40),
    success: cut(given.success, 40),
    score: {
      raw: cut(given.score.raw, 40),
      min: cut(given.score.min, 40),
      max: cut(given.score.max, 40),
      scaled: cut(given.score.scaled, 40),
    },
    mastery: cut(given.mastery, 40),
    location: cut(given.location, 4000),
    suspend_data: cut(given.suspend_data, 200_000),
    preferences: {
      audio: cut(given.preferences.audio, 40),
      language: cut(given.preferences.language, 300),
      speed: cut(given.preferences.speed, 40),
      text: cut(given.preferences.text, 40),
    },
  }));

const shownIn = z.enum(["frame", "window"]);

export const launchRequest = z.object({
  nonce: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/, "expected 16 to 64 letters, digits, - or _"),
  lms_origin: storable(500),
  shown_in: shownIn,
  snapshot,
}) satisfies z.ZodType<LaunchRequest, unknown>;

/** As long as the fragment of an address may be in all browsers that the player runs in, and far more than a ticket is. */
const LONGEST_TICKET = 60_000;

export const ltiLaunchRequest = z.object({
  ticket: text(LONGEST_TICKET),
  shown_in: shownIn,
}) satisfies z.ZodType<LtiLaunchRequest, unknown>;

/** A number that a course gave; JSON says null of what is none. How large it may be is `core/bounds.ts`'s to say. */
const number = z.number().nullable();

/** What a course says of itself is brought within bounds, not refused: nothing of the save may be lost by it. */
const rollup = z
  .object({
    completion: z.enum(["not attempted", "incomplete", "completed", "unknown"]),
    success: z.enum(["passed", "failed", "unknown"]),
    score: z.object({ scaled: number, raw: number, min: number, max: number }),
    progress: number,
    location: z.string(),
    session_seconds: number,
  })
  .transform((said) => boundedRollup({ ...said, location: cut(said.location, LONGEST_LOCATION) }));
const LONGEST_LOCATION = 4000;

/** Names of items and elements are keys in the database: such as it can hold, and an index entry takes. */
const key = (longest: number) =>
  text(longest)
    .refine((name) => name === wellFormed(name), "expected well-formed text")
    .refine(
      (name) => Buffer.byteLength(name) <= LONGEST_KEY_BYTES,
      `expected at most ${LONGEST_KEY_BYTES} bytes`,
    );
const LONGEST_KEY_BYTES = 2000;
/** In characters; an import lets items have names of 500. */
const LONGEST_NAME = 1000;

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

function cutValues(elements: Readonly<Record<string, string | null>>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(elements).map(([name, value]) => [name, value?.slice(0, LONGEST_VALUE) ?? null]),
  );
}

/** As long as those of items: the sequencing of an activity is kept under its item's name with a prefix. */
const elementsOfItem = named(key(LONGEST_NAME), z.string().nullable()).transform(cutValues);
const secondsOfItem = number.transform(boundedSeconds);

/** `KeepRequest`. */
export const keepRequest = z.object({
  token: text(4000),
  sequence: z
    .int()
    .min(0)
    .max(MOST_SEQUENCE - 1)
    .optional(),
  changes: named(key(LONGEST_NAME), elementsOfItem).optional(),
  rollup: rollup.optional(),
  session_seconds: named(key(LONGEST_NAME), secondsOfItem).optional(),
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
