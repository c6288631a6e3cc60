/** Postgres goes away and comes back while people learn (RULES §2: `gateway_unavailable` retries by itself). */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { LaunchAllowed } from "../../src/core/bridge.ts";
import { type Crowd, startCrowd } from "../support/crowd.ts";
import { newCustomer, type Sold, sell } from "../support/customer.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { keep, launch, launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { note } from "../support/measured.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { expectNothingLost } from "../support/reckoning.ts";
import { sleep, until } from "../support/until.ts";

// Generous: these say what must come true, not how fast, and machines are shared.
jest.setTimeout(120_000);

const PEOPLE = 10;
const AWAY_SECONDS = 2;
const FROZEN_SECONDS = 6;

let postgres: PostgresServer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateways: GatewayProcess[] = [];
let sold: Sold;
let crowd: Crowd;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => {
  await postgres?.remove();
});

beforeEach(async () => {
  folder = await temporaryFolder();
  const settings = { dataFolder: folder.path, databaseUrl: await postgres.createDatabase() };
  gateways = [await startGateway(settings), await startGateway(settings)];
  const customer = await newCustomer(gateway());
  sold = await sell(gateway(), customer, { kind: "pay_per_use", term: ["charge_after_seconds=1"] });
  crowd = startCrowd(
    gateways.map(({ contentOrigin }) => contentOrigin),
    sold.key,
    PEOPLE,
  );
  await sleep(0.5);
});

afterEach(async () => {
  await Promise.all(gateways.map((one) => one.kill()));
  await folder.remove();
});

function gateway(): GatewayProcess {
  const [first] = gateways;
  if (!first) throw new Error("No gateway was started");
  return first;
}

/** Someone whose seat is confirmed, so that their beats change nothing. */
async function openQuietly(): Promise<LaunchAllowed> {
  const request = () => launchRequest("quiet");
  const another = await sell(gateway(), await newCustomer(gateway()), { kind: "volume", lots: [1] });
  const opened = await launchUntilAnswered(() => gateway().contentOrigin, another.key, request());
  if (opened.outcome === "denied") throw new Error(opened.code);
  return opened;
}

/** Beats until told to stop. @returns The longest that one took, in seconds. */
function beatOn(opened: LaunchAllowed): { stop(): Promise<number> } {
  let going = true;
  const beating = (async () => {
    let { token } = opened;
    let longest = 0;
    while (going) {
      const begun = performance.now();
      const { status, body } = await keep(gateway().contentOrigin, { token });
      expect({ status, body }).toMatchObject({ status: 200 });
      longest = Math.max(longest, (performance.now() - begun) / 1000);
      ({ token } = body);
      await sleep(0.05);
    }
    return longest;
  })();
  return {
    stop: () => {
      going = false;
      return beating;
    },
  };
}

describe.each(["fast", "immediate"] as const)("Postgres stopped (%s) and started again under load", (how) => {
  test("launches are denied as gateway_unavailable, beats go on, all is well again in seconds, and nothing is lost", async () => {
    const beats = beatOn(await openQuietly());
    await postgres.stop(how);

    const denied = await launch(gateway().contentOrigin, sold.key, launchRequest("outsider"));
    expect(denied).toMatchObject({ status: 503, body: { outcome: "denied", code: "gateway_unavailable" } });
    expect(denied.body).toMatchObject({ retry_after_seconds: expect.any(Number), language: "en" });
    expect((await fetch(`${gateway().contentOrigin}/readyz`)).status).toBe(503);
    expect((await fetch(`${gateway().contentOrigin}/healthz`)).status).toBe(200);
    await sleep(AWAY_SECONDS);

    await postgres.start();
    const back = performance.now();
    await until(
      "launches are decided again",
      async () => (await launch(gateway().contentOrigin, sold.key, launchRequest(""))).status === 200,
      10,
    );
    note(`${how}: decided again ${((performance.now() - back) / 1000).toFixed(2)} s after Postgres was back`);
    expect(performance.now() - back).toBeLessThan(5000);

    const longest = await beats.stop();
    note(`${how}: the slowest beat meanwhile took ${longest.toFixed(2)} s`);
    await expectNothingLost(gateway(), sold, await crowd.stop());
  });
});

describe("Postgres that no longer answers, though its connections stand", () => {
  test("keeps no beat waiting that changes nothing, and nothing is lost", async () => {
    const beats = beatOn(await openQuietly());
    postgres.freeze();
    await sleep(FROZEN_SECONDS);
    postgres.thaw();
    const longest = await beats.stop();
    note(`frozen: the slowest beat meanwhile took ${longest.toFixed(2)} s`);
    expect(longest).toBeLessThan(FROZEN_SECONDS / 2);
    await expectNothingLost(gateway(), sold, await crowd.stop());
  });
});
