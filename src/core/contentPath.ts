/**
 * Paths inside a course's content, as `shared/style.css`: relative, `/` between segments, Unicode NFC.
 * One rule for whoever writes, stores or serves content, so that no two of them can disagree about a name.
 */

/** Folders deeper than this have no honest use, and would make every check of a path dearer. */
export const MAX_PATH_SEGMENTS = 64;

export type PathProblem = "empty" | "absolute" | "climbs" | "control_character" | "too_deep";

/** A clean path, or why it can't be one. */
export type CleanPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly problem: PathProblem };

/**
 * Cleans a path that came from outside: backslashes become slashes, `.` and empty segments go, the rest is
 * brought to NFC (a Mac writes `é` as two characters, a manifest as one).
 */
export function cleanContentPath(raw: string): CleanPath {
  const path = raw.replaceAll("\\", "/").normalize("NFC");
  if (hasControlCharacter(path)) return { ok: false, problem: "control_character" };
  const segments = path.split("/").filter((segment) => segment !== "" && segment !== ".");
  // Also what only becomes a drive by the cleaning: `./c:`.
  if (path.startsWith("/") || /^[A-Za-z]:/.test(segments[0] ?? "")) return { ok: false, problem: "absolute" };
  if (segments.includes("..")) return { ok: false, problem: "climbs" };
  if (segments.length === 0) return { ok: false, problem: "empty" };
  if (segments.length > MAX_PATH_SEGMENTS) return { ok: false, problem: "too_deep" };
  return { ok: true, path: segments.join("/") };
}

/**
 * What two paths share if a disk that ignores case would take one for the other. Import refuses two files
 * with one key, so looking a file up by it is exact, and a course made on Windows that asks for `Image.JPG`
 * finds `image.jpg` as it always did.
 */
export function contentKey(path: string): string {
  return path.normalize("NFC").toLowerCase().normalize("NFC");
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return false;
}
