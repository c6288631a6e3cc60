/** One activity's `imsss:sequencing` with ADL's extensions (SCORM 2004 SN 3, CAM 5.1). */
import type { Sequencing } from "../../core/course.ts";
import { Fault } from "../../core/faults.ts";
import type { ImportWarnings } from "./importWarnings.ts";
import { readObjectives } from "./manifestObjectives.ts";
import { readRollupRules, readSequencingRules } from "./manifestRules.ts";
import { ManifestValues, stated, statedOrNothing } from "./manifestValues.ts";
import { attributeOf, childOf, childrenOf, type XmlElement } from "./xmlTree.ts";
import { show } from "./zipNames.ts";

/**
 * A definition in the collection can be referred to by every item, so a small manifest could become a huge
 * structure. The honest use is a few rules, shared by some hundred items.
 */
const MAX_SHARED_ELEMENTS = 100_000;

export class ManifestSequencing {
  readonly #collection = new Map<string, XmlElement>();
  readonly #warnings: ImportWarnings;
  #sharedElements = 0;

  constructor(manifest: XmlElement, warnings: ImportWarnings) {
    this.#warnings = warnings;
    const collection = childOf(manifest, "imsss", "sequencingCollection");
    for (const element of childrenOf(collection, "imsss", "sequencing")) {
      const id = attributeOf(element, "imsss", "ID");
      if (id !== undefined) this.#collection.set(id, element);
    }
  }

  /**
   * @param where As it stands in a warning: `the item "intro"`.
   * @returns What the definition states itself, over what the one that it refers to states.
   */
  read(owner: XmlElement, where: string): Sequencing | undefined {
    const own = childOf(owner, "imsss", "sequencing");
    const extensions = [
      childOf(owner, "adlseq", "constrainedChoiceConsiderations"),
      childOf(owner, "adlseq", "rollupConsiderations"),
    ];
    if (own === undefined && extensions.every((one) => one === undefined)) return undefined;
    const values = new ManifestValues(this.#warnings, where);
    const shared = this.#shared(own, where);
    return statedOrNothing<Sequencing>({
      ...(shared === undefined ? {} : readDefinition(shared, values)),
      ...readExtensions(owner, values),
      ...(own === undefined ? {} : readDefinition(own, values)),
    });
  }

  #shared(own: XmlElement | undefined, where: string): XmlElement | undefined {
    const id = attributeOf(own, "imsss", "IDRef");
    if (id === undefined) return undefined;
    const found = this.#collection.get(id);
    if (found === undefined) {
      this.#warnings.add(
        "sequencing_idref_unknown",
        `The sequencing of ${where} refers to ${show(id)}, which is nowhere.`,
      );
      return undefined;
    }
    this.#sharedElements += countElements(found);
    if (this.#sharedElements > MAX_SHARED_ELEMENTS) {
      throw new Fault(
        "manifest_too_large",
        "The sequencing of the imsmanifest.xml, with what it refers to, is too large.",
      );
    }
    return found;
  }
}

function countElements(element: XmlElement): number {
  return element.children.reduce((sum, child) => sum + countElements(child), 1);
}

function readDefinition(element: XmlElement, values: ManifestValues): Sequencing {
  if (childOf(element, "imsss", "auxiliaryResources") !== undefined)
    values.unsupported("auxiliary resources");
  const rules = childOf(element, "imsss", "sequencingRules");
  return stated<Sequencing>({
    control_mode: readControlMode(childOf(element, "imsss", "controlMode"), values),
    pre_condition_rules: readSequencingRules(rules, "preConditionRule", values),
    post_condition_rules: readSequencingRules(rules, "postConditionRule", values),
    exit_condition_rules: readSequencingRules(rules, "exitConditionRule", values),
    limit_conditions: readLimitConditions(childOf(element, "imsss", "limitConditions"), values),
    ...readRollup(childOf(element, "imsss", "rollupRules"), values),
    ...readObjectives(element, values),
    randomization: readRandomization(childOf(element, "imsss", "randomizationControls"), values),
    delivery_controls: readDeliveryControls(childOf(element, "imsss", "deliveryControls"), values),
    ...readExtensions(element, values),
  });
}

function readControlMode(
  element: XmlElement | undefined,
  values: ManifestValues,
): Sequencing["control_mode"] {
  const flag = (name: string) => values.boolean(name, attributeOf(element, "imsss", name));
  return statedOrNothing<NonNullable<Sequencing["control_mode"]>>({
    choice: flag("choice"),
    choice_exit: flag("choiceExit"),
    flow: flag("flow"),
    forward_only: flag("forwardOnly"),
    use_current_attempt_objective_info: flag("useCurrentAttemptObjectiveInfo"),
    use_current_attempt_progress_info: flag("useCurrentAttemptProgressInfo"),
  });
}

