/**
 * What teachers and administrators read where they pick courses inside their LMS, in the languages that learners are spoken
 * to in. `{…}` stands for a value.
 */
import type { Language } from "../languages.ts";
import { de } from "./catalogWords/de.ts";
import { en } from "./catalogWords/en.ts";
import { es } from "./catalogWords/es.ts";
import { fr } from "./catalogWords/fr.ts";
import { ja } from "./catalogWords/ja.ts";
import { pt } from "./catalogWords/pt.ts";

/** A page that says one thing. */
export interface NoticeWords {
  readonly title: string;
  readonly text: string;
}

export interface CatalogWords {
  /** The page's headline. */
  readonly title: string;
  /** `{place}`: the LMS's course that they are added to. */
  readonly into: string;
  readonly search: string;
  readonly kind: string;
  readonly any_kind: string;
  readonly find: string;
  readonly results: string;
  readonly selected: string;
  /** `{count}`: how many are selected. */
  readonly selected_count: string;
  readonly link_title: string;
  readonly with_grade: string;
  readonly with_grade_hint: string;
  readonly paused: string;
  readonly ended: string;
  readonly not_started: string;
  readonly previous: string;
  readonly next: string;
  readonly add: string;
  readonly cancel: string;
  /** Of marks that tell twins apart. */
  readonly license: string;
  readonly delivered: string;
  readonly none_selected: string;
  readonly one_only: string;
  /** `{most}`: how many are taken at once. */
  readonly too_many: string;
  readonly gone: string;
  readonly nothing_found: NoticeWords;
  readonly nothing_licensed: NoticeWords;
  /** The same, for teachers of an LMS whose administrators have added nothing. */
  readonly nothing_delivered: NoticeWords;
  readonly role_refused: NoticeWords;
  readonly links_refused: NoticeWords;
  readonly expired: NoticeWords;
  readonly failed: NoticeWords;
  readonly not_opened: NoticeWords;
  readonly returning: NoticeWords;
  readonly return_now: string;
  readonly prepare_again: string;
  readonly back_to_platform: string;
  readonly reference: string;
  /** What the LMS may show afterwards. `{count}`: how many were added. */
  readonly added_message: string;
  readonly cancelled_message: string;
}

const TABLES: Readonly<Record<Language, CatalogWords>> = { en, de, es, fr, pt, ja };

export function catalogWordsOf(language: Language): CatalogWords {
  return TABLES[language];
}

/** Puts values where the words name them. */
export function filledIn(words: string, values: Readonly<Record<string, string | number>>): string {
  return words.replace(/\{(\w+)\}/g, (_all, name: string) => String(values[name] ?? ""));
}
