/** Article S2: a license for a population. What the rule book sets aside: docs/decisions/articles.md. */
import { describe, expect, test } from "@jest/globals";
import type { CourseStructure } from "../../../src/core/course.ts";
import { runDueAlerts } from "../../../src/flows/dueAlerts.ts";
import { runDueOverages } from "../../../src/flows/overageReview.ts";
import { openMarket } from "../../support/market.ts";

const market = openMarket();
const { place, done } = market;

const CALENDAR_YEAR = { starts_at: "2026-01-01T00:00:00Z", ends_at: "2027-01-01T00:00:00Z" };

/** Everything, for so many people, in 2026 unless another period is agreed; with the doors to two courses. */
async function populationOf(quantity: number, period: object = CALENDAR_YEAR) {
  await market.price("population", 2000);
  const license = await market.buy({ kind: "population", quantity, ...period });
  const doors = [];
  for (const title of ["Preventing Workplace Harassment", "Code of Conduct"])
    doors.push(await market.deliver(license, await market.course(title)));
  const [door = "", other = ""] = doors;
  return { license, door, other };
}

const consumed = (license_id: string) => market.report(`consumption?license_id=${license_id}`);

describe("the dashboard", () => {
  test('S2:7 "Current License Period"', async () => {
    const { license } = await populationOf(100);
    expect(await market.list("lots", `license_id=${license}`)).toMatchObject([
      { starts_at: "2026-01-01T00:00:00.000Z", ends_at: "2027-01-01T00:00:00.000Z" },
    ]);
  });

  test('S2:8 "Days Remaining"', async () => {
    const { license } = await populationOf(100);
    expect(await market.now(license)).toMatchObject({ ends_at: "2027-01-01T00:00:00.000Z", days_left: 361 });
    market.gateway.clock.set("2026-12-31T00:00:00Z");
    expect(await market.now(license)).toMatchObject({ days_left: 1 });
    market.gateway.clock.set("2027-01-01T00:00:00Z");
    expect(await market.now(license)).toBeNull();
  });

  test('S2:9 "Purchased, Consumed, and Available licenses": bought (S2:12), used (S2:13), and the difference (S2:14)', async () => {
    const { license, door } = await populationOf(100);
    for (const who of ["ana", "ben", "cem"]) await market.launch(door, who);
    expect(await market.now(license)).toMatchObject({ purchased: 100, used: 3, available: 97, overage: 0 });
  });

  test('S2:12 "for the current period", S2:13 "used during the current period": the next one begins at nothing', async () => {
    const { license, door } = await populationOf(100);
    for (const who of ["ana", "ben"]) await market.launch(door, who);
    const next = { starts_at: "2027-01-01T00:00:00Z", ends_at: "2028-01-01T00:00:00Z" };
    await market.buy({ license_id: license, quantity: 50, ...next });
    expect(await market.now(license)).toMatchObject({ purchased: 100, used: 2 });
    market.gateway.clock.set("2027-01-01T00:00:00Z");
    expect(await market.now(license)).toMatchObject({ purchased: 50, used: 0, available: 50 });
    await market.launch(door, "ana");
    expect(await market.now(license)).toMatchObject({ purchased: 50, used: 1, available: 49 });
  });

  test('S2:10 "a detailed record of license usage"', async () => {
    const { license, door } = await populationOf(100);
    for (const who of ["ana", "ben"]) await market.launch(door, who);
    const seats = await market.list("seats", `license_id=${license}`);
    expect(seats.map(({ status }) => status)).toEqual(["confirmed", "confirmed"]);
  });
});

