/** Alerts about licenses: each threshold once, found whoever looks and however often. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { changeAlertRules } from "../../src/flows/alertRules.ts";
import { alertDepositLow } from "../../src/flows/alerts.ts";
import { endLicense } from "../../src/flows/changeLicense.ts";
import { runDueAlerts } from "../../src/flows/dueAlerts.ts";
import { pageOfAlerts } from "../../src/store/alerts.ts";
import { ALL_ROWS, BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

/** What was raised by now, oldest first. */
async function raised({ account_id }: { readonly account_id: string }) {
  await runDueAlerts(gateway.context);
  const alerts = await pageOfAlerts(gateway.context.db, account_id, {}, ALL_ROWS);
  return alerts.reverse().map(({ type, data }) => {
    const { percent, days } = data as { readonly percent?: number; readonly days?: number };
    return [type.replace("license.", ""), percent ?? days].filter((part) => part !== undefined).join(" ");
  });
}

/** A lot whose counter stands there, as if so many learners had come. */
async function lot(
  { account_id, license_id }: TestLicense,
  quantity: number,
  { taken = 0, days = 365, overage = false, from = 0 } = {},
): Promise<string> {
  const { db, deps } = gateway.context;
  const id = deps.newId();
  const at = (after: number) => new Date(deps.clock.now().getTime() + after * 86_400_000);
  await db.query(
    `insert into lot (account_id, id, license_id, quantity, taken, overage, starts_at, ends_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [account_id, id, license_id, quantity, taken, overage, at(from), at(from + days), at(0)],
  );
  return id;
}

const take = (id: string, taken: number) =>
  gateway.context.db.query("update lot set taken = $2 where id = $1", [id, taken]);

describe("what was bought and is used", () => {
  test("is told at 80 %, at 100 % and with the first seat beyond, once each", async () => {
    const license = await gateway.volume([]);
    const one = await lot(license, 10, { overage: true });
    await take(one, 7);
    expect(await raised(license)).toEqual([]);
    await take(one, 8);
    expect(await raised(license)).toEqual(["threshold_reached 80"]);
    await take(one, 9);
    expect(await raised(license)).toHaveLength(1);
    await take(one, 10);
    expect(await raised(license)).toEqual(["threshold_reached 80", "threshold_reached 100"]);
    await take(one, 11);
    await take(one, 12);
    expect(await raised(license)).toEqual(["threshold_reached 80", "threshold_reached 100", "overage"]);
    await take(one, 7);
    await take(one, 12);
    expect(await raised(license)).toHaveLength(3);
  });

  test("is told in numbers: 16,000 purchased and 18,260 consumed give −2,260", async () => {
    const license = await gateway.volume([]);
    await lot(license, 16_000, { taken: 18_260, overage: true });
    await raised(license);
    const alerts = await pageOfAlerts(
      gateway.context.db,
      license.account_id,
      { type: "license.overage" },
      ALL_ROWS,
    );
    expect(alerts).toMatchObject([
      { data: { title: "Kitchen safety", purchased: 16_000, used: 18_260, available: -2260 } },
    ]);
  });

  test("is told by one e-mail where several thresholds are passed at once, by the one that says most", async () => {
    const license = await gateway.volume([]);
    await lot(license, 1, { taken: 1 });
    await raised(license);
    const events = await gateway.context.db.query(
      "select data ->> 'percent' as percent, by_mail from event order by position",
    );
    expect(events).toEqual([
      { percent: "80", by_mail: false },
      { percent: "100", by_mail: true },
    ]);
  });

  test("is summed up over the lots that run, and told anew where one is added or ends", async () => {
    const license = await gateway.volume([]);
    await lot(license, 10, { taken: 10, days: 30 });
    expect(await raised(license)).toEqual(["threshold_reached 80", "threshold_reached 100"]);
    const second = await lot(license, 10, { days: 60 });
    expect(await raised(license)).toHaveLength(2);
    await take(second, 6);
    expect(await raised(license)).toHaveLength(3);
    gateway.clock.advance({ days: 31 });
    expect((await raised(license)).filter((what) => what.startsWith("threshold"))).toHaveLength(3);
    await take(second, 8);
    expect((await raised(license)).filter((what) => what.startsWith("threshold"))).toHaveLength(4);
  });

  test("is told in every month of a plan that counts by the month", async () => {
    const license = await gateway.volume([]);
    await lot(license, 10, { taken: 8, days: 30 });
    await lot(license, 10, { taken: 8, days: 30, from: 30 });
    await raised(license);
    gateway.clock.advance({ days: 31 });
    const told = await raised(license);
    expect(told.filter((what) => what === "threshold_reached 80")).toHaveLength(2);
  });

  test("is told as the license's own rules have it", async () => {
    const license = await gateway.volume([]);
    const change = (rules: object) => changeAlertRules(gateway.context, BY, license, rules, () => undefined);
    await change({ threshold_percents: [50], overage: false });
    const one = await lot(license, 10, { taken: 5, overage: true });
    expect(await raised(license)).toEqual(["threshold_reached 50"]);
    await take(one, 12);
    expect(await raised(license)).toHaveLength(1);
    await change({ overage: null });
    expect(await raised(license)).toEqual(["threshold_reached 50", "overage"]);
  });
});

describe("a license that ends", () => {
  test("is told of 60, 30 and 7 days before, by its last lot's end", async () => {
    const license = await gateway.volume([]);
    await lot(license, 10, { days: 100 });
    const told: string[][] = [];
    for (const days of [39, 1, 29, 1, 22, 1]) {
      gateway.clock.advance({ days });
      told.push(await raised(license));
    }
    const [at60, at30, at7] = ["ending 60", "ending 30", "ending 7"];
    expect(told).toEqual([[], [at60], [at60], [at60, at30], [at60, at30], [at60, at30, at7]]);
  });

  test("is told of the nearest alone where nobody looked before", async () => {
    const license = await gateway.volume([]);
    await lot(license, 10, { days: 100 });
    gateway.clock.advance({ days: 95 });
    expect(await raised(license)).toEqual(["ending 7"]);
  });

  test("is not told of before it began: a pilot of 20 days has no 60 and no 30", async () => {
    const license = await gateway.volume([]);
    await lot(license, 10, { days: 20 });
    expect(await raised(license)).toEqual([]);
  });

  test("is told of anew where its end moves, and no more once something follows", async () => {
    const license = await gateway.volume([]);
    await lot(license, 10, { days: 100 });
    gateway.clock.advance({ days: 45 });
    expect(await raised(license)).toEqual(["ending 60"]);
    await lot(license, 10, { days: 365, from: 55 });
    gateway.clock.advance({ days: 40 });
    expect(await raised(license)).toEqual(["ending 60"]);
    const soon = new Date(gateway.clock.now().getTime() + 6 * 86_400_000);
    await endLicense(gateway.context, BY, license, soon);
    expect(await raised(license)).toEqual(["ending 60", "ending 7"]);
  });
});

test("a subscription that renews itself does not end; one that was cancelled does", async () => {
  const license = await gateway.volume([]);
  await lot(license, 10, { days: 100 });
  const { db } = gateway.context;
  await db.query("update license set kind = 'subscription' where id = $1", [license.license_id]);
  gateway.clock.advance({ days: 50 });
  expect(await raised(license)).toEqual([]);
  const at = gateway.clock.now();
  await db.query("update license set renewal_cancelled_at = $2 where id = $1", [license.license_id, at]);
  expect(await raised(license)).toEqual(["ending 60"]);
});

test("two processes that look at once raise each alert once", async () => {
  const license = await gateway.volume([]);
  await lot(license, 10, { taken: 10 });
  const other = gateway.secondProcess();
  await Promise.all([runDueAlerts(gateway.context), runDueAlerts(other), runDueAlerts(gateway.context)]);
  expect(await raised(license)).toEqual(["threshold_reached 80", "threshold_reached 100"]);
});

test("more than are raised at once are all raised", async () => {
  const { account_id } = await gateway.account();
  for (let count = 0; count < 260; count++)
    await lot(await gateway.volume([], { account: { account_id } }), 1, { taken: 1 });
  expect(await raised({ account_id })).toHaveLength(520);
});

test("a deposit that is low is told once per dip", async () => {
  const { account_id } = await gateway.account();
  const { context, clock } = gateway;
  const low = (dip: string) =>
    context.db.transaction((sql) =>
      alertDepositLow(context, sql, clock.now(), {
        account_id,
        dip,
        balance_minor: 90,
        low_mark_minor: 100,
        currency: "EUR",
      }),
    );
  expect([await low("first"), await low("first"), await low("second")]).toEqual([true, false, true]);
});
