import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { ImportOptions } from "./importTypes.ts";

/** @returns SHA-256 in lower-case hex. */
export async function fileHash(file: string, options: ImportOptions): Promise<string> {
  const { size } = await stat(file);
  const hash = createHash("sha256");
  let done = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
    options.signal?.throwIfAborted();
    hash.update(chunk);
    done += chunk.length;
    options.onProgress?.({ step: "check", doneBytes: done, totalBytes: size });
  }
  return hash.digest("hex");
}
