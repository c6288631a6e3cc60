/**
 * What both run-times share: a data model written as a table from element pattern to definition. In a pattern `n` stands for
 * an index, as in the specifications' own tables: `cmi.interactions.n.correct_responses.n.pattern`.
 */

export type Access = "read" | "write" | "both";

/** Judges a value: nothing where it is good, else what is wrong with it and the error code where it isn't a plain mismatch. */
export type ValueRule = (value: string, at: Place) => ValueRefusal | undefined;

export interface ValueRefusal {
  readonly why: string;
  /** A value of the right type outside of its range (SCORM 2004: 407), or any other failure to set (351). */
  readonly because?: "range" | "failure";
}

export interface ElementDefinition {
  readonly access: Access;
  readonly rule: ValueRule;
}

/** A map and no object: a course may ask for `constructor`. */
export type ElementTable = ReadonlyMap<string, ElementDefinition>;

export function elementTable(definitions: Readonly<Record<string, ElementDefinition>>): ElementTable {
  return new Map(Object.entries(definitions));
}

/** The values the LMS holds for one learner in one SCO, by full element name. Only what has a value is there. */
export type ElementValues = Map<string, string>;

/** Where a value is about to go. */
export interface Place {
  readonly element: string;
  /** The same with every index replaced by `n`. */
  readonly pattern: string;
  readonly indexes: readonly number[];
  readonly values: ElementValues;
}

export function readable(rule: ValueRule): ElementDefinition {
  return { access: "read", rule };
}

export function writable(rule: ValueRule): ElementDefinition {
  return { access: "write", rule };
}

export function both(rule: ValueRule): ElementDefinition {
  return { access: "both", rule };
}

export function placeOf(element: string, values: ElementValues): Place {
  const indexes: number[] = [];
  const pattern = element.replace(/\.(0|[1-9]\d*)(?=\.|$)/g, (_, digits: string) => {
    indexes.push(Number(digits));
    return ".n";
  });
  return { element, pattern, indexes, values };
}

/** Every collection that an element stands in, outermost first, with the index it names there. */
export function collectionsOf(place: Place): { readonly collection: string; readonly index: number }[] {
  const found: { collection: string; index: number }[] = [];
  const segments = place.element.split(".");
  segments.forEach((segment, position) => {
    if (/^(0|[1-9]\d*)$/.test(segment)) {
      found.push({ collection: segments.slice(0, position).join("."), index: Number(segment) });
    }
  });
  return found;
}

/** How many members a collection has: indexes are given out without gaps, so the highest tells. */
export function countOf(collection: string, values: ElementValues): number {
  const start = `${collection}.`;
  let count = 0;
  for (const element of values.keys()) {
    if (!element.startsWith(start)) continue;
    const index = Number.parseInt(element.slice(start.length), 10);
    if (index >= count) count = index + 1;
  }
  return count;
}

/** The names directly under a pattern, as `_children` lists them. */
export function childrenOf(parent: string, table: ElementTable): string[] {
  const start = `${parent}.`;
  const names = new Set<string>();
  for (const pattern of table.keys()) {
    if (!pattern.startsWith(start)) continue;
    const rest = pattern.slice(start.length).replace(/^n\./, "");
    names.add(rest.split(".")[0] ?? rest);
  }
  return [...names];
}

export function isCollection(pattern: string, table: ElementTable): boolean {
  return [...table.keys()].some((known) => known.startsWith(`${pattern}.n.`));
}

/** True of a leaf and of every parent on the way to one. */
export function isKnown(pattern: string, table: ElementTable): boolean {
  return table.has(pattern) || [...table.keys()].some((known) => known.startsWith(`${pattern}.`));
}

export function oneOf(...words: string[]): ValueRule {
  return (value) =>
    words.includes(value)
      ? undefined
      : { why: `"${value}" is not one of ${words.map((word) => `"${word}"`).join(", ")}` };
}

export function text(limit: number): ValueRule {
  return (value) =>
    value.length <= limit
      ? undefined
      : { why: `${value.length} characters are more than the ${limit} that fit` };
}
