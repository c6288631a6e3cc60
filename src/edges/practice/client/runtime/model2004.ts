/** The SCORM 2004 data model, in the order of RTE 4.2; `adl.data` is RTE 4.3 (4th Edition), `adl.nav` SN 5.6. */
import {
  both,
  countOf,
  type ElementDefinition,
  type ElementTable,
  elementTable,
  oneOf,
  type Place,
  readable,
  type ValueRefusal,
  type ValueRule,
  writable,
} from "./elements.ts";
import {
  characters,
  INTERACTION_TYPES,
  interval,
  language,
  localizedText,
  longIdentifier,
  real,
  response,
  SINGLE_PATTERN,
  time,
} from "./types2004.ts";

export type Edition = "3rd" | "4th";

export const SUSPEND_LIMIT_2004 = 64_000;

const anyText: ValueRule = () => undefined;
const completion = oneOf("completed", "incomplete", "not attempted", "unknown");
const success = oneOf("passed", "failed", "unknown");

/** An id names one member of its collection for good: taken ids and later changes fail (RTE 4.2.9.1, 4.2.17.1). */
function unique(own: { changeable: boolean }): ValueRule {
  return (value, at) => {
    const wrong = longIdentifier(value, at);
    if (wrong !== undefined) return wrong;
    const before = at.values.get(at.element);
    if (before !== undefined && before !== value && !own.changeable) {
      return { why: `the id is already "${before}"`, because: "failure" };
    }
    return siblings(at).includes(value)
      ? { why: `"${value}" is the id of another one`, because: "failure" }
      : undefined;
  };
}

/** The same element of the other members of the innermost collection. */
function siblings(at: Place): string[] {
  const match = /^(.*)\.(\d+)\.([^.]+)$/.exec(at.element);
  if (match === null) return [];
  const [, collection = "", own, leaf] = match;
  const others: string[] = [];
  for (let index = 0; index < countOf(collection, at.values); index += 1) {
    const other = at.values.get(`${collection}.${index}.${leaf}`);
    if (index !== Number(own) && other !== undefined) others.push(other);
  }
  return others;
}

const pattern: ValueRule = (value, at): ValueRefusal | undefined => {
  const type = at.values.get(`cmi.interactions.${at.indexes[0]}.type`) ?? "";
  if (SINGLE_PATTERN.includes(type) && (at.indexes[1] ?? 0) > 0) {
    return { why: `an interaction of type ${type} has one correct response`, because: "failure" };
  }
  const wrong = response("pattern")(value, at);
  if (wrong !== undefined) return wrong;
  if (type !== "choice" && type !== "sequencing") return undefined;
  return siblings(at).includes(value)
    ? { why: "that correct response is there already", because: "failure" }
    : undefined;
};

const result: ValueRule = (value, at) =>
  real()(value, at) === undefined
    ? undefined
    : oneOf("correct", "incorrect", "unanticipated", "neutral")(value, at);

const navigation: ValueRule = (value, at) =>
  /^\{target=[^}\s]+\}(choice|jump)$/.test(value)
    ? undefined
    : oneOf(
        "continue",
        "previous",
        "exit",
        "exitAll",
        "abandon",
        "abandonAll",
        "suspendAll",
        "_none_",
      )(value, at);

function scoreOf(parent: string): Record<string, ElementDefinition> {
  return {
    [`${parent}.score.scaled`]: both(real(-1, 1)),
    [`${parent}.score.raw`]: both(real()),
    [`${parent}.score.min`]: both(real()),
    [`${parent}.score.max`]: both(real()),
  };
}

