/** The next page of a list, as RFC 8288 lets platforms name it; and what is sent to keep the reader busy. */
import { describe, expect, test } from "@jest/globals";
import { nextLinkOf } from "../../../src/core/lti/linkHeader.ts";

describe("the next page", () => {
  test.each<[string, string, string | null]>([
    ["is named", '<https://lms.test/m?p=2>; rel="next"', "https://lms.test/m?p=2"],
    ["is named without quotes", "<https://lms.test/m?p=2>;rel=next", "https://lms.test/m?p=2"],
    ["is named among others", '</1>; rel="first", </2>; rel="next", </9>; rel="last"', "/2"],
    ["is named with other relations", '</2>; title="x"; rel="last  Next"', "/2"],
    ["has separators in its address", '</2?ids=1,2;3>; rel="next"', "/2?ids=1,2;3"],
    ["is behind separators in quotes", '</1>; title="a, \\"b; <c>"; rel=first, </2>; rel=next', "/2"],
    ["is written with blanks", ' < /2 > ; REL = "next" ', "/2"],
    ["is none: other relations", '</1>; rel="prev", </2>; rel="nextish"', null],
    ["is none: its first rel counts", '</1>; rel="prev"; rel="next"', null],
    ["is none: a name that ends so", '</1>; xrel="next"', null],
    ["is none: no address", 'next; rel="next"', null],
    ["is none: an address without end", '</1; rel="next"', null],
    ["is none: nothing", "", null],
  ])("%s", (_how, header, next) => {
    expect(nextLinkOf(header)).toBe(next);
  });

  /** As long as Node takes headers. */
  const LONG = 16_000;
  test.each<[string, string]>([
    ["blanks", `<https://x>; ${" ".repeat(LONG)}x`],
    ["blanks before a relation", `<https://x>; rel=${" ".repeat(LONG)}x`],
    ["equals signs", `<https://x>; ${"=".repeat(LONG)}`],
    ["quotes", `<https://x>; rel=${'"'.repeat(LONG)}`],
    ["escapes", `<https://x>; rel="${"\\".repeat(LONG)}`],
    ["brackets", "<".repeat(LONG)],
    ["separators", `<https://x>${",;".repeat(LONG / 2)}`],
    ["links", "<>;rel=x,".repeat(LONG / 9)],
  ])("is looked for in no time among %s without end", (_what, header) => {
    const begun = performance.now();
    expect(nextLinkOf(header)).toBeNull();
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});
