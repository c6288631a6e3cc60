/** What sweeps count of launches, and the alarms that come of it. No launch writes here. */
import type { AlarmType, DeliveryDay } from "../core/growth.ts";
import type { Sql } from "./db.ts";
import { type Condition, type Page, readPage } from "./listing/page.ts";

export interface Window {
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
}

export const GROWTH_SWEEP = "growth";

/** The sweep's turn for one process: null while another has it. Held until the transaction ends. */
export async function takeSweep(sql: Sql, name: string, startsAt: Date): Promise<Date | null> {
  await sql.query("insert into sweep (name, done_until) values ($1, $2) on conflict do nothing", [
    name,
    startsAt,
  ]);
  const [row] = await sql.query<{ done_until: Date }>(
    "select done_until from sweep where name = $1 for update skip locked",
    [name],
  );
  return row?.done_until ?? null;
}

export async function endSweep(sql: Sql, name: string, doneUntil: Date): Promise<void> {
  await sql.query("update sweep set done_until = $2 where name = $1", [name, doneUntil]);
}

/** So many origins are remembered of a delivery, and no more: what a browser says can be made up. */
export const MOST_ORIGINS = 200;

export async function countOrigins(sql: Sql, { from, to }: Window): Promise<void> {
  await sql.query(
    `insert into delivery_origin (account_id, delivery_id, origin, launches, first_seen_at, last_seen_at)
     select account_id, delivery_id, lms_origin, launches, first_seen_at, last_seen_at from (
       select account_id, delivery_id, lms_origin, sum(count) as launches, min(opened_at) as first_seen_at,
         max(opened_at) as last_seen_at,
         row_number() over (partition by account_id, delivery_id order by sum(count) desc, lms_origin)
           + (select count(*) from delivery_origin as known
              where known.account_id = launch.account_id and known.delivery_id = launch.delivery_id) as place,
         exists (select 1 from delivery_origin as known where known.account_id = launch.account_id
           and known.delivery_id = launch.delivery_id and known.origin = lms_origin) as is_known
       from launch where opened_at >= $1 and opened_at < $2 and lms_origin <> ''
       group by account_id, delivery_id, lms_origin
     ) as seen where is_known or place <= $3
     on conflict (account_id, delivery_id, origin) do update
       set launches = delivery_origin.launches + excluded.launches,
         last_seen_at = greatest(delivery_origin.last_seen_at, excluded.last_seen_at)`,
    [from, to, MOST_ORIGINS],
  );
}

/** An identity was new in the launch that was opened at the very moment it was first seen. */
export async function countDays(sql: Sql, { from, to }: Window): Promise<void> {
  await sql.query(
    `insert into delivery_day (account_id, delivery_id, day, launches, new_identities, new_shapes)
     select account_id, delivery_id, day, sum(launches), sum(new_identities),
       coalesce(jsonb_object_agg(shape, new_identities) filter (where new_identities > 0), '{}')
     from (
       select launch.account_id, delivery_id, (opened_at at time zone 'UTC')::date as day,
         sum(launch.count) as launches, count(distinct identity.id) as new_identities,
         case
           when identity.id is null then ''
           when value ~ '^[0-9]+$' then 'number'
           when value ~ '^[^@[:space:]]+@[^@[:space:]]+$' then 'email'
           when value ~* '^\\{?[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\\}?$' then 'uuid'
           when value ~* '^[0-9a-f]{16,}$' then 'hexadecimal'
           when value ~* '^[a-z]+[._-]?[0-9]+$' then 'letters and digits'
           when value ~* '^[a-z]+([._-][a-z]+)*$' then 'letters'
           else 'other'
         end as shape
       from launch left join identity on identity.account_id = launch.account_id and identity.id = launch.identity_id
         and identity.first_seen_at = launch.opened_at
       where opened_at >= $1 and opened_at < $2
       group by launch.account_id, delivery_id, day, shape
     ) as counted group by account_id, delivery_id, day
     on conflict (account_id, delivery_id, day) do update
       set launches = delivery_day.launches + excluded.launches,
         new_identities = delivery_day.new_identities + excluded.new_identities,
         new_shapes = (select coalesce(jsonb_object_agg(shape, total), '{}') from (
           select key as shape, sum(value::integer) as total
           from (select * from jsonb_each_text(delivery_day.new_shapes)
             union all select * from jsonb_each_text(excluded.new_shapes)) as both_days group by key) as summed)`,
    [from, to],
  );
}

export interface StoredGrowth {
  readonly account_id: string;
  readonly delivery_id: string;
  /** Newest first; the first is the day asked about. */
  readonly days: readonly (DeliveryDay & { readonly day: string })[];
  readonly first_day: string;
  readonly origins: number;
  readonly origins_new_today: number;
}

const DAYS_LOOKED_AT = 29;

/**
 * Of the deliveries that were launched on `day`, a page of them by id. Not of links: a signature proves whose their launches are,
 * so nobody can hand them on.
 */