export function model2004(suspendLimit: number, edition: Edition): ElementTable {
  return elementTable({
    "cmi.comments_from_learner.n.comment": both(localizedText(4_000)),
    "cmi.comments_from_learner.n.location": both(characters(250)),
    "cmi.comments_from_learner.n.timestamp": both(time),
    "cmi.comments_from_lms.n.comment": readable(anyText),
    "cmi.comments_from_lms.n.location": readable(anyText),
    "cmi.comments_from_lms.n.timestamp": readable(anyText),
    "cmi.completion_status": both(completion),
    "cmi.completion_threshold": readable(anyText),
    "cmi.credit": readable(anyText),
    "cmi.entry": readable(anyText),
    "cmi.exit": writable(oneOf("time-out", "suspend", "logout", "normal", "")),
    "cmi.interactions.n.id": both(longIdentifier),
    "cmi.interactions.n.type": both(oneOf(...INTERACTION_TYPES)),
    "cmi.interactions.n.objectives.n.id": both(unique({ changeable: true })),
    "cmi.interactions.n.timestamp": both(time),
    "cmi.interactions.n.correct_responses.n.pattern": both(pattern),
    "cmi.interactions.n.weighting": both(real()),
    "cmi.interactions.n.learner_response": both(response("response")),
    "cmi.interactions.n.result": both(result),
    "cmi.interactions.n.latency": both(interval),
    "cmi.interactions.n.description": both(localizedText(250)),
    "cmi.launch_data": readable(anyText),
    "cmi.learner_id": readable(anyText),
    "cmi.learner_name": readable(anyText),
    "cmi.learner_preference.audio_level": both(real(0)),
    "cmi.learner_preference.language": both(language),
    "cmi.learner_preference.delivery_speed": both(real(0)),
    "cmi.learner_preference.audio_captioning": both(oneOf("-1", "0", "1")),
    "cmi.location": both(characters(1_000)),
    "cmi.max_time_allowed": readable(anyText),
    "cmi.mode": readable(anyText),
    "cmi.objectives.n.id": both(unique({ changeable: false })),
    ...scoreOf("cmi.objectives.n"),
    "cmi.objectives.n.success_status": both(success),
    "cmi.objectives.n.completion_status": both(completion),
    "cmi.objectives.n.progress_measure": both(real(0, 1)),
    "cmi.objectives.n.description": both(localizedText(250)),
    "cmi.progress_measure": both(real(0, 1)),
    "cmi.scaled_passing_score": readable(anyText),
    ...scoreOf("cmi"),
    "cmi.session_time": writable(interval),
    "cmi.success_status": both(success),
    "cmi.suspend_data": both(characters(suspendLimit)),
    "cmi.time_limit_action": readable(anyText),
    "cmi.total_time": readable(anyText),
    "adl.nav.request": both(navigation),
    "adl.nav.request_valid.continue": readable(anyText),
    "adl.nav.request_valid.previous": readable(anyText),
    ...(edition === "4th"
      ? { "adl.data.n.id": readable(anyText), "adl.data.n.store": both(characters(64_000)) }
      : {}),
  });
}

/** What an element reads as before anyone set it; reading any other that has no value is error 403. */
export const DEFAULTS_2004: Readonly<Record<string, string>> = {
  "cmi.completion_status": "unknown",
  "cmi.credit": "credit",
  "cmi.entry": "",
  "cmi.learner_preference.audio_level": "1",
  "cmi.learner_preference.language": "",
  "cmi.learner_preference.delivery_speed": "1",
  "cmi.learner_preference.audio_captioning": "0",
  "cmi.mode": "normal",
  "cmi.objectives.n.success_status": "unknown",
  "cmi.objectives.n.completion_status": "unknown",
  "cmi.success_status": "unknown",
  "cmi.time_limit_action": "continue,no message",
  "cmi.total_time": "PT0H0M0S",
  "adl.nav.request": "_none_",
  "adl.nav.request_valid.continue": "unknown",
  "adl.nav.request_valid.previous": "unknown",
};

/** What must be set before: a collection's member by its id, a response by the interaction's type (408; RTE 4.2.9, 4.2.17). */
export function missingDependency(at: Place): string | undefined {
  const member = /^(cmi\.(?:interactions|objectives)\.\d+)\.(.+)$/.exec(at.element);
  if (member === null) return undefined;
  const [, parent = "", rest = ""] = member;
  if (rest !== "id" && !at.values.has(`${parent}.id`)) return `${parent}.id`;
  const needsType = rest === "learner_response" || rest.startsWith("correct_responses.");
  if (needsType && !at.values.has(`${parent}.type`)) return `${parent}.type`;
  return undefined;
}