/** SCORM 2004 itself declares these out of scope (SN 3.5); some tools write them all the same. */
const OTHER_LIMITS = [
  "attemptExperiencedDurationLimit",
  "activityAbsoluteDurationLimit",
  "activityExperiencedDurationLimit",
  "beginTimeLimit",
  "endTimeLimit",
];

function readLimitConditions(
  element: XmlElement | undefined,
  values: ManifestValues,
): Sequencing["limit_conditions"] {
  for (const name of OTHER_LIMITS) {
    if (attributeOf(element, "imsss", name) !== undefined) values.unsupported(`the limit condition ${name}`);
  }
  return statedOrNothing<NonNullable<Sequencing["limit_conditions"]>>({
    attempt_limit: values.count("attemptLimit", attributeOf(element, "imsss", "attemptLimit")),
    attempt_absolute_duration_limit: values.matching(
      "attemptAbsoluteDurationLimit",
      attributeOf(element, "imsss", "attemptAbsoluteDurationLimit"),
      /^P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d{1,2})?S)?)?$/,
      "an ISO 8601 duration such as PT30M",
    ),
  });
}

function readRollup(
  element: XmlElement | undefined,
  values: ManifestValues,
): Pick<Sequencing, "rollup" | "rollup_rules"> {
  const written = (name: string) => attributeOf(element, "imsss", name);
  const weight = "objectiveMeasureWeight";
  return stated<Pick<Sequencing, "rollup" | "rollup_rules">>({
    rollup: statedOrNothing<NonNullable<Sequencing["rollup"]>>({
      rollup_objective_satisfied: values.boolean(
        "rollupObjectiveSatisfied",
        written("rollupObjectiveSatisfied"),
      ),
      rollup_progress_completion: values.boolean(
        "rollupProgressCompletion",
        written("rollupProgressCompletion"),
      ),
      objective_measure_weight: values.number(weight, written(weight), 0, 1),
    }),
    rollup_rules: readRollupRules(element, values),
  });
}

const TIMINGS = ["never", "once", "onEachNewAttempt"] as const;

function readRandomization(
  element: XmlElement | undefined,
  values: ManifestValues,
): Sequencing["randomization"] {
  const written = (name: string) => attributeOf(element, "imsss", name);
  return statedOrNothing<NonNullable<Sequencing["randomization"]>>({
    randomization_timing: values.word("randomizationTiming", written("randomizationTiming"), TIMINGS),
    reorder_children: values.boolean("reorderChildren", written("reorderChildren")),
    selection_timing: values.word("selectionTiming", written("selectionTiming"), TIMINGS),
    select_count: values.count("selectCount", written("selectCount")),
  });
}

function readDeliveryControls(
  element: XmlElement | undefined,
  values: ManifestValues,
): Sequencing["delivery_controls"] {
  const flag = (name: string) => values.boolean(name, attributeOf(element, "imsss", name));
  return statedOrNothing<NonNullable<Sequencing["delivery_controls"]>>({
    tracked: flag("tracked"),
    completion_set_by_content: flag("completionSetByContent"),
    objective_set_by_content: flag("objectiveSetByContent"),
  });
}

type Extensions = Pick<Sequencing, "constrained_choice" | "rollup_considerations">;

/** ADL's own stand inside the sequencing; some tools write them beside it, in the item. */
function readExtensions(parent: XmlElement, values: ManifestValues): Extensions {
  const choice = childOf(parent, "adlseq", "constrainedChoiceConsiderations");
  const flag = (name: string) => values.boolean(name, attributeOf(choice, "adlseq", name));
  return stated<Extensions>({
    constrained_choice: statedOrNothing<NonNullable<Sequencing["constrained_choice"]>>({
      prevent_activation: flag("preventActivation"),
      constrain_choice: flag("constrainChoice"),
    }),
    rollup_considerations: readRollupConsiderations(
      childOf(parent, "adlseq", "rollupConsiderations"),
      values,
    ),
  });
}

const CONSIDERATIONS = ["always", "ifAttempted", "ifNotSkipped", "ifNotSuspended"] as const;

function readRollupConsiderations(
  element: XmlElement | undefined,
  values: ManifestValues,
): Sequencing["rollup_considerations"] {
  const word = (name: string) => values.word(name, attributeOf(element, "adlseq", name), CONSIDERATIONS);
  const ifActive = "measureSatisfactionIfActive";
  return statedOrNothing<NonNullable<Sequencing["rollup_considerations"]>>({
    required_for_satisfied: word("requiredForSatisfied"),
    required_for_not_satisfied: word("requiredForNotSatisfied"),
    required_for_completed: word("requiredForCompleted"),
    required_for_incomplete: word("requiredForIncomplete"),
    measure_satisfaction_if_active: values.boolean(ifActive, attributeOf(element, "adlseq", ifActive)),
  });
}
