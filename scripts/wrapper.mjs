// Makes packages-templates/wrapper/wrapper.min.js, which packages carry, from the wrapper.js beside it, which people
// read. The result is committed: packages of one delivery must not change because a build tool did.
//   node scripts/wrapper.mjs
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";

const folder = join(import.meta.dirname, "../packages-templates/wrapper");

export function minifiedWrapper() {
  const source = readFileSync(join(folder, "wrapper.js"), "utf8");
  return transformSync(source, { minify: true, target: "es5", charset: "utf8" }).code;
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(join(folder, "wrapper.min.js"), minifiedWrapper());
