/** The gateway is killed and stopped while people learn: what was acknowledged to them holds, and counts once. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { startCrowd } from "../support/crowd.ts";
import { newCustomer, type Sold, sell, tallyOf } from "../support/customer.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { keepUntilAnswered, launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { note } from "../support/measured.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { expectNothingLost } from "../support/reckoning.ts";
import { sleep } from "../support/until.ts";

// Generous: these say what must come true, not how fast, and machines are shared.
jest.setTimeout(300_000);

const ROUNDS = 8;
const PEOPLE = 10;

let postgres: PostgresServer;
let startedOnce: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  postgres = await startPostgres();
  startedOnce = await temporaryFolder();
  const gateway = await startGateway({ dataFolder: startedOnce.path });
  await gateway.stop();
});

afterAll(async () => {
  await postgres?.remove();
  await startedOnce?.remove();
});

describe.each([
  // The embedded store is held by one process (DESIGN §1).
  { store: "embedded", processes: 1 },
  { store: "postgres", processes: 2 },
])("on the $store store", ({ store, processes }) => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let gateways: GatewayProcess[] = [];

  /** @returns What is sold: seats that are charged after one second, or at the second launch. */
  async function open(afterSeconds = 1): Promise<Sold> {
    folder = await temporaryFolder(startedOnce.path);
    const settings = {
      dataFolder: folder.path,
      ...(store === "postgres" ? { databaseUrl: await postgres.createDatabase() } : {}),
    };
    gateways = [];
    for (let process = 0; process < processes; process++) gateways.push(await startGateway(settings));
    const customer = await newCustomer(gateway());
    return sell(gateway(), customer, { kind: "pay_per_use", term: [`charge_after_seconds=${afterSeconds}`] });
  }

  function gateway(index = 0): GatewayProcess {
    const chosen = gateways[index % gateways.length];
    if (!chosen) throw new Error("No gateway was started");
    return chosen;
  }

  const origins = () => gateways.map(({ contentOrigin }) => contentOrigin);

  afterEach(async () => {
    await Promise.all(gateways.map((one) => one.kill()));
    await folder.remove();
  });

  test(`kill -9 during launches, saves and beats, ${ROUNDS} times: nothing acknowledged is missing, nothing is double`, async () => {
    const sold = await open();
    const crowd = startCrowd(origins(), sold.key, PEOPLE);
    for (let round = 0; round < ROUNDS; round++) {
      // Each round breaks in at another moment of what the crowd is doing.
      await sleep(0.4 + round * 0.07);
      await gateway(round).kill();
      note(`${store}: ready again after ${(await gateway(round).start()).toFixed(2)} s`);
    }
    const acknowledged = await crowd.stop();
    note(`${store}: ${acknowledged.launches.length} launches, ${acknowledged.confirmed.size} seats`);
    expect(acknowledged.launches.length).toBeGreaterThan(PEOPLE * 2);
    await expectNothingLost(gateway(), sold, acknowledged);
  });

  test("SIGTERM during launches, saves and beats: each process ends by itself, and nothing is lost", async () => {
    const sold = await open();
    const crowd = startCrowd(origins(), sold.key, PEOPLE);
    for (let round = 0; round < 3; round++) {
      await sleep(0.5 + round * 0.07);
      const begun = performance.now();
      expect(await gateway(round).stop()).toBe(0);
      note(`${store}: stopped in ${((performance.now() - begun) / 1000).toFixed(2)} s`);
      expect(performance.now() - begun).toBeLessThan(10_000);
      await gateway(round).start();
    }
    await expectNothingLost(gateway(), sold, await crowd.stop());
  });

  test("killed in mid-course: the token from before goes on, and open time from before still confirms the seat", async () => {
    const sold = await open(4);
    const origin = () => gateway().contentOrigin;
    const opened = await launchUntilAnswered(origin, sold.key, launchRequest("ada"));
    if (opened.outcome === "denied") throw new Error(opened.code);
    await sleep(0.5);
    const before = await keepUntilAnswered(origin, { token: opened.token });
    expect(before.beat.due_in_seconds).toBeGreaterThan(0);
    await Promise.all(gateways.map((one) => one.kill()));
    for (const one of gateways) await one.start();
    expect((await tallyOf(gateway(), sold)).charges).toEqual([]);
    await sleep((before.beat.due_in_seconds ?? 0) + 0.01);
    const after = await keepUntilAnswered(origin, { token: before.token });
    expect(after.beat.due_in_seconds).toBeNull();
    const { seats, charges } = await tallyOf(gateway(), sold);
    expect(seats).toMatchObject([{ status: "confirmed", launches: 1 }]);
    expect(charges).toMatchObject([{ rule: "open_time", amount_minor: 1250 }]);
  });
});
