/**
 * A course is uploaded: received into a file, then imported beside the request, with progress that any process can tell.
 * What breaks off, the sender or the process, leaves a failed import and nothing else.
 */
import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { FAULTS, Fault } from "../core/faults.ts";
import { isSystemError } from "../core/systemErrors.ts";
import { addSeconds } from "../core/time.ts";
import {
  type CourseImport,
  deleteImport,
  failImport,
  failSilentImports,
  findImport,
  finishImport,
  type ImportProgressRow,
  insertImport,
  noteImportProgress,
} from "../store/courseImports.ts";
import { findCourse } from "../store/courses.ts";
import type { By } from "./audited.ts";
import type { Context } from "./context.ts";
import { DEFAULT_IMPORT_LIMITS } from "./import/importTypes.ts";
import { importCourse } from "./importCourse.ts";

/** The endings tell the import what it has before it. */
export const UPLOAD_TYPES = {
  "application/zip": ".zip",
  "text/html": ".html",
  "video/mp4": ".mp4",
  "video/webm": ".webm",
  "video/ogg": ".ogv",
} as const;

export type UploadType = keyof typeof UPLOAD_TYPES;

export interface UploadOrder {
  /** A new version of this course; null: a new course. */
  readonly course_id: string | null;
  /** Instead of the title that the content gives itself; a web page or a video has none. */
  readonly title: string | null;
  readonly content_type: UploadType;
  readonly total_bytes: number | null;
}

/** Does the work once for a request, given the hash of what was uploaded. */
export type Once = (
  digest: string,
  work: (context: Context) => Promise<CourseImport>,
) => Promise<Pick<CourseImport, "id">>;

/**
 * Settles once the file is received; the import goes on beside.
 * @throws Fault where the order is wrong or the file too large. An upload that breaks off is to be sent again.
 */
export async function receiveCourse(
  context: Context,
  by: By,
  order: UploadOrder,
  content: Readable,
  once: Once,
): Promise<CourseImport> {
  await requireSense(context, order);
  const id = context.deps.newId();
  const path = join(await uploadFolder(context), `${id}${UPLOAD_TYPES[order.content_type]}`);
  const { total_bytes, title, content_type } = order;
  const created = { created_at: context.deps.clock.now(), created_by: by.actor };
  await insertImport(context.db, {
    id,
    for_course_id: order.course_id,
    title,
    content_type,
    total_bytes,
    ...created,
  });
  const accepted = await receive(context, id, path, content, once).catch(async (error: unknown) => {
    // Who is refused is told so; of what breaks off, nobody may be there to be told.
    if (error instanceof Fault && error.status < 500) await deleteImport(context.db, id);
    else await giveUp(context, id, error);
    await rm(path, { force: true });
    throw error;
  });
  if (accepted !== id) {
    await deleteImport(context.db, id);
    await rm(path, { force: true });
  } else startImport(context, id, (signal) => runImport(context, by, id, order, path, signal));
  return requireImport(context, accepted);
}

/** While it waits for its turn it says so, or it would be taken for one whose process died. */
export function startImport(
  context: Context,
  id: string,
  work: (signal: AbortSignal) => Promise<void>,
  waiting: ImportProgressRow = { state: "waiting" },
): void {
  const telling = tellProgress(context, id, () => waiting);
  context.imports.start(async (signal) => {
    await telling.stop();
    await work(signal);
  });
}

export async function requireSense(
  context: Context,
  { course_id, title, content_type, total_bytes }: UploadOrder,
) {
  if (total_bytes !== null && total_bytes > DEFAULT_IMPORT_LIMITS.maxZipBytes) throw tooLarge();
  if (content_type !== "application/zip" && title === null)
    throw new Fault("body_invalid", "title: expected one; a web page or a video has none of its own.");
  if (course_id && !(await findCourse(context.db, course_id)))
    throw new Fault("not_found", `course_id: found no course with the id ${course_id}.`);
}

function tooLarge(): Fault {
  const most = DEFAULT_IMPORT_LIMITS.maxZipBytes;
  return new Fault("zip_too_large", `The file has more bytes than the ${most} that are allowed.`);
}

