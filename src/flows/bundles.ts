/** Bundles: the vendor's named sets of courses, which can bar license kinds (RULES §1). */
import { Fault } from "../core/faults.ts";
import { KIND_NAMES } from "../core/licensing/kinds/index.ts";
import {
  addToBundle,
  type Bundle,
  findBundle,
  findCourse,
  insertBundle,
  listBundleCourses,
  listUnknownCourses,
  setBundleCourses,
  updateBundle,
} from "../store/courses.ts";
import type { Sql } from "../store/db.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export interface BundleWithCourses extends Bundle {
  /** In the order of the ids. */
  readonly course_ids: readonly string[];
}

export async function createBundle(
  context: Context,
  by: By,
  wanted: {
    readonly name: string;
    readonly barred_kinds: readonly string[];
    readonly course_ids: readonly string[];
  },
): Promise<BundleWithCourses> {
  const at = context.deps.clock.now();
  requireKinds(wanted.barred_kinds);
  const id = context.deps.newId();
  return context.db.transaction(async (sql) => {
    await requireCourses(sql, wanted.course_ids);
    await insertBundle(sql, { id, name: wanted.name, barred_kinds: wanted.barred_kinds, created_at: at });
    await setBundleCourses(sql, id, wanted.course_ids);
    await writeAudit(context, sql, by, at, {
      account_id: null,
      action: "bundle.create",
      subject: ["bundle", id],
      before: null,
      after: wanted,
    });
    return requireBundle(sql, id);
  });
}

/** What is undefined stays as it is. */
export interface BundleChange {
  readonly name?: string | undefined;
  readonly barred_kinds?: readonly string[] | undefined;
  readonly course_ids?: readonly string[] | undefined;
}

/**
 * A course that leaves keeps those in it who hold a running seat (RULES §2); a kind that is barred from now on leaves the
 * licenses that there are.
 * @param check Is handed the bundle as it is, with the row locked; throws where the change is not to be made.
 */
export async function changeBundle(
  context: Context,
  by: By,
  bundleId: string,
  change: BundleChange,
  check: (current: BundleWithCourses) => void,
): Promise<BundleWithCourses> {
  const at = context.deps.clock.now();
  requireKinds(change.barred_kinds ?? []);
  return context.db.transaction(async (sql) => {
    const current = await requireBundle(sql, bundleId, true);
    check(current);
    const { name = current.name, barred_kinds = current.barred_kinds, course_ids } = change;
    await updateBundle(sql, { ...current, name, barred_kinds });
    if (course_ids) {
      await requireCourses(sql, course_ids);
      await setBundleCourses(sql, bundleId, course_ids);
    }
    const changed = await requireBundle(sql, bundleId);
    await writeAudit(context, sql, by, at, {
      account_id: null,
      action: "bundle.change",
      subject: ["bundle", bundleId],
      before: settingsOf(current),
      after: settingsOf(changed),
    });
    return changed;
  });
}

function settingsOf({ name, barred_kinds, course_ids }: BundleWithCourses) {
  return { name, barred_kinds, course_ids };
}

export async function addCourseToBundle(
  context: Context,
  by: By,
  bundleId: string,
  courseId: string,
): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    await requireBundle(sql, bundleId, true);
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

/** @throws Fault `not_found`. */
export async function requireBundle(sql: Sql, bundleId: string, lock = false): Promise<BundleWithCourses> {
  const bundle = await findBundle(sql, bundleId, lock);
  if (!bundle) throw new Fault("not_found", `bundle: found none with the id ${bundleId}.`);
  return { ...bundle, course_ids: await listBundleCourses(sql, bundleId) };
}

function requireKinds(kinds: readonly string[]): void {
  const unknown = kinds.find((kind) => !KIND_NAMES.includes(kind));
  if (unknown !== undefined)
    throw new Fault(
      "body_invalid",
      `barred_kinds: found ${JSON.stringify(unknown)}, expected of ${KIND_NAMES.join(", ")}.`,
    );
}

async function requireCourses(sql: Sql, courseIds: readonly string[]): Promise<void> {
  const [unknown] = await listUnknownCourses(sql, courseIds);
  if (unknown !== undefined)
    throw new Fault("not_found", `course_ids: found no course with the id ${unknown}.`);
}
