/** The important rules stand twice: here in the database, whatever the code above it does (DESIGN §9.8). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { codeOf } from "../../src/store/db.ts";
import type { TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

/** SQLSTATE. */
const REFUSED = {
  exclusion: "23P01",
  unique: "23505",
  check: "23514",
  foreignKey: "23503",
  appendOnly: "23001",
};

/** The SQLSTATE that a statement was refused with; "" where it was not. */
async function refusalOf(statement: string): Promise<string> {
  try {
    await gateway.context.db.query(statement);
    return "";
  } catch (error) {
    return codeOf(error);
  }
}

const ANOTHER_SEAT = `insert into seat (account_id, id, license_id, learner_id, course_id, status, launches,
    counted_launch_at, starts_at, ends_at, confirmed_at)
  select account_id, '00000000-0000-7000-8000-000000000001', license_id, learner_id, course_id, 'confirmed', 1,
    counted_launch_at, $starts, $ends, starts_at from seat`;
const anotherSeat = (starts: string, ends: string) =>
  ANOTHER_SEAT.replace("$starts", starts).replace("$ends", ends);

const ANOTHER_CHARGE = `insert into charge (account_id, id, license_id, seat_id, reason, rule, amount_minor, currency,
    corrects_charge_id, made_at)
  select account_id, '00000000-0000-7000-8000-000000000001', license_id, seat_id, reason, rule, -amount_minor, currency,
    $corrects, made_at from charge`;

describe("a bought license", () => {
  beforeEach(async () => {
    license = await gateway.volume([1]);
    await gateway.launch(license);
  });

  test("is never oversold", async () => {
    expect(await refusalOf("update lot set taken = taken + 1")).toBe(REFUSED.check);
    expect(await refusalOf("update lot set quantity = 0")).toBe(REFUSED.check);
    expect(await refusalOf("update lot set taken = 0, quantity = -1")).toBe(REFUSED.check);
    expect(await refusalOf("update lot set taken = -1")).toBe(REFUSED.check);
  });

  test("may be overdrawn where its kind bills overage", async () => {
    expect(await refusalOf("update lot set overage = true, taken = 5")).toBe("");
  });

  test("has no second seat for a learner at any moment of the first", async () => {
    for (const [starts, ends] of [
      ["starts_at", "ends_at"],
      ["ends_at - interval '1 ms'", "ends_at + interval '1 year'"],
      ["starts_at - interval '1 year'", "starts_at + interval '1 ms'"],
      ["starts_at", "null"],
    ] as const)
      expect([starts, await refusalOf(anotherSeat(starts, ends))]).toEqual([starts, REFUSED.exclusion]);
  });

  test("may have one from the very end of the first", async () => {
    expect(await refusalOf(anotherSeat("ends_at", "ends_at + interval '1 year'"))).toBe("");
  });

  test("may have one instead of one that was released", async () => {
    await gateway.context.db.query("update seat set status = 'released', released_at = starts_at");
    expect(await refusalOf(anotherSeat("starts_at", "ends_at"))).toBe("");
  });

  test("has seats that are released, never deleted", async () => {
    expect(await refusalOf("delete from seat")).toBe(REFUSED.appendOnly);
    expect(await refusalOf("truncate seat cascade")).toBe(REFUSED.appendOnly);
  });

  test("has no seat that ends before it starts, or whose state contradicts itself", async () => {
    for (const change of [
      "confirmed_at = null",
      "status = 'pending'",
      "released_at = starts_at",
      "status = 'released'",
      "status = 'held'",
      "launches = -1",
    ])
      expect([change, await refusalOf(`update seat set ${change}`)]).toEqual([change, REFUSED.check]);
    await gateway.context.db.query("update seat set status = 'released', released_at = starts_at");
    expect(await refusalOf(anotherSeat("starts_at", "starts_at"))).toBe(REFUSED.check);
  });

  test("has seats that stay the same learner's, for the same thing and time", async () => {
    for (const change of [
      "learner_id = id",
      "license_id = id",
      "course_id = null",
      "starts_at = starts_at - interval '1 ms'",
      "ends_at = ends_at + interval '1 ms'",
      "ends_at = null",
      "number = 2",
    ])
      expect([change, await refusalOf(`update seat set ${change}`)]).toEqual([change, REFUSED.appendOnly]);
  });

  test("has released seats that are never taken again", async () => {
    await gateway.context.db.query("update seat set status = 'released', released_at = starts_at");
    const revived = "status = 'confirmed', released_at = null";
    expect(await refusalOf(`update seat set ${revived}`)).toBe(REFUSED.appendOnly);
  });

  test("numbers a learner's seats for the same thing, whoever says that one is the first", async () => {
    const first = anotherSeat("ends_at", "ends_at + interval '1 year'")
      .replace("confirmed_at)", "confirmed_at, number)")
      .replace(" from seat", ", 1 from seat");
    expect(await refusalOf(first)).toBe(REFUSED.unique);
    const last = first.replace(", 1 from seat", ", 7 from seat");
    expect(await refusalOf(last)).toBe("");
    const numbers = await gateway.context.db.query("select number from seat order by starts_at");
    expect(numbers).toEqual([{ number: 1 }, { number: 2 }]);
  });
});

