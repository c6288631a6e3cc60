/**
 * What a launch changes, as it was decided, and how it is handed to the statement that writes it (`writeLaunches.ts`): a field of a
 * record is a field of a row and a column of that statement.
 */
import type { DenialCode } from "../../core/denials.ts";
import type { Term } from "../../core/time.ts";

/** One launch with all that it changes. The parts of `writeLaunches.ts` say which fields each of them is about. */
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
  readonly code?: DenialCode | undefined;
  readonly learner_id: string;
  readonly identity_id: string;
  /** Within its attempt, from 1. */
  readonly number?: number | undefined;
  readonly seat_id?: string | undefined;
  readonly attempt_id?: string | undefined;

  /** The learner and the identity are recorded: seen for the first time. */
  readonly newcomer?:
    | {
        readonly connection_id: string;
        readonly namespace: string;
        readonly value: string;
        readonly value_hash: string;
        readonly name: string;
        /** A test identity from the first (RULES §6). */
        readonly test: true | undefined;
      }
    | undefined;
  /** A name that the LMS sends only now; one that is known is kept. */
  readonly name_learnt?: string | undefined;
  /** A known learner whose seats or attempts change: nobody else may change them meanwhile. */
  readonly learner_held?: { readonly test: boolean } | undefined;
  readonly seat_taken?:
    | {
        readonly status: "pending" | "confirmed";
        readonly lot_id: string | null;
        /** Decided where more may be drawn from the lot than it holds. */
        readonly overdraws: boolean;
        readonly course_id: string | null;
        readonly starts_at: Date;
        readonly ends_at: Date | null;
      }
    | undefined;
  /** The license is assigned to the learner with this launch (RULES §3.5). */
  readonly assigned?: ({ readonly id: string } & Term) | undefined;
  /** On a pending seat. */
  readonly seat_counted?: { readonly launches_before: number; readonly confirmed: boolean } | undefined;
  readonly attempt_ended?: { readonly id: string; readonly reason: string } | undefined;
  readonly attempt_begun?: { readonly course_version_id: string; readonly number: number } | undefined;
  /** The launch goes on with its attempt, as it was read: the `number`-th launch of it. */
  readonly attempt_continued?: true | undefined;
  /** At the price in force (RULES §3.1). */
  readonly charge?: { readonly id: string; readonly kind: string; readonly rule: string } | undefined;
}

export type Change =
  | "newcomer"
  | "name_learnt"
  | "learner_held"
  | "seat_taken"
  | "seat_counted"
  | "assigned"
  | "attempt_ended"
  | "attempt_begun"
  | "attempt_continued"
  | "charge";

export interface ToWrite {
  readonly record: LaunchRecord;
  readonly door_stamp?: string;
}

/**
 * Launches as the statement reads them: of each what is its own, and what those at one door have in common only once, which is half
 * of all there is to be written down, sent and read.
 */
export function handOver(launches: readonly ToWrite[]): { own: object[]; common: object[] } {
  const common: CommonRow[] = [];
  /** Of each delivery the newest. */
  const newest = new Map<string, CommonRow>();
  const own = launches.map((launch, position) => {
    const row = commonRowOf(launch, common.length);
    const known = newest.get(row.delivery_id);
    if (known && isAlike(known, row)) return ownRowOf(launch, position, known.common);
    common.push(row);
    newest.set(row.delivery_id, row);
    return ownRowOf(launch, position, row.common);
  });
  return { own, common };
}

function isAlike(one: CommonRow, other: CommonRow): boolean {
  for (const field in one) {
    if (one[field as keyof CommonRow] !== other[field as keyof CommonRow] && field !== "common") return false;
  }
  return true;
}

/**
 * One level, with a switch for each change among what is in common. Every row is of the same shape, whatever it has: objects that
 * are put together from parts take several times as long to make and to write down.
 *
 * @param common The row of what it has in common with others.
 */
