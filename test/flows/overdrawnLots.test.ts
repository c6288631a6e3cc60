/** A plan that went beyond its number before the policy became to deny: nobody more is let in than there are seats (RULES §3.6). */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createLot } from "../../src/flows/buying.ts";
import { changeLicense } from "../../src/flows/changeLicense.ts";
import type { Context } from "../../src/flows/context.ts";
import { deactivateLearner } from "../../src/flows/learners.ts";
import { reportActivity } from "../../src/flows/reportActivity.ts";
import { licenseUsage } from "../../src/flows/usage.ts";
import type { Sql } from "../../src/store/db.ts";
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

const comes = async (license: TestLicense, who: string) => (await gateway.launch(license, { who })).code;
const left = async ({ account_id, license_id }: TestLicense) =>
  (await licenseUsage(gateway.context, account_id, license_id)).now?.available;
const policy = (license: TestLicense, when_full: string) =>
  changeLicense(gateway.context, BY, license, { terms: { when_full } });

/** Another process, in which something happens between the first reading for a launch and what is decided on it. */
function slowProcess(meanwhile: () => Promise<void>): Context {
  const process = gateway.secondProcess();
  const { quick } = process.db;
  let isFirst = true;
  const query: Sql["query"] = async (statement, parameters) => {
    const rows = await quick.query<never>(statement, parameters);
    if (isFirst) {
      isFirst = false;
      await meanwhile();
    }
    return rows;
  };
  return { ...process, db: { ...process.db, quick: { query } } };
}

/** Seats for two, taken by three. @returns Who has one. */
async function overdrawn(): Promise<{ license: TestLicense; holders: readonly string[] }> {
  const license = await gateway.sell("seats", { quantity: 2, terms: { when_full: "overage" } });
  const holders: string[] = [];
  for (const who of ["ana", "ben", "cleo"])
    holders.push((await gateway.launch(license, { who })).allowed().claims.learner_id);
  await policy(license, "deny");
  return { license, holders };
}

test("of two who come at once for the one seat that was freed, one is let in", async () => {
  const { license, holders } = await overdrawn();
  for (const learner of holders.slice(1))
    await deactivateLearner(gateway.context, BY, license.account_id, learner, true);
  expect(await left(license)).toBe(1);
  const overtaken = slowProcess(async () => {
    expect(await comes(license, "dora")).toBeNull();
  });
  expect((await gateway.launch(license, { who: "eva", through: overtaken })).code).toBe("no_seats_left");
  expect(await left(license)).toBe(0);
});

test("what is bought afterwards makes up for what is beyond, before anybody else is let in", async () => {
  const { license } = await overdrawn();
  const { account_id, license_id } = license;
  await createLot(gateway.context, BY, { account_id, license_id, quantity: 2 });
  expect(await left(license)).toBe(1);
  expect(await comes(license, "dora")).toBeNull();
  expect(await comes(license, "eva")).toBe("no_seats_left");
  const learner = { connection_id: null, value: "fay", name: "" };
  const signIn = await reportActivity(gateway.context, { account_id, license_id, external_id: "1", learner });
  expect(signIn.code).toBe("no_seats_left");
  expect(await left(license)).toBe(0);
});
