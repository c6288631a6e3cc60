/** Loads the book, lets the core decide, and writes what the decision changes on seats and ledger. */
import { admit, type Book, type Decision, type Seat } from "../../core/licensing/admit.ts";
import { openingTerm } from "../../core/licensing/book.ts";
import type { Rules } from "../../core/licensing/kind.ts";
import { kindOf } from "../../core/licensing/kinds/index.ts";
import type { Sql } from "../../store/db.ts";
import type { Door } from "../../store/doors.ts";
import { lockLearner } from "../../store/learners.ts";
import { listLots, takeFromLot } from "../../store/licenses.ts";
import { countLaunch, findSeats, insertSeat, type SeatKey } from "../../store/seats.ts";
import type { Context } from "../context.ts";
import type { Arrival } from "./arrival.ts";
import { type ChargeEvidence, chargeSeat, confirmAndCharge } from "./confirmation.ts";
import { isOriginRefused, type Recognized } from "./recognize.ts";

/** The decision with its effects written, and the seat as it now stands. */
export interface Admission {
  readonly decision: Decision;
  readonly seat: Seat | null;
}

export async function admitArrival(
  context: Context,
  sql: Sql,
  door: Door,
  arrival: Arrival,
  learner: Recognized | null,
  launchId: string,
  at: Date,
): Promise<Admission> {
  const rules = rulesOf(door);
  const book = await loadBook(sql, door, rules, arrival, learner, at);
  const decision = admit(rules, book, at);
  if (!learner || !changesSeats(decision))
    return { decision, seat: decision.type === "enter" ? decision.seat : null };
  await lockLearner(sql, door.account_id, learner.learner_id);
  return decideWithLock({ context, sql, door, rules, learner, launchId, at }, book);
}

interface Locked {
  readonly context: Context;
  readonly sql: Sql;
  readonly door: Door;
  readonly rules: Rules;
  readonly learner: Recognized;
  readonly launchId: string;
  readonly at: Date;
}

/**
 * With the learner locked, nobody else takes or confirms their seats; lots can still fill up. When one does between the
 * decision and the taking, the lots are read again and the decision is made again: each round a lot has filled, so it ends.
 */
async function decideWithLock(locked: Locked, earlier: Book): Promise<Admission> {
  const { sql, door, rules, learner, at } = locked;
  let book: Book = { ...earlier, seats: await findSeats(sql, seatKey(door, rules, learner)) };
  for (;;) {
    const decision = admit(rules, book, at);
    const seat = await write(locked, decision);
    if (seat !== "lot_full") return { decision, seat };
    book = { ...book, lots: await listLots(sql, door.account_id, door.license_id) };
  }
}

async function write(locked: Locked, decision: Decision): Promise<Seat | null | "lot_full"> {
  switch (decision.type) {
    case "take":
      return take(locked, decision);
    case "enter":
      return enter(locked, decision);
    default:
      return null;
  }
}

async function take(locked: Locked, decision: Decision & { type: "take" }): Promise<Seat | "lot_full"> {
  const { context, sql, door, rules, learner, at } = locked;
  const { lot_id, status, starts_at, ends_at } = decision.seat;
  if (lot_id !== null && !(await takeFromLot(sql, door.account_id, lot_id))) return "lot_full";
  const seat: Seat = {
    id: context.deps.newId(),
    status,
    lot_id,
    launches: 1,
    counted_launch_at: at,
    starts_at,
    ends_at,
  };
  await insertSeat(sql, seatKey(door, rules, learner), seat, status === "confirmed" ? at : null);
  if (decision.confirmation)
    await chargeSeat(context, sql, evidence(locked, seat), decision.confirmation, at);
  return seat;
}

async function enter(locked: Locked, decision: Decision & { type: "enter" }): Promise<Seat> {
  const { sql, door, at } = locked;
  const { seat, counted, confirmation } = decision;
  if (seat.status === "pending" && counted) await countLaunch(sql, door.account_id, seat.id, at);
  if (!confirmation) return seat;
  await confirmAndCharge(locked.context, sql, evidence(locked, seat), confirmation, at);
  return { ...seat, status: "confirmed" };
}

function evidence({ door, learner, launchId }: Locked, seat: Seat): ChargeEvidence {
  return {
    account_id: door.account_id,
    license_id: door.license_id,
    kind: door.kind,
    course_id: door.course_id,
    learner_id: learner.learner_id,
    seat_id: seat.id,
    launch_id: launchId,
  };
}

/** A seat that is confirmed already changes nothing: a relaunch takes no lock (DESIGN §4). */
function changesSeats(decision: Decision): boolean {
  return (
    decision.type === "take" ||
    (decision.type === "enter" && decision.seat.status === "pending" && decision.counted)
  );
}

export function rulesOf(door: Pick<Door, "kind" | "terms">): Rules {
  return kindOf(door.kind).rules(door.terms);
}

function seatKey(door: Door, rules: Rules, learner: Recognized): SeatKey {
  return {
    account_id: door.account_id,
    license_id: door.license_id,
    learner_id: learner.learner_id,
    course_id: rules.seat_covers === "learner_and_course" ? door.course_id : null,
  };
}

async function loadBook(
  sql: Sql,
  door: Door,
  rules: Rules,
  arrival: Arrival,
  learner: Recognized | null,
  at: Date,
): Promise<Book> {
  const term = { starts_at: door.license_starts_at, ends_at: door.license_ends_at };
  const contracts = kindOf(door.kind).needs_contract ? door.contracts : null;
  return {
    license: { ...openingTerm(term, contracts, at), paused: door.paused_at !== null },
    retake: door.retake,
    refused: refusal(door, arrival),
    delivery_revoked: door.delivery_revoked_at !== null,
    course_retired: door.course_retired_at !== null,
    course_in_license: door.course_in_license,
    learner: learner && { deactivated: learner.deactivated, test: learner.test },
    lots: door.lots,
    seats: learner ? await findSeats(sql, seatKey(door, rules, learner)) : [],
  };
}

function refusal(door: Door, arrival: Arrival): Book["refused"] {
  if (arrival.too_many) return "too_many_launches";
  return isOriginRefused(door, arrival) ? "origin_refused" : null;
}