function ownRowOf({ record }: ToWrite, position: number, common: number) {
  const { newcomer, seat_taken, assigned, seat_counted } = record;
  return {
    position,
    common,
    launch_id: record.launch_id,
    nonce: record.nonce,
    reference: record.reference,
    opened_at: record.opened_at,
    learner_id: record.learner_id,
    identity_id: record.identity_id,
    number: record.number,
    seat_id: record.seat_id,
    attempt_id: record.attempt_id,
    value: newcomer?.value,
    value_hash: newcomer?.value_hash,
    name: newcomer?.name,
    name_learnt: record.name_learnt,
    starts_at: seat_taken?.starts_at,
    ends_at: seat_taken?.ends_at,
    assignment_id: assigned?.id,
    assigned_from: assigned?.starts_at,
    assigned_until: assigned?.ends_at,
    launches_before: seat_counted?.launches_before,
    ended_id: record.attempt_ended?.id,
    charge_id: record.charge?.id,
  };
}

type CommonRow = ReturnType<typeof commonRowOf>;

function commonRowOf({ record, door_stamp }: ToWrite, common: number) {
  const { newcomer, learner_held, seat_taken, seat_counted, attempt_ended, attempt_begun, charge } = record;
  return {
    common,
    account_id: record.account_id,
    delivery_id: record.delivery_id,
    license_id: record.license_id,
    course_id: record.course_id,
    lms_origin: record.lms_origin,
    outcome: record.outcome,
    code: record.code,
    newcomer: newcomer && true,
    connection_id: newcomer?.connection_id,
    namespace: newcomer?.namespace,
    newcomer_test: newcomer?.test,
    learner_held: learner_held && true,
    test: learner_held?.test,
    seat_taken: seat_taken && true,
    status: seat_taken?.status,
    lot_id: seat_taken?.lot_id,
    overdraws: seat_taken?.overdraws,
    seat_course_id: seat_taken?.course_id,
    // A newcomer's is the first for anything: its number is looked up of others only.
    seat_number: seat_taken && newcomer && 1,
    assigned: record.assigned && true,
    seat_counted: seat_counted && true,
    confirmed: seat_counted?.confirmed,
    attempt_ended: attempt_ended && true,
    ended_reason: attempt_ended?.reason,
    attempt_begun: attempt_begun && true,
    course_version_id: attempt_begun?.course_version_id,
    attempt_number: attempt_begun?.number,
    attempt_continued: record.attempt_continued,
    charge: charge && true,
    kind: charge?.kind,
    rule: charge?.rule,
    door_stamp,
  };
}

export interface Columns {
  readonly own?: string;
  readonly common?: string;
}

/** What every launch has. */
export const COLUMNS: Columns = {
  own: "position integer, common integer, launch_id uuid, nonce text, reference text, opened_at timestamptz, learner_id uuid, identity_id uuid, number integer, seat_id uuid, attempt_id uuid",
  common:
    "common integer, account_id uuid, delivery_id uuid, license_id uuid, course_id uuid, lms_origin text, outcome text, code text",
};

/** And what belongs to a change of it. */
export const COLUMNS_OF: Readonly<Record<Change, Columns>> = {
  newcomer: {
    own: "value text, value_hash text, name text",
    common: "newcomer boolean, connection_id uuid, namespace text, newcomer_test boolean",
  },
  name_learnt: { own: "name_learnt text" },
  learner_held: { common: "learner_held boolean, test boolean" },
  seat_taken: {
    own: "starts_at timestamptz, ends_at timestamptz",
    common:
      "seat_taken boolean, status text, lot_id uuid, overdraws boolean, seat_course_id uuid, seat_number integer",
  },
  assigned: {
    own: "assignment_id uuid, assigned_from timestamptz, assigned_until timestamptz",
    common: "assigned boolean",
  },
  seat_counted: { own: "launches_before integer", common: "seat_counted boolean, confirmed boolean" },
  attempt_ended: { own: "ended_id uuid", common: "attempt_ended boolean, ended_reason text" },
  attempt_begun: { common: "attempt_begun boolean, course_version_id uuid, attempt_number integer" },
  attempt_continued: { common: "attempt_continued boolean" },
  charge: { own: "charge_id uuid", common: "charge boolean, kind text, rule text" },
};
