/** On a real Postgres, where transactions do run at once: instructors who come together never take more places than there are. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { changeAccount } from "../../../src/flows/changeAccount.ts";
import { rememberEvidence } from "../../../src/flows/lti/evidence.ts";
import { ltiArrival } from "../../../src/flows/lti/ltiArrival.ts";
import { openLaunch } from "../../../src/flows/openLaunch.ts";
import { markTestIdentity } from "../../../src/flows/testIdentities.ts";
import { pageOfIdentities, pageOfLearners } from "../../../src/store/listing/people.ts";
import { ALL_ROWS, BY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { INSTRUCTOR, ltiMessage } from "../../support/lti/messages.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres.ts";

let postgres: PostgresServer;
let gateway: TestGateway;
beforeAll(async () => {
  postgres = await startPostgres();
  gateway = await testGateway({ databaseUrl: await postgres.createDatabase() });
}, 120_000);
afterAll(async () => {
  await gateway.close();
  await postgres.remove();
});

const MOST = 5;

async function linkWithTestInstructors() {
  const license = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
  const change = { instructors_are_test_identities: true, test_identities_most: MOST };
  await changeAccount(gateway.context, BY, license.account_id, change, () => undefined);
  return license;
}

test("forty instructors through three processes, while an administrator marks ids: the limit holds, and all are let in", async () => {
  const license = await linkWithTestInstructors();
  const { account_id } = license;
  const processes = [gateway.context, gateway.secondProcess(), gateway.secondProcess()];
  const marks = Array.from({ length: 4 }, (_, index) =>
    markTestIdentity(gateway.context, BY, { account_id, connection_id: null, value: `tess-${index}` }).then(
      () => "marked",
      ({ code }) => code as string,
    ),
  );
  const launches = Array.from({ length: 40 }, (_, index) => {
    const message = ltiMessage(license, { roles: [INSTRUCTOR], person: { id: `tutor-${index}` } });
    return openLaunch(processes[index % 3] as typeof gateway.context, ltiArrival(message));
  });
  const marked = (await Promise.all(marks)).filter((outcome) => outcome === "marked").length;
  expect(new Set((await Promise.all(launches)).map(({ type }) => type))).toEqual(new Set(["allowed"]));
  const { db } = gateway.context;
  expect(await pageOfLearners(db, account_id, { test: true }, ALL_ROWS)).toHaveLength(MOST);
  const rows = await gateway.launches(license);
  expect(rows.filter(({ outcome }) => outcome === "test")).toHaveLength(MOST - marked);
  expect(rows.filter(({ note }) => note === "test_identities_used_up")).toHaveLength(40 - (MOST - marked));
  expect(await gateway.seats(license)).toHaveLength(40 - (MOST - marked));
});

test("one instructor twenty times at once, through three processes, is one person and one place", async () => {
  const license = await linkWithTestInstructors();
  const processes = [gateway.context, gateway.secondProcess(), gateway.secondProcess()];
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const context = processes[index % 3] as typeof gateway.context;
      const message = ltiMessage(license, { roles: [INSTRUCTOR] });
      await openLaunch(context, ltiArrival(message));
      await rememberEvidence(context, message);
    }),
  );
  expect(new Set((await gateway.launches(license)).map(({ outcome }) => outcome))).toEqual(new Set(["test"]));
  const identities = await pageOfIdentities(gateway.context.db, license.account_id, {}, ALL_ROWS);
  expect(identities).toHaveLength(1);
  expect(identities[0]?.evidence.map(({ type }) => type)).toEqual([
    "email",
    "family_name",
    "given_name",
    "name",
    "sourcedid",
  ]);
});
