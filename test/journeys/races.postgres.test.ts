/** RULES §2 "Concurrency", on a real Postgres from three gateway processes: never two seats, never oversold, one charge. */
import { afterAll, beforeAll, describe, expect, jest, test } from "@jest/globals";
import type { LaunchAllowed, LaunchAnswer } from "../../src/core/bridge.ts";
import {
  type Customer,
  launchesOf,
  learnersOf,
  newCustomer,
  type Sold,
  sell,
  tallyOf,
} from "../support/customer.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import {
  keepUntilAnswered,
  type LaunchWish,
  launchRequest,
  launchUntilAnswered,
  newNonce,
} from "../support/learner.ts";
import { measured } from "../support/measured.ts";
import { type PostgresServer, runSql, startPostgres } from "../support/postgres.ts";
import { sleep } from "../support/until.ts";

// Generous: these say what must come true, not how fast, and machines are shared.
jest.setTimeout(120_000);

const PROCESSES = 3;

let postgres: PostgresServer;
let databaseUrl: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateways: GatewayProcess[];
let first: GatewayProcess;
let customer: Customer;

beforeAll(async () => {
  postgres = await startPostgres();
  folder = await temporaryFolder();
  databaseUrl = await postgres.createDatabase();
  const settings = { dataFolder: folder.path, databaseUrl };
  gateways = await Promise.all(Array.from({ length: PROCESSES }, () => startGateway(settings)));
  first = gateways[0] as GatewayProcess;
  customer = await newCustomer(first);
});

afterAll(async () => {
  await Promise.all((gateways ?? []).map((gateway) => gateway.kill()));
  await postgres?.remove();
  await folder?.remove();
});

/** All at once, spread over the processes, as players do it. */
function launchAll(
  sold: Sold,
  wishes: readonly (readonly [learnerId: string, wish?: LaunchWish])[],
): Promise<LaunchAnswer[]> {
  return measured(`${wishes.length} launches at once`, wishes.length, () =>
    Promise.all(
      wishes.map(([learnerId, wish], index) =>
        launchUntilAnswered(() => originFor(index), sold.key, launchRequest(learnerId, wish)),
      ),
    ),
  );
}

function originFor(index: number): string {
  return (gateways[index % PROCESSES] as GatewayProcess).contentOrigin;
}

function allowed(answers: readonly LaunchAnswer[]): LaunchAllowed[] {
  return answers.filter((answer) => answer.outcome === "allowed");
}

function codes(answers: readonly LaunchAnswer[]): string[] {
  return [
    ...new Set(answers.map((answer) => (answer.outcome === "denied" ? answer.code : "allowed"))),
  ].sort();
}

