/**
 * THE WRITING OF LAUNCHES: one statement that writes all that any number of launches change, or nothing. The launches were
 * decided on what `readArrivals.ts` brought; where that holds no more, the statement fails as stale, and is to be decided
 * again. So nothing needs to be locked from the reading to the writing.
 */
import { codeOf, type Sql } from "../db.ts";
import { DOOR_STAMP } from "../doors.ts";
import { FEW_ROWS } from "../quick.ts";
import {
  type Change,
  COLUMNS,
  COLUMNS_OF,
  type Columns,
  handOver,
  type LaunchRecord,
  type ToWrite,
} from "./launchRecord.ts";

/** What was read has changed meanwhile: to be read and decided again. As a transaction sees it, a serialization failure. */
export class StaleLaunches extends Error {
  override readonly name = "StaleLaunches";
  readonly code = "40001";
}

/** Serialization failure, deadlock; a unique key, or a term that another seat or assignment was faster to have. */
const STALE = new Set(["40001", "40P01", "23505", "23P01"]);

/** Somebody else was faster: what the statement rested on holds no more, and nothing of it was written. */
export function isStale(error: unknown): boolean {
  return STALE.has(codeOf(error));
}

/**
 * @param records No two of one learner, or of one nonce.
 * @throws StaleLaunches
 */
export async function writeLaunches(sql: Sql, records: readonly LaunchRecord[]): Promise<void> {
  if (records.length === 0) return;
  await write(
    sql,
    ALL,
    records.map((record) => ({ record })),
  );
}

/** Of somebody nobody has seen, decided on a door as it was read a moment ago. */
export interface NewcomerLaunch {
  readonly record: LaunchRecord;
  readonly door_stamp: string;
}

/**
 * Writes the launches whose door is as it was, whose learner is new there and at whatever was spun off from its connection for this
 * origin, and whose nonce is; nothing of the others.
 * @returns The ids of those that were written.
 * @throws StaleLaunches where a lot that some draw from has too few seats left, or somebody else was faster; then none is.
 *   Its code is a serialization failure's, as of any statement that was too late (`isStale`).
 */
export async function writeNewcomers(
  sql: Sql,
  launches: readonly NewcomerLaunch[],
): Promise<ReadonlySet<string>> {
  const written = await write<{ readonly launch_id: string }>(sql, NEWCOMERS, launches);
  return new Set(written.map(({ launch_id }) => launch_id));
}

async function write<Answer extends object>(
  sql: Sql,
  sort: Sort,
  launches: readonly ToWrite[],
): Promise<Answer[]> {
  // In one order everywhere, so that processes with the same learners wait for one another rather than deadlock.
  const sorted = [...launches].sort((one, other) =>
    lockOrder(one.record) < lockOrder(other.record) ? -1 : 1,
  );
  const { own, common } = handOver(sorted);
  try {
    return await sql.query<Answer>(statementFor(launches, sort), [
      JSON.stringify(own),
      JSON.stringify(common),
    ]);
  } catch (error) {
    if (!isStale(error)) throw error;
    throw new StaleLaunches("What the launches were decided on has changed", { cause: error });
  }
}

function lockOrder({ newcomer, learner_id }: LaunchRecord): string {
  return newcomer?.value_hash ?? learner_id;
}

/** Its statement ends in a condition. */
interface Part {
  readonly name: string;
  /** Stands in the statement where any record has this change; null: always. */
  readonly of: Change | null;
  readonly sql: string;
  /** Runs after this other part, where that runs at all: otherwise the order of rows that are added is the database's. */
  readonly after?: string;
  /** What must be true once it has run, or the launches are stale. */
  readonly holds?: string;
}

/**
 * In this order rows that others may want are waited for, attempts in the order of their ids, as saves wait for them; what follows
 * only adds rows. What is told apart by `is true` is looked at row by row: so that rows are found by their keys, and by no other index.
 */
