/** Launches that come together: the same as one by one, in two statements, whatever happens between the two. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { Fault } from "../../../src/core/faults.ts";
import { SCORM_NAMESPACE } from "../../../src/core/identity.ts";
import { createLot } from "../../../src/flows/buying.ts";
import { pauseLicense } from "../../../src/flows/changeLicense.ts";
import type { Context } from "../../../src/flows/context.ts";
import type { Arrival } from "../../../src/flows/launch/arrival.ts";
import type { Outcome } from "../../../src/flows/launch/decideTogether.ts";
import { openTogether } from "../../../src/flows/launch/openTogether.ts";
import { type Opening, openLaunch } from "../../../src/flows/openLaunch.ts";
import { resetAttempt } from "../../../src/flows/resetAttempt.ts";
import { markTestIdentity } from "../../../src/flows/testIdentities.ts";
import { listMiscountedLots } from "../../../src/store/licenses.ts";
import { type CountedDb, countedDb } from "../../support/countedDb.ts";
import { BY, LMS_ORIGIN, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { launchRows, openingOf, shapeOf } from "../../support/launchRows.ts";

let gateway: TestGateway;
let counted: CountedDb;
/** The gateway, with its statements counted, and changes of others slipped in before they are written. */
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

function arrivalOf({ delivery_key }: TestLicense, identity: string, wish: Partial<Arrival> = {}): Arrival {
  return {
    delivery_key,
    account_id: null,
    proved_connection_id: null,
    test_candidate: false,
    nonce: gateway.context.deps.newSecret(16),
    namespace: SCORM_NAMESPACE,
    identity,
    name: "",
    origin: LMS_ORIGIN,
    lms: { entry: "resume", marker: "", mode: "normal" },
    too_many: false,
    ...wish,
  };
}

async function together(arrivals: readonly Arrival[]): Promise<Outcome[]> {
  const at = gateway.clock.now();
  const outcomes: Outcome[] = [];
  await openTogether(
    context,
    arrivals.map((arrival) => ({ arrival, at })),
    (place, outcome) => {
      expect(outcomes[place]).toBeUndefined();
      outcomes[place] = outcome;
    },
  );
  return outcomes;
}

const codeOf = (opening: Opening) => (opening.type === "denied" ? opening.code : null);

/** A license with a lot of each quantity, one older than the next. */
async function volume(...quantities: number[]): Promise<TestLicense> {
  const license = await gateway.volume([]);
  for (const quantity of quantities) {
    gateway.clock.advance({ seconds: 1 });
    await createLot(gateway.context, BY, { ...pick(license), quantity });
  }
  return license;
}

const pick = ({ account_id, license_id }: TestLicense) => ({ account_id, license_id });

describe("statements", () => {
  test("a first launch, a second that charges, and a relaunch are two each, and no transaction", async () => {
    const license = await gateway.payPerUse();
    await openLaunch(context, arrivalOf(license, "whoever reads the course's structure first"));
    for (const launch of ["first", "second", "third"]) {
      counted.reset();
      await openLaunch(context, arrivalOf(license, "ana"));
      expect([launch, counted.statements, counted.transactions]).toEqual([launch, 2, 0]);
    }
    expect(await gateway.charges(license)).toHaveLength(1);
  });

  test("twenty at once, of several licenses, are two as well", async () => {
    const licenses = [await gateway.payPerUse(), await volume(3), await volume(100)];
    for (const license of licenses) await openLaunch(context, arrivalOf(license, "first of all"));
    counted.reset();
    const arrivals = Array.from({ length: 20 }, (_, index) =>
      arrivalOf(licenses[index % 3] as TestLicense, `learner-${index}`),
    );
    const codes = (await together(arrivals)).map((outcome) => codeOf(openingOf(outcome)));
    expect(codes.filter((code) => code === "no_seats_left")).toHaveLength(5);
    expect([counted.statements, counted.transactions]).toEqual([2, 0]);
  });
});

