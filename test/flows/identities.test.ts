/** Who is it? RULES §6, first bullet: nobody ever resumes another person's progress. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createConnection } from "../../src/flows/accounts.ts";
import { deliver } from "../../src/flows/deliveries.ts";
import { markTestIdentity } from "../../src/flows/testIdentities.ts";
import { type Connection, listConnections } from "../../src/store/accounts.ts";
import { pageOfLearners } from "../../src/store/listing/people.ts";
import { ALL_ROWS, BY, type TestLicense, type Visitor } from "../support/fixtures.ts";
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

const HERE = "https://lms.example.com";
const THERE = "https://other-lms.example.org";

/** Launches, and says whose attempt it went on with. */
async function attemptOf(visitor: Visitor): Promise<string> {
  return (await gateway.launch(license, visitor)).allowed().attempt.id;
}

async function spinOffs(): Promise<Connection[]> {
  const connections = await listConnections(gateway.context.db, license.account_id);
  return connections.filter(({ spun_off_from }) => spun_off_from !== null);
}

async function learnerNames(): Promise<string[]> {
  return (await pageOfLearners(gateway.context.db, license.account_id, {}, ALL_ROWS))
    .map(({ name }) => name)
    .sort();
}

/** Where the origin stands that an identity was first seen from (docs/decisions/launch-path.md). */
const FIRST_ORIGINS = {
  "as this version writes it": async () => undefined,
  "as earlier versions wrote it": async () => {
    await gateway.context.db.query(
      `create or replace function first_origin_beside_identity() returns trigger language plpgsql as $$
       begin
         insert into identity_origin (account_id, identity_id, origin, first_seen_at)
         values (new.account_id, new.id, new.first_origin, new.first_seen_at);
         update identity set first_origin = null where account_id = new.account_id and id = new.id;
         return null;
       end $$`,
    );
    await gateway.context.db.query(
      `create trigger first_origin_beside_identity after insert on identity
       for each row when (new.first_origin is not null) execute function first_origin_beside_identity()`,
    );
  },
} as const;
afterEach(() => gateway.context.db.query("drop trigger if exists first_origin_beside_identity on identity"));

describe.each(Object.entries(FIRST_ORIGINS))(
  "a known id from an origin not yet seen for it, its first %s",
  (_where, standThere) => {
    beforeEach(standThere);

    test.each([
      ["5", "Ana Berg", "Berg, Ana"],
      ["jdoe", "Ana Berg", "ANA BERG"],
      ["jdoe", "Ana Berg", ""],
      ["jdoe", "", ""],
      ["jdoe", "", "Ana Berg"],
    ])("id %s, %j known, %j sent: the same learner, on the same connection", async (who, known, sent) => {
      const attempt = await attemptOf({ who, name: known, origin: HERE });
      expect(await attemptOf({ who, name: sent, origin: THERE })).toBe(attempt);
      expect(await spinOffs()).toEqual([]);
      expect(await gateway.charges(license)).toHaveLength(1);
    });

    test.each([
      ["5", "Ana Berg", "Ben Tal"],
      ["5", "Ana Berg", ""],
      ["5", "", "Ben Tal"],
      ["5", "", ""],
      ["5", "Ana Berg", "Ana"],
      ["jdoe", "Ana Berg", "Ben Tal"],
    ])(
      "id %s, %j known, %j sent: another learner, on a connection to be confirmed",
      async (who, known, sent) => {
        const attempt = await attemptOf({ who, name: known, origin: HERE });
        expect(await attemptOf({ who, name: sent, origin: THERE })).not.toBe(attempt);
        expect(await spinOffs()).toMatchObject([
          {
            name: `LMS at ${THERE}`,
            to_be_confirmed: true,
            spun_off_from: license.connection_id,
            spun_off_origin: THERE,
          },
        ]);
        expect(await gateway.seats(license)).toHaveLength(2);
        expect(await gateway.charges(license)).toEqual([]);
      },
    );

    test("each then goes on with their own, however often they come and go", async () => {
      const ana = await attemptOf({ who: "5", name: "Ana Berg", origin: HERE });
      const ben = await attemptOf({ who: "5", name: "Ben Tal", origin: THERE });
      expect(await attemptOf({ who: "5", name: "Ana Berg", origin: HERE })).toBe(ana);
      expect(await attemptOf({ who: "5", name: "Ben Tal", origin: THERE })).toBe(ben);
      expect(await attemptOf({ who: "5", origin: HERE })).toBe(ana);
      expect(await attemptOf({ who: "5", origin: THERE })).toBe(ben);
      expect(await spinOffs()).toHaveLength(1);
      expect(await learnerNames()).toEqual(["Ana Berg", "Ben Tal"]);
    });

    test("an admin is asked once for an origin, however many of its ids are known", async () => {
      for (const who of ["1", "2", "3"]) await gateway.launch(license, { who, origin: HERE });
      await Promise.all(["1", "2", "3"].map((who) => gateway.launch(license, { who, origin: THERE })));
      expect(await spinOffs()).toHaveLength(1);
      expect(await learnerNames()).toHaveLength(6);
    });

    test("an origin with a connection of its own records its new ids there", async () => {
      await gateway.launch(license, { who: "5", origin: HERE });
      await gateway.launch(license, { who: "5", origin: THERE });
      const there = await attemptOf({ who: "6", origin: THERE });
      const here = await attemptOf({ who: "6", origin: HERE });
      expect(here).not.toBe(there);
      expect(await attemptOf({ who: "6", origin: THERE })).toBe(there);
      expect(await spinOffs()).toHaveLength(1);
    });

    test("from such an origin, silence is not enough: only a name that agrees is the same learner", async () => {
      const jane = await attemptOf({ who: "jdoe", name: "Jane Doe", origin: HERE });
      const john = await attemptOf({ who: "jroe", name: "John Roe", origin: HERE });
      await gateway.launch(license, { who: "5", origin: HERE });
      await gateway.launch(license, { who: "5", origin: THERE });
      expect(await attemptOf({ who: "jdoe", name: "", origin: THERE })).not.toBe(jane);
      expect(await attemptOf({ who: "jroe", name: "Roe, John", origin: THERE })).toBe(john);
    });

    test("the other LMS may even come first: who is already known keeps what is theirs", async () => {
      const there = await attemptOf({ who: "99", name: "Ben Tal", origin: THERE });
      await gateway.launch(license, { who: "5", name: "Ana Berg", origin: HERE });
      await gateway.launch(license, { who: "5", name: "Cleo Ray", origin: THERE });
      const here = await attemptOf({ who: "99", name: "Dora Fink", origin: HERE });
      expect(here).not.toBe(there);
      expect(await attemptOf({ who: "99", name: "Ben Tal", origin: THERE })).toBe(there);
      expect(await attemptOf({ who: "99", name: "Dora Fink", origin: HERE })).toBe(here);
    });

    test("many at once make one learner and one connection", async () => {
      await gateway.launch(license, { who: "5", name: "Ana Berg", origin: HERE });
      const attempts = await Promise.all(
        Array.from({ length: 5 }, () => attemptOf({ who: "5", name: "Ben Tal", origin: THERE })),
      );
      expect(new Set(attempts).size).toBe(1);
      expect(await spinOffs()).toHaveLength(1);
      expect(await learnerNames()).toEqual(["Ana Berg", "Ben Tal"]);
    });
  },
);

