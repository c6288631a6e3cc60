/**
 * What a history would have come to under another kind, terms, purchases and prices (docs/simulator.md): the very decision that
 * launches are answered by, `admit`, over what really happened. Pure; what was bought beforehand and what it costs is given.
 *
 * Of kinds whose seats are made as they are needed, nobody's history depends on anybody else's: they come one learner after the
 * other, and each is forgotten before the next. Where seats are drawn from lots, who comes first matters: they come in the order
 * of time, and of each learner no more is kept than when their seat ends.
 */
import type { DenialCode } from "../denials.ts";
import { addSeconds, hasEnded, startOfMonth, type Term } from "../time.ts";
import { admit, attend, type Book, type Confirmation, type Decision, type Lot, type Seat } from "./admit.ts";
import type { LicenseKind, Rules, Terms } from "./kind.ts";

/** One that really happened; denied ones too, where the real license was what denied them. */
export interface Happening {
  readonly at: Date;
  readonly learner_id: string;
  /** Null: an activity that was reported. */
  readonly course_id: string | null;
  /** For how long the course was open in it, as far as is known. */
  readonly open_seconds: number;
  /** The beat that really confirmed a seat, where one did. */
  readonly confirmed_by_beat: { readonly open_seconds: number; readonly at: Date } | null;
}

/** A lot, and whether more can be drawn from it than it holds. */
export interface SimulatedLot extends Lot {
  /** Before, nobody knows of it: what is bought later neither opens a seat nor lies ahead. */
  readonly bought_at: Date;
  taken: number;
}

export interface Setup {
  readonly kind: LicenseKind;
  readonly terms: Terms;
  readonly retake: boolean;
  readonly lots: readonly SimulatedLot[];
  /** From then on nothing counts. */
  readonly until: Date;
  /** Days that a course assignment lasts; null: as long as its subscription. */
  courseDays(courseId: string): number | null;
  /** What a seat costs that is confirmed then; null where no price is in force. */
  priceOf(courseId: string | null, at: Date): number | null;
}

export interface SimulatedMonth {
  /** Its first instant. */
  readonly month: Date;
  launches: number;
  seats: number;
  charges: number;
  charged_minor: number;
  /** Charges for which no price was in force. */
  unpriced: number;
  /** Seats beyond what was bought. */
  overage: number;
  denied: Partial<Record<DenialCode, number>>;
}

export interface Simulation {
  happens(happening: Happening): void;
  /** Ends it: what was still to be confirmed is. */
  finish(): readonly SimulatedMonth[];
}

/** In which order a kind's happenings are to come. */
export function orderFor(rules: Pick<Rules, "supply">): "by_learner" | "by_time" {
  return rules.supply === "on_demand" ? "by_learner" : "by_time";
}

/** What is kept of one learner, or of one learner in one course. */
interface Holding {
  /** The latest. */
  readonly seat: Seat;
  /** An earlier one was confirmed and has ended. */
  readonly used_up: boolean;
  readonly course_id: string | null;
  /** When the course will have been open for long enough, unless something confirms the seat before. */
  readonly reaches: { readonly at: Date; readonly open_seconds: number } | null;
}

const NEVER = new Date(0);

interface State {
  readonly setup: Setup;
  readonly rules: Rules;
  readonly tally: Tally;
  readonly held: Holdings;
  learner_id: string | null;
  /** Of that learner: kinds that are assigned make their seats as they are needed, so learners come one by one. */
  assignment: Term | null;
  renewed_until: Date;
}

export function simulate(setup: Setup): Simulation {
  const rules = setup.kind.rules(setup.terms);
  const tally = newTally(setup);
  const held = holdings(rules);
  const state: State = {
    setup,
    rules,
    tally,
    held,
    learner_id: null,
    assignment: null,
    renewed_until: NEVER,
  };
  return {
    happens: (happening) => happen(state, happening),
    finish: () => {
      renew(state, setup.until);
      forget(state);
      return tally.months();
    },
  };
}

