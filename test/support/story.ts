/**
 * Tells stories to the core: a line for each event, with a date, who, what they do and what comes of it. Seats, lots and
 * charges are kept in memory, as the flows keep them in the store; the decisions are the core's own. A year passes in
 * a millisecond.
 *
 *     const story: StoryLine[] = [
 *       ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
 *       ["2026-01-31T10:02Z", "Ana", "beats", "open 120 s, charged"],
 *     ];
 *     expect(tell(payPerUseWorld(), story)).toEqual(story);
 *
 * | who | does | what comes of it |
 * |---|---|---|
 * | a learner | `launches` | `pending seat until …`, `confirmed seat until …`, `enters`, `enters, same launch`, `test launch`, or a denial's code; `, charged`, `, retake`, `, from lot 2` where it is so |
 * | a learner | `beats`, `beats in launch 2` | `open 30 s`, `open 120 s, charged` |
 * | a learner | `is deactivated`, `is reactivated`, `is marked as test`, `is assigned` | |
 * | the admin | `pauses`, `unpauses`, `buys 3 seats`, `buys 3 seats from 2026-03-01T00:00Z`, `cancels the renewal`, `renews with 2 seats` | |
 * | anyone | `looks` | what is left of the running lots: purchased − taken |
 * | the vendor | `turns retake on`, `turns retake off`, `ends the contract`, `retires the course`, `takes the course out`, `revokes the delivery` | |
 */
import {
  admit,
  attend,
  type Book,
  type Confirmation,
  type Decision,
  drawFrom,
  type Lot,
  type Seat,
} from "../../src/core/licensing/admit.ts";
import { openingTerm } from "../../src/core/licensing/book.ts";
import type { LicenseKind, Purchase, Rules, Terms } from "../../src/core/licensing/kind.ts";
import { parseTerms } from "../../src/core/licensing/kind.ts";
import { kindOf } from "../../src/core/licensing/kinds/index.ts";
import type { Period } from "../../src/core/licensing/period.ts";
import { isRenewalDue, lastTerm, nextTerm, whoKeepsSeats } from "../../src/core/licensing/renewal.ts";
import { countBeat, type OpenTime } from "../../src/core/openTime.ts";
import { hasEnded, holds, type Term } from "../../src/core/time.ts";

export type StoryLine = readonly [at: string, who: string, does: string, comes: string];

interface OpenLaunch {
  openTime: OpenTime;
  readonly seatId: string | null;
}

interface Learner {
  deactivated: boolean;
  test: boolean;
  seats: Seat[];
  assignments: Term[];
  readonly launches: OpenLaunch[];
}

export interface StoryCharge {
  readonly who: string;
  readonly seatId: string;
  readonly rule: Confirmation["rule"];
  readonly at: Date;
}

/** One license of one course, its learners and what was tallied. */
export interface World {
  readonly kind: LicenseKind;
  readonly terms: Terms;
  readonly rules: Rules;
  license: Term;
  contracts: Term[];
  paused: boolean;
  retake: boolean;
  courseRetired: boolean;
  courseInLicense: boolean;
  deliveryRevoked: boolean;
  courseDays: number | null;
  lots: Lot[];
  /** Of a kind whose terms, periods or plans follow one another. */
  periods: Period[];
  renewalCancelledAt: Date | null;
  /** Null: as many as before. */
  renewalQuantity: number | null;
  readonly learners: Map<string, Learner>;
  readonly charges: StoryCharge[];
}

const LONG_AGO = new Date("2020-01-01T00:00Z");

function world(kind: LicenseKind, terms: Record<string, number | string>, wishes: Partial<World>): World {
  const parsed = parseTerms(kind, terms);
  if ("problems" in parsed) throw new Error(JSON.stringify(parsed.problems));
  return {
    kind,
    terms: parsed.terms,
    rules: kind.rules(parsed.terms),
    license: { starts_at: LONG_AGO, ends_at: null },
    contracts: [{ starts_at: LONG_AGO, ends_at: null }],
    paused: false,
    retake: false,
    courseRetired: false,
    courseInLicense: true,
    deliveryRevoked: false,
    courseDays: null,
    lots: [],
    periods: [],
    renewalCancelledAt: null,
    renewalQuantity: null,
    learners: new Map(),
    charges: [],
    ...wishes,
  };
}

