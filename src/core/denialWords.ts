/**
 * What a learner reads where the gateway says no (RULES §2): why, and what to do next. The page that shows it
 * adds the reference. `docs/denials.md` tells the same to administrators.
 */

import type { DenialCode } from "./denials.ts";
import { de } from "./denialWords/de.ts";
import { en } from "./denialWords/en.ts";
import { es } from "./denialWords/es.ts";
import { fr } from "./denialWords/fr.ts";
import { ja } from "./denialWords/ja.ts";
import { pt } from "./denialWords/pt.ts";
import type { Language } from "./languages.ts";

export { chooseLanguage, LANGUAGES, type Language } from "./languages.ts";

export interface DenialWords {
  /** A headline, without a full stop. */
  readonly title: string;
  /** Why, in whole sentences; blames nobody. */
  readonly reason: string;
  /** What the learner can do now, in whole sentences. */
  readonly next_step: string;
}

/** One language. To add another: a file beside these, a line in `LANGUAGES` and one here. */
export type DenialWordsTable = Readonly<Record<DenialCode, DenialWords>>;

const TABLES: Readonly<Record<Language, DenialWordsTable>> = { en, de, es, fr, pt, ja };

export function wordsOf(code: DenialCode, language: Language): DenialWords {
  return TABLES[language][code];
}

export interface DenialAnswer {
  /** The HTTP status of a page that says nothing but this. */
  readonly status: number;
  /** Set where trying again by itself helps. */
  readonly retry_after_seconds: number | null;
}

const REFUSED: DenialAnswer = { status: 403, retry_after_seconds: null };

/** What goes with the words of a denial. */
export const DENIAL_ANSWERS: Readonly<Record<DenialCode, DenialAnswer>> = {
  launch_invalid: { status: 400, retry_after_seconds: null },
  // Launches are counted by the minute: a minute later the count has begun anew.
  too_many_launches: { status: 429, retry_after_seconds: 60 },
  origin_refused: REFUSED,
  delivery_revoked: REFUSED,
  identity_missing: REFUSED,
  learner_deactivated: REFUSED,
  license_not_started: REFUSED,
  course_retired: REFUSED,
  not_in_license: REFUSED,
  subscription_ended: REFUSED,
  not_assigned: REFUSED,
  license_ended: REFUSED,
  seat_expired: REFUSED,
  license_paused: REFUSED,
  no_seats_left: REFUSED,
  // A restart takes a few seconds: long enough to be over it, short enough that nobody walks away.
  gateway_unavailable: { status: 503, retry_after_seconds: 10 },
};
