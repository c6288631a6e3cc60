/** What joins a process that serves to the others: notices through Postgres, and Redis. */
import type { Context } from "./flows/context.ts";
import { sharePresences } from "./flows/launch/sharePresences.ts";
import type { Db } from "./store/db.ts";
import type { Doubt } from "./store/doubt.ts";
import { type Listening, listenForNotices } from "./store/notices.ts";

export interface Others {
  join(): void;
  leave(): Promise<void>;
}

/** @param postgres Null on the embedded store, which has one process. */
export function othersOf(context: Context, postgres: (Db & Doubt) | null): Others {
  const { config, deps, invalidations, redis } = context;
  let listening: Listening | null = null;
  let stopSharing = () => {};
  let hasListened = false;
  const listen = () =>
    listenForNotices(
      config.DATABASE_URL,
      {
        heard: invalidations.changed,
        connected: () => {
          invalidations.allMayHaveChanged();
          // What cut this connection may have cut the others without a sign.
          if (hasListened) void postgres?.doubtConnections();
          hasListened = true;
        },
      },
      deps.log,
    );
  return {
    join: () => {
      redis?.connect();
      if (redis) stopSharing = sharePresences(context, redis);
      if (postgres) listening = listen();
    },
    leave: async () => {
      stopSharing();
      await listening?.close();
      redis?.close();
    },
  };
}
