import type {
  CourseItem,
  CourseStructure,
  RollupRule,
  Sequencing,
  SequencingObjective,
  SequencingRule,
} from "../../../../core/course.ts";

/** Translates a course's sequencing into the settings of scorm-again. Pure; names only, no rules of its own. */

export type Settings = { readonly [name: string]: unknown };

/** The organization's place in the tree. `$` cannot begin an identifier of a manifest (xs:ID). */
export const ORGANIZATION = "$organization";

export function activityTreeOf(structure: CourseStructure): Settings {
  return {
    id: ORGANIZATION,
    title: structure.title,
    ...sequencingSettings(structure.sequencing),
    children: structure.items.map(activityOf),
  };
}

function activityOf(item: CourseItem): Settings {
  return present({
    id: item.id,
    title: item.title,
    isVisible: item.visible,
    completionThreshold: item.completion_threshold && {
      completedByMeasure: item.completion_threshold.completed_by_measure,
      minProgressMeasure: item.completion_threshold.min_progress_measure,
      progressWeight: item.completion_threshold.progress_weight,
    },
    timeLimitAction: item.time_limit_action,
    hideLmsUi: item.hide_lms_ui,
    ...sequencingSettings(item.sequencing),
    children: item.items.map(activityOf),
  });
}

function sequencingSettings(sequencing: Sequencing | undefined): Settings {
  if (sequencing === undefined) return {};
  const considerations = sequencing.rollup_considerations;
  return present({
    sequencingControls: controlsOf(sequencing),
    deliveryControls:
      sequencing.delivery_controls &&
      present({
        tracked: sequencing.delivery_controls.tracked,
        completionSetByContent: sequencing.delivery_controls.completion_set_by_content,
        objectiveSetByContent: sequencing.delivery_controls.objective_set_by_content,
      }),
    sequencingRules: {
      preConditionRules: (sequencing.pre_condition_rules ?? []).map(ruleOf),
      exitConditionRules: (sequencing.exit_condition_rules ?? []).map(ruleOf),
      postConditionRules: (sequencing.post_condition_rules ?? []).map(ruleOf),
    },
    rollupRules: sequencing.rollup_rules && { rules: sequencing.rollup_rules.map(rollupRuleOf) },
    rollupConsiderations:
      considerations &&
      present({
        requiredForSatisfied: considerations.required_for_satisfied,
        requiredForNotSatisfied: considerations.required_for_not_satisfied,
        requiredForCompleted: considerations.required_for_completed,
        requiredForIncomplete: considerations.required_for_incomplete,
        measureSatisfactionIfActive: considerations.measure_satisfaction_if_active,
      }),
    attemptLimit: sequencing.limit_conditions?.attempt_limit,
    attemptAbsoluteDurationLimit: sequencing.limit_conditions?.attempt_absolute_duration_limit,
    primaryObjective: sequencing.primary_objective && objectiveOf(sequencing.primary_objective, true),
    objectives: sequencing.objectives?.map((objective) => objectiveOf(objective, false)),
  });
}

function controlsOf(sequencing: Sequencing): Settings {
  const mode = sequencing.control_mode;
  const choice = sequencing.constrained_choice;
  const random = sequencing.randomization;
  return present({
    choice: mode?.choice,
    choiceExit: mode?.choice_exit,
    flow: mode?.flow,
    forwardOnly: mode?.forward_only,
    useCurrentAttemptObjectiveInfo: mode?.use_current_attempt_objective_info,
    useCurrentAttemptProgressInfo: mode?.use_current_attempt_progress_info,
    preventActivation: choice?.prevent_activation,
    constrainChoice: choice?.constrain_choice,
    rollupObjectiveSatisfied: sequencing.rollup?.rollup_objective_satisfied,
    rollupProgressCompletion: sequencing.rollup?.rollup_progress_completion,
    objectiveMeasureWeight: sequencing.rollup?.objective_measure_weight,
    randomizationTiming: random?.randomization_timing,
    randomizeChildren: random?.reorder_children,
    selectionTiming: random?.selection_timing,
    selectCount: random?.select_count,
  });
}

function ruleOf(rule: SequencingRule): Settings {
  return {
    action: rule.action,
    conditionCombination: rule.combination,
    conditions: rule.conditions.map((condition) =>
      present({
        condition: condition.condition,
        operator: condition.operator,
        referencedObjective: condition.referenced_objective,
        parameters:
          condition.measure_threshold === undefined ? undefined : { threshold: condition.measure_threshold },
      }),
    ),
  };
}

function rollupRuleOf(rule: RollupRule): Settings {
  return present({
    action: rule.action,
    consideration: rule.child_activity_set,
    minimumCount: rule.minimum_count,
    minimumPercent: rule.minimum_percent,
    conditionCombination: rule.combination,
    conditions: rule.conditions.map(({ condition, operator }) => ({ condition, operator })),
  });
}

function objectiveOf(objective: SequencingObjective, isPrimary: boolean): Settings {
  return present({
    // A primary objective may have no id, but scorm-again drops one with an empty id; a blank one it keeps,
    // and does not show to the course.
    objectiveID: objective.id === "" ? " " : objective.id,
    isPrimary,
    satisfiedByMeasure: objective.satisfied_by_measure,
    minNormalizedMeasure: objective.min_normalized_measure,
    mapInfo: objective.maps.map((map) =>
      present({
        targetObjectiveID: map.target,
        readSatisfiedStatus: map.read_satisfied_status,
        readNormalizedMeasure: map.read_normalized_measure,
        writeSatisfiedStatus: map.write_satisfied_status,
        writeNormalizedMeasure: map.write_normalized_measure,
        readRawScore: map.read_raw_score,
        writeRawScore: map.write_raw_score,
        readMinScore: map.read_min_score,
        writeMinScore: map.write_min_score,
        readMaxScore: map.read_max_score,
        writeMaxScore: map.write_max_score,
        readCompletionStatus: map.read_completion_status,
        writeCompletionStatus: map.write_completion_status,
        readProgressMeasure: map.read_progress_measure,
        writeProgressMeasure: map.write_progress_measure,
      }),
    ),
  });
}

/** Without what the manifest does not state: scorm-again's own defaults are those of the specification. */
function present(settings: Settings): Settings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
