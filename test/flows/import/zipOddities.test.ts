/** Zips as real tools make them: read, with a warning where something had to be guessed. */

import { afterEach, expect, test } from "@jest/globals";
import type { ImportedCourse } from "../../../src/flows/import/importTypes.ts";
import { singleScoCourse12 } from "../../support/courses.ts";
import { ImportBench, warningCodes } from "../../support/imports.ts";
import { unicodePathField, type ZipPart, zipBytes } from "../../support/zips.ts";

const bench = new ImportBench();
const course = singleScoCourse12();
let imported: ImportedCourse;

afterEach(async () => {
  await (await bench.store()).discard("v1");
});

async function importWith(...parts: readonly ZipPart[]): Promise<ImportedCourse> {
  imported = await bench.import(zipBytes([...course.parts, ...parts]));
  await imported.staged?.publish("v1");
  return imported;
}

const read = (path: string): Promise<string | null> => bench.read("v1", path);

test("files of an ordinary zip can be read under their paths", async () => {
  await importWith({ name: "images/" }, { name: "images/a.svg", content: "<svg/>", mode: 0o100644 });
  expect(await read("images/a.svg")).toBe("<svg/>");
  expect(await read("sco.js")).toContain("LMS");
  expect(imported.warnings).toEqual([]);
});

test("a stored file and an empty one are read like any other", async () => {
  await importWith({ name: "stored", content: "as it is", method: 0 }, { name: "empty", method: 0 });
  expect(await read("stored")).toBe("as it is");
  expect(await read("empty")).toBe("");
});

test("backslashes of old Windows tools are slashes", async () => {
  await importWith({ name: "images\\", method: 0 }, { name: "images\\a.svg", content: "<svg/>" });
  expect(await read("images/a.svg")).toBe("<svg/>");
  expect(warningCodes(imported)).toEqual(["zip_backslashes"]);
});

test("a name in UTF-8 that says so needs no guess", async () => {
  await importWith({ name: "übung/日本.html", content: "x" });
  expect(await read("übung/日本.html")).toBe("x");
  expect(imported.warnings).toEqual([]);
});

test("a name in UTF-8 that does not say so is recognised", async () => {
  await importWith({ name: "übung.html", content: "x", flags: 0 });
  expect(await read("übung.html")).toBe("x");
  expect(warningCodes(imported)).toEqual(["zip_names_guessed"]);
});

test("any other name is in code page 437", async () => {
  await importWith({ name: Buffer.from([0x81, 0x62, 0x75, 0x6e, 0x67]), content: "x", flags: 0 });
  expect(await read("übung")).toBe("x");
  expect(warningCodes(imported)).toEqual(["zip_names_guessed"]);
});

test("Info-ZIP's Unicode path goes before the name that it goes with", async () => {
  const name = Buffer.from("_bung.html");
  await importWith({ name, content: "x", flags: 0, extra: unicodePathField(name, "übung.html") });
  expect(await read("übung.html")).toBe("x");
  expect(imported.warnings).toEqual([]);
});

test("a Unicode path whose checksum is of another name is ignored", async () => {
  const extra = unicodePathField(Buffer.from("other.html"), "übung.html");
  await importWith({ name: "own.html", content: "x", extra });
  expect(await read("own.html")).toBe("x");
  expect(await read("übung.html")).toBeNull();
});

test("a Unicode path is held to the same rules as a name", async () => {
  const name = Buffer.from("a.html");
  const zip = zipBytes([...course.parts, { name, extra: unicodePathField(name, "../a.html") }]);
  expect((await bench.refusal(zip)).code).toBe("zip_path_climbs");
});

test("a file that a Mac named in decomposed form is found by the composed one", async () => {
  await importWith({ name: "cafe\u0301.html", content: "x" });
  expect(await read("caf\u00e9.html")).toBe("x");
});

test("what systems leave lying around is not imported", async () => {
  const litter = ["__MACOSX/._sco.html", ".DS_Store", "images/.DS_Store", "images/Thumbs.db"];
  await importWith(...litter.map((name) => ({ name, content: "x" })));
  for (const name of litter) expect(await read(name)).toBeNull();
  expect(imported.files).toBe(course.parts.length);
});

test("entries that stand for the root folder mean nothing, and a leading ./ neither", async () => {
  await importWith({ name: "./" }, { name: "./images//a.svg", content: "<svg/>" });
  expect(await read("images/a.svg")).toBe("<svg/>");
});

test("a name of 300 bytes is as good as any", async () => {
  const name = `${"a".repeat(300)}.html`;
  await importWith({ name, content: "x" });
  expect(await read(name)).toBe("x");
});

test("a comment at the end of a zip is skipped", async () => {
  imported = await bench.import(zipBytes(course.parts, { comment: "made by hand" }));
  await imported.staged?.discard();
  expect(imported.files).toBe(course.parts.length);
});

test("a manifest whose name is not in lower case is taken, and told", async () => {
  const parts = course.parts.map((part) => ({
    ...part,
    name: part.name === "imsmanifest.xml" ? "IMSManifest.XML" : part.name,
  }));
  imported = await bench.import(zipBytes(parts));
  await imported.staged?.discard();
  expect(warningCodes(imported)).toEqual(["manifest_name"]);
});
