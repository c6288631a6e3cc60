/**
 * Which alerts about licenses are due, found from the lots' own counters: what it costs goes by the number of lots and
 * licenses, never by that of seats. What was raised before is left out here; `alert_once` makes sure.
 * Nobody is told of pilots: alerts are for the account.
 */
import { type AlertRules, MOST_ENDING_DAYS, type OwnAlertRules } from "../core/alerts.ts";
import type { Sql } from "./db.ts";

interface DueLicense {
  readonly account_id: string;
  readonly license_id: string;
  readonly license_short_id: string;
  readonly license_kind: string;
  /** Null: the whole catalog. */
  readonly title: string | null;
  readonly key: string;
}

export interface DueThreshold extends DueLicense {
  /** Null: beyond what was bought. */
  readonly percent: number | null;
  readonly purchased: number;
  readonly used: number;
  readonly period_ends_at: Date;
  /** Of those of its license that are due now, none says more. */
  readonly says_most: boolean;
}

const ABOUT = `license.account_id, license.id as license_id, license.short_id as license_short_id, license.kind as license_kind,
  coalesce(course.title, bundle.name) as title`;
const NAMED = `join account on account.id = license.account_id and account.closed_at is null
  left join course on course.id = license.course_id left join bundle on bundle.id = license.bundle_id`;
const NOT_RAISED = (type: string, key: string) =>
  `not exists (select 1 from alert where alert.account_id = license.account_id and alert.key = ${type} || ' ' || ${key})`;

/**
 * Running lots are summed up: with 100 and 100 of which one is full, half is used. The lots themselves are part of the key:
 * where one is added or ends, the sum is another one, and so are its thresholds.
 */
export function findDueThresholds(
  sql: Sql,
  at: Date,
  usual: AlertRules,
  most: number,
): Promise<DueThreshold[]> {
  return sql.query<DueThreshold>(
    `with running as (
       select account_id, license_id, sum(quantity) as purchased, sum(taken) as used, min(ends_at) as period_ends_at
       from lot where starts_at <= $1 and ends_at > $1 group by account_id, license_id
       having sum(taken) * 100 >= sum(quantity) * least(100, (select min(percent) from unnest($2::integer[]) as percent),
         (select min(percent) from license_alert_rules, unnest(threshold_percents) as percent))
     ),
     reached as (
       select running.*, percent, case when percent is null then 'license.overage' else 'license.threshold_reached' end as type,
         concat_ws(' ', running.license_id, percent, (select md5(string_agg(id::text, ' ' order by id)) from lot
           where lot.account_id = running.account_id and lot.license_id = running.license_id
             and starts_at <= $1 and ends_at > $1)) as key
       from running left join license_alert_rules as own
         on own.account_id = running.account_id and own.license_id = running.license_id
       cross join lateral (
         select percent from unnest(coalesce(own.threshold_percents, $2::integer[])) as percent
         where used * 100 >= purchased * percent
         union all select null where used > purchased and coalesce(own.overage, $3)
       ) as limits
     )
     select ${ABOUT}, percent, purchased, used, period_ends_at, key,
       row_number() over (partition by license.account_id, license.id order by percent desc nulls first) = 1 as says_most
     from reached join license on license.account_id = reached.account_id and license.id = reached.license_id ${NAMED}
     where (license.ends_at is null or license.ends_at > $1) and not license.pilot
       and ${NOT_RAISED("reached.type", "reached.key")}
     order by license.account_id, license.id, percent nulls last limit $4`,
    [at, usual.threshold_percents, usual.overage, most],
  );
}

export interface DueEnding extends DueLicense {
  readonly days: number;
  readonly ends_at: Date;
}

/**
 * The nearest threshold that has come, once: whoever looks for the first time five days before the end hears of seven, not
 * of sixty too. A license of thirty days is not told of at sixty.
 * @param renewingKinds Whose last term is followed by another one, unless that was cancelled in it (RULES §3.3).
 */
export function findDueEndings(
  sql: Sql,
  at: Date,
  usual: AlertRules,
  renewingKinds: readonly string[],
  most: number,
): Promise<DueEnding[]> {
  return sql.query<DueEnding>(
    `with last as (
       select account_id, license_id, min(starts_at) as first_starts_at, max(ends_at) as ends_at from lot
       group by account_id, license_id
     ),
     endings as (
       select license.account_id, license.id, greatest(license.starts_at, last.first_starts_at) as starts_at,
         least(license.ends_at, case when not (license.kind = any($3::text[]) and (renewal_cancelled_at is null
           or renewal_cancelled_at < (select min(starts_at) from lot where lot.account_id = license.account_id
             and lot.license_id = license.id and lot.ends_at = last.ends_at))) then last.ends_at end) as ends_at
       from license left join last on last.account_id = license.account_id and last.license_id = license.id
     ),
     near as (
       select endings.account_id, endings.id, endings.ends_at, (
         select min(days) from unnest(coalesce(own.ending_days, $2::integer[])) as days
         where endings.ends_at - make_interval(days => days) <= $1
           and endings.ends_at - make_interval(days => days) > endings.starts_at
       ) as days
       from endings left join license_alert_rules as own
         on own.account_id = endings.account_id and own.license_id = endings.id
       where endings.ends_at > $1 and endings.ends_at <= $1 + make_interval(days => $5::integer)
     ),
     due as (
       select *, concat_ws(' ', id, days, extract(epoch from ends_at)) as key from near where days is not null
     )
     select ${ABOUT}, due.days, due.ends_at, due.key
     from due join license on license.account_id = due.account_id and license.id = due.id ${NAMED}
     where ${NOT_RAISED("'license.ending'", "due.key")} and not license.pilot
     order by license.account_id, license.id limit $4`,
    [at, usual.ending_days, renewingKinds, most, MOST_ENDING_DAYS],
  );
}

export async function findOwnAlertRules(
  sql: Sql,
  accountId: string,
  licenseId: string,
): Promise<OwnAlertRules> {
  const [own] = await sql.query<OwnAlertRules>(
    "select threshold_percents, overage, ending_days from license_alert_rules where account_id = $1 and license_id = $2",
    [accountId, licenseId],
  );
  return own ?? { threshold_percents: null, overage: null, ending_days: null };
}

export async function setOwnAlertRules(
  sql: Sql,
  accountId: string,
  licenseId: string,
  own: OwnAlertRules,
): Promise<void> {
  await sql.query(
    `insert into license_alert_rules (account_id, license_id, threshold_percents, overage, ending_days) values ($1, $2, $3, $4, $5)
     on conflict (account_id, license_id) do update
       set threshold_percents = excluded.threshold_percents, overage = excluded.overage, ending_days = excluded.ending_days`,
    [accountId, licenseId, own.threshold_percents, own.overage, own.ending_days],
  );
}