function happen(state: State, happening: Happening): void {
  const { setup, rules, held } = state;
  const { at, learner_id, course_id } = happening;
  if (learner_id !== state.learner_id && orderFor(rules) === "by_learner") forget(state);
  state.learner_id = learner_id;
  renew(state, at);
  state.tally.of(at).launches++;
  const key = rules.seat_covers === "learner" ? learner_id : `${learner_id} ${course_id}`;
  const known = held.get(key);
  const holding = settle(state, known, at);
  if (holding && holding !== known) held.set(key, holding);
  const assignments = state.assignment ? [state.assignment] : [];
  const decision = admit(rules, bookOf(setup, holding, assignments, happening), at);
  if (decision.type === "deny") state.tally.deny(decision.code, at);
  else if (decision.type !== "test") {
    state.tally.charge(decision.confirmation, course_id, at);
    const next =
      decision.type === "take"
        ? take(state, decision, holding, happening)
        : enter(rules, decision, holding, happening);
    held.set(key, next);
  }
}

type Decided<Type> = Extract<Decision, { readonly type: Type }>;

function take(
  state: State,
  decision: Decided<"take">,
  before: Holding | undefined,
  happening: Happening,
): Holding {
  const { at, course_id } = happening;
  const month = state.tally.of(at);
  month.seats++;
  if (decision.assigned) state.assignment = decision.assigned;
  const lot = state.setup.lots.find(({ id }) => id === decision.seat.lot_id);
  if (lot && lot.taken >= lot.quantity) month.overage++;
  if (lot) lot.taken++;
  const seat = { ...decision.seat, id: "", launches: 1, counted_launch_at: at };
  const used_up = before !== undefined && (before.used_up || isUsedUp(before.seat, at));
  return { seat, used_up, course_id, reaches: reachOf(state.rules, seat, happening, null) };
}

function enter(
  rules: Rules,
  { seat: held, counted, confirmation }: Decided<"enter">,
  before: Holding | undefined,
  happening: Happening,
): Holding {
  if (!before) throw new Error("A seat is entered that nobody holds");
  const counts = counted && held.status === "pending";
  const seat: Seat = {
    ...held,
    status: confirmation ? "confirmed" : held.status,
    launches: held.launches + (counts ? 1 : 0),
    counted_launch_at: counts ? happening.at : held.counted_launch_at,
  };
  return { ...before, seat, reaches: reachOf(rules, seat, happening, before.reaches) };
}

/** Two minutes that were over before `until` come before whatever happens then. */
function settle(
  { rules, tally }: State,
  holding: Holding | undefined,
  until: Date | null,
): Holding | undefined {
  const reaches = holding?.reaches;
  if (!holding || !reaches || (until && reaches.at > until)) return holding;
  const confirmation = attend(rules, holding.seat, reaches.open_seconds, reaches.at);
  tally.charge(confirmation, holding.course_id, reaches.at);
  const seat: Seat = confirmation ? { ...holding.seat, status: "confirmed" } : holding.seat;
  return { ...holding, seat, reaches: null };
}

function forget(state: State): void {
  for (const holding of state.held.pending()) settle(state, holding, null);
  state.held.clear();
  state.assignment = null;
}

/** Who has a seat to the end of a term has one in the next (RULES §3.3). */
function renew(state: State, until: Date): void {
  const { kind, lots } = state.setup;
  if (!kind.renews) return;
  const begun = lots.filter(({ starts_at }) => starts_at > state.renewed_until && starts_at <= until);
  for (const lot of begun)
    if (lots.some((before) => before.ends_at?.getTime() === lot.starts_at.getTime()))
      lot.taken += state.held.carry(lot, lot.quantity - lot.taken);
  state.renewed_until = until;
}

interface Tally {
  of(at: Date): SimulatedMonth;
  deny(code: DenialCode, at: Date): void;
  charge(confirmation: Confirmation | null, courseId: string | null, at: Date): void;
  months(): readonly SimulatedMonth[];
}

function newTally({ until, priceOf }: Setup): Tally {
  const months = new Map<number, SimulatedMonth>();
  const of = (at: Date): SimulatedMonth => {
    const month = startOfMonth(at);
    const known = months.get(month.getTime());
    if (known) return known;
    const counts = { launches: 0, seats: 0, charges: 0, charged_minor: 0, unpriced: 0, overage: 0 };
    const made = { month, ...counts, denied: {} };
    months.set(month.getTime(), made);
    return made;
  };
  return {
    of,
    deny: (code, at) => {
      const { denied } = of(at);
      denied[code] = (denied[code] ?? 0) + 1;
    },
    charge: (confirmation, courseId, at) => {
      if (!confirmation?.charge || at >= until) return;
      const month = of(at);
      const price = priceOf(courseId, at);
      month.charges++;
      month.charged_minor += price ?? 0;
      if (price === null) month.unpriced++;
    },
    months: () => [...months.values()].sort((one, other) => one.month.getTime() - other.month.getTime()),
  };
}

