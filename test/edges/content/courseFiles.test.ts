/** What is remembered of courses' files, and what is not. */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, test } from "@jest/globals";
import { courseFiles } from "../../../src/edges/content/courseFiles.ts";
import type { ContentStore } from "../../../src/store/content/contentStore.ts";

const KIBIBYTE = 1024;

/** A store with files of `size` bytes by any name but `missing`, and what it was asked. */
function storeOf(size: number, given = size) {
  const asked: string[] = [];
  const stat = { size, modifiedAt: new Date(0), etag: "etag" };
  const store: Pick<ContentStore, "stat" | "open"> = {
    stat: async (versionId, path) => {
      asked.push(`stat ${versionId} ${path}`);
      return path === "missing" ? null : stat;
    },
    open: async (versionId, path, range = { start: 0, end: size - 1 }) => {
      asked.push(`open ${versionId} ${path}`);
      return { ...stat, range, stream: Readable.from([Buffer.alloc(given, path)]) };
    },
  };
  return { asked, files: courseFiles(store) };
}

async function read({ files }: ReturnType<typeof storeOf>, path: string, versionId = "v1") {
  const file = await files.find(versionId, path);
  return file && (await files.whole(file));
}

describe("a small file", () => {
  test("is asked of the store once", async () => {
    const store = storeOf(3);
    expect(String(await read(store, "a"))).toBe("aaa");
    expect(String(await read(store, "a"))).toBe("aaa");
    expect(store.asked).toEqual(["stat v1 a", "open v1 a"]);
  });

  test("of another version is another file", async () => {
    const store = storeOf(3);
    await read(store, "a");
    await read(store, "a", "v2");
    expect(store.asked).toEqual(["stat v1 a", "open v1 a", "stat v2 a", "open v2 a"]);
  });

  test("that is not there may be there at any moment", async () => {
    const store = storeOf(3);
    expect([await read(store, "missing"), await read(store, "missing")]).toEqual([undefined, undefined]);
    expect(store.asked).toEqual(["stat v1 missing", "stat v1 missing"]);
  });

  test("that could not be read whole is nothing to remember", async () => {
    const store = storeOf(3, 2);
    for (const _time of [1, 2])
      await expect(read(store, "a")).rejects.toThrow("v1/a has 3 bytes, and 2 could be read");
    expect(store.asked).toEqual(["stat v1 a", "open v1 a", "open v1 a"]);
  });
});

test("a large file is sent as it is read", async () => {
  const store = storeOf(64 * KIBIBYTE + 1);
  expect(await read(store, "a")).toBeUndefined();
  const file = await store.files.find("v1", "a");
  if (!file) throw new Error("not found");
  expect((await buffer(await store.files.open(file))).length).toBe(64 * KIBIBYTE + 1);
});

test("what was longest not asked for is forgotten first, so that all together stay under 32 MB", async () => {
  const store = storeOf(64 * KIBIBYTE);
  const readAgain = async (path: string) => {
    store.asked.length = 0;
    await read(store, path);
    return store.asked;
  };
  for (let file = 0; file < 512; file++) await read(store, `${file}`);
  expect(await readAgain("0")).toEqual([]);
  await read(store, "one more");
  expect(await readAgain("0")).toEqual([]);
  expect(await readAgain("1")).toEqual(["open v1 1"]);
});
