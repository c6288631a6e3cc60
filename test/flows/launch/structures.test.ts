/** Structures of course versions, in memory: they never change. */
import { expect, test } from "@jest/globals";
import { createStructures } from "../../../src/flows/launch/structures.ts";

/** A store of versions whose structures are as long as asked; remembers what was read. */
function versions(lengths: Readonly<Record<string, number>>) {
  const read: string[] = [];
  return {
    read,
    query: async (_statement: string, [id]: readonly unknown[] = []) => {
      read.push(String(id));
      const length = lengths[String(id)];
      return (
        length === undefined ? [] : [{ structure: JSON.stringify({ title: "x".repeat(length) }) }]
      ) as never[];
    },
  };
}

test("are read once, also by many who ask at once", async () => {
  const store = versions({ a: 5 });
  const structures = createStructures(store);
  const found = await Promise.all([structures.find("a"), structures.find("a"), structures.find("a")]);
  await structures.find("a");
  expect(store.read).toEqual(["a"]);
  expect(found[0]).toEqual({ title: "xxxxx" });
});

test("make room for others: those that nobody asked for the longest go first", async () => {
  const store = versions({ a: 40, b: 40, c: 40 });
  const structures = createStructures(store, 120);
  for (const id of ["a", "b", "a", "c", "a", "b"]) await structures.find(id);
  expect(store.read).toEqual(["a", "b", "c", "b"]);
});

test("larger than all the room are not kept; one that is gone is an error each time", async () => {
  const store = versions({ a: 500 });
  const structures = createStructures(store, 120);
  for (const _time of [1, 2]) await structures.find("a");
  for (const _time of [1, 2]) await expect(structures.find("gone")).rejects.toThrow("Course version gone");
  expect(store.read).toEqual(["a", "a", "gone", "gone"]);
});
