/** What others do in the database while learners launch, on real Postgres: neither hurts the other. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { pauseLicense } from "../../src/flows/changeLicense.ts";
import { markerOf } from "../../src/flows/launch/arrival.ts";
import { markTestIdentity } from "../../src/flows/testIdentities.ts";
import { findAccount, findConnection } from "../../src/store/accounts.ts";
import { findCourse } from "../../src/store/courses.ts";
import type { Db, Sql } from "../../src/store/db.ts";
import { lockDeliveriesOf } from "../../src/store/deliverable.ts";
import { findDelivery, findLicense } from "../../src/store/licenses.ts";
import { BY, type TestLicense, type Visit } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { sleep, until } from "../support/until.ts";

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

/** A launch waits 5 s at most; a list of a thousand courses can be added, or ten thousand deliveries made, in no less. */
describe("launches wait for nobody who changes", () => {
  const LOCKS: Readonly<Record<string, (sql: Sql, of: TestLicense) => Promise<unknown>>> = {
    "their account": (sql, { account_id }) => findAccount(sql, account_id, true),
    "their connection": (sql, { account_id, connection_id }) =>
      findConnection(sql, account_id, connection_id, true),
    "their license": (sql, { account_id, license_id }) => findLicense(sql, account_id, license_id, true),
    "what their license delivers": (sql, { account_id, license_id }) =>
      lockDeliveriesOf(sql, account_id, [license_id]),
    "their delivery": (sql, { account_id, delivery_id }) => findDelivery(sql, account_id, delivery_id, true),
    "their course": (sql, { course_id }) => findCourse(sql, course_id, true),
  };

  test.each(Object.keys(LOCKS))("%s", async (what) => {
    const license = await gateway.payPerUse();
    await gateway.context.db.transaction(async (sql) => {
      await LOCKS[what]?.(sql, license);
      for (const entry of ["ab-initio", "resume"]) (await gateway.launch(license, { entry })).allowed();
    });
    expect(await gateway.charges(license)).toHaveLength(1);
  });
});

test("with every other connection busy, launches open, and a revocation stops those that are open", async () => {
  const { db } = gateway.context;
  const license = await gateway.payPerUse();
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let begun = 0;
  const busy = Array.from({ length: 5 }, () =>
    db.transaction(() => {
      begun++;
      return gate;
    }),
  );
  await until("all are busy", () => begun === busy.length, 5);
  try {
    const visit = await gateway.launch(license);
    expect((await visit.keep()).stop).toBeNull();
    await db.quick.query("update delivery set revoked_at = $1", [gateway.clock.now()]);
    gateway.clock.advance({ seconds: 30 });
    expect((await visit.keep()).stop).toBe("delivery_revoked");
  } finally {
    goOn();
    await Promise.all(busy);
  }
});

/** In the database, for a lock. */
const waiting = () =>
  gateway.context.db.query(
    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );

test("while a lot is held, newcomers wait for it together, and who has a seat comes, saves and is let in", async () => {
  const license = await gateway.volume([50]);
  const ana = await gateway.launch(license, { who: "ana" });
  const marker = markerOf(ana.allowed().attempt.id);
  const newcomers: Promise<Visit>[] = [];
  const comes = () => newcomers.push(gateway.launch(license, { who: `newcomer ${newcomers.length}` }));
  await gateway.context.db.transaction(async (sql) => {
    await sql.query("select from lot for update");
    comes();
    await until("the first waits", async () => (await waiting()).length === 1, 5);
    await sleep(1.2);
    for (let count = 0; count < 10; count++) {
      comes();
      await sleep(0.02);
    }
    (await gateway.launch(license, { who: "ana", entry: "resume", marker })).allowed();
    await ana.keep({ sequence: 1, changes: { lesson: { "cmi.location": "3" } } });
    expect(await waiting()).toHaveLength(1);
  });
  for (const newcomer of newcomers) (await newcomer).allowed();
  expect(await gateway.seats(license)).toHaveLength(12);
});

test("while an attempt is held, its save waits, and those that came with it are written", async () => {
  const license = await gateway.payPerUse();
  const [held, ...others] = await Promise.all(
    ["ana", "ben", "cleo"].map((who) => gateway.launch(license, { who })),
  );
  const save = (visit: Visit | undefined) =>
    visit?.keep({ sequence: 1, changes: { a: { "cmi.location": "3" } } });
  let waits: Promise<unknown> | undefined;
  await gateway.context.db.transaction(async (sql) => {
    await sql.query("select from attempt where id = $1 for update", [held?.allowed().attempt.id]);
    let isSaved = false;
    waits = save(held)?.then(() => {
      isSaved = true;
    });
    const saved = await Promise.all(others.map(save));
    expect(saved.map((kept) => kept?.saved_at)).toEqual([gateway.clock.now(), gateway.clock.now()]);
    expect(isSaved).toBe(false);
  });
  await waits;
  const state = await gateway.context.db.query("select attempt_id from attempt_state");
  expect(state).toHaveLength(3);
});

describe("a test identity is marked while its learner launches", () => {
  const isAnyoneLocked = async () => (await waiting()).length > 0;
  /** Lets the launch in just before the statement; goes on once it is done, or waits for the marking itself. */
  const launchingBefore = (statement: string, launch: () => Promise<unknown>): Db => {
    const { db } = gateway.context;
    return {
      ...db,
      transaction: (work) =>
        db.transaction((sql) =>
          work({
            query: async (asked, parameters) => {
              if (asked.startsWith(statement))
                await Promise.race([launch(), until("the launch is done, or waits", isAnyoneLocked, 5)]);
              return sql.query(asked, parameters);
            },
          }),
        ),
    };
  };

  /** Known from then on, and without a seat. */
  const turnAway = async (license: TestLicense) => {
    const pause = (paused: boolean) =>
      pauseLicense(gateway.context, BY, license.account_id, license.license_id, paused);
    await pause(true);
    expect((await gateway.launch(license, { who: "ana" })).code).toBe("license_paused");
    await pause(false);
  };

  test.each(["update learner set test", "insert into learner", "insert into identity"])(
    "before: %s",
    async (statement) => {
      const license = await gateway.payPerUse();
      const isKnown = statement.startsWith("update");
      if (isKnown) await turnAway(license);
      const launches: Promise<unknown>[] = [];
      const launch = () => {
        const launched = launches.length === 0 ? gateway.launch(license, { who: "ana" }) : Promise.resolve();
        launches.push(launched);
        return launched;
      };
      const context = { ...gateway.context, db: launchingBefore(statement, launch) };
      const marking = markTestIdentity(context, BY, {
        account_id: license.account_id,
        connection_id: null,
        value: "ana",
      });
      await marking.catch((fault) => expect(fault).toMatchObject({ code: "seat_held" }));
      await Promise.all(launches);
      const holders = await gateway.context.db.query(
        "select learner.test from learner join seat on seat.learner_id = learner.id where learner.test",
      );
      expect(holders).toEqual([]);
    },
  );
});
