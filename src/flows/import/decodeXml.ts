/** From the bytes of an XML file to its text (XML 1.0, Appendix F), without what could make it dangerous. */
import { Fault } from "../../core/faults.ts";
import type { ImportWarnings } from "./importWarnings.ts";

export function decodeXml(bytes: Buffer, warnings: ImportWarnings): string {
  const byShape = encodingByShape(bytes);
  if (byShape !== null) return decode(bytes, byShape, warnings);
  const declared = declaredEncoding(bytes);
  if (declared === null) return decode(bytes, "utf-8", warnings);
  if (/^(utf-?16|ucs-?2|utf-?32|ucs-?4)/i.test(declared)) {
    // The declaration could be read byte by byte, so it can't be true.
    warnings.add(
      "manifest_encoding",
      `The manifest says it is ${declared} and is not; it was read as UTF-8.`,
    );
    return decode(bytes, "utf-8", warnings);
  }
  return decode(bytes, declared, warnings);
}

/**
 * A manifest needs neither a document type nor entities, and both are how XML reads files, calls out or
 * grows without end. Comments and CDATA may speak of them.
 */
export function refuseEntities(xml: string): void {
  if (/<!\s*(DOCTYPE|ENTITY)/i.test(withoutCommentsAndCdata(xml))) {
    throw new Fault("manifest_entities", "The imsmanifest.xml may not have a DOCTYPE or declare entities.");
  }
}

function encodingByShape(bytes: Buffer): string | null {
  const start = bytes.toString("hex", 0, 4);
  // UTF-32's little-endian mark begins with that of UTF-16.
  if (start === "fffe0000" || start === "0000feff" || start === "3c000000" || start === "0000003c")
    return "utf-32";
  if (start.startsWith("efbbbf")) return "utf-8";
  if (start.startsWith("fffe") || start === "3c003f00") return "utf-16le";
  if (start.startsWith("feff") || start === "003c003f") return "utf-16be";
  return null;
}

function declaredEncoding(bytes: Buffer): string | null {
  const head = bytes.toString("latin1", 0, 200);
  return (
    /^\s*<\?xml[^>]{0,150}?\bencoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})\s*["']/.exec(head)?.[1] ?? null
  );
}

function decode(bytes: Buffer, encoding: string, warnings: ImportWarnings): string {
  const decoder = decoderFor(encoding);
  try {
    return decoder.decode(bytes);
  } catch {
    // Windows-1252 gives every byte a meaning, and is what such a file nearly always is in.
    warnings.add(
      "manifest_encoding",
      `The manifest is not valid ${encoding}; it was read as Windows-1252, so look whether its titles are right.`,
    );
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

function decoderFor(encoding: string): { decode(bytes: Buffer): string } {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (error) {
    const detail = `The imsmanifest.xml is in the encoding ${encoding}, which is not known here; save it as UTF-8.`;
    throw new Fault("manifest_encoding_unknown", detail, { cause: error });
  }
}

/** By hand: a regular expression would look for the end of each of a million unclosed comments. */
function withoutCommentsAndCdata(xml: string): string {
  const kept: string[] = [];
  let position = 0;
  while (position < xml.length) {
    const opening = nextOpening(xml, position);
    if (opening === null) break;
    kept.push(xml.slice(position, opening.at));
    const end = xml.indexOf(opening.closedBy, opening.at + opening.length);
    if (end === -1) return kept.join("");
    position = end + opening.closedBy.length;
  }
  kept.push(xml.slice(position));
  return kept.join("");
}

function nextOpening(xml: string, from: number): { at: number; length: number; closedBy: string } | null {
  let at = xml.indexOf("<!", from);
  while (at !== -1) {
    if (xml.startsWith("<!--", at)) return { at, length: 4, closedBy: "-->" };
    if (xml.startsWith("<![CDATA[", at)) return { at, length: 9, closedBy: "]]>" };
    at = xml.indexOf("<!", at + 2);
  }
  return null;
}
