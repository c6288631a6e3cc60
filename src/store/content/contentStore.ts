/**
 * Where the files of courses lie: objects keyed by `<course_version_id>/<path>`. A version is staged, then
 * published in one step, then never changed; only discarded as a whole. A folder (`folderContentStore.ts`) and an
 * S3-compatible service (`s3ContentStore.ts`) implement it; one suite of tests holds them to it.
 *
 * Paths are those of `core/contentPath.ts` and found whatever the case of their letters.
 */
import type { Readable } from "node:stream";

export interface ContentStore {
  /** Opens a place to write a version's files; nothing in it can be read until it is published. */
  stage(): Promise<StagedContent>;
  /** Null where there is no such file. */
  stat(versionId: string, path: string): Promise<ContentStat | null>;
  /**
   * Null where there is no such file. The caller reads the stream to its end or destroys it.
   *
   * @param range First and last byte, both included; an end beyond the file's is cut to it.
   */
  open(versionId: string, path: string, range?: ByteRange): Promise<OpenContent | null>;
  /** The ids of the versions that were published before this time. */
  listPublished(before: Date): Promise<string[]>;
  /** Removes a published version; nothing happens where there is none. */
  discard(versionId: string): Promise<void>;
  /**
   * Removes what imports left behind that died in the middle: whatever was staged and not touched since
   * `staleBefore`. Other processes may be importing into the same store, hence a time and not simply all.
   *
   * @returns How many were removed.
   */
  sweep(staleBefore: Date): Promise<number>;
}

export interface StagedContent {
  /** How many files are best written at the same time. */
  readonly writesAtOnce: number;
  /**
   * Writes one file, whole or not at all. A path written twice is a `conflict`.
   *
   * @param source Piece by piece; a piece is not looked at any more once the next is asked for.
   * @param options.size How long the stream will be, where that is known: it may spare memory.
   */
  write(path: string, source: ContentSource, options?: WriteOptions): Promise<void>;
  /**
   * Makes what was staged readable as this version, all of it at once, and survives a power cut from then on.
   * A version that exists already is a `conflict`.
   */
  publish(versionId: string): Promise<void>;
  /** Removes what was staged. Harmless when repeated, and after publishing. */
  discard(): Promise<void>;
}

export type ContentSource = AsyncIterable<Buffer | string>;

export interface WriteOptions {
  readonly signal?: AbortSignal;
  readonly size?: number;
}

export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface ContentStat {
  /** Of the whole file, in bytes. */
  readonly size: number;
  readonly modifiedAt: Date;
  /** For an `ETag` header: opaque, without quotes, another one for other bytes. */
  readonly etag: string;
}

export interface OpenContent extends ContentStat {
  readonly stream: Readable;
  /** The bytes that the stream gives; the whole file where no range was asked for. */
  readonly range: ByteRange;
}
