import type { StateChanges } from "../../../core/bridge.ts";

interface Change {
  readonly value: string | null;
  /** The order in which changes came about: what a save carried is told by the highest it held. */
  readonly stamp: number;
}

/** Without a prototype: an item may be called `constructor`. */
export const emptyChanges = (): Record<string, Record<string, string | null>> => Object.create(null);

export interface Carried {
  readonly sequence: number;
  readonly changes: StateChanges;
}

/**
 * What the gateway has not yet acknowledged. A save carries all of it, so that a lost one is made good by the
 * next; an acknowledgement drops what that save carried and nothing that changed since (docs/bridge.md §3).
 */
export class PendingChanges {
  readonly #items = new Map<string, Map<string, Change>>();
  readonly #stampOfSequence = new Map<number, number>();
  #stamp = 0;
  #sequence: number;
  #handedOverStamp = 0;

  constructor(lastSequence: number) {
    this.#sequence = lastSequence;
  }

  set(item: string, element: string, value: string | null): void {
    let changes = this.#items.get(item);
    if (!changes) {
      changes = new Map();
      this.#items.set(item, changes);
    }
    this.#stamp += 1;
    changes.set(element, { value, stamp: this.#stamp });
  }

  get isEmpty(): boolean {
    return this.#items.size === 0;
  }

  /** Everything not acknowledged, under a new sequence. */
  takeAll(): Carried {
    return this.#take(0);
  }

  /** Only what no beacon has been handed over for: room in beacons is scarce while a page goes away. */
  takeFresh(): Carried {
    return this.#take(this.#handedOverStamp);
  }

  get hasFresh(): boolean {
    return this.#stamp > this.#handedOverStamp && this.#collect(this.#handedOverStamp) !== null;
  }

  /** The browser took over the delivery of this sequence; whether it arrived stays unknown. */
  handOver(sequence: number): void {
    this.#handedOverStamp = Math.max(this.#handedOverStamp, this.#stampOfSequence.get(sequence) ?? 0);
  }

  acknowledge(sequence: number): void {
    const stamp = this.#stampOfSequence.get(sequence);
    if (stamp === undefined) return;
    for (const [item, changes] of this.#items) {
      for (const [element, change] of changes) if (change.stamp <= stamp) changes.delete(element);
      if (changes.size === 0) this.#items.delete(item);
    }
    for (const older of this.#stampOfSequence.keys())
      if (older <= sequence) this.#stampOfSequence.delete(older);
  }

  #take(afterStamp: number): Carried {
    this.#sequence += 1;
    this.#stampOfSequence.set(this.#sequence, this.#stamp);
    return { sequence: this.#sequence, changes: this.#collect(afterStamp) ?? emptyChanges() };
  }

  #collect(afterStamp: number): StateChanges | null {
    const collected = emptyChanges();
    let found = false;
    for (const [item, changes] of this.#items) {
      for (const [element, change] of changes) {
        if (change.stamp <= afterStamp) continue;
        found = true;
        collected[item] ??= Object.create(null) as Record<string, string | null>;
        collected[item][element] = change.value;
      }
    }
    return found ? collected : null;
  }
}
