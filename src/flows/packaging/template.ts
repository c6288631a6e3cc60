/** What every package of a format has in common: packages-templates/, read once and kept. */
import { readdir, readFile } from "node:fs/promises";
import type { PackageFormat } from "../../core/bridge.ts";

export interface PackageTemplate {
  /** `imsmanifest.xml` with `{{key}}` and `{{title}}` to fill in. */
  readonly manifest: string;
  /** The wrapper and the ADL and IMS schema files (SCORM 1.2 CAM 2.3.1, SCORM 2004 CAM 3.3), by name. */
  readonly files: ReadonlyMap<string, Buffer>;
}

const root = new URL("../../../packages-templates/", import.meta.url);
const templates = new Map<PackageFormat, Promise<PackageTemplate>>();

export function packageTemplate(format: PackageFormat): Promise<PackageTemplate> {
  let template = templates.get(format);
  if (template === undefined) {
    template = readTemplate(format);
    templates.set(format, template);
  }
  return template;
}

async function readTemplate(format: PackageFormat): Promise<PackageTemplate> {
  const folder = new URL(`${format}/`, root);
  const names = (await readdir(folder)).filter((name) => /\.(xsd|dtd)$/.test(name));
  const schemas = names.map(async (name) => [name, await readFile(new URL(name, folder))] as const);
  return {
    manifest: await readFile(new URL("imsmanifest.xml", folder), "utf8"),
    files: new Map([
      ...(await Promise.all(schemas)),
      ["index.html", await readFile(new URL("wrapper/index.html", root))],
      ["wrapper.js", await readFile(new URL("wrapper/wrapper.min.js", root))],
    ]),
  };
}
