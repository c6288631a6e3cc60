/** The values that cross the wire in many routes. What a person reads in the document is said here, once. */
import { z } from "zod";
import { SCORM_NAMESPACE } from "../../core/identity.ts";
import { KIND_NAMES } from "../../core/licensing/kinds/index.ts";

/** UUID, in any case. */
export const id = z.uuid({ error: "expected an id (a UUID)" }).toLowerCase();

const EARLIEST = Date.UTC(1970, 0);
const LATEST = Date.UTC(3000, 0);

/** RFC 3339 with an offset; answers are in UTC. */
export const moment = z
  .codec(
    z.iso.datetime({ offset: true, error: "expected a time such as 2026-01-31T09:00:00Z" }),
    z.date().refine((date) => date.getTime() >= EARLIEST && date.getTime() < LATEST, {
      error: "expected a year from 1970 to 2999",
    }),
    { decode: (text) => new Date(text), encode: (date) => date.toISOString() },
  )
  .meta({ examples: ["2026-01-31T09:00:00Z"] });

/** Text for people: trimmed, not empty. */
export function text(most: number) {
  return z
    .string({ error: "expected text" })
    .trim()
    .min(1, { error: "expected text that is not empty" })
    .max(most, { error: `expected at most ${most} characters` });
}

export const nameText = text(200);

export function wholeNumber(least: number, most: number) {
  const error = `expected a whole number from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

/** A whole number in a query, where everything is text. */
export function queryNumber(least: number, most: number) {
  const error = `expected a whole number from ${least} to ${most}`;
  return z.codec(z.string({ error }).regex(/^\d{1,15}$/, { error }), wholeNumber(least, most), {
    decode: Number,
    encode: String,
  });
}

/** `true` or `false` in a query. */
export const queryFlag = z.codec(
  z.enum(["true", "false"], { error: "expected true or false" }),
  z.boolean(),
  {
    decode: (written) => written === "true",
    encode: (flag) => (flag ? ("true" as const) : ("false" as const)),
  },
);

/** ISO 4217. */
export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/, { error: "expected three capital letters (ISO 4217)" })
  .meta({ examples: ["EUR"] });

export const MOST_MINOR_UNITS = 1e12;

/** Of an answer: whole minor units of a currency; 1250 is 12.50 EUR. */
export const minorUnits = z.int().meta({ description: "In minor units: 1250 is 12.50 EUR." });

/** Of a license. */
export const kindName = z.enum(KIND_NAMES, { error: `expected one of ${KIND_NAMES.join(", ")}` });

/** As browsers say it. */
export const origin = z
  .string()
  .max(300)
  .refine(isOrigin, { error: "expected an origin such as https://lms.example.com, without a path" });

function isOrigin(written: string): boolean {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.origin === written;
}

/** Of an id that an LMS sends (RULES §1). */
export const namespace = z
  .string()
  .max(500, { error: "expected at most 500 characters" })
  .regex(/^(scorm|lti:.+|lti11:.+)$/, {
    error: "expected `scorm`, `lti:` with an issuer or `lti11:` with a consumer key",
  })
  .meta({
    description: "Of the id: `scorm`, if not given; `lti:<issuer>` or `lti11:<consumer key>` over LTI.",
  });

/** A learner, by the gateway's own id or by the one that an LMS sends; the latter may never have launched. */
export const namedLearner = z
  .union(
    [
      z.strictObject({ learner_id: id }),
      z.strictObject({
        connection_id: id
          .nullable()
          .default(null)
          .meta({ description: "Null: the account's first connection." }),
        namespace: namespace.default(SCORM_NAMESPACE),
        value: text(4000).meta({ description: "The id that the LMS sends." }),
        name: z.string().trim().max(500).default("").meta({ description: "Of a learner not known yet." }),
      }),
    ],
    { error: "expected a learner_id, or the value that an LMS sends" },
  )
  .meta({ id: "NamedLearner" });
