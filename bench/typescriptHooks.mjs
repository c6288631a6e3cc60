import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { transform } from "@swc/core";

const OPTIONS = {
  swcrc: false,
  sourceMaps: "inline",
  module: { type: "es6" },
  jsc: { target: "es2022", parser: { syntax: "typescript" } },
};

/** Types are taken out as a file is loaded; what checks them is `npm run types`. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith(".ts")) return nextLoad(url, context);
  const filename = fileURLToPath(url);
  const { code } = await transform(await readFile(filename, "utf8"), { ...OPTIONS, filename });
  return { format: "module", source: code, shortCircuit: true };
}
