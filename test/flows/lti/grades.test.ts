/** From a save to the gradebook of an LTI 1.3 platform (docs/lti-grades.md). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { runDueGrades } from "../../../src/flows/lti/grades/relay.ts";
import { wakeGrades } from "../../../src/flows/lti/grades/wake.ts";
import type { Sql } from "../../../src/store/db.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { TEST_OPERATOR_KEY, type TestLicense, type Visit } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import {
  CLIENT_ID,
  type LinkWishes,
  launchLinked,
  registerServices,
  rollup,
} from "../../support/lti/linked.ts";
import {
  type PlatformServices,
  SCORE_SCOPE,
  startPlatformServices,
  type Trouble,
} from "../../support/lti/services.ts";
import { until } from "../../support/until.ts";

let services: PlatformServices;
/** Another LMS's. */
let others: PlatformServices;
let gateway: TestGateway;
let api: ApiClient;
let license: TestLicense;
let registration_id: string;
beforeAll(async () => {
  const options = {
    now: () => gateway.clock.now(),
    client_id: CLIENT_ID,
    toolKeys: () => gateway.context.lti.toolKeys.jwks(),
  };
  services = await startPlatformServices(options);
  others = await startPlatformServices(options);
  const trusted = `${services.origin} ${others.origin}`;
  gateway = await testGateway({ settings: { LTI_TRUSTED_ORIGINS: trusted } });
  api = await apiClient(gateway.app());
});
beforeEach(async () => {
  services.reset();
  others.reset();
  await gateway.empty();
  license = await gateway.payPerUse();
  registration_id = await registerServices(gateway, services, license);
});
afterAll(async () => {
  await gateway?.close();
  await services?.close();
  await others?.close();
});

const launch = (wishes: LinkWishes = {}) =>
  launchLinked(gateway, { registration_id, services }, license, wishes);
const run = () => runDueGrades(gateway.context);
const given = () => services.scores.map(({ scoreGiven }) => scoreGiven);
const grades = () =>
  gateway.context.db.query<{ status: string; tries: number; last_problem: string | null }>(
    "select status, tries, last_problem from grade order by target_id, number",
  );

/** Until nothing waits, or so long. */
async function pass(hours: number): Promise<void> {
  for (let minutes = 0; minutes < hours * 60; minutes++) {
    gateway.clock.advance({ seconds: 60 });
    await run();
  }
}

describe("a save", () => {
  test("that brings a score is told with the time of the event, once", async () => {
    const visit = await launch();
    gateway.clock.advance({ seconds: 30 });
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 85, success: "passed" }) });
    gateway.clock.advance({ seconds: 30 });
    await run();
    await run();
    expect(services.scores).toEqual([
      {
        line_item: "/lineitems/link-1?type=course",
        userId: "ana",
        timestamp: "2026-01-05T09:00:30.000Z",
        activityProgress: "Completed",
        gradingProgress: "FullyGraded",
        scoreGiven: 85,
        scoreMaximum: 100,
      },
    ]);
    expect(services.wrong).toEqual([]);
  });

  test("that comes again is the same grade", async () => {
    const visit = await launch();
    const save = { sequence: 1, rollup: rollup("completed", { score: 85 }) };
    await visit.keep({ ...save, answer: "lost" });
    await visit.keep(save);
    await run();
    expect(given()).toEqual([85]);
  });

  test("that changes nothing a gradebook sees makes no grade; each one that does makes one", async () => {
    const visit = await launch();
    const saves = [
      rollup("incomplete", { progress: 0.1 }),
      { ...rollup("incomplete", { progress: 0.2 }), location: "page 9" },
      rollup("incomplete", { score: 40, progress: 0.5 }),
      rollup("completed", { score: 40, progress: 1 }),
    ];
    for (const [index, one] of saves.entries()) await visit.keep({ sequence: index + 1, rollup: one });
    await run();
    expect(services.scores.map(({ activityProgress, scoreGiven }) => [activityProgress, scoreGiven])).toEqual(
      [
        ["InProgress", undefined],
        ["InProgress", 40],
        ["Completed", 40],
      ],
    );
    const times = services.scores.map(({ timestamp }) => timestamp);
    expect(times).toEqual(["00", "01", "02"].map((second) => `2026-01-05T09:00:${second}.000Z`));
  });

  test("that is late is none: a later one has said more", async () => {
    const visit = await launch();
    await visit.keep({ sequence: 2, rollup: rollup("completed", { score: 90 }) });
    await visit.keep({ sequence: 1, rollup: rollup("incomplete", { score: 10 }) });
    await run();
    expect(given()).toEqual([90]);
  });

  test("of an attempt that stands in two places is told to both; of one without a place to nobody", async () => {
    const visit = await launch();
    await launch({ link: "link-2" });
    const other = await gateway.launch(license, { who: "ben" });
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 70 }) });
    await other.keep({ sequence: 1, rollup: rollup("completed", { score: 60 }) });
    await run();
    expect(services.scores.map(({ line_item, scoreGiven }) => [line_item, scoreGiven]).sort()).toEqual([
      ["/lineitems/link-1?type=course", 70],
      ["/lineitems/link-2?type=course", 70],
    ]);
  });
});

