import { afterEach, expect, test } from "@jest/globals";
import { importPageByUrl, importPageFile } from "../../../src/flows/import/importPage.ts";
import { ImportBench } from "../../support/imports.ts";

const bench = new ImportBench();
const mp4 = Buffer.from("\0\0\0\x18ftypmp42\0\0\0\0", "latin1");
const webm = Buffer.from("1a45dfa39f4286810142f7", "hex");

afterEach(async () => {
  await (await bench.store()).discard("v1");
  expect(bench.leftBehind()).toEqual([]);
});

test("a page by its address is a course of one item that opens it", () => {
  const imported = importPageByUrl("https://example.com/safety?lang=en#top", { title: " Safety  first " });
  expect(imported).toEqual({
    structure: {
      standard: "page",
      identifier: "",
      title: "Safety first",
      objectives_global_to_system: false,
      items: [
        {
          id: "page",
          title: "Safety first",
          visible: true,
          resource: { href: "https://example.com/safety?lang=en#top", type: "asset" },
          items: [],
        },
      ],
    },
    warnings: [],
    staged: null,
    files: 0,
    bytes: 0,
    sha256: "",
  });
});

test("an address that ends as a video does is a video, unless it is said to be a page", () => {
  const url = "https://example.com/films/safety.MP4?signature=x";
  expect(importPageByUrl(url, { title: "x" }).structure.standard).toBe("video");
  expect(importPageByUrl(url, { title: "x", standard: "page" }).structure.standard).toBe("page");
  expect(
    importPageByUrl("https://example.com/", { title: "x", standard: "video" }).structure.items[0]?.id,
  ).toBe("video");
});

test("without a title the host's name is it", () => {
  expect(importPageByUrl("https://example.com/", { title: " " }).structure.title).toBe("example.com");
});

test("http is taken with a warning", () => {
  const { warnings } = importPageByUrl("http://example.com/", { title: "x" });
  expect(warnings.map(({ code }) => code)).toEqual(["page_url_insecure"]);
});

test.each([
  "example.com",
  "/course",
  "",
  "javascript:alert(1)",
  "data:text/html,x",
  "file:///etc/passwd",
  "ftp://example.com/",
  "https://user:secret@example.com/",
  "https://user@example.com/",
  `https://example.com/${"x".repeat(2_048)}`,
  "https://",
])("the address %j is refused", (url) => {
  expect(() => importPageByUrl(url, { title: "x" })).toThrow(
    expect.objectContaining({ code: "page_url_invalid", message: expect.stringMatching(/^The address /) }),
  );
});

async function importFile(bytes: Buffer, fileName: string, title = "") {
  return importPageFile(await bench.store(), bench.file(bytes), fileName, { title });
}

test("an uploaded page is a course of that file, called by the file's name", async () => {
  const imported = await importFile(Buffer.from("<h1>Hello</h1>"), "C:\\docs\\Fire drill.HTM");
  expect(imported).toMatchObject({
    structure: {
      standard: "page",
      title: "Fire drill",
      items: [{ resource: { href: "index.html", type: "asset" } }],
    },
    files: 1,
    bytes: 14,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  await imported.staged?.publish("v1");
  expect(await bench.read("v1", "index.html")).toBe("<h1>Hello</h1>");
});

test.each([
  ["a.mp4", mp4, "video.mp4"],
  ["a.M4V", mp4, "video.m4v"],
  ["a.mov", mp4, "video.mov"],
  ["a.webm", webm, "video.webm"],
  ["a.ogv", Buffer.from("OggS\0\x02"), "video.ogv"],
])("an uploaded video %s is a course of that file", async (fileName, bytes, href) => {
  const imported = await importFile(bytes, fileName, "The film");
  await imported.staged?.discard();
  expect(imported.structure).toMatchObject({
    standard: "video",
    title: "The film",
    items: [{ id: "video", resource: { href, type: "asset" } }],
  });
});

test.each([
  ["a.html", Buffer.alloc(0)],
  ["a.mp4", webm],
  ["a.webm", mp4],
  ["a.mp4", Buffer.from("x")],
  ["a.exe", Buffer.from("MZ")],
  ["html", Buffer.from("x")],
  ["a.avi", Buffer.from("RIFF")],
])("the file %s that is not a page or such a video is refused", async (fileName, bytes) => {
  await expect(importFile(bytes, fileName)).rejects.toMatchObject({ code: "page_file_unsupported" });
});

test("a file that is too large is refused", async () => {
  const options = { limits: { maxUnpackedBytes: 5 } };
  const file = bench.file(Buffer.from("<h1>Hello</h1>"));
  const importing = importPageFile(await bench.store(), file, "a.html", { title: "" }, options);
  await expect(importing).rejects.toMatchObject({ code: "body_too_large" });
});

test("aborting the import of a file leaves nothing", async () => {
  const file = bench.file(Buffer.from("<h1>Hello</h1>"));
  const options = { signal: AbortSignal.abort(new Error("never mind")) };
  const importing = importPageFile(await bench.store(), file, "a.html", { title: "" }, options);
  await expect(importing).rejects.toThrow("never mind");
});