describe("consumed", () => {
  test('S2:17 "the moment a learner has interacted with a piece of content"', async () => {
    const { license, door } = await populationOf(100);
    expect(await market.usage(license)).toMatchObject({ used: 0 });
    await market.launch(door, "ana");
    expect(await market.usage(license)).toMatchObject({ used: 1 });
  });

  test('S2:18 "regardless of whether they completed that content or how long they spent on it"', async () => {
    const { license, door } = await populationOf(100);
    await market.stayOpen(await market.open(door, "ana"), 1);
    await market.stayOpen(await market.open(door, "ben"), 3600);
    expect(await market.usage(license)).toMatchObject({ used: 2 });
  });

  test('S2:19 "an unlimited number of content items within the license period"', async () => {
    const { license, door, other } = await populationOf(100);
    for (let month = 1; month <= 11; month++) {
      for (const item of [door, other]) expect(await market.launch(item, "ana")).toBe("allowed");
      market.gateway.clock.advance({ days: 30 });
    }
    expect(await market.usage(license)).toMatchObject({ used: 1 });
  });

  test('S2:19 "We do not charge per course or microlesson"', async () => {
    const { door, other } = await populationOf(100);
    for (const item of [door, other, door]) await market.launch(item, "ana");
    expect(await market.list("charges")).toEqual([]);
    market.gateway.clock.set("2026-02-01T00:00:00Z");
    expect(await market.close()).toMatchObject({ ordered_minor: 200_000, charged_minor: 0, due_minor: 0 });
  });

  test('S2:20 "Licenses can only be used once and may not be reassigned"', async () => {
    const { license, door } = await populationOf(2);
    await market.launch(door, "who leaves");
    const [learner] = await market.list("learners");
    await done(market.admin.post(place(`learners/${learner.id}/deactivate`)));
    expect(await market.usage(license)).toMatchObject({ used: 1, remaining: 1 });
    await market.launch(door, "who comes instead");
    expect(await market.usage(license)).toMatchObject({ used: 2, remaining: 0 });
  });
});

