/** What an operator does around launches: what is refused, by name, and what the audit log keeps (RULES §3, §5, §7). */

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createAccount, createConnection, createContract } from "../../src/flows/accounts.ts";
import { addCourseToBundle, createBundle } from "../../src/flows/bundles.ts";
import { createLot } from "../../src/flows/buying.ts";
import { changeLicense, pauseLicense } from "../../src/flows/changeLicense.ts";
import { deliver, downloadPackage, labelDelivery, revoke } from "../../src/flows/deliveries.ts";
import { deactivateLearner } from "../../src/flows/learners.ts";
import { createLicense } from "../../src/flows/licenses.ts";
import { createPrice } from "../../src/flows/prices.ts";
import { resetAttempt } from "../../src/flows/resetAttempt.ts";
import { retireCourse } from "../../src/flows/retireCourse.ts";
import { markTestIdentity } from "../../src/flows/testIdentities.ts";
import { pageOfAudit } from "../../src/store/audit.ts";
import { ALL_ROWS, BY } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const NOBODY = "00000000-0000-7000-8000-000000000000";
const PAY_PER_USE = "pay_per_use";
const at = (text: string) => new Date(text);

describe("an account", () => {
  test("starts with one connection, and an audit entry", async () => {
    const wanted = { name: "Acme", currency: "EUR", retake: false, retake_starts_over: true };
    const { account, connection } = await createAccount(
      gateway.context,
      { actor: "owner", why: "new customer" },
      wanted,
    );
    expect(connection).toMatchObject({ account_id: account.id, to_be_confirmed: false });
    expect(await pageOfAudit(gateway.context.db, { account_id: account.id }, ALL_ROWS)).toMatchObject([
      {
        actor: "owner",
        why: "new customer",
        action: "account.create",
        subject_id: account.id,
        before: null,
        after: wanted,
      },
    ]);
  });

  test("that is not there has no connections, contracts, prices or licenses", async () => {
    const { context } = gateway;
    const course_id = (await gateway.course()).course_id;
    const nothing = { account_id: NOBODY, kind: PAY_PER_USE };
    for (const making of [
      createConnection(context, BY, NOBODY, { name: "LMS" }),
      createContract(context, BY, { ...nothing, starts_at: null, ends_at: null }),
      createPrice(context, BY, { ...nothing, course_id: null, amount_minor: 1, valid_from: null }),
      createLicense(context, BY, { ...licenseOf(course_id), account_id: NOBODY }),
      markTestIdentity(context, BY, { account_id: NOBODY, connection_id: null, value: "tess" }),
    ])
      await expect(making).rejects.toMatchObject({
        code: "not_found",
        message: expect.stringContaining(NOBODY),
      });
  });
});

describe("a contract", () => {
  test.each([
    ["of an unknown kind", { kind: "rental" }, "kind"],
    ["of a kind that needs none", { kind: "volume" }, "kind"],
    [
      "that ends before it starts",
      { starts_at: at("2026-02-01T00:00Z"), ends_at: at("2026-02-01T00:00Z") },
      "ends_at",
    ],
  ])("%s is refused, naming the field", async (_what, wrong, field) => {
    const { account_id } = await gateway.account();
    const wanted = { account_id, kind: PAY_PER_USE, starts_at: null, ends_at: null, ...wrong };
    await expect(createContract(gateway.context, BY, wanted)).rejects.toMatchObject({
      code: "body_invalid",
      message: expect.stringMatching(new RegExp(`^${field}: .*\\.$`)),
    });
  });
});

describe("a price", () => {
  test("is never backdated, and of a course that there is (RULES §5)", async () => {
    const { account_id } = await gateway.account();
    const wanted = { account_id, kind: PAY_PER_USE, course_id: null, amount_minor: 500 };
    await expect(
      createPrice(gateway.context, BY, { ...wanted, valid_from: at("2026-01-05T08:59:59.999Z") }),
    ).rejects.toMatchObject({ code: "body_invalid", message: expect.stringMatching(/^valid_from: /) });
    await expect(
      createPrice(gateway.context, BY, { ...wanted, course_id: NOBODY, valid_from: null }),
    ).rejects.toMatchObject({ code: "not_found", message: expect.stringMatching(/^course_id: /) });
    expect(
      await createPrice(gateway.context, BY, { ...wanted, valid_from: gateway.clock.now() }),
    ).toMatchObject({
      currency: "EUR",
    });
  });
});