describe("what is told of a course without a score", () => {
  test.each([
    ["completed", rollup("completed"), ["Completed", "FullyGraded", 100]],
    ["passed", rollup("completed", { success: "passed" }), ["Completed", "FullyGraded", 100]],
    ["failed", rollup("completed", { success: "failed" }), ["Completed", "FullyGraded", 0]],
    ["begun", rollup("incomplete"), ["Started", "NotReady", undefined]],
    ["half through", rollup("incomplete", { progress: 0.5 }), ["InProgress", "NotReady", undefined]],
  ])("that is %s", async (_state, one, expected) => {
    await (await launch()).keep({ sequence: 1, rollup: one });
    await run();
    const [told] = services.scores;
    expect([told?.activityProgress, told?.gradingProgress, told?.scoreGiven]).toEqual(expected);
  });

  test("begun once more takes no score away", async () => {
    const visit = await launch();
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 85 }) });
    await run();
    await gateway.context.db.query("update attempt set ended_at = $1, ended_reason = 'reset_by_support'", [
      gateway.clock.now(),
    ]);
    gateway.clock.advance({ hours: 1 });
    const again = await launch();
    await again.keep({ sequence: 1, rollup: rollup("incomplete") });
    await run();
    expect(given()).toEqual([85]);
    await again.keep({ sequence: 2, rollup: rollup("completed", { score: 95 }) });
    await run();
    expect(given()).toEqual([85, 95]);
    expect((await grades()).map(({ status }) => status)).toEqual(["delivered", "passed_over", "delivered"]);
  });
});

describe("a grade that the gradebook refuses", () => {
  /** Refused for the first attempt; the learner has begun another since. */
  async function retaken(): Promise<Visit> {
    const visit = await launch();
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 40 }) });
    services.trouble({ status: 422 }, "scores");
    await run();
    await gateway.context.db.query("update attempt set ended_at = $1, ended_reason = 'reset_by_support'", [
      gateway.clock.now(),
    ]);
    services.trouble(null);
    gateway.clock.advance({ seconds: 30 });
    return launch();
  }

  test("does not hold back the score of a later attempt, and never comes after it", async () => {
    const again = await retaken();
    await again.keep({ sequence: 1, rollup: rollup("completed", { score: 90 }) });
    await run();
    expect(given()).toEqual([90]);
    expect(await grades()).toMatchObject([
      {
        status: "passed_over",
        tries: 1,
        last_problem: "a later attempt's score takes its place; before that, it answers with status 422",
      },
      { status: "delivered" },
    ]);
    await pass(1.5);
    expect(given()).toEqual([90]);
  });

  test("stands until a later attempt has a score: what has none would leave nothing", async () => {
    const again = await retaken();
    await again.keep({ sequence: 1, rollup: rollup("incomplete") });
    await run();
    expect(await grades()).toMatchObject([{ status: "waiting" }, { status: "waiting" }]);
    await pass(1.5);
    expect(given()).toEqual([40]);
  });

  test("goes before a later attempt's where it was the platform that failed", async () => {
    const visit = await launch();
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 40 }) });
    services.trouble({ status: 503 });
    await run();
    await gateway.context.db.query("update attempt set ended_at = $1, ended_reason = 'reset_by_support'", [
      gateway.clock.now(),
    ]);
    gateway.clock.advance({ seconds: 1 });
    const again = await launch();
    await again.keep({ sequence: 1, rollup: rollup("completed", { score: 90 }) });
    await run();
    services.trouble(null);
    await pass(0.2);
    expect(given()).toEqual([40, 90]);
  });
});

