/** What a delivery opens: everything a launch needs to know that does not depend on the learner. */
import type { Lot } from "../core/licensing/admit.ts";
import type { Terms } from "../core/licensing/kind.ts";
import { ASSIGNED_KIND_NAMES } from "../core/licensing/kinds/index.ts";
import type { Term } from "../core/time.ts";
import type { OriginsMode } from "./accounts.ts";
import { LICENSE_HAS_COURSE } from "./licenseScope.ts";

export interface Door {
  readonly account_id: string;
  readonly delivery_id: string;
  readonly delivery_key: string;
  readonly delivery_revoked_at: Date | null;
  /** The delivery is an LTI link, not a package. */
  readonly is_link: boolean;
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
  /** Of kinds that renew themselves. */
  readonly renewal_cancelled_at: Date | null;
  readonly course_id: string;
  readonly course_version_id: string;
  readonly course_retired_at: Date | null;
  readonly course_in_license: boolean;
  /** The course's own duration, for kinds that assign it. */
  readonly assignment_days: number | null;
  /** The contracts of the license's kind, for kinds that need one. */
  readonly contracts: readonly Term[];
  readonly lots: readonly Lot[];
  /** Differs as soon as anything of it does but how many seats of its lots are taken. */
  readonly stamp: string;
}

/** Each version of a row has an `xmin` of its own; whether the license is for the course also hangs on bundles. */
export const DOOR_STAMP = `concat_ws('.', delivery.xmin, account.xmin, license.xmin, connection.xmin, course.xmin,
        ${LICENSE_HAS_COURSE}, '', (
          select string_agg(contract.xmin::text, ',' order by contract.id) from contract
          where contract.account_id = license.account_id and contract.kind = license.kind), '', (
          select string_agg(concat_ws('/', lot.id, lot.quantity, lot.starts_at, lot.ends_at), ',' order by lot.id) from lot
          where lot.account_id = license.account_id and lot.license_id = license.id))`;

/**
 * The doors of the deliveries named in `asked (position, delivery_key)`, each once, as the JSON of a `DoorRow`, with the first
 * position that asks for it and what its learners are looked up by; none where no delivery has the key, or its course has no
 * content yet. A closed account's are shut for good.
 */
export const SELECT_DOORS = `
  select wanted.delivery_key, wanted.first_position, delivery.account_id, delivery.id as delivery_id, delivery.license_id,
    delivery.course_id, delivery.connection_id, license.kind = any ('{${ASSIGNED_KIND_NAMES}}') as is_assigned,
    json_build_object(
      'account_id', delivery.account_id, 'delivery_id', delivery.id, 'delivery_key', delivery.key,
      'delivery_revoked_at', coalesce(delivery.revoked_at, account.closed_at), 'is_link', delivery.format = 'lti', 'connection_id', delivery.connection_id,
      'placeholder_ids', connection.placeholder_ids, 'origins_mode', connection.origins_mode,
      'allowed_origins', connection.allowed_origins, 'refused_origins', connection.refused_origins,
      'license_id', license.id, 'kind', license.kind, 'terms', license.terms,
      'retake', coalesce(license.retake, account.retake),
      'retake_starts_over', coalesce(license.retake_starts_over, account.retake_starts_over),
      'license_starts_at', license.starts_at, 'license_ends_at', license.ends_at, 'paused_at', license.paused_at,
      'renewal_cancelled_at', license.renewal_cancelled_at, 'assignment_days', course.assignment_days,
      'course_id', course.id, 'course_version_id', course.current_version_id, 'course_retired_at', course.retired_at,
      'course_in_license', ${LICENSE_HAS_COURSE},
      'contracts', (
        select json_agg(json_build_object('starts_at', contract.starts_at, 'ends_at', contract.ends_at)) from contract
        where contract.account_id = license.account_id and contract.kind = license.kind),
      'lots', (
        select json_agg(json_build_object('id', lot.id, 'quantity', lot.quantity, 'taken', lot.taken,
          'starts_at', lot.starts_at, 'ends_at', lot.ends_at)) from lot
        where lot.account_id = license.account_id and lot.license_id = license.id),
      'stamp', ${DOOR_STAMP}
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
    renewal_cancelled_at: instantOrNull(row.renewal_cancelled_at),
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
