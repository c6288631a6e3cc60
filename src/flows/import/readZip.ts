/**
 * Reads a zip of unknown origin from disk. Opening looks at every entry before a byte is unpacked and refuses
 * the whole zip for one that is not as it should be; reading trusts none of the sizes that the zip declares.
 * Only the central directory counts (APPNOTE 4.3.12), for names as for sizes, so there is one reading of a zip.
 */
import { type FileHandle, open } from "node:fs/promises";
import { crc32, createInflateRaw, type InflateRaw } from "node:zlib";
import yauzl from "yauzl";
import type { ImportWarning } from "../../core/course.ts";
import { Fault } from "../../core/faults.ts";
import { errorCode, isSystemError } from "../../core/systemErrors.ts";
import type { ImportLimits } from "./importTypes.ts";
import { piecesOf } from "./piecesOf.ts";
import { refuseBomb, refuseHostileEntry, refuseOverlap, refuseSameNames } from "./zipChecks.ts";
import { type EntryName, isLitter, readEntryName, show } from "./zipNames.ts";

const UNPACKED_BYTES = 64 * 1024;

export interface ZipEntry {
  readonly path: string;
  /** Unpacked, as declared; reading refuses an entry that turns out otherwise. */
  readonly size: number;
  readonly compressedSize: number;
  readonly crc32: number;
  readonly deflated: boolean;
  /** Where its local header and its data begin in the zip. */
  readonly headerStart: number;
  readonly dataStart: number;
}

