/** What really happens at once, on real Postgres (RULES §2 "Concurrency"): the embedded store runs one after the other. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pauseLicense } from "../../src/flows/changeLicense.ts";
import { markerOf } from "../../src/flows/launch/arrival.ts";
import { listConnections } from "../../src/store/accounts.ts";
import { listMiscountedLots } from "../../src/store/licenses.ts";
import { BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { rowsRead } from "../support/rowsRead.ts";

let postgres: PostgresServer;
let gateway: TestGateway;
beforeAll(async () => {
  postgres = await startPostgres();
  gateway = await testGateway({ databaseUrl: await postgres.createDatabase() });
}, 120_000);
beforeEach(() => gateway.empty());
afterAll(async () => {
  await gateway.close();
  await postgres.remove();
});

function atOnce<Result>(times: number, work: (index: number) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => work(index)));
}

test("the same launch sent many times is one launch, counted once", async () => {
  const license = await gateway.payPerUse();
  const visits = await atOnce(20, () => gateway.launch(license, { nonce: "nonce-nonce-nonce" }));
  expect(new Set(visits.map((visit) => visit.allowed().launch_id)).size).toBe(1);
  expect(await gateway.seats(license)).toMatchObject([{ status: "pending", launches: 1 }]);
  expect(await gateway.charges(license)).toEqual([]);
});

test("first launches of one learner, at different readings of the clock, make one seat and one charge", async () => {
  const license = await gateway.payPerUse();
  await atOnce(20, (index) => {
    gateway.clock.advance({ seconds: index % 2 === 0 ? -0.005 : 0.007 });
    return gateway.launch(license);
  });
  expect(await gateway.seats(license)).toMatchObject([{ status: "confirmed" }]);
  expect(await gateway.charges(license)).toHaveLength(1);
});

test("more learners than a lot has seats take exactly what it has, the next lot's after it", async () => {
  const license = await gateway.volume([3, 4]);
  const visits = await atOnce(20, (index) => gateway.launch(license, { who: `learner-${index}` }));
  expect(visits.filter(({ code }) => code === "no_seats_left")).toHaveLength(13);
  expect(await gateway.seats(license)).toHaveLength(7);
  expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
});

test("beats at two minutes, and a second launch, charge once", async () => {
  const license = await gateway.payPerUse();
  const visit = await gateway.launch(license);
  gateway.clock.advance({ seconds: 120 });
  await Promise.all([
    atOnce(10, () => visit.keep({ answer: "lost" })),
    atOnce(10, () => gateway.launch(license, { entry: "resume" })),
  ]);
  expect(await gateway.charges(license)).toHaveLength(1);
});

test("an origin not yet seen gets one connection, whoever of it comes", async () => {
  const license = await gateway.payPerUse();
  const ids = Array.from({ length: 10 }, (_, index) => String(index + 1));
  for (const who of ids) await gateway.launch(license, { who });
  await Promise.all(
    [...ids, ...ids].map((who) => gateway.launch(license, { who, origin: "https://other-lms.example.org" })),
  );
  expect(await listConnections(gateway.context.db, license.account_id)).toHaveLength(2);
  expect(await gateway.seats(license)).toHaveLength(20);
});

test("saves that name activities in another order don't stop one another", async () => {
  const license = await gateway.payPerUse();
  const visit = await gateway.launch(license);
  const items = Array.from({ length: 50 }, (_, index) => `item-${index}`);
  await atOnce(10, (index) => {
    const order = index % 2 === 0 ? items : items.toReversed();
    const changes = Object.fromEntries(order.map((item) => [item, { "cmi.location": String(index) }]));
    return visit.keep({ sequence: index + 1, changes, answer: "lost" });
  });
  const next = (await gateway.launch(license, { entry: "resume" })).allowed();
  const locations = next.states.map(({ elements }) => elements["cmi.location"]?.[0]);
  expect(new Set(locations)).toEqual(new Set(["9"]));
});

test("saves of many learners through two processes don't stop one another, and all of them are there", async () => {
  const license = await gateway.payPerUse();
  const second = gateway.secondProcess();
  const visits = await atOnce(40, (index) => gateway.launch(license, { who: `learner-${index}` }));
  for (const sequence of [1, 2, 3])
    await Promise.all(
      [...visits, ...visits.toReversed()].map((visit, index) =>
        visit.keep({
          sequence,
          changes: { lesson: { [`cmi.${index < 40 ? "location" : "suspend_data"}`]: String(sequence) } },
          answer: "lost",
          ...(index < 40 ? {} : { through: second }),
        }),
      ),
    );
  const next = await atOnce(40, (index) =>
    gateway.launch(license, { who: `learner-${index}`, entry: "resume" }),
  );
  const states = next.map((visit) => visit.allowed().states.map(({ elements }) => elements));
  expect(states).toEqual(
    Array(40).fill([
      { "cmi.location": ["3", expect.any(Number)], "cmi.suspend_data": ["3", expect.any(Number)] },
    ]),
  );
});

test("the same denial of the same learner is one row with a count", async () => {
  const license = await gateway.payPerUse();
  await pauseLicense(gateway.context, BY, license.account_id, license.license_id, true);
  const names = ["ana", "ben", "cleo", "dora"];
  await Promise.all(names.map((who) => gateway.launch(license, { who })));
  gateway.clock.advance({ seconds: 60 });
  await atOnce(40, (index) => gateway.launch(license, { who: names[index % names.length] ?? "" }));
  const counts = (await gateway.launches(license)).map(({ count }) => count);
  expect(counts.toSorted((one, other) => one - other)).toEqual([1, 1, 1, 1, 10, 10, 10, 10]);
});

describe("two processes, each with launches together", () => {
  /** Every learner through both at once. */
  const throughBoth = (learners: number, license: TestLicense) => {
    const second = gateway.secondProcess();
    return atOnce(2 * learners, (index) =>
      gateway.launch(license, {
        who: `learner-${Math.floor(index / 2)}`,
        ...(index % 2 === 0 ? {} : { through: second }),
      }),
    );
  };

  test("that bring the same new learners make one of each, charge each once, number every launch", async () => {
    const license = await gateway.payPerUse();
    const visits = await throughBoth(100, license);
    expect(visits.filter(({ code }) => code !== null)).toEqual([]);
    const seats = await gateway.seats(license);
    expect(seats.map(({ status }) => status)).toEqual(Array(100).fill("confirmed"));
    expect(new Set(seats.map(({ learner_id }) => learner_id)).size).toBe(100);
    expect(new Set((await gateway.charges(license)).map(({ seat_id }) => seat_id)).size).toBe(100);
    const numbered = (await gateway.launches(license)).map(
      ({ attempt_id, number }) => `${attempt_id} ${number}`,
    );
    expect(new Set(numbered).size).toBe(200);
  });

  test("that draw on lots which run out take exactly what there is", async () => {
    const license = await gateway.volume([30, 20]);
    const visits = await throughBoth(80, license);
    const let_in = new Set(
      visits.flatMap(({ opening }) => (opening.type === "allowed" ? [opening.attempt.id] : [])),
    );
    expect(let_in.size).toBe(50);
    expect(await gateway.seats(license)).toHaveLength(50);
    expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
  });
});

