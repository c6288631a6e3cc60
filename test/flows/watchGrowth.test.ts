/** How deliveries grow, looked at afterwards: what is counted, when an alarm is raised, and how often. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { acknowledge } from "../../src/flows/alarms.ts";
import { ltiArrival } from "../../src/flows/lti/ltiArrival.ts";
import { openLaunch } from "../../src/flows/openLaunch.ts";
import { watchGrowth } from "../../src/flows/watchGrowth.ts";
import { type Alarm, pageOfAlarms } from "../../src/store/growth.ts";
import { BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { ltiMessage } from "../support/lti/messages.ts";

let gateway: TestGateway;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway({
    settings: { ALARM_NEW_LEARNERS: "5", ALARM_GROWTH_FACTOR: "2", ALARM_ORIGINS: "2" },
  });
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
});
afterAll(() => gateway.close());

let learners = 0;

/** A day on which new learners come, and the look at its end. */
async function day(newLearners: number, origin = "https://lms.example.com"): Promise<void> {
  for (let index = 0; index < newLearners; index++)
    await gateway.launch(license, { who: `learner${learners++}`, origin });
  gateway.clock.advance({ hours: 12 });
  await watchGrowth(gateway.context);
  gateway.clock.advance({ hours: 12 });
}

const alarms = (filter = {}): Promise<Alarm[]> =>
  pageOfAlarms(gateway.context.db, license.account_id, filter, { after: null, most: 50 });

const days = () =>
  gateway.context.db.query("select launches, new_identities, new_shapes from delivery_day order by day");

describe("what launches wrote anyway is counted", () => {
  test("once, however often and by however many processes it is looked at", async () => {
    await gateway.launch(license, { who: "1001" });
    await gateway.launch(license, { who: "1001" });
    await gateway.launch(license, { who: "ana@example.com" });
    gateway.clock.advance({ seconds: 61 });
    const processes = [gateway.context, gateway.secondProcess(), gateway.secondProcess()];
    await Promise.all(processes.map(watchGrowth));
    await watchGrowth(gateway.context);
    expect(await days()).toEqual([{ launches: 3, new_identities: 2, new_shapes: { number: 1, email: 1 } }]);
    await gateway.launch(license, { who: "1002" });
    gateway.clock.advance({ seconds: 61 });
    await watchGrowth(gateway.context);
    expect(await days()).toEqual([{ launches: 4, new_identities: 3, new_shapes: { number: 2, email: 1 } }]);
  });

  test("not before it has settled, and then all of it", async () => {
    await gateway.launch(license, { who: "1001" });
    gateway.clock.advance({ seconds: 60 });
    await watchGrowth(gateway.context);
    expect(await days()).toEqual([]);
    gateway.clock.advance({ seconds: 1 });
    await watchGrowth(gateway.context);
    expect(await days()).toMatchObject([{ launches: 1 }]);
  });

  test("and an origin that a browser made up is remembered up to a number of them", async () => {
    await gateway.context.db.query(
      `insert into launch (account_id, id, delivery_id, license_id, course_id, nonce, lms_origin, outcome, code, reference, opened_at, last_seen_at)
       select $1, gen_random_uuid(), $2, license_id, course_id, 'nonce', 'https://' || number || '.example.com', 'denied', 'origin_refused', '', $3, $3
       from delivery, generate_series(1, 300) as number where id = $2`,
      [license.account_id, license.delivery_id, gateway.clock.now()],
    );
    gateway.clock.advance({ seconds: 61 });
    await watchGrowth(gateway.context);
    expect(await gateway.context.db.query("select count(*) from delivery_origin")).toEqual([{ count: 200 }]);
  });
});

describe("an alarm", () => {
  test("is raised of no LTI link: a signature says whose its launches are", async () => {
    const link = await gateway.deliverAgain(license, "lti");
    for (let index = 0; index < 8; index++) await day(1);
    for (let number = 0; number < 30; number++) {
      const message = ltiMessage(link, {
        person: { id: `new${number}` },
        platform_origin: `https://lms-${number}.example.com`,
      });
      await openLaunch(gateway.context, ltiArrival(message));
    }
    await day(1);
    expect(await alarms()).toEqual([]);
  });

  test("is raised where far more learners come than ever did, once, with its numbers, and logged", async () => {
    for (let index = 0; index < 8; index++) await day(2);
    expect(await alarms()).toEqual([]);
    await day(6);
    expect(await alarms()).toMatchObject([
      {
        type: "learners_surge",
        delivery_id: license.delivery_id,
        evidence: { new_learners_today: 6, busiest_day_before: 2, size: 6 },
        acknowledged_at: null,
      },
    ]);
    await watchGrowth(gateway.context);
    expect(await alarms()).toHaveLength(1);
    expect(gateway.logged.filter(({ message }) => message === "A delivery grows oddly")).toHaveLength(1);
  });

  test("keeps up with what it is about while nobody has looked", async () => {
    for (const host of ["a", "b", "c"]) await day(1, `https://${host}.example.com`);
    expect(await alarms()).toMatchObject([{ type: "many_origins", evidence: { origins: 3, size: 3 } }]);
    const raised = (await alarms())[0]?.raised_at;
    await day(1, "https://d.example.com");
    expect(await alarms()).toMatchObject([{ raised_at: raised, evidence: { origins: 4, size: 4 } }]);
  });

  test("that somebody has looked at is raised again when it has grown by half, and not before", async () => {
    for (const host of ["a", "b", "c"]) await day(1, `https://${host}.example.com`);
    const [alarm] = await alarms();
    await acknowledge(gateway.context, BY, license.account_id, alarm?.id ?? "");
    await day(1, "https://d.example.com");
    expect(await alarms({ open: true })).toEqual([]);
    await day(1, "https://e.example.com");
    expect(await alarms({ open: true })).toMatchObject([{ evidence: { size: 5 } }]);
    expect(await alarms()).toHaveLength(2);
  });

  test("of another account is not there to be acknowledged", async () => {
    for (const host of ["a", "b", "c"]) await day(1, `https://${host}.example.com`);
    const [alarm] = await alarms();
    const other = await gateway.payPerUse();
    await expect(acknowledge(gateway.context, BY, other.account_id, alarm?.id ?? "")).rejects.toMatchObject({
      code: "not_found",
    });
    expect((await alarms())[0]?.acknowledged_at).toBeNull();
  });
});