/** @param terms Other than the kind's own. */
export function payPerUseWorld(terms: Record<string, number> = {}, wishes: Partial<World> = {}): World {
  return world(kindOf("pay_per_use"), terms, wishes);
}

export function volumeWorld(wishes: Partial<World> = {}): World {
  return world(kindOf("volume"), {}, wishes);
}

export function worldOf(
  kind: string,
  terms: Record<string, number | string> = {},
  wishes: Partial<World> = {},
): World {
  return world(kindOf(kind), terms, wishes);
}

/** The story as it went: every line with what really came of it. */
export function tell(inWorld: World, story: readonly StoryLine[]): StoryLine[] {
  return story.map(([at, who, does]) => [at, who, does, happen(inWorld, instant(at), who, does)]);
}

function instant(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new Error(`No such time: ${text}`);
  return at;
}

function happen(inWorld: World, at: Date, who: string, does: string): string {
  const learner = learnerOf(inWorld, who);
  if (does === "launches") return launch(inWorld, who, at);
  const beat = /^beats(?: in launch (\d+))?$/.exec(does);
  if (beat) return attendLaunch(inWorld, who, at, beat[1] ? Number(beat[1]) : learner.launches.length);
  if (does === "looks") return look(inWorld, at);
  const bought = /^buys (\d+) seats?(?: from (\S+))?$/.exec(does);
  const fewer = /^renews with (\d+) seats?$/.exec(does);
  if (bought) buy(inWorld, Number(bought[1]), at, bought[2]);
  else if (fewer) inWorld.renewalQuantity = Number(fewer[1]);
  else change(inWorld, learner, does, at);
  return "";
}

function change(inWorld: World, learner: Learner, does: string, at: Date): void {
  const changes: Record<string, () => void> = {
    pauses: () => Object.assign(inWorld, { paused: true }),
    unpauses: () => Object.assign(inWorld, { paused: false }),
    "turns retake on": () => Object.assign(inWorld, { retake: true }),
    "turns retake off": () => Object.assign(inWorld, { retake: false }),
    "ends the contract": () => {
      inWorld.contracts = inWorld.contracts.map((contract) => ({ ...contract, ends_at: at }));
    },
    "retires the course": () => Object.assign(inWorld, { courseRetired: true }),
    "takes the course out": () => Object.assign(inWorld, { courseInLicense: false }),
    "revokes the delivery": () => Object.assign(inWorld, { deliveryRevoked: true }),
    "is deactivated": () => deactivate(inWorld, learner, at),
    "is reactivated": () => reactivate(inWorld, learner, at),
    "is assigned": () => assign(inWorld, learner, at),
    "cancels the renewal": () => Object.assign(inWorld, { renewalCancelledAt: at }),
    "is marked as test": () => Object.assign(learner, { test: true }),
  };
  const made = changes[does];
  if (!made) throw new Error(`Nobody knows how to do this: ${does}`);
  made();
}

function learnerOf(inWorld: World, who: string): Learner {
  const known = inWorld.learners.get(who);
  if (known) return known;
  const learner: Learner = { deactivated: false, test: false, seats: [], assignments: [], launches: [] };
  inWorld.learners.set(who, learner);
  return learner;
}

/** What is bought within a term, period or plan ends with it. */
export function buy(inWorld: World, quantity: number, at: Date, from?: string): void {
  const { kind, terms } = inWorld;
  renew(inWorld, at);
  const running = inWorld.periods.find((period) => holds(period, from ? instant(from) : at));
  if (running) {
    addLots(inWorld, { quantity, starts_at: at, ends_at: running.ends_at });
    return;
  }
  const asked = { starts_at: from ? instant(from) : null, ends_at: null };
  const period = kind.purchasePeriod?.(terms, asked, at);
  if (!period || "field" in period) throw new Error(`Nothing was bought: ${JSON.stringify(period)}`);
  if (kind.periods) inWorld.periods.push(period);
  addLots(inWorld, { quantity, ...period });
}

