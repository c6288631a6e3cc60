/**
 * Learners who come back are let in by one statement, and only where the decision would let them in and write nothing but the
 * launch. Whatever else is true of them, they are decided on.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { SCORM_NAMESPACE } from "../../../src/core/identity.ts";
import { kindOf } from "../../../src/core/licensing/kinds/index.ts";
import { addSeconds } from "../../../src/core/time.ts";
import type { Context } from "../../../src/flows/context.ts";
import { isRenewalOf } from "../../../src/flows/launch/admission.ts";
import { type Arrival, markerOf } from "../../../src/flows/launch/arrival.ts";
import { type AllowedLaunch, askedFor, decide } from "../../../src/flows/launch/decide.ts";
import { mayReturn, returnOf } from "../../../src/flows/launch/returns.ts";
import { openLaunch } from "../../../src/flows/openLaunch.ts";
import { openReturns } from "../../../src/store/launching/openReturns.ts";
import { readArrivals } from "../../../src/store/launching/readArrivals.ts";
import { type CountedDb, countedDb } from "../../support/countedDb.ts";
import { LMS_ORIGIN, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { unlessImpossible } from "../../support/impossible.ts";
import { tamper } from "../../support/tampering.ts";

let gateway: TestGateway;
let counted: CountedDb;
let context: Context;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  counted = countedDb(gateway.context.db);
  context = { ...gateway.context, db: counted };
});
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

/** Ana, who has launched before and whose seat is confirmed; and with what she comes now. */
interface World {
  readonly license: TestLicense;
  readonly attempt_id: string;
  arrival: Arrival;
}

async function worldOf(kind: Kind): Promise<World> {
  const license = await sold(kind);
  const nonce = "the nonce of the first launch";
  const { attempt } = (await gateway.launch(license, { name: "Berg, Ana", nonce })).allowed();
  gateway.clock.advance({ seconds: 60 });
  await gateway.launch(license, { name: "Berg, Ana", marker: markerOf(attempt.id) });
  gateway.clock.advance({ seconds: 60 });
  const arrival: Arrival = {
    delivery_key: license.delivery_key,
    account_id: null,
    proved_connection_id: null,
    test_candidate: false,
    nonce: gateway.context.deps.newSecret(16),
    namespace: SCORM_NAMESPACE,
    identity: "ana",
    name: "Berg, Ana",
    origin: LMS_ORIGIN,
    lms: { entry: "resume", marker: markerOf(attempt.id), mode: "normal" },
    too_many: false,
  };
  return { license, attempt_id: attempt.id, arrival };
}

function sold(kind: Kind): Promise<TestLicense> {
  if (kind === "pay_per_use") return gateway.payPerUse();
  if (kind === "volume") return gateway.volume([3]);
  if (kind === "course_assignment") return gateway.sell(kind, { terms: { first_launch: "assign" } });
  return gateway.sell(kind, { quantity: 3 });
}

/** What can be true of her: whether she is let in by the one statement where nothing else is. */
type Circumstance = readonly [what: string, returns: boolean, make: (world: World) => unknown];

const run = (statement: string, parameters: readonly unknown[] = []) =>
  gateway.context.db.query(statement, parameters);
const now = () => gateway.clock.now();
const comes = (wish: Partial<Arrival>) => (world: World) => {
  world.arrival = { ...world.arrival, ...wish };
};
const lms = (wish: Partial<NonNullable<Arrival["lms"]>>) => (world: World) => {
  const { entry, marker, mode } = world.arrival.lms ?? { entry: "", marker: "", mode: "normal" as const };
  world.arrival = { ...world.arrival, lms: { entry, marker, mode, ...wish } };
};

