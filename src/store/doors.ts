/** What a delivery opens: everything a launch needs to know that does not depend on the learner. */
import type { Lot } from "../core/licensing/admit.ts";
import type { Terms } from "../core/licensing/kind.ts";
import type { Term } from "../core/time.ts";
import type { OriginsMode } from "./accounts.ts";

export interface Door {
  readonly account_id: string;
  readonly delivery_id: string;
  readonly delivery_key: string;
  readonly delivery_revoked_at: Date | null;
  readonly connection_id: string;
  readonly placeholder_ids: readonly string[];
  /** `learn`: launches may come from anywhere but the refused origins; `confirmed`: from the allowed ones alone. */
  readonly origins_mode: OriginsMode;
  readonly allowed_origins: readonly string[];
  readonly refused_origins: readonly string[];
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
  readonly contracts: readonly Term[];
  readonly lots: readonly Lot[];
}

/**
 * The doors of the deliveries named in `asked (position, delivery_key)`, each once, as the JSON of a `DoorRow`, with the first
 * position that asks for it and what its learners are looked up by; none where no delivery has the key, or its course has no
 * content yet. A closed account's are shut for good.
 */
export const SELECT_DOORS = `
  select wanted.delivery_key, wanted.first_position, delivery.account_id, delivery.id as delivery_id, delivery.license_id,
    delivery.course_id, delivery.connection_id,
    json_build_object(
      'account_id', delivery.account_id, 'delivery_id', delivery.id, 'delivery_key', delivery.key,
      'delivery_revoked_at', coalesce(delivery.revoked_at, account.closed_at), 'connection_id', delivery.connection_id,
      'placeholder_ids', connection.placeholder_ids, 'origins_mode', connection.origins_mode,
      'allowed_origins', connection.allowed_origins, 'refused_origins', connection.refused_origins,
      'license_id', license.id, 'kind', license.kind, 'terms', license.terms,
      'retake', coalesce(license.retake, account.retake),
      'retake_starts_over', coalesce(license.retake_starts_over, account.retake_starts_over),
      'license_starts_at', license.starts_at, 'license_ends_at', license.ends_at, 'paused_at', license.paused_at,
      'course_id', course.id, 'course_version_id', course.current_version_id, 'course_retired_at', course.retired_at,
      'course_in_license', license.course_id = course.id
        or (license.course_id is null and (license.bundle_id is null or exists (
          select from bundle_course
          where bundle_course.bundle_id = license.bundle_id and bundle_course.course_id = course.id))),
      'contracts', (
        select json_agg(json_build_object('starts_at', contract.starts_at, 'ends_at', contract.ends_at)) from contract
        where contract.account_id = license.account_id and contract.kind = license.kind),
      'lots', (
        select json_agg(json_build_object('id', lot.id, 'quantity', lot.quantity, 'taken', lot.taken,
          'starts_at', lot.starts_at, 'ends_at', lot.ends_at)) from lot
        where lot.account_id = license.account_id and lot.license_id = license.id)
    ) as door
  from (select delivery_key, min(position) as first_position from asked group by delivery_key) as wanted
  join delivery on delivery.key = wanted.delivery_key
  join account on account.id = delivery.account_id
  join license on license.account_id = delivery.account_id and license.id = delivery.license_id
  join connection on connection.account_id = delivery.account_id and connection.id = delivery.connection_id
  join course on course.id = delivery.course_id and course.current_version_id is not null`;

/** As JSON: instants are text, and what is empty is null. */
export type DoorRow = AsJson<Omit<Door, "contracts" | "lots">> & {
  readonly contracts: readonly AsJson<Term>[] | null;
  readonly lots: readonly AsJson<Lot>[] | null;
};

export type AsJson<Value> = { readonly [Key in keyof Value]: AsJsonValue<Value[Key]> };
type AsJsonValue<Value> = Value extends Date ? string : Value;

export function readDoor(row: DoorRow): Door {
  return {
    ...row,
    delivery_revoked_at: instantOrNull(row.delivery_revoked_at),
    license_starts_at: new Date(row.license_starts_at),
    license_ends_at: instantOrNull(row.license_ends_at),
    paused_at: instantOrNull(row.paused_at),
    course_retired_at: instantOrNull(row.course_retired_at),
    contracts: (row.contracts ?? []).map(({ starts_at, ends_at }) => ({
      starts_at: new Date(starts_at),
      ends_at: instantOrNull(ends_at),
    })),
    lots: (row.lots ?? []).map((lot) => ({
      ...lot,
      starts_at: new Date(lot.starts_at),
      ends_at: instantOrNull(lot.ends_at),
    })),
  };
}

export function instantOrNull(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
