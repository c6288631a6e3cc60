/** Events reach webhooks at least once, in order, signed; what fails is tried again for days and hurts nobody else. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { PAUSES_SECONDS } from "../../../src/core/outbox.ts";
import { relayOutbox } from "../../../src/flows/outbox/relay.ts";
import { keepOutbox } from "../../../src/flows/outbox/upkeep.ts";
import { tell } from "../../../src/flows/outbox.ts";
import { replayMessage, replaySpan, skip, viewMessage } from "../../../src/flows/webhookMessages.ts";
import {
  addWebhook,
  changeWebhook,
  removeWebhook,
  requireWebhook,
  rotateWebhookSecret,
  testWebhook,
} from "../../../src/flows/webhooks.ts";
import { pageOfAlerts } from "../../../src/store/alerts.ts";
import { pageOfMessages } from "../../../src/store/outbox/messages.ts";
import { ALL_ROWS, BY } from "../../support/fixtures.ts";
import { TEST_TOKEN_SECRET, type TestGateway, testGateway } from "../../support/gateway.ts";
import { until } from "../../support/until.ts";
import { isSignedBy, startWebhookReceiver, type WebhookReceiver } from "../../support/webhookReceiver.ts";

let receiver: WebhookReceiver;
let gateway: TestGateway;
let account_id: string;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  gateway = await testGateway({ settings: { WEBHOOK_TRUSTED_ORIGINS: receiver.origin } });
});
beforeEach(async () => {
  receiver.reset();
  await gateway.empty();
  ({ account_id } = await gateway.account());
});
afterAll(async () => {
  receiver.close();
  await gateway.close();
});

const relay = () => relayOutbox(gateway.context);

async function webhook(path: string, event_types: readonly string[] = [], of = account_id) {
  const settings = { url: receiver.origin + path, description: "", event_types };
  const { webhook: made, secret } = await addWebhook(gateway.context, BY, of, settings);
  return { account_id: of, webhook_id: made.id, secret };
}

/** An event that is told apart by a number. */
async function happens(number: number, of = account_id): Promise<void> {
  const { context, clock } = gateway;
  await context.db.transaction((sql) =>
    tell(context, sql, clock.now(), {
      account_id: of,
      type: "deposit.low",
      data: { balance_minor: number, low_mark_minor: 1000, currency: "EUR" },
    }),
  );
}

const numbers = (path: string) => receiver.taken(path).map(({ event }) => event.data["balance_minor"]);

async function messages(of: { readonly account_id: string; readonly webhook_id: string }) {
  const { context } = gateway;
  const page = await pageOfMessages(context.db, of.account_id, { destination_id: of.webhook_id }, ALL_ROWS);
  return page.reverse();
}

