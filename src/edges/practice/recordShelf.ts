/** What the LMS recorded and whom it knows, in files that outlive a restart. One process only: a practice tool's needs. */
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LmsLearner, LmsRecord } from "./practiceTypes.ts";

export type RecordKey = Pick<LmsRecord, "package_id" | "item_id" | "learner_id">;

export interface RecordShelf {
  get(key: RecordKey): Promise<LmsRecord | null>;
  /** Reads, changes and writes as one step: those of the same record queue up. A change to null leaves it as it is. */
  change(key: RecordKey, change: (before: LmsRecord | null) => LmsRecord | null): Promise<LmsRecord | null>;
  forget(key: RecordKey): Promise<void>;
  learners(): Promise<readonly LmsLearner[]>;
  addLearner(learner: LmsLearner): Promise<void>;
}

/** Who the LMS knows from the start: among them an accent, a bare number as id, and two people of one name. */
export const FIRST_LEARNERS: readonly LmsLearner[] = [
  { learner_id: "anna.berg", name: "Berg, Anna" },
  { learner_id: "chidi.okafor", name: "Okafor, Chidi" },
  { learner_id: "lucia.alvarez", name: "Álvarez, Lucía" },
  { learner_id: "1042", name: "Nguyen, Minh" },
  { learner_id: "anna.berg2", name: "Berg, Anna" },
];

export function createRecordShelf(dataFolder: string, newId: () => string): RecordShelf {
  const folder = join(dataFolder, "records");
  const learnersFile = join(dataFolder, "learners.json");
  const queues = new Map<string, Promise<unknown>>();

  /** One after the other for each file; a failed step does not fail the next. */
  function inTurn<T>(file: string, act: () => Promise<T>): Promise<T> {
    const turn = (queues.get(file) ?? Promise.resolve()).then(act, act);
    queues.set(file, turn);
    return turn.finally(() => {
      if (queues.get(file) === turn) queues.delete(file);
    });
  }

  function fileOf({ package_id, item_id, learner_id }: RecordKey): string {
    const hash = createHash("sha256")
      .update(JSON.stringify([package_id, item_id, learner_id]))
      .digest("hex");
    return join(folder, `${hash}.json`);
  }

  /** Whole or not at all: a reader never sees half a file. */
  async function write(file: string, value: unknown): Promise<void> {
    await mkdir(folder, { recursive: true });
    const draft = `${file}.${newId()}`;
    await writeFile(draft, JSON.stringify(value));
    await rename(draft, file);
  }

  const learners = async () => (await read<readonly LmsLearner[]>(learnersFile)) ?? FIRST_LEARNERS;

  return {
    get: (key) => read<LmsRecord>(fileOf(key)),
    change: (key, change) =>
      inTurn(fileOf(key), async () => {
        const changed = change(await read<LmsRecord>(fileOf(key)));
        if (changed !== null) await write(fileOf(key), changed);
        return changed;
      }),
    forget: (key) => inTurn(fileOf(key), () => rm(fileOf(key), { force: true })),
    learners,
    addLearner: (learner) =>
      inTurn(learnersFile, async () => {
        const others = (await learners()).filter(({ learner_id }) => learner_id !== learner.learner_id);
        await write(learnersFile, [...others, learner]);
      }),
  };
}

async function read<T>(file: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw cause;
  }
}
