/**
 * What processes keep in memory of the store must be forgotten by all of them when one changes it. Carried by Postgres, so
 * that it holds with Redis away; whoever remembers reads again after a while all the same, in case a notice was lost.
 * Why so: docs/decisions/redis.md.
 */
import type { Sql } from "../store/db.ts";
import { notify } from "../store/notices.ts";
import type { Context } from "./context.ts";

/** What is remembered. Each transaction that changes one is begun by `changing`. */
export const TOPICS = ["stops", "lti"] as const;
export type Topic = (typeof TOPICS)[number];

export interface Invalidations {
  /** @param forget Called whenever what is remembered under the topic may have changed. */
  subscribe(topic: Topic, forget: () => void): void;
  /** This process, or another, has changed it. */
  changed(topic: string): void;
  /** Notices may have been missed: everything may have changed. */
  allMayHaveChanged(): void;
}

export function createInvalidations(): Invalidations {
  const subscribed = new Map<string, (() => void)[]>();
  const changed = (topic: string) => {
    for (const forget of subscribed.get(topic) ?? []) forget();
  };
  return {
    subscribe: (topic, forget) => {
      subscribed.set(topic, [...(subscribed.get(topic) ?? []), forget]);
    },
    // A newer version's topics are none of this one's.
    changed,
    allMayHaveChanged: () => {
      for (const topic of TOPICS) changed(topic);
    },
  };
}

/** A transaction that changes what processes remember under the topic: once committed, it holds in all of them. */
export async function changing<Result>(
  { db, invalidations }: Pick<Context, "db" | "invalidations">,
  topic: Topic,
  work: (sql: Sql) => Promise<Result>,
): Promise<Result> {
  const result = await db.transaction(async (sql) => {
    const done = await work(sql);
    await notify(sql, topic);
    return done;
  });
  // Not only by the notice: whoever is answered now must find it done here.
  invalidations.changed(topic);
  return result;
}
