/** The gateway's own packages, by the code that was built, written to disk as the other's are. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeOnDemand, setting } from "./makeFor.ts";

const built = pathToFileURL(join(import.meta.dirname, "../../dist/flows/packaging/buildPackage.js")).href;
const { buildPackage } = (await import(built)) as typeof import("../../src/flows/packaging/buildPackage.ts");

makeOnDemand(async (number) => {
  const bytes = await buildPackage({
    format: "scorm12",
    key: `key-of-delivery-${number}`,
    contentOrigin: "https://play.example.com",
    courseTitle: `Page ${number}`,
    licenseKind: "Volume",
    label: "",
    shortId: "7K2M",
  });
  await writeFile(join(setting("FOLDER"), `ours-${number}.zip`), bytes);
});
