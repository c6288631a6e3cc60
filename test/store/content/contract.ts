/** What every content store keeps, whatever it lies on: the same suite for each. */
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ByteRange, ContentStore } from "../../../src/store/content/contentStore.ts";

export interface StoreUnderTest {
  /** An empty store. */
  open(): Promise<ContentStore>;
  /** As if everything in it had been written at this time. */
  age(to: Date): void;
  /** Whatever the store holds, by any name; empty once all was removed. */
  left(): string[];
}

const LONG_AGO = new Date("2020-01-01");
const SINCE_THEN = new Date("2020-01-02");

export async function publish(
  store: ContentStore,
  versionId: string,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<void> {
  const staged = await store.stage();
  for (const [path, content] of Object.entries(files)) await staged.write(path, streamOf(content));
  await staged.publish(versionId);
}

export function streamOf(content: string | Buffer): Readable {
  return Readable.from(content.length === 0 ? [] : [content], { objectMode: false });
}

export async function read(
  store: ContentStore,
  versionId: string,
  path: string,
  range?: ByteRange,
): Promise<string | null> {
  const opened = await store.open(versionId, path, range);
  return opened === null ? null : text(opened.stream);
}

export function contentStoreContract(name: string, underTest: StoreUnderTest): void {
  describe(`a content store on ${name}`, () => {
    let store: ContentStore;
    beforeEach(async () => {
      store = await underTest.open();
    });

    test("what is staged can't be read until it is published, then all of it can", async () => {
      const staged = await store.stage();
      await staged.write("index.html", streamOf("<p>one</p>"));
      await staged.write("shared/a.js", Readable.from(["one", "two"]));
      expect(await store.stat("v1", "index.html")).toBeNull();
      await staged.publish("v1");
      expect(await read(store, "v1", "index.html")).toBe("<p>one</p>");
      expect(await read(store, "v1", "shared/a.js")).toBe("onetwo");
    });

    test("as many files as it likes can be written at once", async () => {
      const staged = await store.stage();
      expect(staged.writesAtOnce).toBeGreaterThanOrEqual(1);
      const names = Array.from({ length: 40 }, (_, number) => `file-${number}`);
      await Promise.all(names.map((path) => staged.write(path, streamOf(path), { size: path.length })));
      await staged.publish("v1");
      expect(await Promise.all(names.map((path) => read(store, "v1", path)))).toEqual(names);
    });

    test("a file longer or shorter than it was said to be is written as it is", async () => {
      const staged = await store.stage();
      await staged.write("longer", streamOf("0123456789"), { size: 3 });
      await staged.write("shorter", streamOf("0123"), { size: 300 });
      await staged.publish("v1");
      expect(await read(store, "v1", "longer")).toBe("0123456789");
      expect(await read(store, "v1", "shorter")).toBe("0123");
    });

    test("a file is found whatever the case of its letters and the Unicode form", async () => {
      await publish(store, "v1", { "Images/Café.JPG": "x" });
      expect(await read(store, "v1", "images/cafe\u0301.jpg")).toBe("x");
    });

    test("a name may be longer than a disk allows", async () => {
      const path = `${"long".repeat(200)}/${"er".repeat(300)}.html`;
      await publish(store, "v1", { [path]: "x" });
      expect(await read(store, "v1", path)).toBe("x");
    });

    test("a range gives exactly its bytes, an end beyond the file is cut to it", async () => {
      await publish(store, "v1", { a: "0123456789" });
      expect(await read(store, "v1", "a", { start: 2, end: 4 })).toBe("234");
      expect(await read(store, "v1", "a", { start: 8, end: 99 })).toBe("89");
      const opened = await store.open("v1", "a", { start: 8, end: 99 });
      opened?.stream.destroy();
      expect(opened).toMatchObject({ size: 10, range: { start: 8, end: 9 } });
      await expect(store.open("v1", "a", { start: 10, end: 12 })).rejects.toThrow(RangeError);
      await expect(store.open("v1", "a", { start: 3, end: 2 })).rejects.toThrow(RangeError);
    });

    test("an empty file can be read", async () => {
      await publish(store, "v1", { empty: "" });
      expect(await read(store, "v1", "empty")).toBe("");
      expect(await store.stat("v1", "empty")).toMatchObject({ size: 0 });
    });

    test("a file's time is that of its writing", async () => {
      await publish(store, "v1", { a: "1" });
      const { modifiedAt } = (await store.stat("v1", "a")) ?? { modifiedAt: LONG_AGO };
      expect(Math.abs(Date.now() - modifiedAt.getTime())).toBeLessThan(60_000);
    });

    test("the etag is the same each time and another for another version, path or size", async () => {
      await publish(store, "v1", { a: "1", b: "1" });
      await publish(store, "v2", { a: "2" });
      const etag = async (version: string, path: string) => (await store.stat(version, path))?.etag;
      expect(await etag("v1", "a")).toBe(await etag("v1", "a"));
      const all = [await etag("v1", "a"), await etag("v1", "b"), await etag("v2", "a")];
      expect(new Set(all).size).toBe(3);
      expect(all.join("")).toMatch(/^[\w-]+$/);
    });

    test("the etag is the same in every store, so that a change of stores keeps what caches hold", async () => {
      await publish(store, "v1", { "shared/a.js": "1" });
      expect((await store.stat("v1", "shared/a.js"))?.etag).toBe("AXU5dGsW732ev_1a8wp_NC");
    });

    test.each(["../secret", "/secret", "a/../../secret", "..\\secret", "a\0", "", "."])(
      "the path %j is nowhere and can't be written",
      async (path) => {
        await publish(store, "v1", { a: "1" });
        expect(await store.stat("v1", path)).toBeNull();
        const staged = await store.stage();
        await expect(staged.write(path, streamOf("x"))).rejects.toThrow("not a content path");
      },
    );

    test.each(["..", "../v1", "v1/..", "", ".hidden", "a b", "x".repeat(200)])(
      "the version id %j reads nothing and can't be published or discarded",
      async (versionId) => {
        await publish(store, "v1", { a: "1" });
        expect(await store.stat(versionId, "a")).toBeNull();
        const staged = await store.stage();
        await expect(staged.publish(versionId)).rejects.toThrow("not a course version id");
        await expect(store.discard(versionId)).rejects.toThrow("not a course version id");
      },
    );

    test("a path can be written once, in whatever case", async () => {
      const staged = await store.stage();
      await staged.write("a.html", streamOf("1"));
      await expect(staged.write("A.html", streamOf("2"))).rejects.toMatchObject({ code: "conflict" });
    });

    test("a version can be published once, also by two at the same moment", async () => {
      const both = await Promise.allSettled([
        publish(store, "v1", { a: "1" }),
        publish(store, "v1", { a: "2" }),
      ]);
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(both.find(({ status }) => status === "rejected")).toMatchObject({
        reason: { code: "conflict" },
      });
      const winner = both[0].status === "fulfilled" ? "1" : "2";
      expect(await read(store, "v1", "a")).toBe(winner);
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
      await staged.write("a", streamOf("whole"));
      await staged.publish("v1");
      expect(await read(store, "v1", "a")).toBe("whole");
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
      await staged.write("a", streamOf("1"));
      await staged.discard();
      await staged.discard();
      await publish(store, "v1", { a: "1", b: "1", c: "1", d: "1" });
      expect(await read(store, "v1", "a")).toBe("1");
      await store.discard("v1");
      await store.discard("v1");
      expect(await store.stat("v1", "a")).toBeNull();
      expect(underTest.left()).toEqual([]);
    });

    test("discarding what was staged harms nothing once it is published", async () => {
      const staged = await store.stage();
      await staged.write("a", streamOf("1"));
      await staged.publish("v1");
      await staged.discard();
      expect(await read(store, "v1", "a")).toBe("1");
    });

    test("a sweep removes what was staged before its time and leaves what is younger or published", async () => {
      await publish(store, "v1", { a: "1" });
      const dead = await store.stage();
      await dead.write("a", streamOf("1"));
      underTest.age(LONG_AGO);
      const alive = await store.stage();
      await alive.write("a", streamOf("2"));
      expect(await store.sweep(SINCE_THEN)).toBe(1);
      expect(await store.sweep(SINCE_THEN)).toBe(0);
      await alive.publish("v2");
      expect(await read(store, "v1", "a")).toBe("1");
      expect(await read(store, "v2", "a")).toBe("2");
    });

    test("the published versions are listed by when they were published", async () => {
      await publish(store, "old", { a: "1" });
      await publish(store, "older", { a: "1" });
      underTest.age(LONG_AGO);
      await publish(store, "new", { a: "1" });
      expect((await store.listPublished(SINCE_THEN)).sort()).toEqual(["old", "older"]);
    });
  });
}
