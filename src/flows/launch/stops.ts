/**
 * What stops launches that are open: a revoked delivery, a deactivated learner (RULES §2). Kept in memory, so that a
 * beat asks no database; read again at most once a second, and only while beats come in.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "winston";
import type { DenialCode } from "../../core/denials.ts";
import { LONGEST_LAUNCH_SECONDS } from "../../core/openTime.ts";
import { addSeconds, secondsBetween } from "../../core/time.ts";
import type { Clock } from "../../deps.ts";
import type { Sql } from "../../store/db.ts";
import { findStopped } from "../../store/launches.ts";

const READ_AGAIN_SECONDS = 1;
/** A database that does not answer keeps no beat waiting longer than this: what was last known holds meanwhile. */
const PATIENCE_SECONDS = 1;

export interface Stops {
  /** Why a launch must stop, or null; without a learner, why the delivery's content is served no more. */
  codeFor(launch: { readonly delivery_id: string; readonly learner_id?: string }): Promise<DenialCode | null>;
  /** Something was stopped, here or in another process: look again at the next beat. */
  changed(): void;
}

/** @param contentAddressHours A revocation is remembered for as long as an address can open the delivery's content. */
export function createStops(sql: Sql, clock: Clock, log: Logger, contentAddressHours: number): Stops {
  let stopped = new Map<string, DenialCode>();
  let readAt: Date | null = null;
  let changes = 0;
  let reading: Promise<void> | null = null;

  const read = async (at: Date) => {
    const changesBefore = changes;
    try {
      const launchedSince = addSeconds(at, -LONGEST_LAUNCH_SECONDS);
      const addressedSince = addSeconds(launchedSince, -contentAddressHours * 3600);
      const rows = await findStopped(sql, addressedSince, launchedSince);
      stopped = new Map(rows.map((row) => [row.id, row.code]));
      if (changes === changesBefore) readAt = at;
    } catch (error) {
      // Learners in a course notice nothing of a database that is away: what was last known holds meanwhile.
      log.warn("Stops could not be read", { error });
      readAt = at;
    }
  };
  /** Settles when read, or when out of patience; another reading starts only after this one has come to its end. */
  const startReading = (at: Date): Promise<void> => {
    const done = read(at).finally(() => {
      reading = null;
    });
    return Promise.race([done, sleep(PATIENCE_SECONDS * 1000, undefined, { ref: false })]);
  };
  const isDue = (at: Date) => !readAt || Math.abs(secondsBetween(readAt, at)) >= READ_AGAIN_SECONDS;
  return {
    codeFor: async ({ delivery_id, learner_id }) => {
      const at = clock.now();
      // Twice where something was stopped while the first reading was under way.
      for (let readings = 0; readings < 2 && isDue(at); readings++) {
        reading ??= startReading(at);
        await reading;
      }
      return stopped.get(delivery_id) ?? stopped.get(learner_id ?? "") ?? null;
    },
    changed: () => {
      changes++;
      readAt = null;
    },
  };
}
