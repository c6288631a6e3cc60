import { describe, expect, test } from "@jest/globals";
import { DENIAL_CODES } from "../../src/core/denials.ts";
import { DENIAL_ANSWERS, wordsOf } from "../../src/core/denialWords.ts";
import { LANGUAGES, type Language } from "../../src/core/languages.ts";

const PARTS = ["title", "reason", "next_step"] as const;
const everyText = (language: Language) =>
  DENIAL_CODES.flatMap((code) => PARTS.map((part) => wordsOf(code, language)[part]));

/** As each language writes it, so that the learner finds on the page what the words speak of. */
const REFERENCE: Record<Language, RegExp> = {
  en: /reference/,
  de: /Referenz/,
  es: /referencia/,
  fr: /référence/,
  pt: /referência/,
  ja: /照会番号/,
};

describe.each(LANGUAGES)("the words of a denial in %s", (language) => {
  test.each(DENIAL_CODES)(
    "%s has a headline, a reason and a next step, each ended as it should be",
    (code) => {
      const { title, reason, next_step } = wordsOf(code, language);
      const stop = language === "ja" ? /[^\s。]。$/ : /[^\s.]\.$/;
      expect(title).toMatch(/^\S.*[^\s.。!！]$/);
      expect(reason).toMatch(stop);
      expect(next_step).toMatch(stop);
      for (const text of [title, reason, next_step]) {
        expect(text).not.toMatch(/ {2}|[\n\t<>&]|\.\.|。。/);
        expect(text).toBe(text.normalize("NFC"));
      }
    },
  );

  test("every code has a headline and a reason of its own", () => {
    for (const part of ["title", "reason"] as const)
      expect(new Set(DENIAL_CODES.map((code) => wordsOf(code, language)[part])).size).toBe(
        DENIAL_CODES.length,
      );
  });

  test("whoever has to ask somebody is told to give the reference, whoever has to wait is not", () => {
    for (const code of DENIAL_CODES) {
      const waits = DENIAL_ANSWERS[code].retry_after_seconds !== null;
      expect([code, REFERENCE[language].test(wordsOf(code, language).next_step)]).toEqual([code, !waits]);
    }
  });

  test("nothing was left in another language", () => {
    const others = LANGUAGES.filter((other) => other !== language).flatMap(everyText);
    expect(everyText(language).filter((text) => others.includes(text))).toEqual([]);
  });
});

test("only what passes by itself is tried again by itself", () => {
  const retried = DENIAL_CODES.filter((code) => DENIAL_ANSWERS[code].retry_after_seconds !== null);
  expect(retried).toEqual(["too_many_launches", "gateway_unavailable"]);
});

test("every denial is answered with an error status: no cache or crawler takes it for the course", () => {
  for (const code of DENIAL_CODES) expect(DENIAL_ANSWERS[code].status).toBeGreaterThanOrEqual(400);
});
