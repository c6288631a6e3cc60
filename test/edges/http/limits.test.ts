import { expect, test } from "@jest/globals";
import { readConfig } from "../../../src/config.ts";
import { createLimits } from "../../../src/edges/http/limits.ts";
import { createLaunchLimits } from "../../../src/edges/play/launchLimits.ts";
import { createKeyRing } from "../../../src/flows/keyRing.ts";
import type { Redis } from "../../../src/store/redis.ts";

const keys = createKeyRing(["a secret of the tests, of 32 characters or more"]);

let seconds = 0;
const deps = { stopwatch: () => () => seconds };

const limitsWith = (redis: Redis | null) =>
  createLimits({ keys, redis, deps }, { often: { most: 3, seconds: 60 }, seldom: { most: 1, seconds: 60 } });

async function countedUntilTooMany(count: () => Promise<{ isOneTooMany: boolean }>): Promise<number> {
  for (let counted = 0; counted < 100; counted++) if ((await count()).isOneTooMany) return counted;
  throw new Error("There is no limit");
}

test("what is over its limit is told so, and for how long", async () => {
  const limits = limitsWith(null);
  expect(await limits.count("seldom", "ada")).toMatchObject({ isOneTooMany: false });
  const { isOneTooMany, retry_after_seconds } = await limits.count("seldom", "ada");
  expect(isOneTooMany).toBe(true);
  expect(retry_after_seconds).toBeGreaterThan(50);
  expect(retry_after_seconds).toBeLessThanOrEqual(60);
});

test("what is over its limit is counted anew after its time, and no sooner", async () => {
  const limits = limitsWith(null);
  expect(await countedUntilTooMany(() => limits.count("often", "ada"))).toBe(3);
  seconds += 59;
  expect(await limits.count("often", "ada")).toEqual({ isOneTooMany: true, left: 0, retry_after_seconds: 1 });
  seconds += 1;
  expect(await limits.count("often", "ada")).toEqual({
    isOneTooMany: false,
    left: 2,
    retry_after_seconds: 60,
  });
});

test("each key and each limit has a count of its own", async () => {
  const limits = limitsWith(null);
  expect(await countedUntilTooMany(() => limits.count("often", "ada"))).toBe(3);
  expect(await countedUntilTooMany(() => limits.count("often", "ben"))).toBe(3);
  expect(await countedUntilTooMany(() => limits.count("seldom", "ada"))).toBe(1);
});

test("a Redis that is away, or that refuses, leaves it to the process itself", async () => {
  const run = () => Promise.reject(new Error("OOM command not allowed"));
  for (const isUp of [false, true]) {
    const limits = limitsWith({ isUp, run, connect: () => undefined, close: () => undefined });
    expect(await countedUntilTooMany(() => limits.count("often", "ada"))).toBe(3);
  }
});

test("all IPv6 addresses of one subscriber count as one, and many ids of theirs under it", async () => {
  const config = readConfig({ NODE_ENV: "test", LAUNCHES_PER_MINUTE_AND_ADDRESS: "5" });
  const limits = createLaunchLimits({ config, keys, redis: null, deps });
  const tries: (string | null)[] = [];
  for (let host = 1; host <= 6; host++) {
    const launch = { delivery_key: "key", identity: `learner ${host}`, address: `2001:db8::${host}` };
    tries.push(await limits.exceededBy(launch));
  }
  expect(tries).toEqual([null, null, null, null, null, "address"]);
  const neighbour = { delivery_key: "key", identity: "learner 7", address: "2001:db8:0:1::1" };
  expect(await limits.exceededBy(neighbour)).toBeNull();
});
