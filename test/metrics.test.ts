/** What Prometheus is told: well-formed, with labels from short lists, and to nobody else. */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { readConfig } from "../src/config.ts";
import { createDeps, type Deps } from "../src/deps.ts";
import { metricsListener } from "../src/edges/http/metricsServer.ts";
import { observed } from "../src/edges/http/observe.ts";
import { routeNamer } from "../src/edges/http/routeNames.ts";
import { createMetrics, watchProcess } from "../src/metrics.ts";
import { nameOf, observedDb } from "../src/store/observedDb.ts";
import { parseExposition, sumOf } from "./support/exposition.ts";
import { type TestGateway, testGateway } from "./support/gateway.ts";
import { launch, launchRequest } from "./support/learner.ts";
import { createTestLog } from "./support/testLog.ts";
import { until } from "./support/until.ts";

const GAUGES = {
  version: "1.2.3",
  poolUse: () => ({ general: { total: 3, idle: 1, waiting: 2 } }),
  redisIsUp: () => true,
};

let gateway: TestGateway;
let deps: Deps;
let server: Server;
let origin: string;

beforeAll(async () => {
  gateway = await testGateway();
  deps = gateway.context.deps;
  watchProcess(deps.metrics, GAUGES);
  const app = gateway.app({ ...gateway.context, db: observedDb(gateway.context.db, deps) });
  server = createServer(
    observed(deps, routeNamer(["/api/v1/accounts/{account_id}/seats"]), (asked, response) => {
      asked.headers.host = "127.0.0.1:8080";
      app(asked, response);
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  await gateway.close();
});

const told = async () => parseExposition(await deps.metrics.registry.metrics());

describe("a gateway that was used", () => {
  test("tells of launches, beats, seats, charges, statements and requests in a form that Prometheus reads", async () => {
    const license = await gateway.payPerUse();
    const once = await launch(origin, license.delivery_key, launchRequest("ana"));
    await launch(origin, license.delivery_key, launchRequest("ana"));
    await launch(origin, "no-such-key-as-this-one", launchRequest("ana"));
    expect(once.status).toBe(200);
    const route = { method: "POST", route: "/play/:key/launch", status: "200" };
    await until(
      "three requests are counted",
      async () => sumOf(await told(), "tallygate_http_request_seconds_count", route) === 3,
      5,
    );
    const families = await told();
    expect(sumOf(families, "tallygate_launches_total", { outcome: "allowed", kind: "pay_per_use" })).toBe(2);
    expect(sumOf(families, "tallygate_launches_total", { outcome: "denied", code: "launch_invalid" })).toBe(
      1,
    );
    expect(sumOf(families, "tallygate_launch_seconds_count")).toBe(3);
    expect(sumOf(families, "tallygate_launch_batch_size_sum")).toBe(3);
    expect(sumOf(families, "tallygate_seats_total", { change: "taken" })).toBe(1);
    expect(sumOf(families, "tallygate_seats_total", { change: "confirmed" })).toBe(1);
    expect(sumOf(families, "tallygate_charges_total", { rule: "launches", kind: "pay_per_use" })).toBe(1);
    expect(sumOf(families, "tallygate_store_statement_seconds_count")).toBeGreaterThan(3);
    expect(sumOf(families, "tallygate_store_connections", { pool: "general", state: "waiting" })).toBe(2);
    expect(sumOf(families, "tallygate_redis_up")).toBe(1);
    expect(sumOf(families, "tallygate_build_info", { version: "1.2.3" })).toBe(1);
    expect(sumOf(families, "process_cpu_seconds_total")).toBeGreaterThan(0);
  });

  test("names nobody, and nothing that a stranger can make up", async () => {
    const license = await gateway.payPerUse();
    await launch(
      origin,
      license.delivery_key,
      launchRequest("personnel-number-4711", { name: "Berg, Anna" }),
    );
    await fetch(`${origin}/made/up/4711`, { method: "PROPFIND" });
    const text = await deps.metrics.registry.metrics();
    for (const secret of ["4711", "Berg", "PROPFIND", license.delivery_key, license.account_id])
      expect(text).not.toContain(secret);
  });

  test("has each of its own metrics in docs/monitoring.md, and no other there", async () => {
    const page = readFileSync(join(import.meta.dirname, "../docs/monitoring.md"), "utf8");
    const documented = [...page.matchAll(/^\| `(tallygate_\w+)`/gm)].map(([, name = ""]) => name);
    const own = [...(await told()).keys()].filter((name) => name.startsWith("tallygate_"));
    expect(documented.sort()).toEqual(own.sort());
  });
});

test.each([
  ["/play/keep?x=1", "/play/keep"],
  ["/play/WWRUxgDklfTESLidNOTb_A/launch", "/play/:key/launch"],
  ["/play/lti/launch", "/play/lti/launch"],
  ["/play/WWRUxgDklfTESLidNOTb_A", "/play/:key"],
  ["/c/w63hdd1Cd9za1kBIq0NTOA/scripts/main.js", "/c/*"],
  ["/api/v1/accounts/019b8d62/seats?limit=3", "/api/v1/accounts/{account_id}/seats"],
  ["/api/v1/accounts/019b8d62/seats/more", "other"],
  ["/play/a/b/c", "other"],
  ["//", "other"],
  [undefined, "other"],
])("%s is %s", (url, template) => {
  expect(routeNamer(["/api/v1/accounts/{account_id}/seats"])(url)).toBe(template);
});

test.each([
  ["select a, b from launch l join seat on true", "select launch"],
  ["insert into seat (id) values ($1)", "insert seat"],
  ["\n  update lot set taken = taken + 1", "update lot"],
  ["with x as (select 1 from door) select * from x", "with door"],
  ["select 1", "select"],
  ["/* read launches */\nselect 1 from door", "read launches"],
  ["savepoint part_1", "other"],
])("%j is called %s", (statement, name) => {
  expect(nameOf(statement)).toBe(name);
});

describe("the metrics' own port", () => {
  const TOKEN = "a-token-of-the-tests";
  const { log, lines } = createTestLog();
  const exposition = createMetrics().registry;

  test("answers /metrics and nothing else", async () => {
    const listener = metricsListener(exposition, "", log);
    const answer = await request(listener).get("/metrics").expect(200);
    expect(answer.headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    await request(listener).get("/").expect(404);
    await request(listener).post("/metrics").expect(404);
  });

  test("asks for the token where there is one", async () => {
    const listener = metricsListener(exposition, TOKEN, log);
    await request(listener).get("/metrics").expect(401);
    await request(listener).get("/metrics").set("Authorization", "Bearer another-of-16-bytes").expect(401);
    await request(listener).get("/metrics").set("Authorization", `Bearer ${TOKEN}`).expect(200);
  });

  test("says that it can't, and logs why, when they can't be gathered", async () => {
    const failing = { contentType: "text/plain", metrics: () => Promise.reject(new Error("no")) };
    await request(metricsListener(failing, "", log))
      .get("/metrics")
      .expect(503);
    expect(lines).toMatchObject([{ message: "The metrics could not be gathered" }]);
  });

  test("is off by default, and open to other machines only with a token", () => {
    expect(readConfig({}).METRICS_PORT).toBe("off");
    const abroad = { METRICS_PORT: "9464", METRICS_HOST: "0.0.0.0" };
    expect(() => readConfig(abroad)).toThrow(
      "METRICS_TOKEN: found nothing, expected one where METRICS_HOST is",
    );
    expect(readConfig({ ...abroad, METRICS_TOKEN: TOKEN }).METRICS_PORT).toBe(9464);
    expect(readConfig({ METRICS_PORT: "9464" })).toMatchObject({ METRICS_HOST: "127.0.0.1" });
  });
});

test("all that one launch counts takes microseconds: under 50, however busy the machine", () => {
  const { metrics } = createDeps(gateway.context.config);
  const countLaunch = () => {
    metrics.requestsUnderWay.inc();
    metrics.launches.inc({ outcome: "allowed", code: "", kind: "volume" });
    metrics.launchSeconds.observe({ outcome: "allowed" }, 0.004);
    for (const statement of ["select door", "insert launch", "update seat"])
      metrics.statementSeconds.observe({ statement }, 0.001);
    metrics.requestSeconds.observe({ method: "POST", route: "/play/:key/launch", status: "200" }, 0.005);
    metrics.requestsUnderWay.dec();
  };
  const times = 20_000;
  for (let i = 0; i < times; i++) countLaunch();
  const begun = performance.now();
  for (let i = 0; i < times; i++) countLaunch();
  expect(((performance.now() - begun) * 1000) / times).toBeLessThan(50);
});
