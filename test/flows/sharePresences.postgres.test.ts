/** What processes tell each other by way of Redis: that a course is open elsewhere. */
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { readConfig } from "../../src/config.ts";
import { addSeconds } from "../../src/core/time.ts";
import { createDeps } from "../../src/deps.ts";
import { createKeyRing } from "../../src/flows/keyRing.ts";
import { createPresences } from "../../src/flows/launch/presences.ts";
import { createPresenceExchange } from "../../src/flows/launch/sharePresences.ts";
import { openRedis, type Redis } from "../../src/store/redis.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { createTestClock, START } from "../support/testClock.ts";
import { createTestLog } from "../support/testLog.ts";
import { until } from "../support/until.ts";

const BEAT_SECONDS = 30;
const FRESH_SECONDS = 65;
const LAUNCH = "0190d5b4-0000-7000-8000-000000000001";

let server: RedisServer;
let redis: Redis;
let secret = 0;

beforeAll(async () => {
  server = await startRedis();
  redis = openRedis(server.url, createTestLog().log);
  redis.connect();
  await until("Redis is up", () => redis.isUp, 5);
});

afterAll(async () => {
  redis?.close();
  await server?.remove();
});

/** Another deployment each time: what one says, the next does not hear. */
beforeEach(() => {
  secret++;
});

function process() {
  const presences = createPresences(BEAT_SECONDS);
  const clock = createTestClock();
  const config = readConfig({ NODE_ENV: "test" });
  const deps = createDeps(config, { clock, log: createTestLog().log });
  const keys = createKeyRing([`secret ${secret} of a deployment, 32 characters or more`]);
  return { presences, ...createPresenceExchange({ presences, keys, deps }, redis) };
}

const beatAt = (at: Date) => ({ open_seconds: 0, counted_at: at });
const begun = new Date(START);
const long = addSeconds(begun, 600);

test("a beat through one keeps the launch fresh in the others, long after the store was told of it", async () => {
  const [here, there] = [process(), process()];
  here.presences.beat(LAUNCH, beatAt(long), false);
  expect(there.presences.isFresh(LAUNCH, begun, long)).toBe(false);
  await here.exchange();
  await there.exchange();
  expect(there.presences.isFresh(LAUNCH, begun, long)).toBe(true);
  expect(there.presences.isFresh(LAUNCH, begun, addSeconds(long, FRESH_SECONDS))).toBe(false);
});

test("what others hear is no open time", async () => {
  const [here, there] = [process(), process()];
  here.presences.beat(LAUNCH, { open_seconds: 119, counted_at: long }, false);
  await here.exchange();
  await there.exchange();
  expect(here.presences.openTimeOf(LAUNCH)).toMatchObject({ open_seconds: 119 });
  expect(there.presences.openTimeOf(LAUNCH)).toBeNull();
});

test("the last page to close says so everywhere, and an older beat does not take it back", async () => {
  const [here, there] = [process(), process()];
  here.presences.beat(LAUNCH, beatAt(long), true);
  there.presences.beat(LAUNCH, beatAt(addSeconds(long, -1)), false);
  await here.exchange();
  await there.exchange();
  await here.exchange();
  expect(there.presences.isFresh(LAUNCH, long, long)).toBe(false);
  expect(here.presences.isFresh(LAUNCH, long, long)).toBe(false);
});

test("a process that has just started hears what was said before", async () => {
  const here = process();
  for (let index = 0; index < 25; index++) {
    here.presences.beat(`${LAUNCH.slice(0, -2)}${10 + index}`, beatAt(long), false);
    await here.exchange();
  }
  const late = process();
  await late.exchange();
  for (let index = 0; index < 25; index++)
    expect(late.presences.isFresh(`${LAUNCH.slice(0, -2)}${10 + index}`, begun, long)).toBe(true);
});

test("another deployment on the same Redis hears nothing", async () => {
  const here = process();
  here.presences.beat(LAUNCH, beatAt(long), false);
  await here.exchange();
  secret++;
  const stranger = process();
  await stranger.exchange();
  expect(stranger.presences.isFresh(LAUNCH, begun, long)).toBe(false);
});

test("many thousands are told in messages that Redis takes in a moment", async () => {
  const [here, there] = [process(), process()];
  for (let index = 0; index < 30_000; index++)
    here.presences.beat(`${LAUNCH.slice(0, -5)}${10_000 + index}`, beatAt(long), false);
  await here.exchange();
  await there.exchange();
  expect(redis.isUp).toBe(true);
  expect(there.presences.isFresh(`${LAUNCH.slice(0, -5)}39999`, begun, long)).toBe(true);
});
