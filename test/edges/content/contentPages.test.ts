import { describe, expect, test } from "@jest/globals";
import { LANGUAGES } from "../../../src/core/languages.ts";
import {
  type ContentPage,
  contentPageWords,
  renderContentPage,
} from "../../../src/edges/content/contentPages.ts";

const PAGES: readonly ContentPage[] = ["session_over", "stopped", "file_missing"];

describe.each(PAGES)("the page %s", (page) => {
  test.each(LANGUAGES)("says so in %s, in words that need no escaping", (language) => {
    const { title, text } = contentPageWords(page, language);
    expect(title).toMatch(/^\S.*[^\s.。]$/);
    expect(text).toMatch(language === "ja" ? /。$/ : /\.$/);
    expect(title + text).not.toMatch(/[<>&]/);
    expect(renderContentPage(page, language)).toContain(`<html lang="${language}">`);
  });

  test("is in another language in each", () => {
    const words = LANGUAGES.flatMap((language) => Object.values(contentPageWords(page, language)));
    expect(new Set(words).size).toBe(words.length);
  });
});
