/** From a save to the gradebook of an LTI 1.1 platform, by Basic Outcomes (docs/lti11.md "Grades"). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { runDueGrades } from "../../../src/flows/lti/grades/relay.ts";
import { endLti11Secret, makeLti11Secret } from "../../../src/flows/lti/lti11Secrets.ts";
import { BY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { type Lti11Credentials, type OutcomesPlatform, startOutcomes } from "../../support/lti/consumer.ts";
import { type Lti11Link, lti11Link, visitBy11 } from "../../support/lti/launch11.ts";
import { rollup } from "../../support/lti/linked.ts";

let platform: OutcomesPlatform;
let gateway: TestGateway;
let link: Lti11Link;
/** What the LMS has been told. */
let known: Lti11Credentials;
beforeAll(async () => {
  platform = await startOutcomes(() => known);
  gateway = await testGateway({ settings: { LTI_TRUSTED_ORIGINS: platform.origin } });
});
beforeEach(async () => {
  await gateway.empty();
  platform.reset();
  link = await lti11Link(gateway, await gateway.payPerUse());
  known = link;
});
afterAll(async () => {
  await gateway?.close();
  await platform?.close();
});

const visit = (fields = {}) =>
  visitBy11(gateway, link, {
    lis_outcome_service_url: platform.url,
    lis_result_sourcedid: "course-1::ana",
    ...fields,
  });
const scores = () => platform.taken.map(({ score }) => score);
const problems = async () => {
  const rows = await gateway.context.db.query<{ last_problem: string | null }>(
    "select last_problem from grade order by number",
  );
  return rows.map(({ last_problem }) => last_problem);
};
/** The outbox's turns of so long. */
async function pass(minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute++) {
    gateway.clock.advance({ seconds: 60 });
    await runDueGrades(gateway.context);
  }
}

describe("a grade", () => {
  test("arrives signed, as a number from 0 to 1, once", async () => {
    const ana = await visit();
    await ana.save(rollup("completed", { score: 85, success: "passed" }));
    await pass(2);
    expect(platform.taken).toEqual([
      { sourcedid: "course-1::ana", score: "0.85", message_id: expect.stringMatching(/^[\w-]+$/) },
    ]);
    expect(platform.refused).toEqual([]);
  });

  test.each([
    ["completed without a score", rollup("completed"), ["1"]],
    ["passed without a score", rollup("incomplete", { success: "passed" }), ["1"]],
    ["failed without a score", rollup("completed", { success: "failed" }), ["0"]],
    ["begun", rollup("incomplete"), []],
  ])("of a course that was %s", async (_what, rolledUp, told) => {
    const ana = await visit();
    await ana.save(rolledUp);
    await pass(2);
    expect(scores()).toEqual(told);
  });

  test("goes where the platform says, whatever is in its id", async () => {
    const ana = await visit({ lis_result_sourcedid: `<a & "b">'é\u0001` });
    await ana.save(rollup("completed", { score: 50 }));
    await pass(2);
    expect(platform.taken.map(({ sourcedid }) => sourcedid)).toEqual([`<a & "b">'é`]);
  });

  test("follows the ones before it, in order, while the platform was away", async () => {
    const ana = await visit();
    platform.answer({ status: 503 });
    await ana.save(rollup("incomplete", { score: 20 }));
    await pass(30);
    expect(scores()).toEqual([]);
    await ana.save(rollup("completed", { score: 90 }));
    platform.answer("success");
    await pass(60);
    expect(scores().at(-1)).toBe("0.9");
    expect(scores()).toEqual([...scores()].sort());
  });

  /** The first attempt scores 40 and is reset; what comes of the grade is `trouble`. The second scores 90. */
  async function retaken(trouble: { readonly status: number }): Promise<void> {
    const first = await visit();
    platform.answer(trouble);
    await first.save(rollup("completed", { score: 40 }));
    await pass(2);
    platform.answer("success");
    await gateway.context.db.query("update attempt set ended_at = $1, ended_reason = 'reset_by_support'", [
      gateway.clock.now(),
    ]);
    const again = await visit();
    await again.save(rollup("completed", { score: 90 }));
    await pass(90);
  }

  test("of a course that was begun once more waits for those of before, while the platform fails", async () => {
    await retaken({ status: 503 });
    expect(scores()).toEqual(["0.4", "0.9"]);
  });

  test("of a course that was begun once more comes in place of one that is refused, which never comes after it", async () => {
    await retaken({ status: 404 });
    expect(scores()).toEqual(["0.9"]);
  });

  test("is told with the secret that the LMS has, while it is being changed", async () => {
    const next = await makeLti11Secret(gateway.context, BY, link, 3600);
    const ana = await visit();
    await ana.save(rollup("completed", { score: 40 }));
    await pass(2);
    expect(scores()).toEqual(["0.4"]);
    known = { consumer_key: link.consumer_key, secret: next.secret };
    await ana.save(rollup("completed", { score: 60 }));
    await pass(2);
    expect(scores()).toEqual(["0.4", "0.6"]);
  });

  test("waits for a secret where every one has ended, and says so", async () => {
    const ana = await visit();
    await endLti11Secret(gateway.context, BY, link, link.secret_id);
    await ana.save(rollup("completed", { score: 40 }));
    await pass(2);
    expect(await problems()).toEqual([expect.stringContaining("every secret of the consumer key has ended")]);
    const { secret } = await makeLti11Secret(gateway.context, BY, link, 0);
    known = { consumer_key: link.consumer_key, secret };
    await pass(60);
    expect(scores()).toEqual(["0.4"]);
  });
});

