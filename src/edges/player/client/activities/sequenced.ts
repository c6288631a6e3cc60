import type { CourseItem, CourseStructure } from "../../../../core/course.ts";
import { type CourseState, LAST_ITEM, RESTART } from "../courseState.ts";
import { type Result, resultOf } from "../rollup.ts";
import type { SequencedCourse } from "../runtime/scorm2004.ts";
import type { ScoListener, ScoSeed, ScoSession } from "../runtime/session.ts";
import type { Conductor, Lock, Navigation, Request } from "./conductor.ts";
import { findItem, type Leaf, leavesOf } from "./tree.ts";

export interface SequencedDeps {
  readonly structure: CourseStructure;
  readonly state: CourseState;
  readonly seed: (item: CourseItem) => ScoSeed;
  readonly course: SequencedCourse;
}

/** SCORM 2004: what comes next is sequencing's to say. */
export class SequencedConductor implements Conductor {
  readonly #deps: SequencedDeps;
  readonly #leaves: readonly Leaf[];
  #current: string | null = null;

  constructor(deps: SequencedDeps) {
    this.#deps = deps;
    this.#leaves = leavesOf(deps.structure.items);
  }

  begin(): Navigation {
    const { course, state } = this.#deps;
    return this.#delivered(course.begin(state.course, state.course[LAST_ITEM] ?? ""));
  }

  open(item: string, listener: ScoListener): { name: string; session: ScoSession } | null {
    const { course, state, seed } = this.#deps;
    this.#current = item;
    if (course.takeRestart(item)) state.clear(item);
    const leaf = this.#leaves.find((candidate) => candidate.item.id === item);
    if (leaf?.resource.type !== "sco") return null;
    return { name: "API_1484_11", session: course.open(seed(leaf.item), listener) };
  }

  ask(request: Request, target?: string): void {
    this.#deps.course.ask(request, target);
  }

  settle(): Navigation {
    return this.#delivered(this.#deps.course.settle());
  }

  allows(request: "continue" | "previous"): boolean {
    return this.#leaves.length > 1 && this.#deps.course.allows(request);
  }

  lockOf(item: string): Lock | null {
    if (item === this.#current || this.#deps.course.choices.has(item)) return null;
    return { type: "sequencing" };
  }

  get hiddenControls(): ReadonlySet<string> {
    return this.#deps.course.hiddenControls;
  }

  resultOf(item: string): Result {
    const { structure, state, course, seed } = this.#deps;
    const found = findItem(structure.items, item);
    if (found?.resource === undefined || !this.#isSingle) return { ...course.resultOf(item), location: "" };
    return resultOf(structure.standard, found, state.elements(item), seed(found).mastery);
  }

  /** One leaf is the course, with its score and location as they are; else the tree's root. */
  get result(): Result {
    const [first] = this.#leaves;
    if (this.#isSingle && first) return this.resultOf(first.item.id);
    const result = this.#deps.course.result;
    return { ...result, progress: result.progress ?? this.#completedShare(), location: this.#current ?? "" };
  }

  keep(): void {
    const { course, state } = this.#deps;
    const restart = course.toRestart;
    state.replaceCourse("sequencing.", {
      ...course.elements,
      ...(restart.length > 0 ? { [RESTART]: JSON.stringify(restart) } : {}),
    });
    if (this.#current !== null) state.keepPlace(this.#current);
  }

  get #isSingle(): boolean {
    return this.#leaves.length === 1;
  }

  #completedShare(): number {
    const completed = this.#leaves.filter(
      ({ item }) => this.#deps.course.resultOf(item.id).completion === "completed",
    );
    return completed.length / Math.max(this.#leaves.length, 1);
  }

  #delivered(navigation: Navigation): Navigation {
    if (navigation.delivered !== null) this.#current = navigation.delivered;
    return navigation;
  }
}

/** Stored by `keep`. */
export function storedRestart(state: CourseState): readonly string[] {
  try {
    const ids: unknown = JSON.parse(state.course[RESTART] ?? "[]");
    return Array.isArray(ids) ? ids.map(String) : [];
  } catch {
    return [];
  }
}
