/** The course that a first start imports, so that there is something to launch: as a zip, like anyone's. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { ZipArchive } from "archiver";

const FOLDER = join(import.meta.dirname, "course");

/** Sorted names and one date: the same bytes every time, so a second import is known for the same course. */
export async function demoCourse(): Promise<Readable> {
  const zip = new ZipArchive({ zlib: { level: 9 } });
  for (const name of (await readdir(FOLDER)).sort()) {
    zip.append(await readFile(join(FOLDER, name)), { name, date: "2020-01-01T00:00:00Z", mode: 0o644 });
  }
  // What goes wrong from here on is an error of the stream, which its reader sees.
  zip.finalize().catch((error: Error) => zip.destroy(error));
  return zip;
}
