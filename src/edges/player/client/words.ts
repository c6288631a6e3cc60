/** What the player says to learners. Words of a denial or a stop come from the gateway; these are the others. */
import { de } from "./words/de.ts";
import { en } from "./words/en.ts";
import { es } from "./words/es.ts";
import { fr } from "./words/fr.ts";
import { ja } from "./words/ja.ts";
import { pt } from "./words/pt.ts";

export type Word = keyof typeof en;
export type Words = Readonly<Record<Word, string>>;

const LANGUAGES: Readonly<Record<string, Words>> = { en, de, es, fr, pt, ja };

export interface Speech {
  /** BCP 47. */
  readonly language: string;
  /** The learner's own form of that language, for times and numbers. */
  readonly locale: string;
  say(word: Word, values?: Readonly<Record<string, string>>): string;
}

/** In the first of the learner's languages that we have. */
export function speechFor(preferred: readonly string[]): Speech {
  const languageOf = (tag: string) => tag.toLowerCase().split("-")[0] ?? "";
  const locale = preferred.find((tag) => LANGUAGES[languageOf(tag)] !== undefined) ?? "en";
  const language = languageOf(locale);
  const words = LANGUAGES[language] ?? en;
  return {
    language,
    locale,
    say: (word, values = {}) =>
      words[word].replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole),
  };
}
