/** Licenses and lots as they are listed; and what their state and usage are reckoned from. */
import type { Term } from "../../core/time.ts";
import type { Sql } from "../db.ts";
import { LICENSE, type License, type LotRow } from "../licenses.ts";
import { type Page, readPage } from "./page.ts";

export interface LicenseFilter {
  readonly kind?: string | undefined;
  readonly course_id?: string | undefined;
  readonly bundle_id?: string | undefined;
}

export function pageOfLicenses(
  sql: Sql,
  accountId: string,
  filter: LicenseFilter,
  page: Page,
): Promise<License[]> {
  return readPage<License>(
    sql,
    {
      select: `select ${LICENSE} from license`,
      account_id: accountId,
      where: [
        ["kind = ?", filter.kind],
        ["course_id = ?", filter.course_id],
        ["bundle_id = ?", filter.bundle_id],
      ],
      table: "license",
    },
    page,
  );
}

export function listLicenses(sql: Sql, accountId: string, ids: readonly string[]): Promise<License[]> {
  return sql.query<License>(`select ${LICENSE} from license where account_id = $1 and id = any($2::uuid[])`, [
    accountId,
    ids,
  ]);
}

/** Of a kind, for courses. */
export function listLicensesOf(
  sql: Sql,
  accountId: string,
  kind: string,
  courseIds: readonly string[],
): Promise<License[]> {
  return sql.query<License>(
    `select ${LICENSE} from license where account_id = $1 and kind = $2 and course_id = any($3::uuid[])`,
    [accountId, kind, courseIds],
  );
}

const LOT = "account_id, id, license_id, quantity, taken, overage, starts_at, ends_at, created_at";

export function pageOfLots(
  sql: Sql,
  accountId: string,
  filter: { readonly license_id?: string | undefined },
  page: Page,
): Promise<LotRow[]> {
  return readPage<LotRow>(
    sql,
    {
      select: `select ${LOT} from lot`,
      account_id: accountId,
      where: [["license_id = ?", filter.license_id]],
      table: "lot",
    },
    page,
  );
}

export async function findLot(sql: Sql, accountId: string, id: string): Promise<LotRow | undefined> {
  return (
    await sql.query<LotRow>(`select ${LOT} from lot where account_id = $1 and id = $2`, [accountId, id])
  )[0];
}

/** The lots of many licenses, oldest first. */
export function listLotsOf(sql: Sql, accountId: string, licenseIds: readonly string[]): Promise<LotRow[]> {
  return sql.query<LotRow>(
    `select ${LOT} from lot where account_id = $1 and license_id = any($2::uuid[]) order by starts_at, id`,
    [accountId, licenseIds],
  );
}

export function listContractTerms(sql: Sql, accountId: string): Promise<(Term & { kind: string })[]> {
  return sql.query("select kind, starts_at, ends_at from contract where account_id = $1", [accountId]);
}
