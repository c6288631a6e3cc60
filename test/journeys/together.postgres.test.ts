/** Several processes are one gateway: what one changes holds in all at once, and they count together. */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { LaunchAllowed } from "../../src/core/bridge.ts";
import { learnersOf, newCustomer, type Sold, sell } from "../support/customer.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { keep, launch, launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { note } from "../support/measured.ts";
import { type PostgresServer, runSql, startPostgres } from "../support/postgres.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { sleep, until } from "../support/until.ts";

jest.setTimeout(120_000);

const LAUNCHES_PER_MINUTE = 4;

let postgres: PostgresServer;
let redis: RedisServer;
let databaseUrl: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let here: GatewayProcess;
let there: GatewayProcess;
let sold: Sold;

beforeAll(async () => {
  postgres = await startPostgres();
  redis = await startRedis();
  folder = await temporaryFolder();
  databaseUrl = await postgres.createDatabase();
  const settings = {
    dataFolder: folder.path,
    databaseUrl,
    redisUrl: redis.url,
    environment: { LAUNCHES_PER_MINUTE: `${LAUNCHES_PER_MINUTE}`, BEAT_SECONDS: "5" },
  };
  here = await startGateway(settings);
  there = await startGateway(settings);
});

beforeEach(async () => {
  sold = await sell(here, await newCustomer(here), { kind: "volume", lots: [1000] });
});

afterAll(async () => {
  await here?.kill();
  await there?.kill();
  await folder?.remove();
  await redis?.remove();
  await postgres?.remove();
});

async function openAt(gateway: GatewayProcess, learner: string): Promise<LaunchAllowed> {
  const opened = await launchUntilAnswered(() => gateway.contentOrigin, sold.key, launchRequest(learner));
  if (opened.outcome === "denied") throw new Error(opened.code);
  return opened;
}

async function launchesAllowed(learner: string, tries: number, gateways = [here, there]): Promise<number> {
  let allowed = 0;
  for (let index = 0; index < tries; index++) {
    const origin = gateways[index % gateways.length]?.contentOrigin ?? "";
    const begun = performance.now();
    const { status, body } = await launch(origin, sold.key, launchRequest(learner));
    expect(performance.now() - begun).toBeLessThan(2000);
    expect(status).toBe(200);
    if (body.outcome === "allowed") allowed++;
    else expect(body.code).toBe("too_many_launches");
  }
  return allowed;
}

const isCountedTogether = async (learner: string) =>
  (await launchesAllowed(learner, LAUNCHES_PER_MINUTE * 2)) === LAUNCHES_PER_MINUTE;

/** By each process. */
const outagesSaid = () =>
  [here, there].map((gateway) => gateway.output().split("Redis is of no use").length - 1);

async function untilCountedTogether(): Promise<void> {
  let people = 0;
  await until("they count together", () => isCountedTogether(`newcomer ${people++}`), 15);
}

describe("what stops a launch, done through one process", () => {
  /** So long after it has read what is stopped, a process reads it again by itself. */
  const READ_AGAIN_SECONDS = 1;

  /** A beat through the one process, the change through the other, then beats until one is stopped. */
  async function expectStoppedAtOnce(
    why: string,
    code: string,
    change: () => Promise<unknown>,
  ): Promise<void> {
    let { token } = await openAt(there, "ada");
    await sleep(READ_AGAIN_SECONDS);
    const read = performance.now();
    const before = await keep(there.contentOrigin, { token });
    expect(before.body.stop).toBeUndefined();
    ({ token } = before.body);
    await change();
    const changed = performance.now();
    await until(
      "a beat through the other process is stopped",
      async () => {
        const { body } = await keep(there.contentOrigin, { token });
        ({ token } = body);
        return body.stop?.code === code;
      },
      5,
    );
    note(`${why}: stopped elsewhere after ${(performance.now() - changed).toFixed(0)} ms`);
    // Sooner than it would have looked unasked.
    expect(performance.now() - read).toBeLessThan(READ_AGAIN_SECONDS * 1000);
  }

  const revoke = () => here.operate("delivery revoke", { account: sold.account, delivery: sold.delivery });

  test("a revocation stops the next beat through another", async () => {
    await expectStoppedAtOnce("revoked", "delivery_revoked", revoke);
  });

  test("a deactivation stops the next beat through another", async () => {
    await expectStoppedAtOnce("deactivated", "learner_deactivated", async () => {
      const learner = (await learnersOf(here, sold)).get("ada");
      await here.operate("learner deactivate", { account: sold.account, learner });
    });
  });

  test("it does with Redis away", async () => {
    await redis.kill();
    await expectStoppedAtOnce("Redis killed", "delivery_revoked", revoke);
    await redis.start();
  });

  test("it does where the connection that notices come by has just been cut", async () => {
    await expectStoppedAtOnce("notices cut", "delivery_revoked", async () => {
      await runSql(
        databaseUrl,
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tallygate notices' and datname = current_database()",
      );
      await revoke();
    });
  });

  test("a pause holds at the next launch through another, and so does its end", async () => {
    const license = { account: sold.account, license: sold.license };
    await here.operate("license pause", license);
    const paused = await launch(there.contentOrigin, sold.key, launchRequest("ada"));
    expect(paused.body).toMatchObject({ outcome: "denied", code: "license_paused" });
    await here.operate("license unpause", license);
    expect((await openAt(there, "ada")).outcome).toBe("allowed");
  });
});

describe("how often somebody may launch", () => {
  beforeEach(untilCountedTogether);

  test("is counted by all processes together", async () => {
    expect(await launchesAllowed("ada", LAUNCHES_PER_MINUTE * 3)).toBe(LAUNCHES_PER_MINUTE);
  });

  test("tells Redis neither who nor from where", async () => {
    await launchesAllowed("zoe@example.com", 1);
    const held = await redis.dump();
    expect(held).toMatch(/tallygate:[\w-]{8}:limit:launches_of_identity:[\w-]{43}/);
    expect(held).not.toMatch(/zoe@|127\.0\.0\.1/);
    expect(held).not.toContain(sold.key);
  });

  test.each([
    ["killed", () => redis.kill(), () => redis.start()],
    ["frozen", async () => redis.freeze(), async () => redis.thaw()],
  ])(
    "is counted by each for itself while Redis is %s, and together once it is back",
    async (how, goAway, comeBack) => {
      const outagesBefore = outagesSaid();
      await goAway();
      const begun = performance.now();
      expect(await launchesAllowed("ada", LAUNCHES_PER_MINUTE * 3)).toBe(LAUNCHES_PER_MINUTE * 2);
      note(
        `${how}: ${((performance.now() - begun) / 1000).toFixed(2)} s for ${LAUNCHES_PER_MINUTE * 3} launches`,
      );
      await comeBack();
      const back = performance.now();
      await untilCountedTogether();
      note(
        `${how}: counted together ${((performance.now() - back) / 1000).toFixed(2)} s after Redis was back`,
      );
      expect(outagesSaid()).toEqual(outagesBefore.map((count) => count + 1));
    },
  );

  test("a gateway starts without Redis, and takes it up when it comes", async () => {
    await there.kill();
    await redis.kill();
    await there.start();
    expect(await launchesAllowed("ada", LAUNCHES_PER_MINUTE + 1, [there])).toBe(LAUNCHES_PER_MINUTE);
    await redis.start();
    await untilCountedTogether();
  });
});
