/** Names and floods that somebody chose to do harm: through the door, on the real store. */

import type { RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import type { LaunchAllowed } from "../../../src/core/bridge.ts";
import { pageOfLearners } from "../../../src/store/listing/people.ts";
import { ALL_ROWS, type TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { launchBody } from "../../support/playRequests.ts";
import { expectProblem } from "../../support/problems.ts";

const FROM_ONE_ADDRESS = 5;
const OF_ONE_LAUNCH = 10;
const TO_ONE_ADDRESS = 15;

let gateway: TestGateway;
let app: RequestListener;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway({
    settings: {
      LAUNCHES_PER_MINUTE_AND_ADDRESS: String(FROM_ONE_ADDRESS),
      KEEPS_PER_MINUTE: String(OF_ONE_LAUNCH),
      KEEPS_PER_MINUTE_AND_ADDRESS: String(TO_ONE_ADDRESS),
      CONTENT_REQUESTS_PER_MINUTE_AND_ADDRESS: String(TO_ONE_ADDRESS),
    },
  });
});
beforeEach(async () => {
  await gateway.empty();
  app = gateway.app();
  license = await gateway.payPerUse();
});
afterAll(() => gateway.close());

let nonces = 0;

function launch(learner_id: string) {
  const body = { ...launchBody({ learner_id, entry: "resume" }), nonce: `nonce-of-hostile-${nonces++}` };
  return request(app).post(`/play/${license.delivery_key}/launch`).set("Host", "127.0.0.1:8080").send(body);
}

async function launched(): Promise<LaunchAllowed> {
  return (await launch("ana")).body as LaunchAllowed;
}

/** As text: an object written in JavaScript would lose `__proto__`. */
function keep(token: string, members: string) {
  const body = `{"token": ${JSON.stringify(token)}, "sequence": 1, ${members}}`;
  const asked = request(app).post("/play/keep").set("Host", "127.0.0.1:8080");
  return asked.set("Content-Type", "text/plain").send(body);
}

describe("names that mean something to JavaScript", () => {
  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "%s is saved like any other",
    async (name) => {
      const { token } = await launched();
      const answer = await keep(
        token,
        `"changes": {"${name}": {"${name}": "kept"}}, "session_seconds": {"${name}": 12}`,
      );
      expect(answer.status).toBe(200);
      const again = (await launch("ana")).text;
      expect(again).toContain(`"states":{"${name}":{"${name}":"kept"}}`);
      expect(again).toContain(`"total_seconds":{"${name}":12}`);
    },
  );
});

describe("names that are too long to be keys", () => {
  /** Nothing that a database could compress into less. */
  const longName = (characters: number) =>
    Array.from({ length: characters }, (_, index) =>
      String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000)),
    ).join("");

  test("are refused by name, whatever their characters weigh", async () => {
    const { token } = await launched();
    for (const members of [
      `"changes": {"${longName(900)}": {"a": "1"}}`,
      `"session_seconds": {"${longName(900)}": 1}`,
    ])
      expectProblem(await keep(token, members), 400, "body_invalid");
    expect((await keep(token, `"changes": {"${longName(600)}": {"a": "1"}}`)).status).toBe(200);
    expect((await keep(token, `"changes": {"${"x".repeat(1000)}": {"a": "1"}}`)).status).toBe(200);
  });
});

