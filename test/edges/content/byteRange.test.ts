import { expect, test } from "@jest/globals";
import { readRange } from "../../../src/edges/content/byteRange.ts";

const WHOLE = { type: "whole" };
const NONE = { type: "unsatisfiable" };
const part = (start: number, end: number) => ({ type: "part", start, end });

test.each<[header: string | undefined, size: number, expected: object, because: string]>([
  [undefined, 200, WHOLE, "no header"],
  ["bytes=0-", 200, part(0, 199), "from the start, as a video player begins"],
  ["bytes=0-0", 200, part(0, 0), "one byte"],
  ["bytes=100-149", 200, part(100, 149), "a part"],
  ["bytes=150-999", 200, part(150, 199), "an end beyond the file's is cut"],
  ["bytes=-50", 200, part(150, 199), "the last bytes"],
  ["bytes=-500", 200, part(0, 199), "more last bytes than there are: all"],
  ["Bytes= 5-9 ", 200, part(5, 9), "the unit's case and spaces don't matter"],
  ["bytes=200-", 200, NONE, "starts beyond the end"],
  [`bytes=${"9".repeat(400)}-`, 200, NONE, "starts beyond all numbers"],
  ["bytes=-0", 200, NONE, "no bytes"],
  ["bytes=0-", 0, NONE, "an empty file has no first byte"],
  ["bytes=-1", 0, WHOLE, "all of an empty file"],
  ["bytes=9-5", 200, WHOLE, "the end before the start: malformed, ignored"],
  ["bytes=0-1,5-6", 200, WHOLE, "several ranges may be ignored"],
  ["items=0-5", 200, WHOLE, "another unit"],
  ["bytes=-", 200, WHOLE, "neither end"],
  ["bytes=a-b", 200, WHOLE, "no numbers"],
  ["bytes=0x10-", 200, WHOLE, "no decimal"],
])("Range %j of %i bytes: %j (%s)", (header, size, expected) => {
  expect(readRange(header, size)).toEqual(expected);
});
