/** The gateway's clock in a test: stands still until the test moves it. */
import type { Clock } from "../../src/deps.ts";

export interface TestClock extends Clock {
  /** @param instant ISO 8601. */
  set(instant: string): void;
  /** Forward, or back where negative. */
  advance(by: { readonly days?: number; readonly hours?: number; readonly seconds?: number }): void;
}

/** Where every test begins. */
export const START = "2026-01-05T09:00:00Z";

export function createTestClock(): TestClock {
  let now = new Date(START);
  return {
    now: () => new Date(now),
    set: (instant) => {
      now = new Date(instant);
    },
    advance: ({ days = 0, hours = 0, seconds = 0 }) => {
      now = new Date(now.getTime() + ((days * 24 + hours) * 3600 + seconds) * 1000);
    },
  };
}
