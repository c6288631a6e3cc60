/**
 * THE WRITING OF SAVES: one statement for all that keeps any number of launches going, the two-minute rule aside (docs/bridge.md §3).
 */
import type { Rollup, StateChanges } from "../../core/bridge.ts";
import { storeText } from "../../core/text.ts";
import { codeOf, type Sql } from "../db.ts";
import { FEW_ROWS } from "../quick.ts";

export interface Keep {
  readonly account_id: string;
  readonly attempt_id: string;
  readonly launch_id: string;
  /** Within its attempt. */
  readonly launch_number: number;
  /** Orders saves within the attempt: the launch's number, then the save's sequence. */
  readonly stamp: number;
  /** The highest that this launch can have: one beyond it is of a later launch, which has taken over. */
  readonly last_stamp: number;
  /** False: only where nobody has taken over is anything written. */
  readonly even_if_taken_over: boolean;
  readonly at: Date;
  readonly open_seconds: number;
  readonly closing: boolean;
  /** The LMS behind this launch holds the attempt's marker. */
  readonly marker_acknowledged: boolean;
  /** Null: nothing was saved. */
  readonly save: {
    readonly changes: StateChanges;
    readonly session_seconds: Readonly<Record<string, number>>;
    readonly rollup: Rollup | null;
  } | null;
  /** What the state of the attempt may grow to. */
  readonly most_state_bytes: number;
}

/** Nothing was written: the state would be larger than it may be. */
export class StateTooLarge extends Error {
  override readonly name = "StateTooLarge";
}

const TOO_LARGE = "54000";
/** What every activity weighs besides its elements, so that many empty ones weigh something too. */
const BYTES_OF_A_ROW = 100;

/** As the statement reads it. */
export interface KeepText {
  readonly account_id: string;
  readonly attempt_id: string;
  readonly saves: boolean;
  readonly marker_acknowledged: boolean;
  readonly json: string;
}

export function textOf(keep: Keep): KeepText {
  const { account_id, attempt_id, marker_acknowledged, save, ...fields } = keep;
  const saves = save !== null;
  const json = JSON.stringify({
    position: 0,
    account_id,
    attempt_id,
    marker_acknowledged,
    saves,
    ...fields,
    rollup: save?.rollup ?? null,
    items: save ? itemsOf(save) : [],
  });
  return { account_id, attempt_id, saves, marker_acknowledged, json };
}

/**
 * One alone; it waits for whoever holds its attempt.
 * @returns Whether a later launch of the attempt has begun to save: then it has taken over.
 * @throws StateTooLarge
 */
export async function writeKeep(sql: Sql, keep: KeepText): Promise<boolean> {
  const [takenOver] = await write(sql, [keep], "");
  return takenOver ?? false;
}

/**
 * All those whose attempts nobody holds, or nothing.
 * @param keeps No two of one attempt.
 * @returns Of each, in their order, as of one alone; null where the attempt is held by somebody else, or is not there.
 * @throws StateTooLarge, of any of them.
 */
export function writeKeeps(sql: Sql, keeps: readonly KeepText[]): Promise<(boolean | null)[]> {
  return write(sql, keeps, "for no key update of attempt skip locked");
}

async function write(sql: Sql, keeps: readonly KeepText[], locking: string): Promise<(boolean | null)[]> {
  // In one order everywhere, so that processes with the same attempts wait for one another rather than deadlock.
  const sorted = [...keeps].sort((one, other) => (one.attempt_id < other.attempt_id ? -1 : 1));
  try {
    const rows = await sql.query<{ attempt_id: string; taken_over: boolean }>(statementFor(keeps, locking), [
      `[${sorted.map(({ json }) => json).join(",")}]`,
    ]);
    const takenOver = new Map(rows.map(({ attempt_id, taken_over }) => [attempt_id, taken_over]));
    return keeps.map(({ attempt_id }) => takenOver.get(attempt_id) ?? null);
  } catch (error) {
    if (codeOf(error) !== TOO_LARGE) throw error;
    throw new StateTooLarge("The state would be too large", { cause: error });
  }
}

/** Activities in an order that all saves keep: two of them wait for one another, and never both. */
function itemsOf({ changes, session_seconds }: NonNullable<Keep["save"]>) {
  const seconds = new Map(Object.entries(session_seconds));
  const elements = new Map(Object.entries(changes));
  const names = [...new Set([...elements.keys(), ...seconds.keys()])].sort();
  return names.map((item_id, position) => ({
    position,
    item_id,
    // By entries, for a course may name an element as JavaScript names its own.
    changes: Object.entries(elements.get(item_id) ?? {}).map(([element, value]) => [
      element,
      value === null ? null : storeText(value),
    ]),
    session_seconds: seconds.get(item_id) ?? null,
  }));
}

const selectKeeps = (locking: string) => `/* keep launches */
with given as materialized (
  select * from jsonb_to_recordset($1::jsonb) as given (position integer, account_id uuid, attempt_id uuid, launch_id uuid,
    launch_number integer, stamp bigint, last_stamp bigint, even_if_taken_over boolean, at timestamptz,
    open_seconds double precision, closing boolean, marker_acknowledged boolean, saves boolean, most_state_bytes bigint,
    rollup jsonb, items jsonb)
  where ${FEW_ROWS}
), keep as materialized (
  select given.*, attempt.rollup_stamp > given.last_stamp as taken_over,
    given.even_if_taken_over or attempt.rollup_stamp <= given.last_stamp as writes
  from given join attempt on attempt.account_id = given.account_id and attempt.id = given.attempt_id ${locking}
)`;

