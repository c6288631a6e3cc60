/** A retired course opens no new seats; who holds a running one keeps it (RULES §2). */
import { Fault } from "../core/faults.ts";
import { findCourse, retireCourse as setRetired } from "../store/courses.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export async function retireCourse(context: Context, by: By, courseId: string): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    const course = await findCourse(sql, courseId, true);
    if (!course) throw new Fault("not_found", `course: found none with the id ${courseId}.`);
    if (course.retired_at) return;
    await setRetired(sql, courseId, at);
    await writeAudit(context, sql, by, at, {
      account_id: null,
      action: "course.retire",
      subject: ["course", courseId],
      before: { retired_at: null },
      after: { retired_at: at },
    });
  });
}
