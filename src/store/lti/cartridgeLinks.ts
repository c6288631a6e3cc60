/** LTI links as a Common Cartridge holds them: those of a license or a list for one LMS, by title. */
import type { Sql } from "../db.ts";

export interface CartridgeLink {
  readonly id: string;
  readonly key: string;
  readonly course_title: string;
  readonly label: string;
  readonly kind: string;
  readonly short_id: string;
}

export interface CartridgeOf {
  readonly account_id: string;
  readonly connection_id: string;
  /** Of the one or of the courses of the other; null: whichever. */
  readonly license_id: string | null;
  readonly list_id: string | null;
}

/** @param after The last link of the page before; null: from the beginning. */
export function pageOfCartridgeLinks(
  sql: Sql,
  of: CartridgeOf,
  { after, most }: { readonly after: CartridgeLink | null; readonly most: number },
): Promise<CartridgeLink[]> {
  return sql.query<CartridgeLink>(
    `select delivery.id, delivery.key, delivery.course_title, delivery.label, license.kind, license.short_id
     from delivery join license on license.account_id = delivery.account_id and license.id = delivery.license_id
     where delivery.account_id = $1 and delivery.connection_id = $2 and delivery.format = 'lti'
       and delivery.revoked_at is null and ($3::uuid is null or delivery.license_id = $3)
       and ($4::uuid is null or delivery.course_id in
         (select course_id from list_course where account_id = $1 and list_id = $4))
       and ($5::text is null or (delivery.course_title, delivery.id) > ($5, $6::uuid))
     order by delivery.course_title, delivery.id limit $7`,
    [
      of.account_id,
      of.connection_id,
      of.license_id,
      of.list_id,
      after?.course_title ?? null,
      after?.id ?? null,
      most,
    ],
  );
}
