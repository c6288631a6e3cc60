/**
 * How platforms have answered lately, in one process: one that hangs or fails is asked by one sender at a time, with growing
 * pauses, and only by those slots that are kept for failing ones. What waits there has not been tried, so it goes out as
 * soon as the platform answers again.
 */
import { addSeconds } from "../../../core/time.ts";

interface Lane {
  failures: number;
  paused_until: Date;
}

export interface Lanes {
  isFailing(lane: string): boolean;
  isPaused(lane: string, at: Date): boolean;
  answered(lane: string): void;
  failed(lane: string, at: Date, wishedSeconds: number | null): void;
  /** Somebody asks for it to be tried now. */
  wake(accountId: string): void;
}

const PAUSES_SECONDS = [5, 10, 20, 40, 60] as const;
const LONGEST_WISHED_SECONDS = 60 * 60;
const MOST_LANES = 10_000;

export function createLanes(): Lanes {
  const failing = new Map<string, Lane>();
  return {
    isFailing: (lane) => failing.has(lane),
    isPaused: (lane, at) => at < (failing.get(lane)?.paused_until ?? at),
    answered: (lane) => void failing.delete(lane),
    failed: (lane, at, wishedSeconds) => {
      const failures = (failing.get(lane)?.failures ?? 0) + 1;
      const usual = PAUSES_SECONDS[Math.min(failures, PAUSES_SECONDS.length) - 1] ?? 0;
      const seconds = Math.max(usual, Math.min(wishedSeconds ?? 0, LONGEST_WISHED_SECONDS));
      failing.delete(lane);
      failing.set(lane, { failures, paused_until: addSeconds(at, seconds) });
      const [oldest] = failing.keys();
      if (failing.size > MOST_LANES && oldest !== undefined) failing.delete(oldest);
    },
    wake: (accountId) => {
      for (const [lane, known] of failing)
        if (lane.startsWith(`${accountId} `)) known.paused_until = new Date(0);
    },
  };
}
