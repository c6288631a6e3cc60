/** Licenses by what people call them. */
import type { Sql } from "../db.ts";

export interface LicenseLabel {
  readonly id: string;
  readonly short_id: string;
  readonly kind: string;
  /** Both null: the whole catalog. */
  readonly course_title: string | null;
  readonly bundle_name: string | null;
}

/** Oldest first; an account has few, beside what is done with them. */
export function listLicenseLabels(sql: Sql, accountId: string): Promise<LicenseLabel[]> {
  return sql.query<LicenseLabel>(
    `select license.id, license.short_id, license.kind, course.title as course_title, bundle.name as bundle_name
     from license left join course on course.id = license.course_id left join bundle on bundle.id = license.bundle_id
     where license.account_id = $1 order by license.id`,
    [accountId],
  );
}