const licenseOf = (course_id: string) => ({
  account_id: NOBODY,
  kind: PAY_PER_USE,
  course_id,
  terms: {},
  retake: null,
  retake_starts_over: null,
  starts_at: null,
  ends_at: null,
});

describe("a license", () => {
  const refusal = (wrong: object) =>
    gateway.payPerUse().then((good) =>
      createLicense(gateway.context, BY, {
        ...licenseOf(good.course_id),
        account_id: good.account_id,
        ...wrong,
      }),
    );

  test.each([
    ["of an unknown kind", { kind: "rental" }, "kind"],
    ["with terms that its kind has not", { terms: { seats: 3 } }, "terms.seats"],
    ["with terms out of bounds", { terms: { seat_months: 0 } }, "terms.seat_months"],
    ["that ends before it starts", { ends_at: at("2026-01-05T09:00Z") }, "ends_at"],
    [
      "that ends before its own start",
      { starts_at: at("2026-03-01T00:00Z"), ends_at: at("2026-02-01T00:00Z") },
      "ends_at",
    ],
  ])("%s is refused, naming the field", async (_what, wrong, field) => {
    await expect(refusal(wrong)).rejects.toMatchObject({
      code: "body_invalid",
      message: expect.stringMatching(new RegExp(`^${field}: .*\\.$`)),
    });
  });

  test("of a course that is not there, or is retired", async () => {
    await expect(refusal({ course_id: NOBODY })).rejects.toMatchObject({ code: "not_found" });
    const { course_id } = await gateway.course();
    await retireCourse(gateway.context, BY, course_id, true);
    await expect(refusal({ course_id })).rejects.toMatchObject({ code: "conflict" });
  });

  test("of a course in a bundle that bars the kind (RULES §1 bundle)", async () => {
    const { course_id } = await gateway.course();
    const bundle = await createBundle(gateway.context, BY, {
      name: "Catalog",
      barred_kinds: [PAY_PER_USE],
      course_ids: [],
    });
    await addCourseToBundle(gateway.context, BY, bundle.id, course_id);
    await expect(refusal({ course_id })).rejects.toMatchObject({
      code: "kind_barred",
      message: expect.stringContaining("Catalog"),
    });
    expect(await gateway.volume([1], { course_id })).toMatchObject({ course_id });
  });

  test("needs a contract that has not ended, and a price (RULES §3.1)", async () => {
    const { context } = gateway;
    const { account_id } = await gateway.account();
    const wanted = { ...licenseOf((await gateway.course()).course_id), account_id };
    await expect(createLicense(context, BY, wanted)).rejects.toMatchObject({ code: "contract_missing" });
    const contract = { account_id, kind: PAY_PER_USE, starts_at: null, ends_at: at("2026-02-01T00:00Z") };
    await createContract(context, BY, contract);
    await expect(createLicense(context, BY, wanted)).rejects.toMatchObject({ code: "price_missing" });
    await createPrice(context, BY, {
      account_id,
      kind: PAY_PER_USE,
      course_id: null,
      amount_minor: 1,
      valid_from: null,
    });
    expect(await createLicense(context, BY, wanted)).toMatchObject({ terms: { seat_months: 12 } });
    gateway.clock.set("2026-02-01T00:00Z");
    await expect(createLicense(context, BY, wanted)).rejects.toMatchObject({ code: "contract_missing" });
  });

  test("has a short id that no other of the account has", async () => {
    const account = await gateway.account();
    for (let license = 0; license < 5; license++) await gateway.payPerUse({ account });
    const rows = await gateway.context.db.query<{ short_id: string }>(
      "select distinct short_id from license",
    );
    expect(rows).toHaveLength(5);
  });

  test("of another account is not there", async () => {
    const { license_id } = await gateway.payPerUse();
    const { account_id } = await gateway.account();
    const { context } = gateway;
    for (const doing of [
      pauseLicense(context, BY, account_id, license_id, true),
      changeLicense(context, BY, { account_id, license_id }, { retake: true }),
      createLot(context, BY, { account_id, license_id, quantity: 1 }),
      deliver(context, BY, {
        account_id,
        license_id,
        format: "scorm12",
        course_id: null,
        connection_id: null,
        label: "",
      }),
    ])
      await expect(doing).rejects.toMatchObject({ code: "not_found" });
  });

  test("paused twice is paused once; each change is audited with what it was", async () => {
    const { account_id, license_id } = await gateway.payPerUse();
    const { context, clock } = gateway;
    for (const paused of [true, true, false]) {
      clock.advance({ seconds: 1 });
      await pauseLicense(context, BY, account_id, license_id, paused);
    }
    clock.advance({ seconds: 1 });
    await changeLicense(context, BY, { account_id, license_id }, { retake: true, retake_starts_over: null });
    const entries = (await pageOfAudit(context.db, { account_id }, ALL_ROWS))
      .reverse()
      .filter(({ subject_id }) => subject_id === license_id);
    expect(entries.map(({ action, before, after }) => [action, before, after])).toEqual([
      ["license.create", null, expect.anything()],
      ["license.pause", { paused_at: null }, { paused_at: "2026-01-05T09:00:01.000Z" }],
      ["license.unpause", { paused_at: "2026-01-05T09:00:01.000Z" }, { paused_at: null }],
      ["license.change", { retake: null }, { retake: true }],
    ]);
  });
});

