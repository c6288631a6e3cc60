/** Work that goes together: nobody waits alone, nobody is overtaken, nobody waits for ever. */
import { describe, expect, test } from "@jest/globals";
import { type BatchSettings, createBatches } from "../../../src/flows/launch/batches.ts";
import { sleep, until } from "../../support/until.ts";
import { collectAll, collectYoung, somethingLarge, usedMegabytes } from "../../support/youngGarbage.ts";

interface Item {
  readonly name: string;
  readonly jam?: string;
  readonly keys?: readonly string[];
}

/** Batches whose runs end when the test says so. */
function heldBatches(settings: Partial<BatchSettings<Item, string>> = {}) {
  const runs: {
    names: string[];
    settle: (place: number) => Promise<void>;
    end: () => Promise<void>;
    fail: (error: Error) => Promise<void>;
  }[] = [];
  const again = new Set<string>();
  const batches = createBatches<Item, string>({
    most_together: 4,
    most_under_way: 1,
    slow_seconds: 60,
    most_seconds: 60,
    keysOf: ({ keys = [] }) => keys,
    jam: { keyOf: ({ jam }) => jam ?? null, waits: ({ name }) => name !== "needs none" },
    run: (items, settle) =>
      new Promise((resolve, reject) => {
        const settled = () => new Promise<void>((done) => setImmediate(done));
        runs.push({
          names: items.map(({ name }) => name),
          settle: (place) => {
            settle(place, { result: `${items[place]?.name} done` });
            return settled();
          },
          end: () => {
            items.forEach(({ name }, place) => {
              settle(place, again.delete(name) ? null : { result: `${name} done` });
            });
            resolve();
            return settled();
          },
          fail: (error) => {
            reject(error);
            return settled();
          },
        });
      }),
    ...settings,
  });
  const add = (...names: string[]) => names.map((name) => batches.add({ name }));
  return { batches, runs, again, add };
}

const namesOf = (runs: readonly { names: string[] }[]) => runs.map(({ names }) => names);

/** The moment in which requests are read from the network is over. */
const momentLater = () => new Promise<void>((done) => setImmediate(done));

test("those of one moment start together; those who come meanwhile go together next", async () => {
  const { runs, add } = heldBatches();
  const all = add("a", "b");
  await momentLater();
  all.push(...add("c"));
  await momentLater();
  all.push(...add("d"));
  expect(namesOf(runs)).toEqual([["a", "b"]]);
  await runs[0]?.end();
  expect(namesOf(runs)).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
  await runs[1]?.end();
  expect(await Promise.all(all)).toEqual(["a done", "b done", "c done", "d done"]);
});

test("no more go together, and no more are under way, than may", async () => {
  const { runs, add } = heldBatches({ most_together: 2, most_under_way: 2 });
  const all = add("a", "b", "c", "d", "e", "f", "g");
  await momentLater();
  expect(namesOf(runs)).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
  await runs[1]?.end();
  expect(namesOf(runs)[2]).toEqual(["e", "f"]);
  await runs[0]?.end();
  expect(namesOf(runs)[3]).toEqual(["g"]);
  await runs[2]?.end();
  await runs[3]?.end();
  expect(await Promise.all(all)).toHaveLength(7);
});

test("where as many have come as may go together they start at once, while others are still read from the network", async () => {
  const { runs, add } = heldBatches({ most_together: 2, most_under_way: 2 });
  const all = add("a", "b", "c");
  expect(namesOf(runs)).toEqual([["a", "b"]]);
  await momentLater();
  expect(namesOf(runs)).toEqual([["a", "b"], ["c"]]);
  await runs[0]?.end();
  await runs[1]?.end();
  expect(await Promise.all(all)).toHaveLength(3);
});

describe("two with a key in common", () => {
  test("go one after the other, in the order they came, and keep nobody else waiting", async () => {
    const { batches, runs } = heldBatches({ most_under_way: 2 });
    const all = [
      batches.add({ name: "ana 1", keys: ["ana"] }),
      batches.add({ name: "ana 2", keys: ["ana", "x"] }),
      batches.add({ name: "ben", keys: ["x"] }),
      batches.add({ name: "cleo", keys: ["cleo"] }),
    ];
    await momentLater();
    expect(namesOf(runs)).toEqual([["ana 1", "cleo"]]);
    await runs[0]?.end();
    expect(namesOf(runs)[1]).toEqual(["ana 2"]);
    await runs[1]?.end();
    expect(namesOf(runs)[2]).toEqual(["ben"]);
    await runs[2]?.end();
    expect(await Promise.all(all)).toEqual(["ana 1 done", "ana 2 done", "ben done", "cleo done"]);
  });

  test("are never in one batch", async () => {
    const { batches, runs } = heldBatches();
    const all = ["first", "ana 1", "ana 2"].map((name) =>
      batches.add({ name, keys: name.startsWith("ana") ? ["ana"] : [] }),
    );
    await momentLater();
    await runs[0]?.end();
    await runs[1]?.end();
    await Promise.all(all);
    expect(namesOf(runs)).toEqual([["first", "ana 1"], ["ana 2"]]);
  });
});

test("one that is to go again goes before those who came after it", async () => {
  const { runs, again, add } = heldBatches({ most_together: 2 });
  again.add("b");
  const all = add("a", "b", "c", "d");
  await momentLater();
  for (const run of [0, 1, 2]) await runs[run]?.end();
  expect(namesOf(runs)).toEqual([["a", "b"], ["b", "c"], ["d"]]);
  expect(await Promise.all(all)).toHaveLength(4);
});

