/** Every zip here would unpack somewhere, or unpack to something, that it must not. */
import { deflateRawSync } from "node:zlib";
import { afterEach, expect, test } from "@jest/globals";
import type { FaultCode } from "../../../src/core/faults.ts";
import type { ImportLimits } from "../../../src/flows/import/importTypes.ts";
import { singleScoCourse12 } from "../../support/courses.ts";
import { ImportBench } from "../../support/imports.ts";
import { type ZipLies, type ZipPart, zip64WithOffset, zipBytes } from "../../support/zips.ts";

const bench = new ImportBench();
const course = singleScoCourse12();

afterEach(() => expect(bench.leftBehind()).toEqual([]));

function withParts(...parts: readonly ZipPart[]): Buffer {
  return zipBytes([...course.parts, ...parts]);
}

function withLies(lies: ZipLies): Buffer {
  return zipBytes(course.parts, lies);
}

function named(name: string | Buffer): Buffer {
  return withParts({ name, content: "x" });
}

/** PKWARE's Unix field: two times, user, group, then where a link leads to. */
function linkField(id: number, data: Buffer): Buffer {
  const field = Buffer.alloc(4);
  field.writeUInt16LE(id, 0);
  field.writeUInt16LE(data.length, 2);
  return Buffer.concat([field, data]);
}

const asiSymlink = Buffer.alloc(14);
asiSymlink.writeUInt16LE(0o120777, 4);

const cases: readonly (readonly [string, FaultCode, Buffer])[] = [
  ["no bytes at all", "zip_expected", Buffer.alloc(0)],
  ["a text", "zip_expected", Buffer.from("this is not a zip")],
  ["a gzip", "zip_expected", Buffer.from("1f8b0800", "hex")],
  ["only the letters PK", "zip_broken", Buffer.from("PK")],
  ["a zip cut off in the middle", "zip_broken", course.zip.subarray(0, course.zip.length / 2)],
  ["a zip without its last byte", "zip_broken", course.zip.subarray(0, -1)],
  ["bytes after the end", "zip_broken", Buffer.concat([course.zip, Buffer.from("more")])],
  ["a directory that is elsewhere", "zip_broken", withLies({ directoryStart: 7 })],
  ["a directory beyond the file", "zip_broken", withLies({ directoryStart: 0x7fffffff })],
  ["more entries than there are", "zip_broken", withLies({ entryCount: 99 })],
  ["a zip64 directory beyond what a number holds", "zip_broken", zip64WithOffset(2n ** 63n)],
  ["a wrong checksum", "zip_broken", withParts({ name: "a", content: "x", declared: { crc32: 1 } })],
  ["more bytes than declared", "zip_broken", withParts({ name: "a", content: "xxx", declared: { size: 2 } })],
  ["fewer bytes than declared", "zip_broken", withParts({ name: "a", content: "x", declared: { size: 2 } })],
  ["a header that is elsewhere", "zip_broken", withParts({ name: "a", declared: { headerStart: 3 } })],
  [
    "data beyond the end of the file",
    "zip_broken",
    withParts({ name: "a", content: "x", declared: { compressedSize: 1_000_000 } }),
  ],
  [
    "data that is not deflated",
    "zip_broken",
    withParts({ name: "a", packed: Buffer.from("ffffffff", "hex"), declared: { size: 9 } }),
  ],
  [
    "deflated data that ends too early",
    "zip_broken",
    withParts({
      name: "a",
      packed: deflateRawSync("x".repeat(1_000)).subarray(0, -1),
      declared: { size: 1_000 },
    }),
  ],
  [
    "a stored file of two sizes",
    "zip_broken",
    withParts({ name: "a", content: "xx", method: 0, declared: { compressedSize: 1 } }),
  ],
  [
    "an extra field longer than its place",
    "zip_broken",
    withParts({ name: "a", extra: Buffer.from("00000fff", "hex") }),
  ],
  ["an absolute path", "zip_path_absolute", named("/etc/passwd")],
  ["a path with a drive letter", "zip_path_absolute", named("C:/windows/evil.html")],
  ["a path with a drive letter and backslashes", "zip_path_absolute", named("c:\\windows\\evil.html")],
  ["a path on another server", "zip_path_absolute", named("\\\\server\\share\\evil.html")],
  ["a climbing path", "zip_path_climbs", named("../evil.html")],
  ["a path that climbs from inside", "zip_path_climbs", named("a/b/../../../evil.html")],
  ["a path that climbs by backslashes", "zip_path_climbs", named("a\\..\\..\\evil.html")],
  ["a folder that climbs", "zip_path_climbs", named("../")],
  ["a name with NUL", "zip_path_invalid", named("evil.html\0.jpg")],
  ["a name with a line break", "zip_path_invalid", named("a\nb.html")],
  ["an empty name", "zip_path_invalid", named("")],
  ["a name that is not the UTF-8 it says", "zip_path_invalid", named(Buffer.from([0x61, 0xff, 0xfe]))],
  ["a path that is too long", "zip_path_too_long", named(`${"a".repeat(1_025)}.html`)],
  ["a path that is too deep", "zip_path_too_long", named(`${"a/".repeat(65)}a.html`)],
  ["a symbolic link", "zip_link", withParts({ name: "a", content: "/etc/passwd", mode: 0o120777 })],
  ["a device", "zip_link", withParts({ name: "a", mode: 0o060666 })],
  ["a pipe", "zip_link", withParts({ name: "a", mode: 0o010666 })],
  [
    "a hard link in PKWARE's field",
    "zip_link",
    withParts({ name: "a", extra: linkField(0x000d, Buffer.alloc(20)) }),
  ],
  [
    "a symbolic link in the ASi field",
    "zip_link",
    withParts({ name: "a", extra: linkField(0x756e, asiSymlink) }),
  ],
  ["two files of one name", "zip_path_duplicate", named("sco.html")],
  ["two files that differ in case", "zip_path_duplicate", named("SCO.html")],
  ["two files that differ in slashes", "zip_path_duplicate", withParts({ name: "a/b" }, { name: "a\\b" })],
  ["two files that differ in form", "zip_path_duplicate", withParts({ name: "é" }, { name: "e\u0301" })],
  ["two manifests", "zip_path_duplicate", named("IMSmanifest.xml")],
  ["a file inside a file", "zip_path_conflict", named("sco.html/a.html")],
  ["a file inside a file, in another case", "zip_path_conflict", named("SCO.HTML/a.html")],
  ["a folder of a file's name", "zip_path_conflict", withParts({ name: "sco.html/" })],
  [
    "a file inside a file, with names sorted between",
    "zip_path_conflict",
    withParts({ name: "a" }, { name: "a-b" }, { name: "a.b" }, { name: "a/b" }),
  ],
  ["two entries of the same bytes", "zip_overlap", withParts({ name: "a", declared: { headerStart: 0 } })],
  ["an encrypted file", "zip_encrypted", withParts({ name: "a", content: "x", flags: 0x801 })],
  ["a strongly encrypted file", "zip_encrypted", withParts({ name: "a", content: "x", flags: 0x841 })],
  ["an encrypted directory", "zip_encrypted", withParts({ name: "a", content: "x", flags: 0x2800 })],
  ["bzip2", "zip_method_unsupported", withParts({ name: "a", content: "x", method: 12 })],
  ["deflate64", "zip_method_unsupported", withParts({ name: "a", content: "x", method: 9 })],
  ["an empty zip", "manifest_missing", zipBytes([])],
  ["no manifest", "manifest_missing", zipBytes([{ name: "index.html", content: "x" }])],
  ["only a Mac's shadow of a manifest", "manifest_missing", zipBytes([{ name: "__MACOSX/imsmanifest.xml" }])],
  ["a manifest in a folder", "manifest_not_at_root", zipBytes([{ name: "course/imsmanifest.xml" }])],
  ["an xAPI package", "standard_unsupported", zipBytes([{ name: "tincan.xml" }])],
];