describe("an event", () => {
  test("arrives as Standard Webhooks say, and once", async () => {
    const { secret, ...hook } = await webhook("/hook");
    await happens(42);
    await relay();
    await relay();
    const [one, ...more] = receiver.received;
    expect(more).toEqual([]);
    expect(one).toMatchObject({
      path: "/hook",
      timestamp: Date.parse("2026-01-05T09:00:00Z") / 1000,
      event: {
        type: "deposit.low",
        timestamp: "2026-01-05T09:00:00.000Z",
        account_id,
        sequence: 1,
        data: { balance_minor: 42, low_mark_minor: 1000, currency: "EUR" },
      },
    });
    expect(one?.webhook_id).toBe(one?.event.id);
    expect(one?.headers["content-type"]).toBe("application/json");
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(one && isSignedBy(secret, one)).toBe(true);
    expect(one && isSignedBy("whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldA==", one)).toBe(false);
    expect(await messages(hook)).toMatchObject([{ status: "sent", tries: 1, last_status_code: 204 }]);
  });

  test("that is told in a transaction that fails was never told", async () => {
    await webhook("/hook");
    const { context, clock } = gateway;
    const failing = context.db.transaction(async (sql) => {
      const data = { balance_minor: 1, low_mark_minor: 2, currency: "EUR" };
      await tell(context, sql, clock.now(), { account_id, type: "deposit.low", data });
      throw new Error("undone");
    });
    await expect(failing).rejects.toThrow("undone");
    await relay();
    expect(receiver.received).toEqual([]);
  });

  test("goes to every webhook of its account that listens to its type, and to no other account's", async () => {
    const { account_id: stranger } = await gateway.account();
    await webhook("/all");
    await webhook("/deposits", ["deposit.low", "payment.failed"]);
    await webhook("/payments", ["payment.failed"]);
    await webhook("/stranger", [], stranger);
    await happens(1);
    await relay();
    expect(receiver.received.map(({ path }) => path).sort()).toEqual(["/all", "/deposits"]);
  });

  test("is numbered by account, without a gap", async () => {
    const { account_id: other } = await gateway.account();
    await webhook("/one");
    await webhook("/other", [], other);
    for (const number of [1, 2, 3]) await happens(number);
    await happens(7, other);
    await relay();
    await happens(4);
    await relay();
    expect(receiver.taken("/one").map(({ event }) => event.sequence)).toEqual([1, 2, 3, 4]);
    expect(receiver.taken("/other").map(({ event }) => event.sequence)).toEqual([1]);
  });

  test("can be asked for to see whether a webhook works: it goes there alone", async () => {
    const hook = await webhook("/hook", ["payment.failed"]);
    await webhook("/another");
    const id = await testWebhook(gateway.context, BY, hook);
    await relay();
    expect(receiver.received).toMatchObject([
      { path: "/hook", webhook_id: id, event: { type: "webhook.test" } },
    ]);
  });
});

