import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import type { ImportOptions } from "./importTypes.ts";
import { piecesOf } from "./piecesOf.ts";

/** @returns SHA-256 in lower-case hex. */
export async function fileHash(file: string, options: ImportOptions): Promise<string> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const hash = createHash("sha256");
    let done = 0;
    for await (const piece of piecesOf(handle, 0, size)) {
      options.signal?.throwIfAborted();
      hash.update(piece);
      done += piece.length;
      options.onProgress?.({ step: "check", doneBytes: done, totalBytes: size });
    }
    return hash.digest("hex");
  } finally {
    await handle.close();
  }
}
