/** Metrics of several processes: Prometheus asks one port and hears of all, also of those that are no more. */
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { newCustomer, sell } from "../support/customer.ts";
import { type Family, parseExposition, sumOf } from "../support/exposition.ts";
import { freePort } from "../support/freePort.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";

jest.setTimeout(120_000);

const TOKEN = "a-token-of-the-tests";
let postgres: PostgresServer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: GatewayProcess;
let port: number;

beforeEach(async () => {
  postgres = await startPostgres();
  folder = await temporaryFolder();
  port = await freePort();
  gateway = await startGateway({
    dataFolder: folder.path,
    databaseUrl: await postgres.createDatabase(),
    processes: 2,
    environment: { METRICS_PORT: String(port), METRICS_TOKEN: TOKEN },
  });
});

afterEach(async () => {
  await gateway.kill();
  await Promise.all([folder.remove(), postgres.remove()]);
});

async function scrape(): Promise<Map<string, Family>> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(answer.status).toBe(200);
  return parseExposition(await answer.text());
}

const allowed = async () => sumOf(await scrape(), "tallygate_launches_total", { outcome: "allowed" });

test("the workers' counts are added up, and those of a worker that was killed are not forgotten", async () => {
  const customer = await newCustomer(gateway);
  const sold = await sell(gateway, customer, { kind: "pay_per_use" });
  const launchSome = (names: string) =>
    Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        launchUntilAnswered(() => gateway.contentOrigin, sold.key, launchRequest(`${names} ${index}`)),
      ),
    );
  await launchSome("before");
  const families = await scrape();
  expect(sumOf(families, "tallygate_launches_total", { outcome: "allowed" })).toBe(10);
  expect(sumOf(families, "tallygate_seats_total", { change: "taken", kind: "pay_per_use" })).toBe(10);
  // Of versions there is one, of connections as many as all have together.
  expect(sumOf(families, "tallygate_build_info")).toBe(1);
  expect(sumOf(families, "tallygate_store_connections", { state: "total" })).toBeGreaterThanOrEqual(2);

  const [worker = 0] = gateway.workers();
  process.kill(worker, "SIGKILL");
  await until(
    "it is replaced",
    () => gateway.workers().length === 2 && !gateway.workers().includes(worker),
    20,
  );
  expect(await allowed()).toBe(10);
  await launchSome("after");
  expect(await allowed()).toBe(20);
});

test("are told to nobody without the token, and not on the port of the gateway", async () => {
  expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(401);
  expect((await fetch(`${gateway.contentOrigin}/metrics`)).status).toBe(404);
  expect((await fetch(`${gateway.appOrigin}/metrics`)).status).toBe(404);
});
