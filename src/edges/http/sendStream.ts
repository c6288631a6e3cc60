/** An answer that comes in pieces. */
import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** A client that goes away, before or in the middle, is no error; whatever else breaks is, and closes the connection. */
export async function sendStream(
  body: Readable | AsyncGenerator<Buffer>,
  response: ServerResponse,
): Promise<void> {
  try {
    await pipeline(body, response);
  } catch (error) {
    if (!clientHasLeft(error)) throw error;
  }
}

function clientHasLeft(error: unknown): boolean {
  const codes = ["ERR_STREAM_PREMATURE_CLOSE", "ERR_STREAM_UNABLE_TO_PIPE", "ECONNRESET", "EPIPE"];
  return typeof error === "object" && error !== null && "code" in error && codes.includes(String(error.code));
}
