/**
 * THE READING OF A LAUNCH: one statement that brings all that is needed to decide on any number of arrivals, each door once.
 * What is decided on it is written by `writeLaunches.ts`, which looks whether it still holds.
 */
import type { Rollup } from "../../core/bridge.ts";
import type { Seat } from "../../core/licensing/admit.ts";
import type { Term } from "../../core/time.ts";
import type { ItemState } from "../attempts.ts";
import type { Sql } from "../db.ts";
import { type AsJson, type Door, type DoorRow, instantOrNull, readDoor, SELECT_DOORS } from "../doors.ts";
import { hashOf } from "../learners.ts";
import { FEW_ROWS } from "../quick.ts";

export interface AskedArrival {
  readonly delivery_key: string;
  readonly nonce: string;
  readonly namespace: string;
  /** As it would be kept; whether it is a placeholder is the door's to say. */
  readonly identity: string;
  readonly origin: string;
  /** Launches allowed before it are over. */
  readonly open_since: Date;
}

/** What is known of one arrival. */
export interface FoundArrival {
  readonly door: Door;
  /** The connection of its own that its origin has, if any (RULES §6). */
  readonly spin_off_id: string | null;
  /** The launch that its nonce was allowed as, if it was. */
  readonly before_id: string | null;
  /** The identity on the door's connection and on the spin-off, each with its learner. */
  readonly known: readonly KnownArrival[];
}

/** An identity with its learner, whether it is known to come from this origin, and what the learner has under the license. */
export interface KnownArrival {
  readonly identity_id: string;
  readonly connection_id: string;
  readonly learner_id: string;
  readonly name_sent: string;
  readonly test: boolean;
  readonly deactivated: boolean;
  readonly origin_known: boolean;
  /** False for one that was recorded ahead, such as a test identity: no launch has brought it yet. */
  readonly launched: boolean;
  /** For this course or for all, not released, oldest first. */
  readonly seats: readonly FoundSeat[];
  /** None, unless the license's kind is assigned. */
  readonly assignments: readonly Term[];
  readonly newest_attempt: FoundAttempt | null;
}

export interface FoundSeat extends Seat {
  /** Null: covers every course. */
  readonly course_id: string | null;
}

export interface FoundAttempt {
  readonly id: string;
  readonly course_version_id: string;
  readonly number: number;
  readonly launches: number;
  readonly rollup: Rollup | null;
  readonly saved_at: Date | null;
  readonly started_at: Date;
  readonly ended: boolean;
  /** The LMS of this identity and delivery holds the attempt's marker. */
  readonly marker_acknowledged: boolean;
  /** Of the newest launches, those that have not closed. */
  readonly open_launches: readonly { readonly id: string; readonly last_seen_at: Date }[];
  /** Null where it is large: then it is better read by itself. */
  readonly states: readonly ItemState[] | null;
}

/** Whether a course is open elsewhere is a hint: more launches than these are not looked at. */
const NEWEST_LAUNCHES = 8;
/** As stored, which for most is compressed. */
const LARGE_STATE_BYTES = 8192;

/** Of `attempt`. @param since Launches allowed before it are over. */
export const selectOpenLaunches = (
  since: string,
) => `(select json_agg(json_build_object('id', newest.id, 'last_seen_at', newest.last_seen_at))
         filter (where newest.closed_at is null and newest.opened_at > ${since}) from (
       select launch.id, launch.last_seen_at, launch.opened_at, launch.closed_at from launch
       where launch.account_id = attempt.account_id and launch.attempt_id = attempt.id
       order by launch.number desc limit ${NEWEST_LAUNCHES}) as newest)`;
/** Of `attempt`. */
export const SELECT_STATES = `case when (select coalesce(sum(pg_column_size(stored.elements)), 0) from attempt_state as stored
               where stored.account_id = attempt.account_id and stored.attempt_id = attempt.id) < ${LARGE_STATE_BYTES}
      then coalesce((
        select json_agg(json_build_object('item_id', stored.item_id, 'elements', stored.elements,
          'total_seconds', stored.earlier_seconds + stored.session_seconds))
        from attempt_state as stored
        where stored.account_id = attempt.account_id and stored.attempt_id = attempt.id), '[]') end`;

