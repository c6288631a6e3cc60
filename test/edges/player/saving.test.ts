/** The player's book-keeping of what is saved and what is not (docs/bridge.md §3). */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { BeatPlan, KeepAnswer, KeepRequest } from "../../../src/core/bridge.ts";
import { backoffMilliseconds } from "../../../src/edges/player/client/backoff.ts";
import { BeatLoop } from "../../../src/edges/player/client/beatLoop.ts";
import type { Outcome } from "../../../src/edges/player/client/gateway.ts";
import { addressesOf, keep } from "../../../src/edges/player/client/gateway.ts";
import { bytesOf, splitIntoParts } from "../../../src/edges/player/client/parts.ts";
import { emptyChanges, PendingChanges } from "../../../src/edges/player/client/pending.ts";
import { Saver } from "../../../src/edges/player/client/saver.ts";
import { NewestToken } from "../../../src/edges/player/client/token.ts";

const ROLLUP = {
  completion: "incomplete",
  success: "unknown",
  score: { scaled: null, raw: null, min: null, max: null },
  progress: null,
  location: "",
  session_seconds: 0,
} as const;

describe("pending changes", () => {
  test("an acknowledgement drops what its save carried, and nothing that changed since", () => {
    const pending = new PendingChanges(0);
    pending.set("a", "location", "1");
    pending.set("a", "status", "incomplete");
    const first = pending.takeAll();
    pending.set("a", "location", "2");
    pending.acknowledge(first.sequence);
    expect(pending.takeAll()).toEqual({ sequence: 2, changes: { a: { location: "2" } } });
  });

  test("a save that was lost is carried again by the next", () => {
    const pending = new PendingChanges(7);
    pending.set("a", "x", "1");
    expect(pending.takeAll().sequence).toBe(8);
    pending.set("b", "y", null);
    expect(pending.takeAll()).toEqual({ sequence: 9, changes: { a: { x: "1" }, b: { y: null } } });
  });

  test("beacons carry only what no beacon was handed over for", () => {
    const pending = new PendingChanges(0);
    pending.set("a", "x", "1");
    pending.handOver(pending.takeFresh().sequence);
    expect(pending.hasFresh).toBe(false);
    pending.set("a", "y", "2");
    expect(pending.takeFresh().changes).toEqual({ a: { y: "2" } });
    expect(pending.takeAll().changes).toEqual({ a: { x: "1", y: "2" } });
  });

  test("whatever is lost, late or doubled, the gateway ends with the newest values", () => {
    const step = fc.oneof(
      fc.record({
        type: fc.constant("set" as const),
        item: fc.nat(2),
        element: fc.nat(2),
        value: fc.nat(99),
      }),
      fc.record({ type: fc.constant("save" as const), arrives: fc.boolean(), answered: fc.boolean() }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.array(fc.nat()), (steps, order) => {
        const pending = new PendingChanges(0);
        const wanted = new Map<string, string>();
        const stored = new Map<string, { value: string | null; sequence: number }>();
        const late: { sequence: number; changes: KeepRequest["changes"] }[] = [];
        const store = ({ sequence, changes }: (typeof late)[number]) => {
          for (const [item, elements] of Object.entries(changes ?? {}))
            for (const [element, value] of Object.entries(elements))
              if ((stored.get(`${item} ${element}`)?.sequence ?? -1) <= sequence)
                stored.set(`${item} ${element}`, { value, sequence });
        };
        for (const one of steps) {
          if (one.type === "set") {
            pending.set(`i${one.item}`, `e${one.element}`, String(one.value));
            wanted.set(`i${one.item} e${one.element}`, String(one.value));
            continue;
          }
          const save = pending.takeAll();
          late.push(save);
          if (one.arrives) store(save);
          if (one.arrives && one.answered) pending.acknowledge(save.sequence);
        }
        store(pending.takeAll());
        for (const index of order)
          if (late.length > 0) store(late[index % late.length] as (typeof late)[number]);
        expect(Object.fromEntries([...stored].map(([key, { value }]) => [key, value]))).toEqual(
          Object.fromEntries(wanted),
        );
      }),
    );
  });
});

