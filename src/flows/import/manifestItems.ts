/** The items of an organization (SCORM 1.2 CAM 2.3.5, 2004 CAM 3.4.1.2): the tree that a learner walks. */
import { COURSE_STATE_KEY } from "../../core/bridge.ts";
import type { CompletionThreshold, CourseItem } from "../../core/course.ts";
import { appendParameters } from "./contentHref.ts";
import type { ImportWarnings } from "./importWarnings.ts";
import type { ManifestResources, Resource } from "./manifestResources.ts";
import type { ManifestSequencing } from "./manifestSequencing.ts";
import { ManifestValues, stated } from "./manifestValues.ts";
import { attributeOf, childOf, childrenOf, textOf, type XmlElement } from "./xmlTree.ts";
import { show } from "./zipNames.ts";

/** Each id given so far → the number that the next item of that id gets. */
type ItemIds = Map<string, number>;

/** What the parts of an item are read with. */
export interface ItemContext {
  readonly resources: ManifestResources;
  readonly sequencing: ManifestSequencing;
  readonly warnings: ImportWarnings;
  readonly ids: ItemIds;
}

const MAX_TITLE_LENGTH = 500;

export function readItems(parent: XmlElement, context: ItemContext): CourseItem[] {
  return childrenOf(parent, "imscp", "item").flatMap((element) => {
    const item = readItem(element, context);
    return item === null ? [] : [item];
  });
}

/** Null for an item that has nothing to open, itself or further down. */
function readItem(element: XmlElement, context: ItemContext): CourseItem | null {
  const id = itemId(attributeOf(element, "imscp", "identifier"), context);
  const title = titleOf(element) ?? untitled(id, context);
  const resource = readResource(element, id, context);
  const inner = readItems(element, context);
  if (resource === null && inner.length === 0) {
    context.warnings.add("item_dropped", `The item ${show(id)} opens nothing, so it is left out.`);
    return null;
  }
  const item: CourseItem = { ...readProperties(element, id, context), id, title, items: inner };
  if (resource === null) return item;
  if (inner.length === 0) return { ...item, resource };
  context.warnings.add(
    "item_resource_moved",
    `The item ${show(id)} opens something and has items in it; what it opens is now the first of them.`,
  );
  const own: CourseItem = { id: freeId(id, context.ids), title, visible: item.visible, resource, items: [] };
  return { ...item, items: [own, ...inner] };
}

/** In characters; the player's door takes keys of up to 2,000 bytes, and `freeId` may make it longer. */
const LONGEST_ITEM_ID = 500;

/** Run-time state is kept by this id, so it is what the manifest says wherever that is possible. */
function itemId(written: string | undefined, { ids, warnings }: ItemContext): string {
  if (written === undefined || written === "") {
    const id = freeId("item", ids);
    warnings.add("item_id_missing", `An item has no identifier; it is called ${show(id)}.`);
    return id;
  }
  if (written.length > LONGEST_ITEM_ID || written === "__proto__") {
    const id = freeId(
      written === "__proto__" ? "item" : written.slice(0, LONGEST_ITEM_ID).toWellFormed(),
      ids,
    );
    const detail = `Nothing can be kept under the item identifier ${show(written)}; the item is called ${show(id)}.`;
    warnings.add("item_id_unusable", detail);
    return id;
  }
  const id = freeId(written, ids);
  if (id !== written) {
    const detail = `The item identifier ${show(written)} is taken; another item got ${show(id)}.`;
    warnings.add("item_id_duplicate", detail);
  }
  return id;
}

function freeId(wanted: string, ids: ItemIds): string {
  let id = wanted;
  for (let number = ids.get(wanted) ?? 2; ids.has(id) || id === COURSE_STATE_KEY; number += 1) {
    id = `${wanted}-${number}`;
    ids.set(wanted, number + 1);
  }
  ids.set(id, 2);
  return id;
}

export function titleOf(element: XmlElement): string | undefined {
  return textOf(childOf(element, "imscp", "title"))
    ?.slice(0, MAX_TITLE_LENGTH)
    .toWellFormed();
}

