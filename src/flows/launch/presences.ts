/**
 * When each open launch last beat, as far as this process heard it. May vanish: it only serves the hint that a course
 * is open elsewhere.
 */
import { addSeconds } from "../../core/time.ts";

export interface Presences {
  beat(launchId: string, at: Date): void;
  closed(launchId: string): void;
  /** Whether a launch beat, or was written to, so lately that it may still be open. */
  isFresh(launchId: string, lastSeenAt: Date, at: Date): boolean;
}

export function createPresences(beatSeconds: number): Presences {
  const beats = new Map<string, Date>();
  const freshSeconds = beatSeconds * 2 + 5;
  let sweptAt: Date | null = null;

  const sweep = (at: Date) => {
    if (sweptAt && addSeconds(sweptAt, freshSeconds) > at) return;
    sweptAt = at;
    for (const [id, beatAt] of beats) if (addSeconds(beatAt, freshSeconds) < at) beats.delete(id);
  };
  return {
    beat: (launchId, at) => {
      sweep(at);
      beats.set(launchId, at);
    },
    closed: (launchId) => {
      beats.delete(launchId);
    },
    isFresh: (launchId, lastSeenAt, at) => addSeconds(beats.get(launchId) ?? lastSeenAt, freshSeconds) > at,
  };
}