const PARTS: readonly Part[] = [
  {
    name: "held",
    of: "learner_held",
    sql: `select learner.id from record
      join learner on learner.account_id = record.account_id and learner.id = record.learner_id
      where record.learner_held and learner.test = record.test and learner.deactivated_at is null
      for no key update of learner`,
    holds: "(select count(*) from held) = (select count(*) from record where learner_held)",
  },
  {
    // Of each lot as many as are needed, if they are left: a capped lot is locked only from here to the commit. One that was
    // overdrawn before its policy became to deny can hold more than it has; nothing is decided on that.
    name: "drawn",
    of: "seat_taken",
    sql: `update lot set taken = lot.taken + draw.seats
      from (select account_id, lot_id, count(*)::integer as seats, bool_and(overdraws) as overdraws from record
            where seat_taken and lot_id is not null group by account_id, lot_id order by lot_id) as draw
      where lot.account_id = draw.account_id and lot.id = draw.lot_id
        and (lot.overage and draw.overdraws or lot.taken + draw.seats <= lot.quantity)
      returning draw.seats`,
    holds:
      "(select coalesce(sum(seats), 0) from drawn) = (select count(*) from record where seat_taken and lot_id is not null)",
  },
  {
    name: "counted",
    of: "seat_counted",
    sql: `update seat set launches = seat.launches + 1,
        counted_launch_at = greatest(seat.counted_launch_at, record.opened_at),
        status = case when record.confirmed then 'confirmed' else seat.status end,
        confirmed_at = case when record.confirmed then record.opened_at end
      from record
      where record.seat_counted and seat.account_id = record.account_id and seat.id = record.seat_id
        and seat.status = 'pending' and seat.launches = record.launches_before
      returning seat.id`,
    holds: "(select count(*) from counted) = (select count(*) from record where seat_counted)",
  },
  {
    name: "ended",
    of: "attempt_ended",
    sql: `update attempt set ended_at = record.opened_at, ended_reason = record.ended_reason
      from (select * from record where attempt_ended order by ended_id) as record
      where attempt.account_id = record.account_id and attempt.id = record.ended_id
        and (attempt.ended_at is null) is true
      returning attempt.id`,
    holds: "(select count(*) from ended) = (select count(*) from record where attempt_ended)",
  },
  {
    name: "continued",
    of: "attempt_continued",
    sql: `update attempt set launches = record.number
      from (select * from record where attempt_continued order by attempt_id) as record
      where attempt.account_id = record.account_id and attempt.id = record.attempt_id
        and (attempt.ended_at is null) is true and attempt.launches = record.number - 1
      returning attempt.id`,
    holds: "(select count(*) from continued) = (select count(*) from record where attempt_continued)",
  },
  {
    name: "learner_of_newcomer",
    of: "newcomer",
    sql: `insert into learner (account_id, id, name, test, deactivated_at, created_at)
      select account_id, learner_id, name, newcomer_test is true, null, opened_at from record where newcomer`,
  },
  {
    name: "identity_of_newcomer",
    of: "newcomer",
    sql: `insert into identity (account_id, id, connection_id, namespace, value, value_hash, learner_id, name_sent, first_seen_at,
        first_origin)
      select account_id, identity_id, connection_id, namespace, value, value_hash, learner_id, name, opened_at, lms_origin
      from record where newcomer`,
  },
  {
    name: "identity_named",
    of: "name_learnt",
    sql: `update identity set name_sent = record.name_learnt from record
      where record.name_learnt is not null and identity.account_id = record.account_id
        and identity.id = record.identity_id and identity.name_sent = ''`,
  },
  {
    name: "learner_named",
    of: "name_learnt",
    sql: `update learner set name = record.name_learnt from record
      where record.name_learnt is not null and learner.account_id = record.account_id
        and learner.id = record.learner_id and learner.name = ''`,
  },
  {
    name: "assigned",
    of: "assigned",
    sql: `insert into assignment (account_id, id, license_id, learner_id, starts_at, ends_at)
      select account_id, assignment_id, license_id, learner_id, assigned_from, assigned_until from record
      where record.assigned`,
  },
  {
    name: "seated",
    of: "seat_taken",
    sql: `insert into seat (account_id, id, license_id, learner_id, course_id, lot_id, status, launches, counted_launch_at,
        starts_at, ends_at, confirmed_at, first_launch_id, first_course_id, number)
      select account_id, seat_id, license_id, learner_id, seat_course_id, lot_id, status, 1, opened_at,
        starts_at, ends_at, case when status = 'confirmed' then opened_at end, launch_id, course_id, seat_number
      from record where seat_taken`,
  },
  {
    name: "begun",
    of: "attempt_begun",
    // Two attempts must never run at once.
    after: "ended",
    sql: `insert into attempt (account_id, id, license_id, course_id, learner_id, course_version_id, number, launches, started_at)
      select account_id, attempt_id, license_id, course_id, learner_id, course_version_id, attempt_number, 1, opened_at
      from record where attempt_begun`,
  },
  {
    name: "launched",
    of: null,
    sql: `insert into launch (account_id, id, delivery_id, license_id, course_id, nonce, lms_origin, identity_id, learner_id,
        seat_id, attempt_id, number, outcome, code, reference, opened_at, last_seen_at)
      select account_id, launch_id, delivery_id, license_id, course_id, nonce, lms_origin, identity_id, learner_id,
        seat_id, attempt_id, number, outcome, code, reference, opened_at, opened_at
      from record`,
  },
  {
    name: "charged",
    of: "charge",
    // Where no price is in force, the charge has no amount, which the ledger refuses.
    sql: `insert into charge (account_id, id, license_id, course_id, learner_id, seat_id, reason, launch_id, rule, price_id,
        amount_minor, currency, made_at)
      select record.account_id, charge_id, license_id, course_id, learner_id, seat_id, 'seat', launch_id, rule, price.id,
        price.amount_minor, price.currency, opened_at
      from record left join lateral (
        select id, amount_minor, currency from price
        where price.account_id = record.account_id and price.kind = record.kind
          and (price.course_id = record.course_id or price.course_id is null) and price.valid_from <= record.opened_at
          and price.covers = 'unit' and price.term_months is null and (price.bundle_id is null or price.bundle_id = (
            select bundle_id from license where license.account_id = record.account_id and license.id = record.license_id))
        order by price.course_id is null, price.bundle_id is null, price.valid_from desc, price.id desc limit 1) as price on true
      where record.charge`,
  },
];