describe("parts of a save", () => {
  const REQUEST: KeepRequest = { token: "t", sequence: 5, closing: true, marker_acknowledged: true };

  test("a small save stays whole", () => {
    const request = { ...REQUEST, changes: { a: { x: "1" } } };
    expect(splitIntoParts(request, 1000)).toEqual([request]);
  });

  test("every part fits, counted in bytes; together they are the save, and no element is in two", () => {
    const text = fc.string({ unit: "binary", maxLength: 60 }).filter((value) => value !== "__proto__");
    fc.assert(
      fc.property(
        fc.dictionary(text, fc.dictionary(text, text, { minKeys: 1, maxKeys: 8 }), { maxKeys: 8 }),
        (changes) => {
          const parts = splitIntoParts({ ...REQUEST, changes }, 900);
          const joined = emptyChanges();
          for (const part of parts) {
            expect(bytesOf(JSON.stringify(part))).toBeLessThanOrEqual(900);
            expect(part).toMatchObject({ token: "t", sequence: 5, closing: true });
            for (const [item, elements] of Object.entries(part.changes ?? {}))
              for (const [element, value] of Object.entries(elements)) {
                expect(joined[item]?.[element]).toBeUndefined();
                joined[item] = Object.assign(Object.create(null), joined[item], { [element]: value });
              }
          }
          expect(joined).toEqual({ ...changes });
          expect(parts.filter((part) => part.marker_acknowledged)).toHaveLength(1);
        },
      ),
    );
  });

  test("an element larger than the limit has a part of its own", () => {
    const parts = splitIntoParts(
      { ...REQUEST, changes: { a: { small: "1", large: "語".repeat(500), last: "2" } } },
      900,
    );
    expect(parts.map(({ changes }) => Object.keys(changes?.["a"] ?? {}))).toEqual([
      ["small"],
      ["large"],
      ["last"],
    ]);
  });
});

test("the token of the request that was asked last wins, whenever its answer comes", () => {
  const token = new NewestToken("first", 0);
  expect(token.offer("asked at 20", 20)).toBe(true);
  expect(token.offer("asked at 10", 10)).toBe(false);
  expect(token.value).toBe("asked at 20");
});

test("waits grow to half a minute, and chance spreads them", () => {
  expect([1, 2, 3, 4, 5, 6, 60].map((failures) => backoffMilliseconds(failures, 0) / 1000)).toEqual([
    1, 2, 5, 10, 20, 30, 30,
  ]);
  expect(backoffMilliseconds(3, 1)).toBe(6_250);
});

test("the launch and the keep lie below the page's own prefix", () => {
  expect(addressesOf({ origin: "https://c.example", pathname: "/x/play/abc/" })).toEqual({
    launch: "https://c.example/x/play/abc/launch",
    keep: "https://c.example/x/play/keep",
  });
});

describe("a save of more than the gateway takes at once", () => {
  const changes = Object.fromEntries(
    Array.from({ length: 7 }, (_, index) => [`item-${index}`, { answer: "語".repeat(300_000) }]),
  );
  const request: KeepRequest = { token: "t", sequence: 3, changes, rollup: ROLLUP };

  /** The gateway, which refuses as itself what is too large; `fails`: the number of the part that it has trouble with. */
  async function keeping(fails = 0) {
    const { fetch } = globalThis;
    const parts: KeepRequest[] = [];
    globalThis.fetch = async (_address, init) => {
      const body = String(init?.body);
      parts.push(JSON.parse(body) as KeepRequest);
      const status = bytesOf(body) > 5 * 1024 * 1024 ? 413 : parts.length === fails ? 503 : 200;
      return Response.json({ token: `t${parts.length}`, beat: PLAN }, { status });
    };
    try {
      return { outcome: await keep("https://content.example.com/play/keep", request), parts };
    } finally {
      globalThis.fetch = fetch;
    }
  }

  test("goes in parts of one sequence, and is answered with the last", async () => {
    const { outcome, parts } = await keeping();
    expect(outcome).toEqual({ type: "answer", answer: { token: `t${parts.length}`, beat: PLAN } });
    expect(parts.length).toBeGreaterThan(1);
    expect(new Set(parts.map(({ sequence }) => sequence))).toEqual(new Set([3]));
    expect(Object.assign({}, ...parts.map((part) => part.changes))).toEqual(changes);
    expect(parts.map(({ rollup }) => rollup)).toEqual([ROLLUP, ...parts.slice(1).map(() => undefined)]);
  });

  test("is not acknowledged where one of them was not", async () => {
    const { outcome, parts } = await keeping(2);
    expect(outcome).toEqual({ type: "trouble" });
    expect(parts).toHaveLength(2);
  });
});