describe("what the gradebook answers", () => {
  test.each([
    ["failure", "the gradebook says failure: The gradebook says failure"],
    ["unsupported", "the gradebook does not take scores from outside (unsupported)"],
    [{ status: 404 }, "it answers with status 404"],
    [{ status: 401 }, "it answers with status 401"],
  ] as const)("%j is kept in words", async (answer, problem) => {
    platform.answer(answer);
    const ana = await visit();
    await ana.save(rollup("completed", { score: 40 }));
    await pass(1);
    expect(await problems()).toEqual([problem]);
    expect(scores()).toEqual([]);
  });

  test("processing is as good as success", async () => {
    platform.answer("processing");
    const ana = await visit();
    await ana.save(rollup("completed", { score: 40 }));
    await pass(1);
    const [row] = await gateway.context.db.query<{ status: string }>("select status from grade");
    expect(row?.status).toBe("delivered");
  });

  test.each([
    ["no XML", "thank you"],
    ["XML of something else", "<html><body>Please log in</body></html>"],
    ["nothing", ""],
    ["a document type", `<!DOCTYPE a [<!ENTITY b "c">]>${successXml()}`],
    ["a deep nest", "<a>".repeat(20_000)],
    [
      "a code twice",
      successXml().replace("<imsx_severity>", "<imsx_codeMajor>failure</imsx_codeMajor><imsx_severity>"),
    ],
    [
      "names of the language",
      "<imsx_POXEnvelopeResponse><__proto__><toString/></__proto__></imsx_POXEnvelopeResponse>",
    ],
  ])("%s is no success", async (_what, text) => {
    platform.answerText(text);
    const ana = await visit();
    await ana.save(rollup("completed", { score: 40 }));
    await pass(1);
    expect(await problems()).toEqual(["its answer is none that Basic Outcomes know"]);
  });

  test("more than it needs to be is not read to its end", async () => {
    platform.answerText(successXml() + " ".repeat(100_000));
    const ana = await visit();
    await ana.save(rollup("completed", { score: 40 }));
    await pass(1);
    expect(await problems()).toEqual([expect.stringContaining("65536 bytes")]);
  });
});

function successXml(): string {
  return `<imsx_POXEnvelopeResponse><imsx_POXHeader><imsx_POXResponseHeaderInfo><imsx_statusInfo><imsx_codeMajor>success</imsx_codeMajor><imsx_severity>status</imsx_severity></imsx_statusInfo></imsx_POXResponseHeaderInfo></imsx_POXHeader></imsx_POXEnvelopeResponse>`;
}
