/** The keys of platforms (DESIGN §6): known by heart, read again when a new one comes, and no platform's trouble is another's. */

import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { createPlatformKeys, type PlatformKeys } from "../../../src/flows/lti/platformKeys.ts";
import { createOutgoing } from "../../../src/flows/outgoing.ts";
import { createMetrics } from "../../../src/metrics.ts";
import { type Platform, startPlatform } from "../../support/lti/platform.ts";
import { createTestClock } from "../../support/testClock.ts";
import { createTestLog } from "../../support/testLog.ts";
import { until } from "../../support/until.ts";

const clock = createTestClock();
const { log } = createTestLog();
let platform: Platform;
let other: Platform;
let keys: PlatformKeys;

beforeAll(async () => {
  [platform, other] = await Promise.all([
    startPlatform({ now: () => clock.now() }),
    startPlatform({ now: () => clock.now() }),
  ]);
});
beforeEach(() => {
  platform.reset();
  other.reset();
  clock.set("2026-01-05T09:00:00Z");
  const outgoing = createOutgoing({ trustedOrigins: [platform.origin, other.origin] });
  keys = createPlatformKeys(outgoing, { clock, log, metrics: createMetrics() });
});
afterAll(() => Promise.all([platform.close(), other.close()]));

const kidOf = ({ keys: all }: Platform) => all.at(-1)?.kid ?? "";
const find = (kid = kidOf(platform)) => keys.find(platform.registration.jwks_url, kid);
const atOnce = <Result>(times: number, work: () => Promise<Result>) =>
  Promise.all(Array.from({ length: times }, work));

test("20 launches of a platform that was never heard of make one reading", async () => {
  const found = await atOnce(20, () => find());
  expect(new Set(found).size).toBe(1);
  expect(found[0]?.equals(platform.keys[0]?.publicKey as never)).toBe(true);
  expect(platform.keyRequests).toBe(1);
});

test("what is known is not asked for again, for an hour", async () => {
  await find();
  clock.advance({ seconds: 3599 });
  await find();
  expect(platform.keyRequests).toBe(1);
});

describe("a platform that rotates", () => {
  test("a new key is found by its name at once, and the old one is none any more", async () => {
    const before = kidOf(platform);
    await find();
    platform.rotate();
    await find();
    expect(platform.keyRequests).toBe(2);
    await expect(find(before)).rejects.toMatchObject({ code: "lti_key_unknown" });
  });

  test("a key that was withdrawn is good for an hour more at most once it is used, and a day in all", async () => {
    const before = kidOf(platform);
    await find();
    platform.rotate();
    clock.advance({ hours: 2 });
    // Used once more, while the set is read anew.
    await expect(find(before)).resolves.toBeDefined();
    await until("the set was read", async () => platform.keyRequests === 2, 10);
    await until("it is forgotten", async () => (await find(before).catch(() => null)) === null, 10);
  });

  test("who makes up names of keys has the set read five times a minute, and the platform's own go on", async () => {
    await find();
    const made = await atOnce(1, () => find("made-up").catch(({ code }) => code));
    expect(made).toEqual(["lti_key_unknown"]);
    const codes: string[] = [];
    for (let time = 0; time < 8; time++)
      codes.push(await find(`made-up-${time}`).then(String, ({ code }) => code));
    expect(codes.filter((code) => code === "lti_key_unknown")).toHaveLength(3);
    expect(codes.filter((code) => code === "lti_keys_unavailable")).toHaveLength(5);
    expect(platform.keyRequests).toBe(5);
    await expect(find()).resolves.toBeDefined();
    clock.advance({ seconds: 61 });
    platform.rotate();
    await expect(find()).resolves.toBeDefined();
  });
});

describe("a platform in trouble", () => {
  const TROUBLES = [
    ["errors", { status: 500 }],
    ["answers no JSON", { status: 200, body: "<html>" }],
    ["answers no key set", { status: 200, body: "[1]" }],
    ["is huge", "huge"],
  ] as const;
  test.each(TROUBLES)("that %s: refused as its trouble, and again once it is well", async (_what, answer) => {
    platform.answerKeysWith(answer);
    await expect(find()).rejects.toMatchObject({ code: "lti_keys_unavailable", status: 503 });
    platform.answerKeysWith("keys");
    await expect(find()).resolves.toBeDefined();
  });

  test.each(TROUBLES)(
    "that %s: those that are known stay good for as long as it lasts",
    async (_what, answer) => {
      await find();
      platform.answerKeysWith(answer);
      clock.advance({ days: 3 });
      await expect(find()).resolves.toBeDefined();
    },
  );

  test("that hangs slows nobody else's launches, and its own for five seconds", async () => {
    platform.answerKeysWith("hang");
    const begun = performance.now();
    const hanging = atOnce(20, () => find().catch(({ code }) => code));
    await atOnce(20, () => keys.find(other.registration.jwks_url, kidOf(other)));
    expect(performance.now() - begun).toBeLessThan(3000);
    expect(new Set(await hanging)).toEqual(new Set(["lti_keys_unavailable"]));
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(platform.keyRequests).toBe(1);
  });
});

test("of what a platform publishes, only keys that sign as we take it are known", async () => {
  const jwk = (bits: number, more: object) => ({
    ...generateKeyPairSync("rsa", { modulusLength: bits }).publicKey.export({ format: "jwk" }),
    ...more,
  });
  const published = [
    null,
    "key",
    { kid: "no-key", kty: "RSA", n: "!", e: "AQAB" },
    { kid: "secret", kty: "oct", k: "c2VjcmV0" },
    {
      kid: "curve",
      ...generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" }),
    },
    jwk(1024, { kid: "short" }),
    jwk(2048, { kid: "encrypts", use: "enc" }),
    jwk(2048, { kid: "good" }),
    { kid: "long", kty: "RSA", n: "q".repeat(4000), e: "AQAB" },
    { ...jwk(2048, { kid: "slow" }), e: "_".repeat(300) },
  ];
  platform.answerKeysWith({ status: 200, body: JSON.stringify({ keys: published }) });
  await expect(find("good")).resolves.toBeDefined();
  clock.advance({ seconds: 61 });
  for (const kid of ["no-key", "secret", "curve"])
    await expect(find(kid)).rejects.toMatchObject({ code: "lti_key_unknown" });
  clock.advance({ seconds: 61 });
  for (const kid of ["short", "encrypts", "long", "slow"])
    await expect(find(kid)).rejects.toMatchObject({ code: "lti_key_unknown" });
});
