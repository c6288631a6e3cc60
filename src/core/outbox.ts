/** Which destinations hear of an event, and how long a message that did not arrive waits before it is tried again. */
import { addSeconds } from "./time.ts";

export type DestinationType = "webhook" | "mail";

export interface Listener {
  readonly id: string;
  readonly type: DestinationType;
  /** Empty: all that there are for its type of destination. */
  readonly event_types: readonly string[];
}

export interface Heard {
  readonly type: string;
  readonly by_mail: boolean;
  readonly only_destination_id: string | null;
}

export function hears({ id, type, event_types }: Listener, event: Heard): boolean {
  if (event.only_destination_id !== null) return event.only_destination_id === id;
  return (
    (type === "webhook" || event.by_mail) && (event_types.length === 0 || event_types.includes(event.type))
  );
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** After the first failed try, the second, …: longer and longer, for three and a half days in all. */
export const PAUSES_SECONDS = [
  5,
  30,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  4 * HOUR,
  8 * HOUR,
  12 * HOUR,
  12 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const;

const LONGEST_WISHED_SECONDS = 24 * HOUR;
/** Pauses differ by as much, so that what failed together does not come again together. */
const SPREAD = 0.2;

export interface Failure {
  /** Of this message, with the last one. */
  readonly failed_tries: number;
  /** What the destination asked for (`Retry-After`); null: nothing. */
  readonly wished_seconds: number | null;
  /** From 0 to 1. */
  readonly chance: number;
}

/** When to try again; null: not any more. */
export function nextTryAt(at: Date, { failed_tries, wished_seconds, chance }: Failure): Date | null {
  const pause = PAUSES_SECONDS[failed_tries - 1];
  if (pause === undefined) return null;
  const spread = pause * (1 + SPREAD * chance);
  return addSeconds(at, Math.max(spread, Math.min(wished_seconds ?? 0, LONGEST_WISHED_SECONDS)));
}
