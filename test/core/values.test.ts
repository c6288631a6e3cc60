/** Money, text and markers: small values with rules of their own. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { showMoney } from "../../src/core/money.ts";
import { readText, storeText, wellFormed } from "../../src/core/text.ts";
import { isMarker, markerOf } from "../../src/flows/launch/arrival.ts";

describe("money, for people", () => {
  test.each([
    [1250, "EUR", "12.50 EUR"],
    [0, "EUR", "0.00 EUR"],
    [-5, "USD", "-0.05 USD"],
    [1250, "JPY", "1250 JPY"],
    [1250, "KWD", "1.250 KWD"],
    [500_000, "HUF", "5000.00 HUF"],
    [500_000, "IDR", "5000.00 IDR"],
    [1250, "IQD", "1.250 IQD"],
  ])("%i minor units of %s are %s", (amount_minor, currency, shown) => {
    expect(showMoney({ amount_minor, currency })).toBe(shown);
  });
});

describe("text that courses keep", () => {
  /** Any UTF-16 units: what a compressing course writes. */
  const anything = fc
    .array(fc.integer({ min: 0, max: 0xffff }))
    .map((units) => String.fromCharCode(...units));

  test("comes back as it was, whatever it is", () => {
    fc.assert(fc.property(anything, (text) => readText(storeText(text)) === text));
  });

  test("is stored in such a way that a database can hold it: no NUL, no half of a surrogate pair", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const stored = storeText(text);
        const held = typeof stored === "string" ? stored : stored.escaped;
        expect([held.includes("\u0000"), held.isWellFormed()]).toEqual([false, true]);
      }),
    );
  });

  test("ordinary text is stored as it is", () => {
    expect(storeText('3,"Zoë" 🎉\\u0000\n')).toBe('3,"Zoë" 🎉\\u0000\n');
  });
});

test("a name that can't be stored has U+FFFD in its place", () => {
  expect(wellFormed("A\u0000na \ud83d🎉")).toBe("A\uFFFDna \uFFFD🎉");
});

describe("the marker in an LMS's suspend data (docs/bridge.md §4)", () => {
  const id = "01890a5d-ac96-774b-bcce-b302099a8057";

  test("is known again, also with spaces that an LMS added", () => {
    expect(markerOf(id)).toBe(`tg1.${id}`);
    expect(isMarker(markerOf(id))).toBe(true);
    expect(isMarker(` ${markerOf(id)}\n`)).toBe(true);
  });

  test.each(["", "tg1.", `tg2.${id}`, id, `${markerOf(id)} and more`, "bookmark=3"])(
    "%j is none",
    (suspendData) => {
      expect(isMarker(suspendData)).toBe(false);
    },
  );
});
