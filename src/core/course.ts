/**
 * What an imported course is made of: the shape that import writes, the store keeps as JSON and the player
 * runs. Follows the IMS Content Packaging and Simple Sequencing models with SCORM's extensions
 * (SCORM 1.2 CAM 2.3, SCORM 2004 CAM 3 and SN 3); names are those of the manifest in snake case.
 */

/** The standard that a course was made for; not the format of the package it is delivered in. */
export type CourseStandard =
  | "scorm12"
  | "scorm2004-2"
  | "scorm2004-3"
  | "scorm2004-4"
  /** A web page, by URL or uploaded. */
  | "page"
  /** A video, by URL or uploaded. */
  | "video";

export interface CourseStructure {
  readonly standard: CourseStandard;
  /** The manifest's identifier; empty for a page or a video. */
  readonly identifier: string;
  readonly title: string;
  /** Whether objective maps outlive the organization (SCORM 2004 `adlseq:objectivesGlobalToSystem`). */
  readonly objectives_global_to_system: boolean;
  /** The organization's own sequencing; absent in SCORM 1.2. */
  readonly sequencing?: Sequencing;
  /** The organization's own (SCORM 2004 4th edition). */
  readonly completion_threshold?: CompletionThreshold;
  /** The items of the default organization, in order. A single-SCO course has one leaf. */
  readonly items: readonly CourseItem[];
}

export interface CourseItem {
  /** The item's identifier in the manifest: the key of its run-time state. Unique in the course. */
  readonly id: string;
  readonly title: string;
  readonly visible: boolean;
  /** Present on leaves: what to load, and whether it talks to the SCORM API. */
  readonly resource?: {
    /**
     * Path inside the course's content (`xml:base` applied, percent-encoding kept), with query and fragment
     * as written plus the item's `parameters` appended as SCORM says; or an absolute http(s) URL.
     */
    readonly href: string;
    readonly type: "sco" | "asset";
  };
  /** SCORM 1.2 `adlcp:masteryscore`, 0 to 100. */
  readonly mastery_score?: number;
  /** SCORM 1.2 `adlcp:maxtimeallowed` as written, `HHHH:MM:SS.SS`. */
  readonly max_time_allowed?: string;
  /** `adlcp:timelimitaction` / `adlcp:timeLimitAction`. */
  readonly time_limit_action?:
    | "exit,message"
    | "exit,no message"
    | "continue,message"
    | "continue,no message";
  /** `adlcp:datafromlms` / `adlcp:dataFromLMS`: the course's launch data. */
  readonly launch_data?: string;
  /** SCORM 1.2 `adlcp:prerequisites`, an AICC script such as `intro&(a|b)`. */
  readonly prerequisites?: string;
  /** SCORM 2004 `adlcp:completionThreshold`, 0 to 1. */
  readonly completion_threshold?: CompletionThreshold;
  /** SCORM 2004 `adlnav:hideLMSUI`. */
  readonly hide_lms_ui?: readonly string[];
  readonly sequencing?: Sequencing;
  readonly items: readonly CourseItem[];
}

export interface CompletionThreshold {
  readonly completed_by_measure: boolean;
  readonly min_progress_measure: number;
  readonly progress_weight: number;
}

/** One activity's sequencing definition (SCORM 2004 SN 3); only what the manifest states, `IDRef` resolved. */
export interface Sequencing {
  readonly control_mode?: {
    readonly choice?: boolean;
    readonly choice_exit?: boolean;
    readonly flow?: boolean;
    readonly forward_only?: boolean;
    readonly use_current_attempt_objective_info?: boolean;
    readonly use_current_attempt_progress_info?: boolean;
  };
  readonly constrained_choice?: {
    readonly prevent_activation?: boolean;
    readonly constrain_choice?: boolean;
  };
  readonly pre_condition_rules?: readonly SequencingRule[];
  readonly post_condition_rules?: readonly SequencingRule[];
  readonly exit_condition_rules?: readonly SequencingRule[];
  readonly limit_conditions?: {
    readonly attempt_limit?: number;
    /** ISO 8601 duration. */
    readonly attempt_absolute_duration_limit?: string;
  };
  readonly rollup_rules?: readonly RollupRule[];
  readonly rollup?: {
    readonly rollup_objective_satisfied?: boolean;
    readonly rollup_progress_completion?: boolean;
    readonly objective_measure_weight?: number;
  };
  readonly rollup_considerations?: {
    readonly required_for_satisfied?: RollupConsideration;
    readonly required_for_not_satisfied?: RollupConsideration;
    readonly required_for_completed?: RollupConsideration;
    readonly required_for_incomplete?: RollupConsideration;
    readonly measure_satisfaction_if_active?: boolean;
  };
  readonly primary_objective?: SequencingObjective;
  readonly objectives?: readonly SequencingObjective[];
  readonly randomization?: {
    readonly randomization_timing?: "never" | "once" | "onEachNewAttempt";
    readonly reorder_children?: boolean;
    readonly selection_timing?: "never" | "once" | "onEachNewAttempt";
    readonly select_count?: number;
  };
  readonly delivery_controls?: {
    readonly tracked?: boolean;
    readonly completion_set_by_content?: boolean;
    readonly objective_set_by_content?: boolean;
  };
}

export type RollupConsideration = "always" | "ifAttempted" | "ifNotSkipped" | "ifNotSuspended";

export interface SequencingRule {
  /** `any` or `all`. */
  readonly combination: "any" | "all";
  /** As in the manifest: `skip`, `disabled`, `hiddenFromChoice`, `stopForwardTraversal`, `exit`, `exitParent`, `exitAll`, `retry`, `retryAll`, `continue`, `previous`. */
  readonly action: string;
  readonly conditions: readonly {
    readonly condition: string;
    readonly operator: "noOp" | "not";
    readonly referenced_objective?: string;
    readonly measure_threshold?: number;
  }[];
}

export interface RollupRule {
  readonly child_activity_set: "all" | "any" | "none" | "atLeastCount" | "atLeastPercent";
  readonly minimum_count?: number;
  readonly minimum_percent?: number;
  readonly combination: "any" | "all";
  /** `satisfied`, `notSatisfied`, `completed`, `incomplete`. */
  readonly action: string;
  readonly conditions: readonly { readonly condition: string; readonly operator: "noOp" | "not" }[];
}

export interface SequencingObjective {
  readonly id: string;
  readonly satisfied_by_measure?: boolean;
  readonly min_normalized_measure?: number;
  readonly maps: readonly {
    readonly target: string;
    readonly read_satisfied_status?: boolean;
    readonly read_normalized_measure?: boolean;
    readonly write_satisfied_status?: boolean;
    readonly write_normalized_measure?: boolean;
    readonly read_raw_score?: boolean;
    readonly write_raw_score?: boolean;
    readonly read_min_score?: boolean;
    readonly write_min_score?: boolean;
    readonly read_max_score?: boolean;
    readonly write_max_score?: boolean;
    readonly read_completion_status?: boolean;
    readonly write_completion_status?: boolean;
    readonly read_progress_measure?: boolean;
    readonly write_progress_measure?: boolean;
  }[];
}

/** What import noticed and accepted all the same: told to whoever imported it, and kept with the version. */
export interface ImportWarning {
  /** Permanent, as `sequencing_unsupported`. */
  readonly code: string;
  /** One sentence that names the element. */
  readonly detail: string;
}
