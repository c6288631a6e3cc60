/** The calls that a course made, newest first, ready to be shown. */
import type { ApiCall } from "./lms/session.ts";

export interface LoggedCall {
  readonly number: number;
  readonly text: string;
  readonly answer: string;
  readonly failed: boolean;
  readonly error: string;
  readonly diagnostic: string;
}

/** Enough to see what a course does; a chatty one would otherwise slow the page down. */
const KEPT = 300;
const SHOWN_CHARACTERS = 120;

export function logCall(calls: readonly LoggedCall[], call: ApiCall): LoggedCall[] {
  const asksForErrors = /Error|Diagnostic/.test(call.name);
  const logged: LoggedCall = {
    number: (calls[0]?.number ?? 0) + 1,
    text: `${call.name}(${call.arguments.map(shown).join(", ")})`,
    answer: shown(call.answer),
    // A call that only asks about the last error has none of its own.
    failed: call.error !== "0" && !asksForErrors,
    error: call.error,
    diagnostic: call.diagnostic,
  };
  return [logged, ...calls].slice(0, KEPT);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= SHOWN_CHARACTERS
    ? text
    : `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters)`;
}
