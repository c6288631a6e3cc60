/** Article S3: course assignments under subscription profiles. What the rule book sets aside: docs/decisions/articles.md. */
import { beforeEach, describe, expect, test } from "@jest/globals";
import { openMarket } from "../../support/market.ts";

const market = openMarket();
const { place, done } = market;

beforeEach(() => market.gateway.clock.set("2026-01-01T00:00:00Z"));

/** A profile for a bundle of two courses, whose assignments last so many days and cost 15.00 EUR. */
async function profileOf(duration_days: number, assignment_days: number | null) {
  const courses = [await market.course("Networks"), await market.course("Databases")];
  for (const course of courses) await done(market.vendor.patch(`/courses/${course}`, { assignment_days }));
  const bundle_id = await market.bundle(courses, { name: "Engineers" });
  await market.price("course_assignment", 1500);
  const wanted = { kind: "course_assignment", bundle_id, terms: { duration_days } };
  const { id: license, warnings } = await done(market.vendor.post(place("licenses"), wanted));
  const doors = [];
  for (const course of courses) doors.push(await market.deliver(license, course));
  const [door = "", other = ""] = doors;
  return { license: license as string, warnings, courses, door, other };
}

const assign = (license_id: string, ...values: string[]) =>
  done(
    market.vendor.post(place("assignments"), { license_id, learners: values.map((value) => ({ value })) }),
  );

const assignDirectly = (license_id: string, course_id: string | undefined, value: string) =>
  done(market.vendor.post(place("course-assignments"), { license_id, course_id, learner: { value } }));

/** The day and the amount of each. */
const billed = async () =>
  (await market.list("charges")).map(({ made_at, amount_minor }) => [made_at.slice(0, 10), amount_minor]);

describe("subscription billing", () => {
  test('S3:1 "billed based on subscribers starting a Course": being a subscriber costs nothing', async () => {
    const { license, door, other } = await profileOf(365, 180);
    await assign(license, "ana", "ben");
    expect(await billed()).toEqual([]);
    await market.launch(door, "ana");
    expect(await billed()).toEqual([["2026-01-01", 1500]]);
    await market.launch(other, "ana");
    await market.launch(door, "ben");
    expect(await billed()).toHaveLength(3);
  });

  test('S3:3 "Each time a subscriber starts a course, a course assignment is created, this is the billable event"', async () => {
    const { license, courses, door } = await profileOf(365, 180);
    await assign(license, "ana");
    await market.launch(door, "ana");
    const [assignment] = await market.list("seats", `license_id=${license}`);
    expect(assignment).toMatchObject({
      course_id: courses[0],
      starts_at: "2026-01-01T00:00:00.000Z",
      ends_at: "2026-06-30T00:00:00.000Z",
    });
    expect(await market.list("charges")).toMatchObject([{ seat_id: assignment.id, amount_minor: 1500 }]);
    await market.launch(door, "ana");
    expect(await billed()).toHaveLength(1);
  });

  test('S3:3 "it does not matter if they launch any Activities": billed at once, though nothing in it is opened', async () => {
    const { license, door } = await profileOf(365, 180);
    await assign(license, "ana");
    await market.open(door, "ana");
    expect(await market.list("charges")).toMatchObject([{ rule: "at_once", open_seconds: null }]);
  });

  test('S3:3 "Each course assignment is invoiced for the month when it is created"', async () => {
    const { license, door, other } = await profileOf(365, 180);
    await assign(license, "ana");
    market.gateway.clock.set("2026-01-31T23:59:59.999Z");
    await market.launch(door, "ana");
    market.gateway.clock.set("2026-02-01T00:00:00Z");
    await market.launch(other, "ana");
    expect(await market.close()).toMatchObject({
      period_starts_at: "2026-01-01T00:00:00.000Z",
      lines: 1,
      charged_minor: 1500,
    });
    market.gateway.clock.set("2026-03-01T00:00:00Z");
    expect(await market.close()).toMatchObject({
      period_starts_at: "2026-02-01T00:00:00.000Z",
      lines: 1,
      charged_minor: 1500,
    });
  });

  test('S3:4 "be aware of the length the course assignment": a profile says which courses are shorter than it', async () => {
    expect((await profileOf(365, 180)).warnings).toMatchObject([
      { code: "course_shorter_than_profile", detail: expect.stringContaining("180 days") },
      { code: "course_shorter_than_profile" },
    ]);
    expect((await profileOf(180, 180)).warnings).toEqual([]);
  });

  test('S3:4 "how long they have access to take the courses in the subscription"', async () => {
    const { license, door, other } = await profileOf(180, null);
    await assign(license, "ana");
    market.gateway.clock.set("2026-06-29T23:59:59Z");
    expect(await market.launch(door, "ana")).toBe("allowed");
    market.gateway.clock.set("2026-06-30T00:00:00Z");
    expect(await market.launch(door, "ana")).toBe("subscription_ended");
    expect(await market.launch(other, "ana")).toBe("subscription_ended");
  });

  test('S3:4 "available 180 days and your subscription duration is 180 days, then you will only be billed one time for each course"', async () => {
    const { license, door, other } = await profileOf(180, 180);
    await assign(license, "ana");
    for (const course of [door, other]) await market.launch(course, "ana");
    for (const day of ["2026-03-01", "2026-06-01", "2026-06-29", "2026-06-30", "2026-12-01"]) {
      market.gateway.clock.set(`${day}T12:00:00Z`);
      for (const course of [door, other]) await market.launch(course, "ana");
    }
    expect(await billed()).toEqual([
      ["2026-01-01", 1500],
      ["2026-01-01", 1500],
    ]);
  });

  test('S3:4 "subscription length is one year with courses are available for 180 days": "in month 8 … you would be billed a second time"', async () => {
    const { license, door } = await profileOf(365, 180);
    await assign(license, "ana");
    market.gateway.clock.set("2026-01-20T10:00:00Z");
    await market.launch(door, "ana");
    // "it expires after 6 months": until then launches are free.
    market.gateway.clock.set("2026-07-19T09:59:59Z");
    expect(await market.launch(door, "ana")).toBe("allowed");
    expect(await billed()).toEqual([["2026-01-20", 1500]]);
    market.gateway.clock.set("2026-08-10T10:00:00Z");
    expect(await market.launch(door, "ana")).toBe("allowed");
    expect(await billed()).toEqual([
      ["2026-01-20", 1500],
      ["2026-08-10", 1500],
    ]);
  });
});

