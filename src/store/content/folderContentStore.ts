/**
 * The content store on a folder:
 *
 *     versions/<course_version_id>/<name>    published, never changed
 *     versions/<course_version_id>/index.tsv which name is which path, for people and for copying elsewhere
 *     staging/<random>/<name>                being written
 *
 * A file's name on disk is that of `contentNames.ts`; one flat folder needs one fsync.
 */
import {
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { cleanContentPath } from "../../core/contentPath.ts";
import { Fault } from "../../core/faults.ts";
import { errorCode, isSystemError } from "../../core/systemErrors.ts";
import {
  contentEtag,
  contentName,
  indexOf,
  isVersionId,
  rangeWithin,
  requireVersionId,
} from "./contentNames.ts";
import type {
  ByteRange,
  ContentSource,
  ContentStat,
  ContentStore,
  OpenContent,
  StagedContent,
  WriteOptions,
} from "./contentStore.ts";

const INDEX_NAME = "index.tsv";
const SYNCS_AT_ONCE = 16;

/** @param root Made if it does not exist. */
export async function openFolderContentStore(root: string): Promise<ContentStore> {
  const store = new FolderContentStore(root);
  await store.prepare();
  return store;
}

class FolderContentStore implements ContentStore {
  readonly #staging: string;
  readonly #versions: string;

  constructor(root: string) {
    this.#staging = join(root, "staging");
    this.#versions = join(root, "versions");
  }

  async prepare(): Promise<void> {
    await onDisk(async () => {
      await mkdir(this.#staging, { recursive: true });
      await mkdir(this.#versions, { recursive: true });
    });
  }

  async stage(): Promise<StagedContent> {
    return new StagedFolder(await onDisk(() => this.#newStagingFolder()), this.#versions);
  }

  async stat(versionId: string, path: string): Promise<ContentStat | null> {
    const opened = await this.#openFile(versionId, path);
    await opened?.handle.close();
    return opened?.stat ?? null;
  }

  async open(versionId: string, path: string, range?: ByteRange): Promise<OpenContent | null> {
    const opened = await this.#openFile(versionId, path);
    if (opened === null) return null;
    const { handle, stat } = opened;
    const wanted = await orClose(handle, () => rangeWithin(stat.size, range, path));
    // A stream can't be asked for no bytes at all, but one that starts at the end of an empty file ends at once.
    const stream = handle.createReadStream({ start: wanted.start, end: Math.max(wanted.end, 0) });
    return { ...stat, stream, range: wanted };
  }

  /** Out of sight first, in one step: a process that dies while removing leaves a sweep's work, not half a course. */
  async discard(versionId: string): Promise<void> {
    const bin = await onDisk(() => this.#newStagingFolder());
    try {
      await onDisk(() => rename(versionFolder(this.#versions, versionId), join(bin, "discarded")));
    } catch (error) {
      if (!isMissing(error)) throw error;
    } finally {
      await onDisk(() => rm(bin, { recursive: true, force: true }));
    }
  }

  async listPublished(before: Date): Promise<string[]> {
    return (await untouchedSince(before, this.#versions)).filter(isVersionId);
  }

  async sweep(staleBefore: Date): Promise<number> {
    const stale = await untouchedSince(staleBefore, this.#staging);
    for (const name of stale)
      await onDisk(() => rm(join(this.#staging, name), { recursive: true, force: true }));
    return stale.length;
  }

  async #newStagingFolder(): Promise<string> {
    return mkdtemp(join(this.#staging, "import-"));
  }

  async #openFile(
    versionId: string,
    path: string,
  ): Promise<{ handle: FileHandle; stat: ContentStat } | null> {
    const clean = cleanContentPath(path);
    if (!clean.ok || !isVersionId(versionId)) return null;
    const name = contentName(clean.path);
    const handle = await orNull(
      onDisk(() => open(join(versionFolder(this.#versions, versionId), name), "r")),
    );
    if (handle === null) return null;
    const { size, mtime } = await handle.stat();
    return { handle, stat: { size, modifiedAt: mtime, etag: contentEtag(versionId, name, size) } };
  }
}

class StagedFolder implements StagedContent {
  /** More would only take turns on one disk. */
  readonly writesAtOnce = 1;
  readonly #folder: string;
  readonly #versions: string;
  readonly #paths = new Map<string, string>();

  constructor(folder: string, versions: string) {
    this.#folder = folder;
    this.#versions = versions;
  }

  async write(path: string, source: ContentSource, options: WriteOptions = {}): Promise<void> {
    const clean = cleanContentPath(path);
    if (!clean.ok) throw new TypeError(`not a content path (${clean.problem}): ${JSON.stringify(path)}`);
    const name = contentName(clean.path);
    if (this.#paths.has(name)) throw new Fault("conflict", `The file ${clean.path} was already written.`);
    this.#paths.set(name, clean.path);
    const file = join(this.#folder, name);
    try {
      await onDisk(() => writeNew(file, source, options.signal));
    } catch (error) {
      this.#paths.delete(name);
      await onDisk(() => rm(file, { force: true }));
      throw error;
    }
  }

  async publish(versionId: string): Promise<void> {
    const target = versionFolder(this.#versions, versionId);
    await onDisk(async () => {
      await writeFile(join(this.#folder, INDEX_NAME), indexOf(this.#paths));
      await syncAll([INDEX_NAME, ...this.#paths.keys()].map((name) => join(this.#folder, name)));
      await syncFolder(this.#folder);
      await rename(this.#folder, target).catch((error: unknown) => {
        if (!["ENOTEMPTY", "EEXIST"].includes(errorCode(error) ?? "")) throw error;
        throw new Fault("conflict", `The content of course version ${versionId} is already published.`);
      });
      await syncFolder(this.#versions);
    });
  }

  async discard(): Promise<void> {
    await onDisk(() => rm(this.#folder, { recursive: true, force: true }));
  }
}

/** The names of the folders within one in which nothing was written or renamed since: each such step touches its folder. */
async function untouchedSince(time: Date, folder: string): Promise<string[]> {
  const untouched: string[] = [];
  for (const name of await onDisk(() => readdir(folder))) {
    const found = await orNull(onDisk(() => stat(join(folder, name))));
    if (found !== null && found.mtime < time) untouched.push(name);
  }
  return untouched;
}

function versionFolder(versions: string, versionId: string): string {
  return join(versions, requireVersionId(versionId));
}

async function writeNew(file: string, source: ContentSource, signal: AbortSignal | undefined): Promise<void> {
  const handle = await open(file, "wx");
  try {
    signal?.throwIfAborted();
    for await (const piece of source) {
      signal?.throwIfAborted();
      await handle.writeFile(piece);
    }
  } finally {
    await handle.close();
  }
}

async function orClose<T>(handle: FileHandle, work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** At publishing rather than one by one while writing: by then most of it is on the disk anyway. */
async function syncAll(files: readonly string[]): Promise<void> {
  const rest = files.values();
  const worker = async (): Promise<void> => {
    for (const file of rest) await syncFile(file);
  };
  await Promise.all(Array.from({ length: SYNCS_AT_ONCE }, worker));
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Some file systems have no such thing as syncing a folder, and say so. */
async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!["EINVAL", "EPERM", "EISDIR"].includes(errorCode(error) ?? "")) throw error;
  }
}

/** Turns what the disk refuses into a fault; what a source or a caller throws stays what it is. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new Fault("content_unavailable", "The course's files can't be read or written now.", {
      cause: error,
    });
  }
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Fault && errorCode(error.cause) === "ENOENT";
}