describe("a flood of launches", () => {
  const denials = async () => {
    await gateway.context.floods.flush();
    return (await gateway.launches(license)).filter(({ outcome }) => outcome === "denied");
  };
  /** Statements that the store has run since. */
  const watchStore = () => {
    const { query, transaction } = gateway.context.db;
    let statements = 0;
    const counting =
      (work: typeof query): typeof query =>
      (...given) => {
        statements++;
        return work(...given);
      };
    Object.assign(gateway.context.db, {
      query: counting(query),
      transaction: counting(transaction as never),
    });
    return {
      count: () => statements,
      end: () => Object.assign(gateway.context.db, { query, transaction }),
    };
  };

  test("from one address records as many learners as it may launch, and one row of denials", async () => {
    for (let index = 0; index < FROM_ONE_ADDRESS + 3; index++) await launch(`made-up-${index}`);
    expect(await pageOfLearners(gateway.context.db, license.account_id, {}, ALL_ROWS)).toHaveLength(
      FROM_ONE_ADDRESS,
    );
    expect(await denials()).toMatchObject([{ code: "too_many_launches", count: 3, learner_id: null }]);
  });

  test("asks the store once a minute, not for each, and logs it once", async () => {
    for (let index = 0; index < FROM_ONE_ADDRESS + 1; index++) await launch(`made-up-${index}`);
    const store = watchStore();
    const answers = [];
    for (let index = 0; index < 20; index++) answers.push((await launch(`other-${index}`)).body);
    expect(store.count()).toBe(0);
    store.end();
    expect(new Set(answers.map(({ code, reference }) => `${code} ${reference}`)).size).toBe(1);
    expect(gateway.logged.filter(({ message }) => message === "Launches are too many")).toHaveLength(1);
    expect(await denials()).toMatchObject([{ count: 21 }]);
    gateway.clock.advance({ seconds: 60 });
    await launch("later");
    expect(await denials()).toHaveLength(2);
  });

  test("to a delivery that nobody knows writes nothing, and is answered alike", async () => {
    const unknown = () =>
      request(app).post("/play/no-such-key/launch").set("Host", "127.0.0.1:8080").send(launchBody());
    const codes = [];
    for (let index = 0; index < FROM_ONE_ADDRESS + 3; index++) codes.push((await unknown()).body.code);
    expect(new Set(codes)).toEqual(new Set(["launch_invalid"]));
    await gateway.context.floods.flush();
    expect(await gateway.context.db.query("select 1 from launch")).toEqual([]);
  });

  test("by one launch that is sent again and again is turned away like any", async () => {
    const body = launchBody();
    const again = () =>
      request(app).post(`/play/${license.delivery_key}/launch`).set("Host", "127.0.0.1:8080").send(body);
    const outcomes = [];
    for (let index = 0; index < FROM_ONE_ADDRESS + 2; index++) outcomes.push((await again()).body.outcome);
    expect(outcomes).toEqual([...Array(FROM_ONE_ADDRESS).fill("allowed"), "denied", "denied"]);
    expect((await gateway.launches(license)).filter(({ outcome }) => outcome === "allowed")).toHaveLength(1);
  });
});

describe("a flood of beats, or of files", () => {
  const beat = (token: string) =>
    request(app).post("/play/keep").set("Host", "127.0.0.1:8080").send({ token });

  test("of one launch is told to come later, and another is heard on", async () => {
    const open = async (who: string) => (await gateway.launch(license, { who })).token;
    const [ana, ben] = [await open("ana"), await open("ben")];
    for (let index = 0; index < OF_ONE_LAUNCH; index++) expect((await beat(ana)).status).toBe(200);
    const refused = await beat(ana);
    expectProblem(refused, 429, "too_many_requests");
    expect(refused.get("Retry-After")).toBe("60");
    expect((await beat(ben)).status).toBe(200);
    gateway.clock.advance({ seconds: 60 });
    expect((await beat(ana)).status).toBe(200);
  });

  test("from one address is cut short before anything is looked at", async () => {
    const { content_base } = (await launched()).course;
    const file = () => request(app).get(`${content_base}missing.js`).set("Host", "127.0.0.1:8080");
    for (let index = 0; index < TO_ONE_ADDRESS; index++)
      expect([(await beat("no token")).status, (await file()).status]).toEqual([401, 404]);
    expectProblem(await beat("no token"), 429, "too_many_requests");
    expectProblem(await file(), 429, "too_many_requests");
  });
});