describe("course assignments", () => {
  test('S3:6 "A course is assigned to a student giving immediate access to the student"', async () => {
    const { license, courses, door, other } = await profileOf(365, 180);
    expect(await market.launch(door, "ana")).toBe("not_assigned");
    await assignDirectly(license, courses[0], "ana");
    expect(await market.launch(door, "ana")).toBe("allowed");
    expect(await market.launch(other, "ana")).toBe("not_assigned");
  });

  test('S3:6 "accessed at any time for the duration of the assignment"', async () => {
    const { license, courses, door } = await profileOf(365, 180);
    await assignDirectly(license, courses[0], "ana");
    for (const day of ["2026-01-01T00:00:00", "2026-03-15T03:00:00", "2026-06-29T23:59:59"]) {
      market.gateway.clock.set(`${day}Z`);
      expect(await market.launch(door, "ana")).toBe("allowed");
    }
    market.gateway.clock.set("2026-06-30T00:00:00Z");
    expect(await market.launch(door, "ana")).toBe("not_assigned");
  });

  test('S3:6 "The assignment duration begins and is billed when it is created"', async () => {
    const { license, courses, door } = await profileOf(365, 180);
    market.gateway.clock.set("2026-01-10T15:00:00Z");
    const { seat } = await assignDirectly(license, courses[0], "ana");
    expect(seat).toMatchObject({
      starts_at: "2026-01-10T15:00:00.000Z",
      ends_at: "2026-07-09T15:00:00.000Z",
    });
    expect(await billed()).toEqual([["2026-01-10", 1500]]);
    market.gateway.clock.set("2026-02-20T15:00:00Z");
    await market.launch(door, "ana");
    expect(await billed()).toHaveLength(1);
  });
});

describe("subscriptions", () => {
  test('S3:7 "an assignment to an individual for access to a set of courses for a set amount of time"', async () => {
    const { license, door, other } = await profileOf(30, null);
    expect((await assign(license, "ana")).items).toMatchObject([
      {
        made: true,
        assignment: { starts_at: "2026-01-01T00:00:00.000Z", ends_at: "2026-01-31T00:00:00.000Z" },
      },
    ]);
    for (const course of [door, other]) expect(await market.launch(course, "ana")).toBe("allowed");
    expect(await market.launch(door, "ben")).toBe("not_assigned");
  });

  test('S3:7 "Students can choose which courses to access from the subscription, which then open as a course assignment"', async () => {
    const { license, courses, other } = await profileOf(365, 180);
    await assign(license, "ana");
    expect(await market.list("seats", `license_id=${license}`)).toEqual([]);
    await market.launch(other, "ana");
    expect(await market.list("seats", `license_id=${license}`)).toMatchObject([{ course_id: courses[1] }]);
  });

  test('S3:7 "they can access the courses at any time for the duration of the subscription"', async () => {
    const { license, door } = await profileOf(365, 180);
    await assign(license, "ana");
    for (const day of ["2026-02-01", "2026-07-01", "2026-09-01", "2026-12-31"]) {
      market.gateway.clock.set(`${day}T12:00:00Z`);
      expect(await market.launch(door, "ana")).toBe("allowed");
    }
    const ends = (await market.list("seats", `license_id=${license}`)).map(({ ends_at }) => ends_at);
    // Each for 180 days, and none beyond the subscription.
    expect(ends).toEqual(["2026-07-31T12:00:00.000Z", "2027-01-01T00:00:00.000Z"]);
    market.gateway.clock.set("2027-01-01T00:00:00Z");
    expect(await market.launch(door, "ana")).toBe("subscription_ended");
  });

  test('S3:12 "The profile sets the template for each subscription assigned to a student"', async () => {
    const { license } = await profileOf(100, null);
    await assign(license, "ana");
    market.gateway.clock.set("2026-02-01T00:00:00Z");
    await assign(license, "ben");
    await done(market.vendor.patch(place(`licenses/${license}`), { terms: { duration_days: 10 } }));
    await assign(license, "cem");
    const ends = (await market.list("assignments")).map(({ ends_at }) => ends_at.slice(0, 10));
    expect(ends).toEqual(["2026-04-11", "2026-05-12", "2026-02-11"]);
  });
});
