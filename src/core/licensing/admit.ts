/**
 * The one decision (DESIGN §3): stand on a seat you hold, or draw one from the oldest live lot, or meet the
 * full-lot rule. Pure: given the rules of the license's kind, the book and the question, always the same answer.
 */
import type { DenialCode } from "../denials.ts";
import { addSeconds, hasEnded, hasStarted, holds, secondsBetween, type Term } from "../time.ts";
import type { AssignmentRules, Rules, Safeguard } from "./kind.ts";

export interface Lot extends Term {
  readonly id: string;
  readonly quantity: number;
  /** Every seat drawn from it that is not released, ended ones too (RULES §3.6). */
  readonly taken: number;
}

export interface Seat extends Term {
  readonly id: string;
  readonly status: "pending" | "confirmed";
  readonly lot_id: string | null;
  /** Launches counted by the safeguard. */
  readonly launches: number;
  /** When the last launch that counted was allowed. */
  readonly counted_launch_at: Date;
}

/** What is known about a license and one learner on it, at the moment of a launch. */
export interface Book {
  /** The time in which the license opens seats: its own term, within its contract's where the kind needs one. */
  readonly license: Term & { readonly paused: boolean };
  /** Whether a learner whose seat has ended may take another, where that bars it (RULES §3 "Retake"). */
  readonly retake: boolean;
  /** What the door itself objects to, before anything is asked of the license. */
  readonly refused: "launch_invalid" | "too_many_launches" | "origin_refused" | null;
  readonly delivery_revoked: boolean;
  readonly course_retired: boolean;
  readonly course_in_license: boolean;
  /** Null where the LMS sent no usable id. */
  readonly learner: { readonly deactivated: boolean; readonly test: boolean } | null;
  readonly lots: readonly Lot[];
  /** The course's own duration, for kinds whose seats it ends (RULES §3.5); null: as long as anything else lets it. */
  readonly course_days: number | null;
  /** What this learner has been assigned under this license, for kinds that assign it (RULES §3.5). */
  readonly assignments: readonly Term[];
  /** The seats that this learner holds or held for this course under this license; none that is released. */
  readonly seats: readonly Seat[];
}

export interface Confirmation {
  /** Which rule confirmed the seat: the evidence on its charge. */
  readonly rule: "launches" | "open_time" | "at_once";
  /** Whether a charge goes with it. */
  readonly charge: boolean;
}

export interface NewSeat extends Term {
  readonly status: "pending" | "confirmed";
  readonly lot_id: string | null;
  /** An earlier seat of this learner has ended: the attempt resumes or starts over by the license's setting. */
  readonly retake: boolean;
}

export type Decision =
  | {
      readonly type: "enter";
      readonly seat: Seat;
      readonly counted: boolean;
      readonly confirmation: Confirmation | null;
    }
  | {
      readonly type: "take";
      readonly seat: NewSeat;
      readonly confirmation: Confirmation | null;
      /** The license is assigned to the learner with this launch (RULES §3.5). */
      readonly assigned: Term | null;
    }
  /** A test identity: no seat, no charge (RULES §6). */
  | { readonly type: "test" }
  | { readonly type: "deny"; readonly code: DenialCode };

/**
 * A seat that starts after `at` is held like any other: a launch that read the clock later has overtaken this one, on
 * its way to the lock or on a machine whose clock is ahead.
 */
export function admit(rules: Rules, book: Book, at: Date): Decision {
  const barred = barredBeforeSeats(book, at);
  if (barred) return deny(barred);
  const held = book.seats.find((seat) => !hasEnded(seat, at));
  if (held) return enter(rules, held, at);
  const closed = closedToNewSeats(rules, book, at);
  if (closed) return deny(closed);
  if (book.learner?.test) return { type: "test" };
  return take(rules, book, at);
}

/** RULES §2, the part of the order that even a running seat does not pass. */
function barredBeforeSeats(book: Book, at: Date): DenialCode | null {
  if (book.refused) return book.refused;
  if (book.delivery_revoked) return "delivery_revoked";
  if (!book.learner) return "identity_missing";
  if (book.learner.deactivated) return "learner_deactivated";
  if (!hasStarted(book.license, at)) return "license_not_started";
  if (isBeforeNextLot(book, at)) return "license_not_started";
  return null;
}

/** Nothing that was bought runs, and something begins later: before the first plan, or between two. */
function isBeforeNextLot({ lots, seats }: Book, at: Date): boolean {
  const isAhead = lots.some((lot) => !hasStarted(lot, at)) && !lots.some((lot) => holds(lot, at));
  return isAhead && seats.every((seat) => hasEnded(seat, at));
}

function closedToNewSeats(rules: Rules, book: Book, at: Date): DenialCode | null {
  if (book.course_retired) return "course_retired";
  if (!book.course_in_license) return "not_in_license";
  const unassigned =
    rules.assignment && !book.learner?.test ? whyUnassigned(rules.assignment, book, at) : null;
  if (unassigned) return unassigned;
  if (hasEnded(book.license, at)) return "license_ended";
  if (rules.supply === "lots" && book.lots.length > 0 && book.lots.every((lot) => hasEnded(lot, at)))
    return "license_ended";
  if (rules.ended_seat === "bars" && hasUsedUpSeat(book, at) && !book.retake) return "seat_expired";
  return null;
}

