/** Where this program's own files lie, run from `src` or from `dist`. */
import { join } from "node:path";

const PROJECT_FOLDER = join(import.meta.dirname, "..");
/** Scripts and styles for browsers, made by `scripts/build.mjs`. */
export const CLIENT_FOLDER = join(PROJECT_FOLDER, "dist", "client");
