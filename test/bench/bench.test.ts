/** The parts of the bench that figures hang on: what is sent, and what counts as kept. */
import { expect, test } from "@jest/globals";
import { percentile } from "../../bench/driver/closedLoop.ts";
import { fillIn, lengthOf, type Part } from "../../bench/driver/plan.ts";
import { type Compared, type Figures, summarize } from "../../bench/lab/compare.ts";
import { launchBody, post } from "../../bench/lab/requests.ts";
import { isKept, markdown, type Needed, type Result } from "../../bench/results.ts";

const NONCE: Part = { type: "unique", run: "run-" };
const LEARNER: Part = { type: "number", prefix: "ana-", count: 10, step: 7, digits: 3 };

test("a request is filled in differently each time, and says how long its body is", () => {
  const body = launchBody({ nonce: NONCE, learner: LEARNER, marker: ["tg1."] });
  const parts = post(
    8080,
    ["/play/", { type: "choice", from: ["key-a", "key-b"], step: 1 }, "/launch"],
    body,
  );
  const requests = [0, 1, 2].map((index) => fillIn(parts, index));
  for (const [index, request] of requests.entries()) {
    const [head = "", sent = ""] = request.split("\r\n\r\n");
    expect(head).toContain(`POST /play/${["key-a", "key-b", "key-a"][index]}/launch HTTP/1.1\r\n`);
    expect(head).toContain(`Content-Length: ${Buffer.byteLength(sent)}`);
    expect(JSON.parse(sent)).toMatchObject({
      nonce: `run-000000${index}`,
      snapshot: {
        learner_id: ["ana-000", "ana-007", "ana-004"][index],
        entry: "resume",
        suspend_data: "tg1.",
      },
    });
  }
});

test("a step that shares no factor with the count meets everyone once in a round", () => {
  const round = Array.from({ length: 10 }, (_, index) => fillIn([LEARNER], index));
  expect(new Set(round).size).toBe(10);
  expect(new Set(round.map((learner) => learner.length))).toEqual(new Set([lengthOf(LEARNER)]));
});

test("values of one choice are of one length, or the body's would be wrong", () => {
  expect(() => lengthOf({ type: "choice", from: ["a", "bc"], step: 1 })).toThrow("of one length");
});

test("the ratio is the median of runs, each against the floor's run before it", () => {
  const figures = (per_second: number): Figures => ({
    per_second,
    p50_milliseconds: 1,
    p99_milliseconds: 2,
    server_milliseconds: 1,
    database_milliseconds: 0,
  });
  const compared = summarize([100, 200, 400].map(figures), [90, 100, 320].map(figures));
  expect(compared.ratio).toBe(0.8);
  expect(compared.spread).toEqual([0.5, 0.9]);
  expect(compared.floor.per_second).toBe(200);
});

test("percentiles are of the sorted", () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
  expect([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile([5], 0.99)]).toEqual([51, 100, 5]);
});

test.each<[Needed["type"], number, readonly number[], readonly number[]]>([
  ["at least", 0.65, [0.65, 2], [0.64, 0]],
  ["at most", 200, [0, 200], [200.1]],
  ["within", 1.2, [1, 1.2, 0.84], [1.21, 0.83]],
])("%s %d", (type, value, kept, missed) => {
  const result = (ratio: number): Result => ({
    type: "compared",
    what: "launches",
    compared: { ratio, spread: [ratio, ratio], floor: NOTHING, ours: NOTHING } satisfies Compared,
    needed: { type, value },
  });
  for (const ratio of kept) expect([ratio, isKept(result(ratio))]).toEqual([ratio, true]);
  for (const ratio of missed) {
    expect([ratio, isKept(result(ratio))]).toEqual([ratio, false]);
    expect(markdown([result(ratio)])).toContain("**missed**");
  }
});

const NOTHING: Figures = {
  per_second: 0,
  p50_milliseconds: 0,
  p99_milliseconds: 0,
  server_milliseconds: 0,
  database_milliseconds: 0,
};