/** Which of the launches that the statement is handed are written, and what it answers. */
interface Sort {
  readonly name: string;
  /** Of what it is handed, besides the columns of the launches. */
  readonly columns: Columns;
  /** @param recordset Of the rows that it is handed. @returns `record`, and what it takes. */
  readonly rows: (recordset: string) => string;
  /** @param holds Fails where what must hold does not. */
  readonly answers: (holds: string) => string;
}

const ALL: Sort = {
  name: "write launches",
  columns: {},
  rows: (recordset) => `record as materialized (${recordset})`,
  answers: (holds) => `select ${holds}`,
};

const NEWCOMERS: Sort = {
  name: "write newcomers",
  columns: { common: "door_stamp text" },
  // `offset 0` as in `openReturns.ts`.
  rows: (recordset) => `given as materialized (${recordset}),
door as materialized (
  select wanted.account_id, wanted.delivery_id, stamped.stamp
  from (select distinct account_id, delivery_id from given) as wanted
  cross join lateral (
    select ${DOOR_STAMP} as stamp from delivery
    join account on account.id = delivery.account_id
    join license on license.account_id = delivery.account_id and license.id = delivery.license_id
    join connection on connection.account_id = delivery.account_id and connection.id = delivery.connection_id
    join course on course.id = delivery.course_id
    where delivery.account_id = wanted.account_id and delivery.id = wanted.delivery_id offset 0) as stamped
),
record as materialized (
  select given.* from given
  join door on door.account_id = given.account_id and door.delivery_id = given.delivery_id and door.stamp = given.door_stamp
  where not exists (
      select from identity
      where identity.account_id = given.account_id and identity.connection_id = given.connection_id
        and identity.namespace = given.namespace and identity.value_hash = given.value_hash)
    and not exists (
      select from connection as spin_off
      where spin_off.account_id = given.account_id and spin_off.spun_off_from = given.connection_id
        and spin_off.spun_off_origin = given.lms_origin)
    and not exists (
      select from launch
      where launch.account_id = given.account_id and launch.nonce = given.nonce
        and (launch.delivery_id = given.delivery_id) is true and launch.outcome <> 'denied')
)`,
  answers: (holds) => `select launch_id, ${holds} from record`,
};

const statements = new Map<string, string>();

/** Of the parts that are needed: most launches need few, and each costs even where it has nothing to do. */
function statementFor(launches: readonly ToWrite[], sort: Sort): string {
  const parts = PARTS.filter(
    (part) => part.of === null || launches.some(({ record }) => has(record, part.of)),
  );
  const key = [sort.name, ...parts.map(({ name }) => name)].join(" ");
  const known = statements.get(key);
  if (known !== undefined) return known;
  const statement = compose(parts, sort);
  statements.set(key, statement);
  return statement;
}

function has(record: LaunchRecord, change: Change | null): boolean {
  return change !== null && record[change] !== undefined;
}

function compose(parts: readonly Part[], sort: Sort): string {
  const changes = new Set(parts.flatMap(({ of }) => of ?? []));
  const columns = [COLUMNS, ...[...changes].map((change) => COLUMNS_OF[change]), sort.columns];
  const listed = (which: keyof Columns) => columns.flatMap((of) => of[which] ?? []).join(", ");
  // `left`: in the order in which they are handed over.
  const recordset = `
  select * from jsonb_to_recordset($1::jsonb) as own (${listed("own")})
  left join jsonb_to_recordset($2::jsonb) as common (${listed("common")}) using (common)
  where ${FEW_ROWS}
`;
  const steps = parts.map(({ name, sql, after }) => {
    const waits = parts.some((part) => part.name === after)
      ? ` and (select count(*) from ${after}) >= 0`
      : "";
    return `${name} as (\n  ${sql}${waits}\n)`;
  });
  const conditions = parts.flatMap(({ holds }) => holds ?? []);
  const holds =
    conditions.length === 0
      ? "1"
      : `case when ${conditions.join("\n  and ")}\nthen null else refuse_stale_launches() end`;
  return `/* ${sort.name} */\nwith ${[sort.rows(recordset), ...steps].join(",\n")}\n${sort.answers(holds)}`;
}
