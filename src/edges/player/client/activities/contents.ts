import type { CourseItem } from "../../../../core/course.ts";
import type { ContentsItem, ItemState } from "../view.ts";
import type { Word } from "../words.ts";
import type { Conductor, Lock } from "./conductor.ts";

export interface ContentsDeps {
  readonly conductor: Conductor;
  readonly current: string | null;
  readonly say: (word: Word, values?: Readonly<Record<string, string>>) => string;
}

/** The table of contents as it stands now. Invisible items are left out, with what is below them. */
export function contentsOf(items: readonly CourseItem[], deps: ContentsDeps): readonly ContentsItem[] {
  return items.filter((item) => item.visible).map((item) => entryOf(item, deps));
}

function entryOf(item: CourseItem, deps: ContentsDeps): ContentsItem {
  const isLeaf = item.resource !== undefined;
  const lock = isLeaf ? deps.conductor.lockOf(item.id) : null;
  const achieved = stateOf(item, deps.conductor);
  // Sequencing may not let the learner choose what they have done already: what they achieved says more.
  const showsLock = lock !== null && (lock.type === "prerequisites" || achieved === "not_attempted");
  return {
    id: item.id,
    title: item.title,
    isGroup: !isLeaf,
    canOpen: isLeaf && lock === null,
    isCurrent: item.id === deps.current,
    state: showsLock ? "locked" : achieved,
    note: showsLock ? lockNote(lock, deps) : deps.say(achieved),
    items: contentsOf(item.items, deps),
  };
}

function stateOf(item: CourseItem, conductor: Conductor): Exclude<ItemState, "locked"> {
  const { completion, success } = conductor.resultOf(item.id);
  if (success !== "unknown") return success;
  if (completion === "completed") return "completed";
  return completion === "incomplete" ? "incomplete" : "not_attempted";
}

function lockNote(lock: Lock, deps: ContentsDeps): string {
  if (lock.type === "sequencing") return deps.say("locked");
  return deps.say("locked_until", { titles: lock.titles.join(", ") });
}
