/**
 * A zip of many stored files, written as it is read: what is held in memory is one file and the list of contents
 * (PKWARE APPNOTE 6.3.10). The same files make the same bytes. Of any size: past 4 GiB or 65,535 files it is a Zip64.
 */
import { crc32 } from "node:zlib";

export interface ZipFile {
  /** With slashes, relative; unique. */
  readonly name: string;
  /** What is too large to be held comes in pieces, and is asked for twice: what a file's header says of it stands before it. */
  readonly content: Buffer | (() => Iterable<Buffer>);
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;

/** Names are UTF-8. */
const FLAGS = 0x0800;
/** 2020-01-01 00:00. */
const DATE = (40 << 9) | (1 << 5) | 1;
const VERSION = 20;
const VERSION_64 = 45;
const MOST_32 = 0xffffffff;
const MOST_16 = 0xffff;

export async function* zipStream(files: AsyncIterable<ZipFile>): AsyncGenerator<Buffer> {
  const contents: Buffer[] = [];
  let offset = 0;
  for await (const { name, content } of files) {
    const pieces = typeof content === "function" ? content : () => [content];
    const entry = describe(Buffer.from(name), pieces());
    const header = localHeader(entry);
    yield header;
    yield* pieces();
    contents.push(centralHeader(entry, offset));
    offset += header.length + entry.size;
  }
  const directory = Buffer.concat(contents);
  yield directory;
  yield endOf({ count: contents.length, size: directory.length, offset });
}

interface Entry {
  readonly name: Buffer;
  readonly crc: number;
  readonly size: number;
}

function describe(name: Buffer, pieces: Iterable<Buffer>): Entry {
  let [crc, size] = [0, 0];
  for (const piece of pieces) [crc, size] = [crc32(piece, crc), size + piece.length];
  return { name, crc, size };
}

function localHeader({ name, crc, size }: Entry): Buffer {
  const header = Buffer.alloc(30 + name.length);
  header.writeUInt32LE(LOCAL_HEADER, 0);
  header.writeUInt16LE(VERSION, 4);
  writeCommon(header, 6, crc, size, name.length);
  name.copy(header, 30);
  return header;
}

/** From the flags to the length of the name: the same in both headers. */
function writeCommon(header: Buffer, at: number, crc: number, size: number, nameLength: number): void {
  header.writeUInt16LE(FLAGS, at);
  header.writeUInt16LE(DATE, at + 6);
  header.writeUInt32LE(crc, at + 8);
  header.writeUInt32LE(size, at + 12);
  header.writeUInt32LE(size, at + 16);
  header.writeUInt16LE(nameLength, at + 20);
}

function centralHeader({ name, crc, size }: Entry, offset: number): Buffer {
  const isFar = offset >= MOST_32;
  const header = Buffer.alloc(46 + name.length + (isFar ? 12 : 0));
  header.writeUInt32LE(CENTRAL_HEADER, 0);
  header.writeUInt16LE(VERSION_64, 4);
  header.writeUInt16LE(isFar ? VERSION_64 : VERSION, 6);
  writeCommon(header, 8, crc, size, name.length);
  header.writeUInt16LE(isFar ? 12 : 0, 30);
  header.writeUInt32LE(isFar ? MOST_32 : offset, 42);
  name.copy(header, 46);
  if (isFar) {
    header.writeUInt16LE(1, 46 + name.length);
    header.writeUInt16LE(8, 48 + name.length);
    header.writeBigUInt64LE(BigInt(offset), 50 + name.length);
  }
  return header;
}

interface Directory {
  readonly count: number;
  readonly size: number;
  readonly offset: number;
}

function endOf(directory: Directory): Buffer {
  const { count, size, offset } = directory;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(Math.min(count, MOST_16), 8);
  end.writeUInt16LE(Math.min(count, MOST_16), 10);
  end.writeUInt32LE(Math.min(size, MOST_32), 12);
  end.writeUInt32LE(Math.min(offset, MOST_32), 16);
  const fits = count < MOST_16 && size < MOST_32 && offset < MOST_32;
  return fits ? end : Buffer.concat([end64(directory), end]);
}

function end64({ count, size, offset }: Directory): Buffer {
  const end = Buffer.alloc(76);
  end.writeUInt32LE(END_64, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(VERSION_64, 12);
  end.writeUInt16LE(VERSION_64, 14);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(size), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  end.writeUInt32LE(END_64_LOCATOR, 56);
  end.writeBigUInt64LE(BigInt(offset + size), 64);
  end.writeUInt32LE(1, 72);
  return end;
}
