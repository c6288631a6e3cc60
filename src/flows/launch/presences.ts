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
  /** What was heard here since this was last asked, and is not stale. */
  takeNews(): Presence[];
  /** What another process heard. It counts for the hint alone, not for open time. */
  heardElsewhere(news: readonly Presence[]): void;
}

export interface Presence {
  readonly launch_id: string;
  readonly seen_at: Date;
  readonly closing: boolean;
}

/** For this long after its last beat a launch is remembered: as long as its token is fresh. */
const REMEMBERED_SECONDS = 15 * 60;

export function createPresences(beatSeconds: number): Presences {
  const openTimes = new Map<string, OpenTime>();
  const presences = new Map<string, Presence>();
  const news = new Map<string, Presence>();
  const freshSeconds = beatSeconds * 2 + 5;
  let sweptAt: Date | null = null;

  const sweep = (at: Date) => {
    if (sweptAt && addSeconds(sweptAt, freshSeconds) > at) return;
    sweptAt = at;
    for (const [id, { counted_at }] of openTimes)
      if (addSeconds(counted_at, REMEMBERED_SECONDS) < at) openTimes.delete(id);
    for (const [id, { seen_at }] of presences)
      if (addSeconds(seen_at, REMEMBERED_SECONDS) < at) presences.delete(id);
    for (const [id, { seen_at }] of news) if (addSeconds(seen_at, freshSeconds) < at) news.delete(id);
  };
  const remember = (presence: Presence) => {
    const known = presences.get(presence.launch_id);
    if (!known || known.seen_at <= presence.seen_at) presences.set(presence.launch_id, presence);
  };
  return {
    beat: (launchId, openTime, closing) => {
      sweep(openTime.counted_at);
      const presence = { launch_id: launchId, seen_at: openTime.counted_at, closing };
      openTimes.set(launchId, openTime);
      news.set(launchId, presence);
      remember(presence);
    },
    openTimeOf: (launchId) => openTimes.get(launchId) ?? null,
    isFresh: (launchId, lastSeenAt, at) => {
      const presence = presences.get(launchId);
      if (presence?.closing) return false;
      return addSeconds(presence?.seen_at ?? lastSeenAt, freshSeconds) > at;
    },
    takeNews: () => {
      const taken = [...news.values()];
      news.clear();
      return taken;
    },
    heardElsewhere: (heard) => {
      for (const presence of heard) remember(presence);
    },
  };
}
