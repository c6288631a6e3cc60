/** The store on an S3-compatible service: what every store keeps, and what is special to a service far away. */
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer, text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { ContentStore } from "../../../src/store/content/contentStore.ts";
import { openS3ContentStore, type S3ContentSettings } from "../../../src/store/content/s3ContentStore.ts";
import { type S3Asked, type S3StandIn, startS3StandIn } from "../../support/s3StandIn.ts";
import { contentStoreContract, publish, read, streamOf } from "./contract.ts";

const MEBIBYTE = 1024 * 1024;
const PREFIX = "tallygate/";

let service: S3StandIn;
beforeAll(async () => {
  service = await startS3StandIn();
});
afterAll(() => service.stop());
afterEach(async () => {
  service.trouble = null;
  const store = openStore();
  service.age(new Date("2020-01-01"));
  for (const version of await store.listPublished(new Date("2020-01-02"))) await store.discard(version);
  service.age(new Date("2020-01-01"));
  await store.sweep(new Date("2020-01-02"));
  expect([...service.keys(), ...service.uploads()]).toEqual([]);
  service.asked.length = 0;
});

function openStore(changes: Partial<S3ContentSettings> = {}): ContentStore {
  return openS3ContentStore({
    bucket: service.bucket,
    region: service.key.region,
    endpoint: service.endpoint,
    forcePathStyle: true,
    prefix: PREFIX,
    credentials: { accessKeyId: service.key.id, secretAccessKey: service.key.secret },
    // A busy machine answers late without being away.
    answerSeconds: 1.5,
    silentSeconds: 0.2,
    ...changes,
  });
}

contentStoreContract("an S3-compatible service", {
  open: async () => openStore(),
  age: (to) => service.age(to),
  left: () => [...service.keys(), ...service.uploads()],
});

const times = (operation: string) => service.asked.filter((asked) => asked.operation === operation).length;
const unavailable = { code: "content_unavailable", status: 503 };

