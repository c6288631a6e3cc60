/**
 * Who is who where an LMS launches by LTI (RULES §6): instructors and test persons, people without an id, what is said of
 * them beside it, and where a launch comes from.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { assignLearners } from "../../../src/flows/assignments.ts";
import { changeAccount } from "../../../src/flows/changeAccount.ts";
import { deliver } from "../../../src/flows/deliveries.ts";
import { rememberEvidence } from "../../../src/flows/lti/evidence.ts";
import { ltiArrival } from "../../../src/flows/lti/ltiArrival.ts";
import { openLaunch } from "../../../src/flows/openLaunch.ts";
import { markTestIdentity } from "../../../src/flows/testIdentities.ts";
import { pageOfAudit } from "../../../src/store/audit.ts";
import { pageOfIdentities, pageOfLearners } from "../../../src/store/listing/people.ts";
import { ALL_ROWS, BY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { INSTRUCTOR, ISSUER, LEARNER, ltiMessage, type MessageWishes } from "../../support/lti/messages.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const link = async () => gateway.deliverAgain(await gateway.payPerUse(), "lti");

const launch = (license: TestLicense, wishes: MessageWishes = {}) =>
  openLaunch(gateway.context, ltiArrival(ltiMessage(license, wishes)));

const instructor = (id: string): MessageWishes => ({ roles: [INSTRUCTOR], person: { id } });

const allow = (license: TestLicense, most = 3) =>
  changeAccount(
    gateway.context,
    BY,
    license.account_id,
    { instructors_are_test_identities: true, test_identities_most: most },
    () => undefined,
  );

const outcomes = async (license: TestLicense) =>
  (await gateway.launches(license)).map(({ outcome, note }) => [outcome, note]);

describe("an instructor", () => {
  test("takes a seat like anybody, where the vendor has not said otherwise", async () => {
    const license = await link();
    await launch(license, instructor("tom"));
    expect(await outcomes(license)).toEqual([["allowed", null]]);
    expect(await gateway.seats(license)).toHaveLength(1);
  });

  test("is a test identity from the first launch on, where the vendor allows it", async () => {
    const license = await link();
    await allow(license);
    await launch(license, instructor("tom"));
    // The role is no longer looked at.
    await launch(license, { roles: [LEARNER], person: { id: "tom" } });
    expect(await outcomes(license)).toEqual([
      ["test", null],
      ["test", null],
    ]);
    expect(await gateway.seats(license)).toEqual([]);
    expect(await gateway.charges(license)).toEqual([]);
    const [entry] = await pageOfAudit(
      gateway.context.db,
      { account_id: license.account_id, action: "learner.mark_test" },
      ALL_ROWS,
    );
    expect(entry).toMatchObject({ actor: "gateway", after: { test: true } });
  });

  test("is an ordinary learner once the account has as many as it may have, and the launch log says so", async () => {
    const license = await link();
    await allow(license, 2);
    const { account_id } = license;
    await markTestIdentity(gateway.context, BY, { account_id, connection_id: null, value: "tess" });
    for (const id of ["tom", "uma", "tom", "uma"]) await launch(license, instructor(id));
    expect(await outcomes(license)).toEqual([
      ["test", null],
      ["allowed", "test_identities_used_up"],
      ["test", null],
      ["allowed", null],
    ]);
    await allow(license, 9);
    await launch(license, instructor("uma"));
    expect((await outcomes(license)).at(-1)).toEqual(["allowed", null]);
  });

  test("is none after the fact: who launched as a learner stays one", async () => {
    const license = await link();
    await launch(license, { person: { id: "tom" } });
    await allow(license);
    await launch(license, instructor("tom"));
    expect(await outcomes(license)).toEqual([
      ["allowed", null],
      ["allowed", null],
    ]);
  });

  test("has a place that is kept while the license has not begun", async () => {
    const { deps } = gateway.context;
    const starts_at = new Date(deps.clock.now().getTime() + 3_600_000);
    const license = await gateway.deliverAgain(await gateway.payPerUse({ starts_at }), "lti");
    await allow(license, 1);
    expect(await launch(license, instructor("tom"))).toMatchObject({ code: "license_not_started" });
    gateway.clock.advance({ seconds: 3600 });
    await launch(license, instructor("tom"));
    await launch(license, instructor("uma"));
    expect(await outcomes(license)).toEqual([
      ["denied", null],
      ["test", null],
      ["allowed", "test_identities_used_up"],
    ]);
  });

  test("twenty at once, and through two processes, never take more places than there are", async () => {
    const license = await link();
    await allow(license, 3);
    const processes = [gateway.context, gateway.secondProcess()];
    await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const context = processes[index % 2] as typeof gateway.context;
        return openLaunch(context, ltiArrival(ltiMessage(license, instructor(`tutor-${index}`))));
      }),
    );
    const tests = await pageOfLearners(gateway.context.db, license.account_id, { test: true }, ALL_ROWS);
    expect(tests).toHaveLength(3);
    expect((await outcomes(license)).filter(([outcome]) => outcome === "test")).toHaveLength(3);
    expect(await gateway.seats(license)).toHaveLength(17);
  });

  test.each([
    [
      "a test person of the LMS",
      ["Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"],
      "test",
    ],
    ["an instructor who is enrolled to learn", [LEARNER, INSTRUCTOR], "allowed"],
    ["a parent", ["Mentor"], "allowed"],
  ])("%s launches as it should", async (_who, roles, outcome) => {
    const license = await link();
    await allow(license);
    await launch(license, { roles });
    expect(await outcomes(license)).toEqual([[outcome, null]]);
  });
});

describe("a launch that names nobody", () => {
  test.each(["", "  ", "guest", "undefined", "x".repeat(4001)])("(%j) is denied in words", async (id) => {
    const license = await link();
    expect(await launch(license, { person: { id } })).toMatchObject({ code: "identity_missing" });
    const { account_id } = license;
    expect(await pageOfIdentities(gateway.context.db, account_id, {}, ALL_ROWS)).toEqual([]);
    expect(await outcomes(license)).toEqual([["denied", null]]);
  });

  test("is also one with an id on the connection's own list, whatever its role", async () => {
    const license = await link();
    await allow(license);
    await gateway.context.db.query("update connection set placeholder_ids = $2 where id = $1", [
      license.connection_id,
      ["Kiosk"],
    ]);
    expect(await launch(license, instructor("kiosk"))).toMatchObject({ code: "identity_missing" });
  });
});

describe("where an LTI launch comes from", () => {
  test("is proved by its signature: lists of origins are not asked, and nobody is spun off", async () => {
    const license = await link();
    await gateway.context.db.query(
      "update connection set origins_mode = 'confirmed', refused_origins = $2 where id = $1",
      [license.connection_id, ["https://lms.example.com"]],
    );
    const seven = { person: { id: "7", name: "Ana Ortiz" } };
    await launch(license, seven);
    await launch(license, {
      ...seven,
      person: { id: "7", name: "" },
      platform_origin: "https://moved.example.com",
    });
    expect(await outcomes(license)).toEqual([
      ["allowed", null],
      ["allowed", null],
    ]);
    expect(await gateway.seats(license)).toHaveLength(1);
  });

  test("each issuer numbers its own people", async () => {
    const license = await link();
    await launch(license, { person: { id: "7" } });
    await launch(license, { person: { id: "7" }, namespace: "lti:https://other.example.com" });
    expect(await gateway.seats(license)).toHaveLength(2);
  });
});

describe("a link", () => {
  test("is opened by no package: whoever has its address alone proves nothing", async () => {
    const license = await link();
    expect((await gateway.launch(license, { who: "ana" })).code).toBe("launch_invalid");
    expect(await gateway.launches(license)).toEqual([]);
  });

  test("is what a signed message opens, and no package's delivery", async () => {
    const license = await gateway.payPerUse();
    expect(await launch(license)).toMatchObject({ code: "launch_invalid" });
  });
});

describe("what an LMS says of a person", () => {
  const evidenceOf = async ({ account_id }: TestLicense) =>
    (await pageOfIdentities(gateway.context.db, account_id, {}, ALL_ROWS)).map(({ evidence }) =>
      evidence.map(({ type, value, current }) => `${type} ${value}${current ? "" : " (before)"}`),
    );

  test("is kept as evidence, once, and what it says later beside it", async () => {
    const license = await link();
    const say = async (person: NonNullable<MessageWishes["person"]>) => {
      gateway.clock.advance({ seconds: 1 });
      await launch(license, { person });
      await rememberEvidence(gateway.context, ltiMessage(license, { person }));
    };
    await say({});
    const first = [
      "email ana@school.example",
      "family_name Ortiz",
      "given_name Ana",
      "name Ana Ortiz",
      "sourcedid sis-7",
    ];
    expect(await evidenceOf(license)).toEqual([first]);
    await say({});
    expect(await evidenceOf(license)).toEqual([first]);
    await say({ email: "ana@work.example", name: "Ana Ruiz", family_name: "Ruiz", sourcedid: "" });
    expect(await evidenceOf(license)).toEqual([
      [
        "email ana@work.example",
        "email ana@school.example (before)",
        "family_name Ruiz",
        "family_name Ortiz (before)",
        "given_name Ana",
        "name Ana Ruiz",
        "name Ana Ortiz (before)",
        "sourcedid sis-7",
      ],
    ]);
    await say({});
    expect((await evidenceOf(license))[0]?.slice(0, 2)).toEqual([
      "email ana@school.example",
      "email ana@work.example (before)",
    ]);
  });

  test("that is another thing each time is kept ten times: the first, and the newest", async () => {
    const license = await link();
    for (let number = 1; number <= 15; number++) {
      gateway.clock.advance({ seconds: 1 });
      const person = {
        name: "",
        given_name: "",
        family_name: "",
        sourcedid: "",
        email: `${number}@school.example`,
      };
      if (number === 1) await launch(license, { person });
      await rememberEvidence(gateway.context, ltiMessage(license, { person }));
    }
    const [kept = []] = await evidenceOf(license);
    expect(kept).toHaveLength(10);
    expect([kept[0], kept.at(-1)]).toEqual(["email 15@school.example", "email 1@school.example (before)"]);
  });

  test("is kept of nobody who is not known", async () => {
    const license = await link();
    await rememberEvidence(gateway.context, ltiMessage(license));
    expect(await evidenceOf(license)).toEqual([]);
    const [row] = await gateway.context.db.query("select count(*)::integer as rows from identity_evidence");
    expect(row).toEqual({ rows: 0 });
  });
});

test("who is assigned a course by the id that a platform will send is known when they come", async () => {
  const scorm = await gateway.sell("course_assignment", { terms: { duration_days: 365 } });
  const order = { ...scorm, format: "lti", connection_id: null, label: "" } as const;
  const made = await deliver(gateway.context, BY, order);
  const license = { ...scorm, delivery_id: made.id, delivery_key: made.key };
  const { account_id, license_id, connection_id } = license;
  const ana = { connection_id, namespace: `lti:${ISSUER}`, value: "ana", name: "" };
  await assignLearners(gateway.context, BY, { account_id, license_id }, [ana]);
  await launch(license);
  await launch(license, { person: { id: "ben" } });
  expect((await gateway.launches(license)).map(({ code }) => code)).toEqual([null, "not_assigned"]);
});
