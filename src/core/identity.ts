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

/** The words of a name without order, case or accents: `Müller, Anna` and `anna muller` have the same. */
export function nameWords(name: string): string[] {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
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
  let writtenOut = 0;
  for (const word of fewer) {
    const same = left.indexOf(word);
    const index =
      same >= 0
        ? same
        : left.findIndex((candidate) => isInitialOf(word, candidate) || isInitialOf(candidate, word));
    if (index < 0) return "contradicts";
    if (same >= 0 && word.length > 1) writtenOut++;
    left.splice(index, 1);
  }
  const saysEnough = writtenOut > 0 && (fewer.length > 1 || left.length === 0);
  return saysEnough ? "agrees" : "silent";
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
