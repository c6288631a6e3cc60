/** A course imported from an address that the caller names: fetched with care, then as if it had been uploaded. */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import express, { type Express } from "express";
import request from "supertest";
import { apiRouter } from "../../../src/edges/api/apiRouter.ts";
import { problems, requestIds } from "../../../src/edges/http/problems.ts";
import { TEST_OPERATOR_KEY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";
import { expectProblem } from "../../support/problems.ts";
import { scorm12Zip } from "../../support/scoPackages.ts";
import { until } from "../../support/until.ts";

let files: Server;
let serve: RequestListener;
let inside: string;
let gateway: TestGateway;
let app: Express;
beforeAll(async () => {
  files = createServer((asked, answer) => serve(asked, answer));
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
  inside = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
  gateway = await testGateway({ settings: { OUTGOING_TRUSTED_ORIGINS: inside } });
});
beforeEach(async () => {
  await gateway.empty();
  app = express();
  app.use(requestIds(gateway.context.deps));
  app.use("/api", apiRouter(gateway.context, TEST_OPERATOR_KEY));
  app.use(problems(gateway.context.deps.log));
});
afterAll(async () => {
  files.close().closeAllConnections();
  await gateway.close();
});

const order = (body: object, headers: Record<string, string> = {}) =>
  request(app)
    .post("/api/v1/courses/imports")
    .set({ Authorization: `Bearer ${TEST_OPERATOR_KEY}`, ...headers })
    .send(body);

async function ended(location: string) {
  const see = () => request(app).get(location).set("Authorization", `Bearer ${TEST_OPERATOR_KEY}`);
  await until("the import has ended", async () => (await see()).body.ended_at !== null, 10);
  return (await see()).body;
}

/** Of an answer that says where the import is to be seen. */
const whereIs = (answer: request.Response): string => answer.get("Location") ?? "";

test("is fetched beside the request, then imported", async () => {
  serve = (_asked, answer) =>
    void answer.setHeader("content-type", "application/octet-stream").end(scorm12Zip());
  const answer = await order({ source_url: `${inside}/course.ZIP`, title: "Fetched" });
  expect(answer.status).toBe(202);
  expect(answer.body).toMatchObject({ state: "receiving", title: "Fetched" });
  expect(await ended(whereIs(answer))).toMatchObject({
    state: "done",
    received_bytes: scorm12Zip().length,
    problem: null,
  });
});

test("sent again under its Idempotency-Key is the same import, and fetched once", async () => {
  let fetched = 0;
  serve = (_asked, answer) => {
    fetched++;
    answer.setHeader("content-type", "application/zip").end(scorm12Zip());
  };
  const again = () => order({ source_url: `${inside}/a.zip` }, { "Idempotency-Key": "once" });
  const [first, second] = [await again(), await again()];
  expect(second.body.id).toBe(first.body.id);
  expect(second.get("Idempotency-Replayed")).toBe("true");
  await ended(whereIs(first));
  expect(fetched).toBe(1);
  expectProblem(
    await order({ source_url: `${inside}/b.zip` }, { "Idempotency-Key": "once" }),
    422,
    "idempotency_key_reused",
  );
});

test.each([
  ["inside, where the operator vouches for nothing", "https://127.0.0.1/a.zip"],
  ["a cloud's metadata", "https://169.254.169.254/latest/meta-data"],
  ["without https", "http://example.com/a.zip"],
  ["no address at all", "a.zip"],
])("an address %s is refused at once", async (_what, source_url) => {
  expectProblem(await order({ source_url }), 422, "source_url_refused");
});

test.each<[string, RequestListener, string]>([
  [
    "leads inside",
    (_q, a) => void a.writeHead(302, { location: "https://localhost/" }).end(),
    "source_url_refused",
  ],
  ["is not there", (_q, a) => void a.writeHead(404).end(), "source_unavailable"],
  [
    "is of a type that no course has",
    (_q, a) => void a.setHeader("content-type", "text/csv").end("a"),
    "source_unavailable",
  ],
  [
    "is of no type and no ending",
    (_q, a) => void a.setHeader("content-type", "application/octet-stream").end("a"),
    "source_unavailable",
  ],
  [
    "breaks off",
    (_q, a) => {
      a.writeHead(200, { "content-type": "application/zip", "content-length": 9 }).write("x");
      setTimeout(() => a.destroy(), 20);
    },
    "source_unavailable",
  ],
  ["is no zip", (_q, a) => void a.setHeader("content-type", "application/zip").end("no zip"), "zip_expected"],
])("what %s leaves a failed import that says why", async (_what, serving, code) => {
  serve = serving;
  const answer = await order({ source_url: `${inside}/course` });
  expect(answer.status).toBe(202);
  expect(await ended(whereIs(answer))).toMatchObject({
    state: "failed",
    problem: { code },
    course_version_id: null,
  });
  expect(await gateway.context.db.query("select 1 from course")).toEqual([]);
});

test("that waits for others longer than a silent one is listened for is still waiting", async () => {
  const { context, clock } = gateway;
  let go = () => {};
  const others = new Promise<void>((resolve) => {
    go = resolve;
  });
  for (let index = 0; index < 2; index++) context.imports.start(() => others);
  serve = (_asked, answer) => void answer.setHeader("content-type", "application/zip").end(scorm12Zip());
  const answer = await order({ source_url: `${inside}/a.zip` });
  clock.advance({ seconds: 31 });
  const heartbeat = async () =>
    (await context.db.query<{ heartbeat_at: Date }>("select heartbeat_at from course_import"))[0]
      ?.heartbeat_at;
  await until(
    "it has said that it waits",
    async () => (await heartbeat())?.getTime() === clock.now().getTime(),
    10,
  );
  const seen = await request(app).get(whereIs(answer)).set("Authorization", `Bearer ${TEST_OPERATOR_KEY}`);
  expect(seen.body).toMatchObject({ ended_at: null });
  go();
  expect(await ended(whereIs(answer))).toMatchObject({ state: "done" });
});

test("is for the vendor's owner alone, and its fields are checked like any", async () => {
  expectProblem(await order({}), 400, "body_invalid");
  expectProblem(await order({ source_url: ["https://example.com/"] }), 400, "body_invalid");
  expectProblem(
    await order({ source_url: `${inside}/a.zip`, course_id: "0190cdb2-7b6e-7000-8000-000000000000" }),
    404,
    "not_found",
  );
  expectProblem(await order({ source_url: `${inside}/a.zip`, file: "/etc/passwd" }), 400, "body_invalid");
});
