/** Course zips of a wanted size: a valid SCORM 1.2 manifest, and files that say nothing. */
import { randomBytes } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipArchive } from "archiver";

export interface CourseFile {
  readonly name: string;
  readonly content: Buffer | Readable;
}

const MANIFEST = `<?xml version="1.0" encoding="UTF-8"?>
<manifest identifier="bench" version="1.0" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
  <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
  <organizations default="course">
    <organization identifier="course"><title>Bench</title>
      <item identifier="lesson" identifierref="page"><title>Lesson</title></item></organization>
  </organizations>
  <resources>
    <resource identifier="page" type="webcontent" adlcp:scormtype="sco" href="index.html"><file href="index.html"/></resource>
  </resources>
</manifest>
`;

export async function writeCourseZip(path: string, files: readonly CourseFile[]): Promise<void> {
  const zip = new ZipArchive({ zlib: { level: 1 } });
  const written = pipeline(zip, createWriteStream(path));
  zip.append(MANIFEST, { name: "imsmanifest.xml" });
  for (const { name, content } of files) zip.append(content, { name });
  await zip.finalize();
  await written;
}

/** A page of about so many bytes. */
export function page(bytes: number): Buffer {
  const head = "<!doctype html><html><head><meta charset=utf-8><title>Page</title></head><body>";
  return Buffer.from(`${head.padEnd(bytes - 14, "<p>Wash your hands.</p>")}</body></html>`);
}

/** Bytes that no compression makes smaller, as videos are; made as they are read. */
export function noise(bytes: number): Readable {
  const block = 1024 * 1024;
  return Readable.from(
    (function* () {
      for (let left = bytes; left > 0; left -= block) yield randomBytes(Math.min(left, block));
    })(),
    { objectMode: false },
  );
}
