/**
 * How much is used, month by month. Seats and charges tell what they change (`usage_change`, by triggers); the roll-up sums that
 * up, per license and per kind. Both are read in one statement, so figures are exact at any moment, and few rows are read however
 * many seats there are (docs/decisions/usage.md).
 */
import { USAGE_FIGURES as FIGURES, type SupplyOfKind, type UsageOfMonth } from "../core/licensing/usage.ts";
import type { Sql } from "./db.ts";

const NAMES = FIGURES.join(", ");
const SUMS = FIGURES.map((figure) => `sum(${figure})::bigint as ${figure}`).join(", ");
const MONTH = "(month::timestamp at time zone 'UTC') as month";
const HAS_FIGURES = `(${FIGURES.map((figure) => `sum(${figure}) <> 0`).join(" or ")})`;

/** In order; months without any are left out. */
export function listUsageOfLicense(sql: Sql, accountId: string, licenseId: string): Promise<UsageOfMonth[]> {
  return sql.query<UsageOfMonth>(
    `select ${MONTH}, ${SUMS} from (
       select month, ${NAMES} from usage_month where account_id = $1 and license_id = $2
       union all select month, ${NAMES} from usage_change where account_id = $1 and license_id = $2) as part
     group by month having ${HAS_FIGURES} order by month`,
    [accountId, licenseId],
  );
}

export interface UsageOfKindMonth extends UsageOfMonth {
  readonly kind: string;
}

/** In order; months without any are left out. */
export function listUsageOfAccount(sql: Sql, accountId: string): Promise<UsageOfKindMonth[]> {
  return sql.query<UsageOfKindMonth>(
    `select kind, ${MONTH}, ${SUMS} from (
       select kind, month, ${NAMES} from usage_kind_month where account_id = $1
       union all
       select kind, month, ${NAMES} from usage_change
       join license on license.account_id = usage_change.account_id and license.id = usage_change.license_id
       where usage_change.account_id = $1) as part
     group by kind, month having ${HAS_FIGURES} order by kind, month`,
    [accountId],
  );
}

/** What ends together counts together: whatever was bought within a period ends with it. */
export function listSupplyOfAccount(sql: Sql, accountId: string, at: Date): Promise<SupplyOfKind[]> {
  return sql.query<SupplyOfKind>(
    `with bought as (
       select license_id, ends_at <= $2 as ended,
         coalesce(sum(quantity) filter (where starts_at <= $2), 0) as quantity,
         coalesce(sum(taken) filter (where starts_at <= $2), 0) as taken,
         coalesce(sum(quantity) filter (where starts_at > $2), 0) as ahead,
         bool_or(starts_at <= $2 and ends_at > $2) as runs, max(ends_at) as ends_at
       from lot where account_id = $1 group by license_id, lot.ends_at
     ), supply as (
       select license_id, coalesce(sum(quantity) filter (where not ended), 0) as purchased,
         coalesce(sum(taken) filter (where not ended), 0) as used,
         coalesce(sum(greatest(taken - quantity, 0)) filter (where not ended), 0) as overage,
         coalesce(sum(greatest(quantity - taken, 0)) filter (where ended), 0) as lapsed,
         sum(ahead) as ahead, case when bool_or(runs) then max(ends_at) end as ends_at
       from bought group by license_id
     )
     select kind, count(*) as licenses, coalesce(sum(purchased), 0)::bigint as purchased,
       coalesce(sum(used), 0)::bigint as used, coalesce(sum(overage), 0)::bigint as overage,
       coalesce(sum(lapsed), 0)::bigint as lapsed, coalesce(sum(ahead), 0)::bigint as ahead,
       min(supply.ends_at) as first_ends_at
     from license left join supply on supply.license_id = license.id
     where license.account_id = $1 group by kind order by kind`,
    [accountId, at],
  );
}

/**
 * Sums up so many changes, and is done with them: all of it, or nothing. Several can run at once: each takes changes that no other
 * has taken.
 * @returns How many there were.
 */
export async function rollUpUsage(sql: Sql, most: number): Promise<number> {
  const add = (table: string) =>
    FIGURES.map((figure) => `${figure} = ${table}.${figure} + excluded.${figure}`).join(", ");
  const [row] = await sql.query<{ count: number }>(
    `with taken as (
       delete from usage_change where ctid = any(array(select ctid from usage_change limit $1 for update skip locked))
       returning *
     ), of_license as (
       select account_id, license_id, month, ${SUMS} from taken group by account_id, license_id, month
     ), licenses as (
       insert into usage_month (account_id, license_id, month, ${NAMES})
       select * from of_license order by account_id, license_id, month
       on conflict (account_id, license_id, month) do update set ${add("usage_month")}
     ), kinds as (
       insert into usage_kind_month (account_id, kind, month, ${NAMES})
       select of_license.account_id, kind, month, ${SUMS}
       from of_license join license on license.account_id = of_license.account_id and license.id = of_license.license_id
       group by of_license.account_id, kind, month order by of_license.account_id, kind, month
       on conflict (account_id, kind, month) do update set ${add("usage_kind_month")}
     )
     select count(*) as count from taken`,
    [most],
  );
  return row?.count ?? 0;
}

export interface MiscountedUsage {
  readonly account_id: string;
  /** Null: of all licenses of the kind. */
  readonly license_id: string | null;
  readonly kind: string;
  readonly month: Date;
}

/** Months whose figures differ from what seats and charges say: always none, unless something is broken. Reads every seat. */
export function listMiscountedUsage(sql: Sql): Promise<MiscountedUsage[]> {
  return sql.query<MiscountedUsage>(
    `with told as (
       select account_id, license_id, month, ${SUMS} from (
         select account_id, license_id, month, ${NAMES} from usage_month
         union all select account_id, license_id, month, ${NAMES} from usage_change) as part
       group by account_id, license_id, month having ${HAS_FIGURES}
     ), differing as (
       (select * from told except select * from usage_recounted)
       union (select * from usage_recounted except select * from told)
     ), of_kind as (
       select account_id, kind, month, ${SUMS} from usage_kind_month group by account_id, kind, month having ${HAS_FIGURES}
     ), of_licenses as (
       select usage_month.account_id, kind, month, ${SUMS}
       from usage_month join license on license.account_id = usage_month.account_id and license.id = usage_month.license_id
       group by usage_month.account_id, kind, month having ${HAS_FIGURES}
     ), differing_kinds as (
       (select * from of_kind except select * from of_licenses) union (select * from of_licenses except select * from of_kind)
     )
     select distinct differing.account_id, license_id, kind, ${MONTH} from differing
     join license on license.account_id = differing.account_id and license.id = differing.license_id
     union all select distinct account_id, null::uuid, kind, ${MONTH} from differing_kinds`,
  );
}
