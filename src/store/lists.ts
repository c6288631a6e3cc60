/** Lists: an administrator's own named sets of courses (RULES §1). */
import type { Sql } from "./db.ts";
import { type Page, readPage } from "./listing/page.ts";

export interface List {
  readonly account_id: string;
  readonly id: string;
  readonly name: string;
  readonly course_ids: readonly string[];
  readonly created_at: Date;
}

const LIST = `list.account_id, list.id, list.name, list.created_at,
  array(select course_id from list_course
    where list_course.account_id = list.account_id and list_id = list.id order by course_id) as course_ids`;

export async function insertList(sql: Sql, list: List): Promise<void> {
  await sql.query("insert into list (account_id, id, name, created_at) values ($1, $2, $3, $4)", [
    list.account_id,
    list.id,
    list.name,
    list.created_at,
  ]);
  await insertCourses(sql, list);
}

function insertCourses(sql: Sql, list: Pick<List, "account_id" | "id" | "course_ids">): Promise<object[]> {
  return sql.query(
    "insert into list_course (account_id, list_id, course_id) select $1, $2, unnest($3::uuid[])",
    [list.account_id, list.id, list.course_ids],
  );
}

/** @param lock Holds the row until the transaction ends, for a change that goes by what it says. */
export async function findList(
  sql: Sql,
  accountId: string,
  id: string,
  lock = false,
): Promise<List | undefined> {
  return (
    await sql.query<List>(
      `select ${LIST} from list where account_id = $1 and id = $2 ${lock ? "for update" : ""}`,
      [accountId, id],
    )
  )[0];
}

export async function isListNameTaken(
  sql: Sql,
  accountId: string,
  name: string,
  exceptId: string,
): Promise<boolean> {
  const rows = await sql.query("select 1 from list where account_id = $1 and name = $2 and id <> $3", [
    accountId,
    name,
    exceptId,
  ]);
  return rows.length > 0;
}

export async function updateList(sql: Sql, list: List): Promise<void> {
  await sql.query("update list set name = $3 where account_id = $1 and id = $2", [
    list.account_id,
    list.id,
    list.name,
  ]);
  await sql.query("delete from list_course where account_id = $1 and list_id = $2", [
    list.account_id,
    list.id,
  ]);
  await insertCourses(sql, list);
}

export async function deleteList(sql: Sql, accountId: string, id: string): Promise<void> {
  await sql.query("delete from list where account_id = $1 and id = $2", [accountId, id]);
}

export function listLists(sql: Sql, accountId: string, page: Page): Promise<List[]> {
  return readPage<List>(
    sql,
    {
      select: `select ${LIST} from list`,
      account_id: accountId,
      where: [["account_id = $1", true]],
      table: "list",
    },
    page,
  );
}
