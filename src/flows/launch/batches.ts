/**
 * Work that is cheaper done together. Whoever comes while nothing is under way starts at once, with all whose requests were read
 * from the network in the same moment, or as many of them as may go together; those who come meanwhile wait and go together next.
 * Alone, nobody waits for company, and the more come, the more go together.
 */
import { Fault } from "../../core/faults.ts";

export interface BatchSettings<Item, Result> {
  readonly most_together: number;
  /** Batches; one that takes longer than `slow_seconds` no longer counts, so that it keeps nobody waiting but those in the same jam. */
  readonly most_under_way: number;
  readonly slow_seconds: number;
  /** Whoever has waited for so long is told to try again, whatever becomes of them. */
  readonly most_seconds: number;
  /** Two with a key in common are never under way at once; who came first goes first. */
  readonly keysOf: (item: Item) => readonly string[];
  /** Where some wait in the database for what only one at a time can have. */
  readonly jam?: {
    /** Who may want the same; null: nothing that anybody waits for. */
    readonly keyOf: (item: Item) => string | null;
    /** Whether one that is under way may wait for it. */
    readonly waits: (item: Item) => boolean;
  };
  /** Settles each of the items, by its place among them, as soon as its outcome is known: nobody waits for the others. */
  readonly run: (items: readonly Item[], settle: Settle<Result>) => Promise<void>;
}

/**
 * Of what a learner waits for: while one batch is written, the next one is decided on, and connections are left to others; after 5 s the
 * player is told to come again, which it does by itself.
 */
export const AS_LEARNERS_WAIT = { most_under_way: 2, slow_seconds: 1, most_seconds: 5 } as const;

/** @param outcome Null: it is to go again. */
export type Settle<Result> = (place: number, outcome: Outcome<Result> | null) => void;

export type Outcome<Result> = { readonly result: Result } | { readonly error: unknown };

export interface Batches<Item, Result> {
  /** @throws what the item's outcome says; Fault `store_unavailable` after `most_seconds`. */
  add(item: Item): Promise<Result>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  /** The how-manieth of all that came. */
  readonly number: number;
  readonly keys: readonly string[];
  readonly jam: string | null;
  readonly settle: (outcome: Outcome<Result>) => void;
}

export function createBatches<Item, Result>(settings: BatchSettings<Item, Result>): Batches<Item, Result> {
  /** In the order they came. A list, not a `Set`, which would keep a part of all that ever waited (`edges/http/bag.ts`). */
  let waiting: Waiting<Item, Result>[] = [];
  /** Of each batch its own, for the same reason: they go with it. */
  let keysUnderWay: readonly Set<string>[] = [];
  /** Of each batch that is slow those who are not settled. */
  let slow: readonly Set<Waiting<Item, Result>>[] = [];
  let underWay = 0;
  let came = 0;
  let untold: { readonly one: Waiting<Item, Result>; readonly outcome: Outcome<Result> }[] = [];

  /**
   * Nobody who may want what one in a slow batch waits for is begun: they go together once it is settled, rather than each hold a
   * connection and wait there.
   */
  const jammed = (): ReadonlySet<string> => {
    const waits = slow.flatMap((batch) => [...batch]).filter(({ item }) => settings.jam?.waits(item));
    return new Set(waits.flatMap(({ jam }) => jam ?? []));
  };
  const takeBatch = (): Waiting<Item, Result>[] => {
    const batch: Waiting<Item, Result>[] = [];
    const left: Waiting<Item, Result>[] = [];
    // Also of those who must wait longer: nobody overtakes them.
    const keysBefore = new Set<string>();
    const jams = jammed();
    const mayGo = (one: Waiting<Item, Result>) => {
      if (batch.length >= settings.most_together) return false;
      const { keys } = one;
      const isFree =
        !keys.some((key) => keysBefore.has(key) || keysUnderWay.some((of) => of.has(key))) &&
        !(one.jam !== null && jams.has(one.jam));
      for (const key of keys) keysBefore.add(key);
      return isFree;
    };
    for (const one of waiting) (mayGo(one) ? batch : left).push(one);
    waiting = left;
    return batch;
  };
  const goAgain = (one: Waiting<Item, Result>) => {
    waiting = [one, ...waiting].sort((first, second) => first.number - second.number);
  };
  const run = async (batch: readonly Waiting<Item, Result>[], unsettled: Set<Waiting<Item, Result>>) => {
    const keys = new Set(batch.flatMap((one) => one.keys));
    keysUnderWay = [...keysUnderWay, keys];
    const settle = (one: Waiting<Item, Result> | undefined, outcome: Outcome<Result> | null) => {
      if (!one || !unsettled.delete(one)) return;
      for (const key of one.keys) keys.delete(key);
      if (outcome) untold.push({ one, outcome });
      else goAgain(one);
      // Also for those who wait for the same keys.
      startAndTellSoon();
    };
    let why: unknown = new Error("A batch ended without a word about one of it");
    try {
      await settings.run(
        batch.map(({ item }) => item),
        (place, outcome) => settle(batch[place], outcome),
      );
    } catch (error) {
      why = error;
    }
    for (const one of unsettled) settle(one, { error: why });
    keysUnderWay = keysUnderWay.filter((others) => others !== keys);
  };
  /**
   * Before the network is looked at again: not a moment is lost by it. Whoever waits goes first, so that the database has work
   * while answers are put together, which takes as long as a third of a batch.
   */
  let isSoon = false;
  const startAndTellSoon = () => {
    if (isSoon) return;
    isSoon = true;
    setImmediate(() => {
      isSoon = false;
      start();
      const told = untold;
      untold = [];
      for (const { one, outcome } of told) one.settle(outcome);
    });
  };
  const begin = (batch: readonly Waiting<Item, Result>[]) => {
    let counts = true;
    underWay++;
    const countNoMore = () => {
      if (counts) underWay--;
      counts = false;
      start();
    };
    const unsettled = new Set(batch);
    const timer = setTimeout(() => {
      slow = [...slow, unsettled];
      countNoMore();
    }, settings.slow_seconds * 1000);
    void run(batch, unsettled).finally(() => {
      clearTimeout(timer);
      slow = slow.filter((others) => others !== unsettled);
      countNoMore();
    });
  };
  const start = () => {
    while (underWay < settings.most_under_way && waiting.length > 0) {
      const batch = takeBatch();
      if (batch.length === 0) return;
      begin(batch);
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
        const one = {
          item,
          number: ++came,
          keys: settings.keysOf(item),
          jam: settings.jam?.keyOf(item) ?? null,
          settle,
        };
        const patience = setTimeout(() => {
          waiting = waiting.filter((other) => other !== one);
          reject(new Fault("store_unavailable", "It takes too long; try again shortly."));
        }, settings.most_seconds * 1000);
        waiting.push(one);
        // Where enough have come for a whole batch it starts while the others are still read.
        if (waiting.length === settings.most_together) start();
        else startAndTellSoon();
      }),
  };
}
