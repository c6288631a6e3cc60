/** Unpacks a zip that anyone may have made into a folder, and nothing of it anywhere else. */
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import yauzl from "yauzl";
import { Fault } from "../../core/faults.ts";

export interface UnpackLimits {
  readonly files: number;
  /** Of all files together, as they turn out and not as the zip declares them. */
  readonly unpacked_bytes: number;
}

const SYMBOLIC_LINK = 0o120_000;
const FILE_TYPE = 0o170_000;
const ENCRYPTED = 1;

export async function unpack(zipFile: string, folder: string, limits: UnpackLimits): Promise<void> {
  const zip = await open(zipFile);
  try {
    if (zip.entryCount > limits.files) {
      throw new Fault(
        "body_too_large",
        `The zip holds ${zip.entryCount} files, expected at most ${limits.files}`,
      );
    }
    let left = limits.unpacked_bytes;
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith("/")) continue;
      left -= await extract(zip, entry, target(entry, folder), left);
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault(
      "body_invalid",
      `The zip can't be read: ${cause instanceof Error ? cause.message : "damaged"}`,
      { cause },
    );
  } finally {
    zip.close();
  }
}

async function open(zipFile: string): Promise<yauzl.ZipFile> {
  try {
    return await yauzl.openPromise(zipFile, {
      lazyEntries: true,
      autoClose: false,
      validateEntrySizes: true,
    });
  } catch (cause) {
    throw new Fault("body_invalid", "The file is not a zip", { cause });
  }
}

/** Where an entry may be written; yauzl refuses names that climb too, but this is the line that must hold. */
function target(entry: yauzl.Entry, folder: string): string {
  const name = entry.fileName;
  const path = join(folder, name);
  if (
    !path.startsWith(folder + sep) ||
    /^[/\\]|\\|\0|^[A-Za-z]:/.test(name) ||
    name.split("/").includes("..")
  ) {
    throw new Fault("body_invalid", `The zip holds a file outside of its folder: ${JSON.stringify(name)}`);
  }
  if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMBOLIC_LINK) {
    throw new Fault("body_invalid", `The zip holds a link: ${JSON.stringify(name)}`);
  }
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) {
    throw new Fault("body_invalid", `The zip holds an encrypted file: ${JSON.stringify(name)}`);
  }
  return path;
}

async function extract(zip: yauzl.ZipFile, entry: yauzl.Entry, path: string, left: number): Promise<number> {
  await mkdir(dirname(path), { recursive: true });
  const stream = await zip.openReadStreamPromise(entry);
  let bytes = 0;
  await pipeline(
    stream,
    async function* counted(source) {
      for await (const chunk of source) {
        bytes += chunk.length;
        if (bytes > left) throw new Fault("body_too_large", "The zip unpacks to more than this LMS takes");
        yield chunk;
      }
    },
    createWriteStream(path, { flags: "wx" }),
  );
  return bytes;
}
