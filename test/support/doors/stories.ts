/** Launches as RULES §2 and §3 tell them, in the lines of `story.ts`: of every kind of license, and of whatever turns somebody away. */
import type { StoryLine } from "../story.ts";

export interface Story {
  readonly name: string;
  readonly kind: string;
  readonly terms?: Readonly<Record<string, number | string>>;
  readonly retake?: boolean;
  /** Of the license; long ago, if not given. */
  readonly starts_at?: string;
  readonly lines: readonly StoryLine[];
}

const PAY_PER_USE = "pay_per_use";

export const STORIES: readonly Story[] = [
  {
    name: "safeguard: 119 s and one launch are never charged",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:01:00Z", "Ana", "beats", "open 60 s"],
      ["2026-01-31T10:01:59Z", "Ana", "beats", "open 119 s"],
    ],
  },
  {
    name: "safeguard: two minutes in one launch are charged, once",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:01:59.999Z", "Ana", "beats", "open 119.999 s"],
      ["2026-01-31T10:02:00.000Z", "Ana", "beats", "open 120 s, charged"],
      ["2026-01-31T10:30Z", "Ana", "launches", "enters"],
    ],
  },
  {
    name: "safeguard: the second launch is charged, in the same instant too",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:00Z", "Ana", "launches", "enters, charged"],
      ["2026-01-31T10:00Z", "Ana", "launches", "enters"],
    ],
  },
  {
    name: "safeguard: two minutes must be reached in one launch",
    kind: PAY_PER_USE,
    terms: { charge_after_launches: 3 },
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:01Z", "Ana", "beats", "open 60 s"],
      ["2026-01-31T10:01Z", "Ana", "launches", "enters"],
      ["2026-01-31T10:02:40Z", "Ana", "beats in launch 2", "open 100 s"],
      ["2026-01-31T10:03Z", "Ana", "beats in launch 1", "open 180 s, charged"],
      ["2026-01-31T10:03:10Z", "Ana", "beats in launch 2", "open 130 s"],
    ],
  },
  {
    name: "safeguard: a gap of more than 150 s between beats is not open time",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:00:30Z", "Ana", "beats", "open 30 s"],
      ["2026-01-31T10:03:30Z", "Ana", "beats", "open 30 s"],
      ["2026-01-31T10:04:00Z", "Ana", "beats", "open 60 s"],
    ],
  },
  {
    name: "expiry: 12 months from the first launch, then nobody is charged unawares",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-09-01T10:00Z", "Ana", "launches", "enters, charged"],
      ["2027-01-31T09:59:59.999Z", "Ana", "launches", "enters"],
      ["2027-01-31T10:00Z", "Ana", "launches", "seat_expired"],
      ["2027-01-31T10:00:30Z", "Ana", "launches", "seat_expired"],
    ],
  },
  {
    name: "expiry: a seat that stayed pending lapses, and the next launch is a first one",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2027-01-31T10:00Z", "Ana", "launches", "pending seat until 2028-01-31T10:00Z"],
      ["2027-01-31T10:00Z", "Ana", "launches", "enters, charged"],
    ],
  },
  {
    name: "retake: a new pending seat, a fresh term and the same safeguard",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:02Z", "Ana", "beats", "open 120 s, charged"],
      ["2027-01-01T10:00Z", "vendor", "turns retake on", ""],
      ["2027-01-31T10:00Z", "Ana", "launches", "pending seat until 2028-01-31T10:00Z, retake"],
      ["2027-01-31T10:02Z", "Ana", "beats", "open 120 s, charged"],
      ["2027-02-01T10:00Z", "Ana", "launches", "enters"],
      ["2028-01-31T10:00Z", "vendor", "turns retake off", ""],
      ["2028-01-31T10:00Z", "Ana", "launches", "seat_expired"],
    ],
  },
  {
    name: "pause: no new seat; a running one, pending too, goes on and is charged",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:00Z", "Ben", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T10:01Z", "admin", "pauses", ""],
      ["2026-01-31T10:01Z", "Cleo", "launches", "license_paused"],
      ["2026-01-31T10:01Z", "Ana", "launches", "enters, charged"],
      ["2026-01-31T10:02Z", "Ben", "beats", "open 120 s, charged"],
      ["2026-01-31T11:00Z", "admin", "unpauses", ""],
      ["2026-01-31T11:00Z", "Cleo", "launches", "pending seat until 2027-01-31T11:00Z"],
    ],
  },
  {
    name: "the contract ends: no new seats, running ones go on",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-02-01T00:00Z", "vendor", "ends the contract", ""],
      ["2026-02-01T00:00Z", "Ben", "launches", "license_ended"],
      ["2026-02-01T00:00Z", "Ana", "launches", "enters, charged"],
    ],
  },
  {
    name: "the license has not started",
    kind: PAY_PER_USE,
    starts_at: "2026-02-01T00:00Z",
    lines: [
      ["2026-01-31T23:59:59.999Z", "Ana", "launches", "license_not_started"],
      ["2026-02-01T00:00Z", "Ana", "launches", "pending seat until 2027-02-01T00:00Z"],
    ],
  },
  {
    name: "a retired course: who holds a running seat keeps it",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:00Z", "vendor", "retires the course", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "enters, charged"],
      ["2026-02-01T10:00Z", "Ben", "launches", "course_retired"],
    ],
  },
  {
    name: "a revoked delivery: nobody, a running seat neither",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:00Z", "vendor", "revokes the delivery", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "delivery_revoked"],
    ],
  },
  {
    name: "a deactivated learner is denied, and denied launches never count",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Ana", "launches", "pending seat until 2027-01-31T10:00Z"],
      ["2026-01-31T11:00Z", "Ana", "is deactivated", ""],
      ["2026-01-31T11:01Z", "Ana", "launches", "learner_deactivated"],
      ["2026-01-31T11:01:30Z", "Ana", "launches", "learner_deactivated"],
      ["2026-01-31T12:00Z", "Ana", "is reactivated", ""],
      ["2026-01-31T12:02Z", "Ana", "launches", "enters, charged"],
    ],
  },
  {
    name: "a test identity takes no seat, paused or not",
    kind: PAY_PER_USE,
    lines: [
      ["2026-01-31T10:00Z", "Tess", "is marked as test", ""],
      ["2026-01-31T10:00Z", "Tess", "launches", "test launch"],
      ["2026-01-31T10:02Z", "Tess", "beats", "open 120 s"],
      ["2026-01-31T11:00Z", "admin", "pauses", ""],
      ["2026-01-31T11:00Z", "Tess", "launches", "test launch"],
    ],
  },
  {
    name: "bought seats: a full lot turns the next away, and nobody who is in",
    kind: "volume",
    lines: [
      ["2026-01-31T09:00Z", "Ana", "launches", "no_seats_left"],
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:00Z", "Ben", "launches", "no_seats_left"],
      ["2026-02-01T10:00Z", "Ana", "launches", "enters"],
      ["2026-02-01T11:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T11:01Z", "Ben", "launches", "confirmed seat until 2027-02-01T11:00Z, from lot 2"],
      ["2026-02-01T12:00Z", "anyone", "looks", "0 left"],
      ["2027-01-31T10:00Z", "Ana", "launches", "seat_expired"],
      ["2027-02-01T11:00Z", "Ben", "launches", "license_ended"],
    ],
  },
  {
    name: "bought seats: with retake on, a seat of a running lot",
    kind: "volume",
    retake: true,
    lines: [
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2027-01-01T10:00Z", "admin", "buys 1 seat", ""],
      ["2027-01-31T10:00Z", "Ana", "launches", "confirmed seat until 2028-01-01T10:00Z, from lot 2, retake"],
      ["2027-02-01T10:00Z", "Ben", "launches", "no_seats_left"],
    ],
  },
  {
    name: "a subscription: its renewal interrupts nobody, until it is cancelled",
    kind: "subscription",
    lines: [
      ["2026-01-31T10:00Z", "admin", "buys 2 seats", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:01Z", "Ana", "launches", "enters"],
      ["2027-01-31T10:00Z", "Ana", "launches", "enters"],
      ["2027-02-01T10:00Z", "Ben", "launches", "confirmed seat until 2028-01-31T10:00Z, from lot 2"],
      ["2027-02-01T10:00Z", "Cleo", "launches", "no_seats_left"],
      ["2027-03-01T10:00Z", "admin", "cancels the renewal", ""],
      ["2028-01-31T10:00Z", "Cleo", "launches", "license_ended"],
    ],
  },
  {
    name: "a subscription: a course that left its bundle",
    kind: "subscription",
    lines: [
      ["2026-01-31T10:00Z", "admin", "buys 2 seats", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-02T10:00Z", "vendor", "takes the course out", ""],
      ["2026-02-02T10:00Z", "Ana", "launches", "enters"],
      ["2026-02-02T10:00Z", "Ben", "launches", "not_in_license"],
    ],
  },
  {
    name: "everything for a number of people: going over does not block",
    kind: "population",
    lines: [
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:00Z", "Ben", "launches", "confirmed seat until 2027-01-31T10:00Z"],
      ["2026-02-01T10:00Z", "anyone", "looks", "-1 left"],
    ],
  },
  {
    name: "assignments: each start of the course is billed, until the subscription ends",
    kind: "course_assignment",
    terms: { duration_days: 365 },
    lines: [
      ["2026-01-30T00:00Z", "Ana", "launches", "not_assigned"],
      ["2026-02-01T00:00Z", "Ana", "is assigned", ""],
      ["2026-02-10T10:00Z", "Ana", "launches", "confirmed seat until 2027-02-01T00:00Z, charged"],
      ["2026-02-10T10:00Z", "Ana", "launches", "enters"],
      ["2027-02-01T00:00Z", "Ana", "launches", "subscription_ended"],
    ],
  },
  {
    name: "an annual plan for seats: deactivation frees one",
    kind: "seats",
    lines: [
      ["2026-01-31T10:00Z", "admin", "buys 1 seat", ""],
      ["2026-02-01T10:00Z", "Ana", "launches", "confirmed seat until 2027-01-31T00:00Z"],
      ["2026-02-01T10:00Z", "Ben", "launches", "no_seats_left"],
      ["2026-02-02T10:00Z", "Ana", "is deactivated", ""],
      ["2026-02-02T10:00Z", "Ben", "launches", "confirmed seat until 2027-01-31T00:00Z"],
      ["2026-02-03T10:00Z", "Ana", "is reactivated", ""],
      ["2026-02-03T10:00Z", "Ana", "launches", "no_seats_left"],
    ],
  },
  {
    name: "monthly active users: each counts once in each month",
    kind: "mauc",
    lines: [
      ["2026-01-31T10:00Z", "admin", "buys 2 seats", ""],
      ["2026-01-31T23:59Z", "Ana", "launches", "confirmed seat until 2026-02-01T00:00Z"],
      ["2026-02-01T00:00Z", "Ana", "launches", "confirmed seat until 2026-03-01T00:00Z"],
      ["2026-02-28T10:00Z", "Ana", "launches", "enters"],
      ["2026-02-28T10:00Z", "anyone", "looks", "0 left"],
    ],
  },
];
