/** Open time and launch tokens (RULES §2): by the gateway's clock, whatever happens to beats on their way. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import jsonwebtoken from "jsonwebtoken";
import { changeLicense, pauseLicense } from "../../src/flows/changeLicense.ts";
import { revoke } from "../../src/flows/deliveries.ts";
import { deactivateLearner } from "../../src/flows/learners.ts";
import { BY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";

let gateway: TestGateway;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  license = await gateway.payPerUse();
});
afterAll(() => gateway.close());

const elapse = (seconds: number) => gateway.clock.advance({ seconds });
const charged = async () => (await gateway.charges(license)).length;

describe("beats", () => {
  test("that change nothing write nothing", async () => {
    const visit = await gateway.launch(license);
    const before = await gateway.launches(license);
    for (const _beat of [1, 2, 3]) {
      elapse(30);
      await visit.keep();
    }
    expect(await gateway.launches(license)).toEqual(before);
  });

  test("add up, and charge at two minutes", async () => {
    const visit = await gateway.launch(license);
    const open: number[] = [];
    for (const seconds of [30, 45, 44, 1]) {
      elapse(seconds);
      open.push((await visit.keep()).claims.open_time.open_seconds);
    }
    expect(open).toEqual([30, 75, 119, 120]);
    expect(await charged()).toBe(1);
  });

  test("that are lost cost nothing: the next one covers the time", async () => {
    const visit = await gateway.launch(license);
    elapse(120);
    await visit.keep();
    expect(await charged()).toBe(1);
  });

  test("whose answer is lost are sent again, and count once", async () => {
    const visit = await gateway.launch(license);
    elapse(60);
    await visit.keep({ answer: "lost" });
    elapse(1);
    expect((await visit.keep()).claims.open_time.open_seconds).toBe(61);
    elapse(59);
    await visit.keep({ answer: "lost" });
    expect(await charged()).toBe(1);
    await visit.keep();
    expect(await charged()).toBe(1);
  });

  test("whose answers are lost for minutes still arrived: each counts from the one before it", async () => {
    const visit = await gateway.launch(license);
    for (const _beat of [1, 2, 3, 4]) {
      elapse(40);
      await visit.keep({ answer: "lost" });
    }
    expect(await charged()).toBe(1);
    elapse(20);
    expect((await visit.keep()).claims.open_time.open_seconds).toBe(180);
  });

  test("a beacon of a page that was frozen counts, and the sleep after it does not", async () => {
    const visit = await gateway.launch(license);
    elapse(60);
    await visit.keep({ closing: true, answer: "lost" });
    elapse(300);
    await visit.keep();
    elapse(59);
    expect((await visit.keep()).claims.open_time.open_seconds).toBe(119);
    elapse(1);
    await visit.keep();
    expect(await charged()).toBe(1);
  });

  test("after a gap of more than 150 s don't count it: a sleeping machine", async () => {
    const visit = await gateway.launch(license);
    elapse(30);
    await visit.keep();
    elapse(150.001);
    expect((await visit.keep()).claims.open_time.open_seconds).toBe(30);
    elapse(150);
    expect((await visit.keep()).claims.open_time.open_seconds).toBe(180);
    expect(await charged()).toBe(1);
  });

  test("sent with an old token never count more than the time that passed", async () => {
    const visit = await gateway.launch(license);
    const first = visit.token;
    for (const _beat of [1, 2, 3]) {
      elapse(30);
      await visit.keep();
    }
    elapse(29);
    for (const token of [first, visit.token, first])
      expect((await visit.keep({ token, answer: "lost" })).claims.open_time.open_seconds).toBe(119);
    expect(await charged()).toBe(0);
  });

  test("a closing beacon counts as one", async () => {
    const visit = await gateway.launch(license);
    elapse(120);
    await visit.keep({ closing: true });
    expect(await charged()).toBe(1);
    expect(await gateway.launches(license)).toMatchObject([
      { open_seconds: 120, closed_at: gateway.clock.now(), last_seen_at: gateway.clock.now() },
    ]);
  });

  test("through another process, or one that was restarted, go on where they were", async () => {
    const visit = await gateway.launch(license);
    elapse(60);
    await visit.keep();
    elapse(60);
    await visit.keep({ through: gateway.secondProcess() });
    expect(await charged()).toBe(1);
  });

  test("sent at once by many ways charge once", async () => {
    const visit = await gateway.launch(license);
    elapse(120);
    await Promise.all(Array.from({ length: 10 }, () => visit.keep({ answer: "lost" })));
    expect(await charged()).toBe(1);
  });
});

describe("the plan for beats", () => {
  test("says how much open time is missing while the seat is pending, and nothing afterwards", async () => {
    const visit = await gateway.launch(license);
    expect(visit.allowed().claims.due).toMatchObject({ seconds: 120 });
    elapse(30);
    expect((await visit.keep()).claims.due).toMatchObject({ seconds: 120 });
    elapse(90);
    expect((await visit.keep()).claims.due).toBeNull();
    expect((await gateway.launch(license)).allowed().claims.due).toBeNull();
  });

  test("follows a license that asks for more time meanwhile: the launch charges then, by itself", async () => {
    const visit = await gateway.launch(license);
    await changeLicense(gateway.context, BY, license, { terms: { charge_after_seconds: 300 } });
    elapse(120);
    expect((await visit.keep()).claims.due).toMatchObject({ seconds: 300 });
    elapse(120);
    await visit.keep();
    expect(await charged()).toBe(0);
    elapse(60);
    expect((await visit.keep()).claims.due).toBeNull();
    expect(await charged()).toBe(1);
  });

  test("is without a due time where seats are bought ahead", async () => {
    const bought = await gateway.volume([1]);
    expect((await gateway.launch(bought)).allowed().claims.due).toBeNull();
  });
});

describe("a launch token", () => {
  test("beyond its 15 minutes needs one look into the store, and is renewed by it, up to 12 hours", async () => {
    const visit = await gateway.launch(license);
    gateway.clock.advance({ hours: 11 });
    elapse(3599.999);
    await visit.keep({ sequence: 1, changes: { lesson: { "cmi.core.lesson_location": "7" } } });
    expect((await gateway.launches(license))[0]?.last_seen_at).toEqual(gateway.clock.now());
    elapse(0.001);
    await expect(visit.keep()).rejects.toMatchObject({ code: "launch_closed", status: 409 });
  });

  test("renewed by every beat, the launch is still over after 12 hours", async () => {
    const visit = await gateway.launch(license);
    for (let beat = 0; beat < 12 * 30 - 1; beat++) {
      elapse(120);
      await visit.keep();
    }
    elapse(120);
    await expect(visit.keep()).rejects.toMatchObject({ code: "launch_closed" });
    expect(await charged()).toBe(1);
  });

  const forge = (payload: object, secret: string, options: jsonwebtoken.SignOptions = {}) =>
    jsonwebtoken.sign(payload, secret, { noTimestamp: true, ...options });

  test("that this gateway did not sign is refused", async () => {
    const visit = await gateway.launch(license);
    const claims = jsonwebtoken.decode(visit.token) as object;
    const [header, payload, signature] = visit.token.split(".");
    const older = Buffer.from(JSON.stringify({ ...claims, sec: 120 })).toString("base64url");
    const forged = {
      nothing: "",
      "no token": "not a token",
      "another secret": forge(claims, "another secret, of 32 characters or more"),
      "changed claims": `${header}.${older}.${signature}`,
      unsigned: `${Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url")}.${payload}.`,
      "cut off": visit.token.slice(0, -2),
    };
    for (const [what, token] of Object.entries(forged))
      await expect([what, await visit.keep({ token }).catch((error) => error.code)]).toEqual([
        what,
        "launch_token_invalid",
      ]);
  });
});

describe("what stops a launch that is open (RULES §2)", () => {
  test("a revoked delivery, at the next beat; its last save is still taken", async () => {
    const visit = await gateway.launch(license);
    elapse(30);
    expect((await visit.keep()).stop).toBeNull();
    await revoke(gateway.context, BY, license.account_id, license.delivery_id);
    elapse(30);
    const stopped = await visit.keep({
      sequence: 1,
      changes: { lesson: { "cmi.core.lesson_location": "7" } },
    });
    expect(stopped).toMatchObject({ stop: "delivery_revoked", saved_at: gateway.clock.now() });
    expect((await gateway.launch(license)).code).toBe("delivery_revoked");
  });

  test("a deactivated learner, at the next beat, and nobody else; a launch after reactivation goes on", async () => {
    const ana = await gateway.launch(license, { who: "ana" });
    const ben = await gateway.launch(license, { who: "ben" });
    const learner = ana.allowed().claims.learner_id;
    await deactivateLearner(gateway.context, BY, license.account_id, learner, true);
    elapse(30);
    expect([(await ana.keep()).stop, (await ben.keep()).stop]).toEqual(["learner_deactivated", null]);
    await deactivateLearner(gateway.context, BY, license.account_id, learner, false);
    expect((await gateway.launch(license, { who: "ana" })).code).toBeNull();
  });

  test("in another process, within a second", async () => {
    const visit = await gateway.launch(license);
    const other = gateway.secondProcess();
    await visit.keep({ through: other });
    await revoke(gateway.context, BY, license.account_id, license.delivery_id);
    elapse(1);
    expect((await visit.keep({ through: other })).stop).toBe("delivery_revoked");
  });

  test("once told to stop, a launch no longer comes nearer to a charge", async () => {
    const visit = await gateway.launch(license);
    elapse(100);
    await revoke(gateway.context, BY, license.account_id, license.delivery_id);
    expect(await visit.keep()).toMatchObject({ stop: "delivery_revoked", claims: { due: null } });
    elapse(20);
    await visit.keep();
    elapse(100);
    await visit.keep({ closing: true });
    expect(await charged()).toBe(0);
  });

  test("not a pause, a retired course, or the end of anything", async () => {
    const visit = await gateway.launch(license);
    await pauseLicense(gateway.context, BY, license.account_id, license.license_id, true);
    await gateway.context.db.query("update contract set ends_at = $1", [
      gateway.clock.now().toISOString().replace("09:", "10:"),
    ]);
    gateway.clock.advance({ hours: 2 });
    expect(await visit.keep()).toMatchObject({ stop: null, superseded: false });
    expect((await gateway.launch(license, { who: "ben" })).code).toBe("license_ended");
  });
});

describe("that a course is open elsewhere", () => {
  test("is told to a launch of the same attempt while the other beats, and not once it has closed", async () => {
    const first = await gateway.launch(license);
    expect(first.allowed().elsewhere).toBe(false);
    elapse(30);
    expect((await gateway.launch(license)).allowed().elsewhere).toBe(true);
    const alone = await gateway.payPerUse();
    const only = await gateway.launch(alone);
    elapse(30);
    await only.keep({ closing: true });
    expect((await gateway.launch(alone)).allowed().elsewhere).toBe(false);
  });

  test("is forgotten when nothing was heard of it for two beats", async () => {
    const first = await gateway.launch(license);
    for (const _beat of [1, 2, 3]) {
      elapse(30);
      await first.keep();
    }
    elapse(64);
    expect((await gateway.launch(license)).allowed().elsewhere).toBe(true);
    elapse(65);
    expect((await gateway.launch(license)).allowed().elsewhere).toBe(false);
  });

  test("is not told of another learner's launch", async () => {
    await gateway.launch(license, { who: "ana" });
    expect((await gateway.launch(license, { who: "ben" })).allowed().elsewhere).toBe(false);
  });
});
