/** What alerts say by e-mail: all of them in every language, with the same values. */
import { describe, expect, test } from "@jest/globals";
import { alertMail, alertWordsOf } from "../../src/core/alertWords.ts";
import { ALERT_TYPES, EVENTS } from "../../src/core/events.ts";
import { LANGUAGES } from "../../src/core/languages.ts";

const placeholders = (words: string) => [...words.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe.each(LANGUAGES)("in %s", (language) => {
  const words = alertWordsOf(language);
  const english = alertWordsOf("en");

  test.each(ALERT_TYPES)("%s names what it names in English, and leaves nothing unfilled", (type) => {
    for (const part of ["subject", "text"] as const)
      expect(placeholders(words.alerts[type][part])).toEqual(placeholders(english.alerts[type][part]));
    const mail = alertMail(language, { type, data: EVENTS[type].example, account_name: "Acme" });
    expect(mail?.subject).not.toMatch(/[{}]|undefined|NaN/);
    expect(mail?.text).not.toMatch(/[{}]|undefined|NaN/);
    expect(mail?.text).toContain("Acme");
    expect(mail?.html).toContain(`lang="${language}"`);
  });
});

test("says numbers, days and money as people write them", () => {
  const text = (language: "en" | "de", type: (typeof ALERT_TYPES)[number]) =>
    alertMail(language, { type, data: EVENTS[type].example, account_name: "Acme" })?.text;
  expect(text("en", "license.overage")).toContain(
    "16,001 are used of Kitchen safety (K7QX), and 16,000 were bought: 1 more",
  );
  expect(text("de", "license.ending")).toContain("endet am 31. Dezember 2026");
  expect(text("en", "deposit.low")).toContain("fallen to €42.00, below the mark of €100.00");
});

test("an event that is no alert has no words", () => {
  expect(alertMail("en", { type: "webhook.test", data: {}, account_name: "Acme" })).toBeUndefined();
});
