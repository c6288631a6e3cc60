/** Values that something somewhere may not have thought of. */
import type { Chance } from "./chance.ts";

const TEXTS: readonly string[] = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "x\udfff",
  "\ufeff",
  "\u202e\u2066",
  "é".normalize("NFD"),
  "ǅﬃİıſ",
  "👩‍👩‍👧‍👦".repeat(20),
  "null",
  "undefined",
  "NaN",
  "-0",
  "1e999",
  "true",
  "[object Object]",
  "__proto__",
  "constructor",
  "' or 1=1 --",
  "$1",
  "{{7*7}}<%= 7*7 %>",
  "<script>alert(1)</script>",
  "\r\nSet-Cookie: a=b",
  "../../../../etc/passwd",
  "%2e%2e%2f",
  "%00",
  "%",
  "\\",
  "file:///etc/passwd",
  "http://169.254.169.254/",
  "2026-02-30T00:00:00Z",
  "9999-12-31T23:59:59.999Z",
  "+275760-09-13T00:00:00Z",
  "0001-01-01T00:00:00Z",
  "2026-01-01T00:00:00+99:99",
  "00000000-0000-0000-0000-000000000000",
  "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
  "0190cdb2-7b6e-7000-8000-000000000000'",
];

const NUMBERS: readonly number[] = [
  0,
  -0,
  -1,
  1,
  0.1,
  1.5,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  1e21,
  1e308,
  5e-324,
  -(2 ** 63),
];

export function hostileText(chance: Chance): string {
  if (chance.percent(15))
    return chance.pick(["x", "é", "\u4e00", "😀"]).repeat(chance.pick([255, 256, 1000, 1001, 5000, 70_000]));
  if (chance.percent(20))
    return Array.from({ length: chance.number(30) }, () => String.fromCharCode(chance.number(0x10000))).join(
      "",
    );
  return chance.pick(TEXTS);
}

export function hostileValue(chance: Chance): unknown {
  switch (chance.number(9)) {
    case 0:
      return null;
    case 1:
      return chance.percent(50);
    case 2:
      return chance.pick(NUMBERS);
    case 3:
      return [];
    case 4:
      return Array.from({ length: chance.pick([1, 2, 300]) }, () => hostileText(chance));
    case 5:
      return {};
    case 6:
      return { [hostileText(chance)]: hostileText(chance), length: 5, toString: null };
    case 7:
      return nested(chance.pick([3, 17, 400]), chance.percent(50));
    default:
      return hostileText(chance);
  }
}

function nested(depth: number, asList: boolean): unknown {
  let value: unknown = "deep";
  for (let level = 0; level < depth; level++) value = asList ? [value] : { a: value };
  return value;
}
