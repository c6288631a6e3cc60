/** LTI 1.1 on a real Postgres: the same message, the same secret and the same learner, by two processes at once. */
import { afterAll, beforeAll, beforeEach, expect, jest, test } from "@jest/globals";
import type { Context } from "../../../src/flows/context.ts";
import { linkFormerIdentity } from "../../../src/flows/lti/formerIdentity.ts";
import { makeLti11Secret } from "../../../src/flows/lti/lti11Secrets.ts";
import { ltiArrival } from "../../../src/flows/lti/ltiArrival.ts";
import { openByMessage } from "../../../src/flows/lti/openByMessage.ts";
import { openLaunch } from "../../../src/flows/openLaunch.ts";
import { BY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { signedLaunch } from "../../support/lti/consumer.ts";
import { faultOf, type Lti11Link, lti11Link, readPosted, visitBy11 } from "../../support/lti/launch11.ts";
import { ltiMessage } from "../../support/lti/messages.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres.ts";

// Generous: these say what must come true, not how fast, and machines are shared.
jest.setTimeout(120_000);

let postgres: PostgresServer;
let gateway: TestGateway;
let link: Lti11Link;
let processes: readonly [Context, Context];
beforeAll(async () => {
  postgres = await startPostgres();
  gateway = await testGateway({ databaseUrl: await postgres.createDatabase() });
});
beforeEach(async () => {
  await gateway.empty();
  link = await lti11Link(gateway, await gateway.payPerUse());
  processes = [gateway.context, gateway.secondProcess()];
});
afterAll(async () => {
  await gateway?.close();
  await postgres?.remove();
});

/** The work so often, in turn by the one process and by the other, all at once. */
function atOnce<Result>(times: number, work: (context: Context) => Promise<Result>): Promise<Result[]> {
  return Promise.all(Array.from({ length: times }, (_, n) => work(processes[n % 2 === 0 ? 0 : 1])));
}

test("a message that is sent twenty times at once is one launch, and nineteen refusals", async () => {
  const body = signedLaunch(link, link.url, {}, { at: gateway.clock.now() });
  const open = async (context: Context) => {
    const message = await readPosted(context, link, body);
    return openByMessage(context, message, false);
  };
  const codes = await atOnce(20, (context) => faultOf(open(context)));
  expect(codes.sort()).toEqual(["", ...Array.from({ length: 19 }, () => "lti11_nonce_used")]);
  expect(await gateway.launches(link)).toHaveLength(1);
  expect(await gateway.seats(link)).toHaveLength(1);
});

test("a learner who comes by LTI 1.3 from several windows at once is linked once, and stays one learner", async () => {
  await visitBy11(gateway, link, { user_id: "user-7" });
  const former = { consumer_key: link.consumer_key, user_id: "user-7" };
  await atOnce(10, async (context) => {
    const message = ltiMessage(link, { person: { former } });
    await linkFormerIdentity(context, message);
    return openLaunch(context, ltiArrival(message));
  });
  const learners = await gateway.context.db.query("select distinct learner_id from identity");
  expect(learners).toHaveLength(1);
  expect(await gateway.seats(link)).toHaveLength(1);
  expect(
    await gateway.context.db.query("select 1 from audit where action = 'learner.link_identity'"),
  ).toHaveLength(1);
});

test("of secrets that are made at once two are made, under one consumer key", async () => {
  const fresh = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
  const codes = await atOnce(6, (context) => faultOf(makeLti11Secret(context, BY, fresh, 3600)));
  expect(codes.sort()).toEqual(["", "", ...Array.from({ length: 4 }, () => "conflict")]);
  expect(
    await gateway.context.db.query("select 1 from lti11_key where delivery_id = $1", [fresh.delivery_id]),
  ).toHaveLength(1);
});
