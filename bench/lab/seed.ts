/**
 * Learners who came before: each with an identity, a confirmed seat, an attempt with its state, and a launch that has
 * closed, as the gateway would have written them; and the lot's counter with them. By SQL, for a million takes hours
 * through the door.
 */
import type pg from "pg";
import type { Part } from "../driver/plan.ts";

export interface Seeded {
  /** Their LMS's id for the learner number n (as the driver counts): `<prefix><n, seven digits>`. */
  readonly prefix: string;
  readonly count: number;
  /** What their LMS's suspend data holds, around the seven digits. */
  readonly marker: { readonly before: string; readonly after: string };
}

export const LEARNER_DIGITS = 7;

/**
 * @param deliveryKeys The learner number n comes by the key number n, round and round.
 * @param tag Tells one call's ids from another's.
 */
export async function seedLearners(
  sql: pg.Client,
  deliveryKeys: readonly string[],
  count: number,
  tag: number,
): Promise<Seeded> {
  const prefix = `seeded-${String(tag).padStart(4, "0")}-`;
  await prepare(sql, deliveryKeys, tag, prefix);
  // Foreign keys are right as they are made here; asking for each, a million rows take half an hour.
  await sql.query("set session_replication_role = replica");
  for (let first = 0; first < count; first += CHUNK)
    for (const insert of INSERTS) await sql.query(insert, [first, Math.min(first + CHUNK, count) - 1]);
  await sql.query("reset session_replication_role");
  await sql.query("update lot set quantity = 2000000 where id in (select lot_id from seeding)");
  await sql.query(
    `update lot set taken = (select count(*) from seat where seat.account_id = lot.account_id and lot_id = lot.id)
     where id in (select lot_id from seeding)`,
  );
  return { prefix, count, marker: { before: `tg1.${ID_START}`, after: idEnd(tag, "attempt") } };
}

/** Planner and visibility map as they are in a database that has lived for a while. */
export async function settle(sql: pg.Client): Promise<void> {
  await sql.query("vacuum (analyze)");
  await sql.query("checkpoint");
}

export function learnerPart(seeded: Pick<Seeded, "prefix" | "count">, step: number): Part {
  return { type: "number", prefix: seeded.prefix, count: seeded.count, step, digits: LEARNER_DIGITS };
}

/** The marker of the same learner as `learnerPart` with the same step. */
export function markerParts({ marker, count }: Seeded, step: number): Part[] {
  return [{ type: "number", prefix: marker.before, count, step, digits: LEARNER_DIGITS }, marker.after];
}

const CHUNK = 100_000;
const ENTITIES = ["learner", "identity", "seat", "attempt", "launch", "charge"] as const;

/**
 * Ids in the order of their making, as the gateway's are: what tells learners apart stands in front. (An index over ids that
 * differ at their end alone would be another index: GiST tells near from far by the front.)
 */
const ID_START = "0";

function idEnd(tag: number, entity: (typeof ENTITIES)[number]): string {
  return `-0197-7000-8${String(ENTITIES.indexOf(entity)).padStart(3, "0")}-${tag.toString(16).padStart(12, "0")}`;
}

async function prepare(
  sql: pg.Client,
  deliveryKeys: readonly string[],
  tag: number,
  prefix: string,
): Promise<void> {
  await sql.query("drop table if exists seeding");
  await sql.query(
    `create temporary table seeding as
     select delivery.account_id, delivery.id as delivery_id, connection_id, delivery.license_id, delivery.course_id,
       course.current_version_id, lot.id as lot_id, license.starts_at,
       coalesce(lot.ends_at, license.starts_at + interval '12 months') as ends_at, price.id as price_id,
       price.amount_minor, price.currency, (position - 1)::integer as turn
     from unnest($1::text[]) with ordinality wanted (key, position) join delivery using (key)
     join license on license.account_id = delivery.account_id and license.id = delivery.license_id
     join course on course.id = delivery.course_id
     left join lot on lot.account_id = delivery.account_id and lot.license_id = delivery.license_id
     left join price on price.account_id = delivery.account_id and price.kind = license.kind`,
    [deliveryKeys],
  );
  const ids = ENTITIES.map(
    (entity) => `('${ID_START}' || digits || '${idEnd(tag, entity)}')::uuid as ${entity}_id`,
  );
  await sql.query(`create or replace function pg_temp.learners(first integer, last integer)
    returns table (turn integer, ${ENTITIES.map((entity) => `${entity}_id uuid`).join(", ")}, value text, named text)
    language sql as $$
      select number % ${deliveryKeys.length}, ${ids.join(", ")}, '${prefix}' || digits,
        'Learner, ${prefix}' || digits
      from generate_series(first, last) number, lpad(number::text, ${LEARNER_DIGITS}, '0') digits $$`);
}

