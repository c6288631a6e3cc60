/** Every kind of license through the flows: what is read, decided and written of a launch (RULES §3.3 to §3.6). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createBundle } from "../../src/flows/bundles.ts";
import { createLot } from "../../src/flows/buying.ts";
import { changeLicense, changeRenewal, pauseLicense } from "../../src/flows/changeLicense.ts";
import { deactivateLearner, listActivationChanges } from "../../src/flows/learners.ts";
import { createLicense } from "../../src/flows/licenses.ts";
import { createPrice } from "../../src/flows/prices.ts";
import { runDueRenewals } from "../../src/flows/renewals.ts";
import { licenseUsage } from "../../src/flows/usage.ts";
import { listMiscountedLots } from "../../src/store/licenses.ts";
import { BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  gateway.clock.set("2026-01-31T10:00:00Z");
});
afterAll(() => gateway.close());

const comes = async (license: TestLicense, who: string) => (await gateway.launch(license, { who })).code;
const available = async ({ account_id, license_id }: TestLicense) =>
  (await licenseUsage(gateway.context, account_id, license_id)).bought?.remaining;
const endsOf = async (license: TestLicense) =>
  (await gateway.seats(license)).map(({ ends_at }) => ends_at?.toISOString().slice(0, 10));
const learnerOf = async (license: TestLicense, who: string) =>
  (await gateway.launch(license, { who })).allowed().claims.learner_id;

describe("a subscription (RULES §3.3)", () => {
  test("one seat opens every course of its bundle", async () => {
    const [first, second, other] = [await gateway.course(), await gateway.course(), await gateway.course()];
    const course_ids = [first.course_id, second.course_id];
    const bundle = await createBundle(gateway.context, BY, { name: "Safety", barred_kinds: [], course_ids });
    const license = await gateway.sell("subscription", {
      quantity: 1,
      bundle_id: bundle.id,
      course_id: first.course_id,
    });
    expect(await comes(license, "ana")).toBeNull();
    expect(await comes(await gateway.deliverCourse(license, second.course_id), "ana")).toBeNull();
    expect(await comes(await gateway.deliverCourse(license, other.course_id), "ben")).toBe("not_in_license");
    expect(await comes(license, "ben")).toBe("no_seats_left");
    expect(await endsOf(license)).toEqual(["2027-01-31"]);
  });

  test("the launch that comes first begins the next term, and its holder goes on where they were", async () => {
    const license = await gateway.sell("subscription", { quantity: 2 });
    const { attempt } = (await gateway.launch(license, { who: "ana" })).allowed();
    gateway.clock.set("2027-01-31T10:00:00Z");
    const next = (await gateway.launch(license, { who: "ana", entry: "resume" })).allowed();
    expect(next.attempt.id).toBe(attempt.id);
    expect(await endsOf(license)).toEqual(["2027-01-31", "2028-01-31"]);
    expect(await runDueRenewals(gateway.context)).toBe(0);
    expect(await comes(license, "ben")).toBeNull();
    expect(await comes(license, "cleo")).toBe("no_seats_left");
    expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
  });

  test("each term is charged when it begins, as an order; after an outage every one that began", async () => {
    const license = await gateway.sell("subscription", { quantity: 3, terms: { term_length: "monthly" } });
    await gateway.launch(license, { who: "ana" });
    gateway.clock.set("2026-04-15T00:00:00Z");
    expect(await runDueRenewals(gateway.context)).toBe(2);
    expect(await runDueRenewals(gateway.context)).toBe(0);
    const orders = await gateway.context.db.query<{ reason: string; amount_minor: number; ends: string }>(
      `select reason, purchase_order.amount_minor, to_char(ends_at, 'YYYY-MM-DD') as ends
       from purchase_order join order_line on order_line.order_id = purchase_order.id order by number`,
    );
    expect(orders).toEqual([
      { reason: "purchase", amount_minor: 3000, ends: "2026-02-28" },
      { reason: "renewal", amount_minor: 3000, ends: "2026-03-31" },
      { reason: "renewal", amount_minor: 3000, ends: "2026-04-30" },
    ]);
    expect(await endsOf(license)).toEqual(["2026-02-28", "2026-03-31", "2026-04-30"]);
  });

  test("with fewer seats, those who launched most recently keep theirs", async () => {
    const license = await gateway.sell("subscription", { quantity: 3 });
    for (const who of ["ana", "ben", "cleo", "ana"]) {
      gateway.clock.advance({ seconds: 60 });
      await gateway.launch(license, { who });
    }
    const change = { renews: true, quantity: 2, self_service: true };
    await changeRenewal(gateway.context, BY, license, change);
    gateway.clock.set("2027-02-01T00:00:00Z");
    expect(await comes(license, "ben")).toBe("no_seats_left");
    expect(await comes(license, "ana")).toBeNull();
    expect(await comes(license, "cleo")).toBeNull();
  });

  test("cancelled, it ends with its term; bought again, it renews again", async () => {
    const license = await gateway.sell("subscription", { quantity: 1 });
    await changeRenewal(gateway.context, BY, license, { renews: false, self_service: true });
    expect(await comes(license, "ana")).toBeNull();
    gateway.clock.set("2027-01-31T10:00:00Z");
    expect(await comes(license, "ana")).toBe("license_ended");
    const renew = { renews: true, self_service: true };
    await expect(changeRenewal(gateway.context, BY, license, renew)).rejects.toThrow("a purchase");
    await createLot(gateway.context, BY, { ...license, quantity: 1 });
    expect(await comes(license, "ana")).toBeNull();
    gateway.clock.set("2028-02-01T00:00:00Z");
    expect(await comes(license, "ana")).toBeNull();
  });

  test("cancelled, bought again and cancelled again, it ends with the term that was bought", async () => {
    const license = await gateway.sell("subscription", { quantity: 1 });
    const cancel = { renews: false, self_service: true };
    await changeRenewal(gateway.context, BY, license, cancel);
    gateway.clock.set("2027-02-01T00:00:00Z");
    await createLot(gateway.context, BY, { ...license, quantity: 1 });
    await changeRenewal(gateway.context, BY, license, cancel);
    gateway.clock.set("2028-02-02T00:00:00Z");
    expect(await runDueRenewals(gateway.context)).toBe(0);
    expect(await comes(license, "ana")).toBe("license_ended");
  });

  test("cancelled by a process whose clock is behind, just as the next term has begun, it is cancelled", async () => {
    const license = await gateway.sell("subscription", { quantity: 1 });
    gateway.clock.set("2027-01-31T10:00:00Z");
    expect(await runDueRenewals(gateway.context)).toBe(1);
    gateway.clock.set("2027-01-31T09:59:59Z");
    await changeRenewal(gateway.context, BY, license, { renews: false, self_service: true });
    gateway.clock.set("2028-02-01T00:00:00Z");
    expect(await runDueRenewals(gateway.context)).toBe(0);
  });

  test("cancelled once its term is over, the next one has begun: the one after it does not", async () => {
    const license = await gateway.sell("subscription", { quantity: 1 });
    gateway.clock.set("2027-02-01T00:00:00Z");
    await changeRenewal(gateway.context, BY, license, { renews: false, self_service: true });
    expect(await comes(license, "ana")).toBeNull();
    gateway.clock.set("2028-02-01T00:00:00Z");
    expect(await comes(license, "ana")).toBe("license_ended");
  });

  test("administrators renew within their limit; other kinds don't renew", async () => {
    const license = await gateway.sell("subscription", { quantity: 1 });
    const many = (self_service: boolean) =>
      changeRenewal(gateway.context, BY, license, { renews: true, quantity: 101, self_service });
    await expect(many(true)).rejects.toThrow("from 1 to 100");
    expect(await many(false)).toMatchObject({ renewal_quantity: 101 });
    const volume = await gateway.volume([1]);
    const cancel = { renews: false, self_service: false };
    await expect(changeRenewal(gateway.context, BY, volume, cancel)).rejects.toThrow("does not renew");
  });

  test("a changed term length holds from the next term on; one without a price is refused", async () => {
    const license = await gateway.sell("subscription", { quantity: 1 });
    const monthly = () => changeLicense(gateway.context, BY, license, { terms: { term_length: "monthly" } });
    await monthly();
    expect(await comes(license, "ana")).toBeNull();
    gateway.clock.set("2027-02-01T00:00:00Z");
    expect(await comes(license, "ana")).toBeNull();
    expect(await endsOf(license)).toEqual(["2027-01-31", "2027-02-28"]);

    const { account_id } = await gateway.account();
    const unset = { retake: null, retake_starts_over: null, starts_at: null, ends_at: null };
    const annual = {
      kind: "subscription",
      course_id: null,
      amount_minor: 1000,
      term_months: 12,
      valid_from: null,
    };
    await createPrice(gateway.context, BY, { account_id, ...annual });
    const wanted = { account_id, kind: "subscription", course_id: null, terms: {}, ...unset };
    const { id: license_id } = await createLicense(gateway.context, BY, wanted);
    const change = { terms: { term_length: "monthly" } };
    await expect(
      changeLicense(gateway.context, BY, { account_id, license_id }, change),
    ).rejects.toMatchObject({ code: "price_missing" });
  });
});

describe("a population license (RULES §3.4)", () => {
  test("going over blocks nobody, and what is available turns negative", async () => {
    const license = await gateway.sell("population", { quantity: 2 });
    for (const who of ["ana", "ben", "cleo", "dora", "ana"]) expect(await comes(license, who)).toBeNull();
    expect(await available(license)).toBe(-2);
    expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
  });

  test("the whole catalog is all but what a bundle bars for it; holders keep what they have", async () => {
    const license = await gateway.sell("population", { quantity: 2 });
    await comes(license, "ana");
    const barred_kinds = ["population"];
    await createBundle(gateway.context, BY, { name: "Talks", barred_kinds, course_ids: [license.course_id] });
    expect(await comes(license, "ben")).toBe("not_in_license");
    expect(await comes(license, "ana")).toBeNull();
  });
});

test("a bundle is not sold under a kind that it, or a bundle which shares a course with it, bars", async () => {
  const { account_id } = await gateway.account();
  const { course_id } = await gateway.course();
  const bundle = (name: string, barred_kinds: string[]) =>
    createBundle(gateway.context, BY, { name, barred_kinds, course_ids: [course_id] });
  const bars = await bundle("Talks", ["subscription"]);
  const shares = await bundle("Everything", []);
  for (const { id } of [bars, shares])
    await expect(
      gateway.sell("subscription", { account: { account_id }, bundle_id: id }),
    ).rejects.toMatchObject({
      code: "kind_barred",
      message: expect.stringContaining("Talks"),
    });
});

test.each(["subscription", "population", "course_assignment", "seats", "mauc", "mau"])(
  "%s is not sold for a single course",
  async (kind) => {
    const { account_id } = await gateway.account();
    const { course_id } = await gateway.course();
    const unset = { retake: null, retake_starts_over: null, starts_at: null, ends_at: null };
    const wanted = { account_id, kind, course_id, terms: {}, ...unset };
    await expect(createLicense(gateway.context, BY, wanted)).rejects.toMatchObject({ code: "body_invalid" });
  },
);

describe("annual plans (RULES §3.6)", () => {
  test("seats: deactivating a learner frees the seat, reactivating takes one if one is left", async () => {
    const license = await gateway.sell("seats", { quantity: 1 });
    const ana = await learnerOf(license, "ana");
    const setActive = (active: boolean) =>
      deactivateLearner(gateway.context, BY, license.account_id, ana, !active);
    await setActive(false);
    expect(await available(license)).toBe(1);
    gateway.clock.advance({ seconds: 60 });
    await setActive(true);
    expect(await available(license)).toBe(0);
    gateway.clock.advance({ seconds: 60 });
    expect(await comes(license, "ana")).toBeNull();
    expect((await gateway.seats(license)).map(({ status }) => status)).toEqual(["released", "confirmed"]);
    const page = { after: null, most: 10 };
    const changes = await listActivationChanges(gateway.context, license.account_id, ana, page);
    expect(changes.map(({ change, at, seats }) => [change, at.toISOString(), seats.length])).toEqual([
      ["reactivated", "2026-01-31T10:01:00.000Z", 1],
      ["deactivated", "2026-01-31T10:00:00.000Z", 1],
    ]);
    await setActive(false);
    gateway.clock.advance({ seconds: 60 });
    expect(await comes(license, "ben")).toBeNull();
    await setActive(true);
    expect(await comes(license, "ana")).toBe("no_seats_left");
    expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
  });

  test("seats: paused, a reactivated learner takes none", async () => {
    const license = await gateway.sell("seats", { quantity: 1 });
    const ana = await learnerOf(license, "ana");
    await deactivateLearner(gateway.context, BY, license.account_id, ana, true);
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, true);
    await deactivateLearner(gateway.context, BY, license.account_id, ana, false);
    expect(await available(license)).toBe(1);
    expect(await comes(license, "ana")).toBe("license_paused");
  });

  test("of other kinds the seat runs on while its learner is deactivated", async () => {
    const license = await gateway.sell("mauc", { quantity: 1 });
    const ana = await learnerOf(license, "ana");
    await deactivateLearner(gateway.context, BY, license.account_id, ana, true);
    expect(await comes(license, "ana")).toBe("learner_deactivated");
    expect(await available(license)).toBe(0);
    await deactivateLearner(gateway.context, BY, license.account_id, ana, false);
    expect(await comes(license, "ana")).toBeNull();
    expect(await gateway.seats(license)).toHaveLength(1);
  });

  test("a changed policy holds for the lots there are; what is overdrawn stays so", async () => {
    const license = await gateway.sell("mau", { quantity: 1 });
    const policy = (when_full: string) =>
      changeLicense(gateway.context, BY, license, { terms: { when_full } });
    expect(await comes(license, "ana")).toBeNull();
    expect(await comes(license, "ben")).toBe("no_seats_left");
    await policy("overage");
    expect(await comes(license, "ben")).toBeNull();
    await policy("deny");
    expect(await comes(license, "cleo")).toBe("no_seats_left");
    expect(await comes(license, "ben")).toBeNull();
    gateway.clock.set("2026-02-01T00:00:00Z");
    expect(await comes(license, "cleo")).toBeNull();
    expect(await comes(license, "ana")).toBe("no_seats_left");
  });

  test("mau: 13 lots for a plan that begins in mid-month, the first and last a part of one", async () => {
    const license = await gateway.sell("mau", { quantity: 5 });
    const { lots } = await licenseUsage(gateway.context, license.account_id, license.license_id);
    expect(lots.map(({ starts_at }) => starts_at.toISOString().slice(0, 10)).slice(0, 3)).toEqual([
      "2026-01-31",
      "2026-02-01",
      "2026-03-01",
    ]);
    expect(lots.at(-1)).toMatchObject({
      starts_at: new Date("2027-01-01T00:00Z"),
      ends_at: new Date("2027-01-31T00:00Z"),
    });
    expect(lots).toHaveLength(13);
  });

  test("mauc: three months of activity spend three credits, on one attempt", async () => {
    const license = await gateway.sell("mauc", { quantity: 5 });
    for (const month of ["2026-02", "2026-03", "2026-07"]) {
      gateway.clock.set(`${month}-10T00:00:00Z`);
      for (const _twice of [1, 2]) expect(await comes(license, "ana")).toBeNull();
    }
    expect(await available(license)).toBe(2);
    expect(new Set((await gateway.launches(license)).map(({ attempt_id }) => attempt_id)).size).toBe(1);
  });
});
