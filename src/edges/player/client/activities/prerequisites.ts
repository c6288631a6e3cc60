/**
 * SCORM 1.2 `adlcp:prerequisites` of type `aicc_script` (SCORM 1.2 CAM 2.3.2.5.1; AICC CMI001 §6.4):
 *   A & B, A | B, ~A, A = status, A <> status, n*{A, B, C}, parentheses.
 * An element by itself holds when it is passed or completed.
 */

/** A lesson status of SCORM 1.2, or undefined for an id that the course does not have. */
export type StatusOf = (id: string) => string | undefined;

const STATUS_WORDS: Readonly<Record<string, string>> = {
  p: "passed",
  c: "completed",
  b: "browsed",
  f: "failed",
  n: "not attempted",
  i: "incomplete",
};

type Token = string | { readonly name: string };

interface Script {
  readonly holds: (statusOf: StatusOf) => boolean;
  /** The ids that it speaks of, in order. */
  readonly ids: readonly string[];
}

/** Null where the script cannot be read: an unreadable condition must not lock anyone out. */
export function parsePrerequisites(script: string): Script | null {
  const tokens = tokenize(script);
  if (tokens === null || tokens.length === 0) return null;
  const ids: string[] = [];
  const reader = new Reader(tokens, ids);
  try {
    const holds = reader.alternatives();
    return reader.atEnd ? { holds, ids: [...new Set(ids)] } : null;
  } catch (error) {
    if (error instanceof ScriptError) return null;
    throw error;
  }
}

/** The ids still to be completed; empty where the item is open. */
export function unmetPrerequisites(script: string | undefined, statusOf: StatusOf): readonly string[] {
  if (script === undefined || script.trim() === "") return [];
  const parsed = parsePrerequisites(script);
  if (parsed === null || parsed.holds(statusOf)) return [];
  const open = parsed.ids.filter((id) => !isDone(statusOf(id)));
  return open.length > 0 ? open : parsed.ids;
}

// An id that the course does not have can never be done: it holds, or its item would be locked for ever.
const isDone = (status: string | undefined): boolean =>
  status === undefined || status === "passed" || status === "completed";

class ScriptError extends Error {}

function tokenize(script: string): readonly Token[] | null {
  const pattern =
    /\s*(?:(<>|[&|~=(){},*])|"([^"]*)"|([^\s&|~=<>(){},*"]+(?:[ \t]+(?=attempted\b)attempted)?))/y;
  const tokens: Token[] = [];
  let position = 0;
  const text = script.trim();
  while (position < text.length) {
    pattern.lastIndex = position;
    const match = pattern.exec(text);
    if (!match) return null;
    tokens.push(match[1] ?? { name: match[2] ?? match[3] ?? "" });
    position = pattern.lastIndex;
  }
  return tokens;
}

type Condition = (statusOf: StatusOf) => boolean;

/** Recursive descent: `|` binds weakest, then `&`, then `~`. */
class Reader {
  readonly #tokens: readonly Token[];
  readonly #ids: string[];
  #position = 0;

  constructor(tokens: readonly Token[], ids: string[]) {
    this.#tokens = tokens;
    this.#ids = ids;
  }

  get atEnd(): boolean {
    return this.#position === this.#tokens.length;
  }

  alternatives(): Condition {
    const options = [this.#conjunction()];
    while (this.#accept("|")) options.push(this.#conjunction());
    return (statusOf) => options.some((option) => option(statusOf));
  }

  #conjunction(): Condition {
    const terms = [this.#term()];
    while (this.#accept("&")) terms.push(this.#term());
    return (statusOf) => terms.every((term) => term(statusOf));
  }

  #term(): Condition {
    if (this.#accept("~")) {
      const inner = this.#term();
      return (statusOf) => !inner(statusOf);
    }
    if (this.#accept("(")) {
      const inner = this.alternatives();
      this.#expect(")");
      return inner;
    }
    if (this.#accept("{")) return this.#set(null);
    const name = this.#name();
    if (/^\d+$/.test(name) && this.#accept("*")) {
      this.#expect("{");
      return this.#set(Number(name));
    }
    this.#ids.push(name);
    if (this.#accept("=")) return this.#statusIs(name, true);
    if (this.#accept("<>")) return this.#statusIs(name, false);
    return (statusOf) => isDone(statusOf(name));
  }

  /** `{A, B}`: all of them; `2*{A, B, C}`: at least so many. */
  #set(atLeast: number | null): Condition {
    const members = [this.alternatives()];
    while (this.#accept(",")) members.push(this.alternatives());
    this.#expect("}");
    const needed = atLeast ?? members.length;
    return (statusOf) => members.filter((member) => member(statusOf)).length >= needed;
  }

  #statusIs(name: string, expected: boolean): Condition {
    const word = this.#name().toLowerCase();
    const status = STATUS_WORDS[word] ?? word;
    return (statusOf) => {
      const actual = statusOf(name);
      return actual === undefined || (actual === status) === expected;
    };
  }

  #name(): string {
    const token = this.#tokens[this.#position];
    if (token === undefined || typeof token === "string") throw new ScriptError();
    this.#position += 1;
    return token.name;
  }

  #accept(symbol: string): boolean {
    if (this.#tokens[this.#position] !== symbol) return false;
    this.#position += 1;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#accept(symbol)) throw new ScriptError();
  }
}
