/** What the outbox of grades asks of a service that takes them: AGS of LTI 1.3 (`ags.ts`), Basic Outcomes of LTI 1.1. */
import type { GradedRollup, GradeMessage } from "../../../core/lti/grade.ts";
import type { DueTarget } from "../../../store/lti/gradeOutbox.ts";
import type { Context } from "../../context.ts";

export interface GradeToTell {
  readonly rollup: GradedRollup;
  readonly message: GradeMessage;
  /** Of the event; the same at every try, and later than any told before it. */
  readonly timestamp: Date;
}

export type GradeOutcome =
  /** The gradebook has it. `remark`: what support may want to know. */
  | { readonly type: "told"; readonly remark?: string }
  | FailedOutcome
  /** Another process is about to find out where it goes; that is no failure. */
  | { readonly type: "postponed"; readonly seconds: number };

export interface FailedOutcome {
  readonly type: "failed";
  /** For support and administrators, in words; nothing secret. */
  readonly problem: string;
  /** `platform`: nobody's grade would be taken now. `grade`: this one is not, others may be. */
  readonly blame: "platform" | "grade";
  /** How long it asked not to be bothered; null: it did not. */
  readonly wished_seconds: number | null;
}

export interface GradeService {
  /** Whether the gradebook has a place for it at all. */
  hasPlaceFor(message: GradeMessage): boolean;
  /** Never throws for what the platform does. */
  deliver(
    context: Context,
    target: DueTarget,
    grade: GradeToTell,
    stopping?: AbortSignal,
  ): Promise<GradeOutcome>;
}

export function failed(
  blame: FailedOutcome["blame"],
  problem: string,
  wished_seconds: number | null = null,
): FailedOutcome {
  return { type: "failed", problem, blame, wished_seconds };
}

/** What an HTTP status other than success says of the one who answers. */
export function blameOf(status_code: number): FailedOutcome["blame"] {
  const isOfAll = status_code >= 500 || [401, 407, 408, 425, 429].includes(status_code);
  return isOfAll || status_code < 400 ? "platform" : "grade";
}
