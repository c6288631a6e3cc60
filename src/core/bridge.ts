/**
 * The words that the wrapper, the player and the gateway say to one another. `docs/bridge.md` tells the
 * story; this file is its vocabulary. The wrapper is plain JavaScript and cannot import it.
 */
import type { CourseStructure } from "./course.ts";
import type { DenialCode } from "./denials.ts";

/** The version of the wrapper–player protocol. A wrapper in an LMS lives for years: only ever add. */
export const BRIDGE_VERSION = 1;

/**
 * What the wrapper in a package can do, as it says in its snapshot. Since 2 it leaves suspended what its LMS holds, also where it
 * was closed before the player reported (docs/bridge.md §2).
 */
export const WRAPPER_VERSION = 2;

export type PackageFormat = "scorm12" | "scorm2004-3" | "scorm2004-4";

/** As what a delivery is handed to an LMS: as a package, or as a link, which is one for LTI 1.3 and 1.1 (RULES §1). */
export type DeliveryFormat = PackageFormat | "lti";

/** What the wrapper read from its LMS when it was opened. All values as the LMS gave them; "" where it gave none. */
export interface LmsSnapshot {
  readonly wrapper: number;
  readonly format: PackageFormat;
  /** Which API answered: `1.2`, `2004`, or "" where none was found. */
  readonly api: "1.2" | "2004" | "";
  /** Whether Initialize returned true; `error` is the LMS's error code when it did not. */
  readonly initialized: boolean;
  readonly error: string;
  readonly learner_id: string;
  readonly learner_name: string;
  readonly entry: string;
  /** `cmi.core.lesson_mode` / `cmi.mode`. */
  readonly mode: string;
  readonly credit: string;
  /** 1.2: `cmi.core.lesson_status`; 2004: `cmi.completion_status`. */
  readonly completion: string;
  /** 2004: `cmi.success_status`; "" in 1.2. */
  readonly success: string;
  readonly score: {
    readonly raw: string;
    readonly min: string;
    readonly max: string;
    readonly scaled: string;
  };
  /** 1.2: `cmi.student_data.mastery_score`; 2004: `cmi.scaled_passing_score`. */
  readonly mastery: string;
  readonly location: string;
  readonly suspend_data: string;
  readonly preferences: {
    readonly audio: string;
    readonly language: string;
    readonly speed: string;
    readonly text: string;
  };
}

/** What the LMS is told about the whole course. */
export interface Rollup {
  readonly completion: "not attempted" | "incomplete" | "completed" | "unknown";
  readonly success: "passed" | "failed" | "unknown";
  /** `scaled` −1 to 1; `raw` as the course set it; null where it set none. */
  readonly score: {
    readonly scaled: number | null;
    readonly raw: number | null;
    readonly min: number | null;
    readonly max: number | null;
  };
  /** 0 to 1, null where unknown. */
  readonly progress: number | null;
  readonly location: string;
  /** Seconds of this launch so far, as the player measured them: for the LMS only, never for the tally. */
  readonly session_seconds: number;
}

/** Accepted values of one activity: element → value, null where it was unset. Keyed by item id. */
export type StateChanges = Readonly<Record<string, Readonly<Record<string, string | null>>>>;

/** The pseudo item that holds what belongs to the whole course, such as sequencing state and global objectives. */
export const COURSE_STATE_KEY = "$course";

/** Element of it: the item that was opened first in this attempt, for reports (RULES §3.4). */
export const FIRST_ITEM = "first_item";

/** `POST /play/<delivery key>/launch`. */
export interface LaunchRequest {
  /** The wrapper's, made once per page load: the same nonce is the same launch (RULES §1). */
  readonly nonce: string;
  /** The origin of the wrapper's page as the browser reported it to the player; "null" for an opaque one. */
  readonly lms_origin: string;
  readonly shown_in: "frame" | "window";
  readonly snapshot: LmsSnapshot;
}

