/** Content sessions, remembered for a moment: a page of a course asks for dozens of files at once. */
import { addSeconds } from "../../core/time.ts";
import type { Clock } from "../../deps.ts";

export interface ContentSession {
  readonly account_id: string;
  readonly learner_id: string;
  readonly delivery_id: string;
  readonly course_version_id: string;
  readonly expires_at: Date;
}

export type FindSession = (id: string) => Promise<ContentSession | undefined>;

/** One look-up serves a page's whole burst of requests; a session changed elsewhere is seen this much later at most. */
const REMEMBERED_SECONDS = 5;

/** About 5 MB. Beyond it the longest known are forgotten first: they only cost a look-up again. */
const MOST_REMEMBERED = 10_000;

/** Simultaneous requests share one look-up. Ids that don't exist are not remembered: nobody can crowd the others out. */
export function rememberSessions(find: FindSession, clock: Clock): FindSession {
  const remembered = new Map<
    string,
    { readonly session: Promise<ContentSession | undefined>; readonly until: Date }
  >();
  return async (id) => {
    const now = clock.now();
    const known = remembered.get(id);
    if (known !== undefined && known.until > now) return known.session;
    const entry = { session: find(id), until: addSeconds(now, REMEMBERED_SECONDS) };
    const forget = (): void => {
      if (remembered.get(id) === entry) remembered.delete(id);
    };
    remembered.delete(id);
    remembered.set(id, entry);
    for (const longestKnown of remembered.keys()) {
      if (remembered.size <= MOST_REMEMBERED) break;
      remembered.delete(longestKnown);
    }
    const session = await entry.session.catch((error: unknown) => {
      forget();
      throw error;
    });
    // An expired one may be prolonged by a launch at any moment, and is then to be seen at once.
    if (session === undefined || session.expires_at <= now) forget();
    return session;
  };
}
