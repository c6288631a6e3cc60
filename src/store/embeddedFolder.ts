/** The embedded store in a folder, which is there whole or not at all. */
import { readdir, rename, rm } from "node:fs/promises";
import { type Db, embeddedOn, startEmbedded } from "./db.ts";

/** The folder can't be used; says which, why, and what to do. */
export class StoreNotOpened extends Error {
  override readonly name = "StoreNotOpened";
}

/** WASI's numbers, by which alone the embedded store tells what the system refused. */
const REASONS = new Map([
  [2, "this process may not write there"],
  [19, "its user's share of the disk is used up"],
  [22, "a file would be larger than files may be"],
  [29, "the disk can't be read or written"],
  [33, "too many files are open"],
  [51, "the disk is full"],
  [54, "it is no folder"],
  [63, "this process may not write there"],
  [69, "the disk can only be read"],
]);

/**
 * Where there is none, it is made beside its place and put there once it is whole: a first start that fails or is broken off leaves
 * nothing that a later one would take for a store.
 * @throws StoreNotOpened
 */
export async function openEmbeddedFolder(folder: string): Promise<Db> {
  try {
    if (await isEmpty(folder)) await makeStore(folder);
    return embeddedOn(await startEmbedded({ dataDir: folder }));
  } catch (error) {
    throw new StoreNotOpened(
      `The embedded store in ${folder} can't be opened: ${reasonOf(error)}. Mend that and start again.`,
      { cause: error },
    );
  }
}

async function isEmpty(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return true;
    throw error;
  }
}

async function makeStore(folder: string): Promise<void> {
  const draft = `${folder}.unfinished`;
  await rm(draft, { recursive: true, force: true });
  try {
    const lite = await startEmbedded({ dataDir: draft });
    await lite.close();
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Object)) return String(error);
  const { errno, message } = error as { errno?: unknown; message?: unknown };
  const told = typeof errno === "number" ? REASONS.get(errno) : undefined;
  return told ?? (typeof message === "string" && message !== "" ? message : `${error}`);
}
