/** Streams of unknown length into one object, in parts, in memory that does not grow with what flows through. */
import type { ContentSource } from "./contentStore.ts";
import type { S3Bucket, S3Part, S3Upload } from "./s3Bucket.ts";

/** The smallest part that S3 takes, but for the last. An object has 10,000 at most, so a file 50 GB. */
export const PART_BYTES = 5 * 1024 * 1024;

/** While one part is on its way the next is filled. */
const PARTS_AT_ONCE = 2;

/** What one upload of a stream takes that is said to be this long. */
export function uploadMemory(expectedBytes: number): number {
  return expectedBytes < PART_BYTES ? expectedBytes : PARTS_AT_ONCE * PART_BYTES;
}

/**
 * @param expectedBytes Where it is short and true, no part is set aside for it.
 * @throws What the source throws. What was stored by then is no object, and dropped.
 */
export async function uploadStream(
  bucket: S3Bucket,
  key: string,
  source: ContentSource,
  expectedBytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const filler = new Filler(source, signal);
  try {
    await upload(bucket, key, filler, expectedBytes, signal);
  } finally {
    await filler.close();
  }
}

async function upload(
  bucket: S3Bucket,
  key: string,
  filler: Filler,
  expectedBytes: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  let first = await filler.fill(Buffer.allocUnsafeSlow(Math.min(expectedBytes + 1, PART_BYTES)));
  if (!filler.ended && first.length < PART_BYTES)
    first = await filler.fill(Buffer.allocUnsafeSlow(PART_BYTES), first);
  if (filler.ended) return bucket.put(key, first, { signal });
  const begun = await bucket.startUpload(key);
  try {
    await bucket.finishUpload(begun, await uploadParts(bucket, begun, first, filler, signal));
  } catch (error) {
    // What can't be dropped now a sweep drops later; the reason why the upload failed counts.
    await bucket.dropUpload(begun).catch(() => undefined);
    throw error;
  }
}

async function uploadParts(
  bucket: S3Bucket,
  upload: S3Upload,
  first: Buffer,
  filler: Filler,
  signal: AbortSignal | undefined,
): Promise<S3Part[]> {
  const parts: S3Part[] = [];
  const buffers = [
    first,
    ...Array.from({ length: PARTS_AT_ONCE - 1 }, () => Buffer.allocUnsafeSlow(PART_BYTES)),
  ];
  const underWay: Promise<void>[] = [];
  const send = async (body: Buffer, number: number): Promise<void> => {
    parts[number] = await bucket.putPart(upload, number + 1, body, { signal });
  };
  try {
    for (let number = 0; number === 0 || !filler.ended; number += 1) {
      const slot = number % PARTS_AT_ONCE;
      await underWay[slot];
      const body = number === 0 ? first : await filler.fill(buffers[slot] ?? Buffer.alloc(0));
      const sending = send(body, number);
      // Awaited when its buffer is needed again; until then nobody else hears of its failure.
      sending.catch(() => undefined);
      underWay[slot] = sending;
    }
    await Promise.all(underWay);
  } finally {
    await Promise.allSettled(underWay);
  }
  return parts;
}

/** Fills one buffer after the other from a stream. */
class Filler {
  readonly #pieces: AsyncIterator<Buffer | string>;
  readonly #signal: AbortSignal | undefined;
  #rest: Buffer = Buffer.alloc(0);
  /** Nothing is left, here or in the stream. */
  ended = false;

  constructor(source: ContentSource, signal: AbortSignal | undefined) {
    this.#pieces = source[Symbol.asyncIterator]();
    this.#signal = signal;
  }

  /** Nothing more is wanted of the stream. */
  async close(): Promise<void> {
    if (!this.ended) await this.#pieces.return?.();
  }

  /**
   * @param begun Comes first.
   * @returns What of the buffer was filled: all of it, unless the stream ended.
   */
  async fill(buffer: Buffer, begun: Buffer = Buffer.alloc(0)): Promise<Buffer> {
    let length = begun.copy(buffer);
    while (true) {
      const copied = this.#rest.copy(buffer, length);
      length += copied;
      this.#rest = this.#rest.subarray(copied);
      if (this.#rest.length > 0) return buffer;
      this.#signal?.throwIfAborted();
      const { done, value } = await this.#pieces.next();
      if (done === true) {
        this.ended = true;
        return buffer.subarray(0, length);
      }
      this.#rest = typeof value === "string" ? Buffer.from(value) : value;
    }
  }
}
