/**
 * RETURNS: one statement that opens launches of learners who come back, to a running attempt and with a confirmed seat, where nothing
 * else is to be decided or written: by far the most launches there are. Whoever is not among them, for whatever reason, is read
 * about and decided on as ever (`readArrivals.ts`, `flows/launch/decide.ts`), which is also what says who may be among
 * them: each condition here is one under which that decision is to enter, and `returns.test.ts` holds the two together.
 */
import type { Rollup } from "../../core/bridge.ts";
import {
  CONTRACT_KIND_NAMES,
  LEARNER_KIND_NAMES,
  RENEWING_KIND_NAMES,
} from "../../core/licensing/kinds/index.ts";
import type { ItemState } from "../attempts.ts";
import type { Sql } from "../db.ts";
import { hashOf } from "../learners.ts";
import { FEW_ROWS } from "../quick.ts";
import {
  type AskedArrival,
  type FoundAttempt,
  type OpenLaunchRow,
  readOpenLaunches,
  SELECT_STATES,
  selectOpenLaunches,
} from "./readArrivals.ts";

export interface AskedReturn extends AskedArrival {
  /** Whose host it came to; null: everyone's. */
  readonly host_account_id: string | null;
  /** A name came with it. */
  readonly named: boolean;
  /** Which the LMS's marker names. */
  readonly attempt_id: string;
  readonly launch_id: string;
  readonly reference: string;
  readonly opened_at: Date;
}

/** A launch that is open now. */
export interface OpenedReturn {
  readonly account_id: string;
  readonly delivery_id: string;
  readonly kind: string;
  readonly learner_id: string;
  /** As it was before this launch. */
  readonly attempt: Omit<FoundAttempt, "ended" | "marker_acknowledged" | "open_launches" | "states">;
  readonly open_launches: FoundAttempt["open_launches"];
  readonly states: FoundAttempt["states"];
}

/**
 * - `entrance`: a package's delivery that nobody has revoked, of an open account, at a host that is its own or everyone's; a license
 *   that has started, one of whose contracts has, where its kind needs one; no term that is due to follow (RULES §3.3).
 * - `person`: an id that no connection takes for a placeholder, known to come from this origin, which is not refused; neither a
 *   test identity nor deactivated; no name that is learnt only now (RULES §6).
 * - `seat`: one that runs and is confirmed, and no other that runs.
 * - The attempt runs and is locked as it was read, so nothing was begun, ended or launched meanwhile. The nonce is new: a launch
 *   that is sent again was opened before.
 *
 * `offset 0` keeps the lookups in this order, each by its key: else a plan that was made while a table was all but empty would
 * go through it.
 */
