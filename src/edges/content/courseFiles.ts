/**
 * The files of courses, read for sending. What is published never changes, so what was once read of a small file is
 * remembered: most files of a course are small, and a store asked for each would take longer than all the rest.
 */
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { Fault } from "../../core/faults.ts";
import type { ByteRange, ContentStat, ContentStore } from "../../store/content/contentStore.ts";

export interface CourseFile {
  readonly versionId: string;
  readonly path: string;
  readonly stat: ContentStat;
}

export interface CourseFiles {
  /** Undefined where the version has no such file. @param path Clean (`core/contentPath.ts`). */
  find(versionId: string, path: string): Promise<CourseFile | undefined>;
  /** All of a small file; undefined for one that is better sent as it is read. */
  whole(file: CourseFile): Promise<Buffer | undefined>;
  /** @throws Fault `not_found` where it is gone since it was found. */
  open(file: CourseFile, range?: ByteRange): Promise<Readable>;
}

const SMALL_BYTES = 64 * 1024;
/** Of all small files together, in each process. */
const MOST_BYTES = 32 * 1024 * 1024;
/** About 4 MB. */
const MOST_FILES = 10_000;

export function courseFiles(store: Pick<ContentStore, "stat" | "open">): CourseFiles {
  const found = createMemory<CourseFile>(MOST_FILES, () => 1);
  const contents = createMemory<Buffer>(MOST_BYTES, (bytes) => bytes.length);
  const open = async (file: CourseFile, range?: ByteRange): Promise<Readable> => {
    const opened = await store.open(file.versionId, file.path, range);
    if (opened === null) throw new Fault("not_found", `The course no longer has the file ${file.path}.`);
    return opened.stream;
  };
  return {
    find: async (versionId, path) => {
      const key = keyOf(versionId, path);
      const known = found.get(key);
      if (known) return known;
      const stat = await store.stat(versionId, path);
      if (stat === null) return undefined;
      return found.set(key, { versionId, path, stat });
    },
    whole: async (file) => {
      if (file.stat.size > SMALL_BYTES) return undefined;
      const key = keyOf(file.versionId, file.path);
      const known = contents.get(key);
      if (known) return known;
      const bytes = await buffer(await open(file));
      if (bytes.length !== file.stat.size)
        throw new Error(`${key} has ${file.stat.size} bytes, and ${bytes.length} could be read`);
      return contents.set(key, bytes);
    },
    open,
  };
}

/** A version's id has no slash in it. */
function keyOf(versionId: string, path: string): string {
  return `${versionId}/${path}`;
}

interface Memory<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): Value;
}

/** Forgets what was longest not asked for, once all weighs more than `most`. */
function createMemory<Value extends object>(most: number, weigh: (value: Value) => number): Memory<Value> {
  const values = new Map<string, Value>();
  let weight = 0;
  const forget = (key: string) => {
    const value = values.get(key);
    if (value) weight -= weigh(value);
    values.delete(key);
  };
  return {
    get: (key) => {
      const value = values.get(key);
      if (!value) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set: (key, value) => {
      forget(key);
      values.set(key, value);
      weight += weigh(value);
      for (const longestUnasked of values.keys()) {
        if (weight <= most) break;
        forget(longestUnasked);
      }
      return value;
    },
  };
}