describe("on a service far away", () => {
  let store: ContentStore;
  beforeEach(() => {
    store = openStore();
  });

  test("everything lies under the prefix, and the index says which file is which", async () => {
    await publish(store, "v1", { "shared/a.js": "1" });
    expect(service.keys().every((key) => key.startsWith(PREFIX))).toBe(true);
    expect(service.keys(`${PREFIX}staging/`)).toEqual([]);
    const [file = ""] = service.keys(`${PREFIX}content/`);
    expect(service.keys(`${PREFIX}versions/`)).toEqual([`${PREFIX}versions/v1`]);
    const other = openStore({ prefix: "" });
    expect(await other.stat("v1", "shared/a.js")).toBeNull();
    expect(file).toMatch(/^tallygate\/content\/[0-9a-f]{32}\/[0-9a-f]{64}$/);
  });

  test("publishing copies nothing: two small objects, however many files", async () => {
    const staged = await store.stage();
    for (const path of ["a", "b", "c"]) await staged.write(path, streamOf(path));
    service.asked.length = 0;
    await staged.publish("v1");
    expect(service.asked.map(({ operation }) => operation)).toEqual([
      "PutObject",
      "PutObject",
      "DeleteObjects",
    ]);
  });

  test("another process reads what this one published", async () => {
    await publish(store, "v1", { a: "1" });
    expect(await read(openStore(), "v1", "a")).toBe("1");
  });

  test("what is known of a published file is not asked for again", async () => {
    await publish(store, "v1", { a: "0123456789" });
    for (const start of [0, 3, 6]) await read(store, "v1", "a", { start, end: 9 });
    expect([times("HeadObject"), times("GetObject")]).toEqual([2, 3]);
  });

  test("a version discarded by another process is not found any more", async () => {
    await publish(store, "v1", { a: "1" });
    expect(await read(store, "v1", "a")).toBe("1");
    await openStore().discard("v1");
    expect(await read(store, "v1", "a")).toBeNull();
  });

  test("a large file goes out in parts, a few at a time, and comes back byte for byte", async () => {
    const content = randomBytes(23 * MEBIBYTE);
    const pieces = Array.from({ length: 23 * 16 }, (_, n) => content.subarray(n * 65_536, (n + 1) * 65_536));
    const staged = await store.stage();
    service.receiving.most = 0;
    await staged.write("video.mp4", Readable.from(pieces));
    await staged.publish("v1");
    expect(times("UploadPart")).toBe(5);
    expect(service.receiving.most).toBeLessThanOrEqual(10 * MEBIBYTE);
    const opened = await store.open("v1", "video.mp4");
    expect(opened?.size).toBe(content.length);
    expect((await buffer(opened?.stream ?? streamOf(""))).equals(content)).toBe(true);
    expect(await store.open("v1", "video.mp4", { start: 6 * MEBIBYTE, end: 6 * MEBIBYTE })).toMatchObject({
      range: { start: 6 * MEBIBYTE, end: 6 * MEBIBYTE },
    });
  }, 30_000);

  test.each([5 * MEBIBYTE - 1, 5 * MEBIBYTE, 5 * MEBIBYTE + 1, 10 * MEBIBYTE])(
    "%i bytes, about the size of a part, are neither cut nor followed by nothing",
    async (size) => {
      const content = Buffer.alloc(size, "x");
      await publish(store, "v1", { a: content });
      expect((await store.stat("v1", "a"))?.size).toBe(size);
      expect(times("UploadPart")).toBe(size <= 5 * MEBIBYTE ? 0 : 2);
    },
  );

  test("many large files at once wait for one another: what is on its way stays bounded", async () => {
    const staged = await store.stage();
    service.receiving.most = 0;
    const files = ["a", "b", "c", "d", "e"];
    await Promise.all(files.map((path) => staged.write(path, streamOf(Buffer.alloc(11 * MEBIBYTE)))));
    expect(service.receiving.most).toBeLessThanOrEqual(24 * MEBIBYTE);
    await staged.publish("v1");
  }, 30_000);

  test("a large file whose source fails leaves no parts", async () => {
    const staged = await store.stage();
    const failing = Readable.from(
      (async function* () {
        yield Buffer.alloc(6 * MEBIBYTE);
        throw new Error("the source failed");
      })(),
    );
    await expect(staged.write("a", failing)).rejects.toThrow("the source failed");
    expect(service.uploads()).toEqual([]);
    await staged.discard();
  });

  test("a sweep drops the parts of an upload whose process died, and no younger ones", async () => {
    service.trouble = ({ operation }) =>
      operation === "AbortMultipartUpload" || operation === "UploadPart" ? { fail: 500 } : undefined;
    const staged = await store.stage();
    await expect(staged.write("a", streamOf(Buffer.alloc(6 * MEBIBYTE)))).rejects.toMatchObject(unavailable);
    service.trouble = null;
    expect(service.uploads()).toHaveLength(1);
    await store.sweep(new Date("2020-01-02"));
    expect(service.uploads()).toHaveLength(1);
    service.age(new Date("2020-01-01"));
    await store.sweep(new Date("2020-01-02"));
    expect(service.uploads()).toEqual([]);
  }, 20_000);
});

describe("a process that dies", () => {
  let store: ContentStore;
  beforeEach(() => {
    store = openStore();
  });
  const diesAt = (dead: (asked: S3Asked) => boolean) => {
    service.trouble = (asked) => (dead(asked) ? { fail: 403 } : undefined);
  };
  const sweepLater = async () => {
    service.trouble = null;
    service.age(new Date("2020-01-01"));
    return openStore().sweep(new Date("2020-01-02"));
  };

  test("before it published: everything goes", async () => {
    const staged = await store.stage();
    await staged.write("a", streamOf("1"));
    diesAt(({ key }) => key.includes("versions/"));
    await expect(staged.publish("v1")).rejects.toMatchObject(unavailable);
    expect(await sweepLater()).toBe(1);
    expect(service.keys()).toEqual([]);
  });

  test("after it published, before the mark was gone: the version stays, the mark goes", async () => {
    const staged = await store.stage();
    await staged.write("a", streamOf("1"));
    diesAt(({ operation }) => operation === "DeleteObjects");
    await expect(staged.publish("v1")).rejects.toMatchObject(unavailable);
    await expect(staged.discard()).resolves.toBeUndefined();
    expect(await sweepLater()).toBe(0);
    expect(service.keys(`${PREFIX}staging/`)).toEqual([]);
    expect(await read(store, "v1", "a")).toBe("1");
  });

  test("while it removes a version: what was left goes", async () => {
    await publish(store, "v1", { a: "1", b: "2" });
    diesAt(({ operation, key }) => operation === "ListObjectsV2" && key === "");
    await expect(store.discard("v1")).rejects.toMatchObject(unavailable);
    expect(await openStore().stat("v1", "a")).toBeNull();
    expect(await sweepLater()).toBe(1);
    expect(service.keys()).toEqual([]);
  });

  test("a publishing that met another at the same moment asks again", async () => {
    const staged = await store.stage();
    await staged.write("a", streamOf("1"));
    let conflicts = 0;
    service.trouble = ({ key }) => (key.includes("versions/") && conflicts++ < 2 ? { fail: 409 } : undefined);
    await staged.publish("v1");
    expect(await read(store, "v1", "a")).toBe("1");
  });

  test("a publishing whose answer was lost is not a conflict with itself", async () => {
    const staged = await store.stage();
    await staged.write("a", streamOf("1"));
    let lost = false;
    service.trouble = ({ key }) => {
      if (lost || !key.includes("versions/")) return undefined;
      lost = true;
      return { loseAnswer: true };
    };
    await staged.publish("v1");
    expect(await read(store, "v1", "a")).toBe("1");
  });
});

