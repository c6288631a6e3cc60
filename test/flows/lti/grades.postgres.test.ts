/** The outbox of grades on a real Postgres: several processes at once, one killed in the middle, and what a save costs. */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { runDueGrades } from "../../../src/flows/lti/grades/relay.ts";
import type { TestLicense, Visit } from "../../support/fixtures.ts";
import { TEST_TOKEN_SECRET, type TestGateway, testGateway } from "../../support/gateway.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../../support/gatewayProcess.ts";
import {
  CLIENT_ID,
  type LinkWishes,
  launchLinked,
  registerServices,
  rollup,
} from "../../support/lti/linked.ts";
import { type PlatformServices, startPlatformServices } from "../../support/lti/services.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres.ts";
import { rowsRead } from "../../support/rowsRead.ts";
import { until } from "../../support/until.ts";

// Generous: these say what must come true, not how fast, and machines are shared.
jest.setTimeout(120_000);

let postgres: PostgresServer;
let databaseUrl: string;
let services: PlatformServices;
let gateway: TestGateway;
let license: TestLicense;
let registration_id: string;
beforeAll(async () => {
  services = await startPlatformServices({
    now: () => gateway.clock.now(),
    client_id: CLIENT_ID,
    toolKeys: () => gateway.context.lti.toolKeys.jwks(),
  });
  postgres = await startPostgres();
  databaseUrl = await postgres.createDatabase();
  gateway = await testGateway({ databaseUrl, settings: { LTI_TRUSTED_ORIGINS: services.origin } });
});
beforeEach(async () => {
  services.reset();
  await gateway.empty();
  license = await gateway.payPerUse();
  registration_id = await registerServices(gateway, services, license);
});
afterAll(async () => {
  await gateway?.close();
  await services?.close();
  await postgres?.remove();
});

const launch = (wishes: LinkWishes = {}) =>
  launchLinked(gateway, { registration_id, services }, license, wishes);
const save = (visit: Visit, sequence: number, score: number) =>
  visit.keep({ sequence, rollup: rollup("incomplete", { score }), answer: "lost" });

const LEARNERS = 8;
const SAVES = 6;

test("saved by many at once and sent by two processes, each grade arrives once, in order, in one line item", async () => {
  const named = { line_item_url: null, line_items_url: services.line_items_url };
  const whos = Array.from({ length: LEARNERS }, (_, index) => `learner-${index}`);
  const visits = await Promise.all(whos.map((who) => launch({ who, ...named })));
  let isSaving = true;
  const relaying = [gateway.context, gateway.secondProcess()].map(async (context) => {
    while (isSaving) await runDueGrades(context);
  });
  const saving = visits.map(async (visit) => {
    for (let sequence = 1; sequence <= SAVES; sequence++) await save(visit, sequence, sequence * 10);
  });
  await Promise.all(saving);
  isSaving = false;
  await Promise.all(relaying);
  // Who found another at the line item looks again a little later.
  gateway.clock.advance({ seconds: 10 });
  await runDueGrades(gateway.context);
  for (const who of whos) {
    const own = services.scores.filter(({ userId }) => userId === who);
    expect(own.map(({ scoreGiven }) => scoreGiven)).toEqual([10, 20, 30, 40, 50, 60]);
  }
  expect(services.lineItems).toHaveLength(1);
  expect(services.wrong).toEqual([]);
});

test("what a save changed while another was under way is told: the last word is the attempt's", async () => {
  const visit = await launch();
  await Promise.all(
    Array.from({ length: 20 }, (_, index) => save(visit, index + 1, index % 2 === 0 ? 40 : 60)),
  );
  await runDueGrades(gateway.context);
  gateway.clock.advance({ seconds: 60 });
  await runDueGrades(gateway.context);
  const [attempt] = await gateway.context.db.query<{ raw: number }>(
    "select (rollup #>> '{score,raw}')::integer as raw from attempt",
  );
  expect(services.scores.at(-1)?.scoreGiven).toBe(attempt?.raw);
});

describe("a process that is killed while it sends", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let killed: GatewayProcess | undefined;
  beforeAll(async () => {
    folder = await temporaryFolder();
  });
  afterAll(async () => {
    await killed?.kill();
    await folder.remove();
  });

  test("loses nothing: another sends it again with the same time, then what waits behind it", async () => {
    gateway.clock.set(new Date().toISOString());
    const visit = await launch();
    for (const [index, score] of [10, 20, 30].entries()) await save(visit, index + 1, score);
    // Taken, and never answered.
    services.beforeAnswer = () => new Promise(() => undefined);
    killed = await startGateway({
      dataFolder: folder.path,
      databaseUrl,
      environment: { LTI_TRUSTED_ORIGINS: services.origin, TOKEN_SECRET: TEST_TOKEN_SECRET },
    });
    await until(
      "it sends",
      () => {
        // By a second ahead: what it signs at this moment is not from the future for the platform, which goes by this clock.
        gateway.clock.set(new Date(Date.now() + 1000).toISOString());
        return services.scores.length > 0;
      },
      30,
    );
    await killed.kill();
    services.beforeAnswer = () => undefined;
    await runDueGrades(gateway.context);
    expect(services.scores).toHaveLength(1);
    // What it held is its own for a while; another looks later.
    gateway.clock.advance({ seconds: 300 });
    await runDueGrades(gateway.context);
    expect(services.scores.map(({ scoreGiven }) => scoreGiven)).toEqual([10, 20, 30]);
    expect(services.asked.scores).toBe(4);
    expect(services.wrong).toEqual([]);
  });
});

test.each([
  ["with a place in a gradebook", true],
  ["without one", false],
])(
  "what a save of an attempt %s reads does not grow with the attempts there are",
  async (_what, isLinked) => {
    const fresh = await testGateway({ databaseUrl: await postgres.createDatabase() });
    const own = await fresh.payPerUse();
    const linked = { registration_id: await registerServices(fresh, services, own), services };
    const visits = await Promise.all(
      Array.from({ length: 400 }, (_, index) =>
        isLinked
          ? launchLinked(fresh, linked, own, { who: `learner-${index}` })
          : fresh.launch(own, { who: `learner-${index}` }),
      ),
    );
    for (const visit of visits) await save(visit, 1, 10);
    const before = await rowsRead(fresh.context.db);
    for (const visit of visits) await save(visit, 2, 20);
    expect(((await rowsRead(fresh.context.db)) - before) / visits.length).toBeLessThan(20);
    const [{ count } = { count: -1 }] = await fresh.context.db.query<{ count: number }>(
      "select count(*)::integer as count from grade",
    );
    expect(count).toBe(isLinked ? 800 : 0);
    await fresh.close();
  },
);

test("what gradebooks see of a rollup is worked out within the statement: a call would cost more than the rest", async () => {
  const rows = await gateway.context.db.query(
    "explain (verbose, costs off) select seen_in_gradebook(rollup) from attempt",
  );
  const plan = rows.map((row) => Object.values(row).join("")).join("\n");
  expect(plan).toContain("'{score,scaled}'");
  expect(plan).not.toContain("seen_in_gradebook");
});
