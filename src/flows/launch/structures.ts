/** Structures of course versions, which never change: read once, then kept in memory, those asked for last. */
import type { CourseStructure } from "../../core/course.ts";
import { findStructureText } from "../../store/courses.ts";
import type { Sql } from "../../store/db.ts";

interface KnownStructure {
  readonly structure: CourseStructure;
  /** Of its JSON. */
  readonly characters: number;
}

export interface Structures {
  /** @throws Error where there is no such version. */
  find(versionId: string): Promise<CourseStructure>;
}

/** Of JSON; parsed it takes a few times as much. */
const MOST_CHARACTERS = 16 * 1024 * 1024;

export function createStructures(sql: Sql, mostCharacters = MOST_CHARACTERS): Structures {
  const known = new Map<string, KnownStructure>();
  /** A burst on a course asks for it once. */
  const reading = new Map<string, Promise<CourseStructure>>();
  let characters = 0;
  let lastAsked: string | null = null;

  const forget = (versionId: string, found: KnownStructure) => {
    known.delete(versionId);
    characters -= found.characters;
  };
  const remember = (versionId: string, found: KnownStructure) => {
    if (found.characters > mostCharacters || known.has(versionId)) return;
    known.set(versionId, found);
    lastAsked = versionId;
    characters += found.characters;
    for (const [longestUnasked, other] of known) {
      if (characters <= mostCharacters) return;
      forget(longestUnasked, other);
    }
  };
  const askLast = (versionId: string, found: KnownStructure) => {
    if (versionId === lastAsked) return;
    lastAsked = versionId;
    known.delete(versionId);
    known.set(versionId, found);
  };
  const read = async (versionId: string): Promise<CourseStructure> => {
    const text = await findStructureText(sql, versionId);
    if (text === undefined) throw new Error(`Course version ${versionId} is gone`);
    const structure = JSON.parse(text) as CourseStructure;
    remember(versionId, { structure, characters: text.length });
    return structure;
  };
  return {
    find: (versionId) => {
      const before = known.get(versionId);
      if (before) {
        askLast(versionId, before);
        return Promise.resolve(before.structure);
      }
      const underWay = reading.get(versionId) ?? read(versionId).finally(() => reading.delete(versionId));
      reading.set(versionId, underWay);
      return underWay;
    },
  };
}