describe("a launch shows that the platform is there again, so what waits", () => {
  /** Since its last try so many seconds pass; then the learner comes once more. */
  async function relaunchAfter(seconds: number, trouble: Trouble): Promise<Visit> {
    const visit = await launch();
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    services.trouble(trouble, "scores");
    await run();
    gateway.clock.advance({ seconds });
    services.trouble(null);
    return launch();
  }

  const wake = async () => {
    gateway.clock.advance({ seconds: 1 });
    await wakeGrades(gateway.context);
    await run();
  };

  test("after a refusal is tried again soon: somebody may have enrolled the learner", async () => {
    await relaunchAfter(60, { status: 403 });
    await wake();
    expect(given()).toEqual([50]);
  });

  test("is not tried again within a minute of its last try, nor twice for one launch", async () => {
    await relaunchAfter(30, { status: 403 });
    await wake();
    expect(services.asked.scores).toBe(1);
    services.trouble({ status: 403 }, "scores");
    gateway.clock.advance({ seconds: 30 });
    await wake();
    expect(services.asked.scores).toBe(2);
    gateway.clock.advance({ seconds: 300 });
    await wake();
    expect(services.asked.scores).toBe(2);
  });

  test("is left alone as long as the platform asked for", async () => {
    await relaunchAfter(120, { status: 403, headers: { "retry-after": "7200" } });
    await wake();
    expect(services.asked.scores).toBe(1);
  });

  test("of others is left alone", async () => {
    const ben = await launch({ who: "ben" });
    await ben.keep({ sequence: 1, rollup: rollup("completed", { score: 70 }) });
    services.trouble({ status: 403 }, "scores");
    await run();
    services.trouble(null);
    gateway.clock.advance({ seconds: 120 });
    await launch();
    await wake();
    expect(given()).toEqual([]);
  });
});

describe("a place that is remembered late", () => {
  test("gets what the attempt has come to, and nothing where there is nothing to say", async () => {
    const visit = await launch();
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 85 }) });
    await run();
    await launch({ link: "link-2" });
    await launch({ who: "ben" });
    await run();
    expect(services.scores.map(({ line_item }) => line_item)).toEqual([
      "/lineitems/link-1?type=course",
      "/lineitems/link-2?type=course",
    ]);
  });

  test("catches up with a save that had begun before it was there", async () => {
    await launch();
    await run();
    // As such a save leaves it: the attempt has it, and no grade does.
    await gateway.context.db.query("update attempt set rollup = $1::jsonb, rollup_stamp = 7, saved_at = $2", [
      JSON.stringify(rollup("completed", { score: 55 })),
      gateway.clock.now(),
    ]);
    gateway.clock.advance({ seconds: 11 });
    await run();
    expect(given()).toEqual([55]);
  });
});

test("new places with nothing to tell are put to rest together", async () => {
  const learners = Array.from({ length: 20 }, (_, number) => `learner-${number}`);
  for (const who of learners) await launch({ who });
  gateway.clock.advance({ seconds: 11 });
  let statements = 0;
  const { db } = gateway.context;
  const counted = (sql: Sql): Sql => ({
    query: (statement, parameters) => {
      statements++;
      return sql.query(statement, parameters);
    },
  });
  const transaction: typeof db.transaction = (work) => db.transaction((sql) => work(counted(sql)));
  await runDueGrades({ ...gateway.context, db: { ...db, ...counted(db), transaction } });
  expect(statements).toBeLessThan(learners.length / 2);
  const resting = await db.query("select from grade_target where resting");
  expect(resting).toHaveLength(learners.length);
});

