/** A table of run-time cases: what is held, the calls, and what the last of them must say. */
import { expect, test } from "@jest/globals";

/** One call, as `["LMSSetValue", "cmi.core.exit", "suspend"]`. */
export type Call = readonly [name: string, ...given: unknown[]];

export type Case = readonly [
  /** What the row holds the run-time to. */
  what: string,
  /** Where the specification says so. */
  section: string,
  calls: readonly Call[],
  /** What the last call answers. */
  answer: string,
  /** The error code after it. */
  error: string,
];

type Api = object;

/** Runs each row on a run-time of its own; every call but the last must have been accepted for the row to mean anything. */
export function runTable(rows: readonly Case[], create: () => Api, lastError: string): void {
  test.each(rows.map((row) => [`${row[0]} (${row[1]})`, row] as const))(
    "%s",
    (_title, [, , calls, answer, error]) => {
      const api = create() as Record<string, (...given: unknown[]) => string>;
      const answers = calls.map(([name, ...given]) => api[name]?.(...given));
      expect({ answer: answers.at(-1), error: api[lastError]?.() }).toEqual({ answer, error });
      expect(answers.slice(0, -1)).not.toContain("false");
    },
  );
}