/** A seat that ended while it was pending lapsed, and bars nothing (RULES §3.1). */
function isUsedUp(seat: Seat, at: Date): boolean {
  return seat.status === "confirmed" && hasEnded(seat, at);
}

const ENDED: Pick<Seat, "starts_at" | "ends_at"> = { starts_at: NEVER, ends_at: NEVER };

function bookOf(
  { lots, retake, courseDays }: Setup,
  holding: Holding | undefined,
  assignments: readonly Term[],
  { course_id, at }: Happening,
): Book {
  const seats = holding ? [holding.seat] : [];
  if (holding?.used_up) seats.push({ ...holding.seat, ...ENDED, status: "confirmed" });
  return {
    license: { starts_at: NEVER, ends_at: null, paused: false },
    retake,
    refused: null,
    delivery_revoked: false,
    course_retired: false,
    course_in_license: true,
    learner: { deactivated: false, test: false },
    lots: lots.filter(({ bought_at }) => bought_at <= at),
    course_days: course_id === null ? null : courseDays(course_id),
    assignments,
    seats,
  };
}

/** The beat that really came, where it came late enough; otherwise the moment at which the course had been open for long enough. */
function reachOf(
  { safeguard }: Rules,
  seat: Pick<Seat, "status">,
  { at, open_seconds, confirmed_by_beat }: Happening,
  known: Holding["reaches"],
): Holding["reaches"] {
  if (!safeguard || seat.status !== "pending") return null;
  const { charge_after_seconds } = safeguard;
  const beat =
    confirmed_by_beat && confirmed_by_beat.open_seconds >= charge_after_seconds ? confirmed_by_beat : null;
  const own =
    beat ??
    (open_seconds >= charge_after_seconds
      ? { at: addSeconds(at, charge_after_seconds), open_seconds: charge_after_seconds }
      : null);
  return known && (!own || known.at <= own.at) ? known : own;
}

interface Holdings {
  get(key: string): Holding | undefined;
  set(key: string, holding: Holding): void;
  /** Those that may still be confirmed. */
  pending(): Iterable<Holding>;
  clear(): void;
  /** Who holds a seat to where the lot begins has one of it, as far as it has any. @returns How many. */
  carry(lot: Term, most: number): number;
}

function holdings(rules: Rules): Holdings {
  return rules.safeguard ? wholeHoldings() : endsOfSeats();
}

function wholeHoldings(): Holdings {
  const held = new Map<string, Holding>();
  return {
    get: (key) => held.get(key),
    set: (key, holding) => void held.set(key, holding),
    pending: () => [...held.values()].filter(({ reaches }) => reaches !== null),
    clear: () => held.clear(),
    carry: () => 0,
  };
}

/** Where seats are confirmed at once, all that is asked of them is when they end: so few bytes are kept of each of a million. */
function endsOfSeats(): Holdings {
  const ends = new Map<string, number>();
  return {
    get: (key) => {
      const end = ends.get(key);
      if (end === undefined) return undefined;
      const ends_at = end === Number.POSITIVE_INFINITY ? null : new Date(end);
      const seat = {
        id: key,
        status: "confirmed",
        lot_id: null,
        launches: 1,
        counted_launch_at: NEVER,
        starts_at: NEVER,
        ends_at,
      } as const;
      return { seat, used_up: false, course_id: null, reaches: null };
    },
    // In the order of their last launches: who launched most recently keeps a seat where there are fewer (RULES §3.3).
    set: (key, { seat }) => {
      ends.delete(key);
      ends.set(key, seat.ends_at?.getTime() ?? Number.POSITIVE_INFINITY);
    },
    pending: () => [],
    clear: () => ends.clear(),
    carry: ({ starts_at, ends_at }, most) => {
      const holders = [...ends].filter(([, end]) => end === starts_at.getTime());
      const kept = most > 0 ? holders.slice(-most) : [];
      for (const [key] of kept) ends.set(key, ends_at?.getTime() ?? Number.POSITIVE_INFINITY);
      return kept.length;
    },
  };
}
