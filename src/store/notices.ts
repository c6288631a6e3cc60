/**
 * Notices between processes, carried by Postgres (LISTEN/NOTIFY): told within a transaction, heard everywhere once it has
 * committed and never where it has not. For rare changes only: notifying transactions commit one by one.
 */
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { Logger } from "winston";
import type { Sql } from "./db.ts";

const CHANNEL = "tallygate";

export interface Listening {
  close(): Promise<void>;
}

export interface Listener {
  heard(notice: string): void;
  /** Listening, at first and after each interruption: what was told meanwhile was not heard. */
  connected(): void;
}

/** On the embedded store nobody listens: it has one process. */
export async function notify(sql: Sql, notice: string): Promise<void> {
  await sql.query(`select pg_notify('${CHANNEL}', $1)`, [notice]);
}

/** A connection whose other end is gone can look sound for many minutes: asked this often, given this long. */
const PULSE_MILLISECONDS = 2000;
const PATIENCE_MILLISECONDS = 3000;
/** To connect: short, so that one that leads nowhere does not keep the next from being tried. */
const CONNECT_MILLISECONDS = 800;
const LONGEST_PAUSE_MILLISECONDS = 100;

/** Listens on a connection of its own until closed; one that is lost is replaced at once, or as soon as Postgres is back. */
export function listenForNotices(url: string, listener: Listener, log: Logger): Listening {
  const closing = new AbortController();
  const { signal } = closing;
  let failures = 0;

  const listen = async () => {
    while (!signal.aborted) {
      await listenOnce(url, signal, {
        heard: listener.heard,
        connected: () => {
          failures = 0;
          listener.connected();
        },
      }).catch((error: unknown) => {
        if (failures === 0 && !signal.aborted) log.warn("Postgres can't be listened to", { error });
      });
      const pause = Math.min(10 * 2 ** failures++, LONGEST_PAUSE_MILLISECONDS);
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  };
  const ended = listen();
  return {
    close: async () => {
      closing.abort();
      await ended;
    },
  };
}

/** @throws Error when the connection is lost, or the signal ends it. */
export async function listenOnce(url: string, signal: AbortSignal, listener: Listener): Promise<never> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    query_timeout: PATIENCE_MILLISECONDS,
    keepAlive: true,
    application_name: "tallygate notices",
  });
  let stop = (): void => undefined;
  const lost = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    // Not once: what ends a connection may be said twice.
    client.on("error", reject);
    client.once("end", () => reject(new Error("The connection for notices was closed")));
    signal.addEventListener("abort", stop, { once: true });
  });
  lost.catch(() => undefined);
  client.on("notification", ({ payload }) => listener.heard(payload ?? ""));
  try {
    await Promise.race([lost, client.connect()]);
    await client.query(`listen ${CHANNEL}`);
    listener.connected();
    for (;;) {
      await Promise.race([lost, sleep(PULSE_MILLISECONDS, undefined, { signal })]);
      await client.query("select 1");
    }
  } finally {
    // Or each try of an outage would stay with its client until the process ends.
    signal.removeEventListener("abort", stop);
    // Not `end`, which waits for an answer that may never come.
    client.connection.stream.destroy();
  }
}
