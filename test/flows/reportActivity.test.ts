/** Activities that an integration reports count like launches, each once (RULES §3.6). */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { deactivateLearner } from "../../src/flows/learners.ts";
import { reportActivity } from "../../src/flows/reportActivity.ts";
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
  gateway.clock.set("2026-01-15T10:00:00Z");
});
afterAll(() => gateway.close());

const report = ({ account_id, license_id }: TestLicense, who: string, external_id: string) =>
  reportActivity(gateway.context, {
    account_id,
    license_id,
    external_id,
    learner: { connection_id: null, value: who, name: "" },
  });
const used = async ({ account_id, license_id }: TestLicense) =>
  (await licenseUsage(gateway.context, account_id, license_id)).bought?.used;

test("a sign-in and a launch of one month spend one credit; the next month another", async () => {
  const license = await gateway.sell("mauc", { quantity: 5 });
  expect(await report(license, "ana", "1")).toMatchObject({ outcome: "allowed", code: null });
  const { learner_id } = (await gateway.launch(license, { who: "ana" })).allowed().claims;
  expect(await report(license, "ana", "2")).toMatchObject({ learner_id });
  expect(await used(license)).toBe(1);
  gateway.clock.set("2026-02-01T00:00:00Z");
  await report(license, "ana", "3");
  expect(await used(license)).toBe(2);
  expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
});

test("sent again it is the same one, also a month later, and from many at once", async () => {
  const license = await gateway.sell("mauc", { quantity: 5 });
  const sent = await Promise.all(Array.from({ length: 10 }, () => report(license, "ana", "same")));
  gateway.clock.set("2026-02-10T00:00:00Z");
  expect(new Set([...sent, await report(license, "ana", "same")].map(({ id }) => id)).size).toBe(1);
  expect(await used(license)).toBe(1);
});

test("an id that was another activity's is refused", async () => {
  const license = await gateway.sell("mauc", { quantity: 5 });
  await report(license, "ana", "1");
  await expect(report(license, "ben", "1")).rejects.toMatchObject({ code: "conflict" });
  expect(await used(license)).toBe(1);
});

test("beyond the number it is denied as a launch is, and counts nothing", async () => {
  const license = await gateway.sell("seats", { quantity: 1 });
  const { learner_id } = await report(license, "ana", "1");
  expect(await report(license, "ben", "2")).toMatchObject({
    outcome: "denied",
    code: "no_seats_left",
    seat_id: null,
  });
  await deactivateLearner(gateway.context, BY, license.account_id, learner_id, true);
  expect(await report(license, "ana", "3")).toMatchObject({ code: "learner_deactivated" });
  expect(await report(license, "ben", "4")).toMatchObject({ outcome: "allowed" });
  expect(await used(license)).toBe(1);
});

test("what is no annual plan counts launches alone; an id must name somebody", async () => {
  const license = await gateway.sell("population", { quantity: 1 });
  await expect(report(license, "ana", "1")).rejects.toMatchObject({ code: "conflict" });
  const plan = await gateway.sell("mau", { quantity: 1 });
  await expect(report(plan, "guest", "1")).rejects.toMatchObject({ code: "body_invalid" });
});