describe("an id", () => {
  test("is kept with its case, its ends trimmed", async () => {
    const lower = await attemptOf({ who: "ana" });
    expect(await attemptOf({ who: " ana\n" })).toBe(lower);
    expect(await attemptOf({ who: "Ana" })).not.toBe(lower);
  });

  test("of any length that SCORM 2004 allows is one", async () => {
    const long = "ä".repeat(4000);
    const attempt = await attemptOf({ who: long });
    expect(await attemptOf({ who: long })).toBe(attempt);
    expect(await attemptOf({ who: `${long.slice(1)}b` })).not.toBe(attempt);
  });

  test("gets the name that its LMS sends only later, and keeps it", async () => {
    await gateway.launch(license, { who: "ana", name: "" });
    await gateway.launch(license, { who: "ana", name: "Ana Berg" });
    await gateway.launch(license, { who: "ana", name: "Ana Tal" });
    expect(await learnerNames()).toEqual(["Ana Berg"]);
  });

  test("on the connection's list of placeholders is nobody's", async () => {
    await gateway.context.db.query("update connection set placeholder_ids = $1", [["kiosk"]]);
    expect((await gateway.launch(license, { who: "Kiosk" })).code).toBe("identity_missing");
  });

  test("of another LMS of the account, or of another account, is another person's", async () => {
    const connection = await createConnection(gateway.context, BY, license.account_id, {
      name: "Second LMS",
    });
    const { account_id, license_id } = license;
    const second = await deliver(gateway.context, BY, {
      account_id,
      license_id,
      format: "scorm12",
      course_id: null,
      connection_id: connection.id,
      label: "",
    });
    const stranger = await gateway.payPerUse();
    const attempts = [
      await attemptOf({ who: "ana", name: "Ana Berg" }),
      (await gateway.launch({ delivery_key: second.key }, { who: "ana", name: "Ana Berg" })).allowed().attempt
        .id,
      (await gateway.launch(stranger, { who: "ana", name: "Ana Berg" })).allowed().attempt.id,
    ];
    expect(new Set(attempts).size).toBe(3);
  });
});

test("a test identity marked ahead is not taken by an origin that has a connection of its own", async () => {
  const { account_id, connection_id } = license;
  await markTestIdentity(gateway.context, BY, { account_id, connection_id, value: "7" });
  await gateway.launch(license, { who: "5", origin: HERE });
  await gateway.launch(license, { who: "5", origin: THERE });
  await gateway.launch(license, { who: "7", origin: THERE });
  expect((await gateway.launches(license)).map(({ outcome }) => outcome)).toEqual([
    "allowed",
    "allowed",
    "allowed",
  ]);
  gateway.clock.advance({ seconds: 1 });
  await gateway.launch(license, { who: "7", origin: HERE });
  expect((await gateway.launches(license)).at(-1)).toMatchObject({ outcome: "test" });
});

describe("a launch from an origin that is refused", () => {
  beforeEach(() =>
    gateway.context.db
      .query("update connection set origins_mode = 'confirmed', allowed_origins = $1", [[HERE]])
      .then(() => undefined),
  );

  test("claims no id before its owner comes, and asks no admin", async () => {
    expect((await gateway.launch(license, { who: "5", name: "Eve Evil", origin: THERE })).code).toBe(
      "origin_refused",
    );
    const ana = await attemptOf({ who: "5", name: "Ana Berg", origin: HERE });
    await gateway.launch(license, { who: "5", name: "Eve Evil", origin: THERE });
    expect(await attemptOf({ who: "5", name: "Ana Berg", origin: HERE })).toBe(ana);
    expect(await spinOffs()).toEqual([]);
    expect(await learnerNames()).toEqual(["Ana Berg"]);
  });

  test("makes the origin known for nobody", async () => {
    const ana = await attemptOf({ who: "5", name: "Ana Berg", origin: HERE });
    await gateway.launch(license, { who: "5", name: "Ana Berg", origin: THERE });
    await gateway.context.db.query("update connection set origins_mode = 'learn'");
    expect(await attemptOf({ who: "5", name: "", origin: THERE })).not.toBe(ana);
  });
});
