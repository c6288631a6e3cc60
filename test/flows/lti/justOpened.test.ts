/** What the door has let in a moment ago is not asked for again when the player comes with its ticket; what changed since is. */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { LtiMessage } from "../../../src/core/lti/message.ts";
import type { Context } from "../../../src/flows/context.ts";
import { revoke } from "../../../src/flows/deliveries.ts";
import { keepLaunch } from "../../../src/flows/keepLaunch.ts";
import { deactivateLearner } from "../../../src/flows/learners.ts";
import { openByMessage } from "../../../src/flows/lti/openByMessage.ts";
import { openByTicket } from "../../../src/flows/lti/openByTicket.ts";
import type { Opening } from "../../../src/flows/openLaunch.ts";
import { BY, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type LinkWishes, linkMessage } from "../../support/lti/tickets.ts";

let gateway: TestGateway;
let context: Context;
let license: TestLicense;
let link: TestLicense;
/** How often launches were read since the test began. */
let readings = 0;

beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
  link = await gateway.deliverAgain(license, "lti");
  context = watched(gateway.context);
  readings = 0;
});
afterAll(() => gateway.close());

function watched(of: Context): Context {
  const { quick } = of.db;
  const query: typeof quick.query = (statement, parameters) => {
    if (statement.startsWith("/* read launches */")) readings++;
    return quick.query(statement, parameters);
  };
  return { ...of, db: { ...of.db, quick: { query } } };
}

const message = (wishes?: LinkWishes) => linkMessage(link, wishes);

async function ticketOf(of: LtiMessage): Promise<string> {
  const opened = await openByMessage(context, of, false);
  if (opened.type !== "allowed") throw new Error(`Denied: ${opened.code}`);
  return opened.player_url.slice(opened.player_url.indexOf("#") + 1);
}

async function exchanged(ticket: string, by = context): Promise<Opening> {
  return (await openByTicket(by, ticket, null, () => undefined)).opening;
}

async function allowed(ticket: string, by = context) {
  const opening = await exchanged(ticket, by);
  if (opening.type !== "allowed") throw new Error(`Denied: ${opening.code}`);
  return opening;
}

const save = (token: string, value: string) =>
  keepLaunch(context, {
    token,
    sequence: 1,
    changes: { lesson: { "cmi.core.lesson_location": value } },
    rollup: null,
    session_seconds: {},
    marker_acknowledged: false,
    closing: false,
  });

test("a launch over LTI is read once, and is one launch", async () => {
  const opening = await allowed(await ticketOf(message()));
  expect(readings).toBe(1);
  expect(opening.states).toEqual([]);
  expect(await gateway.launches(license)).toHaveLength(1);
  expect(await gateway.seats(license)).toMatchObject([{ status: "pending", launches: 1 }]);
});

test("a second exchange is asked of the store: the same launch, with what was saved since", async () => {
  const ticket = await ticketOf(message());
  const first = await allowed(ticket);
  await save(first.token, "page-3");
  const second = await allowed(ticket);
  expect(readings).toBe(2);
  expect(second.launch_id).toBe(first.launch_id);
  expect(second.states).toMatchObject([
    { elements: { "cmi.core.lesson_location": ["page-3", expect.any(Number)] } },
  ]);
});

test("what another tab saved between the door and the player is handed out", async () => {
  const before = await allowed(await ticketOf(message()));
  const ticket = await ticketOf(message());
  await save(before.token, "page-5");
  const { states } = await allowed(ticket);
  expect(states).toMatchObject([
    { elements: { "cmi.core.lesson_location": ["page-5", expect.any(Number)] } },
  ]);
});

test("another process finds it in the store", async () => {
  const ticket = await ticketOf(message());
  const there = await allowed(ticket, gateway.secondProcess());
  expect(there.launch_id).toBe((await allowed(ticket)).launch_id);
});

test("a delivery that was revoked meanwhile opens nothing", async () => {
  const ticket = await ticketOf(message());
  await revoke(gateway.context, BY, link.account_id, link.delivery_id);
  expect(await exchanged(ticket)).toMatchObject({ type: "denied", code: "delivery_revoked" });
});

test("a learner who was deactivated meanwhile is not let in", async () => {
  const ticket = await ticketOf(message());
  const [learner] = await gateway.context.db.query<{ id: string }>("select id from learner");
  await deactivateLearner(gateway.context, BY, link.account_id, learner?.id ?? "", true);
  expect(await exchanged(ticket)).toMatchObject({ type: "denied", code: "learner_deactivated" });
});

test("one nonce for two people: each gets their own", async () => {
  const [ana, ben] = [
    message({ nonce: "n".repeat(20) }),
    message({ nonce: "n".repeat(20), person: { id: "ben" } }),
  ];
  const opened = await allowed(await ticketOf(ana));
  // The launch is Ana's: whoever comes with the same nonce is told so by the store, and by nothing remembered.
  await expect(ticketOf(ben)).rejects.toMatchObject({ code: "lti_nonce_used" });
  expect(opened.type).toBe("allowed");
});

test("after some seconds it is asked of the store", async () => {
  const ticket = await ticketOf(message());
  gateway.clock.advance({ seconds: 20 });
  await allowed(ticket);
  expect(readings).toBe(2);
});