/** Once only on a first launch; whose subscription has ended is never assigned again unasked (RULES §3.5). */
function whyUnassigned(rules: AssignmentRules, { assignments }: Book, at: Date): DenialCode | null {
  if (assignments.length === 0) return rules.on_first_launch ? null : "not_assigned";
  return assignments.every((assignment) => hasEnded(assignment, at)) ? "subscription_ended" : null;
}

/** A seat that stayed pending to its end lapsed without a charge: the next launch is a first launch again (RULES §3.1). */
function hasUsedUpSeat(book: Book, at: Date): boolean {
  return book.seats.some((seat) => seat.status === "confirmed" && hasEnded(seat, at));
}

function enter(rules: Rules, seat: Seat, at: Date): Decision {
  if (seat.status === "confirmed" || !rules.safeguard)
    return { type: "enter", seat, counted: true, confirmation: null };
  const counted = isAnotherLaunch(rules.safeguard, seat, at);
  const reached = counted && seat.launches + 1 >= rules.safeguard.charge_after_launches;
  return { type: "enter", seat, counted, confirmation: reached ? confirm(rules, "launches") : null };
}

/** In either direction: of two launches at once, the one that is counted second may have read the clock first. */
function isAnotherLaunch(safeguard: Safeguard, seat: Seat, at: Date): boolean {
  return Math.abs(secondsBetween(seat.counted_launch_at, at)) >= safeguard.same_launch_seconds;
}

function take(rules: Rules, book: Book, at: Date): Decision {
  if (book.license.paused) return deny("license_paused");
  const lot = rules.supply === "lots" ? drawFrom(rules, book.lots, at) : null;
  if (rules.supply === "lots" && !lot) return deny("no_seats_left");
  const confirmed = !rules.safeguard || rules.safeguard.charge_after_launches <= 1;
  const assigned = assignedNow(rules, book, at);
  const limits = {
    lot_ends_at: lot?.ends_at ?? null,
    course_days: book.course_days,
    assignment_ends_at: (assigned ?? running(book.assignments, at))?.ends_at ?? null,
  };
  return {
    type: "take",
    seat: {
      starts_at: at,
      ends_at: rules.seatEnd(at, limits),
      status: confirmed ? "confirmed" : "pending",
      lot_id: lot?.id ?? null,
      retake: rules.ended_seat !== "renews" && hasUsedUpSeat(book, at),
    },
    confirmation: confirmed ? confirm(rules, rules.safeguard ? "launches" : "at_once") : null,
    assigned,
  };
}

function assignedNow({ assignment }: Rules, { assignments }: Book, at: Date): Term | null {
  return assignment && assignments.length === 0 ? { starts_at: at, ends_at: assignment.end(at) } : null;
}

/** Like a seat, one that starts after `at` has been overtaken by this launch. */
function running(assignments: readonly Term[], at: Date): Term | null {
  return assignments.find((assignment) => !hasEnded(assignment, at)) ?? null;
}

/** The oldest running lot that has a seat left; with overage, the oldest that was not taken back as a whole (RULES §3.2). */
export function drawFrom(rules: Pick<Rules, "when_full">, lots: readonly Lot[], at: Date): Lot | null {
  const open = lots.filter((lot) => holds(lot, at)).sort(oldestFirst);
  // What was bought because another lot was overdrawn makes up for that first.
  const free = open.find((lot) => lot.taken < lot.quantity && hasSeatLeft(open, lot.ends_at));
  if (free) return free;
  return rules.when_full === "overage"
    ? (open.find(({ quantity }) => quantity > 0) ?? open[0] ?? null)
    : null;
}

/** Lots that end together are of one plan or month, and count together. */
function hasSeatLeft(lots: readonly Lot[], end: Date | null): boolean {
  const together = lots.filter((lot) => lot.ends_at?.getTime() === end?.getTime());
  return together.reduce((left, lot) => left + lot.quantity - lot.taken, 0) > 0;
}

function oldestFirst(one: Lot, other: Lot): number {
  return one.starts_at.getTime() - other.starts_at.getTime() || (one.id < other.id ? -1 : 1);
}

/**
 * Whether a beat confirms a pending seat: the course has been open long enough in this one launch, and was so before
 * the seat's end (RULES §3.1).
 * @param openSeconds Open time of the launch when the beat arrived, `at`.
 */
export function attend(rules: Rules, seat: Seat, openSeconds: number, at: Date): Confirmation | null {
  if (seat.status !== "pending" || !rules.safeguard) return null;
  const beyond = openSeconds - rules.safeguard.charge_after_seconds;
  if (beyond < 0) return null;
  return hasEnded(seat, addSeconds(at, -beyond)) ? null : confirm(rules, "open_time");
}

function confirm(rules: Rules, rule: Confirmation["rule"]): Confirmation {
  return { rule, charge: rules.charge_on_confirmation };
}

function deny(code: DenialCode): Decision {
  return { type: "deny", code };
}