describe("overage", () => {
  /** So many more people, each with a seat like the first one's: to launch them all would take a minute. */
  async function alsoConsumed(count: number, after = 0): Promise<void> {
    const id = (part: string) => `('0f000000-0000-7000-8${part}-' || lpad(copy::text, 12, '0'))::uuid`;
    const one = (table: string) =>
      `(select * from ${table} limit 1) one, generate_series(${after + 1}, ${after + count}) copy`;
    const { db } = market.gateway.context;
    await db.query(`insert into learner (account_id, id, created_at)
      select account_id, ${id("001")}, created_at from ${one("learner")}`);
    await db.query(`insert into seat (account_id, id, license_id, learner_id, lot_id, status, launches, counted_launch_at,
        starts_at, ends_at, confirmed_at)
      select account_id, ${id("003")}, license_id, ${id("001")}, lot_id, status, launches, counted_launch_at, starts_at,
        ends_at, confirmed_at from ${one("seat")}`);
    await db.query("update lot set taken = taken + $1", [count]);
  }

  test('S2:23 "Purchased: 16,000", S2:24 "Consumed: 18,260", S2:25 "Available: -2,260 (Overage of 2,260 licenses)"', async () => {
    const { license, door } = await populationOf(16_000);
    expect(await market.launch(door, "the first")).toBe("allowed");
    await alsoConsumed(15_998);
    expect(await market.launch(door, "the last that was bought")).toBe("allowed");
    expect(await market.now(license)).toMatchObject({ purchased: 16_000, used: 16_000, available: 0 });
    await alsoConsumed(2259, 15_999);
    expect(await market.launch(door, "one more")).toBe("allowed");
    expect(await market.now(license)).toMatchObject({
      purchased: 16_000,
      used: 18_260,
      available: -2260,
      overage: 2260,
    });
    expect((await done(market.vendor.get("/lots/miscounted"))).items).toEqual([]);
  });

  test('S2:15 "consumed licenses exceed the purchased amount, resulting in a negative availability", S2:22 "a negative available value": nobody is denied', async () => {
    const { license, door } = await populationOf(2);
    for (const [who, available] of [
      ["ana", 1],
      ["ben", 0],
      ["cem", -1],
      ["dee", -2],
    ] as const) {
      expect(await market.launch(door, who)).toBe("allowed");
      const overage = Math.max(0, -available);
      expect(await market.now(license)).toMatchObject({ purchased: 2, available, overage });
    }
  });

  test('S2:22 "indicated by a red alert": an alert of its own, once', async () => {
    const { license, door } = await populationOf(1);
    const overages = async () => {
      await runDueAlerts(market.gateway.context);
      return (await market.list("alerts")).filter(({ type }) => type === "license.overage");
    };
    await market.launch(door, "ana");
    expect(await overages()).toEqual([]);
    await market.launch(door, "ben");
    expect(await overages()).toMatchObject([{ license_id: license }]);
    await market.launch(door, "cem");
    expect(await overages()).toHaveLength(1);
  });

  /** One was bought, three are consumed; each beyond what was bought costs 25.00 EUR. Announced on 20 January. */
  async function announced() {
    const { license, door } = await populationOf(1);
    await market.price("population", 2500, { covers: "overage" });
    for (const who of ["ana", "ben", "cem"]) await market.launch(door, who);
    market.gateway.clock.set("2026-01-20T00:00:00Z");
    const announce = () => market.vendor.post(place("overage-reviews"), { license_id: license });
    const review = await done(announce());
    return { license, door, review, announce };
  }
  const chargeDue = () => runDueOverages(market.gateway.context);
  const charged = async () => (await market.list("charges")).map(({ amount_minor }) => amount_minor);

  test('S2:26 "Overages are periodically billed by our accounts team"', async () => {
    const { review } = await announced();
    expect(review).toMatchObject({ purchased: 1, consumed: 3, chargeable: 2 });
    market.gateway.clock.set("2026-02-03T00:00:00Z");
    await chargeDue();
    market.gateway.clock.set("2026-03-01T00:00:00Z");
    const { id } = await market.close();
    const { items } = await done(market.admin.get(place(`statements/${id}/lines`)));
    expect(items).toMatchObject([{ type: "charge", reason: "overage", amount_minor: 5000 }]);
  });

  test('S2:26 "if you know that you will need more licenses": what is bought meanwhile is no overage', async () => {
    const { license } = await announced();
    await market.buy({ license_id: license, quantity: 2 });
    expect(await market.now(license)).toMatchObject({ purchased: 3, available: 0, overage: 0 });
    market.gateway.clock.set("2026-02-03T00:00:00Z");
    await chargeDue();
    expect(await charged()).toEqual([]);
  });

  test('S2:50 "check for potential duplicate usage, especially in the case of overages": disputed lines wait', async () => {
    const { license, review } = await announced();
    const [seat] = await market.list("seats", `license_id=${license}`);
    const dispute = { seat_ids: [seat.id], reason: "Ana is Ben, under another id." };
    await done(market.admin.post(place(`overage-reviews/${review.id}/disputes`), dispute));
    market.gateway.clock.set("2026-02-03T00:00:00Z");
    await chargeDue();
    expect(await charged()).toEqual([2500]);
  });

  test('S2:53 "If we do not hear any concerns about your license consumption, you will be invoiced for the full overage amount"', async () => {
    const { review } = await announced();
    expect(review.disputable_until).toBe("2026-02-03T00:00:00.000Z");
    market.gateway.clock.set("2026-02-02T23:59:59Z");
    await chargeDue();
    expect(await charged()).toEqual([]);
    market.gateway.clock.set("2026-02-03T00:00:00Z");
    await chargeDue();
    await chargeDue();
    expect(await charged()).toEqual([5000]);
  });

  test('S2:55 "What happens if we continue exceeding our licenses? Overages may result in additional charges"', async () => {
    const { door, announce } = await announced();
    market.gateway.clock.set("2026-02-03T00:00:00Z");
    await chargeDue();
    for (const who of ["dee", "eve", "fay"]) await market.launch(door, who);
    await done(announce());
    market.gateway.clock.set("2026-02-17T00:00:00Z");
    await chargeDue();
    expect(await charged()).toEqual([5000, 7500]);
  });
});