/** @returns The id of the import that stands: another one where this upload was sent before. */
export async function receive(
  context: Context,
  id: string,
  path: string,
  content: Readable,
  once: Once,
): Promise<string> {
  let receivedBytes = 0;
  const hash = createHash("sha256");
  const counter = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      receivedBytes += chunk.length;
      hash.update(chunk);
      done(receivedBytes > DEFAULT_IMPORT_LIMITS.maxZipBytes ? tooLarge() : null, chunk);
    },
  });
  const telling = tellProgress(context, id, () => ({ state: "receiving", received_bytes: receivedBytes }));
  try {
    await pipeline(content, counter, createWriteStream(path, { mode: 0o600, flags: "wx" }));
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw isSystemError(error) ? unwritable(error) : brokenOff("The upload broke off.", error);
  } finally {
    await telling.stop();
  }
  const waiting: ImportProgressRow = { state: "waiting", received_bytes: receivedBytes };
  const standing = await once(hash.digest("hex"), async (joined) => {
    await noteImportProgress(joined.db, id, waiting, joined.deps.clock.now());
    return requireImport(joined, id);
  });
  return standing.id;
}

function unwritable(cause: unknown): Fault {
  return new Fault("content_unavailable", "The upload can't be written; try again shortly.", { cause });
}

function brokenOff(detail: string, cause?: unknown): Fault {
  return new Fault("import_interrupted", detail, { cause });
}

/** Never throws: it runs for itself. */
export async function runImport(
  context: Context,
  by: By,
  id: string,
  order: UploadOrder,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  let progress: ImportProgressRow = { state: "checking" };
  const telling = tellProgress(context, id, () => progress);
  try {
    signal.throwIfAborted();
    const source = { type: "file", path, file_name: path } as const;
    const wanted = { source, course_id: order.course_id, title: order.title };
    await importCourse(
      context,
      by,
      wanted,
      {
        signal,
        onProgress: ({ step, doneBytes, totalBytes }) => {
          const state = step === "check" ? "checking" : "unpacking";
          progress = { state, step_done_bytes: doneBytes, step_total_bytes: totalBytes };
        },
      },
      async (sql, version, at) => {
        const made = { course_id: version.course_id, course_version_id: version.id };
        if (!(await finishImport(sql, id, made, at))) throw brokenOff("The import was given up meanwhile.");
      },
    );
  } catch (error) {
    await giveUp(context, id, signal.aborted ? brokenOff("The gateway was stopped.", error) : error);
  } finally {
    await telling.stop();
    await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Where even that can't be written, the import falls silent, which says the same. */
export async function giveUp(context: Context, id: string, error: unknown): Promise<void> {
  if (!(error instanceof Fault)) context.deps.log.error("An import failed", { import_id: id, error });
  const fault =
    error instanceof Fault
      ? { code: error.code, detail: error.message }
      : { code: "internal_error", detail: "The gateway failed; tell support the id of the import." };
  await failImport(context.db, id, fault, context.deps.clock.now()).catch((failure: unknown) =>
    context.deps.log.warn("The end of an import could not be noted", { import_id: id, error: failure }),
  );
}

const TELL_MILLISECONDS = 1000;
const SILENT_SECONDS = 30;

/** Once a second, whether or not anything moved: who is told knows that it runs. */
function tellProgress(
  { db, deps }: Context,
  id: string,
  progress: () => ImportProgressRow,
): { stop(): Promise<void> } {
  let telling: Promise<void> | null = null;
  const tell = () => {
    telling ??= noteImportProgress(db, id, progress(), deps.clock.now())
      .catch((error: unknown) => {
        deps.log.warn("Progress of an import could not be noted", { import_id: id, error });
      })
      .finally(() => {
        telling = null;
      });
  };
  const timer = setInterval(tell, TELL_MILLISECONDS);
  return {
    stop: async () => {
      clearInterval(timer);
      await telling;
    },
  };
}

/** @throws Fault `not_found`. */
export async function requireImport(context: Context, id: string): Promise<CourseImport> {
  const found = await findImport(context.db, id);
  if (!found) throw new Fault("not_found", `import: found none with the id ${id}.`);
  return found;
}

/** An import whose process died says nothing any more: whoever asks finds it failed. */
export async function endSilentImports({ db, deps }: Pick<Context, "db" | "deps">): Promise<void> {
  const at = deps.clock.now();
  const fault = { code: "import_interrupted", detail: "The process that imported it has ended." };
  await failSilentImports(db, fault, addSeconds(at, -SILENT_SECONDS), at);
}

export async function uploadFolder({ config }: Pick<Context, "config">): Promise<string> {
  const folder = join(config.DATA_FOLDER, "uploads");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Files of uploads that died with their process: not touched since. */
export async function discardLeftUploads(context: Pick<Context, "config">, staleBefore: Date): Promise<void> {
  const folder = await uploadFolder(context);
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found && found.mtime < staleBefore) await rm(path, { force: true });
  }
}

/** The title of a fault that an import ended in. */
export function titleOfFault(code: string): string {
  return code in FAULTS ? FAULTS[code as keyof typeof FAULTS].title : "The gateway failed";
}
