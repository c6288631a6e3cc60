/** One launch through the store (RULES §2, §3.1, §3.2): what it is answered, and the rows it leaves. */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { addCourseToBundle, createBundle } from "../../src/flows/bundles.ts";
import { createLot } from "../../src/flows/buying.ts";
import { changeLicense, pauseLicense } from "../../src/flows/changeLicense.ts";
import { deactivateLearner } from "../../src/flows/learners.ts";
import { createPrice } from "../../src/flows/prices.ts";
import { retireCourse } from "../../src/flows/retireCourse.ts";
import { markTestIdentity } from "../../src/flows/testIdentities.ts";
import { listMiscountedLots } from "../../src/store/licenses.ts";
import { BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const YEAR = { days: 365 };

async function count(table: "launch" | "identity" | "learner" | "seat" | "attempt"): Promise<number> {
  const [row] = await gateway.context.db.query<{ rows: number }>(
    `select count(*)::integer as rows from ${table}`,
  );
  return row?.rows ?? Number.NaN;
}

describe("a first launch", () => {
  test("opens a pending seat for 12 months, an attempt, and no charge", async () => {
    const license = await gateway.payPerUse();
    const visit = await gateway.launch(license, { who: "ana", name: "Ana Berg" });
    expect(visit.allowed().attempt).toMatchObject({ number: 1, launches: 0, rollup: null, saved_at: null });
    expect(await gateway.seats(license)).toMatchObject([
      {
        status: "pending",
        launches: 1,
        lot_id: null,
        course_id: license.course_id,
        starts_at: new Date("2026-01-05T09:00:00Z"),
        ends_at: new Date("2027-01-05T09:00:00Z"),
        confirmed_at: null,
      },
    ]);
    expect(await gateway.charges(license)).toEqual([]);
    expect(await gateway.launches(license)).toMatchObject([
      { outcome: "allowed", code: null, number: 1, count: 1, open_seconds: 0, closed_at: null },
    ]);
  });

  test("of a bought license takes a seat of the lot, confirmed and prepaid", async () => {
    const license = await gateway.volume([2]);
    await gateway.launch(license);
    expect(await gateway.seats(license)).toMatchObject([
      {
        status: "confirmed",
        ends_at: new Date("2027-01-05T09:00:00Z"),
        confirmed_at: new Date("2026-01-05T09:00:00Z"),
      },
    ]);
    expect(await gateway.charges(license)).toEqual([]);
    expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
  });

  test("of more learners at once than a lot has seats takes exactly what it has", async () => {
    const license = await gateway.volume([2, 1]);
    const names = ["ana", "ben", "cleo", "dora", "emil"];
    const visits = await Promise.all(names.map((who) => gateway.launch(license, { who })));
    expect(visits.map(({ code }) => code).sort()).toEqual(
      [null, null, null, "no_seats_left", "no_seats_left"].sort(),
    );
    expect(await gateway.seats(license)).toHaveLength(3);
    expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
  });

  test("many at once by one learner make one seat and one charge", async () => {
    const license = await gateway.payPerUse();
    await Promise.all(Array.from({ length: 20 }, () => gateway.launch(license)));
    expect(await gateway.seats(license)).toMatchObject([{ status: "confirmed" }]);
    expect(await gateway.charges(license)).toHaveLength(1);
    expect([await count("identity"), await count("learner"), await count("attempt")]).toEqual([1, 1, 1]);
  });
});

describe("the charge (RULES §3.1)", () => {
  test("119.999 s and one launch make none, 120 s do", async () => {
    const license = await gateway.payPerUse();
    const visit = await gateway.launch(license);
    gateway.clock.advance({ seconds: 119.999 });
    await visit.keep();
    expect(await gateway.charges(license)).toEqual([]);
    gateway.clock.advance({ seconds: 0.001 });
    await visit.keep();
    expect(await gateway.charges(license)).toMatchObject([{ amount_minor: 500, rule: "open_time" }]);
    expect(await gateway.seats(license)).toMatchObject([
      { status: "confirmed", confirmed_at: new Date("2026-01-05T09:02:00Z") },
    ]);
  });

  test("names its evidence: the launch, the rule, the price, the seat, the learner", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license);
    gateway.clock.advance({ seconds: 5 });
    const second = await gateway.launch(license);
    const [seat] = await gateway.seats(license);
    expect(await gateway.charges(license)).toMatchObject([
      {
        seat_id: seat?.id,
        learner_id: seat?.learner_id,
        course_id: license.course_id,
        launch_id: second.allowed().launch_id,
        rule: "launches",
        reason: "seat",
        amount_minor: 500,
        currency: "EUR",
        corrects_charge_id: null,
        made_at: new Date("2026-01-05T09:00:05Z"),
      },
    ]);
    expect((await gateway.charges(license))[0]?.price_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("is at the price in force when the seat is confirmed, not when it was opened", async () => {
    const license = await gateway.payPerUse();
    const { account_id } = license;
    const price = { account_id, kind: "pay_per_use", course_id: null };
    await createPrice(gateway.context, BY, {
      ...price,
      amount_minor: 700,
      valid_from: new Date("2026-02-01T00:00Z"),
    });
    await gateway.launch(license, { who: "ana" });
    await gateway.launch(license, { who: "ben" });
    gateway.clock.set("2026-01-31T23:59:59.999Z");
    await gateway.launch(license, { who: "ana" });
    gateway.clock.set("2026-02-01T00:00:00Z");
    await gateway.launch(license, { who: "ben" });
    expect((await gateway.charges(license)).map(({ amount_minor }) => amount_minor)).toEqual([500, 700]);
  });

  test("is at the course's own price before the account's general one, the newer general one too", async () => {
    const license = await gateway.payPerUse();
    const price = { account_id: license.account_id, kind: "pay_per_use", valid_from: null };
    await createPrice(gateway.context, BY, { ...price, course_id: license.course_id, amount_minor: 300 });
    gateway.clock.advance({ days: 1 });
    await createPrice(gateway.context, BY, { ...price, course_id: null, amount_minor: 900 });
    await gateway.launch(license);
    await gateway.launch(license);
    expect(await gateway.charges(license)).toMatchObject([{ amount_minor: 300 }]);
  });

  test("comes once, whether two minutes or the second launch is first", async () => {
    const license = await gateway.payPerUse();
    const first = await gateway.launch(license);
    gateway.clock.advance({ seconds: 100 });
    await gateway.launch(license);
    gateway.clock.advance({ seconds: 30 });
    await first.keep();
    await gateway.launch(license);
    expect(await gateway.charges(license)).toMatchObject([{ rule: "launches" }]);
  });

  test("counts launches of two deliveries of one license together, and of two licenses apart", async () => {
    const license = await gateway.payPerUse();
    const twin = await gateway.deliverAgain(license, "scorm2004-4");
    const other = await gateway.payPerUse({ account: license, course_id: license.course_id });
    await gateway.launch(license);
    await gateway.launch(other);
    expect(await gateway.charges(license)).toEqual([]);
    await gateway.launch(twin);
    expect(await gateway.charges(license)).toHaveLength(1);
    expect(await gateway.charges(other)).toEqual([]);
    expect(await gateway.seats(other)).toMatchObject([{ status: "pending" }]);
  });

  test("same_launch_seconds: a launch so soon after another is the same one", async () => {
    const license = await gateway.payPerUse({ terms: { same_launch_seconds: 5 } });
    await gateway.launch(license);
    gateway.clock.advance({ seconds: 4.999 });
    await gateway.launch(license);
    expect(await gateway.seats(license)).toMatchObject([{ status: "pending", launches: 1 }]);
    gateway.clock.advance({ seconds: 0.001 });
    await gateway.launch(license);
    expect(await gateway.charges(license)).toHaveLength(1);
  });

  test("one launch can be enough: confirmed and charged at once", async () => {
    const license = await gateway.payPerUse({ terms: { charge_after_launches: 1 } });
    await gateway.launch(license);
    expect(await gateway.seats(license)).toMatchObject([{ status: "confirmed" }]);
    expect(await gateway.charges(license)).toMatchObject([{ rule: "launches" }]);
  });
});

describe("the same launch sent again (RULES §1 launch, §2)", () => {
  test("is the same launch: one row, counted once, answered as the first time", async () => {
    const license = await gateway.payPerUse();
    const first = await gateway.launch(license, { nonce: "nonce-nonce-nonce" });
    gateway.clock.advance({ seconds: 10 });
    const again = await gateway.launch(license, { nonce: "nonce-nonce-nonce" });
    expect(again.allowed()).toMatchObject({
      launch_id: first.allowed().launch_id,
      content_ticket: first.allowed().content_ticket,
      attempt: { id: first.allowed().attempt.id, launches: 0 },
    });
    expect(await gateway.launches(license)).toHaveLength(1);
    expect(await gateway.seats(license)).toMatchObject([{ status: "pending", launches: 1 }]);
  });

  test("at once, many times, is still one", async () => {
    const license = await gateway.payPerUse();
    const visits = await Promise.all(
      Array.from({ length: 10 }, () => gateway.launch(license, { nonce: "nonce-nonce-nonce" })),
    );
    expect(new Set(visits.map((visit) => visit.allowed().launch_id)).size).toBe(1);
    expect(await gateway.seats(license)).toMatchObject([{ status: "pending", launches: 1 }]);
  });

  test("goes on counting from when it was allowed: its first answer was lost on the way", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license, { nonce: "nonce-nonce-nonce" });
    gateway.clock.advance({ seconds: 60 });
    const again = await gateway.launch(license, { nonce: "nonce-nonce-nonce" });
    gateway.clock.advance({ seconds: 60 });
    await again.keep();
    expect(await gateway.charges(license)).toMatchObject([{ rule: "open_time" }]);
  });

  test("by somebody else is nobody's", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license, { who: "ana", nonce: "nonce-nonce-nonce" });
    const stolen = await gateway.launch(license, { who: "ben", nonce: "nonce-nonce-nonce" });
    expect(stolen.code).toBe("launch_invalid");
    expect(await gateway.seats(license)).toHaveLength(1);
  });

  test("12 hours later it is over", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license, { nonce: "nonce-nonce-nonce" });
    gateway.clock.advance({ hours: 12 });
    expect((await gateway.launch(license, { nonce: "nonce-nonce-nonce" })).code).toBe("launch_invalid");
  });

  test("after a denial it is decided again", async () => {
    const license = await gateway.payPerUse();
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, true);
    expect((await gateway.launch(license, { nonce: "nonce-nonce-nonce" })).code).toBe("license_paused");
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, false);
    expect((await gateway.launch(license, { nonce: "nonce-nonce-nonce" })).code).toBeNull();
  });
});

