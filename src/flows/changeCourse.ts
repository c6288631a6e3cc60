/** Settings of a course that its versions share. */
import { Fault } from "../core/faults.ts";
import { findCourse, setAssignmentDays } from "../store/courses.ts";
import type { Sql } from "../store/db.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

/** What is undefined stays as it is. */
export interface CourseChange {
  /** Days that an assignment of it lasts (RULES §3.5); null: as long as the learner's subscription. */
  readonly assignment_days?: number | null | undefined;
}

/**
 * Holds for assignments that are made from then on; those that run keep their end (RULES §5).
 * @param check Asked with the row locked; throws where the change is not to be made.
 */
export async function changeCourse(
  context: Context,
  by: By,
  courseId: string,
  { assignment_days }: CourseChange,
  check: (sql: Sql) => Promise<void>,
): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    const course = await findCourse(sql, courseId, true);
    if (!course) throw new Fault("not_found", `course: found none with the id ${courseId}.`);
    await check(sql);
    if (assignment_days === undefined || assignment_days === course.assignment_days) return;
    await setAssignmentDays(sql, courseId, assignment_days);
    await writeAudit(context, sql, by, at, {
      account_id: null,
      action: "course.change",
      subject: ["course", courseId],
      before: { assignment_days: course.assignment_days },
      after: { assignment_days },
    });
  });
}