describe("the report", () => {
  test('S2:28 "When you download the CSV": S2:30 to S2:38, each column', async () => {
    const { license, door } = await populationOf(100);
    await market.launch(door, "tb-17", { name: "Brown, Tim" });
    await market.launch(door, "8842", { name: " " });
    const [tim, unnamed] = await market.list("learners");
    expect(await consumed(license)).toEqual([
      {
        "SCORM ID": "tb-17",
        "Internal learner ID": tim.id,
        "First name": "Tim",
        "Last name": "Brown",
        "First lesson accessed": "Preventing Workplace Harassment",
        Course: "Preventing Workplace Harassment",
        "Date of first access (UTC)": "2026-01-05 09:00:00",
        "Other SCORM IDs": "",
      },
      expect.objectContaining({
        "SCORM ID": "8842",
        "Internal learner ID": unnamed.id,
        "First name": "",
        "Last name": "",
      }),
    ]);
  });

  test('S2:39 "John Smith’s first lesson was What is Respect (from our Preventing Workplace Harassment course), accessed on July 1, 2024"', async () => {
    market.gateway.clock.set("2024-06-01T00:00:00Z");
    const period = { starts_at: "2024-06-01T00:00:00Z", ends_at: "2025-06-01T00:00:00Z" };
    const { license, door, other } = await populationOf(100, period);
    await giveLessons("Preventing Workplace Harassment", ["What is Respect", "Speaking up"]);
    market.gateway.clock.set("2024-07-01T13:30:00Z");
    await market.launch(door, "jsmith", { name: "Smith, John" });
    expect(await consumed(license)).toMatchObject([
      {
        "First name": "John",
        "Last name": "Smith",
        "First lesson accessed": "What is Respect",
        Course: "Preventing Workplace Harassment",
        "Date of first access (UTC)": "2024-07-01 13:30:00",
      },
    ]);
    const [row] = await consumed(license);
    // "If John Smith accesses additional courses …, it will not impact the organization's license usage further."
    market.gateway.clock.set("2024-11-20T08:00:00Z");
    await market.launch(other, "jsmith", { name: "Smith, John" });
    expect(await consumed(license)).toEqual([row]);
    expect(await market.usage(license)).toMatchObject({ used: 1 });
  });

  test('S2:57 "Can we download a list of consumed licenses? Yes"', async () => {
    const { license } = await populationOf(100);
    const answer = await market.admin.get(place(`reports/consumption?license_id=${license}`));
    expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(answer.headers["content-disposition"]).toMatch(/^attachment; filename="consumption-.*\.csv"/);
  });

  async function giveLessons(course: string, titles: readonly string[]): Promise<void> {
    const resource = { href: "index.html", type: "sco" } as const;
    const items: CourseStructure["items"] = titles.map((title, index) => ({
      id: `lesson-${index + 1}`,
      title,
      visible: true,
      resource,
      items: [],
    }));
    await market.gateway.context.db.query(
      `update course_version set structure = structure || jsonb_build_object('items', $2::jsonb)
       where course_id = (select id from course where title = $1)`,
      [course, JSON.stringify(items)],
    );
  }
});

describe("duplicates", () => {
  const ids = async (license_id: string) => (await consumed(license_id)).map((row) => row["SCORM ID"]);

  test('S2:44 "Each LMS sent a different set of SCORM IDs for the same learners": each is counted', async () => {
    const { license, door } = await populationOf(100);
    await market.launch(door, "jsmith", { name: "Smith, John", origin: "https://old.example.com" });
    market.gateway.clock.advance({ days: 90 });
    await market.launch(door, "7f3a-22", { name: "Smith, John", origin: "https://new.example.com" });
    expect(await ids(license)).toEqual(["jsmith", "7f3a-22"]);
    expect(await market.usage(license)).toMatchObject({ used: 2 });
  });

  test('S2:47 "The LMS sent SCORM IDs based on the old configuration and then sent new SCORM IDs": each is counted', async () => {
    const { license, door } = await populationOf(100);
    await market.launch(door, "John Smith", { name: "Smith, John" });
    market.gateway.clock.advance({ days: 90 });
    await market.launch(door, "10017", { name: "Smith, John" });
    expect(await ids(license)).toEqual(["John Smith", "10017"]);
  });

  test('S2:51 "two unique individuals named Tim Brown who trained during this license period": two licenses', async () => {
    const { license, door } = await populationOf(100);
    await market.launch(door, "tb-1", { name: "Brown, Tim" });
    await market.launch(door, "tb-2", { name: "Brown, Tim" });
    expect(await market.usage(license)).toMatchObject({ used: 2 });
    const rows = await consumed(license);
    expect(new Set(rows.map((row) => row["Internal learner ID"])).size).toBe(2);
  });
});