test.each(cases)("%s is refused: %s", async (_what, code, zip) => {
  const fault = await bench.refusal(zip);
  expect({ code: fault.code, detail: fault.message }).toEqual({
    code,
    detail: expect.stringMatching(/^[A-Z"].*\.$/),
  });
});

const limited: readonly (readonly [string, FaultCode, Buffer, Partial<ImportLimits>])[] = [
  ["a zip that is too large", "zip_too_large", course.zip, { maxZipBytes: course.zip.length - 1 }],
  ["too many entries", "zip_too_many_entries", course.zip, { maxEntries: course.parts.length - 1 }],
  ["too much unpacked", "zip_unpacks_too_large", course.zip, { maxUnpackedBytes: 1_000 }],
  [
    "a thousand times its size",
    "zip_bomb",
    withParts({ name: "a", content: Buffer.alloc(4_000_000) }),
    { ratioFreeBytes: 1_000_000 },
  ],
  [
    "the same in many small files",
    "zip_bomb",
    withParts(
      ...Array.from({ length: 100 }, (_, index) => ({ name: `${index}`, content: Buffer.alloc(100_000) })),
    ),
    { ratioFreeBytes: 1_000_000 },
  ],
  ["a manifest that is too large", "manifest_too_large", course.zip, { maxManifestBytes: 100 }],
];

test.each(limited)("%s is refused: %s", async (_what, code, zip, limits) => {
  expect((await bench.refusal(zip, { limits })).code).toBe(code);
});

test("what is just within the limits is not refused", async () => {
  const unpacked = course.parts.reduce((sum, { content = "" }) => sum + Buffer.byteLength(content), 0);
  const limits = {
    maxZipBytes: course.zip.length,
    maxEntries: course.parts.length,
    maxUnpackedBytes: unpacked,
  };
  const imported = await bench.import(course.zip, { limits });
  expect(imported).toMatchObject({ files: course.parts.length, bytes: unpacked });
  await imported.staged?.discard();
});

test("a declared size that lies is found out after as many bytes, not at the end of a bomb", async () => {
  const bomb = withParts({ name: "a", content: Buffer.alloc(50_000_000), declared: { size: 10 } });
  let unpacked = 0;
  const fault = await bench.refusal(bomb, {
    onProgress: ({ step, doneBytes }) => {
      if (step === "unpack") unpacked = doneBytes;
    },
  });
  expect(fault.code).toBe("zip_broken");
  expect(unpacked).toBeLessThan(100_000);
});
