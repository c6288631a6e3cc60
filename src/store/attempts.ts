/** Attempts and their run-time state (docs/bridge.md §3, §4). */
import type { Rollup, StateChanges } from "../core/bridge.ts";
import { type StoredText, storeText } from "../core/text.ts";
import type { Sql } from "./db.ts";

export interface Attempt {
  readonly id: string;
  readonly course_version_id: string;
  readonly number: number;
  readonly launches: number;
  readonly rollup: Rollup | null;
  readonly saved_at: Date | null;
  readonly started_at: Date;
}

/** Why an attempt ended and another begins (RULES §1). */
export type AttemptEnd = "retake" | "reset_by_support" | "reset_by_lms";

const ATTEMPT = "id, course_version_id, number, launches, rollup, saved_at, started_at";

export async function findAttemptById(sql: Sql, accountId: string, id: string): Promise<Attempt | undefined> {
  return (
    await sql.query<Attempt>(`select ${ATTEMPT} from attempt where account_id = $1 and id = $2`, [
      accountId,
      id,
    ])
  )[0];
}

/** Until the transaction ends nobody goes on with it or ends it. */
export async function lockAttempt(sql: Sql, accountId: string, id: string): Promise<void> {
  await sql.query("select 1 from attempt where account_id = $1 and id = $2 for update", [accountId, id]);
}

/** @returns False when it had ended already. */
export async function endAttempt(
  sql: Sql,
  accountId: string,
  id: string,
  reason: AttemptEnd,
  at: Date,
): Promise<boolean> {
  const rows = await sql.query(
    `update attempt set ended_at = $3, ended_reason = $4
     where account_id = $1 and id = $2 and ended_at is null returning id`,
    [accountId, id, at, reason],
  );
  return rows.length === 1;
}

/** Whether a later launch of the attempt has begun to save: then it has taken over. */
export async function isTakenOver(
  sql: Sql,
  accountId: string,
  attemptId: string,
  lastStampOfLaunch: number,
): Promise<boolean> {
  const rows = await sql.query(
    "select 1 from attempt where account_id = $1 and id = $2 and rollup_stamp > $3",
    [accountId, attemptId, lastStampOfLaunch],
  );
  return rows.length > 0;
}

/** Remembers that the LMS behind this launch holds the attempt's marker. */
export async function acknowledgeMarker(
  sql: Sql,
  accountId: string,
  launchId: string,
  at: Date,
): Promise<void> {
  await sql.query(
    `insert into attempt_marker (account_id, attempt_id, identity_id, delivery_id, acknowledged_at)
     select account_id, attempt_id, identity_id, delivery_id, $3 from launch
     where account_id = $1 and id = $2 and attempt_id is not null and identity_id is not null
     on conflict do nothing`,
    [accountId, launchId, at],
  );
}

export interface ItemState {
  readonly item_id: string;
  readonly elements: Readonly<Record<string, readonly [value: StoredText | null, stamp: number]>>;
  /** Of all launches so far. */
  readonly total_seconds: number;
}

export function findState(sql: Sql, accountId: string, attemptId: string): Promise<ItemState[]> {
  return sql.query<ItemState>(
    `select item_id, elements, earlier_seconds + session_seconds as total_seconds
     from attempt_state where account_id = $1 and attempt_id = $2`,
    [accountId, attemptId],
  );
}

/**
 * Writes elements that are not older than what is stored: a save that arrives late never overwrites a newer one.
 * @param stamp Orders saves within the attempt: the launch's number, then the save's sequence.
 */
export async function saveElements(
  sql: Sql,
  accountId: string,
  attemptId: string,
  changes: StateChanges,
  stamp: number,
): Promise<void> {
  const stamped = mapEntries(changes, (elements) =>
    mapEntries(elements, (value) => [value === null ? null : storeText(value), stamp]),
  );
  await sql.query(
    `insert into attempt_state as stored (account_id, attempt_id, item_id, elements)
     select $1, $2, key, value from jsonb_each($3::jsonb) order by key
     on conflict (account_id, attempt_id, item_id) do update set elements = stored.elements || coalesce((
       select jsonb_object_agg(key, value) from jsonb_each(excluded.elements)
       where coalesce((stored.elements -> key ->> 1)::bigint, 0) <= $4), '{}')`,
    [accountId, attemptId, JSON.stringify(stamped), stamp],
  );
}

function mapEntries<From, To>(
  record: Readonly<Record<string, From>>,
  to: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, to(value)]));
}

/** Session seconds grow within a launch; the launch before is then added to what went before it. */
export async function saveSessionSeconds(
  sql: Sql,
  accountId: string,
  attemptId: string,
  launchNumber: number,
  seconds: Readonly<Record<string, number>>,
): Promise<void> {
  await sql.query(
    `insert into attempt_state as stored (account_id, attempt_id, item_id, session_launch, session_seconds)
     select $1, $2, key, $3, value::double precision from jsonb_each_text($4::jsonb) order by key
     on conflict (account_id, attempt_id, item_id) do update set
       earlier_seconds = stored.earlier_seconds
         + case when excluded.session_launch > stored.session_launch then stored.session_seconds else 0 end,
       session_seconds = case when excluded.session_launch > stored.session_launch then excluded.session_seconds
         else greatest(stored.session_seconds, excluded.session_seconds) end,
       session_launch = excluded.session_launch
     where excluded.session_launch >= stored.session_launch`,
    [accountId, attemptId, launchNumber, JSON.stringify(seconds)],
  );
}

/** What every activity weighs besides its elements, so that many empty ones weigh something too. */
const BYTES_OF_A_ROW = 100;

/** The bytes of one attempt's state as a launch reads it, not as it is compressed; to refuse what grows without end. */
export async function stateBytes(sql: Sql, accountId: string, attemptId: string): Promise<number> {
  const [row] = await sql.query<{ bytes: number }>(
    `select coalesce(sum(octet_length(elements::text) + octet_length(item_id) + $3::integer), 0)::bigint as bytes
     from attempt_state where account_id = $1 and attempt_id = $2`,
    [accountId, attemptId, BYTES_OF_A_ROW],
  );
  return row?.bytes ?? 0;
}

/** @param stamp As in `saveElements`: a rollup that is older than the stored one is not taken. */
export async function saveRollup(
  sql: Sql,
  accountId: string,
  attemptId: string,
  rollup: Rollup | null,
  stamp: number,
  at: Date,
): Promise<void> {
  await sql.query(
    `update attempt set saved_at = greatest(saved_at, $5),
       rollup = case when $3::jsonb is not null and rollup_stamp <= $4 then $3::jsonb else rollup end,
       rollup_stamp = case when $3::jsonb is not null then greatest(rollup_stamp, $4) else rollup_stamp end
     where account_id = $1 and id = $2`,
    [accountId, attemptId, rollup && JSON.stringify(rollup), stamp, at],
  );
}

export interface ListedAttempt extends Attempt {
  readonly license_id: string;
  readonly course_id: string;
  readonly learner_id: string;
  readonly ended_at: Date | null;
  readonly ended_reason: AttemptEnd | null;
}

export function listAttempts(sql: Sql, accountId: string, licenseId: string): Promise<ListedAttempt[]> {
  return sql.query<ListedAttempt>(
    `select ${ATTEMPT}, license_id, course_id, learner_id, ended_at, ended_reason from attempt
     where account_id = $1 and license_id = $2 order by started_at, id`,
    [accountId, licenseId],
  );
}
