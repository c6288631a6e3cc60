/** What the practice server and its page say to one another: as JSON, under `/api`. */
import type { Observation, PracticePackage } from "./observation.ts";

export type PackageStandard = "scorm12" | "scorm2004-3" | "scorm2004-4";

/** One thing to launch, as the manifest describes it: all that an LMS learns of a package. */
export interface PackageItem {
  readonly item_id: string;
  readonly title: string;
  /** Inside the package, parameters appended. */
  readonly href: string;
  /** Present only where the manifest states them. */
  readonly launch_data?: string;
  readonly mastery_score?: string;
  readonly max_time_allowed?: string;
  readonly time_limit_action?: string;
  readonly completion_threshold?: string;
  readonly scaled_passing_score?: string;
  /**
   * SCORM 2004 delivery controls (SN 3.14): where false, the LMS itself calls an ended attempt completed or satisfied if the SCO said
   * nothing about it. SuccessFactors and Moodle do.
   */
  readonly completion_set_by_content: boolean;
  readonly objective_set_by_content: boolean;
}

/** A package in the LMS: unpacked, ready to be launched. */
export interface LmsPackage {
  readonly package_id: string;
  /** Set where it came from the gateway. */
  readonly delivery_id: string | null;
  readonly title: string;
  readonly standard: PackageStandard;
  readonly items: readonly PackageItem[];
}

export interface LmsLearner {
  /** What this LMS knows them by, and what it sends unless told to change it. */
  readonly learner_id: string;
  /** `Last, First`, as LMSs write it. */
  readonly name: string;
}

/** The SCO's data and how often it was brought: what the LMS recorded of one learner in one item. */
export interface LmsRecord {
  readonly package_id: string;
  readonly item_id: string;
  readonly learner_id: string;
  readonly standard: PackageStandard;
  /** Counts from 1. */
  readonly attempt: number;
  readonly launches: number;
  /** The launch that may write; another one's commits come too late. */
  readonly launch_id: string;
  readonly launched_at: string;
  readonly entry: "ab-initio" | "resume" | "";
  /** The data model as last committed. */
  readonly elements: Readonly<Record<string, string>>;
  /** Time of ended sessions. */
  readonly total_seconds: number;
  /** Commits that were stored, the one at the end included. */
  readonly commits: number;
  /** Of the launch: the highest commit number stored, so that one overtaken on its way can't undo a later one. */
  readonly sequence: number;
  readonly committed_at: string | null;
  /** The SCO has ended its session. */
  readonly terminated: boolean;
  readonly earlier_attempts: readonly EarlierAttempt[];
}

export interface EarlierAttempt {
  readonly attempt: number;
  readonly ended: "normally" | "reset";
  readonly elements: Readonly<Record<string, string>>;
  readonly total_seconds: number;
}

export interface LaunchOrder {
  readonly package_id: string;
  readonly item_id: string;
  readonly learner_id: string;
  /** The fault: forget what was recorded. */
  readonly reset: boolean;
}

export interface CommitOrder {
  readonly launch_id: string;
  readonly sequence: number;
  readonly elements: Readonly<Record<string, string>>;
  readonly moment: "commit" | "terminate";
}

/** `GET /api/packages`. */
export interface PackageList {
  readonly from_gateway: readonly PracticePackage[];
  readonly uploaded: readonly LmsPackage[];
  /** Why the gateway's packages are missing, where they are. */
  readonly gateway_problem: string | null;
}

/** `GET /api/state`: polled by the page. */
export interface PracticeState {
  readonly record: LmsRecord | null;
  readonly observation: Observation | null;
  readonly gateway_problem: string | null;
}