/** `POST /play/lti/launch`: of a course that was opened over LTI, without a wrapper. */
export interface LtiLaunchRequest {
  /** From the fragment of the player's address. */
  readonly ticket: string;
  readonly shown_in: "frame" | "window";
}

export type LaunchAnswer = LaunchAllowed | LaunchDenied;

export interface LaunchAllowed {
  readonly outcome: "allowed";
  readonly launch_id: string;
  /** Proves the launch to `/play/keep`; every answer there brings a fresh one. */
  readonly token: string;
  readonly attempt: {
    readonly id: string;
    /** What the LMS is to keep in its suspend data. */
    readonly marker: string;
    /** False on the first launch of an attempt. */
    readonly resumed: boolean;
    /** Another launch of this attempt has not closed and may still be open. */
    readonly elsewhere: boolean;
    /** ISO 8601 UTC, null before the first save. */
    readonly saved_at: string | null;
  };
  readonly course: {
    readonly structure: CourseStructure;
    /** Path or URL that ends in `/`: where relative hrefs of the structure resolve. */
    readonly content_base: string;
  };
  /** State of every activity that has one. */
  readonly states: StateChanges;
  /** Total time per activity before this launch, in seconds; what it has counted itself is in `progress`. */
  readonly total_seconds: Readonly<Record<string, number>>;
  readonly rollup: Rollup | null;
  /** Of a launch that was asked for before. A gateway that is older leaves it out. */
  readonly progress?: LaunchProgress;
  readonly learner: { readonly id: string; readonly name: string };
  readonly mode: "normal" | "browse" | "review";
  readonly credit: "credit" | "no-credit";
  readonly beat: BeatPlan;
  /** Of a launch over LTI. */
  readonly lti?: LtiLaunch;
}

/** How far the pages of one launch have come, for the page that goes on with it. */
export interface LaunchProgress {
  /** Of the newest save: the next one's must be higher, or it would count as one that arrives late. */
  readonly sequence: number;
  /** Per activity, since the launch began: what the next save tells begins here. */
  readonly session_seconds: Readonly<Record<string, number>>;
}

/** What a wrapper's snapshot would tell. */
export interface LtiLaunch {
  /** Where the learner goes who leaves the course; null: the platform did not say. */
  readonly return_url: string | null;
  /** BCP 47; "" where the platform does not say. */
  readonly locale: string;
}

export interface BeatPlan {
  /** How often to say that the course is open. */
  readonly every_seconds: number;
  /** Seconds of open time still missing to the next thing that the gateway decides by it; null where nothing is. */
  readonly due_in_seconds: number | null;
}

export interface LaunchDenied {
  readonly outcome: "denied";
  readonly code: DenialCode;
  /** What the learner tells support. */
  readonly reference: string;
  /** Set where trying again may help; the page then retries by itself. */
  readonly retry_after_seconds: number | null;
  /** BCP 47, of the words below. */
  readonly language: string;
  readonly title: string;
  readonly reason: string;
  readonly next_step: string;
}

/** `POST /play/keep`, as JSON: by fetch, or by beacon as `text/plain`. One beat, one save, or both. */
export interface KeepRequest {
  readonly token: string;
  /** Rises with every message of this launch that carries changes; parts of one save share it. */
  readonly sequence?: number;
  /** Everything not yet acknowledged. */
  readonly changes?: StateChanges;
  readonly rollup?: Rollup;
  /** Session seconds per activity since the launch began (not since the last save). */
  readonly session_seconds?: Readonly<Record<string, number>>;
  /** The LMS has committed the marker. */
  readonly marker_acknowledged?: boolean;
  /** The page is going away. */
  readonly closing?: boolean;
}

export interface KeepAnswer {
  readonly token: string;
  /** ISO 8601 UTC; present when something was saved. */
  readonly saved_at?: string;
  readonly beat: BeatPlan;
  /** The launch must stop now: show why. What this request carried was still saved. */
  readonly stop?: Omit<LaunchDenied, "outcome">;
  /** A newer launch of the same attempt has taken over. */
  readonly superseded?: boolean;
}
