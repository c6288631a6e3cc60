/** What a delivery opens: everything a launch needs to know that does not depend on the learner. */
import type { Lot } from "../core/licensing/admit.ts";
import type { Terms } from "../core/licensing/kind.ts";
import type { Term } from "../core/time.ts";

export interface Door {
  readonly account_id: string;
  readonly delivery_id: string;
  readonly delivery_key: string;
  readonly delivery_revoked_at: Date | null;
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
  readonly contracts: readonly Term[];
  readonly lots: readonly Lot[];
  /** Of the license's kind, for this course or any: the course's own first, the latest of each first. */
  readonly prices: readonly DoorPrice[];
}

export interface DoorPrice {
  readonly id: string;
  readonly amount_minor: number;
  readonly currency: string;
  readonly valid_from: Date;
}

/**
 * The doors of the deliveries named in `wanted (delivery_key)`; none where no delivery has the key, or its course has no
 * content yet. A closed account's are shut for good.
 */
export const SELECT_DOORS = `
  select delivery.account_id, delivery.id as delivery_id, delivery.key as delivery_key,
    coalesce(delivery.revoked_at, account.closed_at) as delivery_revoked_at, delivery.connection_id,
    connection.placeholder_ids, connection.allowed_origins,
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
    (select json_agg(found) from (
      select starts_at, ends_at from contract
      where contract.account_id = license.account_id and contract.kind = license.kind) as found) as contracts,
    (select json_agg(found) from (
      select id, quantity, taken, starts_at, ends_at from lot
      where lot.account_id = license.account_id and lot.license_id = license.id) as found) as lots,
    (select json_agg(found) from (
      select id, amount_minor, currency, valid_from from price
      where price.account_id = license.account_id and price.kind = license.kind
        and (price.course_id = course.id or price.course_id is null)
      order by (price.course_id is null), valid_from desc, id desc) as found) as prices
  from wanted
  join delivery on delivery.key = wanted.delivery_key
  join account on account.id = delivery.account_id
  join license on license.account_id = delivery.account_id and license.id = delivery.license_id
  join connection on connection.account_id = delivery.account_id and connection.id = delivery.connection_id
  join course on course.id = delivery.course_id and course.current_version_id is not null`;

/** As JSON: instants are text, and what is empty is null. */
export type DoorRow = AsJson<Omit<Door, "contracts" | "lots" | "prices">> & {
  readonly contracts: readonly AsJson<Term>[] | null;
  readonly lots: readonly AsJson<Lot>[] | null;
  readonly prices: readonly AsJson<DoorPrice>[] | null;
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
    prices: (row.prices ?? []).map((price) => ({ ...price, valid_from: new Date(price.valid_from) })),
  };
}

export function instantOrNull(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}
