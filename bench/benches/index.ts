/** Every bench by its name, in the order in which all of them run. */
import type { Bench } from "../bench.ts";
import { launches } from "./launches.ts";

export const BENCHES: Readonly<Record<string, Bench>> = { launches };
