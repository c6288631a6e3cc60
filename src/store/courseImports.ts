/** Imports of courses under way and done, as any process can tell of them. */
import type { Sql } from "./db.ts";
import type { Page } from "./listing/page.ts";

export type ImportState = "receiving" | "waiting" | "checking" | "unpacking" | "done" | "failed";

export interface CourseImport {
  readonly id: string;
  readonly for_course_id: string | null;
  readonly title: string | null;
  readonly content_type: string;
  readonly state: ImportState;
  readonly received_bytes: number;
  readonly total_bytes: number | null;
  readonly step_done_bytes: number;
  readonly step_total_bytes: number | null;
  readonly course_id: string | null;
  readonly course_version_id: string | null;
  readonly fault_code: string | null;
  readonly fault_detail: string | null;
  readonly created_at: Date;
  readonly created_by: string;
  readonly heartbeat_at: Date;
  readonly ended_at: Date | null;
}

const IMPORT = `id, for_course_id, title, content_type, state, received_bytes, total_bytes, step_done_bytes, step_total_bytes,
  course_id, course_version_id, fault_code, fault_detail, created_at, created_by, heartbeat_at, ended_at`;

export async function insertImport(
  sql: Sql,
  made: Pick<
    CourseImport,
    "id" | "for_course_id" | "title" | "content_type" | "total_bytes" | "created_at" | "created_by"
  >,
): Promise<void> {
  await sql.query(
    `insert into course_import
       (id, for_course_id, title, content_type, state, total_bytes, created_at, created_by, heartbeat_at)
     values ($1, $2, $3, $4, 'receiving', $5, $6, $7, $6)`,
    [
      made.id,
      made.for_course_id,
      made.title,
      made.content_type,
      made.total_bytes,
      made.created_at,
      made.created_by,
    ],
  );
}

export async function findImport(sql: Sql, id: string): Promise<CourseImport | undefined> {
  return (await sql.query<CourseImport>(`select ${IMPORT} from course_import where id = $1`, [id]))[0];
}

export function pageOfImports(
  sql: Sql,
  filter: { readonly state?: ImportState | undefined },
  { after, most }: Page,
): Promise<CourseImport[]> {
  return sql.query<CourseImport>(
    `select ${IMPORT} from course_import
     where ($1::text is null or state = $1) and ($2::uuid is null or id < $2) order by id desc limit $3`,
    [filter.state ?? null, after, most],
  );
}

export type ImportProgressRow = Partial<
  Pick<CourseImport, "received_bytes" | "step_done_bytes" | "step_total_bytes">
> & { readonly state: Exclude<ImportState, "done" | "failed"> };

/** What has ended stays as it ended: news that come late change nothing. */
export async function noteImportProgress(
  sql: Sql,
  id: string,
  progress: ImportProgressRow,
  at: Date,
): Promise<void> {
  await sql.query(
    `update course_import set state = $2, received_bytes = coalesce($3, received_bytes),
       step_done_bytes = coalesce($4, 0), step_total_bytes = $5, heartbeat_at = $6
     where id = $1 and ended_at is null`,
    [
      id,
      progress.state,
      progress.received_bytes ?? null,
      progress.step_done_bytes ?? null,
      progress.step_total_bytes ?? null,
      at,
    ],
  );
}

/** @returns False where it was given up meanwhile. */
export async function finishImport(
  sql: Sql,
  id: string,
  made: { readonly course_id: string; readonly course_version_id: string },
  at: Date,
): Promise<boolean> {
  const rows = await sql.query(
    `update course_import set state = 'done', course_id = $2, course_version_id = $3, ended_at = $4, heartbeat_at = $4
     where id = $1 and ended_at is null returning id`,
    [id, made.course_id, made.course_version_id, at],
  );
  return rows.length === 1;
}

export async function failImport(
  sql: Sql,
  id: string,
  fault: { readonly code: string; readonly detail: string },
  at: Date,
): Promise<void> {
  await sql.query(
    `update course_import set state = 'failed', fault_code = $2, fault_detail = $3, ended_at = $4
     where id = $1 and ended_at is null`,
    [id, fault.code, fault.detail, at],
  );
}

/** Those that have not been heard of since: their process has died. */
export async function failSilentImports(
  sql: Sql,
  fault: { readonly code: string; readonly detail: string },
  silentSince: Date,
  at: Date,
): Promise<void> {
  await sql.query(
    `update course_import set state = 'failed', fault_code = $1, fault_detail = $2, ended_at = $4
     where ended_at is null and heartbeat_at < $3`,
    [fault.code, fault.detail, silentSince, at],
  );
}

/** One that came a second time under its Idempotency-Key: the first stands for both. */
export async function deleteImport(sql: Sql, id: string): Promise<void> {
  await sql.query("delete from course_import where id = $1", [id]);
}
