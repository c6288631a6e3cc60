/** What makes a zip one to refuse before anything of it is unpacked. */
import { contentKey } from "../../core/contentPath.ts";
import { Fault } from "../../core/faults.ts";
import type { ImportLimits } from "./importTypes.ts";
import { show } from "./zipNames.ts";

export interface EntryHeader {
  readonly generalPurposeBitFlag: number;
  readonly compressionMethod: number;
  readonly compressedSize: number;
  readonly uncompressedSize: number;
  readonly externalFileAttributes: number;
  readonly extraFields: readonly { readonly id: number; readonly data: Buffer }[];
}

/** Bit 0: the data, bit 6: strongly, bit 13: the central directory too (APPNOTE 4.4.4). */
const ENCRYPTION_BITS = 0x1 | 0x40 | 0x2000;
const STORED = 0;
const DEFLATED = 8;

const FILE_TYPE_MASK = 0o170000;
const REGULAR_FILE = 0o100000;
const FOLDER = 0o040000;

const PKWARE_UNIX_FIELD = 0x000d;
const ASI_UNIX_FIELD = 0x756e;

export function refuseHostileEntry(entry: EntryHeader, path: string): void {
  if (entry.generalPurposeBitFlag & ENCRYPTION_BITS) {
    throw new Fault(
      "zip_encrypted",
      `The file ${show(path)} is encrypted; pack the zip again without a password.`,
    );
  }
  if (isLink(entry)) {
    throw new Fault("zip_link", `${show(path)} is a link or a device; a course has files and folders only.`);
  }
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    throw new Fault(
      "zip_method_unsupported",
      `The file ${show(path)} is compressed by method ${entry.compressionMethod}; only deflate (8) and none (0) are read.`,
    );
  }
  if (entry.compressionMethod === STORED && entry.compressedSize !== entry.uncompressedSize) {
    throw new Fault("zip_broken", `The zip is damaged: ${show(path)} is stored as it is, yet has two sizes.`);
  }
}

/**
 * Links stand in the file mode of the Unix attributes, or in one of two old extra fields, whose tail is a
 * link's target or a device's numbers (APPNOTE 4.5.7, Info-ZIP's ASi field).
 */
function isLink(entry: EntryHeader): boolean {
  if (isSpecialMode(entry.externalFileAttributes >>> 16)) return true;
  return entry.extraFields.some(({ id, data }) => {
    if (id === PKWARE_UNIX_FIELD) return data.length > 12;
    if (id === ASI_UNIX_FIELD)
      return data.length > 14 || (data.length >= 6 && isSpecialMode(data.readUInt16LE(4)));
    return false;
  });
}

function isSpecialMode(mode: number): boolean {
  const type = mode & FILE_TYPE_MASK;
  return type !== 0 && type !== REGULAR_FILE && type !== FOLDER;
}

/**
 * By declared sizes, which unpacking then holds the zip to. The ratio is that of the whole zip: a blank
 * bitmap or a silent recording alone may well shrink to a thousandth.
 */
export function refuseBomb(unpackedBytes: number, zipBytes: number, limits: ImportLimits): void {
  if (unpackedBytes > limits.maxUnpackedBytes) {
    throw new Fault(
      "zip_unpacks_too_large",
      `The zip unpacks to more than ${limits.maxUnpackedBytes} bytes, the most that is allowed.`,
    );
  }
  if (unpackedBytes > limits.ratioFreeBytes && unpackedBytes > zipBytes * limits.maxRatio) {
    throw new Fault("zip_bomb", `The zip unpacks to more than ${limits.maxRatio} times its own size.`);
  }
}

/**
 * Two files that a disk or a learner's browser could take for one, or a file where there is also a folder.
 * Sorted with `/` as the lowest character, whatever collides lies side by side: what lies in `a` follows `a`
 * at once.
 */
export function refuseSameNames(files: readonly string[], folders: readonly string[]): void {
  const keyed = [
    ...files.map((path) => ({ key: sortKey(path), path, isFolder: false })),
    ...folders.map((path) => ({ key: sortKey(path), path, isFolder: true })),
  ].sort((one, other) => (one.key < other.key ? -1 : Number(one.key > other.key)));
  keyed.reduce<(typeof keyed)[number] | null>((before, entry) => {
    if (before === null) return entry;
    if (before.key === entry.key && !before.isFolder && !entry.isFolder) {
      const detail = `The zip holds ${show(before.path)} and ${show(entry.path)}, which many systems take for one file.`;
      throw new Fault("zip_path_duplicate", detail);
    }
    const sameName = before.key === entry.key && before.isFolder !== entry.isFolder;
    const insideFile = !before.isFolder && entry.key.startsWith(`${before.key}\0`);
    if (sameName || insideFile) {
      throw new Fault("zip_path_conflict", `In the zip ${show(before.path)} is both a file and a folder.`);
    }
    return entry;
  }, null);
}

/** A path holds no control characters, so NUL is free. */
function sortKey(path: string): string {
  return contentKey(path).replaceAll("/", "\0");
}

interface Placed {
  readonly path: string;
  readonly headerStart: number;
  readonly dataStart: number;
  readonly compressedSize: number;
}

/** Files that share bytes are how a small zip unpacks to a huge amount at a harmless ratio each. */
export function refuseOverlap(entries: readonly Placed[], directoryStart: number): void {
  const inOrder = [...entries].sort((one, other) => one.headerStart - other.headerStart);
  inOrder.forEach((entry, index) => {
    const end = entry.dataStart + entry.compressedSize;
    const next = inOrder[index + 1];
    if (end > (next?.headerStart ?? directoryStart)) {
      throw new Fault(
        "zip_overlap",
        `The file ${show(entry.path)} shares bytes of the zip with what comes after it.`,
      );
    }
  });
}
