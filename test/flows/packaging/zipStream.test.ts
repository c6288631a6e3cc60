/** The zip that many packages come in: as it is read by an ordinary reader, also past the limits of an ordinary zip. */
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { fromBufferPromise, openPromise } from "yauzl";
import { type ZipFile, zipStream } from "../../../src/flows/packaging/zipStream.ts";
import { unzip } from "../../support/packages.ts";

async function* each(files: Iterable<ZipFile>): AsyncGenerator<ZipFile> {
  yield* files;
}

async function zipped(files: Iterable<ZipFile>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of zipStream(each(files))) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("a zip of stored files", () => {
  test("holds them as they are, under names of any script, and comes out the same again", async () => {
    const files = [
      { name: "LMS/Küche 台所.zip", content: Buffer.from("one") },
      { name: "LMS/empty.zip", content: Buffer.alloc(0) },
    ];
    const bytes = await zipped(files);
    const read = await unzip(bytes);
    expect([...read].map(([name, { content }]) => [name, content.toString()])).toEqual([
      ["LMS/Küche 台所.zip", "one"],
      ["LMS/empty.zip", ""],
    ]);
    expect((await zipped(files)).equals(bytes)).toBe(true);
  });

  test("may hold none", async () => {
    expect((await unzip(await zipped([]))).size).toBe(0);
  });

  test("may hold more than 65,535", async () => {
    const content = Buffer.from("x");
    const files = Array.from({ length: 65_536 }, (_, index) => ({ name: `${index}`, content }));
    const zip = await fromBufferPromise(await zipped(files), { lazyEntries: true });
    const names = new Set<string>();
    let last = "";
    for await (const entry of zip.eachEntry()) {
      names.add(entry.fileName);
      if (entry.fileName !== "65535") continue;
      for await (const chunk of await zip.openReadStreamPromise(entry)) last += String(chunk);
    }
    expect([zip.entryCount, names.size, last]).toEqual([65_536, 65_536, "x"]);
  });

  test("may be larger than 4 GiB; what lies beyond is found", async () => {
    const folder = await mkdtemp(join(tmpdir(), "tallygate-zip-"));
    try {
      const path = join(folder, "large.zip");
      await writeSparsely(path, beyondFourGiB());
      const zip = await openPromise(path, { lazyEntries: true });
      let last = "";
      for await (const entry of zip.eachEntry()) {
        if (entry.fileName !== "last") continue;
        for await (const chunk of await zip.openReadStreamPromise(entry)) last += String(chunk);
      }
      expect([zip.entryCount, last]).toEqual([66, "found"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function* beyondFourGiB(): Generator<ZipFile> {
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  for (let count = 0; count < 65; count++) yield { name: `zeros ${count}`, content: zeros };
  yield { name: "last", content: Buffer.from("found") };
}

/** Leaves out the zeros: the file is as long as it must be and takes no room. */
async function writeSparsely(path: string, files: Iterable<ZipFile>): Promise<void> {
  const file = await open(path, "w");
  try {
    let offset = 0;
    for await (const chunk of zipStream(each(files))) {
      if (chunk.length < 1024 * 1024) await file.write(chunk, 0, chunk.length, offset);
      offset += chunk.length;
    }
  } finally {
    await file.close();
  }
}
