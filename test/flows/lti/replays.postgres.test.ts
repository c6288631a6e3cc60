/** One message, sent 20 times through two processes at once, is one launch (DESIGN §6): what Postgres alone can tell. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { linkOf, logIn, postLaunch } from "../../support/lti/door.ts";
import { type Platform, registerPlatform, startPlatform } from "../../support/lti/platform.ts";
import { type PostgresServer, startPostgres } from "../../support/postgres.ts";

let postgres: PostgresServer;
let platform: Platform;
let gateway: TestGateway;
beforeAll(async () => {
  postgres = await startPostgres();
  platform = await startPlatform({ now: () => gateway.clock.now() });
  const settings = { LTI_TRUSTED_ORIGINS: platform.origin };
  gateway = await testGateway({ databaseUrl: await postgres.createDatabase(), settings });
}, 120_000);
afterAll(async () => {
  await gateway.close();
  await platform.close();
  await postgres.remove();
});

test("20 replays through two processes: one launch, 19 refusals, one reading of the keys by each", async () => {
  const license = await gateway.deliverAgain(await gateway.payPerUse(), "lti");
  await registerPlatform(gateway, platform, license);
  const apps = [gateway.app(), gateway.app(gateway.secondProcess())] as const;
  const link = linkOf(license);
  const login = await logIn(apps[0], platform, link);
  const token = platform.idToken({ nonce: login.nonce, target_link_uri: link });
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => postLaunch(apps[index % 2 ? 1 : 0], login, token)),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array.from({ length: 19 }, () => 409)]);
  expect(await gateway.launches(license)).toMatchObject([{ outcome: "allowed", count: 1 }]);
  expect(await gateway.seats(license)).toMatchObject([{ status: "pending", launches: 1 }]);
  expect(platform.keyRequests).toBe(2);
});