export function findGrowth(sql: Sql, day: string, { after, most }: Page): Promise<StoredGrowth[]> {
  return sql.query<StoredGrowth>(
    `select today.account_id, today.delivery_id,
       (select jsonb_agg(jsonb_build_object('day', day, 'new_identities', new_identities, 'new_shapes', new_shapes) order by day desc)
         from delivery_day where account_id = today.account_id and delivery_id = today.delivery_id
           and day > today.day - $2::integer and day <= today.day) as days,
       (select min(day)::text from delivery_day
         where account_id = today.account_id and delivery_id = today.delivery_id) as first_day,
       (select count(*)::integer from delivery_origin
         where account_id = today.account_id and delivery_id = today.delivery_id) as origins,
       (select count(*)::integer from delivery_origin where account_id = today.account_id
         and delivery_id = today.delivery_id and (first_seen_at at time zone 'UTC')::date = today.day) as origins_new_today
     from delivery_day as today
     join delivery on delivery.account_id = today.account_id and delivery.id = today.delivery_id and delivery.format <> 'lti'
     where today.day = $1::date and ($3::uuid is null or today.delivery_id > $3)
     order by today.delivery_id limit $4`,
    [day, DAYS_LOOKED_AT, after, most],
  );
}

export interface Alarm {
  readonly account_id: string;
  readonly id: string;
  readonly delivery_id: string;
  readonly type: AlarmType;
  readonly evidence: Readonly<Record<string, number | string>> & { readonly size: number };
  readonly raised_at: Date;
  readonly last_seen_at: Date;
  readonly acknowledged_at: Date | null;
  readonly acknowledged_by: string | null;
}

const ALARM =
  "alarm.account_id, alarm.id, delivery_id, type, evidence, raised_at, last_seen_at, acknowledged_at, acknowledged_by";

/** The open alarm of the type, or else the one that was acknowledged last. */
export async function findNewestAlarm(
  sql: Sql,
  { account_id, delivery_id, type }: Pick<Alarm, "account_id" | "delivery_id" | "type">,
): Promise<Alarm | undefined> {
  return (
    await sql.query<Alarm>(
      `select ${ALARM} from alarm where account_id = $1 and delivery_id = $2 and type = $3
       order by acknowledged_at desc nulls first limit 1`,
      [account_id, delivery_id, type],
    )
  )[0];
}

/** @returns False where another has raised the same meanwhile. */
export async function insertAlarm(
  sql: Sql,
  alarm: Omit<Alarm, "last_seen_at" | "acknowledged_at" | "acknowledged_by">,
): Promise<boolean> {
  const rows = await sql.query(
    `insert into alarm (account_id, id, delivery_id, type, evidence, raised_at, last_seen_at)
     values ($1, $2, $3, $4, $5::jsonb, $6, $6)
     on conflict (account_id, delivery_id, type) where acknowledged_at is null do nothing returning id`,
    [
      alarm.account_id,
      alarm.id,
      alarm.delivery_id,
      alarm.type,
      JSON.stringify(alarm.evidence),
      alarm.raised_at,
    ],
  );
  return rows.length === 1;
}

export async function updateAlarm(
  sql: Sql,
  { account_id, id }: Pick<Alarm, "account_id" | "id">,
  evidence: Alarm["evidence"],
  at: Date,
): Promise<void> {
  await sql.query(
    "update alarm set evidence = $3::jsonb, last_seen_at = $4 where account_id = $1 and id = $2 and acknowledged_at is null",
    [account_id, id, JSON.stringify(evidence), at],
  );
}

export async function findAlarm(sql: Sql, accountId: string, id: string): Promise<Alarm | undefined> {
  return (
    await sql.query<Alarm>(`select ${ALARM} from alarm where account_id = $1 and id = $2 for update`, [
      accountId,
      id,
    ])
  )[0];
}

export async function acknowledgeAlarm(
  sql: Sql,
  accountId: string,
  id: string,
  by: string,
  at: Date,
): Promise<void> {
  await sql.query(
    "update alarm set acknowledged_at = $3, acknowledged_by = $4 where account_id = $1 and id = $2",
    [accountId, id, at, by],
  );
}

export function pageOfAlarms(
  sql: Sql,
  accountId: string,
  filter: { readonly delivery_id?: string | undefined; readonly open?: boolean | undefined },
  page: Page,
): Promise<Alarm[]> {
  const where: Condition[] = [
    ["delivery_id = ?", filter.delivery_id],
    ["(acknowledged_at is null) = ?::boolean", filter.open],
  ];
  return readPage<Alarm>(
    sql,
    { select: `select ${ALARM} from alarm`, account_id: accountId, where, table: "alarm" },
    page,
  );
}

/** An origin of a connection's launches; what admins decided of it stands on the connection. */
export interface SeenOrigin {
  readonly origin: string;
  readonly launches: number;
  readonly first_seen_at: Date;
  readonly last_seen_at: Date;
}

/** Launches since the last sweep included: whoever was just turned away is there to be let in. */
export function listSeenOrigins(sql: Sql, accountId: string, connectionId: string): Promise<SeenOrigin[]> {
  return sql.query<SeenOrigin>(
    `with seen as (
       select origin, launches, first_seen_at, last_seen_at
       from delivery join delivery_origin on delivery_origin.account_id = delivery.account_id
         and delivery_origin.delivery_id = delivery.id
       where delivery.account_id = $1 and connection_id = $2
       union all
       select lms_origin, launch.count, opened_at, opened_at
       from delivery join launch on launch.account_id = delivery.account_id and launch.delivery_id = delivery.id
       where delivery.account_id = $1 and connection_id = $2 and lms_origin <> ''
         and opened_at >= coalesce((select done_until from sweep where name = $4), '-infinity')
     )
     select origin, sum(launches) as launches, min(first_seen_at) as first_seen_at, max(last_seen_at) as last_seen_at
     from seen group by origin order by sum(launches) desc, origin limit $3`,
    [accountId, connectionId, MOST_ORIGINS, GROWTH_SWEEP],
  );
}
