/**
 * THE WRITING OF LAUNCHES: one statement that writes all that any number of launches change, or nothing. The launches were
 * decided on what `readArrivals.ts` brought; where that holds no more, the statement fails as stale, and is to be decided
 * again. So nothing needs to be locked from the reading to the writing.
 */
import type { DenialCode } from "../../core/denials.ts";
import { codeOf, type Sql } from "../db.ts";
import { FEW_ROWS } from "../quick.ts";

/** One launch with all that it changes. The parts below say which fields each of them is about. */
export interface LaunchRecord {
  readonly account_id: string;
  readonly launch_id: string;
  readonly delivery_id: string;
  readonly license_id: string;
  readonly course_id: string;
  readonly nonce: string;
  readonly lms_origin: string;
  readonly reference: string;
  readonly opened_at: Date;
  readonly outcome: "allowed" | "denied" | "test";
  readonly code?: DenialCode;
  readonly learner_id: string;
  readonly identity_id: string;
  /** Within its attempt, from 1. */
  readonly number?: number;
  readonly seat_id?: string;
  readonly attempt_id?: string;

  /** The learner and the identity are recorded: seen for the first time. */
  readonly newcomer?: {
    readonly connection_id: string;
    readonly namespace: string;
    readonly value: string;
    readonly value_hash: string;
    readonly name: string;
  };
  /** A name that the LMS sends only now; one that is known is kept. */
  readonly name_learnt?: string;
  /** A known learner whose seats or attempts change: nobody else may change them meanwhile. */
  readonly learner_held?: { readonly test: boolean };
  readonly seat_taken?: {
    readonly status: "pending" | "confirmed";
    readonly lot_id: string | null;
    readonly course_id: string | null;
    readonly starts_at: Date;
    readonly ends_at: Date | null;
  };
  /** On a pending seat. */
  readonly seat_counted?: { readonly launches_before: number; readonly confirmed: boolean };
  readonly attempt_ended?: { readonly id: string; readonly reason: string };
  readonly attempt_begun?: { readonly course_version_id: string; readonly number: number };
  /** The launch goes on with its attempt, as it was read: the `number`-th launch of it. */
  readonly attempt_continued?: true;
  /** At the price in force (RULES §3.1). */
  readonly charge?: { readonly id: string; readonly kind: string; readonly rule: string };
}

type Change =
  | "newcomer"
  | "name_learnt"
  | "learner_held"
  | "seat_taken"
  | "seat_counted"
  | "attempt_ended"
  | "attempt_begun"
  | "attempt_continued"
  | "charge";

/** What was read has changed meanwhile: to be read and decided again. As a transaction sees it, a serialization failure. */
export class StaleLaunches extends Error {
  override readonly name = "StaleLaunches";
  readonly code = "40001";
}

/** Serialization failure, deadlock; a unique key and an exclusion constraint that somebody else was faster to meet. */
const STALE = new Set(["40001", "40P01", "23505", "23P01"]);

/**
 * @param records No two of one learner, or of one nonce.
 * @throws StaleLaunches
 */
export async function writeLaunches(sql: Sql, records: readonly LaunchRecord[]): Promise<void> {
  if (records.length === 0) return;
  // In one order everywhere, so that processes with the same learners wait for one another rather than deadlock.
  const sorted = records
    .map(flatten)
    .sort((one, other) => (one.lock_order < other.lock_order ? -1 : 1))
    .map((record, position) => ({ ...record, position }));
  try {
    await sql.query(statementFor(records), [JSON.stringify(sorted)]);
  } catch (error) {
    if (!STALE.has(codeOf(error))) throw error;
    throw new StaleLaunches("What the launches were decided on has changed", { cause: error });
  }
}

/** As the statement reads it: one level, with a switch for each change. */
function flatten(record: LaunchRecord) {
  const { newcomer, learner_held, seat_taken, seat_counted, attempt_ended, attempt_begun, charge, ...rest } =
    record;
  return {
    ...rest,
    lock_order: newcomer?.value_hash ?? rest.learner_id,
    ...(newcomer && { newcomer: true, ...newcomer }),
    ...(learner_held && { learner_held: true, test: learner_held.test }),
    ...(seat_taken && {
      seat_taken: true,
      status: seat_taken.status,
      lot_id: seat_taken.lot_id,
      seat_course_id: seat_taken.course_id,
      starts_at: seat_taken.starts_at,
      ends_at: seat_taken.ends_at,
    }),
    ...(seat_counted && { seat_counted: true, ...seat_counted }),
    ...(attempt_ended && {
      attempt_ended: true,
      ended_id: attempt_ended.id,
      ended_reason: attempt_ended.reason,
    }),
    ...(attempt_begun && {
      attempt_begun: true,
      course_version_id: attempt_begun.course_version_id,
      attempt_number: attempt_begun.number,
    }),
    ...(charge && { charge: true, charge_id: charge.id, kind: charge.kind, rule: charge.rule }),
  };
}

/** What every launch has. */
const COLUMNS =
  "position integer, account_id uuid, launch_id uuid, delivery_id uuid, license_id uuid, course_id uuid, nonce text, lms_origin text, reference text, opened_at timestamptz, outcome text, code text, learner_id uuid, identity_id uuid, number integer, seat_id uuid, attempt_id uuid";

