/** Where this program's own files lie, run from `src` or from `dist`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const PROJECT_FOLDER = join(import.meta.dirname, "..");
/** Scripts and styles for browsers, made by `scripts/build.mjs`. */
export const CLIENT_FOLDER = join(PROJECT_FOLDER, "dist", "client");

export const VERSION = String(
  (JSON.parse(readFileSync(join(PROJECT_FOLDER, "package.json"), "utf8")) as { version: unknown }).version,
);