function addLots(inWorld: World, purchase: Purchase): void {
  for (const { quantity, starts_at, ends_at } of inWorld.kind.lotsFor(inWorld.terms, purchase))
    inWorld.lots.push({ id: `lot ${inWorld.lots.length + 1}`, quantity, taken: 0, starts_at, ends_at });
}

/** Every term that is due by now, as the flows renew before they decide. */
export function renew(inWorld: World, at: Date): void {
  const { kind, license, renewalCancelledAt, lots } = inWorld;
  const renewing = { kind: kind.name, ends_at: license.ends_at, renewal_cancelled_at: renewalCancelledAt };
  const last = lastTerm(lots);
  if (!last || !isRenewalDue(renewing, lots, at)) return;
  const quantity = inWorld.renewalQuantity ?? last.quantity;
  inWorld.renewalQuantity = null;
  const next = nextTerm(last, kind.termMonths(inWorld.terms) ?? 0);
  const holders = [...inWorld.learners].flatMap(([learner_id, { deactivated, seats, launches }]) =>
    seats.some((seat) => last.lots.some(({ id }) => id === seat.lot_id))
      ? [{ learner_id, deactivated, last_launch_at: launches.at(-1)?.openTime.counted_at ?? null }]
      : [],
  );
  inWorld.periods.push(next);
  addLots(inWorld, { quantity, ...next });
  for (const { learner_id } of whoKeepsSeats(holders, quantity))
    keepSeat(inWorld, learner_id, inWorld.lots.at(-1)?.id ?? "", next);
  renew(inWorld, at);
}

function keepSeat(inWorld: World, who: string, lot_id: string, { starts_at, ends_at }: Period): void {
  const { seats } = learnerOf(inWorld, who);
  const id = `${who} ${seats.length + 1}`;
  seats.push({
    id,
    status: "confirmed",
    lot_id,
    starts_at,
    ends_at,
    launches: 0,
    counted_launch_at: starts_at,
  });
  draw(inWorld, lot_id, 1);
}

function draw(inWorld: World, lotId: string | null, seats: number): void {
  inWorld.lots = inWorld.lots.map((lot) => (lot.id === lotId ? { ...lot, taken: lot.taken + seats } : lot));
}

function look({ lots }: World, at: Date): string {
  const running = lots.filter((lot) => holds(lot, at));
  return `${running.reduce((sum, lot) => sum + lot.quantity - lot.taken, 0)} left`;
}

function assign({ rules }: World, learner: Learner, at: Date): void {
  if (!rules.assignment) throw new Error("A license of this kind is not assigned");
  learner.assignments = [...learner.assignments, { starts_at: at, ends_at: rules.assignment.end(at) }];
}

/** Frees the seat of the kinds that say so; elsewhere it runs on (RULES §3.6). */
function deactivate(inWorld: World, learner: Learner, at: Date): void {
  learner.deactivated = true;
  if (!inWorld.kind.frees_on_deactivation) return;
  for (const seat of learner.seats.filter((one) => !hasEnded(one, at))) draw(inWorld, seat.lot_id, -1);
  learner.seats = learner.seats.filter((seat) => hasEnded(seat, at));
}

/** Takes one again where one is left. */
function reactivate(inWorld: World, learner: Learner, at: Date): void {
  const { kind, lots } = inWorld;
  const was = learner.deactivated;
  learner.deactivated = false;
  if (!was || !kind.frees_on_deactivation || learner.launches.length === 0) return;
  const lot = drawFrom({ when_full: "deny" }, lots, at);
  const who = [...inWorld.learners].find(([, one]) => one === learner)?.[0] ?? "";
  if (lot?.ends_at) keepSeat(inWorld, who, lot.id, { starts_at: at, ends_at: lot.ends_at });
}

