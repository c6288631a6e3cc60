import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { packageFileName, packageTitle, plainText } from "../../../src/flows/packaging/names.ts";
import { FORMATS, packageOrder } from "../../support/packages.ts";

const anyText = fc.string({ unit: "binary", maxLength: 400 });

describe("a package's title tells it from its twins (RULES §4)", () => {
  test("label, license kind and short id follow the course's title", () => {
    expect(packageTitle(packageOrder())).toBe("Kitchen safety [Volume · Berlin · 7K2M]");
  });

  test("a delivery without a label shows kind and short id", () => {
    expect(packageTitle(packageOrder({ label: "" }))).toBe("Kitchen safety [Volume · 7K2M]");
  });

  test("a course without a title is still called something", () => {
    expect(packageTitle(packageOrder({ courseTitle: "\u0007 \ud800" }))).toBe(
      "Course [Volume · Berlin · 7K2M]",
    );
  });

  test("a title of 10,000 characters is cut, its marks are not", () => {
    const title = packageTitle(packageOrder({ courseTitle: "😀".repeat(5000) }));
    expect(title).toHaveLength(200);
    expect(title).toMatch(/^(😀)+… \[Volume · Berlin · 7K2M\]$/u);
  });

  test("nothing in it turns the direction of what follows, and right-to-left words stay", () => {
    expect(packageTitle(packageOrder({ courseTitle: "\u202eسلامة\u2066 المطبخ" }))).toBe(
      "سلامة المطبخ [Volume · Berlin · 7K2M]",
    );
  });

  test("whatever the course is called, the title is well-formed text of at most 200 characters", () => {
    fc.assert(
      fc.property(anyText, anyText, (courseTitle, label) => {
        const title = packageTitle(packageOrder({ courseTitle, label }));
        expect(title.length).toBeLessThanOrEqual(200);
        expect(title).not.toMatch(/[\p{Cc}\p{Cs}\ufffe\uffff]/u);
        expect(title).toMatch(/ \[Volume · .*7K2M\]$/);
      }),
    );
  });

  test("a sign that is dropped leaves no blanks beside each other, and joins what is written together", () => {
    expect(plainText("Kitchen \t\u0000\t safety")).toBe("Kitchen safety");
    expect(plainText("Cafe\u0000\u0301")).toBe("Caf\u00e9");
    expect(plainText("\u0000 Kitchen\n\u0007")).toBe("Kitchen");
  });

  test("plain text is plain already", () => {
    const signs = ["a", " ", "\t", "\n", "\0", "\u0301", "\ufeff", "\u202e", "\u2000", "\ud800"];
    const awkward = fc.string({ unit: fc.constantFrom(...signs) });
    const text = fc.oneof(anyText, awkward);
    fc.assert(fc.property(text, (value) => expect(plainText(plainText(value))).toBe(plainText(value))));
  });
});

describe("a package's file name", () => {
  test("shows title, marks and format", () => {
    expect(packageFileName(packageOrder({ format: "scorm2004-4" }))).toEqual({
      utf8: "Kitchen safety [Volume · Berlin · 7K2M] SCORM 2004 4th.zip",
      ascii: "Kitchen safety [Volume - Berlin - 7K2M] SCORM 2004 4th.zip",
    });
  });

  test("has a form for receivers that know only ASCII", () => {
    const { ascii } = packageFileName(packageOrder({ courseTitle: 'Küche 50% "sicher"', label: "Zürich" }));
    expect(ascii).toBe("Kuche 50_ sicher [Volume - Zurich - 7K2M] SCORM 1.2.zip");
    expect(packageFileName(packageOrder({ courseTitle: "台所の安全" })).ascii).toBe(
      "Course [Volume - Berlin - 7K2M] SCORM 1.2.zip",
    );
  });

  test.each([
    ["a path", "../../etc/passwd", "etc passwd"],
    ["a hidden file", ".profile", "profile"],
    ["an option", "-rf", "rf"],
    ["a device of Windows", "con.exe", "_con.exe"],
    ["signs that Windows refuses", 'a<b>:"c"|d?*', "a b c d"],
  ])("is never %s", (_, courseTitle, expected) => {
    expect(packageFileName(packageOrder({ courseTitle })).utf8).toBe(
      `${expected} [Volume · Berlin · 7K2M] SCORM 1.2.zip`,
    );
  });

  test("whatever the course is called, every file system takes it", () => {
    fc.assert(
      fc.property(anyText, anyText, fc.constantFrom(...FORMATS), (courseTitle, label, format) => {
        const { utf8, ascii } = packageFileName(packageOrder({ courseTitle, label, format }));
        expect(Buffer.byteLength(utf8)).toBeLessThanOrEqual(255);
        for (const name of [utf8, ascii]) {
          expect(name).not.toMatch(/[<>:"/\\|?*\p{Cc}\p{Cs}]/u);
          expect(name).not.toMatch(/^[ .-]|^(con|prn|aux|nul|com\d|lpt\d) *\./i);
          expect(name).toMatch(/7K2M\] SCORM .*\.zip$/);
        }
        expect(ascii).toMatch(/^[\x20-\x7e]+$/);
      }),
    );
  });
});
