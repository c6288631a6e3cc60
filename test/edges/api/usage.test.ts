/** Usage and the plan simulator through the API (RULES §3 "The dashboard shows", §3.6, docs/usage.md, docs/simulator.md). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createLot } from "../../../src/flows/buying.ts";
import { pageOfLaunchHistory, type RecordedHappening } from "../../../src/store/history.ts";
import { type ApiCaller, type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { BY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";

let gateway: TestGateway;
let api: ApiClient;
let account: { account_id: string };
let admin: ApiCaller;
let viewer: ApiCaller;
beforeAll(async () => {
  gateway = await testGateway();
  api = await apiClient(gateway.app());
});
beforeEach(async () => {
  await gateway.empty();
  account = await gateway.account();
  admin = api.as((await accountKey(gateway.context, account.account_id, "admin")).text);
  viewer = api.as((await accountKey(gateway.context, account.account_id, "viewer")).text);
});
afterAll(() => gateway.close());

const usageOf = ({ license_id }: Pick<TestLicense, "license_id">) =>
  `/accounts/${account.account_id}/licenses/${license_id}/usage`;

describe("the usage of a license", () => {
  test("shows pending and confirmed apart, the running tally, and each month", async () => {
    const license = await gateway.payPerUse({ account });
    await gateway.launch(license, { who: "ana" });
    gateway.clock.set("2026-02-03T09:00:00Z");
    await gateway.launch(license, { who: "ana" });
    await gateway.launch(license, { who: "ben" });
    const { body } = await viewer.get(`${usageOf(license)}?from=2026-01&to=2026-03`);
    expect(body).toMatchObject({
      state: "running",
      seats: { pending: 1, confirmed: 1 },
      now: null,
      plans: [],
      total: { charges: 1, charged_minor: 500 },
      months: [
        { month: "2026-01", started: 1, pending: 0, confirmed: 0, charged_minor: 0, taken: 1 },
        { month: "2026-02", started: 1, pending: 1, confirmed: 1, charged_minor: 500, taken: 2 },
        { month: "2026-03", started: 0, pending: 0, confirmed: 0, charged_minor: 0, taken: 2 },
      ],
    });
  });

  test("goes below zero where more people came than were bought for, with the days that are left", async () => {
    const license = await gateway.sell("population", { account, quantity: 2 });
    for (const who of ["ana", "ben", "cleo"]) await gateway.launch(license, { who });
    gateway.clock.set("2027-01-04T10:00:00Z");
    expect((await viewer.get(usageOf(license))).body).toMatchObject({
      now: { purchased: 2, used: 3, available: -1, overage: 1, days_left: 1 },
    });
    expect((await viewer.get(`/accounts/${account.account_id}/usage`)).body).toMatchObject({
      kinds: [{ kind: "population", purchased: 2, used: 3, available: -1, overage: 1, days_left: 1 }],
    });
  });

  test("lists the running plan first, then what lies ahead, then the past; what was left has lapsed", async () => {
    const { account_id, license_id } = await gateway.sell("seats", { account, quantity: 3 });
    const license = { account_id, license_id };
    gateway.clock.set("2026-12-01T00:00:00Z");
    const plan = (year: number) => ({
      ...license,
      quantity: year - 2000,
      starts_at: new Date(Date.UTC(year, 0, 5)),
      ends_at: new Date(Date.UTC(year + 1, 0, 5)),
    });
    for (const year of [2027, 2028, 2029]) await createLot(gateway.context, BY, plan(year));
    gateway.clock.set("2027-06-01T00:00:00Z");
    const { body } = await admin.get(usageOf(license));
    const { plans } = body as { plans: { state: string; purchased: number; lapsed: number }[] };
    expect(plans.map(({ state, purchased, lapsed }) => [state, purchased, lapsed])).toEqual([
      ["running", 27, 0],
      ["not_started", 0, 0],
      ["not_started", 0, 0],
      ["ended", 3, 3],
    ]);
    expect((await admin.get(`/accounts/${account_id}/usage`)).body).toMatchObject({
      kinds: [{ kind: "seats", purchased: 27, ahead: 28 + 29, lapsed: 3 }],
    });
  });

  test("of an annual plan is not for viewers", async () => {
    const license = await gateway.sell("mau", { account, quantity: 2 });
    expectProblem(await viewer.get(usageOf(license)), 403, "forbidden");
    expect((await viewer.get(`/accounts/${account.account_id}/usage`)).body).toEqual({ kinds: [] });
    expect((await admin.get(usageOf(license))).status).toBe(200);
  });

  test.each(["?from=2026-02&to=2026-01", "?from=2000-01&to=2026-01", "?from=January", "?from=2026-13"])(
    "is refused for %s",
    async (query) => {
      const license = await gateway.payPerUse({ account });
      expectProblem(await admin.get(usageOf(license) + query), 400, "body_invalid");
    },
  );
});

describe("a simulation", () => {
  const simulations = () => `/accounts/${account.account_id}/simulations`;

  test("says in words and numbers what another plan would have cost, and changes nothing", async () => {
    const license = await gateway.payPerUse({ account });
    for (const who of ["ana", "ana", "ben", "ben", "cleo"]) {
      gateway.clock.advance({ seconds: 1 });
      await gateway.launch(license, { who });
    }
    gateway.clock.advance({ seconds: 1 });
    const answer = await admin.post(simulations(), {
      license_ids: [license.license_id],
      plan: {
        kind: "seats",
        purchases: [{ quantity: 2, starts_at: "2025-12-01T00:00:00Z" }],
        prices: [{ amount_minor: 300 }],
      },
      from: "2025-12-01T00:00:00Z",
    });
    expect(answer.body).toMatchObject({
      currency: "EUR",
      simulated: {
        amount_minor: 600,
        ordered_minor: 600,
        charged_minor: 0,
        seats: 2,
        denied: { no_seats_left: 1 },
      },
      real: { charged_minor: 1000, ordered_minor: 0 },
      words: [
        "Seats, from 2025-12-01 to 2026-01-05: 6.00 EUR, for 5 launches and 2 new seats.",
        "Of that, 6.00 EUR for what is bought ahead, 0.00 EUR for 0 charges by use, and 0.00 EUR for 0 seats beyond what was bought.",
        "It really came to 10.00 EUR: this plan is 4.00 EUR cheaper.",
        "Launches that would have been denied: 1 × no_seats_left.",
      ],
    });
    expect(await gateway.charges(license)).toHaveLength(2);
  });

  test("says where no price was in force, instead of leaving it out in silence", async () => {
    const license = await gateway.payPerUse({ account });
    await gateway.launch(license, { who: "ana" });
    gateway.clock.advance({ seconds: 1 });
    const plan = { kind: "population", purchases: [{ quantity: 2 }] };
    const { body } = await admin.post(simulations(), { license_ids: [license.license_id], plan });
    expect(body).toMatchObject({ simulated: { amount_minor: 0, unpriced: 1 } });
  });

  test.each([
    [{ plan: { kind: "volume", purchases: [{ quantity: 1 }] } }, "course_id"],
    [{ plan: { kind: "population" } }, "plan.purchases"],
    [{ plan: { kind: "pay_per_use", purchases: [{ quantity: 1 }] } }, "plan.purchases"],
    [{ plan: { kind: "seats", terms: { seat_months: 1 }, purchases: [] } }, "seat_months"],
    [{ from: "2020-01-01T00:00:00Z", plan: { kind: "pay_per_use" } }, "from"],
    [{ from: "2027-01-01T00:00:00Z", until: "2026-01-01T00:00:00Z", plan: { kind: "pay_per_use" } }, "until"],
  ])("is refused for %j, naming %s", async (body, field) => {
    const answer = await admin.post(simulations(), body);
    expectProblem(answer, 400, "body_invalid");
    expect(JSON.stringify(answer.body)).toContain(field);
  });

  test.each(["by_time", "by_learner"] as const)(
    "reads history in pages, each launch once, %s",
    async (order) => {
      const license = await gateway.payPerUse({ account });
      for (const who of ["ana", "ben", "ana", "cleo", "ben", "ana", "dora"]) {
        await gateway.launch(license, { who });
        if (who === "ben") gateway.clock.advance({ seconds: 5 });
      }
      const wanted = {
        account_id: account.account_id,
        license_ids: null,
        course_id: null,
        from: new Date("2026-01-01T00:00:00Z"),
        until: new Date("2026-02-01T00:00:00Z"),
      };
      const { db } = gateway.context;
      const whole = await pageOfLaunchHistory(db, wanted, order, null, 100);
      const read: RecordedHappening[] = [];
      for (;;) {
        const page = await pageOfLaunchHistory(db, wanted, order, read.at(-1) ?? null, 2);
        read.push(...page);
        if (page.length < 2) break;
      }
      expect(whole).toHaveLength(7);
      expect(read).toEqual(whole);
    },
  );
});
