/** Sequencing rules and rollup rules (SCORM 2004 SN 3.4 and 3.7). */
import type { RollupRule, SequencingRule } from "../../core/course.ts";
import { type ManifestValues, stated } from "./manifestValues.ts";
import { attributeOf, childOf, childrenOf, type XmlElement } from "./xmlTree.ts";

type RuleElement = "preConditionRule" | "postConditionRule" | "exitConditionRule";

const ACTIONS: Record<RuleElement, readonly string[]> = {
  preConditionRule: ["skip", "disabled", "hiddenFromChoice", "stopForwardTraversal"],
  postConditionRule: ["exitParent", "exitAll", "retry", "retryAll", "continue", "previous"],
  exitConditionRule: ["exit"],
};

const CONDITIONS = [
  "satisfied",
  "objectiveStatusKnown",
  "objectiveMeasureKnown",
  "objectiveMeasureGreaterThan",
  "objectiveMeasureLessThan",
  "completed",
  "activityProgressKnown",
  "attempted",
  "attemptLimitExceeded",
  "timeLimitExceeded",
  "outsideAvailableTimeRange",
  "always",
];

const ROLLUP_CONDITIONS = [
  "satisfied",
  "objectiveStatusKnown",
  "objectiveMeasureKnown",
  "completed",
  "activityProgressKnown",
  "attempted",
  "attemptLimitExceeded",
  "timeLimitExceeded",
  "outsideAvailableTimeRange",
  "never",
];

const OPERATORS = ["noOp", "not"] as const;
const COMBINATIONS = ["any", "all"] as const;
const CHILD_SETS = ["all", "any", "none", "atLeastCount", "atLeastPercent"] as const;
const ROLLUP_ACTIONS = ["satisfied", "notSatisfied", "completed", "incomplete"];

export function readSequencingRules(
  rules: XmlElement | undefined,
  name: RuleElement,
  values: ManifestValues,
): readonly SequencingRule[] | undefined {
  const read = childrenOf(rules, "imsss", name).flatMap((element) => {
    const conditions = childOf(element, "imsss", "ruleConditions");
    const written = attributeOf(childOf(element, "imsss", "ruleAction"), "imsss", "action");
    const action = values.word("a rule's action", written, ACTIONS[name]);
    const tests = childrenOf(conditions, "imsss", "ruleCondition").map((one) => readCondition(one, values));
    // A rule with a part that can't be read would mean something else without it.
    if (action === undefined || tests.includes(null)) return [];
    const combination = attributeOf(conditions, "imsss", "conditionCombination");
    return [
      {
        combination: values.word("conditionCombination", combination, COMBINATIONS) ?? ("all" as const),
        action,
        conditions: tests.filter((test) => test !== null),
      },
    ];
  });
  return read.length === 0 ? undefined : read;
}

type Condition = SequencingRule["conditions"][number];

function readCondition(element: XmlElement, values: ManifestValues): Condition | null {
  const condition = values.word("a rule's condition", attributeOf(element, "imsss", "condition"), CONDITIONS);
  if (condition === undefined) return null;
  const threshold = attributeOf(element, "imsss", "measureThreshold");
  return stated<Condition>({
    condition,
    operator:
      values.word("a rule's operator", attributeOf(element, "imsss", "operator"), OPERATORS) ?? "noOp",
    referenced_objective: attributeOf(element, "imsss", "referencedObjective"),
    measure_threshold: values.number("measureThreshold", threshold, -1, 1),
  });
}

export function readRollupRules(
  rules: XmlElement | undefined,
  values: ManifestValues,
): readonly RollupRule[] | undefined {
  const read = childrenOf(rules, "imsss", "rollupRule").flatMap((element) => {
    const rule = readRollupRule(element, values);
    return rule === null ? [] : [rule];
  });
  return read.length === 0 ? undefined : read;
}

function readRollupRule(element: XmlElement, values: ManifestValues): RollupRule | null {
  const conditions = childOf(element, "imsss", "rollupConditions");
  const written = (name: string) => attributeOf(element, "imsss", name);
  const action = attributeOf(childOf(element, "imsss", "rollupAction"), "imsss", "action");
  const known = values.word("a rollup rule's action", action, ROLLUP_ACTIONS);
  const tests = childrenOf(conditions, "imsss", "rollupCondition").map((one) =>
    readRollupCondition(one, values),
  );
  if (known === undefined || tests.includes(null)) return null;
  const combination = attributeOf(conditions, "imsss", "conditionCombination");
  return stated<RollupRule>({
    child_activity_set: values.word("childActivitySet", written("childActivitySet"), CHILD_SETS) ?? "all",
    minimum_count: values.count("minimumCount", written("minimumCount")),
    minimum_percent: values.number("minimumPercent", written("minimumPercent"), 0, 1),
    combination: values.word("conditionCombination", combination, COMBINATIONS) ?? "any",
    action: known,
    conditions: tests.filter((test) => test !== null),
  });
}

function readRollupCondition(
  element: XmlElement,
  values: ManifestValues,
): RollupRule["conditions"][number] | null {
  const written = attributeOf(element, "imsss", "condition");
  const condition = values.word("a rollup rule's condition", written, ROLLUP_CONDITIONS);
  if (condition === undefined) return null;
  const operator = values.word(
    "a rollup rule's operator",
    attributeOf(element, "imsss", "operator"),
    OPERATORS,
  );
  return { condition, operator: operator ?? "noOp" };
}
