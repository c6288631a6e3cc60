/** Bundles: the vendor's named sets of courses, which can bar license kinds (RULES §1). */
import { Fault } from "../core/faults.ts";
import { KIND_NAMES } from "../core/licensing/kinds/index.ts";
import { addToBundle, findBundle, findCourse, insertBundle } from "../store/courses.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export async function createBundle(
  context: Context,
  by: By,
  wanted: { readonly name: string; readonly barred_kinds: readonly string[] },
): Promise<{ id: string; name: string; barred_kinds: readonly string[] }> {
  const at = context.deps.clock.now();
  const unknown = wanted.barred_kinds.find((kind) => !KIND_NAMES.includes(kind));
  if (unknown !== undefined)
    throw new Fault(
      "body_invalid",
      `barred_kinds: found ${JSON.stringify(unknown)}, expected of ${KIND_NAMES.join(", ")}.`,
    );
  const bundle = { id: context.deps.newId(), ...wanted };
  await context.db.transaction(async (sql) => {
    await insertBundle(sql, { ...bundle, created_at: at });
    await writeAudit(context, sql, by, at, {
      account_id: null,
      action: "bundle.create",
      subject: ["bundle", bundle.id],
      before: null,
      after: wanted,
    });
  });
  return bundle;
}

export async function addCourseToBundle(
  context: Context,
  by: By,
  bundleId: string,
  courseId: string,
): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    if (!(await findBundle(sql, bundleId)))
      throw new Fault("not_found", `bundle: found none with the id ${bundleId}.`);
    if (!(await findCourse(sql, courseId)))
      throw new Fault("not_found", `course: found none with the id ${courseId}.`);
    await addToBundle(sql, bundleId, courseId);
    await writeAudit(context, sql, by, at, {
      account_id: null,
      action: "bundle.add_course",
      subject: ["bundle", bundleId],
      before: null,
      after: { course_id: courseId },
    });
  });
}
