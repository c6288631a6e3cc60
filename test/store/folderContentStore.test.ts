import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { beforeEach, expect, test } from "@jest/globals";
import type { ContentStore } from "../../src/store/content/contentStore.ts";
import { openFolderContentStore } from "../../src/store/content/folderContentStore.ts";
import { temporaryFolder } from "../support/zips.ts";

const parent = temporaryFolder();
let root: string;
let store: ContentStore;
let count = 0;

beforeEach(async () => {
  count += 1;
  root = join(parent, `store-${count}`);
  store = await openFolderContentStore(root);
});

async function publish(versionId: string, files: Record<string, string>): Promise<void> {
  const staged = await store.stage();
  for (const [path, content] of Object.entries(files)) await staged.write(path, Readable.from([content]));
  await staged.publish(versionId);
}

async function read(versionId: string, path: string, range?: { start: number; end: number }) {
  const opened = await store.open(versionId, path, range);
  return opened === null ? null : text(opened.stream);
}

test("what is staged can't be read until it is published, then all of it can", async () => {
  const staged = await store.stage();
  await staged.write("index.html", Readable.from(["<p>one</p>"]));
  await staged.write("shared/a.js", Readable.from(["one", "two"]));
  expect(await store.stat("v1", "index.html")).toBeNull();
  await staged.publish("v1");
  expect(await read("v1", "index.html")).toBe("<p>one</p>");
  expect(await read("v1", "shared/a.js")).toBe("onetwo");
  expect(readdirSync(join(root, "staging"))).toEqual([]);
});

test("a file is found whatever the case of its letters and the Unicode form", async () => {
  await publish("v1", { "Images/Café.JPG": "x" });
  expect(await read("v1", "images/cafe\u0301.jpg")).toBe("x");
});

test("a name may be longer than a disk allows", async () => {
  const path = `${"long".repeat(200)}/${"er".repeat(300)}.html`;
  await publish("v1", { [path]: "x" });
  expect(await read("v1", path)).toBe("x");
});

test("a range gives exactly its bytes, an end beyond the file is cut to it", async () => {
  await publish("v1", { a: "0123456789" });
  expect(await read("v1", "a", { start: 2, end: 4 })).toBe("234");
  expect(await read("v1", "a", { start: 8, end: 99 })).toBe("89");
  const opened = await store.open("v1", "a", { start: 8, end: 99 });
  opened?.stream.destroy();
  expect(opened).toMatchObject({ size: 10, range: { start: 8, end: 9 } });
  await expect(store.open("v1", "a", { start: 10, end: 12 })).rejects.toThrow(RangeError);
  await expect(store.open("v1", "a", { start: 3, end: 2 })).rejects.toThrow(RangeError);
});

test("an empty file can be read", async () => {
  await publish("v1", { empty: "" });
  expect(await read("v1", "empty")).toBe("");
  expect(await store.stat("v1", "empty")).toMatchObject({ size: 0 });
});

test("the etag is the same each time and another for another version, path or size", async () => {
  await publish("v1", { a: "1", b: "1" });
  await publish("v2", { a: "2" });
  const etag = async (version: string, path: string) => (await store.stat(version, path))?.etag;
  expect(await etag("v1", "a")).toBe(await etag("v1", "a"));
  const all = [await etag("v1", "a"), await etag("v1", "b"), await etag("v2", "a")];
  expect(new Set(all).size).toBe(3);
  expect(all.join("")).toMatch(/^[\w-]+$/);
});

test.each(["../secret", "/secret", "a/../../secret", "..\\secret", "a\0", "", "."])(
  "the path %j is nowhere and can't be written",
  async (path) => {
    writeFileSync(join(root, "secret"), "x");
    await publish("v1", { a: "1" });
    expect(await store.stat("v1", path)).toBeNull();
    const staged = await store.stage();
    await expect(staged.write(path, Readable.from(["x"]))).rejects.toThrow("not a content path");
  },
);

test.each(["..", "../v1", "v1/..", "", ".hidden", "a b", "x".repeat(200)])(
  "the version id %j reads nothing and can't be published or discarded",
  async (versionId) => {
    await publish("v1", { a: "1" });
    expect(await store.stat(versionId, "a")).toBeNull();
    const staged = await store.stage();
    await expect(staged.publish(versionId)).rejects.toThrow("not a course version id");
    await expect(store.discard(versionId)).rejects.toThrow("not a course version id");
  },
);

