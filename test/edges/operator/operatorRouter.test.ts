/** The operator's door: a key that only the data folder's owner can read, and the table of commands behind it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { RequestListener } from "node:http";
import request from "supertest";
import { COMMANDS } from "../../../src/edges/operator/commands.ts";
import { listAudit } from "../../../src/store/audit.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";

let gateway: TestGateway;
let app: RequestListener;
beforeAll(async () => {
  gateway = await testGateway();
  app = gateway.app();
});
beforeEach(() => gateway.empty());
afterAll(() => gateway.close());

const door = () => request(app).post("/operator/run").set("Host", "localhost:8080");
const opened = () => door().set("Authorization", `Bearer ${TEST_OPERATOR_KEY}`);

/** Runs a command and gives the last line of the answer. */
async function run(command: string, options: object = {}, why = ""): Promise<Record<string, unknown>> {
  const answer = await opened().send({ command, options, why });
  expect([answer.status, answer.headers["content-type"]]).toEqual([200, "application/x-ndjson"]);
  return JSON.parse(answer.text.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
}

async function made(command: string, options: object, why = ""): Promise<Record<string, string>> {
  const { result, fault } = await run(command, options, why);
  expect(fault).toBeUndefined();
  return (result as { made: Record<string, string> }).made;
}

async function rows(command: string, options: object): Promise<Record<string, unknown>[]> {
  return ((await run(command, options))["result"] as { rows: Record<string, unknown>[] }).rows;
}

describe("without its key", () => {
  const ask = { command: "account list", options: {}, why: "" };

  test.each([
    ["none", undefined],
    ["another", "Bearer wrong"],
    ["another of the same length", `Bearer ${"x".repeat(TEST_OPERATOR_KEY.length)}`],
    ["an empty one", "Bearer "],
  ])("with %s, there is nothing here", async (_what, key) => {
    const asked = key === undefined ? door() : door().set("Authorization", key);
    expectProblem(await asked.send(ask), 404, "not_found");
  });

  test("what is malformed tells no more than what is well-formed", async () => {
    expectProblem(await door().set("Content-Type", "application/json").send("{"), 404, "not_found");
    expectProblem(await door().send({ filler: "x".repeat(200_000) }), 404, "not_found");
  });
});

describe("with its key", () => {
  test("commands run, and answer what they made", async () => {
    const account = await made("account create", { name: "Acme", currency: "EUR" }, "new customer");
    expect(await rows("account list", {})).toMatchObject([
      { id: account["id"], name: "Acme", retake: false },
    ]);
    expect(await listAudit(gateway.context.db, account["id"] ?? "")).toMatchObject([
      { actor: "cli", action: "account.create", why: "new customer" },
    ]);
  });

  test("the whole way: from an account to a package, a launch, a tally", async () => {
    const { course_id } = await gateway.course();
    const { id: account } = await made("account create", { name: "Acme", currency: "EUR" });
    await made("contract create", { account, kind: "pay_per_use" });
    await made("price create", { account, kind: "pay_per_use", amount: "1250" });
    const { id: license } = await made("license create", {
      account,
      kind: "pay_per_use",
      course: course_id,
      term: ["seat_months=6"],
    });
    const { id: delivery, key } = await made("delivery create", { account, license, format: "scorm12" });
    const { result } = await run("delivery download", { account, delivery });
    expect(result).toMatchObject({ file: { name: expect.stringMatching(/\.zip$/) } });
    for (const _launch of [1, 2]) await gateway.launch({ delivery_key: key ?? "" }, { who: "ana" });
    expect(await rows("seat list", { account, license })).toMatchObject([
      { status: "confirmed", ends_at: "2026-07-05T09:00:00.000Z" },
    ]);
    expect(await rows("charge list", { account, license })).toMatchObject([{ shown: "12.50 EUR" }]);
    expect(await rows("launch list", { account, most: 1 })).toHaveLength(1);
    expect(await rows("lot recount", {})).toEqual([]);
  });

  test("an unknown command, also one of JavaScript's own names, is refused", async () => {
    for (const command of ["account destroy", "constructor", "__proto__", ""])
      expect(await run(command)).toEqual({
        fault: { code: "body_invalid", detail: `command: found ${JSON.stringify(command)}; see --help.` },
      });
  });

  test.each([
    ["account create", { currency: "EUR" }, "--name: "],
    ["account create", { name: "Acme", currency: "euro" }, "--currency: "],
    ["account create", { name: "Acme", currency: "EUR", retake: "yes" }, "--retake: "],
    ["account create", { name: "Acme", currency: "EUR", colour: "red" }, "colour"],
    ["connection create", { account: "acme", name: "LMS" }, "--account: "],
    [
      "license create",
      { account: "x", kind: "volume", course: "y", term: ["a"] },
      "--term.0: expected name=number",
    ],
    ["launch list", { account: "019b8d62-7a80-7000-8000-000000000000", most: "0" }, "--most: "],
    ...["-5", "", " ", "0x10", "1e3", "12.50", 12.5, -5, true, null, []].map(
      (amount) => ["price create", { account: "x", kind: "pay_per_use", amount }, "--amount: "] as const,
    ),
    ["account create", { name: "A\u0000", currency: "EUR" }, "--name: "],
    ["account create", { name: "A\ud800", currency: "EUR" }, "--name: "],
  ])("%s with %j is refused, naming the option", async (command, options, named) => {
    const { fault } = await run(command, options);
    expect(fault).toEqual({ code: "body_invalid", detail: expect.stringContaining(named) });
  });

  test("what a flow refuses comes back with its code", async () => {
    const nobody = "019b8d62-7a80-7000-8000-000000000000";
    expect(await run("connection create", { account: nobody, name: "LMS" })).toEqual({
      fault: { code: "not_found", detail: `account: found none with the id ${nobody}.` },
    });
  });

  test("a bug is logged and not told", async () => {
    const broken = { ...gateway.context.db, query: () => Promise.reject(new Error("secret inside")) };
    const answer = await request(gateway.app({ ...gateway.context, db: broken }))
      .post("/operator/run")
      .set("Host", "localhost:8080")
      .set("Authorization", `Bearer ${TEST_OPERATOR_KEY}`)
      .send({ command: "account list", options: {}, why: "" });
    expect(answer.text).toBe(
      '{"fault":{"code":"internal_error","detail":"The gateway failed; see its log."}}\n',
    );
    expect(gateway.logged).toMatchObject([{ level: "error", message: "A command failed" }]);
  });

  test.each([
    ["command", { options: {}, why: "" }],
    ["options", { command: "account list", why: "" }],
    ["why", { command: "account list", options: {}, why: "x".repeat(1001) }],
  ])("a request without a proper %s is refused, naming it", async (field, body) => {
    const answer = await opened().send(body);
    expectProblem(answer, 400, "body_invalid");
    expect(answer.body.detail).toMatch(new RegExp(`^${field}: .`));
  });
});

test("every command says in a sentence what it does", () => {
  for (const [name, { summary }] of Object.entries(COMMANDS))
    expect([name, summary]).toEqual([
      expect.stringMatching(/^[a-z]+ [a-z-]+$/),
      expect.stringMatching(/^[A-Z][^.]+$/),
    ]);
});
