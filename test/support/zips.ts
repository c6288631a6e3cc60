/**
 * Zips made byte by byte (APPNOTE 4.3), so that each field can be told to lie: what an honest archiver will
 * not write is what import must survive.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";
import { afterAll } from "@jest/globals";

export interface ZipPart {
  /** A buffer where the bytes of the name matter. */
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** What lies in the zip instead of the packed content. */
  readonly packed?: Buffer;
  /** 8 (deflate) unless said. */
  readonly method?: number;
  /** Bit 11 (the name is UTF-8) unless said. */
  readonly flags?: number;
  readonly extra?: Buffer;
  /** Unix mode, such as 0o120777 of a symbolic link. */
  readonly mode?: number;
  /** What the central directory says instead of the truth. */
  readonly declared?: {
    readonly size?: number;
    readonly compressedSize?: number;
    readonly crc32?: number;
    readonly headerStart?: number;
  };
}

export interface ZipLies {
  readonly entryCount?: number;
  readonly directoryStart?: number;
  readonly comment?: string;
}

const UTF8_NAME = 0x800;

export function zipBytes(parts: readonly ZipPart[], lies: ZipLies = {}): Buffer {
  const locals: Buffer[] = [];
  const central: Buffer[] = [];
  let position = 0;
  for (const part of parts) {
    const packed = pack(part);
    locals.push(localHeader(packed), packed.data);
    central.push(centralHeader(packed, part.declared?.headerStart ?? position));
    position += 30 + packed.name.length + packed.extra.length + packed.data.length;
  }
  const directory = Buffer.concat(central);
  const end = endOfDirectory(parts.length, directory.length, position, lies);
  return Buffer.concat([...locals, directory, end]);
}

/** A zip64 end whose directory lies at an offset that no file reaches. */
export function zip64WithOffset(offset: bigint): Buffer {
  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(1n, 24);
  record.writeBigUInt64LE(1n, 32);
  record.writeBigUInt64LE(offset, 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(4n, 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([
    Buffer.from("PK\x03\x04"),
    record,
    locator,
    endOfDirectory(1, 0xffff, 0xffffffff, {}),
  ]);
}

/** Info-ZIP's Unicode path field (0x7075) for the name that stands in the header. */
export function unicodePathField(headerName: Buffer, name: string): Buffer {
  const text = Buffer.from(name);
  const field = Buffer.alloc(9 + text.length);
  field.writeUInt16LE(0x7075, 0);
  field.writeUInt16LE(5 + text.length, 2);
  field.writeUInt8(1, 4);
  field.writeUInt32LE(crc32(headerName), 5);
  text.copy(field, 9);
  return field;
}

/** A folder that is gone when the tests of the file are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tallygate-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let written = 0;

/** @returns The path of the new file. */
export function writeFile(folder: string, bytes: Buffer, ending = "zip"): string {
  written += 1;
  const file = join(folder, `${written}.${ending}`);
  writeFileSync(file, bytes);
  return file;
}

interface Packed {
  readonly name: Buffer;
  readonly extra: Buffer;
  readonly data: Buffer;
  readonly method: number;
  readonly flags: number;
  readonly mode: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
}

function pack(part: ZipPart): Packed {
  const content = Buffer.from(part.content ?? "");
  const method = part.method ?? 8;
  const data = part.packed ?? (method === 8 ? deflateRawSync(content) : content);
  return {
    name: Buffer.from(part.name),
    extra: part.extra ?? Buffer.alloc(0),
    data,
    method,
    flags: part.flags ?? UTF8_NAME,
    mode: part.mode ?? 0,
    crc32: part.declared?.crc32 ?? crc32(content),
    compressedSize: part.declared?.compressedSize ?? data.length,
    size: part.declared?.size ?? content.length,
  };
}

function localHeader(packed: Packed): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeCommonFields(header, 4, packed);
  return Buffer.concat([header, packed.name, packed.extra]);
}

function centralHeader(packed: Packed, headerStart: number): Buffer {
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  // Made by Unix (3), version 2.0.
  header.writeUInt16LE((3 << 8) | 20, 4);
  writeCommonFields(header, 6, packed);
  header.writeUInt32LE((packed.mode << 16) >>> 0, 38);
  header.writeUInt32LE(headerStart, 42);
  return Buffer.concat([header, packed.name, packed.extra]);
}

function writeCommonFields(header: Buffer, at: number, packed: Packed): void {
  header.writeUInt16LE(20, at);
  header.writeUInt16LE(packed.flags, at + 2);
  header.writeUInt16LE(packed.method, at + 4);
  header.writeUInt32LE(0x5a210000, at + 6);
  header.writeUInt32LE(packed.crc32, at + 10);
  header.writeUInt32LE(packed.compressedSize, at + 14);
  header.writeUInt32LE(packed.size, at + 18);
  header.writeUInt16LE(packed.name.length, at + 22);
  header.writeUInt16LE(packed.extra.length, at + 24);
}

function endOfDirectory(
  count: number,
  directoryBytes: number,
  directoryStart: number,
  lies: ZipLies,
): Buffer {
  const comment = Buffer.from(lies.comment ?? "");
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(lies.entryCount ?? count, 8);
  end.writeUInt16LE(lies.entryCount ?? count, 10);
  end.writeUInt32LE(directoryBytes, 12);
  end.writeUInt32LE(lies.directoryStart ?? directoryStart, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([end, comment]);
}