function untitled(id: string, { warnings }: ItemContext): string {
  warnings.add("title_missing", `The item ${show(id)} has no title; its identifier is shown.`);
  return id;
}

function readResource(
  element: XmlElement,
  id: string,
  { resources, warnings }: ItemContext,
): Resource | null {
  const reference = attributeOf(element, "imscp", "identifierref") ?? "";
  if (reference === "") return null;
  if (!resources.has(reference)) {
    warnings.add(
      "identifierref_unknown",
      `The item ${show(id)} refers to the resource ${show(reference)}, which is nowhere.`,
    );
    return null;
  }
  const resource = resources.launchable(reference);
  if (resource === null) return null;
  return {
    ...resource,
    href: appendParameters(resource.href, attributeOf(element, "imscp", "parameters") ?? ""),
  };
}

const TIME_LIMIT_ACTIONS = [
  "exit,message",
  "exit,no message",
  "continue,message",
  "continue,no message",
] as const;
const HIDEABLE = ["previous", "continue", "exit", "exitAll", "abandon", "abandonAll", "suspendAll"] as const;

type Properties = Omit<CourseItem, "id" | "title" | "resource" | "items">;

function readProperties(element: XmlElement, id: string, { sequencing, warnings }: ItemContext): Properties {
  const where = `the item ${show(id)}`;
  const values = new ManifestValues(warnings, where);
  const text = (name: string) => textOf(childOf(element, "adlcp", name));
  if (childOf(element, "adlcp", "data") !== undefined) values.unsupported("shared data (adlcp:data)");
  const hidden = readHidden(element, values);
  return stated<Properties>({
    visible: values.boolean("isvisible", attributeOf(element, "imscp", "isvisible")) ?? true,
    mastery_score: values.number("masteryscore", text("masteryscore"), 0, 100),
    max_time_allowed: values.matching(
      "maxtimeallowed",
      text("maxtimeallowed"),
      /^\d{2,4}:\d\d:\d\d(\.\d{1,2})?$/,
      "HHHH:MM:SS",
    ),
    time_limit_action: values.word(
      "timelimitaction",
      text("timelimitaction")?.replace(/\s*,\s*/, ","),
      TIME_LIMIT_ACTIONS,
    ),
    launch_data: childOf(element, "adlcp", "datafromlms")?.text.trim() || undefined,
    prerequisites: readPrerequisites(childOf(element, "adlcp", "prerequisites"), values),
    completion_threshold: readCompletionThreshold(element, values),
    hide_lms_ui: hidden.length === 0 ? undefined : hidden,
    sequencing: sequencing.read(element, where),
  });
}

function readPrerequisites(element: XmlElement | undefined, values: ManifestValues): string | undefined {
  const type = attributeOf(element, "adlcp", "type");
  if (type !== undefined && type.toLowerCase() !== "aicc_script") {
    values.unsupported(`prerequisites of the type ${show(type)}`);
    return undefined;
  }
  return textOf(element);
}

/** Attributes in the 4th edition, where only `completedByMeasure` makes it count; text in the 3rd, where being there does. */
export function readCompletionThreshold(
  owner: XmlElement,
  values: ManifestValues,
): CompletionThreshold | undefined {
  const element = childOf(owner, "adlcp", "completionThreshold");
  if (element === undefined) return undefined;
  const written = (name: string) => attributeOf(element, "adlcp", name);
  const minimum = values.number("completionThreshold", textOf(element), 0, 1);
  const byMeasure = values.boolean("completedByMeasure", written("completedByMeasure"));
  return {
    completed_by_measure: byMeasure ?? minimum !== undefined,
    min_progress_measure:
      values.number("minProgressMeasure", written("minProgressMeasure"), 0, 1) ?? minimum ?? 1,
    progress_weight: values.number("progressWeight", written("progressWeight"), 0, 1) ?? 1,
  };
}

function readHidden(element: XmlElement, values: ManifestValues): string[] {
  const presentation = childOf(element, "adlnav", "presentation");
  const hidden = childrenOf(childOf(presentation, "adlnav", "navigationInterface"), "adlnav", "hideLMSUI");
  return hidden.flatMap((one) => values.word("hideLMSUI", textOf(one), HIDEABLE) ?? []);
}