/** An element that is older than what is stored is not taken; session seconds grow within a launch, and add up over launches. */
const SAVED = `item as materialized (
  select keep.account_id, keep.attempt_id, item.item_id, keep.stamp,
    (select coalesce(jsonb_object_agg(change ->> 0, jsonb_build_array(change -> 1, keep.stamp)), '{}')
     from jsonb_array_elements(item.changes) as change) as elements,
    case when item.session_seconds is null then 0 else keep.launch_number end as session_launch,
    coalesce(item.session_seconds, 0) as session_seconds
  from keep cross join lateral (
    select * from jsonb_to_recordset(keep.items) as item (position integer, item_id text, changes jsonb,
      session_seconds double precision)
    where ${FEW_ROWS}) as item
  where keep.writes
), saved as (
  insert into attempt_state as stored (account_id, attempt_id, item_id, elements, session_launch, session_seconds)
  select account_id, attempt_id, item_id, elements, session_launch, session_seconds from item
  on conflict (account_id, attempt_id, item_id) do update set
    elements = stored.elements || coalesce((
      select jsonb_object_agg(key, value) from jsonb_each(excluded.elements)
      where coalesce((stored.elements -> key ->> 1)::bigint, 0) <= (value ->> 1)::bigint), '{}'),
    earlier_seconds = stored.earlier_seconds
      + case when excluded.session_launch > stored.session_launch then stored.session_seconds else 0 end,
    session_seconds = case
      when excluded.session_launch > stored.session_launch then excluded.session_seconds
      when excluded.session_launch = stored.session_launch
        then greatest(stored.session_seconds, excluded.session_seconds)
      else stored.session_seconds end,
    session_launch = greatest(stored.session_launch, excluded.session_launch)
  returning account_id, attempt_id, item_id, octet_length(elements::text) + octet_length(item_id) + ${BYTES_OF_A_ROW} as bytes
), rolled_up as (
  update attempt set saved_at = greatest(attempt.saved_at, keep.at),
    rollup = case when keep.rollup is not null and attempt.rollup_stamp <= keep.stamp then keep.rollup else attempt.rollup end,
    rollup_stamp = case when keep.rollup is not null then greatest(attempt.rollup_stamp, keep.stamp)
      else attempt.rollup_stamp end,
    graded_stamp = case when keep.rollup is not null and attempt.rollup_stamp <= keep.stamp
        and seen_in_gradebook(keep.rollup) is distinct from seen_in_gradebook(attempt.rollup) then keep.stamp
      else attempt.graded_stamp end
  from keep
  where keep.writes and keep.saves and attempt.account_id = keep.account_id and attempt.id = keep.attempt_id
  returning attempt.account_id, attempt.id, keep.stamp, keep.at, keep.rollup,
    keep.rollup is not null and attempt.graded_stamp = keep.stamp as is_graded
)`;

/**
 * What changes in gradebooks goes into their outbox with the save that changed it: acknowledged together, or not at all. The
 * target is changed whether or not it rests, so that nobody who works at it overlooks the grade (docs/lti-grades.md). A save
 * that comes again has its number already.
 */
const GRADED = `woken as (
  update grade_target set resting = false,
    due_at = case when grade_target.failing then grade_target.due_at else rolled_up.at end
  from rolled_up
  where rolled_up.is_graded and grade_target.account_id = rolled_up.account_id and grade_target.attempt_id = rolled_up.id
  returning grade_target.account_id, grade_target.id, rolled_up.stamp, rolled_up.at, rolled_up.rollup
), graded as (
  insert into grade (account_id, target_id, number, occurred_at, rollup, status, next_try_at)
  select account_id, id, stamp, at, rollup - 'location' - 'session_seconds', 'waiting', at from woken
  on conflict do nothing
)`;

const SEEN = `seen as (
  update launch set open_seconds = greatest(launch.open_seconds, keep.open_seconds),
    last_seen_at = greatest(launch.last_seen_at, keep.at), closed_at = case when keep.closing then keep.at end
  from keep where keep.writes and launch.account_id = keep.account_id and launch.id = keep.launch_id
)`;

const MARKED = `marked as (
  insert into attempt_marker (account_id, attempt_id, identity_id, delivery_id, acknowledged_at)
  select launch.account_id, launch.attempt_id, launch.identity_id, launch.delivery_id, keep.at
  from keep join launch on launch.account_id = keep.account_id and launch.id = keep.launch_id
  where keep.writes and keep.marker_acknowledged and launch.attempt_id is not null and launch.identity_id is not null
  on conflict do nothing
)`;

const STATE_BYTES = `(select coalesce(sum(bytes), 0) from saved
   where saved.account_id = keep.account_id and saved.attempt_id = keep.attempt_id)
  + (select coalesce(sum(octet_length(other.elements::text) + octet_length(other.item_id) + ${BYTES_OF_A_ROW}), 0)
     from attempt_state as other
     where other.account_id = keep.account_id and other.attempt_id = keep.attempt_id
       and (other.account_id, other.attempt_id, other.item_id) not in (select account_id, attempt_id, item_id from saved))`;

/** Of what any of them needs: four texts, and four for those that go together. */
function statementFor(keeps: readonly KeepText[], locking: string): string {
  const saves = keeps.some((keep) => keep.saves);
  const marks = keeps.some((keep) => keep.marker_acknowledged);
  const parts = [
    selectKeeps(locking),
    ...(saves ? [SAVED, GRADED] : []),
    SEEN,
    ...(marks ? [MARKED] : []),
  ].join(", ");
  return saves
    ? `${parts}
select keep.attempt_id, keep.taken_over,
  case when keep.writes and keep.saves and ${STATE_BYTES} > keep.most_state_bytes then refuse_large_state() end
from keep`
    : `${parts}
select keep.attempt_id, keep.taken_over from keep`;
}