describe("a lot", () => {
  test.each([0, -1, 1.5, 1_000_001, Number.NaN])(
    "of %d seats is refused, naming the field",
    async (quantity) => {
      const { account_id, license_id } = await gateway.volume([]);
      await expect(
        createLot(gateway.context, BY, { account_id, license_id, quantity }),
      ).rejects.toMatchObject({
        code: "body_invalid",
        message: expect.stringMatching(/^quantity: found .*, expected /),
      });
    },
  );

  test("of a license whose kind has none is refused", async () => {
    const { account_id, license_id } = await gateway.payPerUse();
    await expect(
      createLot(gateway.context, BY, { account_id, license_id, quantity: 1 }),
    ).rejects.toMatchObject({
      code: "body_invalid",
      message: expect.stringMatching(/^license_id: /),
    });
  });
});

describe("a delivery (RULES §1, §4)", () => {
  test("of the same license, course, connection and format is the same; revoked, a new one with another key", async () => {
    const license = await gateway.payPerUse();
    const { account_id, license_id, delivery_id } = license;
    const order = {
      account_id,
      license_id,
      format: "scorm12" as const,
      course_id: null,
      connection_id: null,
      label: "",
    };
    expect(await deliver(gateway.context, BY, order)).toMatchObject({ id: delivery_id });
    await revoke(gateway.context, BY, account_id, delivery_id);
    const next = await deliver(gateway.context, BY, order);
    expect(next.key).not.toBe(license.delivery_key);
    expect((await gateway.launch(license)).code).toBe("delivery_revoked");
    expect((await gateway.launch({ delivery_key: next.key })).code).toBeNull();
  });

  test("builds the same bytes again, also after a new version of the course; others after a new label", async () => {
    const { account_id, delivery_id, course_id } = await gateway.payPerUse();
    const bytes = async () => (await downloadPackage(gateway.context, account_id, delivery_id)).bytes;
    const first = await bytes();
    gateway.clock.advance({ days: 400 });
    await gateway.newVersion(course_id, "Another title");
    expect((await bytes()).equals(first)).toBe(true);
    await labelDelivery(gateway.context, BY, account_id, delivery_id, "Plant 2");
    expect((await bytes()).equals(first)).toBe(false);
  });

  test("of a wrong course, connection or account is refused", async () => {
    const { account_id, license_id, delivery_id } = await gateway.payPerUse();
    const stranger = await gateway.account();
    const { course_id } = await gateway.course();
    const order = {
      account_id,
      license_id,
      format: "scorm12" as const,
      course_id: null,
      connection_id: null,
      label: "",
    };
    const { context } = gateway;
    await expect(deliver(context, BY, { ...order, course_id })).rejects.toMatchObject({
      code: "body_invalid",
    });
    for (const doing of [
      deliver(context, BY, { ...order, connection_id: stranger.connection_id }),
      revoke(context, BY, stranger.account_id, delivery_id),
      labelDelivery(context, BY, stranger.account_id, delivery_id, "x"),
      downloadPackage(context, stranger.account_id, delivery_id),
    ])
      await expect(doing).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("what is done twice changes nothing the second time, and is audited once", () => {
  /** The actions that the audit log has of doing something twice. */
  const twice = async (work: () => Promise<unknown>) => {
    const since = gateway.clock.now();
    for (const _time of [1, 2]) {
      gateway.clock.advance({ seconds: 1 });
      await work();
    }
    const rows = await gateway.context.db.query<{ action: string }>(
      "select action from audit where at > $1 order by at",
      [since],
    );
    return rows.map(({ action }) => action);
  };

  test("deactivating and reactivating a learner; the log says what they were", async () => {
    const license = await gateway.payPerUse();
    const { account_id } = license;
    const learner = (await gateway.launch(license)).allowed().claims.learner_id;
    const deactivate = (deactivated: boolean) => () =>
      deactivateLearner(gateway.context, BY, account_id, learner, deactivated);
    expect(await twice(deactivate(false))).toEqual([]);
    expect(await twice(deactivate(true))).toEqual(["learner.deactivate"]);
    expect(await twice(deactivate(false))).toEqual(["learner.reactivate"]);
    const entry = (await pageOfAudit(gateway.context.db, { account_id }, ALL_ROWS)).find(
      ({ action }) => action === "learner.reactivate",
    );
    expect(entry).toMatchObject({
      before: { deactivated_at: "2026-01-05T09:00:03.000Z" },
      after: { deactivated_at: null },
    });
    await expect(deactivateLearner(gateway.context, BY, account_id, NOBODY, true)).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("resetting an attempt", async () => {
    const license = await gateway.payPerUse();
    const { id } = (await gateway.launch(license)).allowed().attempt;
    const { context } = gateway;
    expect(await twice(() => resetAttempt(context, BY, license.account_id, id))).toEqual(["attempt.reset"]);
    await expect(resetAttempt(context, BY, NOBODY, id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("retiring a course", async () => {
    const { course_id } = await gateway.course();
    expect(await twice(() => retireCourse(gateway.context, BY, course_id, true))).toEqual(["course.retire"]);
    await expect(retireCourse(gateway.context, BY, NOBODY, true)).rejects.toMatchObject({
      code: "not_found",
    });
  });

  test("revoking a delivery", async () => {
    const { account_id, delivery_id } = await gateway.payPerUse();
    expect(await twice(() => revoke(gateway.context, BY, account_id, delivery_id))).toEqual([
      "delivery.revoke",
    ]);
  });

  test("marking a test identity", async () => {
    const { account_id } = await gateway.account();
    const order = { account_id, connection_id: null, value: "tess" };
    expect(await twice(() => markTestIdentity(gateway.context, BY, order))).toEqual(["learner.mark_test"]);
  });
});

describe("test identities (RULES §6)", () => {
  test("are as many as the vendor sets, three by default", async () => {
    const { account_id } = await gateway.account();
    const mark = (value: string) =>
      markTestIdentity(gateway.context, BY, { account_id, connection_id: null, value });
    for (const value of ["t1", "t2", "t3"]) await mark(value);
    await expect(mark("t4")).rejects.toMatchObject({ code: "test_identities_used_up" });
    await expect(mark("guest")).rejects.toMatchObject({ code: "body_invalid" });
  });

  test("are never made of a learner who holds a seat", async () => {
    const license = await gateway.payPerUse();
    await gateway.launch(license, { who: "ana" });
    await expect(
      markTestIdentity(gateway.context, BY, {
        account_id: license.account_id,
        connection_id: null,
        value: "ana",
      }),
    ).rejects.toMatchObject({ code: "seat_held" });
  });
});

test("bundles and their courses must be there, and bar kinds that there are", async () => {
  const { context } = gateway;
  await expect(
    createBundle(context, BY, { name: "Catalog", barred_kinds: ["rental"], course_ids: [] }),
  ).rejects.toMatchObject({
    code: "body_invalid",
    message: expect.stringMatching(/^barred_kinds: found "rental"/),
  });
  const { id } = await createBundle(context, BY, { name: "Catalog", barred_kinds: [], course_ids: [] });
  const { course_id } = await gateway.course();
  await expect(addCourseToBundle(context, BY, NOBODY, course_id)).rejects.toMatchObject({
    code: "not_found",
  });
  await expect(addCourseToBundle(context, BY, id, NOBODY)).rejects.toMatchObject({ code: "not_found" });
});
