/** What a delivery opens: everything a launch needs to know that does not depend on the learner. One query. */
import type { Lot } from "../core/licensing/admit.ts";
import type { Terms } from "../core/licensing/kind.ts";
import type { Sql } from "./db.ts";

export interface Door {
  readonly account_id: string;
  readonly delivery_id: string;
  readonly delivery_key: string;
  readonly delivery_revoked_at: Date | null;
  readonly format: string;
  readonly connection_id: string;
  readonly placeholder_ids: readonly string[];
  /** Origins that launches may come from; none: any. */
  readonly allowed_origins: readonly string[];
  readonly license_id: string;
  readonly kind: string;
  readonly terms: Terms;
  /** The license's setting, or else the account's. */
  readonly retake: boolean;
  readonly retake_starts_over: boolean;
  readonly license_starts_at: Date;
  readonly license_ends_at: Date | null;
  readonly paused_at: Date | null;
  readonly course_id: string;
  readonly course_version_id: string;
  readonly course_retired_at: Date | null;
  readonly course_in_license: boolean;
  /** The contracts of the license's kind, for kinds that need one. */
  readonly contracts: readonly { readonly starts_at: Date; readonly ends_at: Date | null }[];
  readonly lots: readonly Lot[];
}

interface DoorRow extends Omit<Door, "contracts" | "lots"> {
  readonly contracts: readonly { starts_at: string; ends_at: string | null }[];
  readonly lots: readonly (Omit<Lot, "starts_at" | "ends_at"> & { starts_at: string; ends_at: string })[];
}

/** Undefined where no delivery has the key, or its course has no content yet. */
export async function findDoor(sql: Sql, deliveryKey: string): Promise<Door | undefined> {
  const [row] = await sql.query<DoorRow>(
    `select delivery.account_id, delivery.id as delivery_id, delivery.key as delivery_key,
       delivery.revoked_at as delivery_revoked_at, delivery.format, delivery.connection_id, connection.placeholder_ids,
       connection.allowed_origins,
       license.id as license_id, license.kind, license.terms,
       coalesce(license.retake, account.retake) as retake,
       coalesce(license.retake_starts_over, account.retake_starts_over) as retake_starts_over,
       license.starts_at as license_starts_at, license.ends_at as license_ends_at, license.paused_at,
       course.id as course_id, course.current_version_id as course_version_id, course.retired_at as course_retired_at,
       (license.course_id = course.id
         or (license.course_id is null and (license.bundle_id is null or exists (
           select 1 from bundle_course
           where bundle_course.bundle_id = license.bundle_id and bundle_course.course_id = course.id)))
       ) as course_in_license,
       coalesce((select jsonb_agg(jsonb_build_object('starts_at', contract.starts_at, 'ends_at', contract.ends_at))
         from contract where contract.account_id = license.account_id and contract.kind = license.kind),
         '[]') as contracts,
       coalesce((select jsonb_agg(jsonb_build_object('id', lot.id, 'quantity', lot.quantity, 'taken', lot.taken,
           'starts_at', lot.starts_at, 'ends_at', lot.ends_at))
         from lot where lot.account_id = license.account_id and lot.license_id = license.id),
         '[]') as lots
     from delivery
     join account on account.id = delivery.account_id
     join license on license.account_id = delivery.account_id and license.id = delivery.license_id
     join connection on connection.account_id = delivery.account_id and connection.id = delivery.connection_id
     join course on course.id = delivery.course_id
     where delivery.key = $1 and course.current_version_id is not null`,
    [deliveryKey],
  );
  if (!row) return undefined;
  return {
    ...row,
    contracts: row.contracts.map(({ starts_at, ends_at }) => ({
      starts_at: new Date(starts_at),
      ends_at: ends_at === null ? null : new Date(ends_at),
    })),
    lots: row.lots.map((lot) => ({
      ...lot,
      starts_at: new Date(lot.starts_at),
      ends_at: new Date(lot.ends_at),
    })),
  };
}