test("a place that is remembered long after the course was taken is tried for as many days as any", async () => {
  const visit = await launch();
  await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 85 }) });
  await run();
  gateway.clock.advance({ days: 60 });
  services.trouble({ status: 503 });
  await launch({ link: "link-2" });
  await run();
  services.trouble(null);
  await pass(0.2);
  expect(services.scores.map(({ line_item }) => line_item)).toEqual([
    "/lineitems/link-1?type=course",
    "/lineitems/link-2?type=course",
  ]);
});

describe("a platform", () => {
  test("that is down for an hour gets everything afterwards, in order, once, with the times of the events", async () => {
    const visit = await launch();
    const others = await Promise.all(["ben", "cleo", "dora"].map((who) => launch({ who })));
    services.trouble("cut");
    for (let quarter = 0; quarter < 4; quarter++) {
      await visit.keep({
        sequence: quarter + 1,
        rollup: rollup("incomplete", { score: 20 * (quarter + 1) }),
      });
      await others[quarter]?.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
      for (let minute = 0; minute < 15; minute++) {
        gateway.clock.advance({ seconds: 60 });
        await run();
      }
    }
    expect(services.scores).toEqual([]);
    services.trouble(null);
    await pass(0.5);
    const ofAna = services.scores.filter(({ userId }) => userId === "ana");
    expect(ofAna.map(({ scoreGiven }) => scoreGiven)).toEqual([20, 40, 60, 80]);
    expect(ofAna.map(({ timestamp }) => timestamp)).toEqual(
      ["09:00", "09:15", "09:30", "09:45"].map((time) => `2026-01-05T${time}:00.000Z`),
    );
    expect(services.scores).toHaveLength(7);
    expect(services.wrong).toEqual([]);
  });

  test("that stays down for longer than the setting says is told of, once a day; the attempt keeps its result", async () => {
    const visit = await launch();
    services.trouble({ status: 500 });
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 85 }) });
    for (let days = 0; days <= 15; days++) {
      await run();
      gateway.clock.advance({ days: 1 });
    }
    expect(await grades()).toMatchObject([
      { status: "given_up", last_problem: expect.stringContaining("500") },
    ]);
    const alerts = await gateway.context.db.query("select type, data from alert");
    expect(alerts).toMatchObject([{ type: "grades.given_up", data: { platform: "Campus" } }]);
  });

  test.each([
    ["half a character", '"\\ud83d"', "it answers with status 500: \uFFFD"],
    // The words are cut in the middle of the last one.
    ["words without end", JSON.stringify(`${"x".repeat(299)}\u{1F600}`), /500: x{299}\uFFFD$/],
  ])("that says %s is given up as others are", async (_what, message, problem) => {
    const visit = await launch();
    services.trouble({ status: 500, body: `{"message":${message}}` });
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 85 }) });
    await run();
    gateway.clock.advance({ days: 15 });
    await run();
    expect(await grades()).toMatchObject([
      { status: "given_up", last_problem: expect.stringMatching(problem) },
    ]);
    expect(await gateway.context.db.query("select type from alert")).toEqual([{ type: "grades.given_up" }]);
  });

  test("that takes tokens no more is asked for a new one at once", async () => {
    const visit = await launch();
    await visit.keep({ sequence: 1, rollup: rollup("incomplete", { score: 10 }) });
    await run();
    services.revokeTokens();
    await visit.keep({ sequence: 2, rollup: rollup("incomplete", { score: 20 }) });
    await run();
    expect(given()).toEqual([10, 20]);
    expect(services.asked.token).toBe(2);
    expect((await grades()).map(({ tries }) => tries)).toEqual([1, 1]);
  });

  test("is asked for one token by any number of grades, and for another shortly before it runs out", async () => {
    const visits = await Promise.all(["ana", "ben", "cleo", "dora"].map((who) => launch({ who })));
    for (const visit of visits) await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    await run();
    expect([services.scores.length, services.asked.token]).toEqual([4, 1]);
    gateway.clock.advance({ seconds: 3550 });
    await visits[0]?.keep({ sequence: 2, rollup: rollup("completed", { score: 60 }) });
    await run();
    expect([services.scores.length, services.asked.token]).toEqual([5, 2]);
  });

  test("that calls its tokens bearer, in small letters, is sent them as the standard writes it", async () => {
    services.tokenType = "bearer";
    const visit = await launch();
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    await run();
    expect(given()).toEqual([50]);
  });

  test("that gives tokens of a type that the gateway does not know is told of, and sent none", async () => {
    services.tokenType = "DPoP";
    const visit = await launch();
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    await run();
    expect(services.asked.scores).toBe(0);
    expect(await grades()).toMatchObject([
      { status: "waiting", last_problem: "no access token: it is of the type DPoP; expected Bearer" },
    ]);
    services.tokenType = "Bearer";
    await pass(0.1);
    expect(given()).toEqual([50]);
  });

  test("that asks for patience (429) gets it", async () => {
    const visit = await launch();
    services.trouble({ status: 429, headers: { "retry-after": "600" } }, "scores");
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    await run();
    services.trouble(null);
    for (let minute = 0; minute < 9; minute++) {
      gateway.clock.advance({ seconds: 60 });
      await run();
    }
    expect([services.scores.length, services.asked.scores]).toEqual([0, 1]);
    gateway.clock.advance({ seconds: 200 });
    await run();
    expect(given()).toEqual([50]);
  });

  test("that refuses a learner's grade says why, and takes the others'", async () => {
    const [ana, ben] = [await launch(), await launch({ who: "ben" })];
    services.trouble({ status: 422 }, "scores");
    await ana.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    await run();
    services.trouble(null);
    await ben.keep({ sequence: 1, rollup: rollup("completed", { score: 60 }) });
    await run();
    expect(given()).toEqual([60]);
    expect(await grades()).toMatchObject([
      { status: "waiting", tries: 1, last_problem: "it answers with status 422" },
      { status: "delivered" },
    ]);
    await pass(1.5);
    expect(given()).toEqual([60, 50]);
  });

  test("that holds a newer grade, a teacher's say, keeps it", async () => {
    const visit = await launch();
    services.trouble({ status: 409 }, "scores");
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    await run();
    expect(await grades()).toMatchObject([
      { status: "delivered", last_problem: "the gradebook holds a newer grade" },
    ]);
  });

  test("that offers no scores is told of", async () => {
    const visit = await launch({ scopes: [] });
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    await run();
    expect(await grades()).toMatchObject([
      { status: "waiting", last_problem: `the platform does not offer the scope ${SCORE_SCOPE}` },
    ]);
  });

  test("that hangs slows no other", async () => {
    services.trouble("hang");
    const whos = Array.from({ length: 12 }, (_, index) => `slow-${index}`);
    for (const who of whos)
      await (await launch({ who })).keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    const stopping = new AbortController();
    const relaying = runDueGrades(gateway.context, stopping.signal);
    await until("the platform is asked", () => services.asked.token > 0, 20);
    await saveOnOtherPlatform();
    await until("the other's arrives", () => others.scores.length === 1, 5);
    stopping.abort();
    services.trouble(null);
    await relaying;
  });

  test("that has more waiting takes its turn behind one that has not been asked yet", async () => {
    const held = new Map<string, () => void>();
    services.beforeAnswer = ({ userId }) => new Promise((resolve) => held.set(userId, resolve));
    await saveOnPlatforms(SLOTS / SLOTS_OF_ONE + 1, (index) =>
      index === 0 ? SLOTS_OF_ONE + 1 : SLOTS_OF_ONE,
    );
    const stopping = new AbortController();
    const relaying = runDueGrades(gateway.context, stopping.signal);
    await until("every slot is taken", () => held.size === SLOTS, 20);
    const behind = `platform-${SLOTS / SLOTS_OF_ONE}`;
    expect([...held.keys()].filter((who) => who.startsWith(behind))).toEqual([]);
    held.get("platform-0 learner-0")?.();
    await until("the slot is taken again", () => held.size === SLOTS + 1, 20);
    expect([...held.keys()].at(-1)).toMatch(`${behind} learner-`);
    services.beforeAnswer = () => undefined;
    for (const letGo of held.values()) letGo();
    stopping.abort();
    await relaying;
  });
});

