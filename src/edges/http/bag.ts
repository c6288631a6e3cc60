/**
 * What comes and goes by the thousand a second, in no order.
 *
 * Not a `Set`: where V8 makes a set's table anew, the former one keeps what was in it then, and points to its successor. Once one of
 * these tables has grown old, no collection of young garbage frees any that comes after it: a part of all that ever was
 * in the set stays until everything is collected, which then has to be done every few seconds (docs/benchmarks.md).
 */
export interface Bag<Item extends Bagged> extends Iterable<Item> {
  /** @param item In no bag yet. */
  add(item: Item): void;
  /** Nothing where it is in no bag. */
  delete(item: Item): void;
}

export interface Bagged {
  /** The bag's own: where in it the item is; null: in none. */
  place: number | null;
}

/** While it is gone through, the one that is met may be deleted, and others be added, which are not met. */
export function createBag<Item extends Bagged>(): Bag<Item> {
  const items: Item[] = [];
  return {
    add: (item) => {
      item.place = items.length;
      items.push(item);
    },
    delete: (item) => {
      if (item.place === null) return;
      const last = items.pop();
      if (last && last !== item) {
        items[item.place] = last;
        last.place = item.place;
      }
      item.place = null;
    },
    [Symbol.iterator]: function* () {
      for (let place = items.length - 1; place >= 0; place--) {
        const item = items[place];
        if (item) yield item;
      }
    },
  };
}
