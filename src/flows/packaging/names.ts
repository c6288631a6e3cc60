/**
 * How a package is called: in the LMS (its title) and on an administrator's disk (its file name). Label, license
 * kind and short id tell it from its twins (RULES §4). Titles come from strangers' manifests and forms.
 */
import type { PackageFormat } from "../../core/bridge.ts";

/** Of a package and of a link alike. */
export interface DeliveryNaming {
  readonly courseTitle: string;
  /** The license kind as people read it, such as `Volume`. */
  readonly licenseKind: string;
  /** The delivery's label; empty where it has none. */
  readonly label: string;
  /** Few characters that no other delivery of the account has, such as `7K2M`. */
  readonly shortId: string;
}

export interface PackageNaming extends DeliveryNaming {
  readonly format: PackageFormat;
}

/** LMSs keep titles in columns of 200 characters and more. */
const TITLE_LENGTH = 200;
const MARK_LENGTH = 40;
/** File systems hold 255 bytes; archives are unpacked into folders that need room of their own. */
const FILE_NAME_BYTES = 180;
const FOLDER_NAME_BYTES = 60;

const FORMAT_NAMES: Readonly<Record<PackageFormat, string>> = {
  scorm12: "SCORM 1.2",
  "scorm2004-3": "SCORM 2004 3rd",
  "scorm2004-4": "SCORM 2004 4th",
};

/** `Kitchen safety [Volume · Berlin · 7K2M]`. */
export function packageTitle(naming: DeliveryNaming): string {
  const marks = bracketed(naming);
  return `${cut(plainText(naming.courseTitle), TITLE_LENGTH - marks.length - 1) || "Course"} ${marks}`;
}

export interface PackageFileName {
  readonly utf8: string;
  /** The same for receivers that know only ASCII (RFC 6266 `filename`). */
  readonly ascii: string;
}

/** `Kitchen safety [Volume · Berlin · 7K2M] SCORM 1.2.zip`, allowed on every file system. */
export function packageFileName(naming: PackageNaming): PackageFileName {
  const marks = onDisk(bracketed(naming));
  const ending = ` ${marks} ${FORMAT_NAMES[naming.format]}.zip`;
  const room = FILE_NAME_BYTES - Buffer.byteLength(ending);
  const course = notReserved(cutBytes(onDisk(plainText(naming.courseTitle)), room)) || "Course";
  return {
    utf8: `${course}${ending}`,
    ascii: `${asciiOnly(course) || "Course"} ${asciiOnly(marks.replaceAll("·", "-"))} ${FORMAT_NAMES[naming.format]}.zip`,
  };
}

/** `Safety bundle [Subscription · 7K2M].imscc`, allowed on every file system. */
export function cartridgeFileName(title: string): PackageFileName {
  const ending = ".imscc";
  const name = notReserved(cutBytes(onDisk(plainText(title)), FILE_NAME_BYTES - ending.length)) || "Links";
  return { utf8: `${name}${ending}`, ascii: `${asciiOnly(name.replaceAll("·", "-")) || "Links"}${ending}` };
}

/** What people called it, allowed on every file system. */
export function folderName(value: string): string {
  return notReserved(cutBytes(onDisk(plainText(value)), FOLDER_NAME_BYTES)) || "LMS";
}

/**
 * Text as XML, file names and people can take it: no control characters, lone surrogates, non-characters or
 * marks that turn the direction of what follows; white space as single blanks.
 */
export function plainText(value: string): string {
  return value
    .replace(/[\p{Cs}\p{Noncharacter_Code_Point}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]/gu, "")
    .replace(/(?!\s)\p{Cc}/gu, "")
    .replace(/\s+/gu, " ")
    .trim()
    .normalize("NFC");
}

/** At most `length` UTF-16 units, never half a character, with an ellipsis where something was left out. */
export function cut(value: string, length: number): string {
  if (value.length <= length) return value;
  return `${value
    .slice(0, length - 1)
    .replace(/[\ud800-\udbff]$/, "")
    .trimEnd()}…`;
}

function bracketed({ licenseKind, label, shortId }: DeliveryNaming): string {
  const marks = [licenseKind, label, shortId].map((mark) => cut(plainText(mark), MARK_LENGTH));
  return `[${marks.filter((mark) => mark !== "").join(" · ")}]`;
}

/** Characters that Windows refuses, and dots and blanks at the ends, which it drops. */
function onDisk(value: string): string {
  return value
    .replace(/[<>:"/\\|?*]+/g, " ")
    .replace(/ +/g, " ")
    .replace(/^[ .-]+|[ .]+$/g, "");
}

function cutBytes(value: string, bytes: number): string {
  if (Buffer.byteLength(value) <= bytes) return value;
  let kept = "";
  let size = Buffer.byteLength("…");
  for (const character of value) {
    size += Buffer.byteLength(character);
    if (size > bytes) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** Windows keeps device names for itself, whatever follows their first dot. */
function notReserved(value: string): string {
  return /^(con|prn|aux|nul|com\d|lpt\d) *\./i.test(value) ? `_${value}` : value;
}

function asciiOnly(value: string): string {
  return value
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .replaceAll("…", "...")
    .replace(/[^\x20-\x7e]+/g, "_")
    .replace(/["\\%;/:*?<>|]/g, "_")
    .replace(/^[_ .]+|[_ ]+$/g, "");
}
