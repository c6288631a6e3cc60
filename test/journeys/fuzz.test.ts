/**
 * Every route under requests that make no sense: none is answered by a 500, by a stack or not at all, nobody sees what is
 * another account's, and afterwards the gateway goes on as before. The same seed makes the same requests.
 *
 *     scripts/fuzz --minutes 30              by hand, with a seed of its own, which it prints
 *     scripts/fuzz --minutes 1 --seed 12345  again
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { ROUTES } from "../../src/edges/api/routes/index.ts";
import { createLimitedServer } from "../../src/edges/http/limitedServer.ts";
import { listMiscountedLots } from "../../src/store/licenses.ts";
import { accountKey, vendorKey } from "../support/apiKeys.ts";
import type { TestLicense } from "../support/fixtures.ts";
import { type Chance, chanceOf } from "../support/fuzz/chance.ts";
import { type LtiWorld, ltiRequest, newLtiWorld } from "../support/fuzz/ltiTargets.ts";
import { type LyingPlatform, startLyingPlatform } from "../support/fuzz/lyingPlatform.ts";
import { bytesOf, type RawAnswer, type RawRequest, sendRaw } from "../support/fuzz/rawRequest.ts";
import { type Sensible, spoil, written } from "../support/fuzz/spoil.ts";
import {
  apiRequest,
  fixedRequest,
  type Key,
  learnFrom,
  newPool,
  type Pool,
} from "../support/fuzz/targets.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { type Platform, startPlatform } from "../support/lti/platform.ts";
import { launchBody } from "../support/playRequests.ts";

const MINUTES = Number(process.env["FUZZ_MINUTES"] ?? 0);
const SEED = Number(process.env["FUZZ_SEED"] ?? 20261121);
/** By hand it is the time that counts. */
const REQUESTS_OF_A_ROUTE = 8;
const REQUESTS_BY_LTI = 300;
const MOST_SECONDS = 15;

/** In whatever the other account's people are answered, this must not be. */
const SECRET_NAME = "Zwergnase-of-the-other-account";

let gateway: TestGateway;
let platform: Platform;
let liar: LyingPlatform;
let server: Server;
let world: World;

interface World {
  readonly pool: Pool;
  readonly keys: readonly Key[];
  readonly license: TestLicense;
  readonly lti: LtiWorld;
  readonly known: { readonly deliveryKey: string; readonly token: string; readonly contentBase: string };
}

