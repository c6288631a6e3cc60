/** What the platform keeps, in one file that outlives a restart. One process only: a practice tool's needs. */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Kept, LogEntry } from "./platformTypes.ts";

export interface Shelf {
  readonly kept: Kept;
  /** @returns Once it is written: what was acknowledged is there after a restart. */
  change(change: (kept: Kept) => Partial<Kept>): Promise<void>;
  log(entry: Pick<LogEntry, "direction" | "words"> & { detail?: unknown; failed?: boolean }): void;
  /** Once all is written. */
  settled(): Promise<void>;
}

const MOST_LOGGED = 200;
const LONGEST_DETAIL = 20_000;

export async function openShelf(
  folder: string,
  first: () => Promise<Kept>,
  now: () => Date,
  onTrouble: (error: unknown) => void,
): Promise<Shelf> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "platform.json");
  let kept = (await read(file)) ?? (await first());
  let writing: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | null = null;

  async function write(): Promise<void> {
    waiting = null;
    const draft = `${file}.draft`;
    await writeFile(draft, JSON.stringify(kept), { mode: 0o600 });
    await rename(draft, file);
  }

  /** One write at a time; those that come meanwhile share the next one. */
  function save(): Promise<void> {
    if (waiting === null) {
      waiting = writing.then(write);
      writing = waiting.catch(() => undefined);
    }
    return waiting;
  }

  return {
    get kept() {
      return kept;
    },
    change: (change) => {
      kept = { ...kept, ...change(kept) };
      return save();
    },
    log: ({ direction, words, detail, failed = false }) => {
      const entry: LogEntry = {
        number: (kept.log[0]?.number ?? 0) + 1,
        at: now().toISOString(),
        direction,
        words,
        failed,
        detail: detailText(detail),
      };
      kept = { ...kept, log: [entry, ...kept.log].slice(0, MOST_LOGGED) };
      save().catch(onTrouble);
    },
    settled: () => writing,
  };
}

function detailText(detail: unknown): string {
  if (detail === undefined) return "";
  const written = typeof detail === "string" ? detail : JSON.stringify(detail, null, 2);
  return written.slice(0, LONGEST_DETAIL);
}

async function read(file: string): Promise<Kept | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Kept;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
}
