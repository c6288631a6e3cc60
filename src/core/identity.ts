/** Ids that LMSs send, and whether two names are of one person (RULES §6). */

/** `scorm`; an LTI launch has `lti:<issuer>` or `lti11:<consumer key>`. */
export const SCORM_NAMESPACE = "scorm";

/** The longest id kept, in characters: SCORM 2004 allows 4,000; beyond that it is no id. */
export const LONGEST_ID = 4000;

/** What LMSs send when they know no learner. Compared without case; an account's connection can add its own. */
export const PLACEHOLDER_IDS: readonly string[] = [
  "",
  "guest",
  "anonymous",
  "anonymous user",
  "undefined",
  "null",
  "nan",
  "none",
  "n/a",
  "unknown",
  "[object object]",
  "0",
  "-1",
];

/** The id as it is kept: ends trimmed, case kept. Null where it is a placeholder, too long, or no text at all. */
export function readIdentity(sent: string, placeholders: readonly string[]): string | null {
  const value = sent.replaceAll("\u0000", "").trim();
  if (value.length > LONGEST_ID) return null;
  const plain = value.toLowerCase();
  return PLACEHOLDER_IDS.includes(plain) || placeholders.some((one) => one.trim().toLowerCase() === plain)
    ? null
    : value;
}

export function isBareNumber(id: string): boolean {
  return /^\d+$/.test(id);
}

/** Letters whose stroke or ligature is no accent that Unicode could take off. */
const PLAIN_LETTERS: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  þ: "th",
  ı: "i",
};

/** The words of a name without order, case or accents: `Müller, Anna` and `anna muller` have the same. */
export function nameWords(name: string): string[] {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[ßæœøłđþı]/g, (letter) => PLAIN_LETTERS[letter] ?? letter);
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).sort();
}

/**
 * Whether two names as LMSs sent them can be one person's. `agrees` when the words of one are all among the other's (an
 * initial stands for a word that begins with it) and that says enough: the same words, or two of them with one
 * written out. `silent` when either is empty or says too little, such as a first name alone.
 */
export function compareNames(one: string, other: string): "agrees" | "contradicts" | "silent" {
  const [fewer = [], more = []] = [nameWords(one), nameWords(other)].sort((a, b) => a.length - b.length);
  if (fewer.length === 0) return "silent";
  const left = [...more];
  const unmatched: string[] = [];
  let writtenOut = false;
  // The same words first, so that the J of `J. Jacobs` is left for Jim.
  for (const word of fewer)
    if (!takeFirst(left, (candidate) => candidate === word)) unmatched.push(word);
    else if (word.length > 1) writtenOut = true;
  const allMatch = unmatched.every((word) =>
    takeFirst(left, (candidate) => isInitialOf(word, candidate) || isInitialOf(candidate, word)),
  );
  if (!allMatch) return "contradicts";
  const saysEnough = writtenOut && (fewer.length > 1 || left.length === 0);
  return saysEnough ? "agrees" : "silent";
}

/**
 * A name as LMSs send it, in two: SCORM has `Last, First`; without a comma the last word is the last name. One word by itself
 * is a first name.
 */
export function splitName(name: string): { readonly first: string; readonly last: string } {
  const comma = name.indexOf(",");
  if (comma !== -1) return { first: name.slice(comma + 1).trim(), last: name.slice(0, comma).trim() };
  const whole = name.trim();
  const blank = whole.lastIndexOf(" ");
  return blank === -1
    ? { first: whole, last: "" }
    : { first: whole.slice(0, blank).trimEnd(), last: whole.slice(blank + 1) };
}

function takeFirst(words: string[], matches: (word: string) => boolean): boolean {
  const index = words.findIndex(matches);
  if (index >= 0) words.splice(index, 1);
  return index >= 0;
}

function isInitialOf(short: string, long: string): boolean {
  return short.length === 1 && long.startsWith(short);
}

/**
 * Whether a known id that comes from an origin not yet seen for it is the same learner (RULES §6): only if the name
 * agrees, or nothing contradicts it and the id is not a bare number, which any other LMS would count up to as well.
 */
export function isSameLearner(id: string, nameKnown: string, nameSent: string): boolean {
  const names = compareNames(nameKnown, nameSent);
  return names === "agrees" || (names === "silent" && !isBareNumber(id));
}
