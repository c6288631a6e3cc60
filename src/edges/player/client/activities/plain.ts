import type { CourseItem, CourseStructure } from "../../../../core/course.ts";
import { type CourseState, LAST_ITEM } from "../courseState.ts";
import { type Result, resultOf, rollUpLeaves } from "../rollup.ts";
import type { ScoListener, ScoSeed, ScoSession } from "../runtime/session.ts";
import type { Conductor, Lock, Navigation, Request } from "./conductor.ts";
import { unmetPrerequisites } from "./prerequisites.ts";
import { findItem, type Leaf, leavesOf } from "./tree.ts";

export interface PlainDeps {
  readonly structure: CourseStructure;
  readonly state: CourseState;
  readonly seed: (item: CourseItem) => ScoSeed;
  /** Null for pages and videos, which have no run-time. */
  readonly openSession: ((seed: ScoSeed, listener: ScoListener) => ScoSession) | null;
}

const NOTHING: Navigation = { delivered: null, ended: false };

/** SCORM 1.2, pages and videos: items in order, opened freely unless a prerequisite is missing. */
export class PlainConductor implements Conductor {
  readonly hiddenControls: ReadonlySet<string> = new Set();
  readonly #deps: PlainDeps;
  readonly #leaves: readonly Leaf[];
  #current: string | null = null;
  #asked: { readonly request: Request; readonly target?: string } | null = null;

  constructor(deps: PlainDeps) {
    this.#deps = deps;
    this.#leaves = leavesOf(deps.structure.items);
  }

  begin(): Navigation {
    const last = this.#deps.state.course[LAST_ITEM];
    const order = [...this.#leaves.filter(({ item }) => item.id === last), ...this.#leaves];
    const first = order.find(({ item }) => this.lockOf(item.id) === null);
    this.#current = first?.item.id ?? null;
    return { delivered: this.#current, ended: false };
  }

  open(item: string, listener: ScoListener): { name: string; session: ScoSession } | null {
    const leaf = this.#leaves.find((candidate) => candidate.item.id === item);
    if (leaf?.resource.type !== "sco" || this.#deps.openSession === null) return null;
    return { name: "API", session: this.#deps.openSession(this.#deps.seed(leaf.item), listener) };
  }

  ask(request: Request, target?: string): void {
    this.#asked = { request, ...(target === undefined ? {} : { target }) };
  }

  settle(): Navigation {
    const asked = this.#asked;
    this.#asked = null;
    if (asked === null) return NOTHING;
    if (asked.request === "suspendAll") return { delivered: null, ended: true };
    const target = asked.request === "choice" ? asked.target : this.#neighbour(asked.request);
    if (target === undefined || this.lockOf(target) !== null) return NOTHING;
    this.#current = target;
    return { delivered: target, ended: false };
  }

  allows(request: "continue" | "previous"): boolean {
    return this.#neighbour(request) !== undefined;
  }

  lockOf(item: string): Lock | null {
    const { structure } = this.#deps;
    const script = findItem(structure.items, item)?.prerequisites;
    const unmet = unmetPrerequisites(script, (id) => this.#statusOf(id));
    if (unmet.length === 0) return null;
    const titles = unmet.map((id) => findItem(structure.items, id)?.title ?? id);
    return { type: "prerequisites", titles };
  }

  resultOf(item: string): Result {
    const found = findItem(this.#deps.structure.items, item);
    if (found?.resource === undefined) return rollUpLeaves(this.#resultsBelow(found?.items ?? []));
    return this.#resultOfLeaf(found);
  }

  get result(): Result {
    const result = rollUpLeaves(this.#leaves.map(({ item }) => this.#resultOfLeaf(item)));
    return this.#leaves.length > 1 ? { ...result, location: this.#current ?? "" } : result;
  }

  keep(): void {
    if (this.#current !== null) this.#deps.state.keepPlace(this.#current);
  }

  /** The next or previous item that can be opened. */
  #neighbour(request: Request): string | undefined {
    const position = this.#leaves.findIndex(({ item }) => item.id === this.#current);
    const ahead =
      request === "continue"
        ? this.#leaves.slice(position + 1)
        : this.#leaves.slice(0, Math.max(position, 0)).reverse();
    return ahead.find(({ item }) => this.lockOf(item.id) === null)?.item.id;
  }

  #resultOfLeaf(item: CourseItem): Result {
    const { structure, state } = this.#deps;
    return resultOf(structure.standard, item, state.elements(item.id), "");
  }

  #resultsBelow(items: readonly CourseItem[]): readonly Result[] {
    return leavesOf(items).map(({ item }) => this.#resultOfLeaf(item));
  }

  /** A block counts by what is in it; undefined where the course has no such item. */
  #statusOf(id: string): string | undefined {
    const item = findItem(this.#deps.structure.items, id);
    if (item === undefined) return undefined;
    const own = this.#deps.state.get(id, "cmi.core.lesson_status");
    if (item.resource !== undefined) return own || "not attempted";
    const { completion, success } = this.resultOf(id);
    return success === "unknown" ? completion : success;
  }
}