describe("what a launch and a save read does not grow with the learners there are", () => {
  test.each([
    ["empty", false],
    ["known to be small", true],
  ])("planned for tables that were %s", async (_state, isAnalyzed) => {
    const fresh = await testGateway({ databaseUrl: await postgres.createDatabase() });
    const license = await fresh.volume([100_000]);
    const launch = (count: number) =>
      atOnce(count, (index) => fresh.launch(license, { who: `learner-${index * 7}` }));
    const { db } = fresh.context;
    await rowsRead(db);
    await launch(10);
    if (isAnalyzed) await db.query("analyze");
    const visits = await launch(1500);
    const before = await rowsRead(db);
    await launch(100);
    for (let index = 0; index < 100; index++) await fresh.launch(license, { who: `learner-${index * 7}` });
    const between = await rowsRead(db);
    expect((between - before) / 200).toBeLessThan(50);
    const comeBack = (index: number) => {
      const marker = markerOf(visits[index]?.allowed().attempt.id ?? "");
      return fresh.launch(license, { who: `learner-${index * 7}`, marker, entry: "resume" });
    };
    await atOnce(100, comeBack);
    for (let index = 0; index < 100; index++) await comeBack(index);
    const returned = await rowsRead(db);
    expect((returned - between) / 200).toBeLessThan(30);
    const save = async (index: number) => {
      const changes = { a: { "cmi.location": "1" }, b: { "cmi.location": "1" } };
      await visits[index + 200]?.keep({ sequence: 1, changes });
    };
    expect(await atOnce(100, save)).toHaveLength(100);
    for (let index = 100; index < 200; index++) await save(index);
    expect(((await rowsRead(db)) - returned) / 200).toBeLessThan(15);
    await fresh.close();
  });
});
