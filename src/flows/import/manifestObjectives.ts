/**
 * Objectives and their maps to global ones (SCORM 2004 SN 3.10). The 4th edition adds maps for scores and
 * progress in an element of its own; both are brought together here.
 */
import type { Sequencing, SequencingObjective } from "../../core/course.ts";
import { type ManifestValues, stated } from "./manifestValues.ts";
import { attributeOf, childOf, childrenOf, textOf, type XmlElement } from "./xmlTree.ts";

type ObjectiveMap = SequencingObjective["maps"][number];

export function readObjectives(
  sequencing: XmlElement,
  values: ManifestValues,
): Pick<Sequencing, "primary_objective" | "objectives"> {
  const element = childOf(sequencing, "imsss", "objectives");
  const added = readAddedMaps(childOf(sequencing, "adlseq", "objectives"), values);
  const primary = childOf(element, "imsss", "primaryObjective");
  const others = childrenOf(element, "imsss", "objective").map((one) => readObjective(one, added, values));
  return stated<Pick<Sequencing, "primary_objective" | "objectives">>({
    primary_objective: primary === undefined ? undefined : readObjective(primary, added, values),
    objectives: others.length === 0 ? undefined : others,
  });
}

/** Objective id → its maps. */
type AddedMaps = ReadonlyMap<string, readonly ObjectiveMap[]>;

function readObjective(element: XmlElement, added: AddedMaps, values: ManifestValues): SequencingObjective {
  const id = attributeOf(element, "imsss", "objectiveID") ?? "";
  const byMeasure = attributeOf(element, "imsss", "satisfiedByMeasure");
  const minimum = textOf(childOf(element, "imsss", "minNormalizedMeasure"));
  const maps = childrenOf(element, "imsss", "mapInfo").map((one) => readMap(one, values));
  return stated<SequencingObjective>({
    id,
    satisfied_by_measure: values.boolean("satisfiedByMeasure", byMeasure),
    min_normalized_measure: values.number("minNormalizedMeasure", minimum, -1, 1),
    maps: merged([...maps, ...(added.get(id) ?? [])]),
  });
}

function readMap(element: XmlElement, values: ManifestValues): ObjectiveMap {
  const flag = (name: string) => values.boolean(name, attributeOf(element, "imsss", name));
  return stated<ObjectiveMap>({
    target: attributeOf(element, "imsss", "targetObjectiveID") ?? "",
    read_satisfied_status: flag("readSatisfiedStatus"),
    read_normalized_measure: flag("readNormalizedMeasure"),
    write_satisfied_status: flag("writeSatisfiedStatus"),
    write_normalized_measure: flag("writeNormalizedMeasure"),
  });
}

function readAddedMaps(element: XmlElement | undefined, values: ManifestValues): AddedMaps {
  return new Map(
    childrenOf(element, "adlseq", "objective").map((objective) => [
      attributeOf(objective, "adlseq", "objectiveID") ?? "",
      childrenOf(objective, "adlseq", "mapInfo").map((one) => readAddedMap(one, values)),
    ]),
  );
}

function readAddedMap(element: XmlElement, values: ManifestValues): ObjectiveMap {
  const flag = (name: string) => values.boolean(name, attributeOf(element, "adlseq", name));
  return stated<ObjectiveMap>({
    target: attributeOf(element, "adlseq", "targetObjectiveID") ?? "",
    read_raw_score: flag("readRawScore"),
    write_raw_score: flag("writeRawScore"),
    read_min_score: flag("readMinScore"),
    write_min_score: flag("writeMinScore"),
    read_max_score: flag("readMaxScore"),
    write_max_score: flag("writeMaxScore"),
    read_completion_status: flag("readCompletionStatus"),
    write_completion_status: flag("writeCompletionStatus"),
    read_progress_measure: flag("readProgressMeasure"),
    write_progress_measure: flag("writeProgressMeasure"),
  });
}

/** One map per target; a map to nothing maps nothing. */
function merged(maps: readonly ObjectiveMap[]): ObjectiveMap[] {
  const byTarget = new Map<string, ObjectiveMap>();
  for (const map of maps) {
    if (map.target !== "") byTarget.set(map.target, { ...byTarget.get(map.target), ...map });
  }
  return [...byTarget.values()];
}