describe("a denied launch (RULES §2)", () => {
  async function paused(): Promise<TestLicense> {
    const license = await gateway.payPerUse();
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, true);
    return license;
  }

  test("writes the launch and a new identity, never a seat or an attempt", async () => {
    const license = await paused();
    const visit = await gateway.launch(license);
    expect(await gateway.launches(license)).toMatchObject([
      {
        outcome: "denied",
        code: "license_paused",
        seat_id: null,
        attempt_id: null,
        reference: visit.opening.type === "denied" && visit.opening.reference,
      },
    ]);
    expect([await count("identity"), await count("seat"), await count("attempt")]).toEqual([1, 0, 0]);
  });

  test("the same within a minute is one row with a count and one reference", async () => {
    const license = await paused();
    const first = await gateway.launch(license);
    gateway.clock.advance({ seconds: 59.999 });
    const second = await gateway.launch(license);
    expect(second.opening).toEqual(first.opening);
    expect(await gateway.launches(license)).toMatchObject([{ count: 2 }]);
    gateway.clock.advance({ seconds: 0.001 });
    const third = await gateway.launch(license);
    expect(third.opening).not.toEqual(first.opening);
    expect(await gateway.launches(license)).toMatchObject([{ count: 2 }, { count: 1 }]);
  });

  test("another learner's, or for another reason, is another row", async () => {
    const license = await paused();
    await gateway.launch(license, { who: "ana" });
    gateway.clock.advance({ seconds: 1 });
    await gateway.launch(license, { who: "ben" });
    gateway.clock.advance({ seconds: 1 });
    await gateway.launch(license, { who: "ana", too_many: true });
    expect((await gateway.launches(license)).map(({ code, count: times }) => [code, times])).toEqual([
      ["license_paused", 1],
      ["license_paused", 1],
      ["too_many_launches", 1],
    ]);
  });

  test("without a usable id has no learner", async () => {
    const license = await gateway.payPerUse();
    expect((await gateway.launch(license, { who: " Guest " })).code).toBe("identity_missing");
    expect((await gateway.launch(license, { who: "" })).code).toBe("identity_missing");
    expect(await gateway.launches(license)).toMatchObject([
      { learner_id: null, identity_id: null, count: 2 },
    ]);
    expect(await count("learner")).toBe(0);
  });

  test("of an unknown delivery writes no row at all", async () => {
    await gateway.payPerUse();
    const visit = await gateway.launch({ delivery_key: "no-such-delivery-key" });
    expect(visit.opening).toEqual({
      type: "denied",
      code: "launch_invalid",
      reference: expect.stringMatching(/^[2-9A-Z]{4}-[2-9A-Z]{4}$/),
    });
    expect([await count("launch"), await count("identity")]).toEqual([0, 0]);
  });

  test("never counts for the safeguard", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license);
    const [seat] = await gateway.seats(license);
    await deactivateLearner(gateway.context, BY, license.account_id, seat?.learner_id ?? "", true);
    expect((await gateway.launch(license)).code).toBe("learner_deactivated");
    await deactivateLearner(gateway.context, BY, license.account_id, seat?.learner_id ?? "", false);
    expect(await gateway.seats(license)).toMatchObject([{ status: "pending", launches: 1 }]);
    await gateway.launch(license);
    expect(await gateway.charges(license)).toHaveLength(1);
  });

  test("from an origin that the connection does not list", async () => {
    const license = await gateway.payPerUse();
    await gateway.context.db.query("update connection set origins_mode = 'confirmed', allowed_origins = $1", [
      ["https://lms.example.com"],
    ]);
    expect((await gateway.launch(license, { origin: "https://elsewhere.example" })).code).toBe(
      "origin_refused",
    );
    expect((await gateway.launch(license, { origin: "https://lms.example.com" })).code).toBeNull();
  });

  test("too many launches come before all that the gateway would have to look up", async () => {
    const license = await gateway.payPerUse();
    await gateway.context.db.query("update connection set origins_mode = 'confirmed', allowed_origins = $1", [
      ["https://elsewhere.example"],
    ]);
    expect((await gateway.launch(license, { too_many: true })).code).toBe("too_many_launches");
  });
});

