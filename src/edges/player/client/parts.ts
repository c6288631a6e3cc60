import type { KeepRequest } from "../../../core/bridge.ts";
import { emptyChanges } from "./pending.ts";

/**
 * Browsers let beacons and keepalive fetches carry 64 KiB in flight, counted in bytes (Fetch, "keepalive").
 * The rest is headroom for headers, which Chromium counts too.
 */
export const BEACON_BYTES = 60_000;

const encoder = new TextEncoder();

export const bytesOf = (text: string): number => encoder.encode(text).length;
const jsonBytes = (value: unknown): number => bytesOf(JSON.stringify(value));

/**
 * Splits a save into parts of at most `limit` bytes with one sequence and disjoint elements. A single element
 * larger than the limit makes a part of its own that is larger: the caller must send that by other means.
 */
export function splitIntoParts(request: KeepRequest, limit: number): readonly KeepRequest[] {
  if (request.changes === undefined || jsonBytes(request) <= limit) return [request];
  const { changes, ...head } = request;
  const shared: KeepRequest = {
    token: head.token,
    ...(head.sequence === undefined ? {} : { sequence: head.sequence }),
    ...(head.closing === undefined ? {} : { closing: head.closing }),
  };
  const parts: KeepRequest[] = [];
  let filling = emptyChanges();
  let size = jsonBytes({ ...head, changes: {} });

  const close = () => {
    // What is not an element goes with the first part; the others need only token, sequence and closing.
    parts.push({ ...(parts.length === 0 ? head : shared), changes: filling });
    filling = emptyChanges();
    size = jsonBytes({ ...shared, changes: {} });
  };
  for (const [item, elements] of Object.entries(changes)) {
    for (const [element, value] of Object.entries(elements)) {
      const entryBytes = jsonBytes(element) + jsonBytes(value) + 2;
      const itemBytes = (filling[item] === undefined ? jsonBytes(item) + 4 : 0) + entryBytes;
      if (size + itemBytes > limit && Object.keys(filling).length > 0) close();
      size += filling[item] === undefined ? jsonBytes(item) + 4 + entryBytes : entryBytes;
      filling[item] ??= Object.create(null) as Record<string, string | null>;
      filling[item][element] = value;
    }
  }
  close();
  return parts;
}
