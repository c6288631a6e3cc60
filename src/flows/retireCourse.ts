/** A retired course opens no new seats; who holds a running one keeps it (RULES §2). It can be taken up again. */
import { Fault } from "../core/faults.ts";
import { type Course, findCourse, setRetired } from "../store/courses.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export async function retireCourse(
  context: Context,
  by: By,
  courseId: string,
  retired: boolean,
): Promise<Course> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    const course = await findCourse(sql, courseId, true);
    if (!course) throw new Fault("not_found", `course: found none with the id ${courseId}.`);
    if ((course.retired_at !== null) === retired) return course;
    const retired_at = retired ? at : null;
    await setRetired(sql, courseId, retired_at);
    await writeAudit(context, sql, by, at, {
      account_id: null,
      action: retired ? "course.retire" : "course.unretire",
      subject: ["course", courseId],
      before: { retired_at: course.retired_at },
      after: { retired_at },
    });
    return { ...course, retired_at };
  });
}
