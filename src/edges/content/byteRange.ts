/** The `Range` header (RFC 9110 §14.1.2, §14.2) for a file of known size. */
import type { ByteRange } from "../../store/content/contentStore.ts";

/** `whole` also where the header is absent, malformed, in another unit or of several ranges: it may be ignored. */
export type RangeAsked =
  | { readonly type: "whole" }
  | { readonly type: "unsatisfiable" }
  | ({ readonly type: "part" } & ByteRange);

/** A player of videos asks for one range at a time; several at once only ever served downloaders. */
export function readRange(header: string | undefined, size: number): RangeAsked {
  const [, first, last] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(header ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return { type: "whole" };
  if (first === "") return lastBytes(Number(last), size);
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return { type: "whole" };
  return start < size ? { type: "part", start, end } : { type: "unsatisfiable" };
}

/** `bytes=-500`: the last 500, or all of a file that is shorter. */
function lastBytes(count: number, size: number): RangeAsked {
  if (count === 0) return { type: "unsatisfiable" };
  return size === 0 ? { type: "whole" } : { type: "part", start: Math.max(size - count, 0), end: size - 1 };
}