describe("who holds a running seat (RULES §2, §3)", () => {
  test("keeps a retired course; a new learner does not get it", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license, { who: "ana" });
    await retireCourse(gateway.context, BY, license.course_id, true);
    expect((await gateway.launch(license, { who: "ana" })).code).toBeNull();
    expect((await gateway.launch(license, { who: "ben" })).code).toBe("course_retired");
  });

  test("keeps a course that left its bundle", async () => {
    const license = await gateway.payPerUse();
    const bundle = await createBundle(gateway.context, BY, {
      name: "Catalog",
      barred_kinds: [],
      course_ids: [],
    });
    await addCourseToBundle(gateway.context, BY, bundle.id, license.course_id);
    await gateway.context.db.query("update license set course_id = null, bundle_id = $1", [bundle.id]);
    await gateway.launch(license, { who: "ana" });
    await gateway.context.db.query("delete from bundle_course");
    expect((await gateway.launch(license, { who: "ana" })).code).toBeNull();
    expect((await gateway.launch(license, { who: "ben" })).code).toBe("not_in_license");
  });

  test("is confirmed and charged while the license is paused", async () => {
    const license = await gateway.payPerUse();
    const visit = await gateway.launch(license, { who: "ana" });
    await gateway.launch(license, { who: "ben" });
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, true);
    gateway.clock.advance({ seconds: 120 });
    await visit.keep();
    gateway.clock.advance({ seconds: 1 });
    await gateway.launch(license, { who: "ben" });
    expect((await gateway.charges(license)).map(({ rule }) => rule)).toEqual(["open_time", "launches"]);
    expect((await gateway.launch(license, { who: "cleo" })).code).toBe("license_paused");
  });
});

