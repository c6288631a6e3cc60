/**
 * What an entry of a zip is called, and whether its path may be unpacked (APPNOTE 4.4.17, Appendix D).
 */
import { crc32 } from "node:zlib";
import { type CleanPath, cleanContentPath, type PathProblem } from "../../core/contentPath.ts";
import { Fault, type FaultCode } from "../../core/faults.ts";

export interface NamedEntry {
  readonly fileNameRaw: Buffer;
  readonly generalPurposeBitFlag: number;
  readonly extraFields: readonly { readonly id: number; readonly data: Buffer }[];
}

export interface EntryName {
  /** Clean, as `core/contentPath.ts` has it. */
  readonly path: string;
  /** The name ends in a slash. */
  readonly isFolder: boolean;
  readonly hadBackslash: boolean;
  /** Nothing in the zip says how the name is encoded. */
  readonly encodingGuessed: boolean;
}

const UTF8_FLAG = 0x800;
const UNICODE_PATH_FIELD = 0x7075;

/** Null for an entry that stands for the root folder itself, such as `./`. */
export function readEntryName(entry: NamedEntry, maxPathBytes: number): EntryName | null {
  if (entry.fileNameRaw.length > maxPathBytes)
    refusePath("too_deep", show(entry.fileNameRaw.toString("latin1")));
  const { name, guessed } = decodeName(entry);
  const clean = cleanContentPath(name);
  const isFolder = /[/\\]$/.test(name);
  if (!clean.ok) {
    if (clean.problem === "empty" && isFolder) return null;
    return refusePath(clean.problem, show(name));
  }
  if (Buffer.byteLength(clean.path) > maxPathBytes) refusePath("too_deep", show(name));
  return { path: clean.path, isFolder, hadBackslash: name.includes("\\"), encodingGuessed: guessed };
}

/** System files that zips made by people are full of, and no course needs. */
export function isLitter(path: string): boolean {
  return /(^|\/)__MACOSX(\/|$)|(^|\/)(\.DS_Store|Thumbs\.db)$/i.test(path);
}

/** A name as it can stand in a sentence: no control characters, not endless. */
export function show(name: string): string {
  const shown = name.length > 120 ? `${name.slice(0, 119)}…` : name;
  return JSON.stringify(shown);
}

function decodeName(entry: NamedEntry): { name: string; guessed: boolean } {
  const unicode = unicodePath(entry);
  if (unicode !== null) return { name: unicode, guessed: false };
  const raw = entry.fileNameRaw;
  if (raw.every((byte) => byte < 0x80)) return { name: raw.toString("latin1"), guessed: false };
  const utf8 = decodeUtf8(raw);
  if (entry.generalPurposeBitFlag & UTF8_FLAG) {
    if (utf8 === null)
      throw new Fault("zip_path_invalid", `${show(raw.toString("latin1"))} says it is UTF-8 and is not.`);
    return { name: utf8, guessed: false };
  }
  // Macs and old Pythons write UTF-8 and don't say so; by chance no CP437 name is valid UTF-8.
  return { name: utf8 ?? decodeCp437(raw), guessed: true };
}

/** Info-ZIP's second name, of use only while the checksum says that it goes with the first. */
function unicodePath(entry: NamedEntry): string | null {
  const field = entry.extraFields.find(({ id }) => id === UNICODE_PATH_FIELD)?.data;
  if (field === undefined || field.length < 6 || field[0] !== 1) return null;
  if (field.readUInt32LE(1) !== crc32(entry.fileNameRaw)) return null;
  return decodeUtf8(field.subarray(5));
}

function decodeUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Characters 0x80 to 0xFF of code page 437, what PKZIP names are in unless they say otherwise. */
const CP437_UPPER =
  "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0";

function decodeCp437(bytes: Buffer): string {
  let text = "";
  for (const byte of bytes) text += byte < 0x80 ? String.fromCharCode(byte) : CP437_UPPER.charAt(byte - 0x80);
  return text;
}

const PATH_FAULTS: Record<PathProblem, readonly [FaultCode, string]> = {
  absolute: ["zip_path_absolute", "is an absolute path; a course's files are named from its own folder"],
  climbs: ["zip_path_climbs", "leads out of the course's folder"],
  control_character: ["zip_path_invalid", "has control characters in its name"],
  empty: ["zip_path_invalid", "has no name"],
  too_deep: ["zip_path_too_long", "is too long or too deeply nested"],
} satisfies Record<Extract<CleanPath, { ok: false }>["problem"], readonly [FaultCode, string]>;

function refusePath(problem: PathProblem, shown: string): never {
  const [code, sentence] = PATH_FAULTS[problem];
  throw new Fault(code, `The file ${shown} ${sentence}.`);
}
