import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { cleanContentPath, contentKey } from "../../src/core/contentPath.ts";

test.each([
  ["shared/style.css", "shared/style.css"],
  ["./shared//style.css", "shared/style.css"],
  ["shared\\style.css", "shared/style.css"],
  ["cafe\u0301.html", "caf\u00e9.html"],
  ["folder/", "folder"],
  ["...", "..."],
])("the path %j is cleaned to %j", (raw, path) => {
  expect(cleanContentPath(raw)).toEqual({ ok: true, path });
});

test.each([
  ["/etc/passwd", "absolute"],
  ["\\\\server\\share", "absolute"],
  ["c:\\windows", "absolute"],
  ["./c:/windows", "absolute"],
  ["a/../../b", "climbs"],
  ["a\\..\\b", "climbs"],
  ["a\u0000.html", "control_character"],
  ["a\nb", "control_character"],
  ["a\u0085b", "control_character"],
  ["./", "empty"],
  ["a/".repeat(65), "too_deep"],
])("the path %j is refused: %s", (raw, problem) => {
  expect(cleanContentPath(raw)).toEqual({ ok: false, problem });
});

test("whatever is given, a clean path stays inside and is clean already", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", ".", "/", "\\", ":", "é", "\u0301", "\0") }),
      (raw) => {
        const clean = cleanContentPath(raw);
        if (!clean.ok) return;
        expect(cleanContentPath(clean.path)).toEqual(clean);
        expect(clean.path.split("/")).not.toContain("..");
        expect(clean.path).not.toMatch(/^\/|\\|^[a-z]:/i);
      },
    ),
  );
});

test("paths that differ in case or Unicode form only have one key", () => {
  expect(contentKey("Café/A.html")).toBe(contentKey("cafe\u0301/a.HTML"));
  expect(contentKey("a")).not.toBe(contentKey("b"));
});
