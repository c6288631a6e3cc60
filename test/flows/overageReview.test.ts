/** An overage is announced, disputed line by line, and then charged (RULES §3.4 "Overage review"). */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createLot } from "../../src/flows/buying.ts";
import { changeLicense } from "../../src/flows/changeLicense.ts";
import {
  announceOverage,
  disputeOverage,
  requireReview,
  runDueOverages,
  settleDispute,
} from "../../src/flows/overageReview.ts";
import { createPrice } from "../../src/flows/prices.ts";
import { BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway();
});
/** Three were purchased, ten are consumed; each beyond costs 12 EUR. */
beforeEach(async () => {
  await gateway.empty();
  gateway.clock.set("2026-01-01T00:00:00Z");
  license = await gateway.sell("population", { quantity: 3 });
  const price = { kind: "population", course_id: null, amount_minor: 1200, valid_from: null };
  await createPrice(gateway.context, BY, { account_id: license.account_id, ...price, covers: "overage" });
  await consume(10);
  gateway.clock.set("2026-03-01T00:00:00Z");
});
afterAll(() => gateway.close());

async function consume(learners: number, prefix = "learner"): Promise<void> {
  for (let index = 0; index < learners; index++) await gateway.launch(license, { who: `${prefix}-${index}` });
}
const announce = () => announceOverage(gateway.context, BY, license, null);
const dispute = async (reviewId: string, count: number) => {
  const seat_ids = (await gateway.seats(license)).slice(0, count).map(({ id }) => id);
  const wanted = { seat_ids, reason: "The same people under two ids." };
  return disputeOverage(gateway.context, BY, license.account_id, reviewId, wanted);
};
const settle = (disputeId: string, outcome: "upheld" | "rejected") =>
  settleDispute(gateway.context, BY, license.account_id, disputeId, { outcome, note: "" });
const charged = async () =>
  (await gateway.charges(license)).map(({ reason, rule, amount_minor }) => [reason, rule, amount_minor]);
const after = (days: number) => gateway.clock.advance({ seconds: days * 24 * 60 * 60 });

test("for 14 days nothing is charged; then all of it, once", async () => {
  const review = await announce();
  expect(review).toMatchObject({ purchased: 3, consumed: 10, chargeable: 7 });
  expect(review.disputable_until).toEqual(new Date("2026-03-15T00:00:00Z"));
  gateway.clock.set("2026-03-14T23:59:59Z");
  expect(await runDueOverages(gateway.context)).toBe(0);
  expect(await charged()).toEqual([]);
  gateway.clock.set("2026-03-15T00:00:00Z");
  await Promise.all([runDueOverages(gateway.context), runDueOverages(gateway.context)]);
  expect(await charged()).toEqual([["overage", "overage_review", 7 * 1200]]);
});

test("disputed lines wait: rejected they are charged, upheld they never are", async () => {
  const { id } = await announce();
  const disputes = await dispute(id, 3);
  after(14);
  await runDueOverages(gateway.context);
  expect(await charged()).toEqual([["overage", "overage_review", 4 * 1200]]);
  const [first, second, third] = disputes.map((one) => one.id) as [string, string, string];
  await settle(first, "rejected");
  await settle(second, "upheld");
  expect(await charged()).toEqual([
    ["overage", "overage_review", 4 * 1200],
    ["overage", "overage_review", 1200],
  ]);
  expect(await requireReview(gateway.context, license.account_id, id)).toMatchObject({
    undisputed: 8,
    disputed: 1,
    upheld: 1,
    charged: 5,
    chargeable: 0,
  });
  await expect(settle(first, "upheld")).rejects.toMatchObject({ code: "conflict" });
  await settle(third, "upheld");
  expect(await charged()).toHaveLength(2);
});

test("what is settled within the time is charged with the rest", async () => {
  const { id } = await announce();
  const [first] = await dispute(id, 1);
  await settle(first?.id ?? "", "rejected");
  expect(await charged()).toEqual([]);
  after(14);
  await runDueOverages(gateway.context);
  expect(await charged()).toEqual([["overage", "overage_review", 7 * 1200]]);
});

test("the next announcement charges what is above what was billed before", async () => {
  await announce();
  await expect(announce()).rejects.toMatchObject({ code: "conflict" });
  after(1);
  await consume(2, "later");
  after(13);
  await runDueOverages(gateway.context);
  await consume(3, "later still");
  expect(await announce()).toMatchObject({ consumed: 15, charged: 7, chargeable: 5 });
  after(14);
  await runDueOverages(gateway.context);
  expect((await charged()).map(([, , amount]) => amount)).toEqual([7 * 1200, 5 * 1200]);
  await expect(announce()).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("before"),
  });
});

test("what is bought before the time is over covers its part", async () => {
  await announce();
  await createLot(gateway.context, BY, { ...license, quantity: 5 });
  after(14);
  await runDueOverages(gateway.context);
  expect(await charged()).toEqual([["overage", "overage_review", 2 * 1200]]);
});

test("the time is a setting; after it nothing can be disputed", async () => {
  await changeLicense(gateway.context, BY, license, { terms: { dispute_days: 30 } });
  const { id } = await announce();
  after(29);
  await dispute(id, 1);
  after(1);
  await expect(dispute(id, 2)).rejects.toMatchObject({ code: "conflict" });
});

test("only lines of it, and each once", async () => {
  const { id } = await announce();
  await dispute(id, 1);
  await expect(dispute(id, 1)).rejects.toMatchObject({ code: "conflict" });
  after(1);
  await consume(1, "after the announcement");
  const seat_ids = [(await gateway.seats(license)).at(-1)?.id ?? ""];
  const wanted = { seat_ids, reason: "Not ours." };
  await expect(disputeOverage(gateway.context, BY, license.account_id, id, wanted)).rejects.toMatchObject({
    code: "conflict",
  });
});

test("without an overage, or without a price for it, there is nothing to announce", async () => {
  license = await gateway.sell("mauc", { quantity: 1 });
  await expect(announce()).rejects.toMatchObject({ code: "conflict" });
  await consume(2, "active");
  await expect(announce()).rejects.toMatchObject({ code: "price_missing" });
});