test("a path can be written once, in whatever case", async () => {
  const staged = await store.stage();
  await staged.write("a.html", Readable.from(["1"]));
  await expect(staged.write("A.html", Readable.from(["2"]))).rejects.toMatchObject({ code: "conflict" });
});

test("a version can be published once", async () => {
  await publish("v1", { a: "1" });
  await expect(publish("v1", { a: "2" })).rejects.toMatchObject({ code: "conflict" });
  expect(await read("v1", "a")).toBe("1");
});

test("a file whose source fails leaves nothing, and may be written again", async () => {
  const staged = await store.stage();
  const failing = Readable.from(
    (async function* () {
      yield "half";
      throw new Error("the source failed");
    })(),
  );
  await expect(staged.write("a", failing)).rejects.toThrow("the source failed");
  await staged.write("a", Readable.from(["whole"]));
  await staged.publish("v1");
  expect(await read("v1", "a")).toBe("whole");
});

test("writing stops when its signal aborts", async () => {
  const staged = await store.stage();
  const abort = new AbortController();
  const endless = Readable.from(
    (async function* () {
      while (true) {
        yield "x".repeat(1000);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })(),
  );
  const writing = staged.write("a", endless, { signal: abort.signal });
  abort.abort();
  await expect(writing).rejects.toMatchObject({ name: "AbortError" });
});

test("what is discarded is gone, staged or published, and discarding again harms nothing", async () => {
  const staged = await store.stage();
  await staged.write("a", Readable.from(["1"]));
  await staged.discard();
  await staged.discard();
  await publish("v1", { a: "1" });
  await store.discard("v1");
  await store.discard("v1");
  expect(await store.stat("v1", "a")).toBeNull();
  expect([...readdirSync(join(root, "staging")), ...readdirSync(join(root, "versions"))]).toEqual([]);
});

test("a sweep removes what was staged before its time and leaves what is younger or published", async () => {
  await publish("v1", { a: "1" });
  const dead = await store.stage();
  await dead.write("a", Readable.from(["1"]));
  const [folder = ""] = readdirSync(join(root, "staging"));
  utimesSync(join(root, "staging", folder), new Date("2020-01-01"), new Date("2020-01-01"));
  const alive = await store.stage();
  await alive.write("a", Readable.from(["2"]));
  expect(await store.sweep(new Date("2020-01-02"))).toBe(1);
  await alive.publish("v2");
  expect(await read("v1", "a")).toBe("1");
  expect(await read("v2", "a")).toBe("2");
});

test("the published versions are listed by when they were published, and nothing else that lies beside them", async () => {
  await publish("old", { a: "1" });
  await publish("new", { a: "1" });
  writeFileSync(join(root, "versions/.DS_Store"), "");
  for (const name of ["old", ".DS_Store"])
    utimesSync(join(root, "versions", name), new Date("2020-01-01"), new Date("2020-01-01"));
  expect(await store.listPublished(new Date("2020-01-02"))).toEqual(["old"]);
});

test("people can see in the index which file is which", async () => {
  await publish("v1", { "shared/a.js": "1" });
  const [name, path] = readFileSync(join(root, "versions/v1/index.tsv"), "utf8").trim().split("\t");
  expect(path).toBe("shared/a.js");
  expect(existsSync(join(root, "versions/v1", name ?? ""))).toBe(true);
});

test("a disk that refuses is a fault of its own", async () => {
  const staged = await store.stage();
  rmSync(join(root, "staging"), { recursive: true });
  await expect(staged.write("a", Readable.from(["1"]))).rejects.toMatchObject({
    code: "content_unavailable",
  });
  await expect(store.stage()).rejects.toMatchObject({ code: "content_unavailable" });
  mkdirSync(join(root, "blocked"));
  writeFileSync(join(root, "blocked/versions"), "a file where a folder should be");
  await expect(openFolderContentStore(join(root, "blocked"))).rejects.toMatchObject({
    code: "content_unavailable",
  });
});