describe("a service in trouble", () => {
  let store: ContentStore;
  beforeEach(async () => {
    store = openStore();
    await publish(store, "v1", { a: "0123456789" });
  });

  test("that fails now and then is asked again", async () => {
    let failures = 0;
    service.trouble = () => (failures++ < 2 ? { fail: 503 } : undefined);
    expect(await read(openStore(), "v1", "a")).toBe("0123456789");
  });

  test.each([{ fail: 500 }, { fail: 403 }, { hang: true }])(
    "%j is a fault, soon and without a secret in its cause",
    async (trouble) => {
      service.trouble = () => trouble;
      const begun = performance.now();
      const failed = await store.open("v1", "a").catch((error: unknown) => error);
      expect(failed).toMatchObject(unavailable);
      expect(performance.now() - begun).toBeLessThan(10_000);
      expect(JSON.stringify([String((failed as Error).cause), failed])).not.toContain(service.key.secret);
    },
  );

  test("that is away is a fault, and so are a wrong secret and a wrong bucket", async () => {
    const away = openStore({ endpoint: "http://127.0.0.1:1" });
    const wrongSecret = openStore({ credentials: { accessKeyId: service.key.id, secretAccessKey: "wrong" } });
    for (const broken of [away, wrongSecret, openStore({ bucket: "other" })]) {
      await expect(broken.listPublished(new Date())).rejects.toMatchObject(unavailable);
      await expect(broken.stage()).rejects.toMatchObject(unavailable);
    }
  });

  test("a stream that breaks off or falls silent is taken up where it was", async () => {
    for (const trouble of [{ cutAfterBytes: 4 }, { silentAfterBytes: 4 }]) {
      let troubled = false;
      service.trouble = ({ operation }) => {
        if (troubled || operation !== "GetObject") return undefined;
        troubled = true;
        return trouble;
      };
      expect(await read(store, "v1", "a", { start: 1, end: 8 })).toBe("12345678");
      expect(troubled).toBe(true);
    }
  });

  test("a stream that breaks off again and again fails: what was read is never taken for the whole", async () => {
    service.trouble = ({ operation }) => (operation === "GetObject" ? { cutAfterBytes: 1 } : undefined);
    const opened = await store.open("v1", "a");
    await expect(text(opened?.stream ?? streamOf(""))).rejects.toMatchObject(unavailable);
  });

  test("a reader who pauses for longer than silence may last loses nothing", async () => {
    // A busy machine may be silent for a moment by itself.
    const patient = openStore({ silentSeconds: 1.5 });
    await publish(patient, "v2", { long: Buffer.alloc(4 * MEBIBYTE, "y") });
    const opened = await patient.open("v2", "long");
    let length = 0;
    for await (const piece of opened?.stream ?? []) {
      if (length === 0) await sleep(2000);
      length += piece.length;
    }
    expect(length).toBe(4 * MEBIBYTE);
    expect(times("GetObject")).toBe(1);
  });

  test("a reader who goes away leaves no connection open", async () => {
    await publish(store, "v2", { long: Buffer.alloc(8 * MEBIBYTE, "y") });
    const opened = await store.open("v2", "long");
    for await (const _ of opened?.stream ?? []) break;
    expect(opened?.stream.destroyed).toBe(true);
  });
});