describe("where a webhook fails", () => {
  test("its events wait in order, and come in order once it is well", async () => {
    const hook = await webhook("/hook");
    receiver.answer("/hook", 500);
    for (const number of [1, 2, 3]) await happens(number);
    await relay();
    expect(receiver.received).toHaveLength(1);
    expect(await messages(hook)).toMatchObject([
      { status: "waiting", tries: 1, last_status_code: 500, next_try_at: expect.any(Date) },
      { status: "waiting", tries: 0, next_try_at: null },
      { status: "waiting", tries: 0, next_try_at: null },
    ]);
    receiver.answer("/hook", 204);
    gateway.clock.advance({ seconds: 10 });
    await relay();
    expect(numbers("/hook")).toEqual([1, 2, 3]);
    const [first, again] = receiver.received;
    expect(again?.webhook_id).toBe(first?.webhook_id);
    expect(again?.body).toBe(first?.body);
    expect((again?.timestamp ?? 0) - (first?.timestamp ?? 0)).toBe(10);
  });

  test("it is tried again with growing pauses for more than three days, then switched off, and people are told", async () => {
    const hook = await webhook("/hook");
    receiver.answer("/hook", 503);
    await happens(1);
    const begun = gateway.clock.now();
    const pauses: number[] = [];
    for (let looks = 0; looks < 100; looks++) {
      await relay();
      const { due_at, disabled_at } = await requireWebhook(gateway.context.db, hook);
      if (disabled_at || !due_at) break;
      pauses.push((due_at.getTime() - gateway.clock.now().getTime()) / 1000);
      gateway.clock.set(due_at.toISOString());
    }
    expect(receiver.received).toHaveLength(PAUSES_SECONDS.length + 1);
    for (const [index, least] of PAUSES_SECONDS.entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(least);
      expect(pauses[index]).toBeLessThanOrEqual(least * 1.2);
    }
    expect((gateway.clock.now().getTime() - begun.getTime()) / 86_400_000).toBeGreaterThan(3);
    expect(await requireWebhook(gateway.context.db, hook)).toMatchObject({ disabled_reason: "failing" });
    const [alert] = await pageOfAlerts(gateway.context.db, account_id, {}, ALL_ROWS);
    expect(alert).toMatchObject({ type: "webhook.disabled", data: { webhook_id: hook.webhook_id } });
  });

  test("switched on again, all that happened meanwhile arrives in order", async () => {
    const hook = await webhook("/hook", ["deposit.low"]);
    receiver.answer("/hook", 410);
    await happens(1);
    await relay();
    expect(await requireWebhook(gateway.context.db, hook)).toMatchObject({ disabled_reason: "gone" });
    receiver.answer("/hook", 204);
    await happens(2);
    gateway.clock.advance({ days: 30 });
    await relay();
    expect(numbers("/hook")).toEqual([]);
    await changeWebhook(gateway.context, BY, hook, { enabled: true }, () => undefined);
    await relay();
    expect(numbers("/hook")).toEqual([1, 2]);
  });

  test("it is asked no sooner than it wished", async () => {
    await webhook("/hook");
    receiver.answer("/hook", 429, { "Retry-After": "3600" });
    await happens(1);
    await relay();
    receiver.answer("/hook", 204);
    gateway.clock.advance({ seconds: 3599 });
    await relay();
    expect(numbers("/hook")).toEqual([]);
    gateway.clock.advance({ seconds: 1 });
    await relay();
    expect(numbers("/hook")).toEqual([1]);
  });

  test("a redirect is not followed", async () => {
    const hook = await webhook("/hook");
    receiver.answer("/hook", 302, { Location: `${receiver.origin}/elsewhere` });
    await happens(1);
    await relay();
    expect(receiver.received.map(({ path }) => path)).toEqual(["/hook"]);
    expect(await messages(hook)).toMatchObject([{ status: "waiting", last_status_code: 302 }]);
  });

  test("each try is there to be seen", async () => {
    const hook = await webhook("/hook");
    receiver.answer("/hook", 500);
    await happens(1);
    await relay();
    receiver.answer("/hook", 200);
    gateway.clock.advance({ seconds: 10 });
    await relay();
    const [message] = await messages(hook);
    const seen = await viewMessage(gateway.context, { ...hook, message_id: message?.id ?? "" });
    expect(seen.tries).toMatchObject([
      { number: 1, status_code: 500, problem: "it answered 500" },
      { number: 2, status_code: 200, problem: null },
    ]);
  });

  test("a message that is never taken can be passed over, and the rest goes on", async () => {
    const hook = await webhook("/hook");
    receiver.answer("/hook", ({ event }) => (event.data["balance_minor"] === 1 ? 400 : 200));
    for (const number of [1, 2, 3]) await happens(number);
    await relay();
    const [stuck] = await messages(hook);
    await skip(gateway.context, BY, { ...hook, message_id: stuck?.id ?? "" });
    gateway.clock.advance({ seconds: 10 });
    await relay();
    expect(numbers("/hook")).toEqual([2, 3]);
    expect((await messages(hook)).map(({ status }) => status)).toEqual(["skipped", "sent", "sent"]);
  });

  test("one that is removed is sent nothing more", async () => {
    const hook = await webhook("/hook");
    await happens(1);
    await removeWebhook(gateway.context, BY, hook);
    await relay();
    expect(receiver.received).toEqual([]);
  });
});

test("webhooks that hang keep nobody else waiting", async () => {
  const { account_id: other } = await gateway.account();
  for (let index = 0; index < 12; index++) {
    await webhook(`/hangs-${index}`, [], other);
    receiver.answer(`/hangs-${index}`, "hang");
  }
  await webhook("/well");
  await happens(0, other);
  await happens(1);
  const underWay = relay();
  await until("what is due arrives", () => numbers("/well").length === 1, 10);
  await happens(2);
  await until("what becomes due meanwhile arrives too", () => numbers("/well").length === 2, 10);
  expect(receiver.received.filter(({ path }) => path.startsWith("/hangs"))).toHaveLength(12);
  receiver.letGo();
  await underWay;
});

