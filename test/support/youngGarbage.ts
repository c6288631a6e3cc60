import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect: (options?: { readonly type: "minor" }) => void = runInNewContext("gc");

/** Collects what came up lately and is held by nothing, but nothing that has been there for long. */
export function collectYoung(): void {
  collect({ type: "minor" });
}

export function collectAll(): void {
  collect();
}

/** Megabytes that are used, be it by garbage. */
export function usedMegabytes(): number {
  return process.memoryUsage().heapUsed / 1e6;
}

/** What is to be garbage once it was used: 8 kB, in the heap itself. */
export function somethingLarge(): readonly number[] {
  return Array.from({ length: 1000 }, () => Math.random());
}
