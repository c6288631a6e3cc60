/** An administrator's own named sets of courses, for adding and delivering many at once (RULES §1 "list"). */
import { Fault } from "../core/faults.ts";
import { LIBRARY_KIND } from "../core/licensing/kinds/index.ts";
import type { Sql } from "../store/db.ts";
import { listVisibleCourses } from "../store/listing/courses.ts";
import { deleteList, findList, insertList, isListNameTaken, type List, updateList } from "../store/lists.ts";
import { hidingPilots } from "../store/pilots.ts";
import { requireAccount } from "./accounts.ts";
import { type By, writeAudit } from "./audited.ts";
import type { Context } from "./context.ts";

export interface ListContents {
  readonly name: string;
  readonly course_ids: readonly string[];
}

export async function createList(
  context: Context,
  by: By,
  accountId: string,
  wanted: ListContents,
): Promise<List> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    await requireAccount(sql, accountId, true);
    const list: List = {
      account_id: accountId,
      id: context.deps.newId(),
      ...contentsOf(wanted),
      created_at: at,
    };
    await requireFit(sql, list, list.course_ids, at);
    await insertList(sql, list);
    await writeAudit(context, sql, by, at, {
      account_id: accountId,
      action: "list.create",
      subject: ["list", list.id],
      before: null,
      after: contentsOf(list),
    });
    return list;
  });
}

/** @param unchanged Looks at the list before it changes, with its row locked. */
export async function changeList(
  context: Context,
  by: By,
  { account_id, list_id }: { readonly account_id: string; readonly list_id: string },
  change: { readonly [Name in keyof ListContents]?: ListContents[Name] | undefined },
  unchanged: (current: List) => void,
): Promise<List> {
  const at = context.deps.clock.now();
  return context.db.transaction(async (sql) => {
    await requireAccount(sql, account_id, true);
    const list = await requireList(sql, account_id, list_id, true);
    unchanged(list);
    const wanted = { name: change.name ?? list.name, course_ids: change.course_ids ?? list.course_ids };
    const changed: List = { ...list, ...contentsOf(wanted) };
    if (isSame(list, changed)) return list;
    const added = changed.course_ids.filter((id) => !list.course_ids.includes(id));
    await requireFit(sql, changed, added, at);
    await updateList(sql, changed);
    await writeAudit(context, sql, by, at, {
      account_id,
      action: "list.change",
      subject: ["list", list_id],
      before: contentsOf(list),
      after: contentsOf(changed),
    });
    return changed;
  });
}

export async function removeList(
  context: Context,
  by: By,
  { account_id, list_id }: { readonly account_id: string; readonly list_id: string },
): Promise<void> {
  const at = context.deps.clock.now();
  await context.db.transaction(async (sql) => {
    const list = await requireList(sql, account_id, list_id, true);
    await deleteList(sql, account_id, list_id);
    await writeAudit(context, sql, by, at, {
      account_id,
      action: "list.delete",
      subject: ["list", list_id],
      before: contentsOf(list),
      after: null,
    });
  });
}

/** A set: in the order that the store gives it back, each course once. */
function contentsOf({ name, course_ids }: ListContents): ListContents {
  return { name, course_ids: [...new Set(course_ids)].sort() };
}

function isSame(one: ListContents, other: ListContents): boolean {
  return JSON.stringify(contentsOf(one)) === JSON.stringify(contentsOf(other));
}

/** A name of its own, and courses that the account may see. One that it may not see looks like one that is not there. */
async function requireFit(sql: Sql, list: List, added: readonly string[], at: Date): Promise<void> {
  if (await isListNameTaken(sql, list.account_id, list.name, list.id))
    throw new Fault("conflict", `name: the account has a list called ${JSON.stringify(list.name)} already.`);
  const viewpoint = { account_id: list.account_id, library_kind: LIBRARY_KIND.name, at };
  const visible = await listVisibleCourses(hidingPilots(sql), viewpoint, added);
  const unseen = added.find((id) => !visible.includes(id));
  if (unseen !== undefined)
    throw new Fault("not_found", `course_ids: found no course with the id ${unseen} for this account.`);
}

/** @throws Fault `not_found`, also for another account's list. */
export async function requireList(sql: Sql, accountId: string, listId: string, lock = false): Promise<List> {
  const list = await findList(sql, accountId, listId, lock);
  if (!list) throw new Fault("not_found", `list: found none with the id ${listId} in this account.`);
  return list;
}