/** How many are sent side by side, and to one platform. */
const SLOTS = 64;
const SLOTS_OF_ONE = 4;

/** Of learners who are named after their platform, in the order in which these are looked at. */
async function saveOnPlatforms(platforms: number, gradesOf: (index: number) => number): Promise<void> {
  const ids: string[] = [];
  for (let index = 0; index < platforms; index++)
    ids.push(await registerServices(gateway, services, license, { name: `Campus ${index}` }));
  for (const [index, registration_id] of ids.sort().entries())
    for (let learner = 0; learner < gradesOf(index); learner++) {
      const who = `platform-${index} learner-${learner}`;
      const visit = await launchLinked(gateway, { registration_id, services }, license, { who });
      await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    }
}

async function saveOnOtherPlatform(): Promise<void> {
  const other = await gateway.payPerUse();
  const registered = await registerServices(gateway, others, other, { name: "Other" });
  const linked = { registration_id: registered, services: others };
  const visit = await launchLinked(gateway, linked, other);
  await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
}

describe("where the platform names no line item", () => {
  const unnamed = (wishes: LinkWishes = {}) =>
    launch({ line_item_url: null, line_items_url: services.line_items_url, ...wishes });

  test("it is made, once for all learners of the link", async () => {
    const visits = await Promise.all(["ana", "ben", "cleo"].map((who) => unnamed({ who })));
    for (const visit of visits) await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    await run();
    gateway.clock.advance({ seconds: 10 });
    await run();
    expect(services.lineItems).toMatchObject([
      {
        label: "Kitchen safety",
        scoreMaximum: 100,
        resourceLinkId: "link-1",
        resourceId: license.delivery_key,
      },
    ]);
    expect(services.scores).toHaveLength(3);
    expect(services.wrong).toEqual([]);
  });

  test("the one that is there is found", async () => {
    const url = `${services.origin}/context/1/lineitems/9?type=course`;
    services.lineItems.push({ id: url, label: "By hand", scoreMaximum: 10, resourceLinkId: "link-1" });
    await (await unnamed()).keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    await run();
    expect(services.scores[0]?.line_item).toBe("/context/1/lineitems/9?type=course");
    expect(services.lineItems).toHaveLength(1);
  });

  test("it is found with a new token where the one of before is not taken any more", async () => {
    await (await unnamed()).keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    await run();
    services.revokeTokens();
    const ben = await unnamed({ who: "ben", link: "link-2" });
    await ben.keep({ sequence: 1, rollup: rollup("completed", { score: 60 }) });
    await run();
    expect(given()).toEqual([50, 60]);
    expect((await grades()).map(({ tries }) => tries)).toEqual([1, 1]);
  });

  test("none is made beside one that is there and takes no scores of somebody", async () => {
    const url = `${services.origin}/context/1/lineitems/9?type=course`;
    services.lineItems.push({ id: url, label: "The link's", scoreMaximum: 10, resourceLinkId: "link-1" });
    const teacher = await unnamed({ who: "teacher", line_item_url: url });
    await teacher.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
    services.trouble({ status: 404 }, "scores");
    await run();
    services.trouble(null);
    expect(services.lineItems).toHaveLength(1);
    expect(await grades()).toMatchObject([{ status: "waiting", last_problem: "it answers with status 404" }]);
    await (await unnamed({ who: "ben" })).keep({ sequence: 1, rollup: rollup("completed", { score: 60 }) });
    await run();
    expect(services.scores.map(({ line_item }) => line_item)).toEqual(["/context/1/lineitems/9?type=course"]);
  });

  test("one that is gone is made again, once", async () => {
    const visit = await unnamed();
    await visit.keep({ sequence: 1, rollup: rollup("incomplete", { score: 50 }) });
    await run();
    services.lineItems.splice(0, 1, {
      id: `${services.origin}/context/1/lineitems/7?type=course`,
      label: "Another link's",
      scoreMaximum: 100,
      resourceLinkId: "link-7",
    });
    await visit.keep({ sequence: 2, rollup: rollup("completed", { score: 60 }) });
    await run();
    expect(services.scores.map(({ line_item }) => line_item)).toEqual([
      "/context/1/lineitems/1?type=course",
      "/context/1/lineitems/2?type=course",
    ]);
  });
});

