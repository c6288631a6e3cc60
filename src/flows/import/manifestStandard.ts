/** Which SCORM a manifest is written for: by its `schemaversion`, and by its namespaces where that is silent. */
import type { CourseStandard } from "../../core/course.ts";
import { Fault } from "../../core/faults.ts";
import type { ImportWarnings } from "./importWarnings.ts";
import { childOf, textOf, type XmlElement } from "./xmlTree.ts";

export type ScormStandard = Exclude<CourseStandard, "page" | "video">;

/** What tools write into `schemaversion`; "CAM 1.3" is how the 2nd edition names itself. */
const VERSIONS: readonly (readonly [RegExp, ScormStandard])[] = [
  [/^2004.*4th|^2004.*4$/i, "scorm2004-4"],
  [/^2004.*3rd|^2004.*3$|^2004$/i, "scorm2004-3"],
  [/^(cam )?1\.3(\.\d)?$|^2004.*2nd/i, "scorm2004-2"],
  [/^1\.[012]$/, "scorm12"],
];

export function readStandard(manifest: XmlElement, warnings: ImportWarnings): ScormStandard {
  const metadata = childOf(manifest, "imscp", "metadata");
  const schema = textOf(childOf(metadata, "imscp", "schema"));
  if (schema !== undefined && /common cartridge|cmi5/i.test(schema)) {
    const detail = `The package is ${schema}; SCORM 1.2 and SCORM 2004 (2nd to 4th edition) can be imported.`;
    throw new Fault("standard_unsupported", detail);
  }
  const byNamespace = standardOfNamespaces(manifest);
  const version = textOf(childOf(metadata, "imscp", "schemaversion"));
  const byVersion = VERSIONS.find(([pattern]) => pattern.test(version ?? ""))?.[1];
  if (byVersion !== undefined) {
    if (byNamespace !== null && (byNamespace === "scorm12") !== (byVersion === "scorm12")) {
      warnings.add(
        "schemaversion_contradicted",
        `The manifest's schemaversion is ${version}, its namespaces are those of another SCORM; the version was believed.`,
      );
    }
    return byVersion;
  }
  const guess = byNamespace ?? "scorm12";
  const said = version === undefined ? "has no schemaversion" : `has the unknown schemaversion "${version}"`;
  warnings.add("schemaversion_missing", `The manifest ${said}; it was read as ${NAMES[guess]}.`);
  return guess;
}

const NAMES: Record<ScormStandard, string> = {
  scorm12: "SCORM 1.2",
  "scorm2004-2": "SCORM 2004 2nd edition",
  "scorm2004-3": "SCORM 2004 3rd edition",
  "scorm2004-4": "SCORM 2004 4th edition",
};

/** The editions of SCORM 2004 share their namespaces; the 3rd is what most packages without a version are. */
function standardOfNamespaces(manifest: XmlElement): ScormStandard | null {
  if (declares(manifest, /adlcp_v1p3|imscp_v1p1|imsss|adlseq|adlnav/i)) return "scorm2004-3";
  if (declares(manifest, /adlcp_rootv1p2|imscp_rootv1p1/i)) return "scorm12";
  return null;
}

function declares(element: XmlElement, pattern: RegExp): boolean {
  return (
    element.declaredNamespaces.some((one) => pattern.test(one)) ||
    element.children.some((child) => declares(child, pattern))
  );
}