const FROM = "from pg_temp.learners($1, $2) join seeding using (turn)";

const INSERTS = [
  `insert into learner (account_id, id, name, created_at) select account_id, learner_id, named, starts_at ${FROM}`,
  `insert into identity (account_id, id, connection_id, namespace, value, value_hash, learner_id, name_sent, first_seen_at,
     first_origin)
   select account_id, identity_id, connection_id, 'scorm', value, encode(sha256(convert_to(value, 'UTF8')), 'hex'),
     learner_id, named, starts_at, 'https://lms.example.com' ${FROM}`,
  `insert into seat (account_id, id, license_id, learner_id, course_id, lot_id, status, launches, counted_launch_at,
     starts_at, ends_at, confirmed_at, number)
   select account_id, seat_id, license_id, learner_id, course_id, lot_id, 'confirmed', 1, starts_at, starts_at, ends_at,
     starts_at, 1 ${FROM}`,
  `insert into attempt (account_id, id, license_id, course_id, learner_id, course_version_id, number, launches, rollup,
     rollup_stamp, saved_at, started_at)
   select account_id, attempt_id, license_id, course_id, learner_id, current_version_id, 1, 1,
     '{"score": {"max": 100, "min": 0, "raw": 50, "scaled": 0.5}, "success": "unknown", "location": "page-3",
       "progress": 0.5, "completion": "incomplete", "session_seconds": 300}', 1000001, starts_at, starts_at ${FROM}`,
  `insert into attempt_state (account_id, attempt_id, item_id, elements, session_launch, session_seconds)
   select account_id, attempt_id, 'lesson', '{"cmi.core.exit": ["suspend", 1000001], "cmi.suspend_data":
     ["pages=1,2,3;quiz=a,c,,b;volume=0.8;bookmarks=3:12,3:47", 1000001], "cmi.core.lesson_location": ["page-3", 1000001],
     "cmi.core.lesson_status": ["incomplete", 1000001]}', 1, 300 ${FROM}`,
  `insert into attempt_marker (account_id, attempt_id, identity_id, delivery_id, acknowledged_at)
   select account_id, attempt_id, identity_id, delivery_id, starts_at ${FROM}`,
  `insert into launch (account_id, id, delivery_id, license_id, course_id, nonce, lms_origin, identity_id, learner_id,
     seat_id, attempt_id, number, outcome, reference, opened_at, open_seconds, last_seen_at, closed_at)
   select account_id, launch_id, delivery_id, license_id, course_id, md5(value), 'https://lms.example.com', identity_id,
     learner_id, seat_id, attempt_id, 1, 'allowed', upper(left(md5(value), 4) || '-' || right(md5(value), 4)), starts_at,
     300, starts_at, starts_at ${FROM}`,
  `insert into charge (account_id, id, license_id, course_id, learner_id, seat_id, reason, launch_id, rule, price_id,
     amount_minor, currency, made_at)
   select account_id, charge_id, license_id, course_id, learner_id, seat_id, 'seat', launch_id, 'open_time', price_id,
     amount_minor, currency, starts_at ${FROM} where lot_id is null and price_id is not null`,
] as const;
