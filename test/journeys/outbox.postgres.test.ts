/** The outbox on a real Postgres: from several processes at once, and when one is killed in the middle. */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Context } from "../../src/flows/context.ts";
import { runDueAlerts } from "../../src/flows/dueAlerts.ts";
import { relayOutbox } from "../../src/flows/outbox/relay.ts";
import { tell } from "../../src/flows/outbox.ts";
import { addWebhook } from "../../src/flows/webhooks.ts";
import { BY } from "../support/fixtures.ts";
import { TEST_TOKEN_SECRET, type TestGateway, testGateway } from "../support/gateway.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhookReceiver.ts";

// Generous: these say what must come true, not how fast, and machines are shared.
jest.setTimeout(120_000);

let postgres: PostgresServer;
let databaseUrl: string;
let receiver: WebhookReceiver;
let gateway: TestGateway;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  postgres = await startPostgres();
  databaseUrl = await postgres.createDatabase();
  gateway = await testGateway({ databaseUrl, settings: { WEBHOOK_TRUSTED_ORIGINS: receiver.origin } });
});
beforeEach(async () => {
  receiver.reset();
  await gateway.empty();
});
afterAll(async () => {
  receiver?.close();
  await gateway?.close();
  await postgres?.remove();
});

async function webhook(account_id: string, path: string): Promise<void> {
  const settings = { url: receiver.origin + path, description: "", event_types: [] };
  await addWebhook(gateway.context, BY, account_id, settings);
}

function happens(context: Context, account_id: string, writer: number, number: number): Promise<unknown> {
  return context.db.transaction((sql) =>
    tell(context, sql, context.deps.clock.now(), {
      account_id,
      type: "deposit.low",
      data: { balance_minor: number, low_mark_minor: writer, currency: "EUR" },
    }),
  );
}

const ACCOUNTS = 3;
const WRITERS = 4;
const EVENTS = 15;

test("told by many at once and sent by two processes, each event arrives once, in its account's order", async () => {
  const accounts = await Promise.all(Array.from({ length: ACCOUNTS }, () => gateway.account()));
  for (const [index, { account_id }] of accounts.entries()) await webhook(account_id, `/${index}`);
  const processes = [gateway.context, gateway.secondProcess()];
  let isWriting = true;
  const relaying = processes.map(async (context) => {
    while (isWriting) await relayOutbox(context);
    await relayOutbox(context);
  });
  const writing = accounts.flatMap(({ account_id }) =>
    Array.from({ length: WRITERS }, async (_, writer) => {
      const context = processes[writer % processes.length] as Context;
      for (let number = 1; number <= EVENTS; number++) await happens(context, account_id, writer, number);
    }),
  );
  await Promise.all(writing);
  isWriting = false;
  await Promise.all(relaying);
  for (const [index] of accounts.entries()) {
    const events = receiver.received.filter(({ path }) => path === `/${index}`).map(({ event }) => event);
    expect(events.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: WRITERS * EVENTS }, (_, before) => before + 1),
    );
    for (let writer = 0; writer < WRITERS; writer++) {
      const own = events.filter(({ data }) => data["low_mark_minor"] === writer);
      expect(own.map(({ data }) => data["balance_minor"])).toEqual(
        Array.from({ length: EVENTS }, (_, before) => before + 1),
      );
    }
  }
});

test("an alert that two processes find at the same moment is told once", async () => {
  const license = await gateway.volume([1]);
  await webhook(license.account_id, "/alerts");
  (await gateway.launch(license)).allowed();
  const processes = Array.from({ length: 4 }, () => gateway.secondProcess());
  await Promise.all(processes.map(runDueAlerts));
  await relayOutbox(gateway.context);
  expect(receiver.received.map(({ event }) => event.data["percent"])).toEqual([80, 100]);
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

  test("loses nothing: another sends it again, then what waits behind it, in order", async () => {
    killed = await startGateway({
      dataFolder: folder.path,
      databaseUrl,
      environment: { WEBHOOK_TRUSTED_ORIGINS: receiver.origin, TOKEN_SECRET: TEST_TOKEN_SECRET },
    });
    const made = await killed.operate<{ id: string }>("account create", { name: "Acme", currency: "EUR" });
    receiver.answer("/hook", "hang");
    const url = `${receiver.origin}/hook`;
    const hook = await killed.operate<{ id: string }>("webhook create", { account: made.id, url });
    const asked = { account: made.id, webhook: hook.id };
    for (let count = 0; count < 3; count++) await killed.operate("webhook test", asked);
    await until("it sends", () => receiver.received.length > 0, 30);
    await killed.kill();
    receiver.answer("/hook", 204);
    // What it held is its own for a while; another looks later.
    gateway.clock.set(new Date(Date.now() + 120_000).toISOString());
    await relayOutbox(gateway.context);
    expect(receiver.received.map(({ event }) => event.sequence)).toEqual([1, 1, 2, 3]);
    const [first, again] = receiver.received;
    expect(again?.webhook_id).toBe(first?.webhook_id);
  });
});
