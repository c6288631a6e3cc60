/** Reports through the API: who consumed what, lots and their use (RULES §3.4). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Response } from "supertest";
import type { CourseStructure } from "../../../src/core/course.ts";
import { deactivateLearner } from "../../../src/flows/learners.ts";
import { creditCharge } from "../../../src/flows/ledger/corrections.ts";
import { type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { type CsvRow, readCsv } from "../../support/csv.ts";
import { BY, TEST_OPERATOR_KEY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";

let gateway: TestGateway;
let api: ApiClient;
beforeAll(async () => {
  gateway = await testGateway();
  api = await apiClient(gateway.app());
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const ask = (license: Pick<TestLicense, "account_id">, path: string): Promise<Response> =>
  api.as(TEST_OPERATOR_KEY).get(`/accounts/${license.account_id}/reports/${path}`);

async function report(
  license: Pick<TestLicense, "account_id">,
  path: string,
  delimiter = ",",
): Promise<CsvRow[]> {
  const answer = await ask(license, path);
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
  return readCsv(answer.text, delimiter);
}

describe("consumption", () => {
  const consumption = (license: TestLicense, more = "") =>
    report(license, `consumption?license_id=${license.license_id}${more}`);

  test("a row for each person: who, what they opened first, and when", async () => {
    const license = await gateway.volume([10]);
    await gateway.launch(license, { who: "ana", name: "Berg, Anna Maria" });
    gateway.clock.advance({ hours: 1 });
    await gateway.launch(license, { who: "=cmd()", name: "Bob Stone" });
    await gateway.launch(license, { who: "ana", name: "Berg, Anna Maria" });
    const [, bob] = await gateway.seats(license);
    const rows = await consumption(license);
    expect(rows).toEqual([
      {
        "SCORM ID": "ana",
        "Internal learner ID": expect.any(String),
        "First name": "Anna Maria",
        "Last name": "Berg",
        "First lesson accessed": "Kitchen safety",
        Course: "Kitchen safety",
        "Date of first access (UTC)": "2026-01-05 09:00:00",
        "Other SCORM IDs": "",
      },
      {
        "SCORM ID": "'=cmd()",
        "Internal learner ID": bob?.learner_id,
        "First name": "Bob",
        "Last name": "Stone",
        "First lesson accessed": "Kitchen safety",
        Course: "Kitchen safety",
        "Date of first access (UTC)": "2026-01-05 10:00:00",
        "Other SCORM IDs": "",
      },
    ]);
  });

  test("of a course of several lessons, the one that the learner began with", async () => {
    const { course_id, version_id } = await gateway.course("Forklift");
    await giveLessons(version_id, ["Introduction", "Driving", "Test"]);
    const license = await gateway.volume([10], { course_id });
    const visit = await gateway.launch(license, { who: "ana" });
    await visit.keep({
      sequence: 1,
      changes: { $course: { first_item: "lesson-2", last_item: "lesson-3" } },
    });
    await gateway.launch(license, { who: "bob" });
    const rows = await consumption(license);
    expect(rows.map((row) => [row["SCORM ID"], row["First lesson accessed"], row["Course"]])).toEqual([
      ["ana", "Driving", "Forklift"],
      ["bob", "Introduction", "Forklift"],
    ]);
  });

  test("a merged learner is one row: the id of first access, the others beside it", async () => {
    const license = await gateway.volume([10]);
    await gateway.launch(license, { who: "old-7", name: "Berg, Anna" });
    const [seat] = await gateway.seats(license);
    for (const value of ["new-7", "mail@example.com"])
      await addIdentity(license, seat?.learner_id ?? "", value);
    const [row] = await consumption(license);
    expect(row).toMatchObject({ "SCORM ID": "old-7", "Other SCORM IDs": "new-7; mail@example.com" });
  });

  test("a seat that an older process opened has its first launch all the same", async () => {
    const license = await gateway.volume([10]);
    await gateway.launch(license, { who: "ana" });
    await gateway.context.db.query("update seat set first_launch_id = null");
    expect(await consumption(license)).toMatchObject([{ "SCORM ID": "ana", Course: "Kitchen safety" }]);
  });

  test("a period is from its first instant up to, but not including, its last", async () => {
    const license = await gateway.volume([10]);
    for (const who of ["ana", "bob", "cem"]) {
      await gateway.launch(license, { who });
      gateway.clock.advance({ days: 1 });
    }
    const rows = await consumption(license, "&from=2026-01-06T09:00:00Z&until=2026-01-07T09:00:00Z");
    expect(rows.map((row) => row["SCORM ID"])).toEqual(["bob"]);
  });

  test("released seats and test launches are nobody's consumption", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license, { who: "pending" });
    await gateway.launch(license, { who: "released" });
    await gateway.context.db.query(
      `update seat set status = 'released', released_at = starts_at where learner_id =
         (select learner_id from identity where value = 'released')`,
    );
    expect((await consumption(license)).map((row) => row["SCORM ID"])).toEqual(["pending"]);
  });

  test("thousands of rows, pending and confirmed ones mixed: each once, in order", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license, { who: "first" });
    await copySeats(license, 4500);
    const rows = await consumption(license);
    expect(rows).toHaveLength(4501);
    expect(new Set(rows.map((row) => row["Internal learner ID"])).size).toBe(4501);
    expect(rows.slice(1).map((row) => row["SCORM ID"])).toEqual(
      Array.from({ length: 4500 }, (_, index) => `copy-${index + 1}`),
    );
  });

  test("of no license here: not found, and no file", async () => {
    const license = await gateway.volume([1]);
    const other = await gateway.volume([1]);
    expectProblem(await ask(license, `consumption?license_id=${other.license_id}`), 404, "not_found");
  });

  test("is a file with a name and a day", async () => {
    const license = await gateway.volume([1]);
    const answer = await ask(license, `consumption?license_id=${license.license_id}`);
    expect(answer.headers["content-disposition"]).toMatch(
      /^attachment; filename="consumption-\w{4}-2026-01-05\.csv"/,
    );
    expect(answer.headers["cache-control"]).toBe("no-store");
  });
});

describe("lots", () => {
  test("each with its use; one that ran over is below zero, as a number", async () => {
    const license = await gateway.volume([2, 5]);
    for (const who of ["ana", "bob", "cem"]) await gateway.launch(license, { who });
    await gateway.context.db.query("update lot set overage = true, taken = 2262 where quantity = 2");
    const rows = await report(license, "lots");
    expect(rows).toMatchObject([
      {
        Purchased: "5",
        Used: "1",
        Remaining: "4",
        State: "running",
        "License kind": "Volume",
        For: "Kitchen safety",
      },
      { Purchased: "2", Used: "2262", Remaining: "-2260", "Starts (UTC)": "2026-01-05 09:00:00" },
    ]);
  });

  test("with a semicolon between the cells", async () => {
    const license = await gateway.volume([2]);
    expect(await report(license, "lots?separator=semicolon", ";")).toMatchObject([{ Purchased: "2" }]);
    expectProblem(await ask(license, "lots?separator=tab"), 400, "body_invalid");
  });
});

describe("the tally", () => {
  test("each seat with what it was charged and credited; pending ones have cost nothing", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license, { who: "pending" });
    for (const _launch of [1, 2]) await gateway.launch(license, { who: "charged", name: "Stone, Bob" });
    const [charge] = await gateway.charges(license);
    const credit = { account_id: license.account_id, charge_id: charge?.id ?? "", amount_minor: 120 };
    await creditCharge(gateway.context, BY, credit);
    const nothing = { "Charged at (UTC)": "", Rule: "", Charged: "", Credited: "", Net: "", Currency: "" };
    expect(await report(license, "tally")).toMatchObject([
      {
        "SCORM ID": "pending",
        Seat: "pending",
        "License kind": "Pay per use",
        For: "Kitchen safety",
        ...nothing,
      },
      {
        "SCORM ID": "charged",
        "Last name": "Stone",
        Seat: "confirmed",
        "Charged at (UTC)": "2026-01-05 09:00:00",
        Rule: "launches",
        Charged: "5",
        Credited: "-1.2",
        Net: "3.8",
        Currency: "EUR",
      },
    ]);
  });

  test("license by license; what is bought ahead has none", async () => {
    const one = await gateway.payPerUse();
    const other = await gateway.payPerUse({ account: one });
    const volume = await gateway.volume([5], { account: one });
    for (const license of [one, other, volume]) await gateway.launch(license, { who: "ana" });
    expect(await report(one, "tally")).toHaveLength(2);
    expect(await report(one, `tally?license_id=${other.license_id}`)).toHaveLength(1);
    expect(await report(one, `tally?license_id=${volume.license_id}`)).toEqual([]);
  });
});

test("order history: who bought what, when, at which price; below zero where it was taken back", async () => {
  const license = await gateway.volume([2, 5]);
  const rows = await report(license, "orders");
  expect(rows).toMatchObject([
    { Order: "2", Quantity: "5", "Unit price": "10", Amount: "50", Currency: "EUR", Reason: "purchase" },
    {
      Order: "1",
      Quantity: "2",
      "Ordered (UTC)": "2026-01-05 09:00:00",
      Amount: "20",
      For: "Kitchen safety",
    },
  ]);
  expect(await report(license, "orders?from=2026-01-06T00:00:00Z")).toEqual([]);
});

describe("annual plans (RULES §3.6)", () => {
  const planOf = (license: TestLicense, more = "") =>
    report(license, `plan?license_id=${license.license_id}${more}`);
  const usersOf = (license: TestLicense) => report(license, `plan-users?license_id=${license.license_id}`);

  test("mau: the full number in each of 13 months, each learner once in a month, nothing carried over", async () => {
    gateway.clock.set("2026-01-15T09:00:00Z");
    const license = await gateway.sell("mau", { quantity: 10 });
    for (const who of ["ana", "bob", "ana"]) await gateway.launch(license, { who });
    // 23:30 in UTC−8 on 29 February is in March: of 2026, on 28 February.
    gateway.clock.set("2026-03-01T07:30:00Z");
    await gateway.launch(license, { who: "ana" });
    const rows = await planOf(license);
    expect(rows).toHaveLength(13);
    expect(rows.map((row) => row["Used at its end"])).toEqual(["2", "0", "1", ...Array(10).fill("")]);
    expect(rows[0]).toMatchObject({
      "Month (UTC)": "2026-01",
      "From (UTC)": "2026-01-15 00:00:00",
      Purchased: "10",
      "Available at its end": "8",
    });
    expect(rows[12]).toMatchObject({
      "Month (UTC)": "2027-01",
      "Until, not included (UTC)": "2027-01-15 00:00:00",
    });
    expect(await usersOf(license)).toMatchObject([
      { "SCORM ID": "ana", Used: "2", Status: "active", "Last activity (UTC)": "2026-03-01 07:30:00" },
      { "SCORM ID": "bob", Used: "1", "First activity (UTC)": "2026-01-15 09:00:00" },
    ]);
  });

  test("mauc: a learner active in three months spends three credits; beyond the number it is below zero", async () => {
    const license = await gateway.sell("mauc", { quantity: 2 });
    for (const month of ["01-10", "02-10", "03-10"]) {
      gateway.clock.set(`2026-${month}T09:00:00Z`);
      await gateway.launch(license, { who: "ana" });
    }
    const rows = await planOf(license);
    expect(rows.slice(0, 4).map((row) => row["Available at its end"])).toEqual(["1", "0", "-1", ""]);
    expect(rows.slice(0, 3).map((row) => row["Taken in the month"])).toEqual(["1", "1", "1"]);
    expect(await usersOf(license)).toMatchObject([{ Used: "3" }]);
  });

  test("seats: one that a deactivation frees is taken in its month, freed in its own, and its learner stays listed", async () => {
    const license = await gateway.sell("seats", { quantity: 5 });
    for (const who of ["ana", "bob"]) await gateway.launch(license, { who });
    gateway.clock.set("2026-02-10T09:00:00Z");
    const [seat] = await gateway.seats(license);
    await deactivateLearner(gateway.context, BY, license.account_id, seat?.learner_id ?? "", true);
    gateway.clock.set("2026-03-10T09:00:00Z");
    const rows = await planOf(license);
    expect(rows.slice(0, 3)).toMatchObject([
      { "Taken in the month": "2", "Freed in the month": "0", "Used at its end": "2" },
      { "Taken in the month": "0", "Freed in the month": "1", "Used at its end": "1" },
      { "Used at its end": "1", "Available at its end": "4" },
    ]);
    expect(await usersOf(license)).toMatchObject([
      { "SCORM ID": "ana", Status: "deactivated", Used: "0" },
      { "SCORM ID": "bob", Status: "active", Used: "1" },
    ]);
  });

  test("a plan of another time can be asked for; what is no plan has none", async () => {
    const license = await gateway.sell("seats", { quantity: 5 });
    expect(await planOf(license, "&at=2026-06-01T00:00:00Z")).toHaveLength(13);
    const wrong = `plan?license_id=${license.license_id}&at=2030-01-01T00:00:00Z`;
    expectProblem(await ask(license, wrong), 404, "not_found");
    const volume = await gateway.volume([1], { account: license });
    expectProblem(await ask(license, `plan?license_id=${volume.license_id}`), 400, "body_invalid");
    expectProblem(await ask(license, `consumption?license_id=${license.license_id}`), 400, "body_invalid");
  });

  test("viewers see nothing of them: neither reports, nor lots, nor orders", async () => {
    const license = await gateway.sell("seats", { quantity: 5 });
    const { text } = await accountKey(gateway.context, license.account_id, "viewer");
    const as = (path: string) => api.as(text).get(`/accounts/${license.account_id}/reports/${path}`);
    for (const path of ["plan", "plan-users"])
      expectProblem(await as(`${path}?license_id=${license.license_id}`), 403, "forbidden");
    for (const path of ["lots", "orders"]) {
      expect(await report(license, path)).toHaveLength(1);
      expect(readCsv((await as(path)).text)).toEqual([]);
    }
  });
});

async function giveLessons(versionId: string, titles: readonly string[]): Promise<void> {
  const resource = { href: "index.html", type: "sco" } as const;
  const items: CourseStructure["items"] = titles.map((title, index) => ({
    id: `lesson-${index + 1}`,
    title,
    visible: true,
    resource,
    items: [],
  }));
  await gateway.context.db.query(
    "update course_version set structure = structure || jsonb_build_object('items', $2::jsonb) where id = $1",
    [versionId, JSON.stringify(items)],
  );
}

function addIdentity({ account_id, connection_id }: TestLicense, learnerId: string, value: string) {
  gateway.clock.advance({ hours: 1 });
  return gateway.context.db.query(
    `insert into identity (account_id, id, connection_id, namespace, value, value_hash, learner_id, first_seen_at)
     values ($1, $2, $3, 'scorm', $4, $4, $5, $6)`,
    [
      account_id,
      gateway.context.deps.newId(),
      connection_id,
      value,
      learnerId,
      gateway.context.deps.clock.now(),
    ],
  );
}

/** Learners like the one that is there; every third is confirmed. */
async function copySeats({ account_id, connection_id }: TestLicense, count: number): Promise<void> {
  const id = (part: string) => `('0f000000-0000-7000-8${part}-' || lpad(copy::text, 12, '0'))::uuid`;
  for (const insert of [
    `insert into learner (account_id, id, created_at) select $1, ${id("001")}, created_at
     from (select * from learner limit 1) one, generate_series(1, $2) copy where $3 = $3`,
    `insert into identity (account_id, id, connection_id, namespace, value, value_hash, learner_id, first_seen_at)
     select $1, ${id("002")}, $3, 'scorm', 'copy-' || copy, 'copy-' || copy, ${id("001")}, first_seen_at
     from (select * from identity limit 1) one, generate_series(1, $2) copy`,
    `insert into seat (account_id, id, license_id, learner_id, course_id, status, launches, counted_launch_at, starts_at,
       ends_at, confirmed_at)
     select $1, ${id("003")}, license_id, ${id("001")}, course_id,
       case when copy % 3 = 0 then 'confirmed' else 'pending' end, 1, counted_launch_at, starts_at, ends_at,
       case when copy % 3 = 0 then starts_at end
     from (select * from seat limit 1) one, generate_series(1, $2) copy where $3 = $3`,
  ])
    await gateway.context.db.query(insert, [account_id, count, connection_id]);
}
