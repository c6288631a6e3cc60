/**
 * The fonts that every reader of PDF has know the letters of Western Europe (WinAnsi) alone. What they do not know is written as
 * near as they can; where a font is set (STATEMENT_FONT), nothing needs to be.
 */

const BEYOND_LATIN_1 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";

/** Letters whose stroke is no accent that Unicode could take off. */
const NEAREST: Readonly<Record<string, string>> = { Ł: "L", ł: "l", Đ: "D", đ: "d", ı: "i", "−": "-" };

export function westernOf(text: string): string {
  return [...text.normalize("NFC")].map(nearestOf).join("");
}

function nearestOf(letter: string): string {
  if (isWestern(letter)) return letter;
  const plain = NEAREST[letter] ?? letter.normalize("NFKD").replace(/\p{M}/gu, "");
  return plain !== "" && [...plain].every(isWestern) ? plain : "?";
}

function isWestern(letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0;
  return (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code <= 0xff) || BEYOND_LATIN_1.includes(letter);
}