describe("after the seat's end (RULES §3)", () => {
  test("a confirmed seat is expired; the account's retake default opens a new one, the license's own word counts more", async () => {
    const account = await gateway.account({ retake: true });
    const byDefault = await gateway.payPerUse({ account });
    const byItself = await gateway.payPerUse({ account, retake: false });
    for (const license of [byDefault, byItself]) {
      await gateway.launch(license);
      await gateway.launch(license);
    }
    gateway.clock.advance(YEAR);
    expect((await gateway.launch(byDefault)).code).toBeNull();
    expect((await gateway.launch(byItself)).code).toBe("seat_expired");
    await changeLicense(gateway.context, BY, byItself, {
      retake: null,
      retake_starts_over: null,
    });
    expect((await gateway.launch(byItself)).code).toBeNull();
    expect(await gateway.seats(byItself)).toMatchObject([{ status: "confirmed" }, { status: "pending" }]);
  });

  test("a pending seat has lapsed: a first launch again, and no charge", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license);
    gateway.clock.advance(YEAR);
    expect((await gateway.launch(license)).code).toBeNull();
    expect(await gateway.seats(license)).toMatchObject([
      { status: "pending" },
      { status: "pending", launches: 1 },
    ]);
    expect(await gateway.charges(license)).toEqual([]);
  });

  test("two minutes that are full only after the seat's end charge nothing", async () => {
    const license = await gateway.payPerUse({ terms: { charge_after_launches: 100 } });
    await gateway.launch(license);
    gateway.clock.set("2027-01-05T08:59:00Z");
    const last = await gateway.launch(license);
    gateway.clock.advance({ seconds: 120 });
    await last.keep();
    expect(await gateway.charges(license)).toEqual([]);
  });

  test("retake into a running lot; with every lot ended, the license has ended", async () => {
    const license = await gateway.volume([1], { retake: true });
    await gateway.launch(license);
    gateway.clock.advance({ days: 300 });
    await createLot(gateway.context, BY, {
      account_id: license.account_id,
      license_id: license.license_id,
      quantity: 1,
    });
    gateway.clock.advance({ days: 65 });
    expect((await gateway.launch(license)).code).toBeNull();
    expect(await gateway.seats(license)).toMatchObject([
      { ends_at: new Date("2027-01-05T09:00:00Z") },
      { ends_at: new Date("2027-11-01T09:00:00Z") },
    ]);
    gateway.clock.advance(YEAR);
    expect((await gateway.launch(license)).code).toBe("license_ended");
    expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
  });
});

describe("a test identity (RULES §6)", () => {
  test.each(["5", "tess"])(
    "%s launches without a seat or a charge, from its first launch on",
    async (value) => {
      const license = await gateway.payPerUse();
      const { account_id, connection_id } = license;
      await markTestIdentity(gateway.context, BY, { account_id, connection_id, value });
      const visit = await gateway.launch(license, { who: value, name: "Tess Teuber" });
      gateway.clock.advance({ seconds: 120 });
      await visit.keep();
      await gateway.launch(license, { who: value, name: "Tess Teuber" });
      expect((await gateway.launches(license)).map(({ outcome }) => outcome)).toEqual(["test", "test"]);
      expect(await gateway.seats(license)).toEqual([]);
      expect(await gateway.charges(license)).toEqual([]);
    },
  );
});
