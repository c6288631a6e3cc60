/** What courses say by mistake, through the door and on the real store: no oddity of theirs may cost a learner their result. */

import type { RequestListener } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import type { LaunchAllowed, LaunchRequest } from "../../../src/core/bridge.ts";
import type { TestLicense } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { keepBody, launchBody } from "../../support/playRequests.ts";

let gateway: TestGateway;
let app: RequestListener;
let license: TestLicense;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  app = gateway.app();
  license = await gateway.payPerUse();
});
afterAll(() => gateway.close());

const post = (path: string) => request(app).post(path).set("Host", "127.0.0.1:8080");

async function launched(changes: Partial<LaunchRequest> = {}): Promise<LaunchAllowed> {
  const asked = { ...launchBody({ entry: "resume" }), ...changes };
  return (await post(`/play/${license.delivery_key}/launch`).send(asked)).body as LaunchAllowed;
}

describe("a save that says something absurd of the course is taken all the same, within bounds", () => {
  const COMPLETED = { ...keepBody("").rollup, completion: "completed", success: "passed" };
  const saved = async (body: object) => {
    const { token } = await launched();
    expect((await post("/play/keep").send({ ...keepBody(token), rollup: COMPLETED, ...body })).status).toBe(
      200,
    );
    return launched({ nonce: "another-nonce-another" });
  };

  test.each([
    [1_767_225_600, 10_000_000],
    [-5, 0],
    [1e300, 10_000_000],
    // As JSON says what is no number.
    [Number.POSITIVE_INFINITY, 0],
  ])("a session of %s s", async (seconds, kept) => {
    const next = await saved({
      session_seconds: { lesson: seconds },
      rollup: { ...COMPLETED, session_seconds: seconds },
    });
    expect(next.total_seconds).toEqual({ lesson: kept });
    expect(next.rollup).toEqual({ ...COMPLETED, session_seconds: kept });
  });

  test("a score of ten digits, and one that is none", async () => {
    const score = { scaled: 7, raw: 9_999_999_999, min: -9_999_999_999, max: Number.NaN };
    const next = await saved({ rollup: { ...COMPLETED, score } });
    expect(next.rollup).toEqual({
      ...COMPLETED,
      score: { scaled: 1, raw: 1e9, min: -1e9, max: null },
    });
  });

  test.each([
    [1.1, 1],
    [-1, 0],
    [Number.NaN, null],
  ])("a progress of %s", async (progress, kept) => {
    expect((await saved({ rollup: { ...COMPLETED, progress } })).rollup).toEqual({
      ...COMPLETED,
      progress: kept,
    });
  });

  test("a place in the course, or a value, that goes on and on", async () => {
    const { rollup, states } = await saved({
      rollup: { ...COMPLETED, location: "p".repeat(5_000) },
      changes: {
        lesson: { "cmi.interactions.0.student_response": "r".repeat(1_000_001), "cmi.core.exit": null },
      },
    });
    expect(rollup).toEqual({ ...COMPLETED, location: "p".repeat(4_000) });
    expect(states).toEqual({
      lesson: { "cmi.interactions.0.student_response": "r".repeat(1_000_000), "cmi.core.exit": null },
    });
  });

  test("the sequencing of an activity with the longest id that an import lets through", async () => {
    const element = `sequencing.activity.${"語".repeat(500)}`;
    const { states } = await saved({ changes: { $course: { [element]: "{}" } } });
    expect(states["$course"]).toEqual({ [element]: "{}" });
  });
});