/**
 * Each of these must find its rows by the one index that is made for it. `offset 0` keeps its conditions together; what is
 * told apart by `is true` is looked at row by row, and so is no condition of another index.
 */
const READ_ARRIVALS = `/* read launches */
with asked as materialized (
  select * from jsonb_to_recordset($1::jsonb) as asked (position integer, delivery_key text, nonce text, namespace text,
    value_hash text, origin text, open_since timestamptz)
  where ${FEW_ROWS}
), door as materialized (${SELECT_DOORS}
)
select asked.position, case when asked.position = door.first_position then door.door end as door, door.delivery_id,
  spin_off.id as spin_off_id,
  (select launch.id from launch where launch.account_id = door.account_id and launch.nonce = asked.nonce
     and (launch.delivery_id = door.delivery_id) is true and launch.outcome <> 'denied') as before_id,
  identity.id as identity_id, identity.connection_id, identity.name_sent,
  learner.id as learner_id, learner.test, learner.deactivated_at is not null as deactivated,
  -- Null where no launch has brought the identity yet.
  (select bool_or(seen.origin = asked.origin) from (
     select identity.first_origin where identity.first_origin is not null
     union all select identity_origin.origin from identity_origin
     where identity_origin.account_id = identity.account_id and identity_origin.identity_id = identity.id) as seen (origin))
   as origin_known,
  (select json_agg(json_build_object('id', seat.id, 'status', seat.status, 'lot_id', seat.lot_id, 'launches', seat.launches,
       'counted_launch_at', seat.counted_launch_at, 'starts_at', seat.starts_at, 'ends_at', seat.ends_at,
       'course_id', seat.course_id))
     from seat
     where seat.account_id = door.account_id and seat.learner_id = learner.id
       and (seat.license_id = door.license_id) is true and (seat.course_id = door.course_id or seat.course_id is null)
       and seat.status <> 'released') as seats,
  -- In arrays, by which the exclusion constraint's index can't be searched: it is much slower than the other.
  case when door.is_assigned then (
    select json_agg(json_build_object('starts_at', assignment.starts_at, 'ends_at', assignment.ends_at))
    from assignment
    where assignment.account_id = any (array[door.account_id]) and assignment.learner_id = any (array[learner.id])
      and (assignment.license_id = door.license_id) is true) end as assignments,
  attempt.*
from asked
join door on door.delivery_key = asked.delivery_key
left join lateral (
  select connection.id from connection
  where connection.account_id = door.account_id and connection.spun_off_from = door.connection_id
    and connection.spun_off_origin = asked.origin offset 0) as spin_off on true
left join lateral (
  select identity.account_id, identity.id, identity.connection_id, identity.learner_id, identity.name_sent,
    identity.first_origin
  from identity
  where identity.account_id = door.account_id and identity.connection_id = any (array[door.connection_id, spin_off.id])
    and identity.namespace = asked.namespace and identity.value_hash = asked.value_hash offset 0) as identity on true
left join learner on learner.account_id = identity.account_id and learner.id = identity.learner_id
left join lateral (
  select attempt.id as attempt_id, attempt.course_version_id, attempt.number, attempt.launches, attempt.rollup,
    attempt.saved_at, attempt.started_at, attempt.ended_at is not null as ended,
    exists (select from attempt_marker as marker where marker.account_id = attempt.account_id
      and marker.attempt_id = attempt.id and marker.identity_id = identity.id and marker.delivery_id = door.delivery_id)
      as marker_acknowledged,
    ${selectOpenLaunches("asked.open_since")} as open_launches,
    ${SELECT_STATES} as states
  from attempt
  where attempt.account_id = door.account_id and attempt.learner_id = learner.id
    and (attempt.license_id = door.license_id) is true and (attempt.course_id = door.course_id) is true
  order by attempt.number desc limit 1) as attempt on true`;

