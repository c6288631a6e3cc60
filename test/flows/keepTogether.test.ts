/** Saves that are written together are what they would be one by one, and one that can't be written keeps no other from it. */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Rollup } from "../../src/core/bridge.ts";
import { type Keeping, MOST_SEQUENCE } from "../../src/flows/keepLaunch.ts";
import { keepTogether } from "../../src/flows/keepTogether.ts";
import { StateTooLarge } from "../../src/store/launching/writeKeeps.ts";
import { countedDb } from "../support/countedDb.ts";
import type { TestLicense, Visit } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
});
afterAll(() => gateway.close());

const rollup: fc.Arbitrary<Rollup> = fc.record({
  completion: fc.constantFrom("incomplete", "completed"),
  success: fc.constantFrom("unknown", "passed"),
  score: fc.constantFrom(
    { scaled: null, raw: null, min: null, max: null },
    { scaled: 0.5, raw: 50, min: 0, max: 100 },
  ),
  progress: fc.constantFrom(null, 0.25),
  location: fc.constantFrom("page 1", "page 2"),
  session_seconds: fc.nat({ max: 100 }),
});

const message: fc.Arbitrary<Partial<Keeping>> = fc.record({
  sequence: fc.integer({ min: 1, max: 3 }),
  changes: fc.dictionary(
    fc.constantFrom("lesson", "other", "__proto__"),
    fc.dictionary(
      fc.constantFrom("cmi.location", "cmi.suspend_data"),
      fc.constantFrom("a", "\u0000 b", null),
      {
        minKeys: 1,
      },
    ),
    { maxKeys: 3 },
  ),
  rollup: fc.option(rollup, { nil: null }),
  session_seconds: fc.dictionary(fc.constantFrom("lesson", "other"), fc.nat({ max: 50 }), { maxKeys: 2 }),
  marker_acknowledged: fc.boolean(),
  closing: fc.boolean(),
});

/** What is stored of each learner whose id begins so. */
async function storedOf(prefix: string) {
  const all = (select: string, from: string) =>
    gateway.context.db.query(
      `select substr(value, length($1) + 1) as who, ${select} from ${from}
       join identity on identity.account_id = attempt.account_id and identity.learner_id = attempt.learner_id
       where starts_with(value, $1) order by 1, 2`,
      [prefix],
    );
  return {
    attempts: await all("rollup, rollup_stamp, graded_stamp, saved_at", "attempt"),
    states: await all(
      "item_id, elements, session_launch, session_seconds, earlier_seconds",
      "attempt_state join attempt on attempt.account_id = attempt_state.account_id and attempt.id = attempt_id",
    ),
    launches: await all(
      "launch.number, open_seconds, last_seen_at, closed_at",
      "launch join attempt on attempt.account_id = launch.account_id and attempt.id = attempt_id",
    ),
    grades: await all(
      "grade.number, grade.occurred_at, grade.rollup, resting",
      `grade join grade_target on grade_target.account_id = grade.account_id and grade_target.id = target_id
       join attempt on attempt.account_id = grade.account_id and attempt.id = attempt_id`,
    ),
    markers: await all(
      "acknowledged_at",
      "attempt_marker join attempt on attempt.account_id = attempt_marker.account_id and attempt.id = attempt_id",
    ),
  };
}

/** A place in a gradebook for every attempt, of a key that nobody has. */
async function addGradeTargets(): Promise<void> {
  const { db } = gateway.context;
  await db.query("set session_replication_role = replica");
  await db.query(
    `insert into grade_target (account_id, id, attempt_id, target_hash, service, consumer_key, user_id, outcome_url,
       result_sourcedid, created_at, resting)
     select account_id, id, id, 'only', 'outcomes', 'nobody', '', 'https://lms.example.com', '1', started_at, true from attempt`,
  );
  await db.query("reset session_replication_role");
}

test("saves of any sort, together and one by one", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(message, message), { minLength: 1, maxLength: 6 }),
      async (messages) => {
        await gateway.empty();
        license = await gateway.payPerUse();
        const visitsOf = (prefix: string) =>
          Promise.all(messages.map((_, index) => gateway.launch(license, { who: `${prefix}${index}` })));
        const together = await visitsOf("together ");
        const alone = await visitsOf("alone ");
        await addGradeTargets();
        for (const round of [0, 1] as const) {
          gateway.clock.advance({ seconds: 5 });
          const keep = (visits: readonly Visit[], index: number) =>
            visits[index]?.keep(messages[index]?.[round]);
          await Promise.all(messages.map((_, index) => keep(together, index)));
          for (const index of messages.keys()) await keep(alone, index);
        }
        expect(await storedOf("together ")).toEqual(await storedOf("alone "));
      },
    ),
    { numRuns: 25 },
  );
});

test("thirty that come at once are one statement", async () => {
  const visits = await Promise.all(
    Array.from({ length: 30 }, (_, index) => gateway.launch(license, { who: `learner ${index}` })),
  );
  const counted = countedDb(gateway.context.db);
  const through = { ...gateway.context, db: counted };
  await Promise.all(
    visits.map((visit) => visit.keep({ sequence: 1, changes: { lesson: { "cmi.location": "3" } }, through })),
  );
  expect(counted.statements).toBe(1);
});

test("one that would make its state too large fails for itself alone", async () => {
  const names = ["ana", "ben", "cleo"];
  const visits = await Promise.all(names.map((who) => gateway.launch(license, { who })));
  const { context, clock } = gateway;
  const lengths = [10, 2000, 11];
  const keeps = visits.map((visit, index) => {
    const { claims } = context.tokens.verify(visit.token, clock.now());
    return keepTogether(context, {
      account_id: claims.account_id,
      attempt_id: claims.attempt_id,
      launch_id: claims.launch_id,
      launch_number: claims.launch_number,
      stamp: claims.launch_number * MOST_SEQUENCE + 1,
      last_stamp: claims.launch_number * MOST_SEQUENCE + MOST_SEQUENCE - 1,
      even_if_taken_over: true,
      at: clock.now(),
      open_seconds: 0,
      closing: false,
      marker_acknowledged: false,
      save: {
        changes: { lesson: { "cmi.suspend_data": "x".repeat(lengths[index] ?? 0) } },
        session_seconds: {},
        rollup: null,
      },
      most_state_bytes: 1000,
    });
  });
  const saved = await Promise.allSettled(keeps);
  expect(saved.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(saved[1]).toMatchObject({ reason: expect.any(StateTooLarge) });
  const { states } = await storedOf("");
  expect(states.map(({ who }) => who)).toEqual(["ana", "cleo"]);
});