/** And what belongs to a change of it. */
const COLUMNS_OF: Readonly<Record<Change, string>> = {
  newcomer: "newcomer boolean, connection_id uuid, namespace text, value text, value_hash text, name text",
  name_learnt: "name_learnt text",
  learner_held: "learner_held boolean, test boolean",
  seat_taken:
    "seat_taken boolean, status text, lot_id uuid, seat_course_id uuid, starts_at timestamptz, ends_at timestamptz",
  seat_counted: "seat_counted boolean, launches_before integer, confirmed boolean",
  attempt_ended: "attempt_ended boolean, ended_id uuid, ended_reason text",
  attempt_begun: "attempt_begun boolean, course_version_id uuid, attempt_number integer",
  attempt_continued: "attempt_continued boolean",
  charge: "charge boolean, charge_id uuid, kind text, rule text",
};

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
 * In this order rows that others may want are waited for; what follows only adds rows. What is told apart by `is true` is looked
 * at row by row: so that rows are found by their keys, and by no other index.
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
    // Of each lot as many as are needed, if they are left: a capped lot is locked only from here to the commit.
    name: "drawn",
    of: "seat_taken",
    sql: `update lot set taken = lot.taken + draw.seats
      from (select account_id, lot_id, count(*)::integer as seats from record
            where seat_taken and lot_id is not null group by account_id, lot_id order by lot_id) as draw
      where lot.account_id = draw.account_id and lot.id = draw.lot_id
        and (lot.overage or lot.taken + draw.seats <= lot.quantity)
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
      from record
      where record.attempt_ended and attempt.account_id = record.account_id and attempt.id = record.ended_id
        and (attempt.ended_at is null) is true
      returning attempt.id`,
    holds: "(select count(*) from ended) = (select count(*) from record where attempt_ended)",
  },
  {
    name: "continued",
    of: "attempt_continued",
    sql: `update attempt set launches = record.number
      from record
      where record.attempt_continued and attempt.account_id = record.account_id and attempt.id = record.attempt_id
        and (attempt.ended_at is null) is true and attempt.launches = record.number - 1
      returning attempt.id`,
    holds: "(select count(*) from continued) = (select count(*) from record where attempt_continued)",
  },
  {
    name: "learner_of_newcomer",
    of: "newcomer",
    sql: `insert into learner (account_id, id, name, test, deactivated_at, created_at)
      select account_id, learner_id, name, false, null, opened_at from record where newcomer`,
  },
  {
    name: "identity_of_newcomer",
    of: "newcomer",
    sql: `insert into identity (account_id, id, connection_id, namespace, value, value_hash, learner_id, name_sent, first_seen_at)
      select account_id, identity_id, connection_id, namespace, value, value_hash, learner_id, name, opened_at
      from record where newcomer`,
  },
  {
    name: "origin_of_newcomer",
    of: "newcomer",
    sql: `insert into identity_origin (account_id, identity_id, origin, first_seen_at)
      select account_id, identity_id, lms_origin, opened_at from record where newcomer`,
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
    name: "seated",
    of: "seat_taken",
    sql: `insert into seat (account_id, id, license_id, learner_id, course_id, lot_id, status, launches, counted_launch_at,
        starts_at, ends_at, confirmed_at)
      select account_id, seat_id, license_id, learner_id, seat_course_id, lot_id, status, 1, opened_at,
        starts_at, ends_at, case when status = 'confirmed' then opened_at end
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
        order by (price.course_id is null), price.valid_from desc, price.id desc limit 1) as price on true
      where record.charge`,
  },
];

const statements = new Map<string, string>();

/** Of the parts that are needed: most launches need few, and each costs even where it has nothing to do. */
function statementFor(records: readonly LaunchRecord[]): string {
  const parts = PARTS.filter((part) => part.of === null || records.some((record) => has(record, part.of)));
  const key = parts.map(({ name }) => name).join(" ");
  const known = statements.get(key);
  if (known !== undefined) return known;
  const statement = compose(parts);
  statements.set(key, statement);
  return statement;
}

function has(record: LaunchRecord, change: Change | null): boolean {
  return change !== null && record[change] !== undefined;
}

function compose(parts: readonly Part[]): string {
  const changes = new Set(parts.flatMap(({ of }) => of ?? []));
  const columns = [COLUMNS, ...[...changes].map((change) => COLUMNS_OF[change])].join(", ");
  const record = `record as materialized (
  select * from jsonb_to_recordset($1::jsonb) as record (${columns})
  where ${FEW_ROWS}
)`;
  const steps = parts.map(({ name, sql, after }) => {
    const waits = parts.some((part) => part.name === after)
      ? ` and (select count(*) from ${after}) >= 0`
      : "";
    return `${name} as (\n  ${sql}${waits}\n)`;
  });
  const conditions = parts.flatMap(({ holds }) => holds ?? []);
  const end =
    conditions.length === 0
      ? "select 1"
      : `select case when ${conditions.join("\n  and ")}\nthen null else refuse_stale_launches() end`;
  return `/* write launches */\nwith ${[record, ...steps].join(",\n")}\n${end}`;
}
