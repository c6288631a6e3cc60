import type { Result } from "../rollup.ts";
import type { ScoListener, ScoSession } from "../runtime/session.ts";

/** What the learner, or the course, asks for. */
export type Request = "continue" | "previous" | "choice" | "suspendAll";

export interface Navigation {
  /** The item to open now; null where none is. */
  readonly delivered: string | null;
  /** The course is over for this launch. */
  readonly ended: boolean;
}

/** Why an item cannot be opened now. */
export type Lock =
  | { readonly type: "prerequisites"; readonly titles: readonly string[] }
  | { readonly type: "sequencing" };

/** Decides what comes next: SCORM 2004 by its sequencing, everything else by order and prerequisites. */
export interface Conductor {
  begin(): Navigation;
  /** The run-time of the item just delivered, and where the course looks for it; null for what has none. */
  open(item: string, listener: ScoListener): { readonly name: string; readonly session: ScoSession } | null;
  /** Then the item's page is taken away, then `settle`. */
  ask(request: Request, target?: string): void;
  settle(): Navigation;
  allows(request: "continue" | "previous"): boolean;
  lockOf(item: string): Lock | null;
  /** Controls that the current item wants hidden (`adlnav:hideLMSUI`). */
  readonly hiddenControls: ReadonlySet<string>;
  resultOf(item: string): Result;
  /** Of the whole course. */
  readonly result: Result;
  /** Brings what must outlive this launch into the course's state. */
  keep(): void;
}
