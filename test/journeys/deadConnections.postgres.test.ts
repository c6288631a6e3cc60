/** The way to Postgres goes dead without a sign, as when a machine fails over or a network is cut. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import { type Crowd, startCrowd } from "../support/crowd.ts";
import { newCustomer, type Sold, sell } from "../support/customer.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { keep, launch, launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { note } from "../support/measured.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { expectNothingLost } from "../support/reckoning.ts";
import { sleep, until } from "../support/until.ts";
import { layWire, type Wire } from "../support/wire.ts";

// Generous: these say what must come true, not how fast, and machines are shared.
jest.setTimeout(120_000);

const PEOPLE = 6;
/** Longer than the gateway takes to see that nobody answers. */
const DARK_SECONDS = 6;

let postgres: PostgresServer;
let wire: Wire;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: GatewayProcess;
let sold: Sold;
let crowd: Crowd;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres?.remove());

beforeEach(async () => {
  const databaseUrl = new URL(await postgres.createDatabase());
  wire = await layWire(Number(databaseUrl.port));
  databaseUrl.port = `${wire.port}`;
  folder = await temporaryFolder();
  gateway = await startGateway({ dataFolder: folder.path, databaseUrl: databaseUrl.href });
  sold = await sell(gateway, await newCustomer(gateway), {
    kind: "pay_per_use",
    term: ["charge_after_seconds=1"],
  });
  crowd = startCrowd([gateway.contentOrigin], sold.key, PEOPLE);
  await sleep(1);
});

afterEach(async () => {
  await gateway?.kill();
  await wire?.close();
  await folder?.remove();
});

test("launches are answered again in a moment once new connections can be made, though the old ones stay dead", async () => {
  // A seat that is confirmed from the first: beats change nothing.
  const bought = await sell(gateway, await newCustomer(gateway), { kind: "volume", lots: [1] });
  const opened = await launchUntilAnswered(() => gateway.contentOrigin, bought.key, launchRequest("quiet"));
  if (opened.outcome === "denied") throw new Error(opened.code);
  wire.goDark();
  await sleep(DARK_SECONDS);

  const asked = performance.now();
  expect((await fetch(`${gateway.contentOrigin}/readyz`)).status).toBe(503);
  expect(performance.now() - asked).toBeLessThan(4000);
  expect((await fetch(`${gateway.contentOrigin}/healthz`)).status).toBe(200);
  const beat = await keep(gateway.contentOrigin, { token: opened.token });
  expect(beat.status).toBe(200);

  wire.mend();
  const mended = performance.now();
  await until(
    "launches are decided again",
    async () => (await launch(gateway.contentOrigin, sold.key, launchRequest(""))).status === 200,
    20,
  );
  const seconds = (performance.now() - mended) / 1000;
  note(`decided again ${seconds.toFixed(2)} s after the way was open`);
  // Not only once a statement has run out of its own time: 5 s for what a launch asks first, 65 s for the rest.
  expect(seconds).toBeLessThan(4.5);
  await until("all is ready", async () => (await fetch(`${gateway.contentOrigin}/readyz`)).ok, 5);
  await expectNothingLost(gateway, sold, await crowd.stop());
});
