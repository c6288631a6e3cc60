/** One gateway of several processes: a primary, and workers that come and go while people learn. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from "@jest/globals";
import { startCrowd } from "../support/crowd.ts";
import { newCustomer, type Sold, sell } from "../support/customer.ts";
import { freePort } from "../support/freePort.ts";
import {
  type GatewayProcess,
  prepareGateway,
  startGateway,
  temporaryFolder,
} from "../support/gatewayProcess.ts";
import { launch, launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { note } from "../support/measured.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { expectNothingLost } from "../support/reckoning.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { sleep, until } from "../support/until.ts";

// Generous: these say what must come true, not how fast, and machines are shared.
jest.setTimeout(120_000);

const PROCESSES = 2;
const PEOPLE = 6;
const KILLS = 4;

let postgres: PostgresServer;
let redis: RedisServer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: GatewayProcess;

beforeAll(async () => {
  postgres = await startPostgres();
  redis = await startRedis();
});

afterAll(async () => {
  await redis?.remove();
  await postgres?.remove();
});

afterEach(async () => {
  await gateway?.kill();
  await folder?.remove();
});

async function prepare(environment: Record<string, string> = {}): Promise<GatewayProcess> {
  folder = await temporaryFolder();
  gateway = await prepareGateway({
    dataFolder: folder.path,
    databaseUrl: await postgres.createDatabase(),
    redisUrl: redis.url,
    processes: PROCESSES,
    environment,
  });
  return gateway;
}

async function start(environment: Record<string, string> = {}): Promise<Sold> {
  await (await prepare(environment)).start();
  await untilFull();
  return sell(gateway, await newCustomer(gateway), {
    kind: "pay_per_use",
    term: ["charge_after_seconds=1"],
  });
}

const untilFull = () => until("all workers are there", () => gateway.workers().length === PROCESSES, 60);

function killWorker(index: number): number {
  const workers = gateway.workers();
  const pid = workers[index % workers.length];
  if (pid === undefined) throw new Error("There is no worker to kill");
  process.kill(pid, "SIGKILL");
  return pid;
}

function isAnswered(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

test("all workers answer, and each line of the log says which", async () => {
  const sold = await start({ LOG_LEVEL: "debug" });
  const launchBy = (learner: string) =>
    launchUntilAnswered(() => gateway.contentOrigin, sold.key, launchRequest(learner));
  const answering = () => {
    const lines = gateway.output().match(/\{.*"A launch was let in".*\}/g) ?? [];
    return [...new Set(lines.map((line) => Number(JSON.parse(line).pid)))].sort();
  };
  // Which worker takes a connection is the kernel's choice: many at once, until each has had one.
  await until(
    "each worker has answered",
    async () => {
      await Promise.all(Array.from({ length: 60 }, (_, index) => launchBy(`person ${index}`)));
      return answering().length >= PROCESSES;
    },
    60,
  );
  expect(answering()).toEqual(gateway.workers().sort());
});

describe("while people learn", () => {
  test(`a worker killed ${KILLS} times is replaced each time; nothing acknowledged is missing, nothing is double`, async () => {
    const sold = await start();
    const crowd = startCrowd([gateway.contentOrigin], sold.key, PEOPLE);
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(0.4 + kill * 0.07);
      await untilFull();
      const killed = killWorker(kill);
      const begun = performance.now();
      await until("the worker is replaced", () => !gateway.workers().includes(killed), 30);
      await untilFull();
      note(`a worker replaced after ${((performance.now() - begun) / 1000).toFixed(2)} s`);
    }
    const acknowledged = await crowd.stop();
    expect(acknowledged.launches.length).toBeGreaterThan(PEOPLE);
    await expectNothingLost(gateway, sold, acknowledged);
  });

  test("SIGTERM ends all of them in order, and nothing is lost", async () => {
    const sold = await start();
    const crowd = startCrowd([gateway.contentOrigin], sold.key, PEOPLE);
    await sleep(1);
    const workers = gateway.workers();
    expect(await gateway.stop()).toBe(0);
    for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await gateway.start();
    await expectNothingLost(gateway, sold, await crowd.stop());
  });

  test("a worker that is killed while Postgres is away is replaced meanwhile, and says what is the matter", async () => {
    const sold = await start();
    await postgres.stop("immediate");
    for (const worker of gateway.workers()) process.kill(worker, "SIGKILL");
    await until("a worker answers", () => isAnswered(`${gateway.contentOrigin}/healthz`), 60);
    await untilFull();
    const denied = await launch(gateway.contentOrigin, sold.key, launchRequest("ada"));
    expect(denied).toMatchObject({ status: 503, body: { code: "gateway_unavailable" } });
    await postgres.start();
    const allowed = await launchUntilAnswered(
      () => gateway.contentOrigin,
      sold.key,
      launchRequest("ada"),
      60,
    );
    expect(allowed.outcome).toBe("allowed");
  });
});

test("a primary that is killed leaves no workers behind", async () => {
  await start();
  const workers = gateway.workers();
  await gateway.kill();
  const isGone = (pid: number) => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  await until("its workers are gone", () => workers.every(isGone), 30);
});

test("the practice LMS is there once, also after its worker was replaced", async () => {
  const port = await freePort();
  await start({ PRACTICE_LMS: "on", PRACTICE_PORT: `${port}` });
  const isThere = () => isAnswered(`http://localhost:${port}/`);
  // Any worker makes the gateway ready, and only the first serves the practice LMS.
  await until("it is there", isThere, 60);
  for (let kill = 0; kill < PROCESSES; kill++) {
    killWorker(kill);
    await until("it is there again", isThere, 60);
    await untilFull();
  }
});

test("a port that is taken ends the start, with the reason", async () => {
  await start();
  const port = new URL(gateway.contentOrigin).port;
  await expect(
    startGateway({
      dataFolder: folder.path,
      databaseUrl: await postgres.createDatabase(),
      processes: PROCESSES,
      environment: { PORT: port },
    }),
  ).rejects.toThrow(/EADDRINUSE[\s\S]*A process ended before it had started/);
});
