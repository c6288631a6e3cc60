/** The SCORM 1.2 data model, element by element, as the tables of SCORM 1.2 RTE 3.4 give it. */
import { secondsOfTimespan } from "../../durations.ts";
import {
  both,
  type ElementTable,
  elementTable,
  oneOf,
  readable,
  text,
  type ValueRule,
  writable,
} from "./elements.ts";

export const SUSPEND_LIMIT_12 = 4_096;

/** CMIIdentifier: printable, without white space, at most 255 characters. */
const identifier: ValueRule = (value) =>
  /^[\x21-\x7e]{1,255}$/.test(value)
    ? undefined
    : { why: "an identifier is 1 to 255 printable ASCII characters without a space" };

const DECIMAL = /^-?(\d+(\.\d*)?|\.\d+)$/;

const decimal: ValueRule = (value) =>
  DECIMAL.test(value) ? undefined : { why: `"${value}" is not a decimal number` };

/** CMIBlank, or a CMIDecimal from 0 to 100. */
const score: ValueRule = (value) => {
  if (value === "") return undefined;
  if (!DECIMAL.test(value)) return { why: `"${value}" is not a decimal number` };
  return Number(value) >= 0 && Number(value) <= 100 ? undefined : { why: `${value} is not from 0 to 100` };
};

const timespan: ValueRule = (value) =>
  secondsOfTimespan(value) === null ? { why: `"${value}" is not of the form HHHH:MM:SS.SS` } : undefined;

const timeOfDay: ValueRule = (value) =>
  /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,2})?$/.test(value)
    ? undefined
    : { why: `"${value}" is not of the form HH:MM:SS.SS` };

function wholeNumber(lowest: number, highest: number): ValueRule {
  return (value) =>
    /^[-+]?\d{1,5}$/.test(value) && Number(value) >= lowest && Number(value) <= highest
      ? undefined
      : { why: `"${value}" is not a whole number from ${lowest} to ${highest}` };
}

const INTERACTION_TYPES = [
  "true-false",
  "choice",
  "fill-in",
  "matching",
  "performance",
  "sequencing",
  "likert",
  "numeric",
];
const STATUSES = ["passed", "completed", "failed", "incomplete", "browsed", "not attempted"];

const result: ValueRule = (value, at) =>
  DECIMAL.test(value) ? undefined : oneOf("correct", "wrong", "unanticipated", "neutral")(value, at);

const anyText: ValueRule = () => undefined;

/** CMIFeedback: what a response or a pattern looks like depends on the interaction's type, once that is set. */
const feedback: ValueRule = (value, at) => {
  const type = at.values.get(`cmi.interactions.${at.indexes[0]}.type`);
  const form = type === undefined ? undefined : FEEDBACK_FORMS[type];
  if (form !== undefined && !form.test(value)) return { why: `"${value}" is not a response of type ${type}` };
  return text(255)(value, at);
};

const FEEDBACK_FORMS: Readonly<Record<string, RegExp>> = {
  "true-false": /^[01tf]/i,
  choice: /^(\{[a-z0-9](,[a-z0-9])*\}|[a-z0-9](,[a-z0-9])*)$/i,
  matching: /^\{?[a-z0-9]+\.[a-z0-9]+(,[a-z0-9]+\.[a-z0-9]+)*\}?$/i,
  sequencing: /^[a-z0-9](,[a-z0-9])*$/i,
  likert: /^[a-z0-9]?$/i,
  numeric: DECIMAL,
};

export function model12(suspendLimit: number): ElementTable {
  return elementTable({
    "cmi.core.student_id": readable(identifier),
    "cmi.core.student_name": readable(text(255)),
    "cmi.core.lesson_location": both(text(255)),
    "cmi.core.credit": readable(anyText),
    "cmi.core.lesson_status": both(oneOf(...STATUSES)),
    "cmi.core.entry": readable(anyText),
    "cmi.core.score.raw": both(score),
    "cmi.core.score.min": both(score),
    "cmi.core.score.max": both(score),
    "cmi.core.total_time": readable(anyText),
    "cmi.core.lesson_mode": readable(anyText),
    "cmi.core.exit": writable(oneOf("time-out", "suspend", "logout", "")),
    "cmi.core.session_time": writable(timespan),
    "cmi.suspend_data": both(text(suspendLimit)),
    "cmi.launch_data": readable(anyText),
    "cmi.comments": both(text(4_096)),
    "cmi.comments_from_lms": readable(anyText),
    "cmi.objectives.n.id": both(identifier),
    "cmi.objectives.n.score.raw": both(score),
    "cmi.objectives.n.score.min": both(score),
    "cmi.objectives.n.score.max": both(score),
    "cmi.objectives.n.status": both(oneOf(...STATUSES)),
    "cmi.student_data.mastery_score": readable(anyText),
    "cmi.student_data.max_time_allowed": readable(anyText),
    "cmi.student_data.time_limit_action": readable(anyText),
    "cmi.student_preference.audio": both(wholeNumber(-1, 100)),
    "cmi.student_preference.language": both(text(255)),
    "cmi.student_preference.speed": both(wholeNumber(-100, 100)),
    "cmi.student_preference.text": both(wholeNumber(-1, 1)),
    "cmi.interactions.n.id": writable(identifier),
    "cmi.interactions.n.objectives.n.id": writable(identifier),
    "cmi.interactions.n.time": writable(timeOfDay),
    "cmi.interactions.n.type": writable(oneOf(...INTERACTION_TYPES)),
    "cmi.interactions.n.correct_responses.n.pattern": writable(feedback),
    "cmi.interactions.n.weighting": writable(decimal),
    "cmi.interactions.n.student_response": writable(feedback),
    "cmi.interactions.n.result": writable(result),
    "cmi.interactions.n.latency": writable(timespan),
  });
}

/** What an element reads as before anyone set it; every other reads as an empty text. */
export const DEFAULTS_12: Readonly<Record<string, string>> = {
  "cmi.core.lesson_status": "not attempted",
  "cmi.core.total_time": "0000:00:00.00",
  "cmi.core.credit": "credit",
  "cmi.core.lesson_mode": "normal",
  "cmi.student_preference.audio": "0",
  "cmi.student_preference.speed": "0",
  "cmi.student_preference.text": "0",
};