const CIRCUMSTANCES: readonly Circumstance[] = [
  ["nothing else", true, () => undefined],
  ["her name is not sent", true, comes({ name: "" })],
  ["her id comes with blanks around it", true, comes({ identity: " ana " })],
  ["she only reviews", true, lms({ mode: "review" })],
  [
    "the LMS says that she begins, and still has the marker",
    true,
    async (world) => {
      await run(
        `insert into attempt_marker (account_id, attempt_id, identity_id, delivery_id, acknowledged_at)
         select launch.account_id, attempt_id, identity_id, delivery_id, $1::timestamptz from launch limit 1`,
        [now()],
      );
      lms({ entry: "ab-initio" })(world);
    },
  ],
  ["the license is paused", true, () => run("update license set paused_at = $1::timestamptz", [now()])],
  ["the license has ended", true, () => run("update license set ends_at = $1::timestamptz", [now()])],
  ["the course is retired", true, () => run("update course set retired_at = $1::timestamptz", [now()])],
  ["the account offers retakes", true, () => run("update account set retake = true")],
  ["origins are to be confirmed, and this one is", true, () => origins("confirmed", [LMS_ORIGIN], [])],
  ["another origin is refused", true, () => origins("learn", [], ["https://other.example.com"])],
  ["the attempt has a large state", true, (world) => largeState(world)],
  ["the seat ends in a moment", true, () => endSeats(addSeconds(now(), 1))],

  ["no marker came", false, lms({ marker: "" })],
  ["the marker names no attempt", false, lms({ marker: `tg1.${"-".repeat(36)}` })],
  ["the marker names another attempt", false, lms({ marker: "tg1.01890000-0000-7000-8000-000000000000" })],
  ["the LMS keeps nothing", false, comes({ lms: null })],
  ["another learner's marker came", false, (world) => elsesMarker(world)],
  ["her id is new", false, comes({ identity: "ana.berg" })],
  ["her id is a placeholder", false, comes({ identity: "guest" })],
  [
    "her id is one of the connection's placeholders",
    false,
    () => run("update connection set placeholder_ids = '{ANA}'"),
  ],
  ["she comes by another protocol", false, comes({ namespace: "lti:https://lms.example.com" })],
  [
    "she comes by a signed message",
    false,
    (world) => comes({ proved_connection_id: world.license.connection_id })(world),
  ],
  [
    "she comes to another account's host",
    false,
    comes({ account_id: "01890000-0000-7000-8000-000000000000" }),
  ],
  ["too many launches came", false, comes({ too_many: true })],
  ["the same launch came before", false, comes({ nonce: "the nonce of the first launch" })],
  ["the delivery is unknown", false, comes({ delivery_key: "nobody-knows-this-key" })],
  ["the delivery is revoked", false, () => run("update delivery set revoked_at = $1::timestamptz", [now()])],
  ["the delivery is a link", false, () => run("update delivery set format = 'lti'")],
  ["the account is closed", false, () => run("update account set closed_at = $1::timestamptz", [now()])],
  ["the license starts in a moment", false, () => startLicense(addSeconds(now(), 1))],
  ["the license starts now", true, () => startLicense(now())],
  ["she is deactivated", false, () => run("update learner set deactivated_at = $1::timestamptz", [now()])],
  ["she is a test identity", false, () => run("update learner set test = true")],
  ["her name was not known", false, () => run("update identity set name_sent = ''")],
  [
    "her name was not known, nor is it now",
    true,
    async (world) => {
      await run("update identity set name_sent = ''");
      comes({ name: "" })(world);
    },
  ],
  ["she comes from a new origin", false, comes({ origin: "https://new.example.com" })],
  ["her origin stands beside her id, where earlier versions wrote it", true, () => originBesideIdentity()],
  [
    "she comes from a new origin, and the first stands beside her id",
    false,
    async (world) => {
      await originBesideIdentity();
      comes({ origin: "https://new.example.com" })(world);
    },
  ],
  ["her origin is refused", false, () => origins("learn", [], [LMS_ORIGIN])],
  ["origins are to be confirmed", false, () => origins("confirmed", [], [])],
  ["the seat has just ended", false, () => endSeats(now())],
  [
    "the seat has just ended, and one for something else runs",
    false,
    async () => {
      await secondSeat();
      await endSeats(now(), "lot_id is null and course_id is not null");
    },
  ],
  [
    "the seat is pending",
    false,
    () => run("update seat set status = 'pending', confirmed_at = null where status = 'confirmed'"),
  ],
  [
    "the seat was released",
    false,
    () => run("update seat set status = 'released', released_at = $1::timestamptz", [now()]),
  ],
  ["a seat for something else runs, too", true, () => secondSeat()],
  [
    "the attempt has ended",
    false,
    () => run("update attempt set ended_at = $1::timestamptz, ended_reason = 'reset_by_support'", [now()]),
  ],
];

const origins = (mode: string, allowed: readonly string[], refused: readonly string[]) =>
  run("update connection set origins_mode = $1, allowed_origins = $2, refused_origins = $3", [
    mode,
    allowed,
    refused,
  ]);

