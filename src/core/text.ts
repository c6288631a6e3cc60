/**
 * Text that a database can hold. Courses keep what they like in their suspend data, some of them compressed into any
 * UTF-16 units; Postgres takes neither NUL nor half a surrogate pair.
 */

/** As stored: the text itself, or where that can't be held, its JSON with escapes. */
export type StoredText = string | { readonly escaped: string };

export function storeText(value: string): StoredText {
  return isStorable(value) ? value : { escaped: JSON.stringify(value).replaceAll("\u0000", "\\u0000") };
}

export function readText(stored: StoredText): string {
  return typeof stored === "string" ? stored : (JSON.parse(stored.escaped) as string);
}

function isStorable(value: string): boolean {
  return !value.includes("\u0000") && value.isWellFormed();
}

/** For text that people read, such as names: what can't be stored is replaced by U+FFFD. */
export function wellFormed(value: string): string {
  return value.replaceAll("\u0000", "\uFFFD").toWellFormed();
}
