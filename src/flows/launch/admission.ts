/** What the core is asked about one arrival: the book of the license and of this learner on it. */
import type { Book, Lot } from "../../core/licensing/admit.ts";
import { openingTerm } from "../../core/licensing/book.ts";
import type { Rules } from "../../core/licensing/kind.ts";
import { kindOf } from "../../core/licensing/kinds/index.ts";
import { isRenewalDue } from "../../core/licensing/renewal.ts";
import type { Door } from "../../store/doors.ts";
import type { KnownArrival } from "../../store/launching/readArrivals.ts";
import type { Arrival } from "./arrival.ts";
import { isOriginRefused, type Recognition } from "./recognize.ts";

/** Seats of each lot that launches decided before this one, and not written yet, have taken. */
export type Draws = ReadonlyMap<string, number>;

export function bookOf(
  door: Door,
  rules: Rules,
  arrival: Arrival,
  recognition: Recognition,
  draws: Draws,
  at: Date,
): Book {
  const term = { starts_at: door.license_starts_at, ends_at: door.license_ends_at };
  const contracts = kindOf(door.kind).needs_contract ? door.contracts : null;
  const { starts_at, ends_at } = openingTerm(term, contracts, at);
  return {
    license: { starts_at, ends_at, paused: door.paused_at !== null },
    retake: door.retake,
    refused: refusal(door, arrival),
    delivery_revoked: door.delivery_revoked_at !== null,
    course_retired: door.course_retired_at !== null,
    course_in_license: door.course_in_license,
    learner: learnerOf(recognition),
    lots: door.lots.map((lot) => withDraws(lot, draws)),
    course_days: door.assignment_days,
    assignments: recognition.type === "known" ? recognition.person.assignments : [],
    seats: recognition.type === "known" ? seatsOf(door, rules, recognition.person) : [],
  };
}

/** Whether the license's next term is to begin before anybody is decided on. */
export function isRenewalOf(door: Door, at: Date): boolean {
  const { kind, license_ends_at, renewal_cancelled_at, lots } = door;
  return isRenewalDue({ kind, ends_at: license_ends_at, renewal_cancelled_at }, lots, at);
}

function withDraws(lot: Lot, draws: Draws): Lot {
  const drawn = draws.get(lot.id);
  return drawn === undefined ? lot : { ...lot, taken: lot.taken + drawn };
}

function learnerOf(recognition: Recognition): Book["learner"] {
  switch (recognition.type) {
    case "known":
      return recognition.person;
    case "new":
      return { deactivated: false, test: recognition.standing === "test" };
    default:
      return null;
  }
}

function seatsOf(door: Door, rules: Rules, person: KnownArrival): Book["seats"] {
  const courseId = seatCourse(door, rules);
  return person.seats.filter((seat) => seat.course_id === courseId);
}

/** The course that a seat of this license is for; null: every one. */
export function seatCourse(door: Door, rules: Rules): string | null {
  return rules.seat_covers === "learner_and_course" ? door.course_id : null;
}

export function rulesOf(door: Pick<Door, "kind" | "terms">): Rules {
  return kindOf(door.kind).rules(door.terms);
}

function refusal(door: Door, arrival: Arrival): Book["refused"] {
  if (arrival.too_many) return "too_many_launches";
  return isOriginRefused(door, arrival) ? "origin_refused" : null;
}
