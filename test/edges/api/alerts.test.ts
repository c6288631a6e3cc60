/** Webhooks, recipients and rules of alerts through the API (docs/alerts.md). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { alertDepositLow } from "../../../src/flows/alerts.ts";
import { relayOutbox } from "../../../src/flows/outbox/relay.ts";
import { type ApiCaller, type ApiClient, apiClient } from "../../support/apiClient.ts";
import { accountKey } from "../../support/apiKeys.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";
import { isSignedBy, startWebhookReceiver, type WebhookReceiver } from "../../support/webhookReceiver.ts";

let receiver: WebhookReceiver;
let gateway: TestGateway;
let api: ApiClient;
let account_id: string;
let admin: ApiCaller;
beforeAll(async () => {
  receiver = await startWebhookReceiver();
  gateway = await testGateway({
    settings: { API_REQUESTS_PER_MINUTE: "1000000", WEBHOOK_TRUSTED_ORIGINS: receiver.origin },
  });
  api = await apiClient(gateway.app());
});
beforeEach(async () => {
  receiver.reset();
  await gateway.empty();
  ({ account_id } = await gateway.account());
  admin = api.as((await accountKey(gateway.context, account_id, "admin")).text);
});
afterAll(async () => {
  receiver.close();
  await gateway.close();
});

const path = (rest: string) => `/accounts/${account_id}/${rest}`;

async function depositFalls(dip = "first"): Promise<void> {
  const { context, clock } = gateway;
  const data = { balance_minor: 90, low_mark_minor: 100, currency: "EUR" };
  await context.db.transaction((sql) =>
    alertDepositLow(context, sql, clock.now(), { account_id, dip, ...data }),
  );
}

describe("a webhook", () => {
  test("is set up, tried out, and seen to work", async () => {
    const made = await admin.post(path("webhooks"), { url: `${receiver.origin}/hook`, description: "Ours" });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      enabled: true,
      description: "Ours",
      event_types: [],
      next_try_at: null,
    });
    const one = path(`webhooks/${made.body.id}`);
    expect(made.headers["location"]).toBe(`/api/v1${one}`);
    const asked = await admin.post(`${one}/test`);
    expect(asked.status).toBe(202);
    await relayOutbox(gateway.context);
    const [received] = receiver.received;
    expect(received && isSignedBy(made.body.secret, received)).toBe(true);
    const { body } = await admin.get(`${one}/messages`);
    expect(body.items).toMatchObject([
      { event_id: asked.body.event_id, event_type: "webhook.test", status: "sent", last_status_code: 204 },
    ]);
    const { body: message } = await admin.get(`${one}/messages/${body.items[0].id}`);
    expect(message.all_tries).toMatchObject([{ number: 1, status_code: 204, problem: null }]);
  });

  test("shows its secret once: when it is made, and when it is made anew", async () => {
    const { body: made } = await admin.post(path("webhooks"), { url: "https://hooks.example.com/a" });
    const one = path(`webhooks/${made.id}`);
    expect((await admin.get(one)).text).not.toContain("whsec_");
    expect((await admin.get(path("webhooks"))).text).not.toContain("whsec_");
    const { body: renewed } = await admin.post(`${one}/rotate-secret`, { overlap_hours: 2 });
    expect(renewed.secret).not.toBe(made.secret);
    expect(renewed.previous_secret_until).toBe("2026-01-05T11:00:00.000Z");
    const { body: cut } = await admin.post(`${one}/rotate-secret`, { overlap_hours: 0 });
    expect(cut.previous_secret_until).toBeNull();
    const audit = await api.as(TEST_OPERATOR_KEY).get(path("audit"));
    expect(audit.text).not.toMatch(/whsec_|hooks\.example\.com\/a/);
  });

  test.each([
    ["plain http", "http://hooks.example.com/", "https"],
    ["a name and a password", "https://user:secret@hooks.example.com/", "user name or a password"],
    ["another port", "https://hooks.example.com:8443/", "usual port"],
    ["the gateway's own neighbours", "https://10.0.0.7/", "not a public one"],
    ["a cloud's metadata", "https://169.254.169.254/latest", "not a public one"],
    ["no URL", "hooks", "expected a URL"],
  ])("is not set up for %s", async (_what, url, why) => {
    const answer = await admin.post(path("webhooks"), { url });
    expectProblem(answer, 422, "webhook_url_refused");
    expect(answer.body.detail).toMatch(/^url: /);
    expect(answer.body.detail).toContain(why);
    expect((await admin.get(path("webhooks"))).body.items).toEqual([]);
  });

  test("is one of twenty at most", async () => {
    const add = () => admin.post(path("webhooks"), { url: "https://hooks.example.com/" });
    for (let count = 0; count < 20; count++) expect((await add()).status).toBe(201);
    expectProblem(await add(), 409, "conflict");
  });

  test("is changed by one at a time, and switched off and on", async () => {
    const { body: made } = await admin.post(path("webhooks"), { url: `${receiver.origin}/hook` });
    const one = path(`webhooks/${made.id}`);
    const etag = (await admin.get(one)).headers["etag"] ?? "";
    const off = await admin.patch(one, { enabled: false }, { "If-Match": etag });
    expect(off.body).toMatchObject({ enabled: false, disabled_reason: "by_request" });
    expectProblem(
      await admin.patch(one, { description: "x" }, { "If-Match": etag }),
      412,
      "changed_meanwhile",
    );
    expectProblem(await admin.post(`${one}/test`), 409, "conflict");
    await depositFalls();
    await relayOutbox(gateway.context);
    expect(receiver.received).toEqual([]);
    expect((await admin.patch(one, { enabled: true })).body).toMatchObject({ enabled: true });
    await relayOutbox(gateway.context);
    expect(receiver.received).toMatchObject([{ event: { type: "deposit.low", sequence: 1 } }]);
  });

  test("is sent once more what is asked for, in one go or a span at a time", async () => {
    const { body: made } = await admin.post(path("webhooks"), { url: `${receiver.origin}/hook` });
    const one = path(`webhooks/${made.id}`);
    await depositFalls("first");
    await depositFalls("second");
    await relayOutbox(gateway.context);
    const { body } = await admin.get(`${one}/messages`);
    const again = await admin.post(`${one}/messages/${body.items[1].id}/replay`);
    expect(again.body).toMatchObject({ status: "waiting", replay: true, event_id: body.items[1].event_id });
    const span = { from: "2026-01-05T00:00:00Z", until: "2026-01-06T00:00:00Z" };
    expect((await admin.post(`${one}/replay`, span)).body).toEqual({ messages: 2 });
    await relayOutbox(gateway.context);
    expect(receiver.received.map(({ event }) => event.sequence)).toEqual([1, 2, 1, 1, 2]);
    const wrong = await admin.post(`${one}/replay`, { from: span.until, until: span.from });
    expectProblem(wrong, 400, "body_invalid");
  });

  test("that is removed is gone, with what waited for it", async () => {
    const { body: made } = await admin.post(path("webhooks"), { url: `${receiver.origin}/hook` });
    await depositFalls();
    expect((await admin.delete(path(`webhooks/${made.id}`))).status).toBe(204);
    expectProblem(await admin.get(path(`webhooks/${made.id}`)), 404, "not_found");
    await relayOutbox(gateway.context);
    expect(receiver.received).toEqual([]);
    expect((await admin.get(path("events"))).body.items).toMatchObject([
      { type: "deposit.low", sequence: 1 },
    ]);
  });
});

describe("a recipient of alerts", () => {
  test("is an address, its language and its alerts", async () => {
    const recipients = path("alert-recipients");
    const made = await admin.post(recipients, {
      address: "ann@example.com",
      alert_types: ["license.ending"],
    });
    expect(made.body).toMatchObject({ address: "ann@example.com", language: "en" });
    const changed = await admin.patch(`${recipients}/${made.body.id}`, { language: "de", alert_types: [] });
    expect(changed.body).toMatchObject({ language: "de", alert_types: [] });
    expectProblem(await admin.post(recipients, { address: "ANN@example.com" }), 409, "conflict");
    const audit = await api.as(TEST_OPERATOR_KEY).get(path("audit"));
    expect(audit.text).not.toMatch(/ann@example\.com/i);
    expect((await admin.delete(`${recipients}/${made.body.id}`)).status).toBe(204);
    expect((await admin.get(recipients)).body.items).toEqual([]);
  });

  test.each([
    "ann",
    "ann@example.com\r\nBcc: bob@example.com",
    "ann@example.com, bob@example.com",
    "Ann <ann@example.com>",
    `${"a".repeat(250)}@example.com`,
    "",
  ])("is not %j", async (address) => {
    const answer = await admin.post(path("alert-recipients"), { address });
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toMatch(/^address: /);
  });

  test("is no webhook, and a webhook is none", async () => {
    const { body: recipient } = await admin.post(path("alert-recipients"), { address: "ann@example.com" });
    const { body: hook } = await admin.post(path("webhooks"), { url: "https://hooks.example.com/" });
    expectProblem(await admin.get(path(`webhooks/${recipient.id}`)), 404, "not_found");
    expectProblem(await admin.delete(path(`alert-recipients/${hook.id}`)), 404, "not_found");
  });
});

test("alerts are listed for good, by type and by license", async () => {
  await depositFalls();
  const { body } = await admin.get(path("alerts?type=deposit.low"));
  expect(body.items).toMatchObject([{ type: "deposit.low", license_id: null, data: { balance_minor: 90 } }]);
  expect((await admin.get(path("alerts?type=license.ending"))).body.items).toEqual([]);
});

test("a license's rules are the usual ones until it has its own", async () => {
  const license = await gateway.volume([], { account: { account_id } });
  const rules = path(`licenses/${license.license_id}/alert-rules`);
  const usual = { threshold_percents: [80, 100], overage: true, ending_days: [60, 30, 7] };
  expect((await admin.get(rules)).body).toEqual({
    threshold_percents: null,
    overage: null,
    ending_days: null,
    in_force: usual,
  });
  const operator = api.as(TEST_OPERATOR_KEY);
  const changed = await operator.patch(rules, { threshold_percents: [50], ending_days: [] });
  expect(changed.body.in_force).toEqual({ threshold_percents: [50], overage: true, ending_days: [] });
  expect(
    (await operator.patch(rules, { threshold_percents: null })).body.in_force.threshold_percents,
  ).toEqual([80, 100]);
  expectProblem(await operator.patch(rules, { threshold_percents: [101] }), 400, "body_invalid");
  expectProblem(await admin.patch(rules, { overage: false }), 403, "forbidden");
});
