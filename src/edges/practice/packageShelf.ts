/** The packages that are in the LMS: each unpacked in a folder of its own, with a note of what its manifest says. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Fault } from "../../core/faults.ts";
import { readManifest } from "./manifest.ts";
import type { LmsPackage } from "./practiceTypes.ts";
import { type UnpackLimits, unpack } from "./unpack.ts";

export interface PackageShelf {
  /** Takes a zip in. The same zip again leaves what is there as it is, for a course may be open in it. */
  add(zip: Readable, deliveryId: string | null): Promise<LmsPackage>;
  get(packageId: string): Promise<LmsPackage>;
  uploaded(): Promise<LmsPackage[]>;
  contentFolder(packageId: string): string;
}

interface Note {
  readonly zip_sha256: string;
  readonly package: LmsPackage;
}

export interface ShelfLimits extends UnpackLimits {
  readonly zip_bytes: number;
}

const SAFE_ID = /^[A-Za-z0-9_-]{1,100}$/;
const MANIFEST_BYTES = 4 * 1024 * 1024;

export function createPackageShelf(
  dataFolder: string,
  limits: ShelfLimits,
  newId: () => string,
): PackageShelf {
  const shelf = join(dataFolder, "packages");
  const incoming = join(dataFolder, "incoming");

  async function add(zip: Readable, deliveryId: string | null): Promise<LmsPackage> {
    const work = join(incoming, newId());
    await mkdir(join(work, "content"), { recursive: true });
    try {
      const zipFile = join(work, "package.zip");
      const sha256 = await receive(zip, zipFile, limits.zip_bytes);
      const packageId = deliveryId === null ? `zip-${sha256.slice(0, 16)}` : `delivery-${deliveryId}`;
      if (!SAFE_ID.test(packageId)) throw new Fault("not_found", "There is no such delivery");
      const known = await noteOf(packageId);
      if (known?.zip_sha256 === sha256) return known.package;
      await unpack(zipFile, join(work, "content"), limits);
      await rm(zipFile);
      const described = {
        package_id: packageId,
        delivery_id: deliveryId,
        ...(await describe(join(work, "content"))),
      };
      await writeFile(
        join(work, "note.json"),
        JSON.stringify({ zip_sha256: sha256, package: described } satisfies Note),
      );
      await mkdir(shelf, { recursive: true });
      await rm(join(shelf, packageId), { recursive: true, force: true });
      await rename(work, join(shelf, packageId));
      return described;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  }

  async function noteOf(packageId: string): Promise<Note | undefined> {
    if (!SAFE_ID.test(packageId)) return undefined;
    const text = await readFile(join(shelf, packageId, "note.json"), "utf8").catch(missing);
    return text === undefined ? undefined : (JSON.parse(text) as Note);
  }

  return {
    add,
    async get(packageId) {
      const note = await noteOf(packageId);
      if (note === undefined)
        throw new Fault("not_found", `This LMS has no package ${JSON.stringify(packageId)}`);
      return note.package;
    },
    async uploaded() {
      const names = (await readdir(shelf).catch(missing)) ?? [];
      const notes = await Promise.all(names.filter((name) => name.startsWith("zip-")).map(noteOf));
      return notes.flatMap((note) => (note === undefined ? [] : [note.package]));
    },
    contentFolder: (packageId) => join(shelf, packageId, "content"),
  };
}

/** Writes the stream to the file and gives its hash; counts as it goes. */
async function receive(zip: Readable, file: string, limit: number): Promise<string> {
  let bytes = 0;
  const hash = createHash("sha256");
  await pipeline(
    zip,
    async function* counted(source: AsyncIterable<Buffer>) {
      for await (const chunk of source) {
        bytes += chunk.length;
        if (bytes > limit) throw new Fault("body_too_large", `The zip is larger than ${limit} bytes`);
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(file),
  );
  return hash.digest("hex");
}

async function describe(content: string): Promise<Pick<LmsPackage, "title" | "standard" | "items">> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(join(content, "imsmanifest.xml"))) {
      bytes += chunk.length;
      if (bytes > MANIFEST_BYTES) throw new Fault("body_too_large", "imsmanifest.xml is larger than 4 MB");
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault("body_invalid", "The zip has no imsmanifest.xml at its root", { cause });
  }
  return readManifest(decode(Buffer.concat(chunks)));
}

function decode(bytes: Buffer): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return bytes.toString(utf16 ? "utf16le" : "utf8").replace(/^\uFEFF/, "");
}

function missing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code === "ENOENT") return undefined;
  throw cause;
}