const OPEN_RETURNS = `/* open returns */
with asked as materialized (
  select * from jsonb_to_recordset($1::jsonb) as asked (position integer, delivery_key text, host_account_id uuid, nonce text,
    namespace text, value_hash text, origin text, named boolean, attempt_id uuid, launch_id uuid, reference text,
    opened_at timestamptz, open_since timestamptz)
  where ${FEW_ROWS}
), ready as materialized (
  select asked.position, asked.nonce, asked.origin, asked.attempt_id, asked.launch_id, asked.reference, asked.opened_at,
    asked.open_since, entrance.account_id, entrance.id as delivery_id, entrance.license_id, entrance.course_id, license.kind,
    identity.id as identity_id, identity.learner_id, seat.id as seat_id, running.*
  from asked
  cross join lateral (
    select account_id, id, license_id, course_id, connection_id from delivery
    where key = asked.delivery_key and (revoked_at is null) is true and format <> 'lti'
      and coalesce(account_id = asked.host_account_id, true) offset 0) as entrance
  cross join lateral (
    select from account where id = entrance.account_id and closed_at is null offset 0) as account
  cross join lateral (
    select kind from license
    where account_id = entrance.account_id and id = entrance.license_id and starts_at <= asked.opened_at
      and (kind <> all ('{${CONTRACT_KIND_NAMES}}') or exists (
        select from contract where contract.account_id = license.account_id and contract.kind = license.kind
          and contract.starts_at <= asked.opened_at))
      and (kind <> all ('{${RENEWING_KIND_NAMES}}') or exists (
        select from lot where lot.account_id = license.account_id and lot.license_id = license.id
          and lot.quantity > 0 and lot.ends_at > asked.opened_at)) offset 0) as license
  cross join lateral (
    select from connection
    where account_id = entrance.account_id and id = entrance.connection_id and placeholder_ids = '{}'
      and asked.origin <> all (refused_origins)
      and (origins_mode = 'learn' or asked.origin = any (allowed_origins)) offset 0) as connection
  cross join lateral (
    select id, learner_id from identity
    where account_id = entrance.account_id and connection_id = entrance.connection_id
      and namespace = asked.namespace and value_hash = asked.value_hash
      and (name_sent <> '' or not asked.named)
      -- offset 0: looked up, rather than all of the table read into a hash.
      and (first_origin = asked.origin or exists (
        select from identity_origin
        where account_id = entrance.account_id and identity_id = identity.id and origin = asked.origin offset 0)) offset 0) as identity
  cross join lateral (
    select from learner
    where account_id = entrance.account_id and id = identity.learner_id
      and (test or deactivated_at is not null) is false offset 0) as learner
  cross join lateral (
    select (array_agg(seat.id))[1] as id from seat
    where seat.account_id = entrance.account_id and seat.learner_id = identity.learner_id
      and (seat.license_id = entrance.license_id) is true
      and case when license.kind = any ('{${LEARNER_KIND_NAMES}}') then seat.course_id is null
        else seat.course_id = entrance.course_id end
      and seat.status <> 'released' and (seat.ends_at is null or seat.ends_at > asked.opened_at)
    having count(*) = 1 and bool_and(seat.status = 'confirmed')) as seat
  cross join lateral (
    select course_version_id, number, launches, rollup, saved_at, started_at from attempt
    where account_id = entrance.account_id and id = asked.attempt_id
      and (learner_id = identity.learner_id and license_id = entrance.license_id and course_id = entrance.course_id
        and ended_at is null) is true offset 0) as running
  where not exists (
    select from launch where launch.account_id = entrance.account_id and launch.nonce = asked.nonce
      and (launch.delivery_id = entrance.id) is true and launch.outcome <> 'denied')
), continued as (
  update attempt set launches = ready.launches + 1 from ready
  where attempt.account_id = ready.account_id and attempt.id = ready.attempt_id
    and (attempt.ended_at is null) is true and attempt.launches = ready.launches
  returning ready.*
), launched as (
  insert into launch (account_id, id, delivery_id, license_id, course_id, nonce, lms_origin, identity_id, learner_id,
    seat_id, attempt_id, number, outcome, code, reference, opened_at, last_seen_at)
  select account_id, launch_id, delivery_id, license_id, course_id, nonce, origin, identity_id, learner_id,
    seat_id, attempt_id, launches + 1, 'allowed', null, reference, opened_at, opened_at
  from continued
)
select position, account_id, delivery_id, kind, learner_id, id, course_version_id, number, launches, rollup, saved_at,
  started_at, ${selectOpenLaunches("attempt.open_since")} as open_launches, ${SELECT_STATES} as states
from (select attempt_id as id, continued.* from continued) as attempt`;

interface Row extends Pick<OpenedReturn, "account_id" | "delivery_id" | "kind" | "learner_id"> {
  readonly position: number;
  readonly id: string;
  readonly course_version_id: string;
  readonly number: number;
  /** Before this one. */
  readonly launches: number;
  readonly rollup: Rollup | null;
  readonly saved_at: Date | null;
  readonly started_at: Date;
  readonly open_launches: readonly OpenLaunchRow[] | null;
  readonly states: readonly ItemState[] | null;
}

/** @returns In the order asked; undefined where there is something to decide on: nothing was written of it. */
export async function openReturns(
  sql: Sql,
  returns: readonly AskedReturn[],
): Promise<(OpenedReturn | undefined)[]> {
  const asked = returns.map((one, position) => ({
    position,
    delivery_key: one.delivery_key,
    host_account_id: one.host_account_id,
    nonce: one.nonce,
    namespace: one.namespace,
    value_hash: hashOf(one.identity),
    origin: one.origin,
    named: one.named,
    attempt_id: one.attempt_id,
    launch_id: one.launch_id,
    reference: one.reference,
    opened_at: one.opened_at,
    open_since: one.open_since,
  }));
  // In one order, so that processes with the same attempts wait for one another rather than deadlock.
  asked.sort((one, other) => (one.attempt_id < other.attempt_id ? -1 : 1));
  const rows = await sql.query<Row>(OPEN_RETURNS, [JSON.stringify(asked)]);
  const opened: (OpenedReturn | undefined)[] = returns.map(() => undefined);
  for (const row of rows) opened[row.position] = readReturn(row);
  return opened;
}

function readReturn(row: Row): OpenedReturn {
  const { account_id, delivery_id, kind, learner_id, states } = row;
  const { id, course_version_id, number, launches, rollup, saved_at, started_at } = row;
  return {
    account_id,
    delivery_id,
    kind,
    learner_id,
    attempt: { id, course_version_id, number, launches, rollup, saved_at, started_at },
    open_launches: readOpenLaunches(row.open_launches),
    states,
  };
}
