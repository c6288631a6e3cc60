/** Open time (RULES §2): from the allowing of a launch, by the gateway's clock, without the gaps of a sleeping machine. */
import { secondsBetween } from "./time.ts";

/** A longer gap between two beats does not count as open. */
export const LONGEST_COUNTED_GAP_SECONDS = 150;

/** A launch may run and save for this long after it was allowed (RULES §2). */
export const LONGEST_LAUNCH_SECONDS = 12 * 60 * 60;

export interface OpenTime {
  readonly open_seconds: number;
  /** When the last beat was counted; the opening, before the first. */
  readonly counted_at: Date;
}

/** The open time once a beat has arrived `at`. A clock that steps back counts nothing. */
export function countBeat(before: OpenTime, at: Date): OpenTime {
  const gap = secondsBetween(before.counted_at, at);
  if (gap <= 0) return before;
  const counted = gap <= LONGEST_COUNTED_GAP_SECONDS ? gap : 0;
  return { open_seconds: inMilliseconds(before.open_seconds + counted), counted_at: at };
}

/** The clock's own unit: sums of fractions would else come to 119.99999999999999 where 120 s have passed. */
function inMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
