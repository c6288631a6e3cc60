/** What an error leaves in the log: enough to find it by, and nothing of what a learner's LMS sent. */
import { Writable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import winston from "winston";
import { Fault } from "../src/core/faults.ts";
import { LOG_FORMAT } from "../src/log.ts";
import { type Db, openEmbedded } from "../src/store/db.ts";

let db: Db;
beforeAll(async () => {
  db = await openEmbedded();
  await db.query("create table person (name text constraint person_once primary key)");
  await db.query("insert into person values ('Berg, Anna')");
});
afterAll(() => db.close());

function logged(error: unknown): string {
  let text = "";
  const stream = new Writable({
    write: (chunk, _encoding, done) => {
      text += chunk;
      done();
    },
  });
  const transports = [new winston.transports.Stream({ stream })];
  winston.createLogger({ format: LOG_FORMAT, transports }).error("It failed", { requestId: "r-1", error });
  return text;
}

const errorOf = (work: () => Promise<unknown>) =>
  work().then(
    () => {
      throw new Error("expected an error");
    },
    (error: unknown) => error,
  );

test("a bug is logged with its message and its place", () => {
  const line = JSON.parse(logged(new TypeError("x is not a function")));
  expect(line).toMatchObject({ level: "error", message: "It failed", requestId: "r-1" });
  expect(line.error).toMatchObject({ name: "TypeError", message: "x is not a function" });
  expect(line.error.stack[0]).toContain("log.test.ts");
});

test.each([
  [
    "a key that is there already",
    "insert into person values ($1)",
    { code: "23505", constraint: "person_once" },
  ],
  ["a value of another type", "select $1::uuid", { code: "22P02", routine: "string_to_uuid" }],
])("an error of the database about %s is logged without the value", async (_about, statement, expected) => {
  const text = logged(await errorOf(() => db.query(statement, ["Berg, Anna"])));
  expect(text).not.toContain("Berg");
  expect(JSON.parse(text).error).toMatchObject(expected);
});

test("the cause of a fault is logged as carefully", async () => {
  const cause = await errorOf(() => db.query("insert into person values ($1)", ["Berg, Anna"]));
  const text = logged(new Fault("store_unavailable", "The database can't be reached.", { cause }));
  expect(text).not.toContain("Berg");
  expect(JSON.parse(text).error).toMatchObject({ code: "store_unavailable", cause: { code: "23505" } });
});

test("a text that is no JSON is not quoted", async () => {
  const text = logged(await errorOf(async () => JSON.parse("Berg, Anna")));
  expect(text).not.toContain("Berg");
  expect(JSON.parse(text).error.name).toBe("SyntaxError");
});

test("what is thrown and is no error is logged by its type", () => {
  expect(JSON.parse(logged("Berg, Anna")).error).toEqual({ type: "string" });
});
