import type { LmsSnapshot } from "../../../../core/bridge.ts";

/** What a SCO starts from. Empty where there is nothing. */
export interface ScoSeed {
  /** What earlier sessions set and the run-time accepted. */
  readonly elements: Readonly<Record<string, string>>;
  readonly learner: { readonly id: string; readonly name: string };
  readonly mode: string;
  readonly credit: string;
  readonly entry: "ab-initio" | "resume" | "";
  readonly total_seconds: number;
  readonly launch_data: string;
  /** 1.2: 0 to 100; 2004: −1 to 1. */
  readonly mastery: string;
  /** In the notation of the standard. */
  readonly max_time_allowed: string;
  readonly time_limit_action: string;
  readonly completion_threshold: string;
  readonly preferences: LmsSnapshot["preferences"];
}

/** Who is told what a SCO does. Only what the run-time accepted is told. */
export interface ScoListener {
  initialized(): void;
  accepted(element: string, value: string): void;
  committed(): void;
  /** By the SCO itself, or by `ScoSession.finish`. */
  finished(): void;
}

/** One SCO from its loading to its going: never used for a second one. */
export interface ScoSession {
  /** The object that the course finds on our window. */
  readonly api: object;
  readonly state: "waiting" | "running" | "finished";
  /** What an LMS does for a SCO that went away without a word. */
  finish(): void;
}

/** `null` and `undefined` reach the API as arguments of careless courses; SCORM asks for "". */
export const asText = (argument: unknown): string =>
  argument === null || argument === undefined ? "" : String(argument);
