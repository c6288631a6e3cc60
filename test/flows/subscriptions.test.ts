/** Subscriptions over time: what ends with the account, what a term that runs costs, how many seats the next one has (RULES §3.3). */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createLot } from "../../src/flows/buying.ts";
import { closeAccount } from "../../src/flows/changeAccount.ts";
import { changeLicense, changeRenewal } from "../../src/flows/changeLicense.ts";
import { correctOrder } from "../../src/flows/correctOrder.ts";
import { createPrice } from "../../src/flows/prices.ts";
import { renewLicense, runDueRenewals } from "../../src/flows/renewals.ts";
import { viewLicense } from "../../src/flows/viewLicenses.ts";
import { listOrders } from "../../src/flows/viewOrders.ts";
import { ALL_ROWS, BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  gateway.clock.set("2026-01-15T10:00:00Z");
});
afterAll(() => gateway.close());

const ordered = ({ license_id }: TestLicense) =>
  gateway.context.db.query<{ reason: string; quantity: number; amount_minor: number }>(
    `select reason, quantity, order_line.amount_minor from purchase_order join order_line on order_line.order_id = purchase_order.id
     where license_id = $1 order by number`,
    [license_id],
  );

test("nothing of a closed account renews, and nothing more is charged", async () => {
  const license = await gateway.sell("subscription", { quantity: 2 });
  await closeAccount(gateway.context, BY, license.account_id);
  gateway.clock.set("2027-01-15T10:00:00Z");
  expect(await runDueRenewals(gateway.context)).toBe(0);
  expect(await renewLicense(gateway.context, license)).toBe(0);
  expect(await ordered(license)).toEqual([{ reason: "purchase", quantity: 2, amount_minor: 2000 }]);
});

test("what keeps one license from renewing keeps no other", async () => {
  const broken = await gateway.sell("subscription", { quantity: 1 });
  const license = await gateway.sell("subscription", { quantity: 1 });
  await gateway.context.db.query("update license set terms = '{}' where id = $1", [broken.license_id]);
  gateway.clock.set("2027-01-15T10:00:00Z");
  expect(await runDueRenewals(gateway.context)).toBe(1);
  expect((await ordered(license)).map(({ reason }) => reason)).toEqual(["purchase", "renewal"]);
});

test.each([
  { running: "annual", next: "monthly", at: "2026-04-15T10:00:00Z", costs: 9000 },
  { running: "monthly", next: "annual", at: "2026-01-15T10:00:00Z", costs: 1500 },
])(
  "seats added to $running term cost that term's price, whatever the next term's length",
  async ({ running, next, at, costs }) => {
    const license = await gateway.sell("subscription", { terms: { term_length: running } });
    const { account_id } = license;
    for (const [term_months, amount_minor] of [
      [1, 1500],
      [12, 12_000],
    ] as const) {
      const price = { account_id, kind: "subscription", course_id: null, valid_from: null };
      await createPrice(gateway.context, BY, { ...price, term_months, amount_minor });
    }
    await createLot(gateway.context, BY, { ...license, quantity: 1 });
    await changeLicense(gateway.context, BY, license, { terms: { term_length: next } });
    gateway.clock.set(at);
    await createLot(gateway.context, BY, { ...license, quantity: 1 });
    expect((await ordered(license)).at(-1)).toMatchObject({ reason: "purchase", amount_minor: costs });
  },
);

test("a number of seats is set for the next term alone: what is added to that one is there in the one after", async () => {
  const license = await gateway.sell("subscription", { quantity: 3 });
  const { renewal_quantity } = await changeRenewal(gateway.context, BY, license, {
    renews: true,
    quantity: 2,
    self_service: false,
  });
  expect(renewal_quantity).toBe(2);
  gateway.clock.set("2027-01-15T10:00:00Z");
  expect(await runDueRenewals(gateway.context)).toBe(1);
  await createLot(gateway.context, BY, { ...license, quantity: 8 });
  gateway.clock.set("2028-01-15T10:00:00Z");
  expect(await runDueRenewals(gateway.context)).toBe(1);
  expect((await ordered(license)).map(({ reason, quantity }) => [reason, quantity])).toEqual([
    ["purchase", 3],
    ["renewal", 2],
    ["purchase", 8],
    ["renewal", 10],
  ]);
});

/** Support takes back all of what was ordered last. */
async function takeBackLast({ account_id }: TestLicense): Promise<void> {
  const [order] = await listOrders(gateway.context.db, account_id, {}, ALL_ROWS);
  const [line] = order?.lines ?? [];
  if (!order || !line) throw new Error("Nothing was ordered");
  const { quantity } = line;
  await correctOrder(gateway.context, BY, { account_id, order_id: order.id, line_id: line.id, quantity });
}

test("a renewal that was taken back is not sold again, neither by itself nor by a launch", async () => {
  const license = await gateway.sell("subscription", { quantity: 3 });
  gateway.clock.set("2027-01-15T10:00:00Z");
  expect(await runDueRenewals(gateway.context)).toBe(1);
  await takeBackLast(license);
  expect(await runDueRenewals(gateway.context)).toBe(0);
  expect((await gateway.launch(license, { who: "ana" })).code).toBe("no_seats_left");
  expect((await ordered(license)).map(({ reason, quantity }) => [reason, quantity])).toEqual([
    ["purchase", 3],
    ["renewal", 3],
    ["correction", -3],
  ]);
  const { account_id, license_id } = license;
  expect((await viewLicense(gateway.context, account_id, license_id)).renews_at).toBeNull();
  await expect(
    changeRenewal(gateway.context, BY, license, { renews: true, self_service: false }),
  ).rejects.toMatchObject({ code: "conflict" });
});

test("what is bought after a renewal was taken back begins a term, which renews", async () => {
  const license = await gateway.sell("subscription", { quantity: 3 });
  gateway.clock.set("2027-01-15T10:00:00Z");
  await runDueRenewals(gateway.context);
  await takeBackLast(license);
  gateway.clock.set("2027-03-01T10:00:00Z");
  await createLot(gateway.context, BY, { ...license, quantity: 2 });
  expect((await gateway.launch(license, { who: "ana" })).code).toBeNull();
  gateway.clock.set("2028-03-01T10:00:00Z");
  expect(await runDueRenewals(gateway.context)).toBe(1);
  expect((await ordered(license)).map(({ reason, quantity }) => [reason, quantity])).toEqual([
    ["purchase", 3],
    ["renewal", 3],
    ["correction", -3],
    ["purchase", 2],
    ["renewal", 2],
  ]);
});

test("a license that is not there is not found, and is nothing to tell an operator of", async () => {
  const license = await gateway.sell("subscription", { quantity: 1 });
  const change = { renews: true, self_service: false };
  const unknown = { ...license, license_id: gateway.context.deps.newId() };
  await expect(changeRenewal(gateway.context, BY, unknown, change)).rejects.toMatchObject({
    code: "not_found",
  });
  expect(gateway.logged.filter(({ level }) => level === "error")).toEqual([]);
});
