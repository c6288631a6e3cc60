/** What an account's own administrators add by themselves: courses that are paid for as they are used (RULES §7). */
import { Fault } from "../core/faults.ts";
import { LIBRARY_KIND } from "../core/licensing/kinds/index.ts";
import { hasEnded } from "../core/time.ts";
import type { Sql } from "../store/db.ts";
import type { License } from "../store/licenses.ts";
import { listLicensesOf } from "../store/listing/licenses.ts";
import { requireAccount } from "./accounts.ts";
import type { By } from "./audited.ts";
import type { Context } from "./context.ts";
import { addLicense } from "./licenses.ts";
import { requireList } from "./lists.ts";

export type LibraryResult =
  | { readonly course_id: string; readonly outcome: "added" | "already_there"; readonly license_id: string }
  | { readonly course_id: string; readonly outcome: "refused"; readonly fault: Fault };

/** @throws Fault Why the course can't be added. */
export async function addCourseToLibrary(
  context: Context,
  by: By,
  accountId: string,
  courseId: string,
): Promise<LibraryResult> {
  const [result] = await add(context, by, accountId, async () => [courseId]);
  if (!result) throw new Error(`Course ${courseId} was neither added nor refused`);
  if (result.outcome === "refused") throw result.fault;
  return result;
}

/** Each course gets a result of its own: what can't be added does not keep the others out. */
export function addCoursesToLibrary(
  context: Context,
  by: By,
  accountId: string,
  courseIds: readonly string[],
): Promise<LibraryResult[]> {
  return add(context, by, accountId, async () => [...new Set(courseIds)]);
}

/** As of several courses. */
export function addListToLibrary(
  context: Context,
  by: By,
  accountId: string,
  listId: string,
): Promise<LibraryResult[]> {
  return add(context, by, accountId, async (sql) => (await requireList(sql, accountId, listId)).course_ids);
}

async function add(
  context: Context,
  by: By,
  accountId: string,
  choose: (sql: Sql) => Promise<readonly string[]>,
): Promise<LibraryResult[]> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    // Locked, so that two who add the same course at once make one license.
    await requireAccount(sql, accountId, true);
    const courseIds = await choose(sql);
    const there = await listLicensesOf(sql, accountId, LIBRARY_KIND.name, courseIds);
    const running = new Map<string | null, License>(
      there.filter((license) => !hasEnded(license, at)).map((license) => [license.course_id, license]),
    );
    const results: LibraryResult[] = [];
    for (const course_id of courseIds) {
      const license = running.get(course_id);
      if (license) results.push({ course_id, outcome: "already_there", license_id: license.id });
      else results.push(await addOne(context, sql, by, accountId, course_id, at));
    }
    return results;
  });
}

async function addOne(
  context: Context,
  sql: Sql,
  by: By,
  account_id: string,
  course_id: string,
  at: Date,
): Promise<LibraryResult> {
  const unset = { terms: {}, retake: null, retake_starts_over: null, starts_at: null, ends_at: null };
  try {
    const wanted = { account_id, kind: LIBRARY_KIND.name, course_id, ...unset };
    const license = await addLicense(context, sql, by, wanted, at);
    return { course_id, outcome: "added", license_id: license.id };
  } catch (fault) {
    // Refused before anything was written; whatever else fails ends the transaction.
    if (fault instanceof Fault && fault.status < 500) return { course_id, outcome: "refused", fault };
    throw fault;
  }
}
