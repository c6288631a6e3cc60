/** What the gateway is measured against and does not need itself: into the lab's folder, when it is asked for. */
import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Lab } from "./lab.ts";

/** @param packages As `name@version`. @returns The folder that they are required from. */
export async function install(lab: Lab, ...packages: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(lab.folder, "installed-"));
  lab.say(`installing ${packages.join(", ")}`);
  const npm = ["install", "--prefix", folder, "--no-save", "--no-package-lock", "--ignore-scripts"];
  await promisify(execFile)("npm", [...npm, ...packages]);
  return folder;
}
