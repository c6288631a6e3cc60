/** What holds in every history, whatever happens in it and in which order (DESIGN §3). */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { KINDS } from "../../src/core/licensing/kinds/index.ts";
import { addSeconds } from "../../src/core/time.ts";
import {
  attendLaunch,
  buy,
  decide,
  launch,
  payPerUseWorld,
  tell,
  volumeWorld,
  type World,
  worldOf,
} from "../support/story.ts";

type Event = { readonly wait: number } & (
  | { readonly does: "launch" | "deactivate" | "assign"; readonly who: string }
  | { readonly does: "beat"; readonly who: string; readonly number: number }
  | { readonly does: "buy"; readonly quantity: number }
  | { readonly does: "pause" | "retake" }
);

const DAY = 24 * 60 * 60;
const who = fc.constantFrom("Ana", "Ben", "Cleo");
/** Seconds since the event before: at once, as in a course, days, a year; now and then a clock that steps back. */
const wait = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 30, 60, 119, 120, 150, 151) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 400 }).map((days) => days * DAY) },
  { weight: 1, arbitrary: fc.constantFrom(-0.01, -1) },
);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ wait, does: fc.constant("launch" as const), who }) },
  {
    weight: 4,
    arbitrary: fc.record({
      wait,
      does: fc.constant("beat" as const),
      who,
      number: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      wait,
      does: fc.constant("buy" as const),
      quantity: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ wait, does: fc.constantFrom("pause" as const, "retake" as const) }) },
  { weight: 1, arbitrary: fc.record({ wait, does: fc.constant("deactivate" as const), who }) },
  { weight: 1, arbitrary: fc.record({ wait, does: fc.constant("assign" as const), who }) },
);
const history = fc.array(event, { minLength: 5, maxLength: 60 });
const terms = fc.record({
  charge_after_launches: fc.integer({ min: 1, max: 3 }),
  same_launch_seconds: fc.constantFrom(0, 60),
});

const START = new Date("2026-01-31T10:00Z");

/** Lives through a history, looking at the world after every event. */
function live(world: World, events: readonly Event[], look: (at: Date) => void = () => undefined): string[] {
  let at = START;
  return events.map((one) => {
    at = addSeconds(at, one.wait);
    const comes = happen(world, one, at);
    look(at);
    return comes;
  });
}

function happen(world: World, one: Event, at: Date): string {
  switch (one.does) {
    case "launch":
      return launch(world, one.who, at);
    case "beat": {
      const launches = world.learners.get(one.who)?.launches.length ?? 0;
      return launches === 0 ? "" : attendLaunch(world, one.who, at, ((one.number - 1) % launches) + 1);
    }
    case "buy":
      // What was bought begins by the clock of its purchase, however that steps.
      if (world.kind.largest_lot !== null) buy(world, one.quantity, notBefore(world.periods.at(-1), at));
      return "";
    case "assign":
      return world.rules.assignment
        ? tell(world, [[at.toISOString(), one.who, "is assigned", ""]]).join()
        : "";
    case "pause":
      world.paused = !world.paused;
      return "";
    case "retake":
      world.retake = !world.retake;
      return "";
    case "deactivate": {
      const does = world.learners.get(one.who)?.deactivated ? "is reactivated" : "is deactivated";
      return tell(world, [[at.toISOString(), one.who, does, ""]]).join();
    }
  }
}

function notBefore(period: { readonly starts_at: Date } | undefined, at: Date): Date {
  return period && at < period.starts_at ? period.starts_at : at;
}

/** Every kind, and each that leaves it to the license what happens when it is full, in both ways. */
const worlds = (): World[] =>
  KINDS.flatMap((kind) => {
    const ways = "when_full" in kind.terms ? [{ when_full: "deny" }, { when_full: "overage" }] : [{}];
    return ways.map((terms) => worldOf(kind.name, terms, { courseDays: 90 }));
  });
const ofLots = () => worlds().filter(({ rules }) => rules.supply === "lots");

const seatsOf = (world: World) => [...world.learners.values()].map(({ seats }) => seats);
const stateOf = ({ lots, charges, learners }: World) =>
  structuredClone({ lots, charges, learners: [...learners.entries()] });

