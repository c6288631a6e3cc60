/** Several processes on one Postgres: a registration link is used up once, a registration stands once, a key is changed once. */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { addRegistration } from "../../../src/flows/lti/changeRegistrations.ts";
import { registerByLink } from "../../../src/flows/lti/registerByLink.ts";
import { makeRegistrationLink } from "../../../src/flows/lti/registrationLinks.ts";
import { runDueKeyRotation } from "../../../src/flows/lti/toolKeys.ts";
import { BY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type AnsweringPlatform, startAnswering } from "../../support/lti/answering.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres.ts";

let postgres: PostgresServer;
let lms: AnsweringPlatform;
let gateway: TestGateway;
beforeAll(async () => {
  postgres = await startPostgres();
  lms = await startAnswering();
  const settings = { LTI_TRUSTED_ORIGINS: lms.origin };
  gateway = await testGateway({ databaseUrl: await postgres.createDatabase(), settings });
}, 120_000);
beforeEach(async () => {
  await gateway.empty();
  lms.reset();
});
afterAll(async () => {
  await gateway.close();
  await lms.close();
  await postgres.remove();
});

const PROCESSES = 4;
const processes = () => [
  gateway.context,
  ...Array.from({ length: PROCESSES - 1 }, () => gateway.secondProcess()),
];

/** What each came to: its value, or its fault's code. */
async function outcomes(work: readonly Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(work);
  return settled.map((one) =>
    one.status === "fulfilled" ? "done" : ((one.reason as { code?: string }).code ?? String(one.reason)),
  );
}

function configuration() {
  const endpoints = ["authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"];
  const at = endpoints.map((name) => [name, `${lms.origin}/${name}`]);
  return { issuer: lms.origin, ...Object.fromEntries(at) };
}

test("twenty who use a link at once: one registration, and the LMS is asked for one", async () => {
  const { account_id } = await gateway.account();
  let clients = 0;
  lms.answer("GET /config", configuration);
  lms.answer("POST /registration_endpoint", () => ({ client_id: `client-${++clients}` }));
  const { url } = await makeRegistrationLink(gateway.context, BY, account_id, {
    connection_id: null,
    name: "",
  });
  const secret = url.split("/").at(-1) ?? "";
  const invitation = { openid_configuration: `${lms.origin}/config`, registration_token: null };
  const all = processes();
  const came = await outcomes(
    Array.from({ length: 20 }, (_one, index) =>
      registerByLink(all[index % PROCESSES] ?? gateway.context, secret, invitation),
    ),
  );
  expect(came.filter((one) => one === "done")).toHaveLength(1);
  expect(new Set(came)).toEqual(
    new Set(["done", ...came.filter((one) => /^lti_registration_link_(busy|over)$/.test(one))]),
  );
  expect(clients).toBe(1);
  const rows = await gateway.context.db.query("select id from lti_registration");
  expect(rows).toHaveLength(1);
});

test("eight accounts that register one issuer and client id at once: one has it", async () => {
  const accounts = await Promise.all(Array.from({ length: 8 }, () => gateway.account()));
  const all = processes();
  const came = await outcomes(
    accounts.map(({ account_id, connection_id }, index) =>
      addRegistration(all[index % PROCESSES] ?? gateway.context, BY, account_id, {
        name: "LMS",
        connection_id,
        issuer: "https://canvas.instructure.com",
        client_id: "1",
        authorization_url: `${lms.origin}/auth`,
        token_url: `${lms.origin}/token`,
        token_audience: null,
        jwks_url: `${lms.origin}/jwks`,
        product: "canvas",
      }),
    ),
  );
  expect(came.sort()).toEqual(["done", ...Array.from({ length: 7 }, () => "lti_registration_taken")]);
});

test("processes whose key's time is up at once make one new key", async () => {
  await gateway.context.lti.toolKeys.current();
  gateway.clock.advance({ days: 90 });
  const made = await Promise.all(processes().map((one) => runDueKeyRotation(one)));
  expect(made.filter((one) => one !== null)).toHaveLength(1);
  expect((await gateway.context.lti.toolKeys.jwks()).keys).toHaveLength(2);
});
