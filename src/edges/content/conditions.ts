/** Conditional requests (RFC 9110 §13.1): whether what a client holds is what it would be sent. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** To be asked once the answer's `ETag` and `Last-Modified` are set. */
export function isFresh(request: IncomingMessage, response: ServerResponse): boolean {
  const held = request.headers["if-none-match"];
  // Where both are sent, the time does not count (§13.1.3).
  if (held !== undefined) return holds(held, String(response.getHeader("ETag")));
  const since = Date.parse(request.headers["if-modified-since"] ?? "");
  return since >= Date.parse(String(response.getHeader("Last-Modified")));
}

/** Compared weakly (§13.1.2): caches on the way may have marked a tag of ours as weak. */
function holds(held: string, etag: string): boolean {
  return held.split(",").some((one) => ["*", etag].includes(one.trim().replace(/^W\//, "")));
}

/** `If-Range` (§13.1.5): a part is only of use to who holds the rest of the same file. */
export function rangeStillMeant(request: IncomingMessage, response: ServerResponse): boolean {
  const condition = request.headers["if-range"];
  return (
    condition === undefined ||
    condition === response.getHeader("ETag") ||
    condition === response.getHeader("Last-Modified")
  );
}
