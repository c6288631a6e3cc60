/** The data types of SCORM 2004 RTE 4.1.1.7, and the forms of responses of 4.2.9. */
import { secondsOfInterval } from "../../durations.ts";
import type { ValueRefusal, ValueRule } from "./elements.ts";

const REAL = /^-?(\d+(\.\d*)?|\.\d+)$/;

/** real(10,7): decimal notation; more digits than 7 are kept as sent, for the standard asks for at least 7. */
export function real(lowest = Number.NEGATIVE_INFINITY, highest = Number.POSITIVE_INFINITY): ValueRule {
  return (value) => {
    if (!REAL.test(value)) return { why: `"${value}" is not a decimal number` };
    const number = Number(value);
    if (number >= lowest && number <= highest) return undefined;
    return { why: `${value} is not from ${lowest} to ${highest}`, because: "range" };
  };
}

/** Over the smallest permitted maximum an LMS may do as it likes (RTE 4.1.1.3); this one refuses, the hardest thing it may do. */
export function characters(limit: number): ValueRule {
  return (value) =>
    value.length <= limit
      ? undefined
      : { why: `${value.length} characters are more than the ${limit} that fit` };
}

const LANGUAGE = /^([A-Za-z]{2,3}|i|x)(-[A-Za-z0-9]{1,8})*$/;

export const language: ValueRule = (value) =>
  value === "" || LANGUAGE.test(value) ? undefined : { why: `"${value}" is not a language tag` };

/** A text that may begin with `{lang=de}`. */
export function localizedText(limit: number): ValueRule {
  return (value, at) => {
    const match = /^\{lang=([^}]*)\}/.exec(value);
    if (match?.[1] !== undefined && !LANGUAGE.test(match[1]))
      return { why: `"${match[1]}" is not a language tag` };
    return characters(limit)(value.slice(match?.[0].length ?? 0), at);
  };
}

const URI = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%{}|]+$/;
const URN = /^urn:[a-z0-9][a-z0-9-]{0,31}:.+$/i;

function identifier(value: string, limit: number): ValueRefusal | undefined {
  if (!URI.test(value)) return { why: `"${value}" is not an identifier (a URI)` };
  if (/^urn:/i.test(value) && !URN.test(value)) return { why: `"${value}" is not a URN` };
  return value.length <= limit
    ? undefined
    : { why: `${value.length} characters are more than the ${limit} that fit` };
}

export const longIdentifier: ValueRule = (value) => identifier(value, 4_000);

function isShortIdentifier(value: string): boolean {
  return identifier(value, 250) === undefined;
}

/** time(second,10,0): from a year alone down to hundredths, years 1970 to 2038, a zone only after a time. */
const TIME =
  /^(19[7-9]\d|20[0-2]\d|203[0-8])(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3])(:[0-5]\d(:[0-5]\d(\.\d{1,2})?)?)?(Z|[+-]([01]\d|2[0-3])(:[0-5]\d)?)?)?)?)?$/;

export const time: ValueRule = (value) => {
  const match = TIME.exec(value);
  if (match === null) return { why: `"${value}" is not an ISO 8601 time from 1970 to 2038` };
  const [, year, , month, , day] = match;
  if (month === undefined || day === undefined) return undefined;
  const daysInMonth = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate();
  return Number(day) <= daysInMonth ? undefined : { why: `${year}-${month} has no day ${day}` };
};

export const interval: ValueRule = (value) =>
  secondsOfInterval(value) === null ? { why: `"${value}" is not an ISO 8601 duration` } : undefined;

/** Takes `{case_matters=…}` and `{order_matters=…}` off the front, in any order; undefined where one is not true or false. */
function withoutDelimiters(value: string, allowed: readonly string[]): string | undefined {
  let rest = value;
  for (let match = /^\{(\w+)=([^}]*)\}/.exec(rest); match !== null; match = /^\{(\w+)=([^}]*)\}/.exec(rest)) {
    const [whole, name, setting] = match;
    if (!allowed.includes(name ?? "")) break;
    if (setting !== "true" && setting !== "false") return undefined;
    rest = rest.slice(whole.length);
  }
  return rest;
}

type Form = (value: string, pattern: boolean) => boolean;

const pairs = (value: string, left: (text: string) => boolean, right: (text: string) => boolean): boolean =>
  value.split("[,]").every((pair) => {
    const [first, second, ...more] = pair.split("[.]");
    return first !== undefined && second !== undefined && more.length === 0 && left(first) && right(second);
  });

const emptyOr = (judge: (text: string) => boolean) => (value: string) => value === "" || judge(value);

const isReal = (value: string) => REAL.test(value);

const FORMS: Readonly<Record<string, Form>> = {
  "true-false": (value) => value === "true" || value === "false",
  choice: (value) => {
    if (value === "") return true;
    const chosen = value.split("[,]");
    return chosen.every(isShortIdentifier) && new Set(chosen).size === chosen.length;
  },
  "fill-in": (value, pattern) =>
    withoutDelimiters(value, pattern ? ["case_matters", "order_matters"] : []) !== undefined,
  "long-fill-in": (value, pattern) => {
    const rest = withoutDelimiters(value, pattern ? ["case_matters"] : []);
    return rest !== undefined && rest.length <= 4_000;
  },
  likert: isShortIdentifier,
  matching: (value) => pairs(value, isShortIdentifier, isShortIdentifier),
  performance: (value, pattern) => {
    const rest = withoutDelimiters(value, pattern ? ["order_matters"] : []);
    return rest !== undefined && pairs(rest, emptyOr(isShortIdentifier), (answer) => answer.length <= 250);
  },
  sequencing: (value) => value.split("[,]").every(isShortIdentifier),
  numeric: (value, pattern) => {
    if (!pattern) return isReal(value);
    const [lowest, highest, ...more] = value.split("[:]");
    if (lowest === undefined || more.length > 0) return false;
    if (highest === undefined) return isReal(lowest);
    if (!emptyOr(isReal)(lowest) || !emptyOr(isReal)(highest)) return false;
    return lowest === "" || highest === "" || Number(lowest) <= Number(highest);
  },
  other: (value) => value.length <= 4_000,
};

export const INTERACTION_TYPES = Object.keys(FORMS);

/** Types whose correct response can only be one (RTE 4.2.9.1). */
export const SINGLE_PATTERN = ["true-false", "likert", "numeric", "other"];

export function response(role: "pattern" | "response"): ValueRule {
  return (value, at) => {
    const type = at.values.get(`cmi.interactions.${at.indexes[0]}.type`) ?? "other";
    return FORMS[type]?.(value, role === "pattern")
      ? undefined
      : { why: `"${value}" is not a ${role} of type ${type}` };
  };
}