/** Time that passes when the test says so. */
class Clock {
  now = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();
  #last = 0;

  readonly setTimer = (callback: () => void, milliseconds: number): number => {
    this.#last += 1;
    this.#timers.set(this.#last, { at: this.now + milliseconds, callback });
    return this.#last;
  };
  readonly clearTimer = (timer: number): void => {
    this.#timers.delete(timer);
  };

  async pass(milliseconds: number): Promise<void> {
    const end = this.now + milliseconds;
    for (;;) {
      const [next] = [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at);
      if (!next) break;
      this.#timers.delete(next[0]);
      this.now = next[1].at;
      next[1].callback();
      await settled();
    }
    this.now = end;
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

const PLAN: BeatPlan = { every_seconds: 30, due_in_seconds: null };
const answer = (token: string, beat = PLAN): Outcome<KeepAnswer> => ({
  type: "answer",
  answer: { token, beat },
});

describe("beats", () => {
  function beating(plan: BeatPlan, outcomes: Outcome<KeepAnswer>[]) {
    const clock = new Clock();
    const sent: { at: number; token: string }[] = [];
    const loop = new BeatLoop(
      {
        send: async ({ token }) => {
          sent.push({ at: clock.now / 1000, token });
          return outcomes.shift() ?? answer("later", plan);
        },
        now: () => clock.now,
        chance: () => 0,
        setTimer: clock.setTimer,
        clearTimer: clock.clearTimer,
        onOutcome: () => undefined,
      },
      "opened",
      0,
      plan,
    );
    return { clock, sent, loop };
  }

  test("come at their interval, each with the token of the answer before", async () => {
    const { clock, sent } = beating(PLAN, [answer("one"), answer("two")]);
    await clock.pass(90_000);
    expect(sent).toEqual([
      { at: 30, token: "opened" },
      { at: 60, token: "one" },
      { at: 90, token: "two" },
    ]);
  });

  test("come once more when something is due, and shortly after if it still is", async () => {
    const due = { every_seconds: 30, due_in_seconds: 12 };
    const { clock, sent } = beating(due, [
      answer("early", { every_seconds: 30, due_in_seconds: 0.02 }),
      answer("done"),
    ]);
    await clock.pass(42_250);
    expect(sent.map(({ at }) => at)).toEqual([12, 12.25, 42.25]);
  });

  test("are sent again until they are answered", async () => {
    const { clock, sent } = beating(PLAN, [{ type: "trouble" }, { type: "trouble" }, answer("at last")]);
    await clock.pass(63_000);
    expect(sent.map(({ at }) => at)).toEqual([30, 31, 33, 63]);
  });

  test("begin their interval anew when a save was answered, with its token", async () => {
    const { clock, sent, loop } = beating(PLAN, []);
    await clock.pass(20_000);
    loop.answeredElsewhere("from a save", 20_000, PLAN);
    loop.answeredElsewhere("stale", 10_000, PLAN);
    await clock.pass(30_000);
    expect(sent).toEqual([{ at: 50, token: "from a save" }]);
  });

  test("end with a refusal", async () => {
    const { clock, sent } = beating(PLAN, [{ type: "refused", code: "launch_closed", title: "" }]);
    await clock.pass(120_000);
    expect(sent).toHaveLength(1);
  });
});

describe("the saver", () => {
  function saving(outcomes: Outcome<KeepAnswer>[] = [], takesBeacons = true) {
    const clock = new Clock();
    const sent: KeepRequest[] = [];
    const beacons: KeepRequest[] = [];
    const blocking: KeepRequest[] = [];
    const saver = new Saver({
      lastSequence: 0,
      onSequence: () => undefined,
      token: () => "token",
      circumstances: () => ({ rollup: ROLLUP, session_seconds: {} }),
      send: async (request) => {
        sent.push(request);
        return outcomes.shift() ?? answer("fresh");
      },
      beacon: (request) => {
        beacons.push(request);
        return takesBeacons;
      },
      sendBlocking: (request) => {
        blocking.push(request);
        return answer("fresh");
      },
      now: () => clock.now,
      chance: () => 0,
      setTimer: clock.setTimer,
      clearTimer: clock.clearTimer,
      onOutcome: () => undefined,
    });
    return { clock, sent, beacons, blocking, saver };
  }

  test("gathers what is set within a second into one save; a large value goes at once", async () => {
    const { clock, sent, saver } = saving();
    saver.note("a", "x", "1");
    await clock.pass(500);
    saver.note("a", "y", "2");
    await clock.pass(500);
    expect(sent.map(({ changes }) => changes)).toEqual([{ a: { x: "1", y: "2" } }]);
    saver.note("a", "suspend_data", "x".repeat(8_000));
    expect(sent).toHaveLength(2);
  });

  test("has one request under way at a time, and sends what came meanwhile after it", async () => {
    const { sent, saver } = saving();
    saver.note("a", "x", "1");
    saver.flush();
    saver.note("a", "x", "2");
    saver.flush();
    expect(sent).toHaveLength(1);
    await settled();
    expect(sent[1]?.changes).toEqual({ a: { x: "2" } });
  });

  test("tells the marker once it is in the LMS, until that is acknowledged", async () => {
    const { clock, sent, saver } = saving([{ type: "trouble" }]);
    saver.markerAcknowledged();
    await clock.pass(1_000);
    await clock.pass(60_000);
    expect(sent.map(({ marker_acknowledged }) => marker_acknowledged)).toEqual([true, true]);
  });

  test("what the course sets after the page began to go away goes out after each of its handlers", async () => {
    const { beacons, saver } = saving();
    saver.note("a", "x", "1");
    saver.leave();
    saver.note("a", "y", "2");
    saver.note("a", "z", "3");
    await settled();
    expect(beacons.map(({ closing, changes }) => ({ closing, changes }))).toEqual([
      { closing: true, changes: { a: { x: "1" } } },
      { closing: true, changes: { a: { y: "2", z: "3" } } },
    ]);
  });

  test("what beacons refuse is sent blocking", () => {
    const { blocking, saver } = saving([], false);
    saver.note("a", "x", "1");
    saver.leave();
    expect(blocking[0]?.changes).toEqual({ a: { x: "1" } });
  });

  test("a hidden tab's beacon is no closing, and the change is still sent for an answer", async () => {
    const { clock, sent, beacons, saver } = saving();
    saver.note("a", "x", "1");
    saver.hide();
    expect(beacons[0]).not.toHaveProperty("closing");
    await clock.pass(1_000);
    expect(sent[0]?.changes).toEqual({ a: { x: "1" } });
  });

  test("the last word is said until it is answered, and not again by a beacon", async () => {
    const { clock, sent, beacons, saver } = saving([{ type: "trouble" }]);
    saver.note("a", "x", "1");
    const closed = saver.close(Number.POSITIVE_INFINITY);
    await settled();
    await clock.pass(1_000);
    await closed;
    expect(sent.map(({ closing, changes }) => ({ closing, changes }))).toEqual([
      { closing: true, changes: { a: { x: "1" } } },
      { closing: true, changes: { a: { x: "1" } } },
    ]);
    saver.leave();
    expect(beacons).toEqual([]);
  });
});
