/** What the gateway decided and tallied, as the practice page shows it beside its LMS. */
import type { PackageFormat } from "../../core/bridge.ts";
import type { DenialCode } from "../../core/denials.ts";

/** A delivery whose package can be had, as a newcomer picks it from a list. */
export interface PracticePackage {
  readonly delivery_id: string;
  readonly title: string;
  /** Tells it from its twins (RULES §4). */
  readonly label: string;
  readonly format: PackageFormat;
  readonly license_kind: string;
}

/** Who an observed line is about: the id as the LMS sent it, and the name as the gateway knows it. */
export interface ObservedLearner {
  readonly learner_id: string;
  readonly name: string;
  readonly scorm_id: string;
}

export interface ObservedLaunch {
  readonly launch_id: string;
  /** Null where the launch was refused before anyone was known. */
  readonly learner: ObservedLearner | null;
  /** ISO 8601 UTC, as every time here. */
  readonly launched_at: string;
  readonly outcome: "allowed" | "denied";
  /** The reason of a denial; null of an allowed launch. */
  readonly code: DenialCode | null;
  /** How often the same denial was given within its minute (RULES §2); 1 of an allowed launch. */
  readonly count: number;
  readonly open_seconds: number;
  readonly closed_at: string | null;
  /** Whether it confirmed its seat. */
  readonly confirmed_seat: boolean;
}

export interface ObservedSeat {
  readonly seat_id: string;
  readonly learner: ObservedLearner;
  readonly state: "pending" | "confirmed" | "released";
  readonly started_at: string;
  readonly confirmed_at: string | null;
  /** When the seat's term is over; null where it has no end yet. */
  readonly ends_at: string | null;
  /** Present while pending: why it is, and what would confirm and charge it (RULES §3.1). */
  readonly pending?: {
    readonly launches: number;
    readonly launches_needed: number;
    /** The longest open time in one launch so far. */
    readonly open_seconds: number;
    readonly open_seconds_needed: number;
    /** When open time alone confirms it if the course stays open; null while none is open. */
    readonly confirms_at: string | null;
  };
}

export interface ObservedCharge {
  readonly charge_id: string;
  readonly learner: ObservedLearner | null;
  readonly charged_at: string;
  /** Signed, in minor units of the currency. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  readonly why: string;
}

export interface ObservedAttempt {
  readonly attempt_id: string;
  readonly learner: ObservedLearner;
  readonly completion: string;
  readonly success: string;
  /** −1 to 1, null where there is none. */
  readonly score_scaled: number | null;
  readonly saved_at: string | null;
}

/** What the gateway decided and tallied for one delivery; every list newest first, the last few. */
export interface Observation {
  /** The gateway's clock. */
  readonly now: string;
  readonly paused: boolean;
  readonly launches: readonly ObservedLaunch[];
  readonly seats: readonly ObservedSeat[];
  readonly charges: readonly ObservedCharge[];
  readonly attempts: readonly ObservedAttempt[];
}
