import type { FileHandle } from "node:fs/promises";

const PIECE_BYTES = 64 * 1024;

/**
 * Part of a file, piece by piece, in one buffer: **a piece holds until the next is asked for.** A buffer each would be tens
 * of megabytes of garbage at any time, for its collector counts objects rather than what they hold.
 *
 * Not `createReadStream`: destroyed in the middle, it closes a file that others still read.
 *
 * @returns Ends early where the file does.
 */
export async function* piecesOf(handle: FileHandle, start: number, end: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (let position = start; position < end; ) {
    const { bytesRead } = await handle.read(buffer, 0, Math.min(PIECE_BYTES, end - position), position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
