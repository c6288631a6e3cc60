/** What comes and goes by the thousand: found while it is there, and no more than garbage afterwards. */
import { describe, expect, test } from "@jest/globals";
import { type Bagged, createBag } from "../../../src/edges/http/bag.ts";
import { collectAll, collectYoung, somethingLarge, usedMegabytes } from "../../support/youngGarbage.ts";

interface Item extends Bagged {
  readonly name: string;
}

function filledBag(...names: string[]) {
  const bag = createBag<Item>();
  const items = new Map(names.map((name) => [name, { name, place: null }]));
  for (const item of items.values()) bag.add(item);
  const of = (name: string): Item => items.get(name) ?? { name, place: null };
  return { bag, of, names: () => [...bag].map(({ name }) => name).sort() };
}

test("holds what was put in and not taken out", () => {
  const { bag, of, names } = filledBag("a", "b", "c", "d");
  bag.delete(of("b"));
  bag.delete(of("d"));
  expect(names()).toEqual(["a", "c"]);
  bag.add(of("b"));
  expect(names()).toEqual(["a", "b", "c"]);
});

test("what is not in it, or was taken out already, is nothing to it", () => {
  const { bag, of, names } = filledBag("a", "b");
  bag.delete(of("a"));
  bag.delete(of("a"));
  bag.delete(of("z"));
  expect(names()).toEqual(["b"]);
});

test("each is met once while those that are met are taken out", () => {
  const { bag, names } = filledBag("a", "b", "c", "d", "e");
  const met: string[] = [];
  for (const item of bag) {
    met.push(item.name);
    if (item.name !== "c") bag.delete(item);
  }
  expect(met.sort()).toEqual(["a", "b", "c", "d", "e"]);
  expect(names()).toEqual(["c"]);
});

describe("what was taken out is freed with the young garbage", () => {
  const LARGE = 1500;
  const THERE = 6;
  interface Large extends Bagged {
    readonly content: readonly number[];
  }

  /** @returns Megabytes that stay of twelve that came and went, a few of them there at a time. */
  function stays(holder: { add(item: Large): void; delete(item: Large): void }): number {
    // It has been there for long.
    for (let times = 0; times < 3; times++) collectAll();
    const before = usedMegabytes();
    const there: (Large | undefined)[] = Array.from({ length: THERE });
    for (let count = 0; count < LARGE; count++) {
      const item = { content: somethingLarge(), place: null };
      holder.add(item);
      const before = there[count % THERE];
      there[count % THERE] = item;
      if (before) holder.delete(before);
      if (count % 50 === 0) collectYoung();
    }
    for (let times = 0; times < 3; times++) collectYoung();
    return usedMegabytes() - before;
  }

  test("of a bag", () => {
    expect(stays(createBag<Large>())).toBeLessThan(2);
  });

  test("not of a set: if this fails, a bag is no longer needed", () => {
    expect(stays(new Set<Large>())).toBeGreaterThan(4);
  });
});
