/** A course that is just a web page or a video: an address elsewhere, or one uploaded file. */
import { open, stat } from "node:fs/promises";
import type { CourseStandard, CourseStructure, ImportWarning } from "../../core/course.ts";
import { Fault } from "../../core/faults.ts";
import type { ContentStore } from "../../store/content/contentStore.ts";
import { fileHash } from "./fileHash.ts";
import { DEFAULT_IMPORT_LIMITS, type ImportedCourse, type ImportOptions } from "./importTypes.ts";
import { piecesOf } from "./piecesOf.ts";
import { show } from "./zipNames.ts";

type PageStandard = Extract<CourseStandard, "page" | "video">;

const MAX_URL_LENGTH = 2_048;

/** The video formats that browsers play, by the ending of the name and how the file begins. */
const VIDEO_FORMATS: readonly (readonly [RegExp, (start: Buffer) => boolean])[] = [
  [/\.(mp4|m4v|mov)$/i, (start) => start.toString("latin1", 4, 8) === "ftyp"],
  [/\.webm$/i, (start) => start.toString("hex", 0, 4) === "1a45dfa3"],
  [/\.(ogv|ogg)$/i, (start) => start.toString("latin1", 0, 4) === "OggS"],
];

export interface PageTitle {
  readonly title: string;
  /** What the address is; by the ending of its path where not said. */
  readonly standard?: PageStandard;
}

/** The learner's browser opens the address, the gateway never does: so there is nothing to fetch or to check there. */
export function importPageByUrl(written: string, { title, standard }: PageTitle): ImportedCourse {
  const url = readUrl(written);
  const chosen = standard ?? (isVideoName(url.pathname) ? "video" : "page");
  return {
    structure: structureOf(chosen, titleOr(title, url.hostname), url.href),
    warnings: url.protocol === "https:" ? [] : [insecure(url)],
    staged: null,
    files: 0,
    bytes: 0,
    sha256: "",
  };
}

/**
 * @param file One HTML or video file on disk, which stays as it is.
 * @param fileName As the uploader called it: decides the type, and the title where none is given.
 */
export async function importPageFile(
  store: ContentStore,
  file: string,
  fileName: string,
  { title }: { readonly title: string },
  options: ImportOptions = {},
): Promise<ImportedCourse> {
  const { size } = await stat(file);
  const limit = options.limits?.maxUnpackedBytes ?? DEFAULT_IMPORT_LIMITS.maxUnpackedBytes;
  if (size > limit)
    throw new Fault("body_too_large", `The file has ${size} bytes; at most ${limit} are allowed.`);
  const standard = await standardOfFile(file, fileName, size);
  const sha256 = await fileHash(file, options);
  // A name of ours: the uploader's may be anything, and nobody sees it in the player.
  const href =
    standard === "page" ? "index.html" : `video${/\.[a-z0-9]+$/i.exec(fileName)?.[0].toLowerCase() ?? ""}`;
  const staged = await store.stage();
  const handle = await open(file, "r");
  try {
    const { signal } = options;
    await staged.write(href, piecesOf(handle, 0, size), { size, ...(signal ? { signal } : {}) });
  } catch (error) {
    await staged.discard();
    throw error;
  } finally {
    await handle.close();
  }
  options.onProgress?.({ step: "unpack", doneBytes: size, totalBytes: size });
  const substitute = fileName.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  return {
    structure: structureOf(standard, titleOr(title, substitute), href),
    warnings: [],
    staged,
    files: 1,
    bytes: size,
    sha256,
  };
}

function readUrl(written: string): URL {
  const refuse = (expected: string): never => {
    throw new Fault("page_url_invalid", `The address ${show(written)} ${expected}.`);
  };
  if (written.length > MAX_URL_LENGTH) refuse(`is longer than ${MAX_URL_LENGTH} characters`);
  if (!URL.canParse(written)) refuse("is not a URL; expected one such as https://example.com/course");
  const url = new URL(written);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    refuse("begins with neither https:// nor http://");
  if (url.username !== "" || url.password !== "")
    refuse("holds a user name or password, which every learner would see");
  return url;
}

function insecure(url: URL): ImportWarning {
  return {
    code: "page_url_insecure",
    detail: `${show(url.href)} is not https, so browsers will not show it inside a page that is.`,
  };
}

function isVideoName(name: string): boolean {
  return VIDEO_FORMATS.some(([pattern]) => pattern.test(name));
}

async function standardOfFile(file: string, fileName: string, size: number): Promise<PageStandard> {
  if (size === 0) throw new Fault("page_file_unsupported", `The file ${show(fileName)} is empty.`);
  if (/\.html?$/i.test(fileName)) return "page";
  const format = VIDEO_FORMATS.find(([pattern]) => pattern.test(fileName));
  if (format === undefined) {
    const detail = `The file ${show(fileName)} ends in none of .html, .htm, .mp4, .m4v, .mov, .webm, .ogv, .ogg.`;
    throw new Fault("page_file_unsupported", detail);
  }
  if (!format[1](await startOf(file))) {
    throw new Fault(
      "page_file_unsupported",
      `The file ${show(fileName)} is not the video that its name says.`,
    );
  }
  return "video";
}

async function startOf(file: string): Promise<Buffer> {
  const handle = await open(file, "r");
  try {
    const start = Buffer.alloc(12);
    await handle.read(start, 0, start.length, 0);
    return start;
  } finally {
    await handle.close();
  }
}

function titleOr(title: string, substitute: string): string {
  const clean = title.replace(/\s+/g, " ").trim();
  return clean === "" ? substitute : clean;
}

function structureOf(standard: PageStandard, title: string, href: string): CourseStructure {
  return {
    standard,
    identifier: "",
    title,
    objectives_global_to_system: false,
    items: [{ id: standard, title, visible: true, resource: { href, type: "asset" }, items: [] }],
  };
}
