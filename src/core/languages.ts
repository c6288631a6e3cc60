/** The languages that a learner is spoken to in, and which of them a browser asked for. */

/** The first is given where nothing else is known. */
export const LANGUAGES = ["en", "de", "es", "fr", "pt", "ja"] as const;

export type Language = (typeof LANGUAGES)[number];

/** No browser sends as many; what follows is not read, so that a header of any length costs the same. */
const MOST_RANGES = 50;

interface LanguageRange {
  /** `*`, or the first subtag in lower case: `pt` of `pt-BR`. */
  readonly primary: string;
  /** 0 (not at all) to 1. */
  readonly quality: number;
}

/**
 * The language that an `Accept-Language` header likes best (RFC 9110 §12.5.4). Regions don't matter (`pt-BR` is
 * `pt`); of two liked equally the first named wins; `*` stands for every language not named. Ranges that are
 * not well-formed are passed over, and English is given where none of ours is left.
 */
export function chooseLanguage(acceptLanguage: string): Language {
  const ranges = acceptLanguage
    .split(",", MOST_RANGES)
    .flatMap(readRange)
    .sort((one, other) => other.quality - one.quality);
  const named = new Set(ranges.map((range) => range.primary));
  for (const { primary, quality } of ranges) {
    if (quality === 0) break;
    const language = LANGUAGES.find((ours) => (primary === "*" ? !named.has(ours) : primary === ours));
    if (language !== undefined) return language;
  }
  return LANGUAGES[0];
}

function readRange(text: string): LanguageRange[] {
  const match =
    /^(\*|[a-z]{1,8})(?:-[a-z0-9]{1,8})*(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i.exec(
      text.trim(),
    );
  const [, range, quality = "1"] = match ?? [];
  return range === undefined ? [] : [{ primary: range.toLowerCase(), quality: Number(quality) }];
}
