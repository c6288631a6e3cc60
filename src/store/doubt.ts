/**
 * Connections that may be dead without a sign: after a fail-over or a cut network nothing says so, and whoever uses one
 * waits for as long as a statement may take.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";

/** Time for a server that was merely frozen to answer what it was asked before. */
const PATIENCE_MILLISECONDS = 500;

export interface Doubt {
  /**
   * For when the server was away: cuts the connections from before, the idle ones at once, those in use unless they bring
   * something within half a second. So a transaction that waits for a lock may be cut as well; it can be tried again.
   */
  doubtConnections(): Promise<void>;
}

export function doubting(pool: pg.Pool): Doubt {
  const idle = new Set<pg.PoolClient>();
  const inUse = new Set<pg.PoolClient>();
  pool.on("acquire", (client) => {
    idle.delete(client);
    inUse.add(client);
  });
  pool.on("release", (_error, client) => {
    inUse.delete(client);
    idle.add(client);
  });
  pool.on("remove", (client) => {
    inUse.delete(client);
    idle.delete(client);
  });
  return {
    doubtConnections: async () => {
      for (const client of idle) client.connection.stream.destroy();
      const doubted = [...inUse].map((client) => ({ client, before: bytesReadBy(client) }));
      await sleep(PATIENCE_MILLISECONDS, undefined, { ref: false });
      for (const { client, before } of doubted)
        if (inUse.has(client) && bytesReadBy(client) === before) client.connection.stream.destroy();
    },
  };
}

function bytesReadBy({ connection: { stream } }: pg.PoolClient): number {
  return "bytesRead" in stream ? Number(stream.bytesRead) : 0;
}