test("what a killed sender held is sent again with the same time, and counts once", async () => {
  const visit = await launch();
  await visit.keep({ sequence: 1, rollup: rollup("incomplete", { score: 50 }) });
  // Taken by the gradebook, and then nothing could be noted of it.
  services.beforeAnswer = async () => {
    services.beforeAnswer = () => undefined;
    await gateway.context.db.query("update grade_target set claim = null, claimed_until = null");
  };
  await run();
  await visit.keep({ sequence: 2, rollup: rollup("completed", { score: 60 }) });
  gateway.clock.advance({ seconds: 5 });
  await run();
  expect(given()).toEqual([50, 60]);
  expect(services.asked.scores).toBe(3);
  expect((await grades()).map(({ status }) => status)).toEqual(["delivered", "delivered"]);
});

describe("support", () => {
  const path = (rest = "") => `/accounts/${license.account_id}/grade-targets${rest}`;
  const operator = () => api.as(TEST_OPERATOR_KEY);

  test("sees what waits and why, and what was told", async () => {
    const visit = await launch();
    await visit.keep({ sequence: 1, rollup: rollup("incomplete", { score: 40 }) });
    await run();
    services.trouble({ status: 422 }, "scores");
    gateway.clock.advance({ seconds: 30 });
    await visit.keep({ sequence: 2, rollup: rollup("completed", { score: 80 }) });
    await run();
    const troubled = (await operator().get(path("?troubled=true"))).body.items;
    expect(troubled).toMatchObject([
      {
        service: "ags",
        platform_name: "Campus",
        user_id: "ana",
        waiting: 1,
        given_up: 0,
        last_problem: "it answers with status 422",
        told: { activity_progress: "InProgress", score_given: 40, score_maximum: 100 },
      },
    ]);
    expect((await operator().get(path("?troubled=false"))).body.items).toEqual([]);
    const whole = (await operator().get(path(`/${troubled[0].id}`))).body;
    expect(whole.grades).toMatchObject([
      { status: "waiting", tries: 1, score_given: 80, completion: "completed" },
      { status: "delivered", tries: 1, score_given: 40, last_problem: null },
    ]);
  });

  test("has it tried again, what was given up too", async () => {
    const visit = await launch();
    await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 80 }) });
    services.trouble("cut");
    for (let days = 0; days <= 15; days++) {
      await run();
      gateway.clock.advance({ days: 1 });
    }
    const [target] = (await operator().get(path())).body.items;
    expect(target).toMatchObject({ waiting: 0, given_up: 1 });
    services.trouble(null);
    expect((await operator().post(path(`/${target.id}/retry`))).body).toMatchObject({
      waiting: 1,
      given_up: 0,
    });
    await run();
    expect(services.scores).toMatchObject([{ scoreGiven: 80, timestamp: "2026-01-05T09:00:00.000Z" }]);
  });
});

test("a relaunch that names the line item anew is heeded", async () => {
  const visit = await launch({ line_item_url: null });
  await visit.keep({ sequence: 1, rollup: rollup("completed", { score: 50 }) });
  await run();
  expect(given()).toEqual([]);
  await launch({ line_item_url: `${services.origin}/lineitems/new?type=course` });
  await pass(1.5);
  expect(services.scores.map(({ line_item }) => line_item)).toEqual(["/lineitems/new?type=course"]);
});