describe("a batch", () => {
  const learners = ["ana", "ben", "cleo", "dora", "emil", "5"] as const;
  const scenario = fc.record({
    history: fc.array(fc.record({ who: fc.nat(5), license: fc.nat(2) }), { maxLength: 10 }),
    days: fc.constantFrom(0, 1, 400),
    pauses: fc.boolean(),
    batch: fc.uniqueArray(
      fc.record({
        who: fc.nat(7),
        license: fc.nat(2),
        entry: fc.constantFrom("ab-initio", "resume"),
        name: fc.constantFrom("", "Some, Name"),
        too_many: fc.constantFrom(false, false, false, true),
      }),
      { selector: ({ who }) => who, maxLength: 8 },
    ),
  });
  type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;
  const nameOf = (who: number) => learners[who] ?? (who === 6 ? "guest" : "new here");

  /** @returns All that was answered and all that was written, without ids. */
  async function play({ history, days, pauses, batch }: Scenario, open: typeof together) {
    await gateway.empty();
    const account = await gateway.account({ retake: true });
    const licenses = [
      await gateway.payPerUse({ account }),
      await volume(2, 1),
      await gateway.payPerUse({ account }),
    ] as const;
    await markTestIdentity(gateway.context, BY, { ...account, value: "emil" });
    for (const { who, license } of history) {
      gateway.clock.advance({ seconds: 1 });
      await gateway.launch(licenses[license] as TestLicense, { who: nameOf(who) });
    }
    if (pauses) await pauseLicense(gateway.context, BY, account.account_id, licenses[2].license_id, true);
    gateway.clock.advance({ days, seconds: 1 });
    const outcomes = await open(
      batch.map(({ who, license, entry, name, too_many }) =>
        arrivalOf(licenses[license] as TestLicense, nameOf(who), {
          lms: { entry, marker: "", mode: "normal" },
          name,
          too_many,
        }),
      ),
    );
    const answers = outcomes.map((outcome) => shapeOf(openingOf(outcome)));
    return { answers, rows: await launchRows(gateway, licenses) };
  }

  test("of any arrivals answers and writes what they would one by one", async () => {
    const oneByOne = async (arrivals: readonly Arrival[]) => {
      const outcomes: Outcome[] = [];
      for (const arrival of arrivals) outcomes.push(...(await together([arrival])));
      return outcomes;
    };
    await fc.assert(
      fc.asyncProperty(scenario, async (each) => {
        expect(await play(each, together)).toEqual(await play(each, oneByOne));
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  test("that fills a lot in its middle: who came first has the seats, the oldest lot's first", async () => {
    const license = await volume(2, 1);
    const names = ["ana", "ben", "cleo", "dora", "emil"];
    const outcomes = await together(names.map((name) => arrivalOf(license, name)));
    expect(outcomes.map((outcome) => codeOf(openingOf(outcome)))).toEqual([
      null,
      null,
      null,
      "no_seats_left",
      "no_seats_left",
    ]);
    expect(await gateway.launches(license)).toHaveLength(5);
    expect(await listMiscountedLots(context.db)).toEqual([]);
  });

  test("with one that can't be written fails that one alone", async () => {
    const license = await gateway.payPerUse();
    const names = ["ana", "ben", "cleo", "dora", "emil"];
    const outcomes = await together(
      names.map((name) => arrivalOf(license, name, name === "cleo" ? { name: "\u0000" } : {})),
    );
    expect(outcomes.map(({ type }) => type)).toEqual(["opened", "opened", "failed", "opened", "opened"]);
    expect(await gateway.seats(license)).toHaveLength(4);
  });

  describe("with one who is denied", () => {
    let license: TestLicense;
    beforeEach(async () => {
      license = await volume(2);
      for (const who of ["zoe", "yan", "ben"]) await gateway.launch(license, { who });
    });
    const anaAndBen = async (ben: Partial<Arrival> = {}) =>
      together([arrivalOf(await volume(1), "ana"), arrivalOf(license, "ben", ben)]);

    test("lets the others in while the denial can't be written", async () => {
      context = {
        ...context,
        db: { ...counted, transaction: () => Promise.reject(new Fault("store_unavailable", "Away.")) },
      };
      expect((await anaAndBen()).map(({ type }) => type)).toEqual(["opened", "failed"]);
    });

    test("lets the others in at once while the denial waits", async () => {
      let goOn = () => {};
      const gate = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      context = {
        ...context,
        db: { ...counted, transaction: (work) => gate.then(() => counted.transaction(work)) },
      };
      const free = await volume(1);
      const [ben, ana] = [arrivalOf(license, "ben"), arrivalOf(free, "ana")].map((one) =>
        openLaunch(context, one),
      );
      expect(await ana).toMatchObject({ type: "allowed" });
      goOn();
      expect(await ben).toMatchObject({ code: "no_seats_left" });
    });

    test("with what can't be stored fails that one alone", async () => {
      const outcomes = await together([
        arrivalOf(license, "ben", { name: "\u0000" }),
        arrivalOf(license, "guest"),
        arrivalOf(license, "zoe"),
      ]);
      expect(outcomes.map(({ type }) => type)).toEqual(["failed", "opened", "opened"]);
    });
  });

  test("with one person under two ids puts the second off until the first is written", async () => {
    const license = await gateway.payPerUse();
    for (const who of ["ana", "ana.berg"]) await gateway.launch(license, { who });
    await context.db.query(
      `update identity set learner_id = (select learner_id from identity where value = 'ana')`,
    );
    const outcomes = await together(["ana", "ana.berg", "ben"].map((who) => arrivalOf(license, who)));
    expect(outcomes.map(({ type }) => type)).toEqual(["opened", "too_soon", "opened"]);
    await Promise.all(["ana", "ana.berg"].map((who) => openLaunch(context, arrivalOf(license, who))));
    const [anas] = (await gateway.launches(license)).filter(({ number }) => number === 4);
    expect(anas).toMatchObject({ outcome: "allowed" });
  });

  test("of nobody's, denied for the same reason, is one row with a count and one reference", async () => {
    const license = await gateway.payPerUse();
    const outcomes = await together(["guest", "", "guest"].map((who) => arrivalOf(license, who)));
    const references = outcomes.map((outcome) => {
      const opening = openingOf(outcome);
      return opening.type === "denied" && opening.reference;
    });
    expect(new Set(references).size).toBe(1);
    expect(await gateway.launches(license)).toMatchObject([{ code: "identity_missing", count: 3 }]);
  });
});

describe("what another process writes between the reading and the writing", () => {
  let license: TestLicense;
  const other = () => gateway.secondProcess();
  const opened = async (...who: string[]) =>
    (await together(who.map((one) => arrivalOf(license, one)))).map(openingOf);

  test("the same new learner: one learner, one seat, and the second launch charges it", async () => {
    license = await gateway.payPerUse();
    counted.beforeWrite(() => gateway.launch(license, { who: "ben", through: other() }));
    const openings = await opened("ana", "ben", "cleo");
    expect(openings.map(codeOf)).toEqual([null, null, null]);
    expect(await gateway.seats(license)).toHaveLength(3);
    expect(await gateway.charges(license)).toHaveLength(1);
  });

  test("the lot's last seat: nobody is let in without one", async () => {
    license = await volume(2);
    counted.beforeWrite(() => gateway.launch(license, { who: "zoe", through: other() }));
    expect((await opened("ana", "ben")).map(codeOf)).toEqual([null, "no_seats_left"]);
    expect(await listMiscountedLots(context.db)).toEqual([]);
  });

  test("a second launch on a pending seat: charged once, and both are numbered", async () => {
    license = await gateway.payPerUse();
    await gateway.launch(license);
    counted.beforeWrite(() => gateway.launch(license, { through: other() }));
    expect((await opened("ana", "ben")).map(codeOf)).toEqual([null, null]);
    expect(await gateway.charges(license)).toHaveLength(1);
    const numbers = (await gateway.launches(license)).map(({ number }) => number);
    expect(numbers.toSorted()).toEqual([1, 1, 2, 3]);
  });

  test("a reset by support: the launch begins the new attempt", async () => {
    license = await gateway.payPerUse();
    const { attempt } = (await gateway.launch(license)).allowed();
    counted.beforeWrite(() => resetAttempt(gateway.context, BY, license.account_id, attempt.id));
    expect(await opened("ana")).toMatchObject([{ attempt: { number: 2, launches: 0 } }]);
  });

  test("the same launch, sent to it as well: it is one", async () => {
    license = await gateway.payPerUse();
    const nonce = "nonce-nonce-nonce";
    counted.beforeWrite(() => gateway.launch(license, { nonce, through: other() }));
    const [opening] = (await together([arrivalOf(license, "ana", { nonce })])).map(openingOf);
    const launches = await gateway.launches(license);
    expect(launches).toMatchObject([{ id: opening?.type === "allowed" && opening.launch_id, number: 1 }]);
    expect(await gateway.seats(license)).toMatchObject([{ status: "pending", launches: 1 }]);
  });

  test("again and again: then what the launch is decided on is locked", async () => {
    license = await gateway.payPerUse();
    await gateway.launch(license);
    const times = 5;
    for (let time = 0; time < times; time++)
      counted.beforeWrite(() => gateway.launch(license, { through: other() }));
    expect((await opened("ana")).map(codeOf)).toEqual([null]);
    expect(counted.transactions).toBe(1);
    const numbers = (await gateway.launches(license)).map(({ number }) => number ?? 0);
    expect(Math.max(...numbers)).toBe(numbers.length);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
