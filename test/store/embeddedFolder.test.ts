/** The embedded store's folder is there whole or not at all, and says why it can't be used. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openEmbeddedFolder, StoreNotOpened } from "../../src/store/embeddedFolder.ts";

let place: string;
let folder: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "tallygate-store-"));
  folder = join(place, "store");
});
afterEach(() => rm(place, { recursive: true }));

test("is made in an empty folder as well; what was kept is there when it is opened again", async () => {
  await mkdir(folder);
  const made = await openEmbeddedFolder(folder);
  await made.query("create table kept as select 7 as number");
  await made.close();
  const again = await openEmbeddedFolder(folder);
  expect(await again.query("select number from kept")).toEqual([{ number: 7 }]);
  await again.close();
  expect(await readdir(place)).toEqual(["store"]);
});

test("a start that was broken off leaves nothing that the next would stumble over", async () => {
  await mkdir(join(place, "store.unfinished"));
  await writeFile(join(place, "store.unfinished", "PG_VERSION"), "17\n");
  const store = await openEmbeddedFolder(folder);
  expect(await store.query("select 1 as one")).toEqual([{ one: 1 }]);
  await store.close();
  expect(await readdir(place)).toEqual(["store"]);
});

test("a file in its place is named", async () => {
  await writeFile(folder, "");
  const opening = openEmbeddedFolder(folder);
  await expect(opening).rejects.toThrow(StoreNotOpened);
  await expect(opening).rejects.toThrow(folder);
});