beforeAll(async () => {
  const many = "1000000";
  platform = await startPlatform({ now: () => gateway.clock.now() });
  liar = await startLyingPlatform(chanceOf(SEED));
  gateway = await testGateway({
    settings: {
      LTI_TRUSTED_ORIGINS: `${platform.origin} ${liar.origin}`,
      LAUNCHES_PER_MINUTE: many,
      LAUNCHES_PER_MINUTE_AND_ADDRESS: many,
      API_REQUESTS_PER_MINUTE: many,
      API_FAILED_KEYS_PER_MINUTE: many,
    },
  });
  server = createLimitedServer(
    {
      HEADERS_SECONDS: 5,
      STALL_SECONDS: 5,
      SLOWEST_BYTES_PER_SECOND: 100,
      KEEP_ALIVE_SECONDS: 5,
      MOST_CONNECTIONS: 100,
    },
    gateway.app(),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  world = await newWorld();
});
afterAll(async () => {
  server.close().closeAllConnections();
  await gateway.context.imports.stop();
  await gateway.close();
  await platform.close();
  await liar.close();
});

/** Two accounts, each with a license and a learner in mid-course, and a key of every role. */
async function newWorld(): Promise<World> {
  const { context } = gateway;
  const [own, other] = [await gateway.payPerUse(), await gateway.volume([5])];
  const visit = await gateway.launch(own, { who: "ana" });
  await gateway.launch(other, { who: SECRET_NAME, name: SECRET_NAME });
  const keys: Key[] = [];
  for (const role of ["owner", "support"] as const)
    keys.push({ name: role, text: (await vendorKey(context, role)).text });
  for (const role of ["admin", "viewer"] as const)
    keys.push({ name: role, text: (await accountKey(context, own.account_id, role)).text });
  const pool = newPool();
  for (const license of [own, other])
    for (const [name, id] of Object.entries(license)) if (name.endsWith("_id")) pool.learn(name, id);
  const opening = visit.allowed();
  const contentBase = `/c/${opening.content_ticket}/`;
  return {
    pool,
    keys,
    license: own,
    lti: await newLtiWorld(gateway, { platform, liar }, own),
    known: { deliveryKey: own.delivery_key, token: visit.token, contentBase },
  };
}

const STACK =
  /\n\s+at \S.*:\d+|node_modules|node:internal|SQLSTATE|syntax error at or near|violates .+ constraint/;

/** Of tokens that name one unknown key after the other: a platform is not asked for its keys each time. */
const KEYS_ASKED_OFTEN = /data-code="lti_keys_unavailable"|"code":"lti_keys_unavailable"/;

/** What is wrong with an answer; null: nothing. */
function faultsOf(request: RawRequest, answer: RawAnswer | "hung", key: Key | null): string | null {
  if (answer === "hung") return `no answer within ${MOST_SECONDS} s`;
  if (answer.status >= 500 && !KEYS_ASKED_OFTEN.test(answer.text)) return `answered ${answer.status}`;
  // Who breaks off in the middle of a request is owed nothing.
  if (request.withheld) return null;
  if (answer.status === 0) return "no answer";
  const length = answer.headers.get("content-length");
  const hasBody = request.method !== "HEAD" && answer.status !== 304;
  if (hasBody && length !== undefined && Number(length) !== answer.bytes) return "cut off in mid-answer";
  if (STACK.test(answer.text) && !answer.headers.get("content-type")?.startsWith("text/javascript"))
    return "shows what it is made of";
  const isOfAccount = key?.name === "admin" || key?.name === "viewer";
  if (isOfAccount && answer.text.includes(SECRET_NAME) && !bytesOf(request).includes(SECRET_NAME))
    return "shows what is another account's";
  const isProblem = request.method !== "HEAD" && answer.headers.get("content-type")?.includes("problem+json");
  if (isProblem && !/"code":"[a-z_]+"/.test(answer.text)) return "is a problem without a code";
  return null;
}

const found: string[] = [];
let asked = 0;

async function ask(chance: Chance, sensible: Sensible, key: Key | null): Promise<void> {
  const request = chance.percent(30) ? written(chance, sensible) : spoil(chance, sensible);
  asked++;
  const { port } = server.address() as AddressInfo;
  const answer = await sendRaw(port, request, MOST_SECONDS);
  const bugs = gateway.logged.filter(({ level }) => level === "error").map((line) => JSON.stringify(line));
  const fault = faultsOf(request, answer, key) ?? (bugs.length > 0 ? "logged a bug" : null);
  if (fault !== null) found.push(describeRequest(fault, request, answer, key, bugs));
  (gateway.logged as unknown[]).length = 0;
  if (answer !== "hung" && answer.status < 300 && !request.withheld && answer.text.startsWith("{"))
    learnFrom(world.pool, sensible.path, JSON.parse(answer.text));
}

function describeRequest(
  fault: string,
  request: RawRequest,
  answer: RawAnswer | "hung",
  key: Key | null,
  bugs: string[],
): string {
  const sent = bytesOf(request).toString("latin1").slice(0, 1500);
  const heard = answer === "hung" ? "" : answer.text.slice(0, 500);
  return `${fault} (${key?.name ?? "no key"})\n${sent}\n→ ${heard}\n${bugs.join("\n").slice(0, 2000)}`;
}

async function fuzzOnce(seed: number): Promise<void> {
  const chance = chanceOf(seed);
  liar.goBy(chanceOf(seed + 1));
  for (const route of ROUTES)
    for (let times = 0; times < REQUESTS_OF_A_ROUTE; times++) {
      const [owner] = world.keys;
      const key = owner && chance.percent(40) ? owner : chance.pick(world.keys);
      await ask(chance, apiRequest(chance, route, world.pool, key), key);
      if (times % 3 === 0) await ask(chance, fixedRequest(chance, world.known), null);
      if (found.length > 20) return;
    }
  for (let times = 0; times < REQUESTS_BY_LTI && found.length <= 20; times++)
    await ask(chance, await ltiRequest(chance, world.lti), null);
}

test(
  "hostile requests to every route",
  async () => {
    const until = performance.now() + MINUTES * 60_000;
    let seed = SEED;
    do {
      await fuzzOnce(seed++);
      if (MINUTES > 0) world = await newWorld();
    } while (performance.now() < until && found.length === 0);
    console.info(`${asked} requests, seeds ${SEED} to ${seed - 1}`);
    expect(found).toEqual([]);
  },
  Math.max(MINUTES * 60_000 + 300_000, 180_000),
);

test("afterwards the gateway goes on as before, and its books are in order", async () => {
  const after = await newWorld();
  const { port } = server.address() as AddressInfo;
  const sensible: Sensible = {
    method: "POST",
    path: `/play/${after.known.deliveryKey}/launch`,
    query: {},
    headers: { host: "127.0.0.1:8080" },
    body: {
      json: { ...launchBody({ learner_id: "ben", learner_name: "Ben" }), nonce: "nonce-after-the-fuzz" },
    },
  };
  const answer = await sendRaw(port, { ...written(chanceOf(1), sensible), withheld: 0 }, MOST_SECONDS);
  expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('"outcome":"allowed"') });
  expect(await listMiscountedLots(gateway.context.db)).toEqual([]);
  const { db } = gateway.context;
  expect(
    await db.query(
      "select 1 from charge join seat on seat.id = charge.seat_id and seat.account_id <> charge.account_id",
    ),
  ).toEqual([]);
  expect(
    await db.query(
      "select 1 from launch join delivery on delivery.id = launch.delivery_id and delivery.account_id <> launch.account_id",
    ),
  ).toEqual([]);
});