const originBesideIdentity = async () => {
  await run(
    `insert into identity_origin (account_id, identity_id, origin, first_seen_at)
     select account_id, id, first_origin, first_seen_at from identity where first_origin is not null`,
  );
  await run("update identity set first_origin = null");
};

const startLicense = (at: Date) =>
  run("update license set starts_at = $1::timestamptz, ends_at = null", [at]);

const endSeats = (at: Date, which = "true") =>
  tamper(gateway.context.db, `update seat set ends_at = $1::timestamptz where ${which}`, [at]);

/** Of every course where hers is of one, and the other way round: as no kind would make it. */
const secondSeat = () =>
  run(
    `insert into seat (account_id, id, license_id, learner_id, course_id, lot_id, status, launches, counted_launch_at, starts_at,
       ends_at, confirmed_at, released_at, first_launch_id, first_course_id)
     select account_id, $1, license_id, learner_id,
       case when course_id is null then first_course_id end, null, status, 1, counted_launch_at, starts_at,
       ends_at, confirmed_at, released_at, first_launch_id, first_course_id from seat limit 1`,
    [gateway.context.deps.newId()],
  );

const largeState = ({ attempt_id, license }: World) =>
  run(
    `insert into attempt_state (account_id, attempt_id, item_id, elements, session_launch, session_seconds, earlier_seconds)
     select $1, $2, 'lesson', jsonb_build_object('cmi.suspend_data',
       jsonb_build_array((select string_agg(md5(one::text), '') from generate_series(1, 1000) as one), 1)), 1, 0, 0`,
    [license.account_id, attempt_id],
  );

async function elsesMarker(world: World): Promise<void> {
  const { opening } = await gateway.launch(world.license, { who: "ben", name: "Okafor, Ben" });
  if (opening.type === "allowed") lms({ marker: markerOf(opening.attempt.id) })(world);
}

/** As it would be decided, without being asked for the one statement. */
async function decidedOn({ arrival }: World): Promise<AllowedLaunch | "otherwise"> {
  const one = { arrival, at: now() };
  const [found] = await readArrivals(gateway.context.db, [askedFor(one)]);
  if (found && isRenewalOf(found.door, one.at)) return "otherwise";
  const ruling = decide(gateway.context.deps, one, found, { draws: new Map(), learners: new Set() });
  return ruling.type === "allowed" ? ruling.allowed : "otherwise";
}

const rowsOf = async () => ({
  launches: await run("select * from launch order by id"),
  attempts: await run("select * from attempt order by id"),
  others: [
    await run("select * from seat order by id"),
    await run("select * from charge order by id"),
    await run("select * from learner order by id"),
    await run("select * from identity order by id"),
  ],
});

/** @returns Whether the one statement let her in; and if so, that this is all that would have been decided. */
async function expectAsDecided(world: World): Promise<boolean> {
  const one = { arrival: world.arrival, at: now() };
  const decided = await decidedOn(world);
  const before = await rowsOf();
  const asked = mayReturn(context, one) ? returnOf(gateway.context.deps, one) : null;
  const [opened] = asked ? await openReturns(gateway.context.db, [asked]) : [];
  const after = await rowsOf();
  expect(after.others).toEqual(before.others);
  if (!asked || !opened) {
    expect(after).toEqual(before);
    return false;
  }
  if (decided === "otherwise") throw new Error("She was let in, and would not have been");
  const { record, attempt, number, states, open_launches, door } = decided;
  expect(JSON.parse(JSON.stringify(record))).toEqual(
    JSON.parse(
      JSON.stringify({
        account_id: opened.account_id,
        launch_id: record.launch_id,
        delivery_id: opened.delivery_id,
        license_id: world.license.license_id,
        course_id: world.license.course_id,
        nonce: asked.nonce,
        lms_origin: asked.origin,
        reference: record.reference,
        opened_at: asked.opened_at,
        outcome: "allowed",
        learner_id: opened.learner_id,
        identity_id: record.identity_id,
        seat_id: record.seat_id,
        number,
        attempt_id: opened.attempt.id,
        attempt_continued: true,
      }),
    ),
  );
  expect(attempt).toMatchObject(opened.attempt);
  expect(opened.kind).toBe(door.kind);
  expect(opened.states).toEqual(states);
  expect(opened.open_launches).toEqual(open_launches);
  expect(decided.seat?.status).toBe("confirmed");
  expect(after.attempts).toEqual(
    before.attempts.map((row) => (row["id"] === attempt.id ? { ...row, launches: number } : row)),
  );
  const written = after.launches.filter(({ id }) => id === asked.launch_id);
  expect(after.launches).toHaveLength(before.launches.length + 1);
  const { account_id, delivery_id, license_id, course_id, nonce, lms_origin, outcome } = record;
  const { learner_id, identity_id, seat_id, attempt_id } = record;
  const { opened_at } = asked;
  expect(written).toMatchObject([
    {
      ...{ account_id, delivery_id, license_id, course_id, nonce, lms_origin, outcome, number, opened_at },
      ...{ learner_id, identity_id, seat_id, attempt_id, code: null, last_seen_at: opened_at },
      reference: asked.reference,
    },
  ]);
  return true;
}

