/** From the bytes of an `imsmanifest.xml` to what the player runs. */
import type { CourseStructure, ImportWarning } from "../../core/course.ts";
import { Fault } from "../../core/faults.ts";
import { ContentFiles } from "./contentHref.ts";
import { decodeXml, refuseEntities } from "./decodeXml.ts";
import { ImportWarnings } from "./importWarnings.ts";
import { type ItemContext, readCompletionThreshold, readItems, titleOf } from "./manifestItems.ts";
import { ManifestResources } from "./manifestResources.ts";
import { ManifestSequencing } from "./manifestSequencing.ts";
import { readStandard } from "./manifestStandard.ts";
import { ManifestValues, stated } from "./manifestValues.ts";
import { attributeOf, childOf, childrenOf, parseXml, textOf, type XmlElement } from "./xmlTree.ts";
import { show } from "./zipNames.ts";

export interface ReadManifest {
  readonly structure: CourseStructure;
  readonly warnings: readonly ImportWarning[];
}

/** @param paths Every file of the package, which hrefs are looked up among. */
export async function readManifest(bytes: Buffer, paths: readonly string[]): Promise<ReadManifest> {
  const warnings = new ImportWarnings();
  const xml = decodeXml(bytes, warnings);
  refuseEntities(xml);
  // Some tools leave an empty line before the declaration, where XML allows nothing.
  const manifest = await parseXml(xml.trimStart());
  if (manifest.key !== "manifest") {
    throw new Fault(
      "manifest_invalid",
      `The imsmanifest.xml begins with <${manifest.name}>, expected <manifest>.`,
    );
  }
  const structure = readStructure(manifest, new ContentFiles(paths), warnings);
  return { structure, warnings: warnings.list() };
}

function readStructure(manifest: XmlElement, files: ContentFiles, warnings: ImportWarnings): CourseStructure {
  const standard = readStandard(manifest, warnings);
  const organization = defaultOrganization(manifest, warnings);
  const resources = new ManifestResources(manifest, files, warnings);
  const sequencing = new ManifestSequencing(manifest, warnings);
  if (childOf(manifest, "imscp", "manifest") !== undefined) {
    warnings.add(
      "not_supported",
      "The manifest holds a manifest of its own, which is not supported here and is left out.",
    );
  }
  const context: ItemContext = { resources, sequencing, warnings, ids: new Map() };
  const items = readItems(organization, context);
  if (items.length === 0) {
    throw new Fault(
      "nothing_to_launch",
      "None of the items of the imsmanifest.xml leads to something that can be opened.",
    );
  }
  resources.warnOfAbsentFiles();
  const values = new ManifestValues(warnings, "the organization");
  return stated<CourseStructure>({
    standard,
    identifier: attributeOf(manifest, "imscp", "identifier") ?? "",
    title: courseTitle(manifest, organization, warnings),
    objectives_global_to_system: standard !== "scorm12" && objectivesGlobalToSystem(organization, values),
    completion_threshold: readCompletionThreshold(organization, values),
    sequencing: standard === "scorm12" ? undefined : sequencing.read(organization, "the organization"),
    items,
  });
}

function defaultOrganization(manifest: XmlElement, warnings: ImportWarnings): XmlElement {
  const parent = childOf(manifest, "imscp", "organizations");
  const all = childrenOf(parent, "imscp", "organization");
  const [first] = all;
  if (first === undefined) {
    throw new Fault(
      "organization_missing",
      "The imsmanifest.xml has no organization, so there is no course in it.",
    );
  }
  const wanted = attributeOf(parent, "imscp", "default") ?? "";
  const found = all.find((one) => attributeOf(one, "imscp", "identifier") === wanted);
  if (wanted === "" || found === undefined) {
    const said =
      wanted === "" ? "names no default organization" : `names ${show(wanted)} as default, which is nowhere`;
    warnings.add(
      "organization_default_missing",
      `The manifest ${said}; the first organization is the course.`,
    );
  }
  const chosen = found ?? first;
  if (all.length > 1) {
    const others = all
      .filter((one) => one !== chosen)
      .map((one) => show(titleOf(one) ?? attributeOf(one, "imscp", "identifier") ?? ""));
    warnings.add("not_supported", `Only one organization is used; left out: ${others.join(", ")}.`);
  }
  return chosen;
}

/** True unless it says otherwise (SCORM 2004 CAM 5.1.1). */
function objectivesGlobalToSystem(organization: XmlElement, values: ManifestValues): boolean {
  const name = "objectivesGlobalToSystem";
  return values.boolean(name, attributeOf(organization, "adlseq", name)) ?? true;
}

function courseTitle(manifest: XmlElement, organization: XmlElement, warnings: ImportWarnings): string {
  const title = titleOf(organization);
  if (title !== undefined) return title;
  const substitute = metadataTitle(manifest) ?? attributeOf(manifest, "imscp", "identifier") ?? "";
  const chosen = substitute === "" ? "Untitled course" : substitute;
  warnings.add("title_missing", `The organization has no title; the course is called ${show(chosen)}.`);
  return chosen;
}

/** `lom/general/title`, with the text in `langstring` (IMS) or `string` (IEEE). */
function metadataTitle(manifest: XmlElement): string | undefined {
  const lom = childOf(childOf(manifest, "imscp", "metadata"), "metadata", "lom");
  const title = childOf(childOf(lom, "metadata", "general"), "metadata", "title");
  const text = childOf(title, "metadata", "langstring") ?? childOf(title, "metadata", "string") ?? title;
  return textOf(text)?.slice(0, 500).toWellFormed();
}
