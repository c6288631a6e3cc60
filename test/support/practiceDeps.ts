/** What the practice server takes from outside: real time, real ids, and a log that speaks of failures only. */
import { randomUUID } from "node:crypto";
import type { PracticeOptions } from "../../src/edges/practice/practiceServer.ts";
import { createLog } from "../../src/log.ts";

export function practiceDeps(): PracticeOptions["deps"] {
  return { clock: { now: () => new Date() }, newId: () => randomUUID(), log: createLog("error") };
}
