/**
 * Launches that one statement opens, by learners who come back or are new: answered and written as if they had been read about and
 * decided on, whatever else is true and whoever comes with them.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SCORM_NAMESPACE } from "../../../src/core/identity.ts";
import { addSeconds } from "../../../src/core/time.ts";
import { createLot } from "../../../src/flows/buying.ts";
import type { Context } from "../../../src/flows/context.ts";
import { type Arrival, markerOf } from "../../../src/flows/launch/arrival.ts";
import { decideTogether, type Outcome } from "../../../src/flows/launch/decideTogether.ts";
import { openTogether } from "../../../src/flows/launch/openTogether.ts";
import { openLaunch } from "../../../src/flows/openLaunch.ts";
import { type CountedDb, countedDb } from "../../support/countedDb.ts";
import { BY, LMS_ORIGIN, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { unlessImpossible } from "../../support/impossible.ts";
import { launchRows, openingOf, shapeOf } from "../../support/launchRows.ts";
import { tamper } from "../../support/tampering.ts";

let gateway: TestGateway;
let counted: CountedDb;
let context: Context;
beforeAll(async () => {
  gateway = await testGateway();
});
const beginAnew = async () => {
  await gateway.empty();
  counted = countedDb(gateway.context.db);
  context = { ...gateway.secondProcess(), db: counted };
};
beforeEach(beginAnew);
afterAll(() => gateway.close());

const KINDS = [
  "pay_per_use",
  "volume",
  "subscription",
  "population",
  "course_assignment",
  "seats",
  "mauc",
  "mau",
] as const;
type Kind = (typeof KINDS)[number];

const run = (statement: string, parameters: readonly unknown[] = []) =>
  gateway.context.db.query(statement, parameters);
const now = () => gateway.clock.now();

function sell(kind: Kind, account: { readonly account_id: string }, quantity = 20): Promise<TestLicense> {
  if (kind === "pay_per_use") return gateway.payPerUse({ account });
  if (kind === "volume") return gateway.volume([quantity], { account });
  if (kind === "course_assignment") return gateway.sell(kind, { account, terms: { first_launch: "assign" } });
  return gateway.sell(kind, { account, quantity });
}

const pick = ({ account_id, license_id }: TestLicense) => ({ account_id, license_id });

interface Comes {
  readonly who: string;
  readonly marker?: string;
  readonly entry?: string;
  readonly origin?: string;
  readonly name?: string;
  readonly nonce?: string;
}

function arrivalOf({ delivery_key }: TestLicense, comes: Comes): Arrival {
  const { who, marker = "", entry = "ab-initio", origin = LMS_ORIGIN, name = `Some, ${who}`, nonce } = comes;
  return {
    delivery_key,
    account_id: null,
    proved_connection_id: null,
    test_candidate: false,
    nonce: nonce ?? gateway.context.deps.newSecret(16),
    namespace: SCORM_NAMESPACE,
    identity: who,
    name,
    origin,
    lms: { entry, marker, mode: "normal" },
    too_many: false,
  };
}

type Way = typeof openTogether;

async function open(way: Way, arrivals: readonly Arrival[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const timed = arrivals.map((arrival) => ({ arrival, at: now() }));
  await way(context, timed, (place, outcome) => {
    expect(outcomes[place]).toBeUndefined();
    outcomes[place] = outcome;
  });
  return outcomes;
}

describe("a newcomer at a door that was read a moment ago", () => {
  test.each(KINDS)("of %s is let in by one statement, without a transaction", async (kind) => {
    const license = await sell(kind, await gateway.account());
    expect(await openLaunch(context, arrivalOf(license, { who: "zoe" }))).toMatchObject({ type: "allowed" });
    counted.reset();
    expect(await openLaunch(context, arrivalOf(license, { who: "ana" }))).toMatchObject({ type: "allowed" });
    expect([counted.statements, counted.transactions]).toEqual([1, 0]);
  });

  test("that is longer ago: is read about", async () => {
    const license = await gateway.payPerUse();
    await openLaunch(context, arrivalOf(license, { who: "zoe" }));
    gateway.clock.advance({ seconds: 2 });
    counted.reset();
    await openLaunch(context, arrivalOf(license, { who: "ana" }));
    expect(counted.statements).toBe(2);
  });

  test("where several lots run: is read about, with all who come", async () => {
    const license = await gateway.volume([2]);
    await openLaunch(context, arrivalOf(license, { who: "ana" }));
    gateway.clock.advance({ seconds: 5 });
    await createLot(gateway.context, BY, { ...pick(license), quantity: 5 });
    await openLaunch(context, arrivalOf(license, { who: "ana" }));
    counted.reset();
    // Ana is known, though her LMS says nothing of it; the older lot's last seat is Ben's.
    const outcomes = await open(
      openTogether,
      ["ana", "ben"].map((who) => arrivalOf(license, { who })),
    );
    expect(outcomes.map(openingOf)).toMatchObject([{ type: "allowed" }, { type: "allowed" }]);
    const { lots } = await launchRows(gateway, [license]);
    expect(lots.map(({ quantity, taken }) => [quantity, taken])).toEqual([
      [2, 2],
      [5, 0],
    ]);
    expect(counted.statements).toBe(2);
  });

  test("whose license is broken keeps nobody else out", async () => {
    const account = await gateway.account();
    const [good, broken] = [await gateway.payPerUse({ account }), await gateway.volume([3], { account })];
    for (const license of [good, broken]) await openLaunch(context, arrivalOf(license, { who: "zoe" }));
    const door = context.doors.find(broken.delivery_key, now());
    if (!door) throw new Error("The door is not remembered");
    context.doors.remember({ ...door, kind: "unheard_of" }, now());
    const outcomes = await open(openTogether, [
      arrivalOf(good, { who: "ana" }),
      arrivalOf(broken, { who: "ben" }),
    ]);
    expect(outcomes.map(({ type }) => type)).toEqual(["opened", "opened"]);
  });

  describe("and while their launch is on its way", () => {
    let license: TestLicense;
    const comes = async (comes: Partial<Comes> = {}) =>
      openLaunch(context, arrivalOf(license, { who: "ana", ...comes }));
    const meanwhile = (work: () => Promise<unknown>) => counted.beforeWrite(work);
    beforeEach(async () => {
      license = await gateway.volume([3]);
      await openLaunch(context, arrivalOf(license, { who: "zoe" }));
    });

    test.each<[what: string, change: () => Promise<unknown>, code: string]>([
      ["the license is paused", () => run("update license set paused_at = $1", [now()]), "license_paused"],
      ["the license ends", () => run("update license set ends_at = $1", [now()]), "license_ended"],
      ["the course is retired", () => run("update course set retired_at = $1", [now()]), "course_retired"],
      [
        "the delivery is revoked",
        () => run("update delivery set revoked_at = $1", [now()]),
        "delivery_revoked",
      ],
      ["the account is closed", () => run("update account set closed_at = $1", [now()]), "delivery_revoked"],
      [
        "their origin is refused",
        () => run("update connection set refused_origins = $1", [[LMS_ORIGIN]]),
        "origin_refused",
      ],
      [
        "their id becomes a placeholder",
        () => run("update connection set placeholder_ids = '{ana}'"),
        "identity_missing",
      ],
      ["the last seats are taken", () => run("update lot set quantity = 1"), "no_seats_left"],
    ])("%s: they are denied", async (_what, change, code) => {
      meanwhile(change);
      expect(await comes()).toMatchObject({ type: "denied", code });
      expect(await gateway.seats(license)).toHaveLength(1);
    });

    test("a new version of the course is published: they get it", async () => {
      const before = (await gateway.launch(license, { who: "ben" })).allowed().attempt.course_version_id;
      meanwhile(() => gateway.newVersion(license.course_id));
      const opening = await comes();
      expect(opening).toMatchObject({ type: "allowed" });
      expect(opening.type === "allowed" && opening.attempt.course_version_id).not.toBe(before);
    });

    test("another process lets them in: one learner, one seat, two launches", async () => {
      meanwhile(() => gateway.launch(license, { who: "ana", through: gateway.secondProcess() }));
      expect(await comes()).toMatchObject({ type: "allowed", attempt: { launches: 1 } });
      expect(await gateway.seats(license)).toHaveLength(2);
    });

    test("the same launch arrives at another process, too: it is one", async () => {
      const nonce = "nonce-nonce-nonce";
      meanwhile(() => gateway.launch(license, { who: "ana", nonce, through: gateway.secondProcess() }));
      expect(await comes({ nonce })).toMatchObject({ type: "allowed", sent_again: true });
      expect(await gateway.launches(license)).toHaveLength(2);
    });

    test("a connection is spun off for their origin: they are a learner of that", async () => {
      const origin = "https://other.example.com";
      meanwhile(() =>
        run(
          `insert into connection (account_id, id, name, spun_off_from, spun_off_origin, created_at)
           select account_id, $1, 'Other', id, $2, created_at from connection where id = $3`,
          [gateway.context.deps.newId(), origin, license.connection_id],
        ),
      );
      expect(await comes({ origin })).toMatchObject({ type: "allowed" });
      const [ana] = await run("select connection_id from identity where value = 'ana'");
      expect(ana?.["connection_id"]).not.toBe(license.connection_id);
    });
  });

  test("who would be denied is read about: what keeps them out may be over", async () => {
    const license = await gateway.volume([1]);
    await openLaunch(context, arrivalOf(license, { who: "zoe" }));
    expect(await openLaunch(context, arrivalOf(license, { who: "ana" }))).toMatchObject({
      code: "no_seats_left",
    });
    await run("update lot set quantity = 2");
    expect(await openLaunch(context, arrivalOf(license, { who: "ana" }))).toMatchObject({ type: "allowed" });
  });
});

describe("whoever comes, and with whom", () => {
  const changes: Readonly<Record<string, (licenses: readonly TestLicense[]) => unknown>> = {
    "a license is paused": ([one]) =>
      run("update license set paused_at = $1::timestamptz where id = $2", [now(), one?.license_id]),
    "a license ends": ([one]) =>
      run("update license set ends_at = $1::timestamptz where id = $2", [now(), one?.license_id]),
    "a license has yet to start": ([one]) =>
      run("update license set starts_at = $1::timestamptz, ends_at = null where id = $2", [
        addSeconds(now(), 60),
        one?.license_id,
      ]),
    "a delivery is revoked": ([one]) =>
      run("update delivery set revoked_at = $1::timestamptz where id = $2", [now(), one?.delivery_id]),
    "a course is retired": ([one]) =>
      run("update course set retired_at = $1::timestamptz where id = $2", [now(), one?.course_id]),
    "a course has a new version": ([one]) => gateway.newVersion(one?.course_id ?? ""),
    "somebody is deactivated": () =>
      run("update learner set deactivated_at = $1::timestamptz where name = 'Some, ana'", [now()]),
    "somebody is a test identity": () => run("update learner set test = true where name = 'Some, ben'"),
    "the contract has yet to start": () =>
      run("update contract set starts_at = $1::timestamptz", [addSeconds(now(), 60)]),
    "the origin is refused": () => run("update connection set refused_origins = $1", [[LMS_ORIGIN]]),
    "an id is a placeholder": () => run("update connection set placeholder_ids = '{new here}'"),
    "names are unknown": () => run("update identity set name_sent = ''"),
    "retakes are offered": () => run("update account set retake = true"),
    "lots are all taken": () => run("update lot set quantity = taken where taken > 0"),
    "a term is over": () => run("update lot set ends_at = $1::timestamptz", [now()]),
    "seats are over": () => tamper(context.db, "update seat set ends_at = $1::timestamptz", [now()]),
  };
  const scenario = fc.record({
    kinds: fc.tuple(fc.constantFrom(...KINDS), fc.constantFrom(...KINDS)),
    /** The first has a lot of one seat; of volume, another one, too. */
    lots: fc.boolean(),
    history: fc.array(fc.record({ who: fc.nat(3), license: fc.nat(1) }), { maxLength: 8 }),
    seconds: fc.constantFrom(0, 0, 0, 1, 2, 400 * 86_400),
    changes: fc.subarray(Object.keys(changes), { maxLength: 2 }),
    batch: fc.uniqueArray(
      fc.record({ who: fc.nat(6), license: fc.nat(1), back: fc.boolean(), named: fc.boolean() }),
      { selector: ({ who }) => who, minLength: 1, maxLength: 6 },
    ),
  });
  type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;
  const nameOf = (who: number) => ["ana", "ben", "cleo", "dora", "new here", "guest", "also new"][who] ?? "";

  async function markerFor(who: string, { license_id }: TestLicense): Promise<string> {
    const [running] = await gateway.context.db.query<{ id: string }>(
      `select attempt.id from attempt join identity using (account_id, learner_id)
       where value = $1 and license_id = $2 and ended_at is null`,
      [who, license_id],
    );
    return running ? markerOf(running.id) : "";
  }

  async function play({ kinds, lots, history, seconds, changes: names, batch }: Scenario, way: Way) {
    await beginAnew();
    const account = await gateway.account();
    const licenses = [await sell(kinds[0], account), await sell(kinds[1], account)] as const;
    if (lots) await run("update lot set quantity = 1 where license_id = $1", [licenses[0].license_id]);
    if (lots && kinds[0] === "volume")
      await createLot(gateway.context, BY, { ...pick(licenses[0]), quantity: 20 });
    for (const { who, license } of history) {
      gateway.clock.advance({ seconds: 1 });
      const at = licenses[license] as TestLicense;
      const marker = await markerFor(nameOf(who), at);
      await openLaunch(context, arrivalOf(at, { who: nameOf(who), marker, entry: marker ? "resume" : "" }));
    }
    gateway.clock.advance({ seconds });
    for (const name of names) await unlessImpossible(() => changes[name]?.(licenses));
    const arrivals: Arrival[] = [];
    for (const { who, license, back, named } of batch) {
      const at = licenses[license] as TestLicense;
      const marker = back ? await markerFor(nameOf(who), at) : "";
      const entry = marker === "" ? "ab-initio" : "resume";
      arrivals.push(arrivalOf(at, { who: nameOf(who), marker, entry, ...(named ? {} : { name: "" }) }));
    }
    const answers = (await open(way, arrivals)).map((outcome) => shapeOf(openingOf(outcome)));
    return { answers, rows: await launchRows(gateway, licenses) };
  }

  test("is answered and written as if all had been decided on", async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async (each) => {
        // Who of several at once has the last seat is not said: those who come back and need another one, or those who are new.
        fc.pre(!each.lots || (each.seconds < 3 && !each.changes.includes("seats are over")));
        expect(await play(each, openTogether)).toEqual(await play(each, decideTogether));
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});
