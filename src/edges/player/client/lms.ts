import type { LaunchAllowed, LmsSnapshot, Rollup } from "../../../core/bridge.ts";
import { STARTED } from "./rollup.ts";

/** The LMS, as far as the player itself tells it something. */
export interface Lms {
  /** The learner was let in; from now on it is told of this attempt. */
  begin(allowed: LaunchAllowed, listener: LmsListener): void;
  /** Tells where the course stands, if that is not known yet. */
  report(rollup: Rollup): void;
  /** As `report`, and waits for the LMS. */
  reportNow(rollup: Rollup): Promise<Reported>;
  /** The page goes away: nothing more can be waited for. */
  reportLast(rollup: Rollup): void;
  finish(rollup: Rollup): Promise<Reported>;
  denied(): void;
}

export interface LmsListener {
  /** Of every commit that the LMS took or refused. */
  readonly onReported: (ok: boolean) => void;
  /** The LMS closes the course; the learner may still stay. */
  readonly onLeaving: () => void;
}

export interface Reported {
  readonly ok: boolean;
}

/** What the LMS wants of the course's run-time; "" where it says nothing. */
export type LmsWishes = Pick<LmsSnapshot, "api" | "mastery" | "preferences">;

const TOLD: Reported = { ok: true };

/** Over LTI grades leave from the gateway: it is told all that there is to tell by every save. */
export const TOLD_BY_GATEWAY: Lms = {
  begin: () => undefined,
  report: () => undefined,
  reportNow: async () => TOLD,
  reportLast: () => undefined,
  finish: async () => TOLD,
  denied: () => undefined,
};

const RECONCILE_WITHIN_MILLISECONDS = 5_000;

/** What the last closing could not tell the LMS is told now, before the course loads (docs/bridge.md §1). */
export async function reconcile(lms: Lms, stored: Rollup | null): Promise<void> {
  const rollup = stored === null ? STARTED : { ...stored, session_seconds: 0 };
  await Promise.race([
    lms.reportNow(rollup),
    new Promise<void>((resolve) => setTimeout(resolve, RECONCILE_WITHIN_MILLISECONDS)),
  ]);
}
