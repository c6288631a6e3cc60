/**
 * Keeps a launch going: counts its open time, confirms its seat at two minutes, saves what the course wrote. A beat that
 * changes nothing asks no database (RULES §2).
 */
import type { Rollup, StateChanges } from "../core/bridge.ts";
import type { DenialCode } from "../core/denials.ts";
import { Fault } from "../core/faults.ts";
import { attend } from "../core/licensing/admit.ts";
import { countBeat, LONGEST_LAUNCH_SECONDS, type OpenTime } from "../core/openTime.ts";
import { secondsBetween } from "../core/time.ts";
import type { Sql } from "../store/db.ts";
import { findLaunch } from "../store/launches.ts";
import { StateTooLarge } from "../store/launching/writeKeeps.ts";
import { lockLearner } from "../store/learners.ts";
import { findLicense } from "../store/licenses.ts";
import { findSeat } from "../store/seats.ts";
import type { Context } from "./context.ts";
import { keepTogether } from "./keepTogether.ts";
import { rulesOf } from "./launch/admission.ts";
import { confirmAndCharge } from "./launch/confirmation.ts";
import { type ConfirmedSeat, countConfirmed } from "./launch/counting.ts";
import { dueOn } from "./launch/opening.ts";
import type { LaunchClaims } from "./launch/tokens.ts";

export interface Keeping {
  readonly token: string;
  readonly sequence: number;
  readonly changes: StateChanges;
  readonly rollup: Rollup | null;
  readonly session_seconds: Readonly<Record<string, number>>;
  readonly marker_acknowledged: boolean;
  readonly closing: boolean;
}

export interface Kept {
  readonly token: string;
  readonly claims: LaunchClaims;
  /** Null when there was nothing to save. */
  readonly saved_at: Date | null;
  readonly stop: DenialCode | null;
  readonly superseded: boolean;
}

/** The state of one attempt, as stored, may grow to this. */
export const MOST_STATE_BYTES = 8 * 1024 * 1024;
/** And by this, once it is full: all that a course says beside its record is rewritten, not added to. */
const ROOM_FOR_RESULT = 1024 * 1024;
/** Sequences of one launch stay below this, so that a later launch's stamps are always higher. */
export const MOST_SEQUENCE = 1_000_000;

/**
 * @param admit Throws where the launch is not to be listened to; asked once it is known which it is.
 * @throws Fault `launch_token_invalid`; `launch_closed` when the launch was allowed more than 12 hours ago;
 * `state_too_large`; `store_unavailable`.
 */
export async function keepLaunch(
  context: Context,
  keeping: Keeping,
  admit: (launchId: string) => void = () => undefined,
): Promise<Kept> {
  const at = context.deps.clock.now();
  const { claims, fresh } = context.tokens.verify(keeping.token, at);
  admit(claims.launch_id);
  if (secondsBetween(claims.opened_at, at) >= LONGEST_LAUNCH_SECONDS)
    throw new Fault(
      "launch_closed",
      "The launch was allowed more than 12 hours ago; open the course in the LMS again.",
    );

  const openTime = countBeat(newest(claims.open_time, context.presences.openTimeOf(claims.launch_id)), at);
  const stop = await context.stops.codeFor(claims);
  const confirms = claims.due !== null && openTime.open_seconds >= claims.due.seconds;
  const saves = hasChanges(keeping);
  const writes = confirms || saves || keeping.closing || keeping.marker_acknowledged || !fresh;
  const counted: LaunchClaims = { ...claims, open_time: openTime };
  // Heard is heard, whatever becomes of what it brought.
  context.presences.beat(claims.launch_id, openTime, keeping.closing);
  const { superseded, due } = writes
    ? await write(context, keeping, { claims: counted, fresh, confirms, at })
    : { superseded: false, due: claims.due };

  context.deps.metrics.keeps.inc({ type: typeOf(keeping, saves, writes) });
  if (superseded) context.deps.metrics.keepConflicts.inc();
  // Told to stop, a launch comes no nearer to a charge, even if its player goes on.
  const next: LaunchClaims = { ...counted, due: stop ? null : due };
  return {
    token: context.tokens.sign(next, at),
    claims: next,
    saved_at: saves ? at : null,
    stop,
    superseded,
  };
}

/** As the metrics tell keeps apart. */
function typeOf({ closing }: Keeping, saves: boolean, writes: boolean): string {
  if (closing) return "closing";
  if (saves) return "save";
  return writes ? "confirmation" : "beat";
}

/** A beat whose answer was lost arrived all the same: this process may remember more than the token says. */
function newest(inToken: OpenTime, remembered: OpenTime | null): OpenTime {
  return remembered && remembered.counted_at > inToken.counted_at ? remembered : inToken;
}

function hasChanges({ changes, rollup, session_seconds }: Keeping): boolean {
  return rollup !== null || Object.keys(changes).length > 0 || Object.keys(session_seconds).length > 0;
}

interface Counted {
  readonly claims: LaunchClaims;
  readonly fresh: boolean;
  readonly confirms: boolean;
  readonly at: Date;
}

/**
 * First the seat, in a transaction, which happens once; then the save, in one statement: what can't be saved keeps no seat from
 * being confirmed, and is sent again by itself.
 */
