/** Which errors say that the database is away, rather than that a statement is wrong: only then is trying again of use. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Db, openEmbedded } from "../../src/store/db.ts";

let db: Db;
beforeAll(async () => {
  db = await openEmbedded();
});
afterAll(() => db.close());

const failingWith = (code: string) =>
  db.transaction(() => Promise.reject(Object.assign(new Error("as the driver throws it"), { code })));

test.each([
  ["08006", "the connection failed"],
  ["25006", "after a fail-over it is a standby that only reads"],
  ["28P01", "its password was changed"],
  ["3D000", "it was dropped"],
  ["53300", "it has too many connections"],
  ["57014", "the statement took too long"],
  ["57P01", "it is shutting down"],
  ["58030", "its disk fails"],
  ["ECONNREFUSED", "nothing listens"],
])("%s: %s", async (code) => {
  await expect(failingWith(code)).rejects.toMatchObject({ code: "store_unavailable", cause: { code } });
});

test.each([
  ["22P02", "a value has the wrong form"],
  ["23505", "a key is there already"],
  ["25P02", "the transaction had failed before"],
  ["42P01", "a table does not exist"],
])("%s is the statement's fault: %s", async (code) => {
  await expect(failingWith(code)).rejects.toMatchObject({ code, message: "as the driver throws it" });
});

test("an embedded store that is closed while requests run is away too", async () => {
  const closed = await openEmbedded();
  const running = closed.transaction(async (sql) => {
    await sql.query("select 1");
    void closed.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return sql.query("select 2");
  });
  await running.catch((error) => expect(error).toMatchObject({ code: "store_unavailable" }));
  await expect(closed.query("select 3")).rejects.toMatchObject({ code: "store_unavailable" });
  await expect(closed.transaction((sql) => sql.query("select 4"))).rejects.toMatchObject({
    code: "store_unavailable",
  });
});
