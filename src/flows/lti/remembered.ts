/**
 * What one process remembers of the store for a while, so that a launch asks nothing for it: forgotten as soon as somebody
 * changes it (`invalidations.ts`), and read again after a minute all the same. Many who ask at once make one reading.
 */
import { addSeconds } from "../../core/time.ts";
import type { Clock } from "../../deps.ts";

const REMEMBERED_SECONDS = 60;

export interface Remembered<Value> {
  /** @throws what the reading throws; that is not remembered. */
  find(key: string, read: () => Promise<Value>): Promise<Value>;
  forget(): void;
}

interface Entry<Value> {
  readonly value: Promise<Value>;
  readonly until: Date;
}

/**
 * @param most Beyond it the oldest are forgotten.
 * @param isWorth Others are not remembered: a stranger can ask for any number of what is not there.
 */
export function createRemembered<Value>(
  clock: Clock,
  most: number,
  isWorth: (value: Value) => boolean,
): Remembered<Value> {
  const entries = new Map<string, Entry<Value>>();
  const drop = (key: string, entry: Entry<Value>) => {
    if (entries.get(key) === entry) entries.delete(key);
  };
  return {
    find: (key, read) => {
      const now = clock.now();
      const known = entries.get(key);
      if (known && now < known.until) return known.value;
      const entry: Entry<Value> = { value: read(), until: addSeconds(now, REMEMBERED_SECONDS) };
      entries.delete(key);
      entries.set(key, entry);
      const [oldest] = entries.keys();
      if (entries.size > most && oldest !== undefined) entries.delete(oldest);
      entry.value.then(
        (value) => {
          if (!isWorth(value)) drop(key, entry);
        },
        () => drop(key, entry),
      );
      return entry.value;
    },
    // A reading under way belongs to those who asked before: its entry is gone, whatever it brings.
    forget: () => entries.clear(),
  };
}
