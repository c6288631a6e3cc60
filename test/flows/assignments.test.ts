/** Subscription profiles assigned to learners, and what of it is billed (RULES §3.5). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { assignCourse, assignLearners } from "../../src/flows/assignments.ts";
import { changeCourse } from "../../src/flows/changeCourse.ts";
import { pauseLicense } from "../../src/flows/changeLicense.ts";
import { deactivateLearner } from "../../src/flows/learners.ts";
import { markTestIdentity } from "../../src/flows/testIdentities.ts";
import { viewLicense } from "../../src/flows/viewLicenses.ts";
import { pageOfAssignments } from "../../src/store/assignments.ts";
import { ALL_ROWS, BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let profile: TestLicense;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  gateway.clock.set("2026-01-01T00:00:00Z");
  profile = await gateway.sell("course_assignment");
  await setDays(180);
});
afterAll(() => gateway.close());

const setDays = (assignment_days: number | null, course_id = profile.course_id) =>
  changeCourse(gateway.context, BY, course_id, { assignment_days }, async () => undefined);
const named = (value: string) => ({ connection_id: null, value, name: "" });
const assign = (...values: string[]) => assignLearners(gateway.context, BY, profile, values.map(named));
const assignDirectly = (value: string, license = profile) =>
  assignCourse(gateway.context, BY, { ...license, learner: named(value) });
const comes = async (who: string, license = profile) => (await gateway.launch(license, { who })).code;
const billed = async () =>
  (await gateway.charges(profile)).map(({ made_at, rule, amount_minor }) => [
    made_at.toISOString().slice(0, 10),
    rule,
    amount_minor,
  ]);
const assignments = () => pageOfAssignments(gateway.context.db, profile.account_id, {}, ALL_ROWS);

test("never assigned: denied, and nothing is written but the denial", async () => {
  expect(await comes("ana")).toBe("not_assigned");
  expect(await gateway.seats(profile)).toEqual([]);
  expect(await assignments()).toEqual([]);
});

test("a 365-day subscription with a 180-day course bills the same course twice", async () => {
  await assign("ana");
  gateway.clock.set("2026-01-10T00:00:00Z");
  expect(await comes("ana")).toBeNull();
  expect(await comes("ana")).toBeNull();
  gateway.clock.set("2026-07-08T23:59:59Z");
  expect(await comes("ana")).toBeNull();
  gateway.clock.set("2026-08-15T00:00:00Z");
  expect(await comes("ana")).toBeNull();
  expect(await billed()).toEqual([
    ["2026-01-10", "at_once", 1000],
    ["2026-08-15", "at_once", 1000],
  ]);
  expect((await gateway.seats(profile)).map(({ ends_at }) => ends_at)).toEqual([
    new Date("2026-07-09T00:00Z"),
    new Date("2027-01-01T00:00Z"),
  ]);
  gateway.clock.set("2027-01-01T00:00:00Z");
  expect(await comes("ana")).toBe("subscription_ended");
});

test("each course that is started is billed for itself", async () => {
  await assign("ana");
  const second = await gateway.deliverCourse(profile, (await gateway.course()).course_id);
  expect(await comes("ana")).toBeNull();
  expect(await comes("ana", second)).toBeNull();
  expect(await billed()).toHaveLength(2);
});

test("by a setting, the first launch assigns: once, and never again after it ended", async () => {
  profile = await gateway.sell("course_assignment", { terms: { first_launch: "assign", duration_days: 30 } });
  expect(await comes("ana")).toBeNull();
  expect(await comes("ana")).toBeNull();
  expect(await assignments()).toMatchObject([{ ends_at: new Date("2026-01-31T00:00Z"), assigned_by: null }]);
  gateway.clock.set("2026-01-31T00:00:00Z");
  expect(await comes("ana")).toBe("subscription_ended");
  await assign("ana");
  expect(await comes("ana")).toBeNull();
  expect(await billed()).toHaveLength(2);
});

test("a learner who is named before their first launch is the one who then launches", async () => {
  const [made] = await assign("ana");
  const learner = (await gateway.launch(profile, { who: "ana" })).allowed().claims.learner_id;
  expect(learner).toBe(made?.assignment.learner_id);
});

test("who has it already keeps it as it is", async () => {
  const [first] = await assign("ana");
  gateway.clock.advance({ seconds: 60 });
  const again = await assign("ana", "ben");
  expect(again.map(({ made }) => made)).toEqual([false, true]);
  expect(again[0]?.assignment.id).toBe(first?.assignment.id);
});

test("all are assigned, or none", async () => {
  await expect(assign("ana", "guest")).rejects.toMatchObject({ code: "body_invalid" });
  expect(await assignments()).toEqual([]);
});

describe("a course assigned directly", () => {
  test("is billed when it is created, opened or not; launches while it runs are free", async () => {
    expect(await assignDirectly("ana")).toMatchObject({ made: true });
    expect(await billed()).toEqual([["2026-01-01", "assigned_directly", 1000]]);
    expect(await assignDirectly("ana")).toMatchObject({ made: false });
    expect(await comes("ana")).toBeNull();
    expect(await billed()).toHaveLength(1);
    gateway.clock.set("2026-06-30T00:00:00Z");
    expect(await comes("ana")).toBe("not_assigned");
  });

  test("ends with the learner's subscription at the latest", async () => {
    await assign("ana");
    gateway.clock.set("2026-12-01T00:00:00Z");
    await assignDirectly("ana");
    expect((await gateway.seats(profile)).at(-1)?.ends_at).toEqual(new Date("2027-01-01T00:00Z"));
  });

  test("a course without a duration of its own lasts as long as a subscription would", async () => {
    await setDays(null);
    await assignDirectly("ana");
    expect(await gateway.seats(profile)).toMatchObject([{ ends_at: new Date("2027-01-01T00:00Z") }]);
  });

  test("not to a deactivated learner, nor to a test identity", async () => {
    const [made] = await assign("ana");
    const learnerId = made?.assignment.learner_id ?? "";
    await deactivateLearner(gateway.context, BY, profile.account_id, learnerId, true);
    await expect(assignDirectly("ana")).rejects.toMatchObject({ code: "conflict" });
    const tess = { account_id: profile.account_id, connection_id: null, value: "tess" };
    await markTestIdentity(gateway.context, BY, tess);
    await expect(assignDirectly("tess")).rejects.toMatchObject({ code: "conflict" });
    expect(await billed()).toEqual([]);
  });

  test("only of the license's courses", async () => {
    const { account_id, license_id } = profile;
    const course_id = gateway.context.deps.newId();
    const learner = named("ana");
    await expect(
      assignCourse(gateway.context, BY, { account_id, license_id, course_id, learner }),
    ).rejects.toMatchObject({ code: "not_found" });
  });
});

test("paused, nothing is assigned; what runs goes on", async () => {
  await assign("ana");
  expect(await comes("ana")).toBeNull();
  await pauseLicense(gateway.context, BY, profile.account_id, profile.license_id, true);
  await expect(assign("ben")).rejects.toMatchObject({ code: "conflict" });
  await expect(assignDirectly("ben")).rejects.toMatchObject({ code: "conflict" });
  expect(await comes("ana")).toBeNull();
});

test("a license of another kind is not assigned", async () => {
  const seats = await gateway.sell("seats", { quantity: 1 });
  const work = assignLearners(gateway.context, BY, seats, [named("ana")]);
  await expect(work).rejects.toMatchObject({ code: "conflict" });
});

test("a profile warns where a course's duration is shorter than its own", async () => {
  const view = await viewLicense(gateway.context, profile.account_id, profile.license_id);
  expect(view.warnings).toEqual([
    {
      code: "course_shorter_than_profile",
      detail:
        "An assignment of Kitchen safety lasts 180 days, less than the profile: started again after that, it is billed again.",
    },
  ]);
  await setDays(365);
  expect((await viewLicense(gateway.context, profile.account_id, profile.license_id)).warnings).toEqual([]);
});