const times = <Value>(count: number, make: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe("first launches of one learner", () => {
  test("200 at once make one seat, one attempt and one charge, and number every launch", async () => {
    const sold = await sell(first, customer, { kind: "pay_per_use" });
    const answers = await launchAll(
      sold,
      times(200, () => ["ada"]),
    );
    expect(allowed(answers)).toHaveLength(200);
    const { seats, charges, attempts } = await tallyOf(first, sold);
    expect(seats).toMatchObject([{ status: "confirmed" }]);
    expect(charges).toMatchObject([{ rule: "launches", amount_minor: 1250 }]);
    expect(attempts).toMatchObject([{ launches: 200 }]);
    expect(new Set(allowed(answers).map((answer) => answer.attempt.id)).size).toBe(1);
    expect(new Set(allowed(answers).map((answer) => answer.launch_id)).size).toBe(200);
  });

  test("two at once are a first and a second launch: one seat, confirmed, one charge; twenty-five times over", async () => {
    const sold = await sell(first, customer, { kind: "pay_per_use" });
    const learners = times(25, (index) => `pair ${index}`);
    await launchAll(
      sold,
      learners.flatMap((learner) => [[learner] as const, [learner] as const]),
    );
    const { seats, charges } = await tallyOf(first, sold);
    expect(seats.map((seat) => seat.status)).toEqual(learners.map(() => "confirmed"));
    expect(new Set(charges.map((charge) => charge.seat_id)).size).toBe(25);
    expect(charges).toHaveLength(25);
  });

  test("the same launch sent 200 times is one launch: the seat stays pending, nothing is charged", async () => {
    const sold = await sell(first, customer, { kind: "pay_per_use" });
    const nonce = newNonce();
    const answers = await launchAll(
      sold,
      times(200, () => ["grace", { nonce }]),
    );
    expect(new Set(allowed(answers).map((answer) => answer.launch_id)).size).toBe(1);
    expect(allowed(answers)).toHaveLength(200);
    const { seats, charges, attempts } = await tallyOf(first, sold);
    expect(seats).toMatchObject([{ status: "pending", launches: 1 }]);
    expect(charges).toEqual([]);
    expect(attempts).toMatchObject([{ launches: 1 }]);
    expect(await launchesOf(first, sold)).toHaveLength(1);
  });
});

describe("a lot", () => {
  test("of 100 seats lets exactly 100 of 1,000 learners in; the others find no seats left", async () => {
    const sold = await sell(first, customer, { kind: "volume", lots: [100] });
    const answers = await launchAll(
      sold,
      times(1000, (index) => [`crowd ${index}`]),
    );
    expect(allowed(answers)).toHaveLength(100);
    expect(codes(answers)).toEqual(["allowed", "no_seats_left"]);
    const { seats, lots, miscounted } = await tallyOf(first, sold);
    expect(seats).toHaveLength(100);
    expect(lots).toMatchObject([{ quantity: 100, taken: 100 }]);
    expect(miscounted).toEqual([]);
  });

  test("fills before the next one: 60 and 40 seats, taken by 150 learners at once, twice each", async () => {
    const sold = await sell(first, customer, { kind: "volume", lots: [60] });
    await sleep(0.01);
    await first.operate("lot create", { account: sold.account, license: sold.license, quantity: 40 });
    const learners = times(150, (index) => [`both ${index}`] as const);
    const answers = await launchAll(sold, [...learners, ...learners]);
    expect(codes(answers)).toEqual(["allowed", "no_seats_left"]);
    const { seats, lots, miscounted } = await tallyOf(first, sold);
    expect(lots).toMatchObject([
      { quantity: 60, taken: 60 },
      { quantity: 40, taken: 40 },
    ]);
    expect(new Set(seats.map((seat) => seat.learner_id)).size).toBe(100);
    expect(seats).toHaveLength(100);
    expect(miscounted).toEqual([]);
  });

  test("is not half emptied by a burst: a lot with seats left is drawn from before the newer one", async () => {
    const sold = await sell(first, customer, { kind: "volume", lots: [60] });
    await sleep(0.01);
    await first.operate("lot create", { account: sold.account, license: sold.license, quantity: 40 });
    await launchAll(
      sold,
      times(60, (index) => [`oldest ${index}`]),
    );
    expect((await tallyOf(first, sold)).lots).toMatchObject([{ taken: 60 }, { taken: 0 }]);
  });
});

describe("the safeguard", () => {
  test("second launches and beats of two minutes, all at once, charge each seat once", async () => {
    const sold = await sell(first, customer, { kind: "pay_per_use", term: ["charge_after_seconds=1"] });
    const learners = times(40, (index) => `hurried ${index}`);
    const opened = allowed(
      await launchAll(
        sold,
        learners.map((learner) => [learner]),
      ),
    );
    await sleep(1.1);
    const beats = opened.flatMap(({ token }, index) =>
      times(3, (copy) => keepUntilAnswered(() => originFor(index + copy), { token })),
    );
    const [kept] = await Promise.all([
      Promise.all(beats),
      launchAll(
        sold,
        learners.map((learner) => [learner]),
      ),
    ]);
    expect(kept.filter(({ beat }) => beat.due_in_seconds !== null)).toEqual([]);
    const { seats, charges } = await tallyOf(first, sold);
    expect(seats.map((seat) => seat.status)).toEqual(learners.map(() => "confirmed"));
    expect(charges).toHaveLength(40);
    expect(new Set(charges.map((charge) => charge.seat_id)).size).toBe(40);
  });
});

describe("a retake", () => {
  test("by many launches of each learner at once, a year later, takes one new seat each and begins one attempt", async () => {
    const sold = await sell(first, customer, { kind: "pay_per_use", retake: "on", "starts-over": "on" });
    const learners = times(10, (index) => `again ${index}`);
    const everyone = (count: number) =>
      times(count, () => learners.map((learner) => [learner] as const)).flat();
    await launchAll(sold, everyone(2));
    await letMonthsPass(sold, 13);
    expect(codes(await launchAll(sold, everyone(12)))).toEqual(["allowed"]);
    const { seats, charges, attempts } = await tallyOf(first, sold);
    expect(seats.map((seat) => seat.status)).toEqual(times(20, () => "confirmed"));
    expect(new Set(charges.map((charge) => charge.seat_id)).size).toBe(20);
    expect(charges).toHaveLength(20);
    expect(attempts.filter((attempt) => attempt.ended_reason === "retake")).toHaveLength(10);
    expect(
      attempts.filter((attempt) => attempt.ended_reason === null).map(({ launches }) => launches),
    ).toEqual(times(10, () => 12));
  });

  /** The gateway's clock can't be turned in a real process: what happened is moved back instead. */
  async function letMonthsPass({ license }: Sold, months: number): Promise<void> {
    await runSql(databaseUrl, "alter table seat disable trigger seat_stays");
    await runSql(
      databaseUrl,
      `update seat set starts_at = starts_at - $2::interval, ends_at = ends_at - $2::interval,
         counted_launch_at = counted_launch_at - $2::interval where license_id = $1`,
      [license, `${months} months`],
    );
    await runSql(databaseUrl, "alter table seat enable trigger seat_stays");
  }
});

describe("a pause in the middle of a burst", () => {
  test("denies every launch sent after it, and no holder of a seat", async () => {
    const sold = await sell(first, customer, { kind: "volume", lots: [1000] });
    const before = allowed(await launchAll(sold, [["holder"]]));
    const burst = launchAll(
      sold,
      times(300, (index) => [`burst ${index}`]),
    );
    await first.operate("license pause", { account: sold.account, license: sold.license });
    const late = await launchAll(
      sold,
      times(50, (index) => [`late ${index}`]),
    );
    const holders = await launchAll(
      sold,
      times(20, () => ["holder"]),
    );
    const during = await burst;
    expect(codes(late)).toEqual(["license_paused"]);
    expect(codes(holders)).toEqual(["allowed"]);
    expect(codes(during).filter((code) => !["allowed", "license_paused"].includes(code))).toEqual([]);
    const { seats, miscounted } = await tallyOf(first, sold);
    expect(seats).toHaveLength(before.length + allowed(during).length);
    expect(miscounted).toEqual([]);
  });
});

describe("attempts", () => {
  test("an LMS that reset the attempt, seen by 40 launches at once, makes one new attempt", async () => {
    const sold = await sell(first, customer, { kind: "pay_per_use" });
    const [opened] = allowed(await launchAll(sold, [["reset"]]));
    if (!opened) throw new Error("not allowed");
    await keepUntilAnswered(() => first.contentOrigin, {
      token: opened.token,
      marker_acknowledged: true,
      closing: true,
    });
    const answers = await launchAll(
      sold,
      times(40, () => ["reset", { entry: "ab-initio" }]),
    );
    expect(new Set(allowed(answers).map((answer) => answer.attempt.id)).size).toBe(1);
    const { attempts, charges } = await tallyOf(first, sold);
    expect(
      attempts.map(({ number, ended_reason, launches }) => ({ number, ended_reason, launches })),
    ).toEqual([
      { number: 1, ended_reason: "reset_by_lms", launches: 1 },
      { number: 2, ended_reason: null, launches: 40 },
    ]);
    expect(charges).toHaveLength(1);
  });
});

describe("identities", () => {
  const twoPeople = (count: number): (readonly [string, LaunchWish])[] =>
    times(count, (index) =>
      index % 2 === 0
        ? ["1001", { origin: "https://one.example.com", name: "Lovelace, Ada" }]
        : ["1001", { origin: "https://two.example.com", name: "Hopper, Grace" }],
    );

  test("one id from two LMSs at once is two people: one spin-off, and nobody resumes the other's progress", async () => {
    const other = await newCustomer(first);
    const sold = await sell(first, other, { kind: "pay_per_use" });
    const answers = await launchAll(sold, twoPeople(80));
    const attemptsOf = (start: number) =>
      new Set(allowed(answers.filter((_, index) => index % 2 === start)).map((answer) => answer.attempt.id));
    expect(attemptsOf(0).size).toBe(1);
    expect(attemptsOf(1).size).toBe(1);
    expect([...attemptsOf(0)]).not.toEqual([...attemptsOf(1)]);
    const connections = await first.operate<object[]>("connection list", { account: sold.account });
    expect(connections).toHaveLength(2);
    const { seats, charges } = await tallyOf(first, sold);
    expect(seats).toHaveLength(2);
    expect(charges).toHaveLength(2);
  });

  test("many known ids that come from one new LMS at once make one spin-off", async () => {
    const other = await newCustomer(first);
    const sold = await sell(first, other, { kind: "pay_per_use" });
    const from = (name: string, origin: string) =>
      times(30, (index) => [`${2000 + index}`, { origin, name: `${name} ${index}x` }] as const);
    await launchAll(sold, from("Old", "https://one.example.com"));
    await launchAll(sold, from("New", "https://two.example.com"));
    const connections = await first.operate<object[]>("connection list", { account: sold.account });
    expect(connections).toHaveLength(2);
    expect((await tallyOf(first, sold)).seats).toHaveLength(60);
    expect((await learnersOf(first, sold)).size).toBe(30);
  });
});
