/**
 * How often each key came within a window of time, counted by this process alone. All keys share the window, so none has a timer or
 * a record of its own: a launch would leave both behind for a minute, thousands a second (docs/benchmarks.md).
 */

export interface Window {
  /** Counts one more of `key`. */
  count(key: string): InWindow;
}

export interface InWindow {
  readonly count: number;
  /** Until all is counted anew. */
  readonly left_seconds: number;
}

/** More keys in one window than that are themselves a flood: counting begins anew. */
const MOST_KEYS = 200_000;

/** @param now In seconds, from whenever. */
export function createWindow(seconds: number, now: () => number): Window {
  let counts = new Map<string, number>();
  let from = Number.NEGATIVE_INFINITY;
  return {
    count: (key) => {
      const at = now();
      const wasSetBack = at < from;
      if (at >= from + seconds || wasSetBack || counts.size >= MOST_KEYS) {
        // A new one, rather than emptied: `bag.ts`.
        counts = new Map();
        from = at;
      }
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return { count, left_seconds: from + seconds - at };
    },
  };
}
