/** Every bench by its name, in the order in which all of them run. */
import type { Bench } from "../bench.ts";
import { beats } from "./beats.ts";
import { bulk } from "./bulk.ts";
import { capped } from "./capped.ts";
import { content } from "./content.ts";
import { imports } from "./imports.ts";
import { launches } from "./launches.ts";
import { lti } from "./lti.ts";
import { packages } from "./packages.ts";
import { reports } from "./reports.ts";
import { size } from "./size.ts";
import { soak } from "./soak.ts";
import { usage } from "./usage.ts";

export const BENCHES: Readonly<Record<string, Bench>> = {
  launches,
  capped,
  size,
  beats,
  lti,
  content,
  packages,
  imports,
  bulk,
  usage,
  reports,
  soak,
};