describe("the ledger, the prices and the audit log", () => {
  beforeEach(async () => {
    license = await gateway.payPerUse();
    await gateway.launch(license);
    await gateway.launch(license);
  });

  test.each(["charge", "price", "audit"])("%s is never changed, deleted or emptied", async (table) => {
    const rows = () => gateway.context.db.query(`select * from ${table} order by id`);
    const before = await rows();
    expect(before.length).toBeGreaterThan(0);
    for (const statement of [
      `update ${table} set id = id`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ])
      expect([statement, await refusalOf(statement)]).toEqual([statement, REFUSED.appendOnly]);
    expect(await rows()).toEqual(before);
  });

  test("a seat is charged once; a correction is a further line", async () => {
    expect(await refusalOf(ANOTHER_CHARGE.replace("$corrects", "null"))).toBe(REFUSED.unique);
    expect(await refusalOf(ANOTHER_CHARGE.replace("$corrects", "id"))).toBe("");
  });
});

describe("launches and attempts", () => {
  beforeEach(async () => {
    license = await gateway.payPerUse();
    await gateway.launch(license);
  });

  test("the same nonce is allowed once; a denial has a code, and only a denial", async () => {
    const again = `insert into launch select account_id, '00000000-0000-7000-8000-000000000001', delivery_id, license_id,
      course_id, nonce, lms_origin, identity_id, learner_id, seat_id, attempt_id, number, $outcome, $code, reference, count,
      opened_at, open_seconds, last_seen_at, closed_at from launch`;
    const insert = (outcome: string, code: string) =>
      refusalOf(again.replace("$outcome", outcome).replace("$code", code));
    expect(await insert("'allowed'", "null")).toBe(REFUSED.unique);
    expect(await insert("'test'", "null")).toBe(REFUSED.unique);
    expect(await insert("'allowed'", "'seat_expired'")).toBe(REFUSED.check);
    expect(await insert("'denied'", "null")).toBe(REFUSED.check);
    expect(await insert("'denied'", "'seat_expired'")).toBe("");
  });

  test("a learner has one running attempt of a course under a license", async () => {
    const second = `insert into attempt (account_id, id, license_id, course_id, learner_id, course_version_id, number, started_at)
      select account_id, '00000000-0000-7000-8000-000000000001', license_id, course_id, learner_id, course_version_id,
        number + 1, started_at from attempt`;
    expect(await refusalOf(second)).toBe(REFUSED.unique);
  });

  test("a learner's attempts of a course under a license have each its number", async () => {
    const same = `insert into attempt (account_id, id, license_id, course_id, learner_id, course_version_id, number, started_at,
        ended_at, ended_reason)
      select account_id, '00000000-0000-7000-8000-000000000001', license_id, course_id, learner_id, course_version_id,
        number, started_at, started_at, 'retake' from attempt`;
    expect(await refusalOf(same)).toBe(REFUSED.unique);
    expect(
      await refusalOf(same.replace(" number, started_at, started_at", " number + 1, started_at, started_at")),
    ).toBe("");
  });

  test("an attempt is of a version of its course", async () => {
    const { course_id } = await gateway.payPerUse();
    expect(await refusalOf(`update attempt set course_id = '${course_id}'`)).toBe(REFUSED.foreignKey);
    expect(await refusalOf("update attempt set course_version_id = id")).toBe(REFUSED.foreignKey);
  });

  test("an id stands once for a connection", async () => {
    const second = `insert into identity (account_id, id, connection_id, namespace, value, value_hash, learner_id, first_seen_at)
      select account_id, '00000000-0000-7000-8000-000000000001', connection_id, namespace, value, value_hash, learner_id,
        first_seen_at from identity`;
    expect(await refusalOf(second)).toBe(REFUSED.unique);
  });

  test("nothing of one account can point at another's", async () => {
    const { account_id } = await gateway.account();
    expect(await refusalOf(`update delivery set account_id = '${account_id}'`)).toBe(REFUSED.foreignKey);
    expect(await refusalOf(`update identity set account_id = '${account_id}'`)).toBe(REFUSED.foreignKey);
  });
});
