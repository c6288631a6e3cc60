import type { ElementValues } from "./elements.ts";

/** What a run-time asks of the LMS around it. */
export interface RuntimeHost {
  /** Called by Initialize; false makes it fail. */
  readonly open: () => boolean;
  /**
   * Stores what the SCO has set, on Commit and on Terminate and at no other time.
   * @returns false where the LMS could not.
   */
  readonly keep: (elements: Readonly<Record<string, string>>, moment: "commit" | "terminate") => boolean;
}

export interface RuntimeOptions {
  /** What the LMS holds at launch: its own values (learner, mode, entry, …) and those of an earlier session. */
  readonly elements: Readonly<Record<string, string>>;
  readonly host: RuntimeHost;
  /** Characters of suspend data this LMS takes; by default what the standard says. */
  readonly suspend_limit?: number;
}

export type RuntimeState = "not initialized" | "running" | "terminated";

export function toRecord(values: ElementValues): Record<string, string> {
  return Object.fromEntries(values);
}
