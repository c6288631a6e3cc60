/** A stream from far away that can break off or fall silent: taken up again where it broke off, or given up in time. */
import { Readable } from "node:stream";
import type { ByteRange } from "./contentStore.ts";
import { asFault } from "./s3Bucket.ts";

export interface Bounds {
  /** Of silence while somebody waits for the next bytes; a reader who pauses is no silence. */
  readonly silentSeconds: number;
  /** How often a stream that broke off is taken up again. */
  readonly mostResumptions: number;
}

/**
 * @param range The bytes that the stream gives.
 * @param first Open already, at the range's start.
 * @param reopen Opens what is left of the range.
 */
export function boundedStream(
  range: ByteRange,
  first: Readable,
  reopen: (range: ByteRange) => Promise<Readable>,
  bounds: Bounds,
): Readable {
  return Readable.from(piecesOf(range, first, reopen, bounds), { objectMode: false });
}

async function* piecesOf(
  range: ByteRange,
  first: Readable,
  reopen: (range: ByteRange) => Promise<Readable>,
  { silentSeconds, mostResumptions }: Bounds,
): AsyncGenerator<Buffer> {
  let { start } = range;
  let stream = first;
  for (let resumptions = 0; ; resumptions += 1) {
    try {
      for await (const piece of watched(stream, silentSeconds)) {
        start += piece.length;
        yield piece;
      }
      if (start > range.end) return;
      throw new Error(`the answer ended ${range.end - start + 1} bytes early`);
    } catch (error) {
      if (resumptions === mostResumptions || start > range.end) throw asFault(error);
    }
    stream = await reopen({ start, end: range.end });
  }
}

/** The stream's pieces; destroys it where the next doesn't come in time, and when nobody wants more. */
async function* watched(stream: Readable, silentSeconds: number): AsyncGenerator<Buffer> {
  const pieces: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  try {
    while (true) {
      const silent = setTimeout(
        () => stream.destroy(new Error(`nothing came for ${silentSeconds} s`)),
        silentSeconds * 1000,
      );
      const { done, value } = await pieces.next().finally(() => clearTimeout(silent));
      if (done === true) return;
      yield value;
    }
  } finally {
    stream.destroy();
  }
}