interface Row {
  readonly position: number;
  readonly door: DoorRow | null;
  readonly delivery_id: string;
  readonly spin_off_id: string | null;
  readonly before_id: string | null;
  readonly identity_id: string | null;
  readonly connection_id: string;
  readonly name_sent: string;
  readonly learner_id: string;
  readonly test: boolean;
  readonly deactivated: boolean;
  /** Null where it is known to come from nowhere. */
  readonly origin_known: boolean | null;
  readonly seats: readonly AsJson<FoundSeat>[] | null;
  readonly assignments: readonly AsJson<Term>[] | null;
  readonly attempt_id: string | null;
  readonly course_version_id: string;
  readonly number: number;
  readonly launches: number;
  readonly rollup: Rollup | null;
  readonly saved_at: Date | null;
  readonly started_at: Date;
  readonly ended: boolean;
  readonly marker_acknowledged: boolean;
  readonly open_launches: readonly OpenLaunchRow[] | null;
  readonly states: readonly ItemState[] | null;
}

/** @returns In the order asked; undefined where the delivery is unknown. */
export async function readArrivals(
  sql: Sql,
  arrivals: readonly AskedArrival[],
): Promise<(FoundArrival | undefined)[]> {
  const asked = arrivals.map((arrival, position) => ({
    position,
    delivery_key: arrival.delivery_key,
    nonce: arrival.nonce,
    namespace: arrival.namespace,
    value_hash: hashOf(arrival.identity),
    origin: arrival.origin,
    open_since: arrival.open_since,
  }));
  const rows = await sql.query<Row>(READ_ARRIVALS, [JSON.stringify(asked)]);
  const doors = new Map(rows.flatMap(({ door }) => (door ? [[door.delivery_id, readDoor(door)]] : [])));
  const found: (FoundArrival | undefined)[] = arrivals.map(() => undefined);
  for (const row of rows) {
    const before = found[row.position]?.known ?? [];
    const door = doors.get(row.delivery_id);
    if (!door) throw new Error("A door was not read with its arrivals");
    found[row.position] = {
      door,
      spin_off_id: row.spin_off_id,
      before_id: row.before_id,
      known: row.identity_id === null ? before : [...before, readKnown(row, row.identity_id)],
    };
  }
  return found;
}

function readKnown(row: Row, identity_id: string): KnownArrival {
  const { connection_id, learner_id, name_sent, test, deactivated, origin_known } = row;
  return {
    identity_id,
    connection_id,
    learner_id,
    name_sent,
    test,
    deactivated,
    origin_known: origin_known === true,
    launched: origin_known !== null,
    seats: (row.seats ?? [])
      .map(readSeat)
      .sort((one, other) => one.starts_at.getTime() - other.starts_at.getTime()),
    assignments: (row.assignments ?? []).map(({ starts_at, ends_at }) => ({
      starts_at: new Date(starts_at),
      ends_at: instantOrNull(ends_at),
    })),
    newest_attempt: row.attempt_id === null ? null : readAttempt(row, row.attempt_id),
  };
}

function readSeat(seat: AsJson<FoundSeat>): FoundSeat {
  return {
    ...seat,
    counted_launch_at: new Date(seat.counted_launch_at),
    starts_at: new Date(seat.starts_at),
    ends_at: instantOrNull(seat.ends_at),
  };
}

function readAttempt(row: Row, id: string): FoundAttempt {
  const { course_version_id, number, launches, rollup, saved_at, started_at, ended, marker_acknowledged } =
    row;
  return {
    id,
    course_version_id,
    number,
    launches,
    rollup,
    saved_at,
    started_at,
    ended,
    marker_acknowledged,
    open_launches: readOpenLaunches(row.open_launches),
    states: row.states,
  };
}

export type OpenLaunchRow = AsJson<FoundAttempt["open_launches"][number]>;

export function readOpenLaunches(rows: readonly OpenLaunchRow[] | null): FoundAttempt["open_launches"] {
  return (rows ?? []).map(({ id, last_seen_at }) => ({ id, last_seen_at: new Date(last_seen_at) }));
}
