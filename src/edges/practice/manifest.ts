/** Reads of an `imsmanifest.xml` what an LMS needs to launch: its own small reader, apart from the gateway's import. */
import { parseStringPromise, processors } from "xml2js";
import { Fault } from "../../core/faults.ts";
import type { LmsPackage, PackageItem, PackageStandard } from "./practiceTypes.ts";

/** xml2js with `explicitChildren` off and prefixes stripped: attributes under `$`, text under `_`. */
interface XmlElement {
  readonly $?: Readonly<Record<string, string>>;
  readonly _?: string;
  readonly [child: string]: unknown;
}

interface Resource {
  readonly href: string;
  readonly base: string;
}

type Manifest = Pick<LmsPackage, "title" | "standard" | "items">;

export async function readManifest(xml: string): Promise<Manifest> {
  const manifest = await parse(xml);
  const organization = defaultOrganization(manifest);
  const resources = resourcesOf(manifest);
  const items = launchableItems(organization, resources);
  if (items.length === 0)
    throw new Fault("body_invalid", "imsmanifest.xml: found no item with a resource to launch");
  return {
    title: textOf(organization, "title") || "Untitled package",
    standard: standardOf(manifest, xml),
    items,
  };
}

async function parse(xml: string): Promise<XmlElement> {
  const normalize = (name: string) => processors.stripPrefix(name).toLowerCase();
  try {
    const root: unknown = await parseStringPromise(xml, {
      explicitRoot: false,
      explicitCharkey: true,
      tagNameProcessors: [normalize],
      attrNameProcessors: [normalize],
    });
    if (isElement(root)) return root;
  } catch (cause) {
    throw new Fault("body_invalid", "imsmanifest.xml is not well-formed XML", { cause });
  }
  throw new Fault("body_invalid", "imsmanifest.xml is empty");
}

function isElement(value: unknown): value is XmlElement {
  return typeof value === "object" && value !== null;
}

function childrenOf(element: XmlElement | undefined, name: string): XmlElement[] {
  const children = element?.[name];
  return Array.isArray(children) ? children.filter(isElement) : [];
}

function childOf(element: XmlElement | undefined, ...path: string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((at, name) => childrenOf(at, name)[0], element);
}

function attributeOf(element: XmlElement | undefined, name: string): string | undefined {
  return element?.$?.[name];
}

function textOf(element: XmlElement | undefined, ...path: string[]): string {
  return childOf(element, ...path)?._?.trim() ?? "";
}

function defaultOrganization(manifest: XmlElement): XmlElement {
  const organizations = childOf(manifest, "organizations");
  const all = childrenOf(organizations, "organization");
  const wanted = attributeOf(organizations, "default");
  const organization = all.find((one) => attributeOf(one, "identifier") === wanted) ?? all[0];
  if (organization === undefined) throw new Fault("body_invalid", "imsmanifest.xml: found no organization");
  return organization;
}

function resourcesOf(manifest: XmlElement): Map<string, Resource> {
  const parent = childOf(manifest, "resources");
  const outer = (attributeOf(manifest, "base") ?? "") + (attributeOf(parent, "base") ?? "");
  const found = new Map<string, Resource>();
  for (const resource of childrenOf(parent, "resource")) {
    const [id, href] = [attributeOf(resource, "identifier"), attributeOf(resource, "href")];
    if (id !== undefined && href !== undefined)
      found.set(id, { href, base: outer + (attributeOf(resource, "base") ?? "") });
  }
  return found;
}

function launchableItems(parent: XmlElement, resources: ReadonlyMap<string, Resource>): PackageItem[] {
  return childrenOf(parent, "item").flatMap((item) => {
    const resource = resources.get(attributeOf(item, "identifierref") ?? "");
    const own = resource === undefined ? [] : [itemOf(item, resource)];
    return [...own, ...launchableItems(item, resources)];
  });
}

function itemOf(item: XmlElement, resource: Resource): PackageItem {
  const optional = {
    launch_data: textOf(item, "datafromlms"),
    mastery_score: textOf(item, "masteryscore"),
    max_time_allowed:
      textOf(item, "maxtimeallowed") ||
      textOf(item, "sequencing", "limitconditions", "attemptabsolutedurationlimit"),
    time_limit_action: textOf(item, "timelimitaction"),
    completion_threshold: completionThreshold(item),
    scaled_passing_score: scaledPassingScore(item),
  };
  const controls = childOf(item, "sequencing", "deliverycontrols");
  return {
    item_id: attributeOf(item, "identifier") ?? resource.href,
    title: textOf(item, "title") || "Untitled item",
    href: withParameters(resource.base + resource.href, attributeOf(item, "parameters") ?? ""),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== "")),
    completion_set_by_content: attributeOf(controls, "completionsetbycontent") === "true",
    objective_set_by_content: attributeOf(controls, "objectivesetbycontent") === "true",
  };
}

/** 4th Edition writes attributes, 3rd Edition the number as text. */
function completionThreshold(item: XmlElement): string {
  const element = childOf(item, "completionthreshold");
  const byMeasure = attributeOf(element, "completedbymeasure");
  if (byMeasure === "true") return attributeOf(element, "minprogressmeasure") ?? "1.0";
  return element?._?.trim() ?? "";
}

/** SCORM 2004 RTE 4.2.19: where the primary objective is satisfied by measure. */
function scaledPassingScore(item: XmlElement): string {
  const primary = childOf(item, "sequencing", "objectives", "primaryobjective");
  if (attributeOf(primary, "satisfiedbymeasure") !== "true") return "";
  return textOf(primary, "minnormalizedmeasure") || "1.0";
}

/** SCORM CAM 3.4.1.1 (`parameters`): leading `?` and `&` are dropped, then they follow what the href has. */
function withParameters(href: string, parameters: string): string {
  const bare = parameters.replace(/^[?&]+/, "");
  if (bare === "") return href;
  if (bare.startsWith("#")) return href.includes("#") ? href : href + bare;
  return href + (href.includes("?") ? "&" : "?") + bare;
}

function standardOf(manifest: XmlElement, xml: string): PackageStandard {
  const version = textOf(manifest, "metadata", "schemaversion");
  if (version.includes("4th")) return "scorm2004-4";
  if (version.includes("2004") || version.startsWith("CAM")) return "scorm2004-3";
  return version === "" && xml.includes("adlcp_v1p3") ? "scorm2004-3" : "scorm12";
}