describe("whoever comes back", () => {
  test.each(KINDS)("under %s is let in by one statement, without a transaction", async (kind) => {
    const { arrival } = await worldOf(kind);
    counted.reset();
    const opening = await openLaunch(context, arrival);
    expect(opening).toMatchObject({ type: "allowed", attempt: { number: 1, launches: 2 } });
    expect([counted.statements, counted.transactions]).toEqual([1, 0]);
  });

  test.each(CIRCUMSTANCES)("and %s: by one statement: %s", async (_what, returns, make) => {
    const world = await worldOf("pay_per_use");
    await make(world);
    expect(await expectAsDecided(world)).toBe(returns);
  });

  test("before the contract that the license needs: is decided on", async () => {
    const world = await worldOf("pay_per_use");
    await run("update contract set starts_at = $1::timestamptz", [addSeconds(now(), 1)]);
    expect(await expectAsDecided(world)).toBe(false);
  });

  test("when the next term is due to begin: is decided on", async () => {
    const world = await worldOf("subscription");
    await run("update lot set ends_at = $1::timestamptz", [now()]);
    expect(await expectAsDecided(world)).toBe(false);
  });

  test("under whatever kind, and whatever is true of them: as would be decided", async () => {
    const circumstances = fc.subarray([...CIRCUMSTANCES], { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...KINDS), circumstances, async (kind, several) => {
        await gateway.empty();
        const world = await worldOf(kind);
        for (const [, , make] of several) await unlessImpossible(() => make(world));
        const by = await expectAsDecided(world);
        // Nobody who would be among them is left out by each circumstance alone.
        if (several.every(([, returns]) => returns) && kindOf(kind).needs_contract) expect(by).toBe(true);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe("of several who come back at once", () => {
  const comeBack = (worlds: readonly World[]) =>
    Promise.all(worlds.map(({ arrival }) => openLaunch(context, arrival)));

  test("each is let in, and those who are to be decided on with them", async () => {
    const worlds = [await worldOf("pay_per_use"), await worldOf("volume"), await worldOf("mauc")];
    const [first] = worlds;
    if (!first) throw new Error("Nobody comes");
    const ben = { ...first, arrival: { ...first.arrival, identity: "ben", nonce: "another-nonce" } };
    const cleo = { ...ben, arrival: { ...ben.arrival, identity: "guest", nonce: "yet-another-nonce" } };
    const openings = await comeBack([...worlds, ben, cleo]);
    expect(openings.map(({ type }) => type)).toEqual(["allowed", "allowed", "allowed", "allowed", "denied"]);
  });

  test("one learner under two ids: both are let in, and numbered", async () => {
    const world = await worldOf("pay_per_use");
    await gateway.launch(world.license, { who: "ana.berg", name: "Berg, Ana" });
    await run("update identity set learner_id = (select learner_id from identity where value = 'ana')");
    const nonce = "another-nonce";
    const other = { ...world, arrival: { ...world.arrival, identity: "ana.berg", nonce } };
    const openings = await comeBack([world, other]);
    expect(openings).toMatchObject([{ type: "allowed" }, { type: "allowed" }]);
    const numbers = (await gateway.launches(world.license)).map(({ number }) => number);
    expect(numbers.toSorted()).toEqual([1, 1, 2, 3, 4]);
  });

  test("one whose nonce can't be stored keeps nobody else out", async () => {
    const [ana, ben] = [await worldOf("pay_per_use"), await worldOf("volume")];
    ana.arrival = { ...ana.arrival, nonce: "half a character: \ud800" };
    const outcomes = await Promise.allSettled([
      openLaunch(context, ana.arrival),
      openLaunch(context, ben.arrival),
    ]);
    expect(outcomes).toMatchObject([{ status: "rejected" }, { value: { type: "allowed" } }]);
  });
});
