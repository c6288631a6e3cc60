/**
 * Doors as they were read a moment ago. Nobody is let in by what is remembered alone: whoever decides on it has the writing look
 * whether the door is still the same (`writeNewcomers`), and nobody is turned away by it.
 */
import { secondsBetween } from "../../core/time.ts";
import type { Door } from "../../store/doors.ts";

export interface RememberedDoors {
  /** Undefined where it was read too long ago. */
  find(deliveryKey: string, at: Date): Door | undefined;
  remember(door: Door, at: Date): void;
  forget(deliveryKey: string): void;
}

/** Between the arrivals that it was read for and is decided on for: the less often it has changed meanwhile. */
const MOMENT_SECONDS = 1;
/** Beyond it the one that came first goes: while it is in use, it soon is the newest. */
const MOST_DOORS = 1000;

export function createRememberedDoors(): RememberedDoors {
  const doors = new Map<string, { door: Door; read_at: Date }>();
  return {
    find: (deliveryKey, at) => {
      const known = doors.get(deliveryKey);
      if (!known || Math.abs(secondsBetween(known.read_at, at)) > MOMENT_SECONDS) return undefined;
      return known.door;
    },
    remember: (door, at) => {
      const known = doors.get(door.delivery_key);
      // In its place: a map that something is taken out of and put into all the time keeps the garbage of it (`edges/http/bag.ts`).
      if (known) Object.assign(known, { door, read_at: at });
      else doors.set(door.delivery_key, { door, read_at: at });
      const [oldest] = doors.keys();
      if (doors.size > MOST_DOORS && oldest !== undefined) doors.delete(oldest);
    },
    forget: (deliveryKey) => void doors.delete(deliveryKey),
  };
}
