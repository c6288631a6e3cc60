/** Names and floods that somebody chose to do harm: through the door, on the real store. */

import type { RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import type { LaunchAllowed } from "../../../src/core/bridge.ts";
import { listLearners } from "../../../src/store/learners.ts";
import type { TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { launchBody } from "../../support/playRequests.ts";
import { expectProblem } from "../../support/problems.ts";

const FROM_ONE_ADDRESS = 5;

let gateway: TestGateway;
let app: RequestListener;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway({ settings: { LAUNCHES_PER_MINUTE_AND_ADDRESS: String(FROM_ONE_ADDRESS) } });
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

describe("a flood of launches from one address", () => {
  test("records as many learners as it may launch, and one row of denials", async () => {
    for (let index = 0; index < FROM_ONE_ADDRESS + 3; index++) await launch(`made-up-${index}`);
    expect(await listLearners(gateway.context.db, license.account_id)).toHaveLength(FROM_ONE_ADDRESS);
    const denials = (await gateway.launches(license)).filter(({ outcome }) => outcome === "denied");
    expect(denials).toMatchObject([{ code: "too_many_launches", count: 3, learner_id: null }]);
  });
});