export interface OpenedZip {
  /** The files, without folders and litter. */
  readonly entries: readonly ZipEntry[];
  readonly warnings: readonly ImportWarning[];
  /** Of all entries together, unpacked. */
  readonly unpackedBytes: number;
  /**
   * The content of one entry; fails with a fault where size or checksum are not as declared.
   *
   * A piece holds until the next is asked for.
   *
   * @param onBytes Told of every piece as it is unpacked.
   */
  read(entry: ZipEntry, onBytes?: (bytes: number) => void): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

export async function openZip(
  file: string,
  limits: ImportLimits,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<OpenedZip> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    if (size > limits.maxZipBytes) {
      throw new Fault(
        "zip_too_large",
        `The zip has ${size} bytes; at most ${limits.maxZipBytes} are allowed.`,
      );
    }
    const { entries, warnings } = await readDirectory(handle, size, limits, options.signal);
    return {
      entries,
      warnings,
      unpackedBytes: entries.reduce((sum, entry) => sum + entry.size, 0),
      read: (entry, onBytes) => unpack(handle, entry, onBytes),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readDirectory(
  handle: FileHandle,
  size: number,
  limits: ImportLimits,
  signal: AbortSignal | undefined,
): Promise<{ entries: ZipEntry[]; warnings: ImportWarning[] }> {
  const zip = await orBroken(openDirectory(handle, size));
  const directoryStart = Number(zip.readEntryCursor);
  if (zip.entryCount > limits.maxEntries) {
    throw new Fault(
      "zip_too_many_entries",
      `The zip has ${zip.entryCount} entries; at most ${limits.maxEntries} are allowed.`,
    );
  }
  const entries: ZipEntry[] = [];
  const folders: string[] = [];
  const names: EntryName[] = [];
  let unpacked = 0;
  for await (const entry of brokenAsFault(zip.eachEntry())) {
    signal?.throwIfAborted();
    const name = readEntryName(entry, limits.maxPathBytes);
    if (name === null) continue;
    refuseHostileEntry(entry, name.path);
    names.push(name);
    unpacked += entry.uncompressedSize;
    refuseBomb(unpacked, size, limits);
    if (name.isFolder) folders.push(name.path);
    else entries.push(await locate(zip, entry, name.path));
  }
  refuseSameNames(
    entries.map(({ path }) => path),
    folders,
  );
  refuseOverlap(entries, directoryStart);
  return { entries: entries.filter(({ path }) => !isLitter(path)), warnings: warningsAbout(names) };
}

async function openDirectory(handle: FileHandle, size: number): Promise<yauzl.ZipFile> {
  const start = Buffer.alloc(4);
  await handle.read(start, 0, 4, 0);
  // An empty zip begins with its end (PK 05 06), any other with a local header (PK 03 04).
  if (start.toString("latin1", 0, 2) !== "PK") {
    throw new Fault("zip_expected", "The file does not begin as a zip does.");
  }
  return yauzl.fromRandomAccessReaderPromise(new HandleReader(handle, size), size, {
    lazyEntries: true,
    autoClose: false,
    decodeStrings: false,
    validateEntrySizes: false,
  });
}

/**
 * yauzl's own reader hands positions from the zip to `fs.read`, which throws on one beyond 2^53 where nobody
 * can catch it. This one gives an error for whatever lies outside the file.
 */
class HandleReader extends yauzl.RandomAccessReader {
  readonly #handle: FileHandle;
  readonly #size: number;

  constructor(handle: FileHandle, size: number) {
    super();
    this.#handle = handle;
    this.#size = size;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (!(position >= 0 && position + length <= this.#size)) {
      setImmediate(
        callback,
        new Error(`nothing lies at ${position} to ${position + length} of ${this.#size}`),
      );
      return;
    }
    this.#handle
      .read(buffer, offset, length, position)
      .then(
        ({ bytesRead }) =>
          callback(bytesRead === length ? null : new Error("the file ended while it was read")),
        callback,
      );
  }
}

async function locate(zip: yauzl.ZipFile, entry: yauzl.Entry, path: string): Promise<ZipEntry> {
  const { fileDataStart } = await orBroken(zip.readLocalFileHeaderPromise(entry, { minimal: true }));
  return {
    path,
    size: entry.uncompressedSize,
    compressedSize: entry.compressedSize,
    crc32: entry.crc32,
    deflated: entry.compressionMethod === 8,
    headerStart: entry.relativeOffsetOfLocalHeader,
    dataStart: fileDataStart,
  };
}

async function* unpack(
  handle: FileHandle,
  entry: ZipEntry,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let size = 0;
  let checksum = 0;
  try {
    for await (const chunk of dataOf(handle, entry)) {
      size += chunk.length;
      if (size > entry.size) throw broken(`${show(entry.path)} is larger than the zip says`);
      checksum = crc32(chunk, checksum);
      onBytes?.(chunk.length);
      yield chunk;
    }
  } catch (error) {
    if (errorCode(error)?.startsWith("Z_")) {
      throw broken(`${show(entry.path)} can't be unpacked`, error);
    }
    throw error;
  }
  if (size !== entry.size) throw broken(`${show(entry.path)} is smaller than the zip says`);
  if (checksum !== entry.crc32) throw broken(`the checksum of ${show(entry.path)} does not match`);
}

function dataOf(handle: FileHandle, entry: ZipEntry): AsyncIterable<Buffer> {
  const packed = packedBytes(handle, entry);
  return entry.deflated ? inflated(packed) : packed;
}

async function* inflated(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw({ chunkSize: UNPACKED_BYTES });
  // Whoever reads what comes out is told of an error in what goes in.
  feed(inflate, packed).catch((error: Error) => inflate.destroy(error));
  try {
    yield* inflate;
  } finally {
    inflate.destroy();
  }
}

/** A piece is done with once the call back comes: the next may take its place. */
async function feed(inflate: InflateRaw, packed: AsyncIterable<Buffer>): Promise<void> {
  for await (const piece of packed) {
    await new Promise<void>((resolve, reject) =>
      inflate.write(piece, (error) => (error ? reject(error) : resolve())),
    );
  }
  inflate.end();
}

async function* packedBytes(handle: FileHandle, entry: ZipEntry): AsyncGenerator<Buffer> {
  let left = entry.compressedSize;
  for await (const piece of piecesOf(handle, entry.dataStart, entry.dataStart + entry.compressedSize)) {
    left -= piece.length;
    yield piece;
  }
  if (left > 0) throw broken(`it ends before ${show(entry.path)} does`);
}

function warningsAbout(names: readonly EntryName[]): ImportWarning[] {
  const warnings: ImportWarning[] = [];
  const backslash = names.find(({ hadBackslash }) => hadBackslash);
  if (backslash !== undefined) {
    warnings.push({
      code: "zip_backslashes",
      detail: `Paths in the zip have backslashes, such as that of ${show(backslash.path)}; they were read as slashes.`,
    });
  }
  const guessed = names.find(({ encodingGuessed }) => encodingGuessed);
  if (guessed !== undefined) {
    warnings.push({
      code: "zip_names_guessed",
      detail: `The zip does not say how its file names are encoded; one was read as ${show(guessed.path)}.`,
    });
  }
  return warnings;
}

function broken(what: string, cause?: unknown): Fault {
  return new Fault("zip_broken", `The zip is damaged: ${what}.`, { cause });
}

async function orBroken<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw asBroken(error);
  }
}

async function* brokenAsFault<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  while (true) {
    const { done, value } = await orBroken(iterator.next());
    if (done === true) return;
    yield value;
  }
}

function asBroken(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (isSystemError(error)) {
    return new Fault("content_unavailable", "The uploaded file can't be read.", { cause: error });
  }
  if (/encrypt/i.test(String(error))) {
    return new Fault("zip_encrypted", "The zip is encrypted; pack it again without a password.", {
      cause: error,
    });
  }
  return broken("its list of files can't be read; it may have been cut off on its way", error);
}
