/**
 * A whole story with everything in it that is nobody's business: names, ids, tokens, keys, what a course wrote. None of it
 * is in the log, whatever goes wrong, and none in an answer that says what went wrong.
 */
import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import { Writable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import request, { type Response } from "supertest";
import winston from "winston";
import type { LaunchAllowed } from "../../src/core/bridge.ts";
import { createVendorUser } from "../../src/flows/vendorUsers.ts";
import { LOG_FORMAT } from "../../src/log.ts";
import { accountKey, vendorKey } from "../support/apiKeys.ts";
import { BY, TEST_OPERATOR_KEY, type TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { keepBody, launchBody } from "../support/playRequests.ts";
import { scorm12Zip } from "../support/scoPackages.ts";
import { until } from "../support/until.ts";

/** Each is somewhere in the story, and may be nowhere else. */
const MARKS = {
  learner_id: "markedlearner4711",
  learner_name: "Namenson, Marked",
  email: "marked.namenson@example.com",
  suspend_data: "marked suspend data",
  written_by_course: "marked words of a course",
  account_name: "Marked Account",
  course_title: "Marked Course",
  reason: "marked reason",
  broken_json: "marked in broken JSON",
  path: "marked-path",
  query: "marked-query",
  cookie: "marked-cookie",
};

let gateway: TestGateway;
let app: RequestListener;
let license: TestLicense;
const secrets = new Map<string, string>(Object.entries(MARKS));
const problems: Response[] = [];
beforeAll(async () => {
  gateway = await testGateway({ settings: { LAUNCHES_PER_MINUTE: "6" } });
  app = gateway.app();
  license = await gateway.payPerUse();
});
afterAll(async () => {
  await gateway.context.imports.stop();
  await gateway.close();
});

/** Keeps what says what went wrong. */
async function heard(asked: PromiseLike<Response>): Promise<Response> {
  const answer = await asked;
  if (answer.status >= 400) problems.push(answer);
  return answer;
}

const play = (path: string, body: string | object) =>
  heard(
    request(app)
      .post(`/play/${path}`)
      .set({ Host: "127.0.0.1:8080", "Content-Type": "text/plain", Cookie: `a=${MARKS.cookie}` })
      .send(typeof body === "string" ? body : JSON.stringify(body)),
  );

const api = (method: "get" | "post" | "patch", path: string, key: string, body?: string | object) => {
  const asked = request(app)
    [method](`/api/v1${path}`)
    .set({
      Host: "localhost:8080",
      Authorization: `Bearer ${key}`,
      "Audit-Reason": encodeURIComponent(MARKS.reason),
    });
  return heard(body === undefined ? asked : asked.set("Content-Type", "application/json").send(body));
};

const launch = (nonce: string) =>
  play(`${license.delivery_key}/launch`, {
    ...launchBody({
      learner_id: MARKS.learner_id,
      learner_name: MARKS.learner_name,
      suspend_data: MARKS.suspend_data,
    }),
    nonce,
  });

/** The database refuses what holds the mark, and quotes it in its message. */
async function whileStoreRefuses(table: string, column: string, work: () => Promise<unknown>): Promise<void> {
  const { db } = gateway.context;
  await db.query(
    `alter table ${table} add constraint marked check (${column}::text not ilike '%marked%') not valid`,
  );
  await work();
  await db.query(`alter table ${table} drop constraint marked`);
}

async function learnersStory(): Promise<void> {
  await whileStoreRefuses("learner", "name", () => launch("nonce-of-secrecy-0"));
  const answer = await launch("nonce-of-secrecy-1");
  const { token, course } = answer.body as LaunchAllowed;
  secrets.set("launch token", token).set("content address", course.content_base);
  const saved = {
    ...keepBody(token),
    changes: { lesson: { "cmi.comments": MARKS.written_by_course } },
  };
  expect((await play("keep", saved)).status).toBe(200);
  await whileStoreRefuses("attempt_state", "elements", () => play("keep", { ...saved, sequence: 2 }));
  await play("keep", { ...saved, token: `${token}x` });
  await play("keep", { ...saved, sequence: MARKS.written_by_course });
  await play("keep", `{"token": "${token}", "changes": ${MARKS.broken_json}`);
  await play("keep", {
    ...saved,
    changes: { lesson: { "cmi.comments": MARKS.written_by_course.repeat(50_000) } },
  });
  await play(`${MARKS.path}/launch`, launchBody({ learner_id: MARKS.learner_id }));
  await heard(
    request(app).get(`${course.content_base}${MARKS.path}?${MARKS.query}`).set("Host", "127.0.0.1:8080"),
  );
  for (let index = 2; index < 9; index++) await launch(`nonce-of-secrecy-${index}`);
}

async function programsStory(): Promise<void> {
  const { context } = gateway;
  const owner = (await vendorKey(context, "owner")).text;
  const admin = (await accountKey(context, license.account_id, "admin")).text;
  secrets.set("owner's key", owner).set("admin's key", admin).set("operator's key", TEST_OPERATOR_KEY);
  const guess = `tg_${randomBytes(6).toString("hex")}_${randomBytes(32).toString("base64url")}`;
  secrets.set("a key that is none", guess);
  await api("get", "/me", guess);
  await api("get", `/accounts?name=${encodeURIComponent(MARKS.account_name)}`, admin);
  expect((await api("post", "/accounts", owner, { name: MARKS.account_name, currency: "EUR" })).status).toBe(
    201,
  );
  await whileStoreRefuses("account", "name", () =>
    api("post", "/accounts", owner, { name: MARKS.account_name, currency: "EUR" }),
  );
  await createVendorUser(context, BY, { name: MARKS.learner_name, email: MARKS.email, role: "support" });
  const twice = { name: MARKS.learner_name, email: MARKS.email, role: "support" };
  expect((await api("post", "/vendor-users", owner, twice)).status).toBe(409);
  await api("post", "/accounts", owner, `{"name": ${MARKS.broken_json}`);
  await api("post", `/accounts/${license.account_id}/identities/mark-test`, admin, {
    value: MARKS.learner_id,
  });
  const made = await api("post", `/accounts/${license.account_id}/api-keys`, admin, {
    name: "Key",
    role: "viewer",
  });
  secrets.set("a key that was just made", JSON.stringify(made.body).match(/tg_\w+/)?.[0] ?? "");
}

async function importsStory(): Promise<void> {
  const upload = (title: string, zip: Buffer) =>
    heard(
      request(app)
        .post(`/api/v1/courses/imports?title=${encodeURIComponent(title)}`)
        .set({
          Host: "localhost:8080",
          Authorization: `Bearer ${TEST_OPERATOR_KEY}`,
          "Content-Type": "application/zip",
        })
        .send(zip),
    );
  await upload(MARKS.course_title, scorm12Zip({ title: MARKS.course_title }));
  await upload(MARKS.course_title, Buffer.from(MARKS.written_by_course));
  await whileStoreRefuses("course", "title", async () => {
    await upload(MARKS.course_title, scorm12Zip({ title: MARKS.course_title }));
    await until(
      "all imports have ended",
      async () =>
        (await gateway.context.db.query("select 1 from course_import where ended_at is null")).length === 0,
      15,
    );
  });
}

/** As the process would print it. */
function printed(): string {
  let text = "";
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += chunk;
      done();
    },
  });
  const log = winston.createLogger({
    level: "debug",
    format: LOG_FORMAT,
    transports: [new winston.transports.Stream({ stream })],
  });
  for (const line of gateway.logged) log.log(line as winston.LogEntry);
  return text;
}

function foundIn(text: string): string[] {
  return [...secrets]
    .filter(([, secret]) => text.toLowerCase().includes(secret.toLowerCase()))
    .map(([name]) => name);
}

test("nothing of it is in the log, nor in what is said to have gone wrong", async () => {
  await learnersStory();
  await programsStory();
  await importsStory();
  const log = printed();
  // What the story was for did happen.
  expect(problems.map(({ status }) => status).sort()).toEqual(
    expect.arrayContaining([400, 401, 403, 404, 409, 500]),
  );
  expect(log).toContain('"code":"23514"');
  expect(log).toContain("An import failed");
  expect(foundIn(log)).toEqual([]);
  // A caller is told which of their own words was wrong; never a secret, and never by a failure of ours.
  const told = problems.filter(({ status }) => status >= 500).map(({ text }) => text);
  expect(foundIn(told.join("\n"))).toEqual([]);
  const toldOfMistakes = foundIn(problems.map(({ text }) => text).join("\n"));
  expect(toldOfMistakes.filter((name) => name !== "path")).toEqual([]);
});
