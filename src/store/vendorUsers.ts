/** The vendor's people (RULES §1 "vendor"). */
import type { Sql } from "./db.ts";
import type { Page } from "./listing/page.ts";

export interface VendorUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: "owner" | "support";
  readonly created_at: Date;
  readonly deactivated_at: Date | null;
}

const USER = "id, name, email, role, created_at, deactivated_at";

export async function insertVendorUser(sql: Sql, user: VendorUser): Promise<void> {
  await sql.query(`insert into vendor_user (${USER}) values ($1, $2, $3, $4, $5, $6)`, [
    user.id,
    user.name,
    user.email,
    user.role,
    user.created_at,
    user.deactivated_at,
  ]);
}

export async function updateVendorUser(sql: Sql, user: VendorUser): Promise<void> {
  await sql.query(
    "update vendor_user set name = $2, email = $3, role = $4, deactivated_at = $5 where id = $1",
    [user.id, user.name, user.email, user.role, user.deactivated_at],
  );
}

export async function findVendorUser(sql: Sql, id: string, lock = false): Promise<VendorUser | undefined> {
  return (
    await sql.query<VendorUser>(`select ${USER} from vendor_user where id = $1 ${lock ? "for update" : ""}`, [
      id,
    ])
  )[0];
}

export function pageOfVendorUsers(sql: Sql, { after, most }: Page): Promise<VendorUser[]> {
  return sql.query<VendorUser>(
    `select ${USER} from vendor_user where ($1::uuid is null or id < $1) order by id desc limit $2`,
    [after, most],
  );
}

/** Locked, so that two of them can't leave at the same moment. */
export async function lockOwners(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    "select id from vendor_user where role = 'owner' and deactivated_at is null order by id for update",
  );
  return rows.map(({ id }) => id);
}
