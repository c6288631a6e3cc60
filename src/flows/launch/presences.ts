/**
 * How far each open launch got, as far as this process heard of it. May vanish: it serves the hint that a course is open
 * elsewhere, and makes good what a token does not say because the answer that brought it was lost.
 */
import type { OpenTime } from "../../core/openTime.ts";
import { addSeconds } from "../../core/time.ts";

export interface Presences {
  beat(launchId: string, openTime: OpenTime, closing: boolean): void;
  /** As of the last beat heard here; null where none was. */
  openTimeOf(launchId: string): OpenTime | null;
  /** Whether a launch beat, or was written to, so lately that it may still be open. */
  isFresh(launchId: string, lastSeenAt: Date, at: Date): boolean;
}

interface Presence {
  readonly openTime: OpenTime;
  readonly closing: boolean;
}

/** For this long after its last beat a launch is remembered: as long as its token is fresh. */
const REMEMBERED_SECONDS = 15 * 60;

export function createPresences(beatSeconds: number): Presences {
  const presences = new Map<string, Presence>();
  const freshSeconds = beatSeconds * 2 + 5;
  let sweptAt: Date | null = null;

  const sweep = (at: Date) => {
    if (sweptAt && addSeconds(sweptAt, freshSeconds) > at) return;
    sweptAt = at;
    for (const [id, { openTime }] of presences)
      if (addSeconds(openTime.counted_at, REMEMBERED_SECONDS) < at) presences.delete(id);
  };
  return {
    beat: (launchId, openTime, closing) => {
      sweep(openTime.counted_at);
      presences.set(launchId, { openTime, closing });
    },
    openTimeOf: (launchId) => presences.get(launchId)?.openTime ?? null,
    isFresh: (launchId, lastSeenAt, at) => {
      const presence = presences.get(launchId);
      if (presence?.closing) return false;
      return addSeconds(presence?.openTime.counted_at ?? lastSeenAt, freshSeconds) > at;
    },
  };
}
