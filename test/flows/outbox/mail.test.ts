/** Alerts by e-mail: to whom they are set to go, in their language, whatever names hold; tried again while the server is away. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createAccount } from "../../../src/flows/accounts.ts";
import { addRecipient } from "../../../src/flows/alertRecipients.ts";
import { alertPaymentFailed } from "../../../src/flows/alerts.ts";
import { relayOutbox } from "../../../src/flows/outbox/relay.ts";
import { tell } from "../../../src/flows/outbox.ts";
import { pageOfAlerts } from "../../../src/store/alerts.ts";
import { pageOfMessages } from "../../../src/store/outbox/messages.ts";
import { ALL_ROWS, BY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type MailServer, startMailServer } from "../../support/mailServer.ts";

let server: MailServer;
let gateway: TestGateway;
let account_id: string;
beforeAll(async () => {
  server = await startMailServer();
  gateway = await testGateway({ settings: { SMTP_URL: server.url, MAIL_FROM: "alerts@tallygate.example" } });
});
beforeEach(async () => {
  server.reset();
  await gateway.empty();
  ({ account_id } = await gateway.account());
});
afterAll(async () => {
  server.close();
  await gateway.close();
});

const relay = (context = gateway.context) => relayOutbox(context);

async function recipient(address: string, language = "en", alert_types: readonly string[] = []) {
  const { id } = await addRecipient(gateway.context, BY, account_id, { address, language, alert_types });
  return id;
}

async function paymentFails(reason = "card_declined", of = account_id): Promise<void> {
  const { context, clock } = gateway;
  const payment = context.deps.newId();
  await context.db.transaction((sql) =>
    alertPaymentFailed(context, sql, clock.now(), {
      account_id: of,
      payment,
      amount_minor: 125_000,
      currency: "EUR",
      statement_id: null,
      reason,
    }),
  );
}

const statusesOf = async (destination_id: string) =>
  (await pageOfMessages(gateway.context.db, account_id, { destination_id }, ALL_ROWS)).map(
    ({ status, tries, last_problem }) => [status, tries, last_problem],
  );

describe("an alert", () => {
  test("comes in plain words, as text and as simple HTML, to each recipient by itself", async () => {
    await recipient("ann@example.com");
    await recipient("bob@example.com");
    await paymentFails();
    await relay();
    expect(server.broken).toEqual([]);
    expect(server.mails.map(({ to }) => to).sort()).toEqual([["ann@example.com"], ["bob@example.com"]]);
    const [mail] = server.mails;
    expect(mail?.from).toBe("alerts@tallygate.example");
    expect(mail?.headers).toMatchObject({
      from: ["Tallygate <alerts@tallygate.example>"],
      to: [expect.stringMatching(/^(ann|bob)@example\.com$/)],
      subject: ["A payment of €1,250.00 has failed"],
      "auto-submitted": ["auto-generated"],
      "content-language": ["en"],
      date: ["Mon, 05 Jan 2026 09:00:00 +0000"],
      "message-id": [expect.stringMatching(/^<[0-9a-f-]{36}@localhost>$/)],
    });
    expect(mail?.parts["text/plain"]).toContain("could not be made (card_declined)");
    expect(mail?.parts["text/plain"]).toContain("alerts of Acme");
    expect(mail?.parts["text/html"]).toContain('<html lang="en">');
  });

  test("comes in the recipient's language", async () => {
    await recipient("jana@example.com", "de");
    await recipient("yuki@example.com", "ja");
    await paymentFails();
    await relay();
    const subjects = server.mails.map(({ headers }) => headers["subject"]?.[0]).sort();
    expect(subjects).toEqual([
      "Eine Zahlung über 1.250,00\u00a0€ ist fehlgeschlagen",
      "€1,250.00 の支払いに失敗しました",
    ]);
  });

  test("comes only to whom it is set to come", async () => {
    await recipient("all@example.com");
    await recipient("payments@example.com", "en", ["payment.failed"]);
    await recipient("licenses@example.com", "en", ["license.ending"]);
    await paymentFails();
    await relay();
    expect(server.mails.map(({ to }) => to[0]).sort()).toEqual(["all@example.com", "payments@example.com"]);
  });

  test("is no mail where it is for programs alone", async () => {
    await recipient("ann@example.com");
    const { context, clock } = gateway;
    const data = { alarm_id: context.deps.newId(), delivery_id: context.deps.newId() };
    await context.db.transaction((sql) =>
      tell(context, sql, clock.now(), {
        account_id,
        type: "alarm.raised",
        data: { ...data, alarm_type: "many_origins", evidence: {} },
      }),
    );
    await relay();
    expect(server.mails).toEqual([]);
  });
});

test("names with line breaks and markup begin no header, no recipient and no element", async () => {
  const name = 'Acme\r\nBcc: victim@example.com\r\n\r\n<img src="x">\u2028';
  const wanted = { name, currency: "EUR", retake: false, retake_starts_over: true };
  ({
    account: { id: account_id },
  } = await createAccount(gateway.context, BY, wanted));
  await recipient("ann@example.com");
  await paymentFails('x\r\nSubject: other\r\n.\r\n<b>"');
  await relay();
  const [mail, ...more] = server.mails;
  expect(more).toEqual([]);
  expect(server.broken).toEqual([]);
  expect(mail?.to).toEqual(["ann@example.com"]);
  expect(mail?.headers["bcc"]).toBeUndefined();
  expect(mail?.headers["subject"]).toHaveLength(1);
  expect(mail?.parts["text/html"]).not.toMatch(/<img|<b>/);
  expect(mail?.parts["text/html"]).toContain("&lt;img");
});

describe("the mail server", () => {
  test("that does not know an address loses that mail alone, and is not asked for it again", async () => {
    const gone = await recipient("gone@example.com");
    const there = await recipient("there@example.com");
    server.refuse("gone@example.com", "550 no such user");
    await paymentFails();
    await relay();
    gateway.clock.advance({ days: 1 });
    await relay();
    expect(await statusesOf(gone)).toEqual([["failed", 1, "the mail server answered 550"]]);
    expect(await statusesOf(there)).toEqual([["sent", 1, null]]);
  });

  test("that is busy is asked again", async () => {
    const ann = await recipient("ann@example.com");
    server.refuse("ann@example.com", "451 try again later");
    await paymentFails();
    await relay();
    expect(await statusesOf(ann)).toEqual([["waiting", 1, "the mail server answered 451"]]);
    server.reset();
    gateway.clock.advance({ seconds: 10 });
    await relay();
    expect(await statusesOf(ann)).toEqual([["sent", 2, null]]);
  });

  test("that hangs keeps no gateway from stopping", async () => {
    const ann = await recipient("ann@example.com");
    server.refuse("ann@example.com", "hang");
    await paymentFails();
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 500);
    await relayOutbox(gateway.context, stopping.signal);
    expect(await statusesOf(ann)).toEqual([["waiting", 0, null]]);
  });

  test("that is not there is asked again, and says so", async () => {
    const ann = await recipient("ann@example.com");
    await paymentFails();
    const config = { ...gateway.context.config, SMTP_URL: "smtp://127.0.0.1:1" };
    await relay({ ...gateway.context, config });
    expect(await statusesOf(ann)).toEqual([
      ["waiting", 1, expect.stringMatching(/^the mail server can't be reached/)],
    ]);
  });

  test("where none is set, alerts are listed and no mail waits for one", async () => {
    const ann = await recipient("ann@example.com");
    await paymentFails();
    const config = { ...gateway.context.config, SMTP_URL: "", MAIL_FROM: "" };
    await relay({ ...gateway.context, config });
    expect(await statusesOf(ann)).toEqual([]);
    expect(await pageOfAlerts(gateway.context.db, account_id, {}, ALL_ROWS)).toHaveLength(1);
  });
});
