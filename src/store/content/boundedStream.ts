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
  const bounded = Readable.from(piecesOf(range, first, reopen, bounds), { objectMode: false });
  // Who leaves before the first byte was asked for leaves a generator that never began, and ends nothing.
  bounded.once("close", () => first.destroy());
  return bounded;
}

/** A reader who leaves with an error throws it where a piece was handed out: no `catch` of ours may stand around a `yield`. */
async function* piecesOf(
  range: ByteRange,
  first: Readable,
  reopen: (range: ByteRange) => Promise<Readable>,
  { silentSeconds, mostResumptions }: Bounds,
): AsyncGenerator<Buffer> {
  let { start } = range;
  let stream = first;
  for (let resumptions = 0; ; resumptions += 1) {
    const broken = yield* watched(stream, silentSeconds, (bytes) => {
      start += bytes;
    });
    if (broken === null && start > range.end) return;
    if (resumptions === mostResumptions || start > range.end)
      throw asFault(broken ?? new Error(`the answer ended ${range.end - start + 1} bytes early`));
    stream = await reopen({ start, end: range.end });
  }
}

/**
 * The stream's pieces; destroys it where the next doesn't come in time, and when nobody wants more.
 * @returns What it broke off by; null where it came to its end.
 */
async function* watched(
  stream: Readable,
  silentSeconds: number,
  count: (bytes: number) => void,
): AsyncGenerator<Buffer, unknown> {
  const pieces: AsyncIterator<Buffer, undefined> = stream[Symbol.asyncIterator]();
  const broken = (error: unknown) => ({ done: true, value: error }) as const;
  try {
    while (true) {
      const silent = setTimeout(
        () => stream.destroy(new Error(`nothing came for ${silentSeconds} s`)),
        silentSeconds * 1000,
      );
      const { done, value } = await pieces
        .next()
        .catch(broken)
        .finally(() => clearTimeout(silent));
      if (done) return value ?? null;
      count(value.length);
      yield value;
    }
  } finally {
    stream.destroy();
  }
}
