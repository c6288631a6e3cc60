/** The ledger: charges stand as they were made, are sealed within seconds, and whoever tampers with them is found out. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { SEALED_FIELDS } from "../../src/core/ledger.ts";
import { creditCharge } from "../../src/flows/ledger/corrections.ts";
import { runDueSeals } from "../../src/flows/ledger/sealCharges.ts";
import { verifyLedger } from "../../src/flows/ledger/verifyLedger.ts";
import { BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { tamper } from "../support/tampering.ts";

let gateway: TestGateway;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
});
afterAll(() => gateway.close());

/** Each learner is charged with their second launch. */
async function charged(...learners: readonly string[]): Promise<void> {
  for (const who of learners) {
    await gateway.launch(license, { who });
    await gateway.launch(license, { who });
  }
}

const verify = (after = 0, most = 1_000_000) =>
  verifyLedger(gateway.context, license.account_id, after, most);
const seal = () => runDueSeals(gateway.context);

describe("a charge", () => {
  test("names its evidence: launch, seat, rule, price; and the beat, where one made it", async () => {
    const visit = await gateway.launch(license, { who: "ana" });
    gateway.clock.advance({ seconds: 100 });
    await visit.keep();
    gateway.clock.advance({ seconds: 21.5 });
    await visit.keep();
    const [charge] = await gateway.charges(license);
    const [seat] = await gateway.seats(license);
    expect(charge).toMatchObject({
      reason: "seat",
      rule: "open_time",
      open_seconds: 121,
      launch_id: visit.allowed().launch_id,
      seat_id: seat?.id,
      learner_id: seat?.learner_id,
      price_id: expect.any(String),
      made_at: gateway.clock.now(),
    });
  });

  test("has no seal when it commits, and the next place of its account's chain soon after", async () => {
    await charged("ana", "ben");
    expect((await gateway.charges(license)).map(({ sequence }) => sequence)).toEqual([null, null]);
    expect(await seal()).toBe(2);
    expect(await seal()).toBe(0);
    await charged("cleo");
    expect(await seal()).toBe(1);
    expect((await gateway.charges(license)).map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
  });

  test("is sealed by what docs/statements.md says, so that anybody can check it", async () => {
    await charged("ana");
    await seal();
    const [charge] = await gateway.charges(license);
    const text = JSON.stringify([
      "0".repeat(64),
      1,
      {
        account_id: license.account_id,
        amount_minor: 500,
        course_id: license.course_id,
        currency: "EUR",
        id: charge?.id,
        launch_id: charge?.launch_id,
        learner_id: charge?.learner_id,
        license_id: license.license_id,
        made_at: "2026-01-05T09:00:00.000Z",
        price_id: charge?.price_id,
        reason: "seat",
        rule: "launches",
        seat_id: charge?.seat_id,
      },
    ]);
    expect(charge?.hash).toBe(createHash("sha256").update(text).digest("hex"));
  });

  test("all that is kept of it is sealed", async () => {
    const columns = await gateway.context.db.query<{ name: string }>(
      "select attname as name from pg_attribute where attrelid = 'charge'::regclass and attnum > 0",
    );
    const kept = columns.map(({ name }) => name).filter((name) => name !== "written_in");
    expect(kept.sort()).toEqual([...SEALED_FIELDS]);
  });
});

describe("chains", () => {
  test("are of one account each, and of any number of charges", async () => {
    const other = await gateway.payPerUse();
    const one = license;
    await charged("ana");
    license = other;
    await charged("ana", "ben");
    await seal();
    for (const [of, length] of [
      [one, 1],
      [other, 2],
    ] as const)
      expect(await verifyLedger(gateway.context, of.account_id, 0, 10)).toMatchObject({
        checked: length,
        unsealed: 0,
        broken: null,
      });
  });

  test("go on from more charges than one batch seals", async () => {
    await charged("ana");
    await gateway.context.db.query(
      `insert into charge (account_id, id, license_id, reason, rule, amount_minor, currency, made_at)
       select account_id, ('00000000-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid, license_id, 'seat', 'at_once',
         number, 'EUR', made_at from charge cross join generate_series(1, 2200) as number`,
    );
    expect(await seal()).toBe(2201);
    expect(await verify()).toMatchObject({ checked: 2201, sequence: 2201, next_after: null, broken: null });
    const part = await verify(0, 1500);
    expect(part).toMatchObject({ checked: 1500, next_after: 1500, unsealed: null, broken: null });
    expect(await verify(1500)).toMatchObject({ checked: 701, next_after: null, broken: null });
  });

  test("take in what was written before there were seals, or on another server", async () => {
    await charged("ana");
    await tamper(gateway.context.db, "update charge set written_in = null");
    await seal();
    await charged("ben");
    // A server that the store was moved to counts its transactions from the beginning.
    await gateway.context.db.query(
      "update ledger_horizon set written_before = (written_before::text::bigint + 1000000)::text::xid8",
    );
    expect(await seal()).toBe(1);
    expect(await verify()).toMatchObject({ checked: 2, unsealed: 0, broken: null });
  });

  test("say how many charges wait for their seal", async () => {
    await charged("ana");
    expect(await verify()).toMatchObject({ checked: 0, unsealed: 1, broken: null });
  });
});

describe("tampering shows, even with the database's own rules switched off:", () => {
  beforeEach(async () => {
    await charged("ana", "ben", "cleo", "dan");
    await seal();
    expect(await verify()).toMatchObject({ checked: 4, broken: null });
  });

  test.each([
    ["an amount", "update charge set amount_minor = 1 where id = $1"],
    ["a currency", "update charge set currency = 'USD' where id = $1"],
    ["the evidence", "update charge set launch_id = null where id = $1"],
    ["a time", "update charge set made_at = made_at - interval '1 month' where id = $1"],
    ["a rule", "update charge set rule = 'open_time', open_seconds = 120 where id = $1"],
    ["a price", "update charge set price_id = null where id = $1"],
    ["a seal", "update charge_seal set hash = sha256('anything') where charge_id = $1"],
  ])("%s is changed", async (_what, statement) => {
    const [, , third] = await gateway.charges(license);
    await tamper(gateway.context.db, statement, [third?.id]);
    expect((await verify()).broken).toEqual({
      type: "charge_changed",
      sequence: 3,
      charge_id: third?.id,
      statement_id: null,
    });
  });

  test("a charge is taken away", async () => {
    const [, second] = await gateway.charges(license);
    await tamper(gateway.context.db, "delete from charge where id = $1", [second?.id]);
    expect((await verify()).broken).toMatchObject({ type: "charge_missing", sequence: 2 });
  });

  test("a charge and its seal are taken away", async () => {
    const [, second] = await gateway.charges(license);
    await tamper(gateway.context.db, "delete from charge_seal where charge_id = $1", [second?.id]);
    await tamper(gateway.context.db, "delete from charge where id = $1", [second?.id]);
    expect((await verify()).broken).toMatchObject({ type: "seal_missing", sequence: 2 });
  });

  test("the last ones are taken away", async () => {
    await tamper(gateway.context.db, "delete from charge_seal where sequence > 2");
    expect((await verify()).broken).toMatchObject({ type: "chain_cut", sequence: 3 });
  });

  test("two charges change places", async () => {
    const [first, second] = await gateway.charges(license);
    const place = "update charge_seal set charge_id = $2 where charge_id = $1";
    const nowhere = gateway.context.deps.newId();
    await tamper(gateway.context.db, place, [first?.id, nowhere]);
    await tamper(gateway.context.db, place, [second?.id, first?.id]);
    await tamper(gateway.context.db, place, [nowhere, second?.id]);
    expect((await verify()).broken).toMatchObject({ type: "charge_changed", sequence: 1 });
  });
});

describe("a correction", () => {
  const credit = (charge_id: string, amount_minor: number | null) =>
    creditCharge(gateway.context, BY, { account_id: license.account_id, charge_id, amount_minor });
  let charge_id: string;
  beforeEach(async () => {
    await charged("ana");
    charge_id = (await gateway.charges(license))[0]?.id ?? "";
  });

  test("is a second line that points at the charge, which stands", async () => {
    gateway.clock.advance({ days: 1 });
    await credit(charge_id, 200);
    const [charge, correction] = await gateway.charges(license);
    expect(charge).toMatchObject({ amount_minor: 500, credited_minor: 200 });
    expect(correction).toMatchObject({
      amount_minor: -200,
      currency: "EUR",
      reason: "correction",
      rule: "credited",
      corrects_charge_id: charge_id,
      seat_id: charge?.seat_id,
      made_at: gateway.clock.now(),
    });
    await seal();
    expect(await verify()).toMatchObject({ checked: 2, broken: null });
  });

  test("takes what is left, if it does not say how much", async () => {
    await credit(charge_id, 200);
    expect(await credit(charge_id, null)).toMatchObject({ amount_minor: -300 });
  });

  test("is never more than the charge, all corrections of it together", async () => {
    await expect(credit(charge_id, 501)).rejects.toMatchObject({
      code: "body_invalid",
      message: expect.stringMatching(/at most 500 \(5\.00 EUR\)/),
    });
    const attempts = [1, 2, 3].map(() => credit(charge_id, 300).catch(() => null));
    expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
    await credit(charge_id, 200);
    await expect(credit(charge_id, null)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/nothing is left/),
    });
  });

  test("is never more than the charge, says the database too", async () => {
    const { db } = gateway.context;
    const write = (amount: number, corrects = charge_id) =>
      db.query(
        `insert into charge (account_id, id, license_id, reason, rule, amount_minor, currency, corrects_charge_id, made_at)
         select account_id, $1, license_id, 'correction', 'credited', $2, 'EUR', $3, made_at from charge where id = $3`,
        [gateway.context.deps.newId(), amount, corrects],
      );
    for (const amount of [-501, 0, 1]) await expect(write(amount)).rejects.toMatchObject({ code: "23514" });
    await write(-400);
    await expect(write(-101)).rejects.toMatchObject({ code: "23514" });
    const correction = (await gateway.charges(license)).find(({ amount_minor }) => amount_minor < 0);
    await expect(write(-1, correction?.id)).rejects.toMatchObject({ code: "23514" });
  });

  test("is of no correction, and of no other account's charge", async () => {
    const { id } = await credit(charge_id, 100);
    await expect(credit(id, 100)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/it is a correction itself/),
    });
    const other = await gateway.account();
    const foreign = { account_id: other.account_id, charge_id, amount_minor: 1 };
    await expect(creditCharge(gateway.context, BY, foreign)).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringMatching(/in this account/),
    });
  });
});
