/** Holds manifests against the schemas that their package carries, offline: no address in them is ever fetched. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PackageFormat } from "../../src/core/bridge.ts";
import { contentOf, unzip } from "./packages.ts";

/** The schemas that a validator has to be told of; they include the others. */
const ROOT_SCHEMAS: Readonly<Record<PackageFormat, Readonly<Record<string, string>>>> = {
  scorm12: {
    "http://www.imsproject.org/xsd/imscp_rootv1p1p2": "imscp_rootv1p1p2.xsd",
    "http://www.adlnet.org/xsd/adlcp_rootv1p2": "adlcp_rootv1p2.xsd",
  },
  "scorm2004-3": schemas2004(),
  "scorm2004-4": schemas2004(),
};

function schemas2004() {
  return {
    "http://www.imsglobal.org/xsd/imscp_v1p1": "imscp_v1p1.xsd",
    "http://www.adlnet.org/xsd/adlcp_v1p3": "adlcp_v1p3.xsd",
    "http://www.adlnet.org/xsd/adlseq_v1p3": "adlseq_v1p3.xsd",
    "http://www.adlnet.org/xsd/adlnav_v1p3": "adlnav_v1p3.xsd",
    "http://www.imsglobal.org/xsd/imsss": "imsss_v1p0.xsd",
  };
}

/** W3C addresses that the schemas name, and the carried files that stand for them. */
const CATALOG = `<?xml version="1.0"?>
<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
  <system systemId="http://www.w3.org/2001/xml.xsd" uri="xml.xsd"/>
  <uri name="http://www.w3.org/2001/xml.xsd" uri="xml.xsd"/>
</catalog>
`;

/** What xmllint has against the manifests of these packages of one format; empty where all are valid. */
export async function schemaViolations(format: PackageFormat, packages: readonly Buffer[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tallygate-xsd-"));
  try {
    const schemas = join(folder, "schemas");
    await mkdir(schemas);
    const manifests: string[] = [];
    for (const [index, bytes] of packages.entries()) {
      const files = await unzip(bytes);
      if (index === 0) for (const [name, { content }] of files) await writeFile(join(schemas, name), content);
      const manifest = join(folder, `manifest-${index}.xml`);
      await writeFile(manifest, contentOf(files, "imsmanifest.xml"));
      manifests.push(manifest);
    }
    await writeFile(join(schemas, "catalog.xml"), CATALOG);
    await writeFile(join(schemas, "driver.xsd"), driver(format));
    return await xmllint(schemas, manifests);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function driver(format: PackageFormat): string {
  const imports = Object.entries(ROOT_SCHEMAS[format]).map(
    ([namespace, file]) => `<xs:import namespace="${namespace}" schemaLocation="${file}"/>`,
  );
  return `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${imports.join("")}</xs:schema>`;
}

function xmllint(schemas: string, manifests: readonly string[]): Promise<string> {
  const options = { env: { ...process.env, XML_CATALOG_FILES: join(schemas, "catalog.xml") } };
  const parameters = ["--nonet", "--noout", "--schema", join(schemas, "driver.xsd"), ...manifests];
  return new Promise((resolve, reject) => {
    execFile("xmllint", parameters, options, (error, _, stderr) => {
      if (error?.code === "ENOENT")
        reject(new Error("xmllint is missing: install libxml2-utils (scripts/test does)"));
      else resolve(error === null ? "" : stderr);
    });
  });
}
