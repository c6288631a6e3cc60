/**
 * Work that is cheaper done together. Whoever comes while nothing is under way starts at once, with all whose requests were read
 * from the network in the same moment; those who come meanwhile wait and go together next. Alone, nobody waits for company,
 * and the more come, the more go together.
 */
import { Fault } from "../../core/faults.ts";

export interface BatchSettings<Item, Result> {
  readonly most_together: number;
  readonly most_under_way: number;
  /** Whoever has waited for so long is told to try again, whatever becomes of them. */
  readonly most_seconds: number;
  /** Two with a key in common are never under way at once; who came first goes first. */
  readonly keysOf: (item: Item) => readonly string[];
  /** @returns A result for each, in their order; null for one that is to go again. */
  readonly run: (items: readonly Item[]) => Promise<readonly (Outcome<Result> | null)[]>;
}

export type Outcome<Result> = { readonly result: Result } | { readonly error: unknown };

export interface Batches<Item, Result> {
  /** @throws what the item's outcome says; Fault `store_unavailable` after `most_seconds`. */
  add(item: Item): Promise<Result>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly keys: readonly string[];
  readonly settle: (outcome: Outcome<Result>) => void;
}

export function createBatches<Item, Result>(settings: BatchSettings<Item, Result>): Batches<Item, Result> {
  /** In the order they came. */
  let waiting = new Set<Waiting<Item, Result>>();
  const keysUnderWay = new Set<string>();
  let underWay = 0;

  const takeBatch = (): Waiting<Item, Result>[] => {
    const batch: Waiting<Item, Result>[] = [];
    // Also of those who must wait longer: nobody overtakes them.
    const keysBefore = new Set<string>();
    for (const one of waiting) {
      if (batch.length >= settings.most_together) break;
      const isFree = !one.keys.some((key) => keysUnderWay.has(key) || keysBefore.has(key));
      for (const key of one.keys) keysBefore.add(key);
      if (isFree) batch.push(one);
    }
    return batch;
  };
  const run = async (batch: readonly Waiting<Item, Result>[]) => {
    const outcomes = await settings
      .run(batch.map(({ item }) => item))
      .catch((error) => batch.map(() => ({ error })));
    const again: Waiting<Item, Result>[] = [];
    batch.forEach((one, index) => {
      for (const key of one.keys) keysUnderWay.delete(key);
      const outcome = outcomes[index];
      if (outcome) one.settle(outcome);
      else again.push(one);
    });
    if (again.length > 0) waiting = new Set([...again, ...waiting]);
  };
  /** Before the network is looked at again: not a moment is lost by it. */
  let startsSoon = false;
  const startSoon = () => {
    if (startsSoon) return;
    startsSoon = true;
    setImmediate(() => {
      startsSoon = false;
      start();
    });
  };
  const start = () => {
    while (underWay < settings.most_under_way && waiting.size > 0) {
      const batch = takeBatch();
      if (batch.length === 0) return;
      for (const one of batch) {
        waiting.delete(one);
        for (const key of one.keys) keysUnderWay.add(key);
      }
      underWay++;
      void run(batch).finally(() => {
        underWay--;
        start();
      });
    }
  };
  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        const settle = (outcome: Outcome<Result>) => {
          clearTimeout(patience);
          if ("error" in outcome) reject(outcome.error);
          else resolve(outcome.result);
        };
        const one = { item, keys: settings.keysOf(item), settle };
        const patience = setTimeout(() => {
          waiting.delete(one);
          reject(new Fault("store_unavailable", "It takes too long; try again shortly."));
        }, settings.most_seconds * 1000);
        waiting.add(one);
        startSoon();
      }),
  };
}
