// Makes packages-templates/wrapper/wrapper.min.js, which packages carry, from the wrapper.js beside it, which people
// read. The result is committed: packages of one delivery must not change because a build tool did.
//   node scripts/wrapper.mjs [--check]    --check: only say whether the committed one is up to date
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";

const folder = join(import.meta.dirname, "../packages-templates/wrapper");
const delivered = join(folder, "wrapper.min.js");
const { code } = transformSync(readFileSync(join(folder, "wrapper.js"), "utf8"), {
  minify: true,
  target: "es5",
  charset: "utf8",
});

if (!process.argv.includes("--check")) writeFileSync(delivered, code);
else if (readFileSync(delivered, "utf8") !== code) {
  console.error("wrapper.min.js was not made from wrapper.js: run node scripts/wrapper.mjs");
  process.exit(1);
}
