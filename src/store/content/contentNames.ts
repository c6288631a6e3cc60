/** What every content store says alike: a file's name, its ETag, the index of a version, and which ids and ranges there are. */
import { createHash } from "node:crypto";
import { contentKey } from "../../core/contentPath.ts";
import type { ByteRange } from "./contentStore.ts";

/**
 * The SHA-256 of the content key. So nothing in a zip can choose a path in a store, a segment over a disk's 255 bytes, a
 * reserved word of Windows and a disk that ignores case or Unicode form make no difference.
 */
export function contentName(path: string): string {
  return createHash("sha256").update(contentKey(path)).digest("hex");
}

/** What is published never changes, so version and path already tell one content from another. */
export function contentEtag(versionId: string, name: string, size: number): string {
  return createHash("sha256").update(`${versionId}/${name}/${size}`).digest("base64url").slice(0, 22);
}

/** Which name is which path, for people and for copying elsewhere. */
export function indexOf(pathsByName: ReadonlyMap<string, string>): string {
  return [...pathsByName].map(([name, path]) => `${name}\t${path}\n`).join("");
}

export function isVersionId(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(text);
}

export function requireVersionId(text: string): string {
  if (!isVersionId(text)) throw new TypeError(`not a course version id: ${JSON.stringify(text)}`);
  return text;
}

/** The bytes that a file of this size gives when asked for these: an end beyond it is cut. */
export function rangeWithin(size: number, asked: ByteRange | undefined, path: string): ByteRange {
  const range = { start: asked?.start ?? 0, end: Math.min(asked?.end ?? Infinity, size - 1) };
  const isPossible = Number.isInteger(range.start) && range.start >= 0 && range.start <= range.end;
  if (asked !== undefined && !isPossible)
    throw new RangeError(`no such bytes in ${path}: ${asked.start}-${asked.end} of ${size}`);
  return range;
}
