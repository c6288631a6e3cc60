import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { DENIAL_CODES } from "../../src/core/denials.ts";
import { DENIAL_ANSWERS, wordsOf } from "../../src/core/denialWords.ts";

const page = readFileSync(new URL("../../docs/denials.md", import.meta.url), "utf8");
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe("docs/denials.md says what the code does", () => {
  test("every code once, in the order in which denials are given", () => {
    expect(rows.map(([code]) => code)).toEqual(DENIAL_CODES.map((code) => `\`${code}\``));
  });

  test.each(DENIAL_CODES)("%s: when, the learner's English words, and what to do", (code) => {
    const { title, reason, next_step } = wordsOf(code, "en");
    const [, when, seen, todo] = rows.find(([cell]) => cell === `\`${code}\``) ?? [];
    expect(when).toMatch(/^[A-Z].*\.$/);
    expect(seen).toBe(`**${title}.** ${reason} _${next_step}_`);
    expect(todo).toMatch(/^[A-Z].*\.$/);
  });

  test("how long the page waits before it tries again", () => {
    for (const code of DENIAL_CODES) {
      const seconds = DENIAL_ANSWERS[code].retry_after_seconds;
      const promised = page.replaceAll("\n", " ").includes(`after ${seconds} s on \`${code}\``);
      expect([code, promised]).toEqual([code, seconds !== null]);
    }
  });
});