/** Decides, as the flows ask it, and changes nothing. */
export function decide(inWorld: World, who: string, at: Date): Decision {
  renew(inWorld, at);
  const { deactivated, test, seats, assignments } = learnerOf(inWorld, who);
  const contracts = inWorld.kind.needs_contract ? inWorld.contracts : null;
  const book: Book = {
    license: { ...openingTerm(inWorld.license, contracts, at), paused: inWorld.paused },
    retake: inWorld.retake,
    refused: null,
    delivery_revoked: inWorld.deliveryRevoked,
    course_retired: inWorld.courseRetired,
    course_in_license: inWorld.courseInLicense,
    learner: { deactivated, test },
    lots: inWorld.lots,
    course_days: inWorld.courseDays,
    assignments,
    seats,
  };
  return admit(inWorld.rules, book, at);
}

export function launch(inWorld: World, who: string, at: Date): string {
  const decision = decide(inWorld, who, at);
  switch (decision.type) {
    case "deny":
      return decision.code;
    case "test":
      open(inWorld, who, null, at);
      return "test launch";
    case "take":
      return take(inWorld, who, decision, at);
    case "enter":
      return enter(inWorld, who, decision, at);
  }
}

function take(inWorld: World, who: string, decision: Decision & { type: "take" }, at: Date): string {
  const learner = learnerOf(inWorld, who);
  const { status, lot_id, starts_at, ends_at, retake } = decision.seat;
  const id = `${who} ${learner.seats.length + 1}`;
  learner.seats.push({ id, status, lot_id, starts_at, ends_at, launches: 1, counted_launch_at: at });
  draw(inWorld, lot_id, 1);
  if (decision.assigned) learner.assignments = [...learner.assignments, decision.assigned];
  open(inWorld, who, id, at);
  return [
    `${status} seat until ${shown(ends_at)}`,
    ...(decision.assigned ? [`assigned until ${shown(decision.assigned.ends_at)}`] : []),
    ...(lot_id && inWorld.lots.length > 1 ? [`from ${lot_id}`] : []),
    ...(retake ? ["retake"] : []),
    ...charge(inWorld, who, id, decision.confirmation, at),
  ].join(", ");
}

function enter(inWorld: World, who: string, decision: Decision & { type: "enter" }, at: Date): string {
  const { seat, counted, confirmation } = decision;
  if (seat.status === "pending" && counted)
    changeSeat(inWorld, who, seat.id, { launches: seat.launches + 1, counted_launch_at: at });
  open(inWorld, who, seat.id, at);
  return [
    "enters",
    ...(counted ? [] : ["same launch"]),
    ...charge(inWorld, who, seat.id, confirmation, at),
  ].join(", ");
}

function open(inWorld: World, who: string, seatId: string | null, at: Date): void {
  learnerOf(inWorld, who).launches.push({ openTime: { open_seconds: 0, counted_at: at }, seatId });
}

/** A beat of one of the learner's launches, counted from 1. */
export function attendLaunch(inWorld: World, who: string, at: Date, number: number): string {
  const learner = learnerOf(inWorld, who);
  const opened = learner.launches[number - 1];
  if (!opened) throw new Error(`${who} has no launch ${number}`);
  opened.openTime = countBeat(opened.openTime, at);
  const { open_seconds } = opened.openTime;
  const seat = learner.seats.find(({ id }) => id === opened.seatId);
  const confirmation = seat ? attend(inWorld.rules, seat, open_seconds, at) : null;
  const charged = seat ? charge(inWorld, who, seat.id, confirmation, at) : [];
  return [`open ${open_seconds} s`, ...charged].join(", ");
}

function charge(
  inWorld: World,
  who: string,
  seatId: string,
  confirmation: Confirmation | null,
  at: Date,
): string[] {
  if (!confirmation) return [];
  changeSeat(inWorld, who, seatId, { status: "confirmed" });
  if (!confirmation.charge) return [];
  inWorld.charges.push({ who, seatId, rule: confirmation.rule, at });
  return ["charged"];
}

function changeSeat(inWorld: World, who: string, id: string, changes: Partial<Seat>): void {
  const learner = learnerOf(inWorld, who);
  learner.seats = learner.seats.map((seat) => (seat.id === id ? { ...seat, ...changes } : seat));
}

function shown(at: Date | null): string {
  return at ? at.toISOString().replace(/(:00)?\.000Z$/, "Z") : "further notice";
}