test("one that is done waits for no other of its batch, and gives its keys free", async () => {
  const { batches, runs } = heldBatches({ most_under_way: 2 });
  const [ana, ben, again] = ["ana", "ben", "ana"].map((name) => batches.add({ name, keys: [name] }));
  await momentLater();
  await runs[0]?.settle(0);
  expect(await ana).toBe("ana done");
  expect(namesOf(runs)).toEqual([["ana", "ben"], ["ana"]]);
  await runs[0]?.end();
  await runs[1]?.end();
  expect(await Promise.all([ben, again])).toEqual(["ben done", "ana done"]);
});

test("who waits is begun before those who are done are told", async () => {
  const order: string[] = [];
  const { add } = heldBatches({
    run: async (items, settle) => {
      order.push(`${items[0]?.name} begun`);
      await momentLater();
      settle(0, { result: "done" });
    },
  });
  const [first] = add("first");
  await momentLater();
  const [second] = add("second");
  await first?.then(() => order.push("first told"));
  expect(order).toEqual(["first begun", "second begun", "first told"]);
  expect(await second).toBe("done");
});

test("a batch that is slow keeps nobody waiting who is not in it", async () => {
  const { runs, add } = heldBatches({ slow_seconds: 0.05 });
  const [slow] = add("slow");
  await momentLater();
  const [next] = add("next");
  await until("the next is begun", () => runs.length === 2, 5);
  await runs[1]?.end();
  expect(await next).toBe("next done");
  await runs[0]?.end();
  expect(await slow).toBe("slow done");
});

test("who would wait for the same as a slow batch waits for it, and goes together then", async () => {
  const { batches, runs } = heldBatches({ slow_seconds: 0.05, most_under_way: 2 });
  const add = (name: string, jam?: string) => batches.add({ name, ...(jam === undefined ? {} : { jam }) });
  const all = [add("slow", "lot 1")];
  await momentLater();
  all.push(add("not slow yet", "lot 1"));
  await momentLater();
  expect(namesOf(runs)).toEqual([["slow"], ["not slow yet"]]);
  await runs[1]?.end();
  await sleep(0.06);
  all.push(add("a", "lot 1"), add("elsewhere", "lot 2"), add("nowhere"), add("b", "lot 1"));
  await momentLater();
  expect(namesOf(runs).slice(2)).toEqual([["elsewhere", "nowhere"]]);
  await runs[2]?.end();
  expect(namesOf(runs).slice(3)).toEqual([]);
  await runs[0]?.end();
  expect(namesOf(runs).slice(3)).toEqual([["a", "b"]]);
  await runs[3]?.end();
  expect(await Promise.all(all)).toHaveLength(6);
});

test("who needs none of it, and who is settled, jams nobody", async () => {
  const { batches, runs } = heldBatches({ slow_seconds: 0.05 });
  const add = (name: string, jam: string) => batches.add({ name, jam });
  const all = [add("needs none", "lot 1"), add("settled", "lot 2"), add("waits", "lot 3")];
  await momentLater();
  await runs[0]?.settle(1);
  await sleep(0.06);
  all.push(add("a", "lot 1"), add("b", "lot 2"), add("c", "lot 3"));
  await momentLater();
  expect(namesOf(runs).slice(1)).toEqual([["a", "b"]]);
  await runs[1]?.end();
  expect(namesOf(runs).slice(2)).toEqual([]);
  await runs[0]?.settle(2);
  expect(namesOf(runs).slice(2)).toEqual([["c"]]);
  await runs[2]?.end();
  await runs[0]?.end();
  expect(await Promise.all(all)).toHaveLength(6);
});

test("a run that breaks fails those in it, and the next ones go on", async () => {
  const { runs, add } = heldBatches({ most_together: 1 });
  const [one, two] = add("a", "b");
  const broken = expect(one).rejects.toThrow("broken");
  await momentLater();
  await runs[0]?.fail(new Error("broken"));
  await runs[1]?.end();
  await broken;
  expect(await two).toBe("b done");
});

test("who has waited too long is told to try again, and is not begun any more", async () => {
  const { runs, add } = heldBatches({ most_together: 1, most_seconds: 0.05 });
  const waiting = add("a", "b").map((one) =>
    expect(one).rejects.toMatchObject({ code: "store_unavailable" }),
  );
  await Promise.all(waiting);
  await runs[0]?.end();
  expect(namesOf(runs)).toEqual([["a"]]);
});

test("what waited is freed with the young garbage once it is settled", async () => {
  const batches = createBatches<{ readonly content: readonly number[] }, null>({
    most_together: 4,
    most_under_way: 2,
    slow_seconds: 60,
    most_seconds: 60,
    keysOf: () => [],
    run: async (items, settle) => {
      await momentLater();
      for (const place of items.keys()) settle(place, { result: null });
    },
  });
  const pass = async (count: number) => {
    for (let number = 0; number < count; number += 6) {
      await Promise.all(Array.from({ length: 6 }, () => batches.add({ content: somethingLarge() })));
      if (number % 48 === 0) collectYoung();
    }
    for (let times = 0; times < 3; times++) collectYoung();
  };
  await pass(60);
  // The batches have been there for long.
  for (let times = 0; times < 3; times++) collectAll();
  const before = usedMegabytes();
  await pass(1500);
  expect(usedMegabytes() - before).toBeLessThan(2);
});
