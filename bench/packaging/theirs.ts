/** simple-scorm-packager, as its own page shows it: one page, zipped, the schemas of SCORM 1.2 beside it. */
import { mkdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { makeOnDemand, setting } from "./makeFor.ts";

const folder = setting("FOLDER");
const pack: (order: object, done: (message: unknown) => void) => void = createRequire(
  join(folder, "here.js"),
)("simple-scorm-packager");

const page = join(folder, "page");
await mkdir(page, { recursive: true });
await writeFile(join(page, "index.html"), "<!doctype html><title>Page</title><p>One page.</p>");

makeOnDemand(
  (number) =>
    new Promise((resolve) =>
      pack(
        {
          version: "1.2",
          organization: "Bench",
          title: `Page ${number}`,
          startingPage: "index.html",
          source: page,
          package: { version: "1.0.0", zip: true, outputFolder: join(folder, "theirs") },
        },
        () => resolve(),
      ),
    ),
);