async function write(context: Context, keeping: Keeping, counted: Counted): Promise<Written> {
  const { claims, confirms, at } = counted;
  const { confirmed, due } = confirms
    ? await context.db.transaction((sql) => confirmByOpenTime(context, sql, claims, at))
    : { confirmed: null, due: claims.due };
  if (confirmed) countConfirmed(context.deps, confirmed);
  return { superseded: await saveWhatFits(context, keeping, counted), due };
}

interface Written {
  /** A newer launch of the attempt has taken over. */
  readonly superseded: boolean;
  /** What open time can still confirm. */
  readonly due: LaunchClaims["due"];
}

interface ByOpenTime {
  readonly confirmed: ConfirmedSeat | null;
  readonly due: LaunchClaims["due"];
}

const NOTHING_MORE: ByOpenTime = { confirmed: null, due: null };

/** The two-minute rule (RULES §3.1), with the learner locked as every change of their seats is. */
async function confirmByOpenTime(
  context: Context,
  sql: Sql,
  claims: LaunchClaims,
  at: Date,
): Promise<ByOpenTime> {
  await lockLearner(sql, claims.account_id, claims.learner_id);
  const launch = await findLaunch(sql, claims.account_id, claims.launch_id);
  const seat = claims.due && (await findSeat(sql, claims.account_id, claims.due.seat_id));
  const license = launch && (await findLicense(sql, claims.account_id, launch.license_id));
  if (!launch || !seat || !license) return NOTHING_MORE;
  const { open_seconds } = claims.open_time;
  const confirmation = attend(rulesOf(license), seat, open_seconds, at);
  if (!confirmation) {
    // The license may ask for more than when the launch began.
    const due = dueOn(license, seat);
    return due && due.seconds > open_seconds ? { confirmed: null, due } : NOTHING_MORE;
  }
  const evidence = {
    account_id: claims.account_id,
    license_id: license.id,
    kind: license.kind,
    course_id: launch.course_id,
    learner_id: claims.learner_id,
    seat_id: seat.id,
    launch_id: launch.id,
    open_seconds,
  };
  const isConfirmed = await confirmAndCharge(context, sql, evidence, confirmation, at);
  return isConfirmed ? { confirmed: { kind: license.kind, confirmation }, due: null } : NOTHING_MORE;
}

/**
 * Some courses record every answer of every visit. The record ends where the state is full, and the learner's result is kept
 * all the same.
 */
async function saveWhatFits(context: Context, keeping: Keeping, counted: Counted): Promise<boolean> {
  try {
    return await save(context, keeping, counted, MOST_STATE_BYTES);
  } catch (error) {
    if (!(error instanceof StateTooLarge)) throw error;
  }
  const { account_id, launch_id, attempt_id } = counted.claims;
  context.deps.log.warn("The state of an attempt is full", { account_id, launch_id, attempt_id });
  const changes = withoutRecord(keeping.changes);
  try {
    return await save(context, { ...keeping, changes }, counted, MOST_STATE_BYTES + ROOM_FOR_RESULT);
  } catch (error) {
    if (!(error instanceof StateTooLarge)) throw error;
    throw new Fault(
      "state_too_large",
      `changes: expected the state of one attempt to stay under ${MOST_STATE_BYTES} bytes.`,
      { cause: error },
    );
  }
}

/** Without the two lists of SCORM that can grow for ever: interactions, and the learner's comments. */
function withoutRecord(changes: StateChanges): StateChanges {
  return Object.fromEntries(
    Object.entries(changes).map(([item, elements]) => [
      item,
      Object.fromEntries(Object.entries(elements).filter(([element]) => !RECORD.test(element))),
    ]),
  );
}

const RECORD = /^cmi\.(?:interactions|comments_from_learner)\./;

/**
 * A token that was not renewed in time (the learner's machine slept) still saves, unless the course was taken up
 * elsewhere since.
 *
 * @returns Whether a newer launch of the attempt has taken over.
 * @throws StateTooLarge
 */
async function save(
  context: Context,
  keeping: Keeping,
  { claims, fresh, at }: Counted,
  most_state_bytes: number,
): Promise<boolean> {
  const { account_id, attempt_id, launch_id, launch_number } = claims;
  const { changes, session_seconds, rollup, marker_acknowledged, closing } = keeping;
  const takenOver = await keepTogether(context, {
    account_id,
    attempt_id,
    launch_id,
    launch_number,
    stamp: stampOf(claims, keeping.sequence),
    last_stamp: stampOf(claims, MOST_SEQUENCE - 1),
    even_if_taken_over: fresh,
    at,
    open_seconds: claims.open_time.open_seconds,
    closing,
    marker_acknowledged,
    save: hasChanges(keeping) ? { changes, session_seconds, rollup } : null,
    most_state_bytes,
  });
  if (!takenOver || fresh) return takenOver;
  throw new Fault("launch_token_invalid", "token: it has expired, and the course was opened again since.");
}

/** Orders saves within an attempt: a later launch's are always higher. */
function stampOf({ launch_number }: Pick<LaunchClaims, "launch_number">, sequence: number): number {
  return launch_number * MOST_SEQUENCE + sequence;
}

/** @returns The highest sequence that the launch had among these; 0 where none is of it. */
export function highestSequence(
  launch: Pick<LaunchClaims, "launch_number">,
  stamps: readonly number[],
): number {
  const [first, beyond] = [stampOf(launch, 0), stampOf(launch, MOST_SEQUENCE)];
  const highest = stamps.reduce((most, stamp) => (stamp < beyond && stamp > most ? stamp : most), first);
  return highest - first;
}
