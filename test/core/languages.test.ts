import { describe, expect, test } from "@jest/globals";
import { chooseLanguage } from "../../src/core/languages.ts";

describe("the language that Accept-Language likes best (RFC 9110 §12.5.4)", () => {
  test.each([
    ["ja", "ja", "one language"],
    ["pt-BR", "pt", "a region does not matter"],
    ["DE-ch", "de", "case does not matter"],
    ["zh-Hant-TW, fr;q=0.5", "fr", "what we don't have is passed over"],
    ["es, de", "es", "of equals the first named"],
    ["en;q=0.5, de;q=0.9, fr;q=0.8", "de", "the highest quality, wherever it stands"],
    ["fr;q=0.9, de", "de", "no quality means 1"],
    ["fr ; q=0.1 , de ; q=0.2", "de", "spaces are allowed"],
    ["de;q=0, fr;q=0.001", "fr", "0 means not at all"],
    ["pt-BR;q=0, pt;q=0.8", "pt", "a refused region does not refuse the language"],
    ["*", "en", "anything is English"],
    ["*;q=0.1, ko", "en", "anything, after a language that we don't have"],
    ["en;q=0, *", "de", "anything but English"],
    ["en;q=0.2, *;q=0.7", "de", "anything rather than English"],
    ["en;q=0", "en", "nothing acceptable is left: English all the same"],
    ["ko, zh", "en", "none of ours"],
    ["", "en", "no header"],
    [",,;;,", "en", "only separators"],
    ["de;q=2", "en", "a quality above 1 is malformed"],
    ["de;q=-1", "en", "a negative quality is malformed"],
    ["de;q=0.5555", "en", "four decimals are malformed"],
    ["de;level=1", "en", "a parameter that is none is malformed"],
    ["de_DE", "en", "an underscore is malformed"],
    ["../../etc/passwd", "en", "no language at all"],
    ["de;q=x, fr;q=0.3", "fr", "a malformed range spoils no other"],
    [`${"ko,".repeat(49)}de`, "de", "fifty ranges are read"],
    [`${"ko,".repeat(50)}de`, "en", "what follows the fiftieth is not"],
  ])("%j: %s (%s)", (header, language) => {
    expect(chooseLanguage(header)).toBe(language);
  });

  test("a header of any length is read in no time", () => {
    const before = performance.now();
    chooseLanguage("a-".repeat(50_000));
    chooseLanguage(`de;${" ".repeat(50_000)}x`);
    expect(performance.now() - before).toBeLessThan(500);
  });
});
