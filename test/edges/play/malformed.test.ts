/** Bodies that are no messages of the bridge (docs/bridge.md): refused by the name of the field, before any is looked at. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { createApp } from "../../../src/app.ts";
import { readConfig } from "../../../src/config.ts";
import { createDeps } from "../../../src/deps.ts";
import type { Context } from "../../../src/flows/context.ts";
import { createKeyRing } from "../../../src/flows/keyRing.ts";
import { createLaunchTokens } from "../../../src/flows/launch/tokens.ts";
import { fieldsOf, keepBody, launchBody, spoiled } from "../../support/playRequests.ts";
import { expectProblem } from "../../support/problems.ts";
import { createTestClock } from "../../support/testClock.ts";
import { createTestLog } from "../../support/testLog.ts";

/** A gateway without a store: what is malformed must never get that far. */
function gatewayWithoutStore(): Context {
  const config = readConfig({ NODE_ENV: "test" });
  const deps = createDeps(config, { clock: createTestClock(), log: createTestLog().log });
  return { config, deps, tokens: TOKENS } as unknown as Context;
}

const TOKENS = createLaunchTokens(createKeyRing(["a secret of the tests, of 32 characters or more"]));
const AT = createTestClock().now();
/** Of a launch that is open, for what is refused for its form alone. */
const TOKEN = TOKENS.sign(
  {
    account_id: "account",
    launch_id: "launch",
    delivery_id: "delivery",
    learner_id: "learner",
    attempt_id: "attempt",
    reference: "ABCD-EFGH",
    launch_number: 1,
    opened_at: AT,
    open_time: { open_seconds: 0, counted_at: AT },
    due: null,
  },
  AT,
);

const LAUNCH = "/play/a-delivery-key/launch";
const KEEP = "/play/keep";

let server: Server;
beforeAll((done) => {
  server = createServer(createApp(gatewayWithoutStore(), { stopping: false }, "key"));
  server.listen(0, "127.0.0.1", () => done());
});
afterAll((done) => {
  server.close(() => done());
});

function post(path: string) {
  const { port } = server.address() as AddressInfo;
  return request(`http://127.0.0.1:${port}`).post(path).set("Host", "127.0.0.1:8080");
}

describe("a launch request", () => {
  const WRONG = [12, null, [], {}, true];
  const body = launchBody();

  test.each(fieldsOf(body))("%s left out is refused, by name", async (field) => {
    const answer = await post(LAUNCH).send(spoiled(body, field.split("."), undefined));
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toMatch(new RegExp(`^${field}(\\.\\w+)?: .`));
  });

  test.each(fieldsOf(body))("%s of another type is refused, by name", async (field) => {
    const path = field.split(".");
    const good = path.reduce<unknown>((value, name) => (value as Record<string, unknown>)[name], body);
    for (const value of WRONG.filter((wrong) => typeof wrong !== typeof good || wrong === null)) {
      const answer = await post(LAUNCH).send(spoiled(body, path, value));
      expectProblem(answer, 400, "body_invalid");
      expect(answer.body.detail).toMatch(new RegExp(`^${field}(\\.\\w+)?: .`));
    }
  });

  test.each([
    ["nonce", "short"],
    ["nonce", "with spaces and $igns"],
    ["nonce", "x".repeat(65)],
    ["lms_origin", "x".repeat(501)],
    ["shown_in", "popup"],
    ["snapshot.format", "aicc"],
    ["snapshot.api", "3"],
    ["snapshot.wrapper", 1.5],
    ["snapshot.learner_id", "x".repeat(10_001)],
  ])("%s may not be that", async (field, value) => {
    const answer = await post(LAUNCH).send(spoiled(body, field.split("."), value));
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toMatch(new RegExp(`^${field}: .`));
  });
});

describe("a keep request", () => {
  test.each([
    [["token"], 12],
    [["token"], undefined],
    [["token"], "x".repeat(4001)],
    [["sequence"], -1],
    [["sequence"], 1_000_000],
    [["sequence"], 1.5],
    [["sequence"], "1"],
    [["changes"], []],
    [["changes"], "x"],
    [["changes", "lesson"], "x"],
    [["changes", "lesson", "cmi.core.lesson_location"], 5],
    [["changes", "lesson", "x".repeat(1_001)], ""],
    [["changes", "\ud800"], {}],
    [["changes", "a\u0000b"], {}],
    [["rollup"], null],
    [["rollup", "completion"], "done"],
    [["rollup", "success"], ""],
    [["rollup", "score"], 5],
    [["rollup", "score", "raw"], "50"],
    [["rollup", "location"], 5],
    [["rollup", "progress"], "0.5"],
    [["rollup", "session_seconds"], "12"],
    [["session_seconds"], 5],
    [["session_seconds", "lesson"], "5"],
    [["marker_acknowledged"], "yes"],
    [["closing"], 1],
  ])("%j may not be that, and is named", async (path, value) => {
    const answer = await post(KEEP).send(spoiled(keepBody(TOKEN), path, value));
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toMatch(new RegExp(`^${path[0]}\\b.*: .`, "s"));
  });
});

describe("bodies that are no messages", () => {
  const paths = [LAUNCH, KEEP];

  test.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["a text", '"launch"'],
    ["a list", "[]"],
    ["a number", "5"],
    ["null", "null"],
  ])("%s", async (_what, body) => {
    for (const path of paths)
      expectProblem(await post(path).set("Content-Type", "application/json").send(body), 400, "body_invalid");
  });

  test("too large", async () => {
    for (const path of paths)
      expectProblem(await post(path).send({ filler: "x".repeat(6_000_000) }), 413, "body_too_large");
  });

  test("in an encoding or character set that nobody reads", async () => {
    for (const path of paths) {
      const odd = post(path).set("Content-Encoding", "snappy").set("Content-Type", "application/json");
      expectProblem(await odd.send("{}"), 400, "body_invalid");
      expectProblem(
        await post(path).set("Content-Type", "application/json; charset=klingon").send("{}"),
        400,
        "body_invalid",
      );
    }
  });
});
