/** What a license can be delivered for; and many deliveries in one statement. */
import { LOCKED, type Sql } from "./db.ts";
import { LICENSE_HAS_COURSE } from "./licenseScope.ts";
import type { Delivery } from "./licenses.ts";

/** A license with one of its courses. */
export interface Deliverable {
  readonly license_id: string;
  readonly course_id: string;
  readonly course_title: string;
}

const INCLUDES = `(${LICENSE_HAS_COURSE} and (license.course_id is not null or course.retired_at is null))`;

/** The courses of one license. */
export function listDeliverablesOfLicense(
  sql: Sql,
  accountId: string,
  licenseId: string,
): Promise<Deliverable[]> {
  return sql.query<Deliverable>(
    `select license.id as license_id, course.id as course_id, course.title as course_title
     from license join course on ${INCLUDES}
     where license.account_id = $1 and license.id = $2 and course.current_version_id is not null
     order by course.title, course.id`,
    [accountId, licenseId],
  );
}

/** The courses of a list, with each license that has not ended `at` and includes them; pilots are delivered one by one. */
export function listDeliverablesOfList(
  sql: Sql,
  accountId: string,
  listId: string,
  kind: string | null,
  at: Date,
): Promise<Deliverable[]> {
  return sql.query<Deliverable>(
    `select license.id as license_id, course.id as course_id, course.title as course_title
     from list_course join course on course.id = list_course.course_id
     join license on license.account_id = list_course.account_id and ${INCLUDES}
     where list_course.account_id = $1 and list_id = $2 and course.current_version_id is not null
       and ($3::text is null or license.kind = $3) and (license.ends_at is null or license.ends_at > $4)
       and not license.pilot
     order by course.title, course.id, license.id`,
    [accountId, listId, kind, at],
  );
}

/** Locks licenses, one after the other in a fixed order, and gives their deliveries that are not revoked. */
export async function lockDeliveriesOf(
  sql: Sql,
  accountId: string,
  licenseIds: readonly string[],
): Promise<Delivery[]> {
  await sql.query(
    `select 1 from license where account_id = $1 and id = any($2::uuid[]) order by id ${LOCKED}`,
    [accountId, licenseIds],
  );
  return sql.query<Delivery>(
    "select * from delivery where account_id = $1 and license_id = any($2::uuid[]) and revoked_at is null",
    [accountId, licenseIds],
  );
}

export async function insertDeliveries(sql: Sql, deliveries: readonly Delivery[]): Promise<void> {
  await sql.query(
    `insert into delivery (account_id, id, key, license_id, course_id, connection_id, format, course_title, label, created_at)
     select account_id, id, key, license_id, course_id, connection_id, format, course_title, label, created_at
     from jsonb_to_recordset($1::jsonb) as made (account_id uuid, id uuid, key text, license_id uuid, course_id uuid,
       connection_id uuid, format text, course_title text, label text, created_at timestamptz)`,
    [JSON.stringify(deliveries)],
  );
}
