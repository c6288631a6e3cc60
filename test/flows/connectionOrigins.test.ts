/** From where an LMS's launches may come: learned, confirmed or set, and refused (RULES §2 `origin_refused`). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { decideOrigin, listOrigins } from "../../src/flows/connectionOrigins.ts";
import { type ConnectionChange, changeConnection } from "../../src/flows/connections.ts";
import { watchGrowth } from "../../src/flows/watchGrowth.ts";
import { listConnections } from "../../src/store/accounts.ts";
import { BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

const HERE = "https://lms.example.com";
const THERE = "https://elsewhere.example";

let gateway: TestGateway;
let license: TestLicense;
let of: { account_id: string; connection_id: string };
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
  const [connection] = await listConnections(gateway.context.db, license.account_id);
  of = { account_id: license.account_id, connection_id: connection?.id ?? "" };
});
afterAll(() => gateway.close());

const set = (change: ConnectionChange) =>
  changeConnection(gateway.context, BY, of.account_id, of.connection_id, change, () => undefined);
const decide = (origin: string, decision: "confirmed" | "refused" | "undecided") =>
  decideOrigin(gateway.context, BY, of, origin, decision);
const launch = async (origin: string) => (await gateway.launch(license, { origin })).code;
const statuses = async () =>
  (await listOrigins(gateway.context, of.account_id, of.connection_id)).map(
    ({ origin, status, seen }) => `${origin} ${status} ${seen?.launches ?? "never"}`,
  );

describe("a connection that learns", () => {
  test("lets launches in from anywhere, and lists from where they came at once", async () => {
    expect([await launch(HERE), await launch(HERE), await launch(THERE)]).toEqual([null, null, null]);
    expect(await statuses()).toEqual([`${HERE} learned 2`, `${THERE} learned 1`]);
  });

  test("lists them with what was counted before, each launch once", async () => {
    await launch(HERE);
    gateway.clock.advance({ seconds: 61 });
    await watchGrowth(gateway.context);
    await launch(HERE);
    expect(await statuses()).toEqual([`${HERE} learned 2`]);
  });

  test("turns away from a refused origin, and from no other", async () => {
    await decide(THERE, "refused");
    expect([await launch(THERE), await launch(HERE)]).toEqual(["origin_refused", null]);
    expect(await statuses()).toEqual([`${THERE} refused 1`, `${HERE} learned 1`]);
    await decide(THERE, "undecided");
    expect(await launch(THERE)).toBeNull();
  });
});

describe("a connection of confirmed origins", () => {
  test("turns away from any other, which then waits for a decision, and lets in once it is confirmed", async () => {
    await decide(HERE, "confirmed");
    await set({ origins_mode: "confirmed" });
    expect([await launch(HERE), await launch(THERE)]).toEqual([null, "origin_refused"]);
    expect(await statuses()).toEqual([`${THERE} waiting 1`, `${HERE} confirmed 1`]);
    await decide(THERE, "confirmed");
    expect(await launch(THERE)).toBeNull();
  });

  test("without any lets nobody in", async () => {
    await set({ origins_mode: "confirmed" });
    expect(await launch(HERE)).toBe("origin_refused");
  });

  test("is what a list that is set makes of it; an empty one makes it learn again", async () => {
    expect(await set({ allowed_origins: [THERE] })).toMatchObject({ origins_mode: "confirmed" });
    expect(await launch(HERE)).toBe("origin_refused");
    expect(await statuses()).toEqual([`${HERE} waiting 1`, `${THERE} confirmed never`]);
    expect(await set({ allowed_origins: [] })).toMatchObject({ origins_mode: "learn" });
    expect(await launch(HERE)).toBeNull();
  });

  test("confirms what it refused, and the other way round, never both", async () => {
    await decide(HERE, "refused");
    expect(await decide(HERE, "confirmed")).toMatchObject({ allowed_origins: [HERE], refused_origins: [] });
    expect(await decide(HERE, "refused")).toMatchObject({ allowed_origins: [], refused_origins: [HERE] });
    expect(await set({ allowed_origins: [HERE] })).toMatchObject({
      allowed_origins: [HERE],
      refused_origins: [],
    });
  });
});

test("a decision is audited, and another account's connection is not there to be decided on", async () => {
  await decide(HERE, "confirmed");
  expect(
    await gateway.context.db.query("select after from audit where action = 'connection.decide_origin'"),
  ).toMatchObject([{ after: { allowed_origins: [HERE] } }]);
  const other = await gateway.payPerUse();
  const foreign = { account_id: other.account_id, connection_id: of.connection_id };
  await expect(decideOrigin(gateway.context, BY, foreign, THERE, "refused")).rejects.toMatchObject({
    code: "not_found",
  });
  await expect(listOrigins(gateway.context, other.account_id, of.connection_id)).rejects.toMatchObject({
    code: "not_found",
  });
});