test("a gateway that stops breaks off what hangs, and counts it as no failure", async () => {
  const hook = await webhook("/hook");
  receiver.answer("/hook", "hang");
  await happens(1);
  const stopping = new AbortController();
  const underWay = relayOutbox(gateway.context, stopping.signal);
  await until("it is being sent", () => receiver.received.length === 1, 10);
  stopping.abort();
  await underWay;
  expect(await messages(hook)).toMatchObject([{ status: "waiting", tries: 0 }]);
  receiver.answer("/hook", 204);
  await relay();
  expect(numbers("/hook")).toEqual([1]);
});

describe("sent once more", () => {
  test("one message goes to the end of the line, under the same id", async () => {
    const hook = await webhook("/hook");
    await happens(1);
    await happens(2);
    await relay();
    const [first] = await messages(hook);
    await replayMessage(gateway.context, BY, { ...hook, message_id: first?.id ?? "" });
    await relay();
    expect(numbers("/hook")).toEqual([1, 2, 1]);
    const [original, , again] = receiver.received;
    expect(again?.webhook_id).toBe(original?.webhook_id);
    expect((await messages(hook)).map(({ replay }) => replay)).toEqual([false, false, true]);
  });

  test("a span of what happened goes in its order, to a webhook that came later too", async () => {
    await happens(1);
    gateway.clock.advance({ hours: 1 });
    const from = gateway.clock.now();
    await happens(2);
    await happens(3);
    gateway.clock.advance({ hours: 1 });
    const until = gateway.clock.now();
    await happens(4);
    await relay();
    const hook = await webhook("/late");
    expect(await replaySpan(gateway.context, BY, hook, { from, until })).toEqual({ messages: 2 });
    await relay();
    expect(numbers("/late")).toEqual([2, 3]);
  });

  test("after ninety days nothing is there to be sent, but the alerts are", async () => {
    const hook = await webhook("/hook");
    await happens(1);
    await relay();
    gateway.clock.advance({ days: 91 });
    await keepOutbox(gateway.context);
    expect(await messages(hook)).toEqual([]);
  });
});

describe("the secret", () => {
  test("is in the store sealed, and opens for its own webhook alone", async () => {
    const one = await webhook("/one", ["deposit.low"]);
    const two = await webhook("/two", ["deposit.low"]);
    const { db } = gateway.context;
    const rows = await db.query<{ secret: string }>("select secret from destination");
    for (const { secret } of rows) expect(secret).not.toContain(one.secret.slice(6, 20));
    await db.query(
      "update destination set secret = (select secret from destination where id = $1) where id = $2",
      [one.webhook_id, two.webhook_id],
    );
    await happens(1);
    await relay();
    expect(receiver.received.map(({ path }) => path)).toEqual(["/one"]);
    expect(await requireWebhook(db, two)).toMatchObject({ disabled_reason: "secret_lost" });
  });

  test("is changed without a gap: for a while both sign", async () => {
    const hook = await webhook("/hook");
    const { secret: renewed } = await rotateWebhookSecret(gateway.context, BY, hook, 3600);
    await happens(1);
    await relay();
    gateway.clock.advance({ hours: 1 });
    await happens(2);
    await relay();
    const [during, after] = receiver.received;
    expect([hook.secret, renewed].map((secret) => during && isSignedBy(secret, during))).toEqual([
      true,
      true,
    ]);
    expect([hook.secret, renewed].map((secret) => after && isSignedBy(secret, after))).toEqual([false, true]);
  });

  test("outlives a change of the gateway's own", async () => {
    const hook = await webhook("/hook");
    const { keys } = gateway.context;
    const after = "another secret of the tests, as long as it must be";
    keys.replace([after, TEST_TOKEN_SECRET]);
    await keepOutbox(gateway.context);
    keys.replace([after]);
    await happens(1);
    await relay();
    const [one] = receiver.received;
    expect(one && isSignedBy(hook.secret, one)).toBe(true);
  });
});
