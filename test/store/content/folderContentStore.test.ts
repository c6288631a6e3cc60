/** The store on a folder: what every store keeps, and what is special to a disk. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { ContentStore } from "../../../src/store/content/contentStore.ts";
import { openFolderContentStore } from "../../../src/store/content/folderContentStore.ts";
import { temporaryFolder } from "../../support/zips.ts";
import { contentStoreContract, publish, streamOf } from "./contract.ts";

const parent = temporaryFolder();
let root: string;
let count = 0;

async function openStore(): Promise<ContentStore> {
  count += 1;
  root = join(parent, `store-${count}`);
  return openFolderContentStore(root);
}

const foldersIn = (folder: string) => readdirSync(join(root, folder));

contentStoreContract("a folder", {
  open: openStore,
  age: (to) => {
    for (const folder of ["staging", "versions"])
      for (const name of foldersIn(folder)) utimesSync(join(root, folder, name), to, to);
  },
  left: () => [...foldersIn("staging"), ...foldersIn("versions")],
});

describe("on a disk", () => {
  let store: ContentStore;
  beforeEach(async () => {
    store = await openStore();
  });

  test("a file beside the versions is not one of theirs", async () => {
    writeFileSync(join(root, "secret"), "x");
    await publish(store, "v1", { a: "1" });
    writeFileSync(join(root, "versions/.DS_Store"), "");
    expect(await store.stat("v1", "../../secret")).toBeNull();
    expect(await store.listPublished(new Date("2100-01-01"))).toEqual(["v1"]);
  });

  test("people can see in the index which file is which", async () => {
    await publish(store, "v1", { "shared/a.js": "1" });
    const [name, path] = readFileSync(join(root, "versions/v1/index.tsv"), "utf8").trim().split("\t");
    expect(path).toBe("shared/a.js");
    expect(existsSync(join(root, "versions/v1", name ?? ""))).toBe(true);
  });

  test("a disk that refuses is a fault of its own", async () => {
    const staged = await store.stage();
    rmSync(join(root, "staging"), { recursive: true });
    await expect(staged.write("a", streamOf("1"))).rejects.toMatchObject({ code: "content_unavailable" });
    await expect(store.stage()).rejects.toMatchObject({ code: "content_unavailable" });
    mkdirSync(join(root, "blocked"));
    writeFileSync(join(root, "blocked/versions"), "a file where a folder should be");
    await expect(openFolderContentStore(join(root, "blocked"))).rejects.toMatchObject({
      code: "content_unavailable",
    });
  });
});
