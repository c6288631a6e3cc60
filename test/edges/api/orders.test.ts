/** Every sale is an order: who, when, what, at which price; several license kinds in one (RULES §3, §5, §7). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createBundle } from "../../../src/flows/bundles.ts";
import { runDueRenewals } from "../../../src/flows/renewals.ts";
import { type ApiCaller, type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { BY, TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";

let gateway: TestGateway;
let api: ApiClient;
let operator: ApiCaller;
let admin: ApiCaller;
let account_id: string;
let course_id: string;
let bundle_id: string;
beforeAll(async () => {
  gateway = await testGateway({ settings: { API_REQUESTS_PER_MINUTE: "1000000" } });
  api = await apiClient(gateway.app());
});
beforeEach(async () => {
  await gateway.empty();
  operator = api.as(TEST_OPERATOR_KEY);
  account_id = (await gateway.account()).account_id;
  admin = api.as((await accountKey(gateway.context, account_id, "admin")).text);
  course_id = (await gateway.course()).course_id;
  const bundle = { name: "Plus", barred_kinds: [], course_ids: [course_id] };
  bundle_id = (await createBundle(gateway.context, BY, bundle)).id;
});
afterAll(() => gateway.close());

const place = (noun: string) => `/accounts/${account_id}/${noun}`;
const price = async (kind: string, amount_minor: number, more: object = {}) =>
  (await operator.post(place("prices"), { kind, amount_minor, ...more })).body;
const buy = (caller: ApiCaller, ...lines: object[]) => caller.post(place("orders"), { lines });
const volumeOf = (quantity: number) => ({ kind: "volume", course_id, quantity });
const subscriptionOf = (quantity: number, term_length = "annual") => ({
  kind: "subscription",
  bundle_id,
  quantity,
  terms: { term_length },
});

interface Line {
  readonly id: string;
  readonly license_id: string;
  readonly amount_minor: number;
  readonly lot_ids: string[];
}

async function lotsOf(license_id: string): Promise<Record<string, unknown>[]> {
  return (await operator.get(`${place("lots")}?license_id=${license_id}`)).body.items;
}

describe("an order", () => {
  test("holds several license kinds, and says who bought what, when and at which price", async () => {
    const seat = await price("volume", 1000);
    const term = await price("subscription", 12_000);
    const { status, headers, body } = await buy(admin, volumeOf(30), subscriptionOf(20));
    expect([status, headers["location"]]).toEqual([201, `/api/v1${place("orders")}/${body.id}`]);
    expect(body).toMatchObject({
      number: 1,
      reason: "purchase",
      ordered_at: "2026-01-05T09:00:00.000Z",
      self_service: true,
      amount_minor: 270_000,
      currency: "EUR",
      lines: [
        {
          kind: "volume",
          course_id,
          quantity: 30,
          price_id: seat.id,
          unit_amount_minor: 1000,
          amount_minor: 30_000,
        },
        { kind: "subscription", bundle_id, quantity: 20, price_id: term.id, amount_minor: 240_000 },
      ],
    });
    expect(body.ordered_by).toMatch(/^api_key:/);
    for (const { license_id, lot_ids } of body.lines as Line[])
      expect(await lotsOf(license_id)).toMatchObject([
        { id: lot_ids[0], taken: 0, ends_at: "2027-01-05T09:00:00.000Z" },
      ]);
    expect((await admin.get(`${place("orders")}/${body.id}`)).body).toEqual(body);
    expect((await operator.get(place("audit?action=order.create"))).body.items).toMatchObject([
      { subject_id: body.id, after: { number: 1, amount_minor: 270_000 } },
    ]);
  });

  test("is made as a whole or not at all, and says which line is wrong", async () => {
    await price("volume", 1000);
    const { course_id: retired } = await gateway.course();
    await operator.post(`/courses/${retired}/retire`);
    const answer = await buy(admin, volumeOf(1), { ...volumeOf(1), course_id: retired });
    expectProblem(answer, 409, "conflict");
    expect(answer.body.detail).toMatch(/^lines\.1\.course_id: /);
    for (const noun of ["orders", "licenses", "lots"])
      expect((await admin.get(place(noun))).body.items).toEqual([]);
  });

  test("is found in the history by license, kind, reason and time, the newest first", async () => {
    await price("volume", 1000);
    await price("subscription", 500);
    const { body: first } = await buy(admin, volumeOf(1));
    gateway.clock.advance({ days: 1 });
    const { body: second } = await buy(operator, subscriptionOf(1));
    const numbers = async (query: string) => {
      const { body } = await admin.get(`${place("orders")}?${query}`);
      return body.items.map(({ number }: { number: number }) => number);
    };
    expect(await numbers("")).toEqual([2, 1]);
    expect(await numbers("kind=volume")).toEqual([1]);
    expect(await numbers(`license_id=${second.lines[0].license_id}`)).toEqual([2]);
    expect(await numbers("reason=renewal")).toEqual([]);
    expect(await numbers("from=2026-01-06T09:00:00Z")).toEqual([2]);
    expect(await numbers("until=2026-01-06T09:00:00Z")).toEqual([1]);
    expect(first.lines[0].license_id).not.toBe(second.lines[0].license_id);
  });

  test("can't be changed or deleted, not even in the database", async () => {
    await price("volume", 1000);
    await buy(admin, volumeOf(1));
    const { db } = gateway.context;
    for (const table of ["purchase_order", "order_line", "order_line_lot"])
      for (const statement of [`update ${table} set account_id = account_id`, `delete from ${table}`])
        await expect(db.query(statement)).rejects.toMatchObject({ code: "23001" });
  });

  test.each([
    [{ lines: [] }, "lines"],
    [{ lines: [{ quantity: 1 }] }, "lines.0.license_id"],
    [
      { lines: [{ license_id: "019b8d62-7a80-7a6a-b440-aafbc824f8b4", kind: "volume", quantity: 1 }] },
      "lines.0.license_id",
    ],
    [{ lines: [{ kind: "volume", quantity: 0 }] }, "lines.0.quantity"],
    [{ lines: [{ kind: "volume", quantity: 1.5 }] }, "lines.0.quantity"],
    [{ lines: [{ kind: "volume", quantity: 1, terms: { seats: 1 } }] }, "lines.0.terms.seats"],
    [{ lines: [{ kind: "pay_per_use", quantity: 1 }] }, "lines.0.kind"],
    [{ lines: [{ kind: "course_assignment", quantity: 1 }] }, "lines.0.kind"],
    [{ lines: [{ kind: "volume", quantity: 1 }] }, "lines.0.course_id"],
    [{ lines: [{ kind: "seats", quantity: 1, starts_at: "2026-02-01T09:00:00Z" }] }, "lines.0.starts_at"],
    [
      {
        lines: [
          { kind: "seats", quantity: 1, starts_at: "2026-02-01T00:00:00Z", ends_at: "2027-02-02T00:00:00Z" },
        ],
      },
      "lines.0.ends_at",
    ],
  ])("%j is refused, naming the field", async (wrong, field) => {
    const answer = await operator.post(place("orders"), wrong);
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toContain(`${field}: `);
  });
});

describe("a quote", () => {
  test("says line by line what an order would cost, and makes nothing", async () => {
    await price("volume", 1000, { tiers: [{ from_quantity: 30, discount_basis_points: 1000 }] });
    await price("subscription", 12_000);
    const lines = [volumeOf(30), subscriptionOf(2)];
    const { status, body } = await admin.post(place("quotes"), { lines });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      amount_minor: 51_000,
      currency: "EUR",
      lines: [
        { license_id: null, tier: { from_quantity: 30, discount_basis_points: 1000 }, amount_minor: 27_000 },
        { license_id: null, tier: null, portion: { numerator: 1, denominator: 1 }, amount_minor: 24_000 },
      ],
    });
    for (const noun of ["orders", "licenses", "lots"])
      expect((await admin.get(place(noun))).body.items).toEqual([]);
    const { body: order } = await buy(admin, ...lines);
    expect(order.amount_minor).toBe(body.amount_minor);
  });

  test("of what can't be bought is refused like the order", async () => {
    for (const noun of ["quotes", "orders"])
      expectProblem(await admin.post(place(noun), { lines: [volumeOf(1)] }), 409, "price_missing");
    await price("volume", 1000);
    for (const noun of ["quotes", "orders"])
      expectProblem(await admin.post(place(noun), { lines: [volumeOf(1001)] }), 409, "order_too_large");
  });
});

describe("prices", () => {
  test("are rows valid from an instant: what is bought before costs the old price, from then on the new one", async () => {
    await price("volume", 1000);
    await price("volume", 1100, { valid_from: "2026-02-01T00:00:00Z" });
    const cost = async () => (await buy(admin, volumeOf(1))).body.amount_minor;
    gateway.clock.set("2026-01-31T23:59:59.999Z");
    expect(await cost()).toBe(1000);
    gateway.clock.set("2026-02-01T00:00:00Z");
    expect(await cost()).toBe(1100);
    const backdated = { kind: "volume", amount_minor: 1, valid_from: "2026-01-31T23:59:59Z" };
    expectProblem(await operator.post(place("prices"), backdated), 400, "body_invalid");
  });

  test("of a course go before general ones; of a term's length before those of any", async () => {
    await price("volume", 1000);
    await price("volume", 700, { course_id });
    await price("subscription", 9000);
    await price("subscription", 900, { term_months: 1 });
    await price("subscription", 8000, { bundle_id });
    const { course_id: other } = await gateway.course();
    const { body } = await buy(
      operator,
      volumeOf(1),
      { ...volumeOf(1), course_id: other },
      subscriptionOf(1),
      { ...subscriptionOf(1), bundle_id: null },
      { ...subscriptionOf(1, "monthly"), bundle_id: null },
    );
    expect(body.lines.map(({ amount_minor }: Line) => amount_minor)).toEqual([700, 1000, 8000, 9000, 900]);
  });

  test("hold for what a launch charges too: a course's own, its bundle's, the general one", async () => {
    const { course_id: own } = await gateway.course();
    await operator.patch(`/bundles/${bundle_id}`, { course_ids: [course_id, own] });
    await price("course_assignment", 100);
    await price("course_assignment", 80, { bundle_id });
    await price("course_assignment", 90, { course_id: own });
    const charged = async (scope: object, of: string) => {
      const wanted = { kind: "course_assignment", terms: { first_launch: "assign" }, ...scope };
      const { body: license } = await operator.post(place("licenses"), wanted);
      const delivery = { license_id: license.id, course_id: of, format: "scorm12" };
      const { body: delivered } = await operator.post(place("deliveries"), delivery);
      (await gateway.launch({ delivery_key: delivered.key }, { who: "ana" })).allowed();
      const { body } = await operator.get(`${place("charges")}?license_id=${license.id}`);
      return body.items.map(({ amount_minor }: Line) => amount_minor);
    };
    expect(await charged({ bundle_id }, course_id)).toEqual([80]);
    expect(await charged({ bundle_id }, own)).toEqual([90]);
    expect(await charged({}, course_id)).toEqual([100]);
  });

  test.each([
    [{ kind: "pay_per_use", tiers: [{ from_quantity: 10, discount_basis_points: 100 }] }, "tiers"],
    [{ kind: "pay_per_use", covers: "overage" }, "covers"],
    [
      { kind: "population", covers: "overage", tiers: [{ from_quantity: 10, discount_basis_points: 100 }] },
      "tiers",
    ],
    [{ kind: "volume", bundle_id: "019b8d62-7a80-7a6a-b440-aafbc824f8b4" }, "bundle_id"],
    [{ kind: "population", course_id: "019b8d62-7a80-7a6a-b440-aafbc824f8b4" }, "course_id"],
    [{ kind: "volume", term_months: 12 }, "term_months"],
    [
      { kind: "volume", tiers: [{ from_quantity: 10, discount_basis_points: 0 }] },
      "tiers.0.discount_basis_points",
    ],
    [
      {
        kind: "volume",
        tiers: [
          { from_quantity: 10, discount_basis_points: 100 },
          { from_quantity: 10, discount_basis_points: 200 },
        ],
      },
      "tiers.1.from_quantity",
    ],
    [{ kind: "volume", amount_minor: 12.5 }, "amount_minor"],
    [{ kind: "volume", amount_minor: -1 }, "amount_minor"],
  ])("%j is refused, naming the field", async (wrong, field) => {
    const answer = await operator.post(place("prices"), { amount_minor: 100, ...wrong });
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toContain(`${field}: `);
  });

  test("of overages, of bundles and of every kind are listed, also for the account itself", async () => {
    for (const kind of [
      "pay_per_use",
      "volume",
      "subscription",
      "population",
      "course_assignment",
      "seats",
      "mauc",
      "mau",
    ])
      await price(kind, 100);
    await price("population", 150, { covers: "overage" });
    await price("course_assignment", 90, { course_id });
    await price("course_assignment", 80, { bundle_id });
    const count = async (query: string) => (await admin.get(`${place("prices")}?${query}`)).body.items.length;
    expect([await count(""), await count("covers=overage"), await count(`bundle_id=${bundle_id}`)]).toEqual([
      11, 1, 1,
    ]);
  });
});

describe("volume (RULES §3.2)", () => {
  test("the tier goes by the quantity of one course within one order, whichever licenses it is for", async () => {
    await price("volume", 1000, { tiers: [{ from_quantity: 100, discount_basis_points: 1000 }] });
    const { body: first } = await buy(admin, volumeOf(60));
    const { license_id } = first.lines[0];
    const { body } = await buy(admin, { license_id, quantity: 60 }, volumeOf(40));
    expect(first.amount_minor).toBe(60_000);
    expect(body.lines.map(({ amount_minor }: Line) => amount_minor)).toEqual([54_000, 36_000]);
    const { course_id: other } = await gateway.course();
    const { body: apart } = await buy(admin, volumeOf(60), { ...volumeOf(40), course_id: other });
    expect(apart.amount_minor).toBe(100_000);
  });

  test("more seats are a lot of their own, for 12 months from their purchase", async () => {
    await price("volume", 1000);
    const { body } = await buy(admin, volumeOf(1));
    gateway.clock.set("2026-03-31T12:00:00Z");
    await buy(admin, { license_id: body.lines[0].license_id, quantity: 2 });
    expect(await lotsOf(body.lines[0].license_id)).toMatchObject([
      { quantity: 2, starts_at: "2026-03-31T12:00:00.000Z", ends_at: "2027-03-31T12:00:00.000Z" },
      { quantity: 1, ends_at: "2027-01-05T09:00:00.000Z" },
    ]);
  });

  test("is bought by admins from 1 to 1,000 seats of a course in one order; the vendor sells more", async () => {
    await price("volume", 1000);
    expect((await buy(admin, volumeOf(1000))).status).toBe(201);
    for (const lines of [[volumeOf(1001)], [volumeOf(600), volumeOf(401)]]) {
      const answer = await buy(admin, ...lines);
      expectProblem(answer, 409, "order_too_large");
      expect(answer.body.detail).toMatch(/^lines\.0\.quantity: found 1001, expected at most 1000 of volume/);
      expect((await buy(operator, ...lines)).status).toBe(201);
    }
  });

  test("is not sold where a bundle bars it, even of a license from before", async () => {
    await price("volume", 1000);
    const { body } = await buy(admin, volumeOf(1));
    const bundle = { name: "Talks", barred_kinds: ["volume"], course_ids: [course_id] };
    await createBundle(gateway.context, BY, bundle);
    for (const line of [volumeOf(1), { license_id: body.lines[0].license_id, quantity: 1 }])
      expectProblem(await buy(operator, line), 409, "kind_barred");
  });
});

describe("subscription (RULES §3.3)", () => {
  test("seats added after 3 of 12 months cost 9/12, and end with the term", async () => {
    await price("subscription", 12_000);
    const { body: first } = await buy(admin, subscriptionOf(20));
    const { license_id } = first.lines[0];
    gateway.clock.set("2026-04-05T09:00:00Z");
    const { body } = await buy(admin, { license_id, quantity: 5 });
    expect(body.lines).toMatchObject([
      { portion: { numerator: 9, denominator: 12 }, unit_amount_minor: 12_000, amount_minor: 45_000 },
    ]);
    expect(await lotsOf(license_id)).toMatchObject([
      { quantity: 5, starts_at: "2026-04-05T09:00:00.000Z", ends_at: "2027-01-05T09:00:00.000Z" },
      { quantity: 20, ends_at: "2027-01-05T09:00:00.000Z" },
    ]);
    gateway.clock.set("2026-04-20T09:00:00Z");
    const { body: later } = await buy(admin, { license_id, quantity: 5 });
    // 8 months, and 15 of the 30 days of the month that runs: 8.5/12 of 600 EUR.
    expect(later.lines).toMatchObject([
      { portion: { numerator: 255, denominator: 360 }, amount_minor: 42_500 },
    ]);
  });

  test("what is added just after the end of a term is added to the next one, which began by itself", async () => {
    await price("subscription", 12_000);
    const { body: first } = await buy(admin, subscriptionOf(20));
    gateway.clock.set("2027-01-05T09:00:00.001Z");
    const { license_id } = first.lines[0];
    const { body } = await buy(admin, { license_id, quantity: 1 });
    expect(body.lines).toMatchObject([
      {
        portion: { numerator: 12, denominator: 12 },
        amount_minor: 12_000,
        ends_at: "2028-01-05T09:00:00.000Z",
      },
    ]);
    const { body: history } = await admin.get(place("orders"));
    expect(
      history.items.map(({ reason, amount_minor }: Record<string, unknown>) => [reason, amount_minor]),
    ).toEqual([
      ["purchase", 12_000],
      ["renewal", 240_000],
      ["purchase", 240_000],
    ]);
  });

  test("is bought by admins up to 100 seats in one order; the vendor sells more", async () => {
    await price("subscription", 12_000);
    const { body } = await buy(admin, subscriptionOf(100));
    const { license_id } = body.lines[0];
    expect((await buy(admin, { license_id, quantity: 100 })).status).toBe(201);
    expectProblem(await buy(admin, { license_id, quantity: 101 }), 409, "order_too_large");
    expect((await buy(operator, { license_id, quantity: 101 })).status).toBe(201);
  });
});

describe("population and annual plans (RULES §3.4, §3.6)", () => {
  const population = (quantity: number, more: object = {}) => ({ kind: "population", quantity, ...more });
  const plan = (kind: string, quantity: number, more: object = {}) => ({ kind, quantity, ...more });

  test("are sold by the vendor, not to whoever has an admin's key", async () => {
    for (const kind of ["population", "seats", "mauc", "mau"]) {
      await price(kind, 100);
      const answer = await buy(admin, { kind, quantity: 10 });
      expectProblem(answer, 403, "forbidden");
      expect((await buy(operator, { kind, quantity: 10 })).status).toBe(201);
    }
  });

  test("what is added to a population within its period costs the whole price, and ends with the period", async () => {
    await price("population", 100);
    const period = { starts_at: "2026-01-01T00:00:00Z", ends_at: "2026-07-01T00:00:00Z" };
    const { body } = await buy(operator, population(16_000, period));
    const { license_id } = body.lines[0];
    gateway.clock.advance({ days: 30 });
    const { body: more } = await buy(operator, { license_id, quantity: 2000 });
    expect(more.lines).toMatchObject([{ amount_minor: 200_000, ends_at: "2026-07-01T00:00:00.000Z" }]);
    const beyond = await buy(operator, { license_id, quantity: 1, ends_at: "2026-08-01T00:00:00Z" });
    expect(beyond.body.detail).toMatch(/^lines\.0\.ends_at: expected none, or the end of the running period/);
  });

  test("of the next period it can be sold ahead; two periods never overlap", async () => {
    await price("population", 100);
    const { body } = await buy(operator, population(10, { ends_at: "2026-07-01T00:00:00Z" }));
    const { license_id } = body.lines[0];
    const next = {
      license_id,
      quantity: 20,
      starts_at: "2026-09-01T00:00:00Z",
      ends_at: "2027-09-01T00:00:00Z",
    };
    expect((await buy(operator, next)).body.lines).toMatchObject([{ amount_minor: 2000 }]);
    const between = { license_id, quantity: 20, starts_at: "2026-07-01T00:00:00Z" };
    const answer = await buy(operator, between);
    expect(answer.body.detail).toMatch(/^lines\.0\.ends_at: expected at most 2026-09-01T00:00:00Z/);
    expect((await buy(operator, { ...between, ends_at: "2026-09-01T00:00:00Z" })).status).toBe(201);
  });

  test("nothing is sold for a period that is over: nobody could use it", async () => {
    await price("population", 100);
    const { body } = await buy(operator, population(10, { ends_at: "2026-07-01T00:00:00Z" }));
    gateway.clock.set("2026-08-01T00:00:00Z");
    const late = { license_id: body.lines[0].license_id, quantity: 5, starts_at: "2026-06-01T00:00:00Z" };
    const answer = await buy(operator, late);
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toMatch(/^lines\.0\.starts_at: expected none of a period that is over/);
  });

  test("a plan begins at 00:00 UTC and lasts a year; of one from mid-month, monthly users have 13 lots", async () => {
    await price("mau", 5000);
    const { body } = await buy(operator, plan("mau", 10, { starts_at: "2026-01-15T00:00:00Z" }));
    expect(body.lines).toMatchObject([
      { amount_minor: 50_000, starts_at: "2026-01-15T00:00:00.000Z", ends_at: "2027-01-15T00:00:00.000Z" },
    ]);
    expect(body.lines[0].lot_ids).toHaveLength(13);
    const { body: today } = await buy(operator, plan("mau", 10));
    expect(today.lines[0].starts_at).toBe("2026-01-05T00:00:00.000Z");
  });
});

describe("a license that has ended", () => {
  test("is sold nothing more of; one that will end is, until then", async () => {
    await price("volume", 1000);
    const { body } = await buy(admin, volumeOf(1));
    const { license_id } = body.lines[0];
    await operator.post(`${place("licenses")}/${license_id}/end`, { ends_at: "2026-02-01T00:00:00Z" });
    expect((await buy(admin, { license_id, quantity: 1 })).status).toBe(201);
    gateway.clock.set("2026-02-01T00:00:00Z");
    for (const caller of [admin, operator])
      for (const [noun, request] of [
        ["orders", { lines: [{ license_id, quantity: 1 }] }],
        ["quotes", { lines: [{ license_id, quantity: 1 }] }],
        ["lots", { license_id, quantity: 1 }],
      ] as const)
        expectProblem(await caller.post(place(noun), request), 409, "license_ended");
    await operator.patch(`${place("licenses")}/${license_id}`, { ends_at: null });
    expect((await buy(admin, { license_id, quantity: 1 })).status).toBe(201);
  });

  test("whose lots alone have ended goes on with a new one: the packages in the LMS go on working", async () => {
    await price("volume", 1000);
    const { body } = await buy(admin, volumeOf(1));
    gateway.clock.set("2027-02-01T00:00:00Z");
    expect((await buy(admin, { license_id: body.lines[0].license_id, quantity: 1 })).status).toBe(201);
  });
});

describe("a correction", () => {
  const correct = (order_id: string, line_id: string, quantity: number) =>
    operator.post(`${place("orders")}/${order_id}/corrections`, { line_id, quantity });

  test("is an order of its own, which credits what it takes back; what it corrects stays", async () => {
    await price("volume", 333, { tiers: [{ from_quantity: 100, discount_basis_points: 1250 }] });
    const { body: order } = await buy(admin, volumeOf(100));
    const { id, license_id } = order.lines[0];
    const { body: first } = await correct(order.id, id, 90);
    expect(first).toMatchObject({ number: 2, reason: "correction", amount_minor: -26_224 });
    expect(first.lines).toMatchObject([{ corrects_line_id: id, quantity: -90, lot_ids: [] }]);
    expect(await lotsOf(license_id)).toMatchObject([{ quantity: 10 }]);
    expectProblem(await correct(order.id, id, 11), 409, "conflict");
    const { body: second } = await correct(order.id, id, 10);
    expect(order.amount_minor + first.amount_minor + second.amount_minor).toBe(0);
    expect(await lotsOf(license_id)).toMatchObject([{ quantity: 0 }]);
    expect((await admin.get(`${place("orders")}/${order.id}`)).body).toEqual(order);
    expectProblem(await correct(first.id, first.lines[0].id, 1), 409, "conflict");
  });

  test("of all of a subscription leaves nothing that could renew", async () => {
    await price("subscription", 12_000);
    const { body: order } = await buy(admin, subscriptionOf(3));
    await correct(order.id, order.lines[0].id, 3);
    gateway.clock.set("2027-02-01T00:00:00Z");
    expect(await runDueRenewals(gateway.context)).toBe(0);
    expect((await admin.get(place("orders"))).body.items).toHaveLength(2);
  });

  test("of all of a plan makes room for the right one; who goes over it is on that one", async () => {
    await price("mauc", 100);
    const wrong = { starts_at: "2026-01-01T00:00:00Z", ends_at: "2026-12-31T00:00:00Z" };
    const { body: order } = await buy(operator, { kind: "mauc", quantity: 10, ...wrong });
    const { id, license_id } = order.lines[0];
    const right = { starts_at: "2026-01-02T00:00:00Z", ends_at: "2026-07-01T00:00:00Z" };
    expectProblem(await buy(operator, { license_id, quantity: 1, ...right }), 400, "body_invalid");
    await correct(order.id, id, 10);
    const { body } = await buy(operator, { license_id, quantity: 1, ...right });
    expect(body.lines).toMatchObject([{ ends_at: "2026-07-01T00:00:00.000Z" }]);
    const delivered = await admin.post(place("deliveries"), { license_id, course_id, format: "scorm12" });
    const door = { delivery_key: delivered.body.key };
    for (const who of ["ana", "ben"]) (await gateway.launch(door, { who })).allowed();
    expect(await lotsOf(license_id)).toMatchObject([
      { quantity: 1, taken: 2 },
      { quantity: 0, taken: 0 },
    ]);
  });

  test("of all of a subscription, which is then bought again: another term, which renews when it ends", async () => {
    await price("subscription", 12_000, { term_months: 12 });
    await price("subscription", 1200, { term_months: 1 });
    const { body: order } = await buy(admin, subscriptionOf(3));
    const { id, license_id } = order.lines[0];
    await correct(order.id, id, 3);
    const change = { terms: { term_length: "monthly" } };
    expect((await operator.patch(`${place("licenses")}/${license_id}`, change)).status).toBe(200);
    gateway.clock.set("2026-02-05T09:00:00Z");
    const { body } = await buy(admin, { license_id, quantity: 2 });
    expect(body.lines).toMatchObject([{ amount_minor: 2400, ends_at: "2026-03-05T09:00:00.000Z" }]);
    gateway.clock.set("2026-03-05T09:00:00Z");
    expect(await runDueRenewals(gateway.context)).toBe(1);
    expect((await lotsOf(license_id))[0]).toMatchObject({ quantity: 2, ends_at: "2026-04-05T09:00:00.000Z" });
  });

  test("takes no seat from anybody who has one, and leaves none behind for anybody new", async () => {
    const license = await gateway.volume([2], { account: { account_id }, course_id });
    (await gateway.launch(license, { who: "ana" })).allowed();
    const { body } = await operator.get(place("orders"));
    const [{ id, lines }] = body.items;
    expectProblem(await correct(id, lines[0].id, 2), 409, "conflict");
    expect(await lotsOf(license.license_id)).toMatchObject([{ quantity: 2, taken: 1 }]);
    expect((await correct(id, lines[0].id, 1)).status).toBe(201);
    expect((await gateway.launch(license, { who: "ben" })).code).toBe("no_seats_left");
    expect((await gateway.launch(license, { who: "ana" })).code).toBeNull();
  });
});

describe("the pay-per-use library", () => {
  test("takes a course, several at once, or those of a list; each once, with a result of its own", async () => {
    await operator.post(place("contracts"), { kind: "pay_per_use" });
    await price("pay_per_use", 500);
    const { course_id: second } = await gateway.course();
    const { course_id: third } = await gateway.course();
    const add = async (body: object) =>
      (await admin.post(place("library"), body)).body.items.map(
        ({ outcome }: { outcome: string }) => outcome,
      );
    expect(await add({ course_id })).toEqual(["added"]);
    expect(await add({ course_ids: [course_id, second, second] })).toEqual(["already_there", "added"]);
    const { body: list } = await admin.post(place("lists"), { name: "All", course_ids: [second, third] });
    expect((await add({ list_id: list.id })).sort()).toEqual(["added", "already_there"]);
    for (const wrong of [{}, { course_id, list_id: list.id }, { course_ids: [] }])
      expectProblem(await admin.post(place("library"), wrong), 400, "body_invalid");
  });
});
