/** A course comes in: its content is unpacked and published, then its version is committed (RULES §1 "course"). */
import { Fault, isStoreUnavailable } from "../core/faults.ts";
import {
  type CourseVersion,
  findCourse,
  insertCourse,
  insertVersion,
  listVersions,
} from "../store/courses.ts";
import type { Sql } from "../store/db.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";
import { importPackage } from "./import/importPackage.ts";
import { importPageByUrl, importPageFile } from "./import/importPage.ts";
import type { ImportedCourse, ImportOptions } from "./import/importTypes.ts";

/** Where the course comes from: a file on disk, as its uploader called it, or an address. */
export type CourseSource =
  | { readonly type: "file"; readonly path: string; readonly file_name: string }
  | { readonly type: "url"; readonly url: string };

export interface CourseOrder {
  readonly source: CourseSource;
  /** A new version of this course; null: a new course. */
  readonly course_id: string | null;
  /** Instead of the title that the content gives itself. */
  readonly title: string | null;
}

type AlsoCommit = (sql: Sql, version: CourseVersion, at: Date) => Promise<void>;

/**
 * @param alsoCommit What is to be true together with the new version.
 * @throws Fault with one of the codes of refused content (docs/errors.md); nothing is left behind then.
 */
export function importCourse(
  context: Context,
  by: By,
  order: CourseOrder,
  options: ImportOptions = {},
  alsoCommit: AlsoCommit = async () => undefined,
): Promise<CourseVersion> {
  return measured(context, () => importMeasured(context, by, order, options, alsoCommit));
}

async function measured(
  { deps: { metrics, stopwatch, tracing } }: Context,
  work: () => Promise<CourseVersion>,
): Promise<CourseVersion> {
  const seconds = stopwatch();
  metrics.importsUnderWay.inc();
  try {
    const version = await tracing.traced("import", {}, work);
    metrics.imports.inc({ outcome: "done" });
    return version;
  } catch (error) {
    const isRefused = error instanceof Fault && error.status < 500;
    metrics.imports.inc({ outcome: isRefused ? "refused" : "failed" });
    throw error;
  } finally {
    metrics.importsUnderWay.dec();
    metrics.importSeconds.observe(seconds());
  }
}

async function importMeasured(
  context: Context,
  by: By,
  order: CourseOrder,
  options: ImportOptions,
  alsoCommit: AlsoCommit,
): Promise<CourseVersion> {
  if (order.course_id) await requireCourse(context, order.course_id);
  const imported = await readSource(context, order, options);
  const versionId = context.deps.newId();
  try {
    await imported.staged?.publish(versionId);
    return await commit(context, by, order, imported, versionId, alsoCommit);
  } catch (error) {
    await imported.staged?.discard();
    if (!mayBeCommitted(error)) await context.contentStore.discard(versionId);
    throw error;
  }
}

/** Where the answer to a commit is lost, the version may be there: its content stays, and goes later if nothing names it. */
const mayBeCommitted = isStoreUnavailable;

function readSource(context: Context, order: CourseOrder, options: ImportOptions): Promise<ImportedCourse> {
  const { source, title } = order;
  if (source.type === "url") return Promise.resolve(importPageByUrl(source.url, { title: title ?? "" }));
  return source.file_name.toLowerCase().endsWith(".zip")
    ? importPackage(context.contentStore, source.path, options)
    : importPageFile(context.contentStore, source.path, source.file_name, { title: title ?? "" }, options);
}

async function requireCourse(context: Context, courseId: string): Promise<void> {
  if (!(await findCourse(context.db, courseId)))
    throw new Fault("not_found", `course_id: found no course with the id ${courseId}.`);
}

async function commit(
  context: Context,
  by: By,
  order: CourseOrder,
  imported: ImportedCourse,
  versionId: string,
  alsoCommit: AlsoCommit,
): Promise<CourseVersion> {
  const at = context.deps.clock.now();
  const structure = order.title ? { ...imported.structure, title: order.title } : imported.structure;
  const courseId = order.course_id ?? context.deps.newId();
  return context.db.transaction(async (sql) => {
    if (!order.course_id) await insertCourse(sql, { id: courseId, title: structure.title, created_at: at });
    await findCourse(sql, courseId, true);
    const version: CourseVersion = {
      id: versionId,
      course_id: courseId,
      number: (await listVersions(sql, courseId)).length + 1,
      standard: structure.standard,
      structure,
      warnings: imported.warnings,
      file_count: imported.files,
      byte_count: imported.bytes,
      package_sha256: imported.sha256 || null,
      imported_at: at,
    };
    await insertVersion(sql, version);
    await alsoCommit(sql, version, at);
    await writeAudit(context, sql, by, at, {
      account_id: null,
      action: "course.import",
      subject: ["course", courseId],
      before: null,
      after: {
        version_id: version.id,
        number: version.number,
        title: structure.title,
        sha256: version.package_sha256,
      },
    });
    return version;
  });
}