describe("in every history", () => {
  test("no lot is ever oversold, and its counter says what was drawn from it", () => {
    fc.assert(
      fc.property(history, (events) => {
        for (const world of ofLots())
          live(world, events, () => {
            for (const lot of world.lots) {
              const drawn = seatsOf(world)
                .flat()
                .filter((seat) => seat.lot_id === lot.id).length;
              const fits = drawn <= lot.quantity || world.rules.when_full === "overage";
              expect([lot.taken, fits]).toEqual([drawn, true]);
            }
          });
      }),
    );
  });

  test("nobody ever holds two seats at one time", () => {
    fc.assert(
      fc.property(history, terms, (events, given) => {
        for (const world of [payPerUseWorld(given), ...worlds()]) {
          live(world, events);
          for (const seats of seatsOf(world))
            for (const [index, seat] of seats.entries())
              expect(seats.slice(index + 1).every((later) => isAfter(later, seat))).toBe(true);
        }
      }),
    );
  });

  test("a confirmed seat has exactly one charge, with evidence; a pending or prepaid one has none", () => {
    fc.assert(
      fc.property(history, terms, (events, given) => {
        const world = payPerUseWorld(given);
        live(world, events);
        for (const [name, { seats, launches }] of world.learners)
          for (const seat of seats) {
            const charges = world.charges.filter((charge) => charge.seatId === seat.id);
            expect(charges).toHaveLength(seat.status === "confirmed" ? 1 : 0);
            const openSeconds = launches
              .filter(({ seatId }) => seatId === seat.id)
              .map(({ openTime }) => openTime.open_seconds);
            const [charge] = charges;
            if (charge?.rule === "launches")
              expect(seat.launches).toBeGreaterThanOrEqual(given.charge_after_launches);
            if (charge?.rule === "open_time") expect(Math.max(...openSeconds)).toBeGreaterThanOrEqual(120);
            expect(charges.every((one) => one.who === name)).toBe(true);
          }
        const prepaid = volumeWorld();
        live(prepaid, events);
        expect(prepaid.charges).toEqual([]);
      }),
    );
  });

  test("told twice, it goes the same way", () => {
    fc.assert(
      fc.property(history, terms, (events, given) => {
        const [first, second] = [0, 1].map(() => [payPerUseWorld(given), ...worlds()]);
        for (const [index, once] of (first ?? []).entries()) {
          const again = second?.[index] as World;
          expect(live(again, events)).toEqual(live(once, events));
          expect(stateOf(again)).toEqual(stateOf(once));
        }
      }),
    );
  });

  test("what is never full turns nobody away for want of a seat, and what is prepaid charges nothing", () => {
    fc.assert(
      fc.property(history, (events) => {
        for (const world of ofLots()) {
          buy(world, 1, START);
          const comes = live(world, events);
          if (world.rules.when_full === "overage") expect(comes).not.toContain("no_seats_left");
          expect(world.charges).toEqual([]);
        }
      }),
    );
  });

  test("a course assignment is charged once, at its start, and ends with its subscription at the latest", () => {
    fc.assert(
      fc.property(history, fc.constantFrom("deny", "assign"), (events, first_launch) => {
        const world = worldOf("course_assignment", { first_launch }, { courseDays: 90 });
        live(world, events);
        for (const [name, { seats, assignments }] of world.learners) {
          const charged = world.charges.filter((charge) => charge.who === name);
          expect(charged.map(({ seatId, at }) => [seatId, at])).toEqual(
            seats.map(({ id, starts_at }) => [id, starts_at]),
          );
          for (const { ends_at } of seats)
            expect(assignments.some((one) => one.ends_at && ends_at && ends_at <= one.ends_at)).toBe(true);
        }
      }),
    );
  });

  test("asking changes nothing, and a denial neither", () => {
    fc.assert(
      fc.property(history, terms, who, (events, given, name) => {
        const world = payPerUseWorld(given);
        live(world, events, (at) => {
          decide(world, name, at);
          const before = stateOf(world);
          if (decide(world, name, at).type === "deny") launch(world, name, at);
          expect(stateOf(world)).toEqual(before);
        });
      }),
    );
  });

  test("a confirmed seat never changes again", () => {
    fc.assert(
      fc.property(history, terms, (events, given) => {
        for (const world of [payPerUseWorld(given), volumeWorld()]) {
          const confirmed = new Map<string, object>();
          live(world, events, () => {
            for (const seat of seatsOf(world).flat()) {
              if (seat.status !== "confirmed") continue;
              expect(seat).toEqual(confirmed.get(seat.id) ?? seat);
              confirmed.set(seat.id, seat);
            }
          });
        }
      }),
    );
  });

  test("who holds a running seat gets in, paused or not, unless deactivated", () => {
    fc.assert(
      fc.property(history, terms, (events, given) => {
        const world = payPerUseWorld(given);
        live(world, events, (at) => {
          for (const [name, learner] of world.learners)
            if (!learner.deactivated && learner.seats.some((seat) => seat.ends_at && seat.ends_at > at))
              expect(decide(world, name, at).type).toBe("enter");
        });
      }),
    );
  });
});

function isAfter(
  later: { readonly starts_at: Date },
  earlier: { readonly starts_at: Date; readonly ends_at: Date | null },
): boolean {
  return earlier.ends_at !== null && later.starts_at >= earlier.ends_at;
}
