import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { type Db, openEmbedded } from "../../src/store/db.ts";
import { migrate, statementsOf } from "../../src/store/migrate.ts";
import { createTestClock } from "../support/testClock.ts";

const OWN = join(import.meta.dirname, "../../src/store/migrations");
const clock = createTestClock();

describe("migrations", () => {
  let db: Db;
  let folder: string;
  beforeAll(async () => {
    db = await openEmbedded();
    await migrate(db, clock);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "tallygate-migrations-"));
    await cp(OWN, folder, { recursive: true });
  });
  afterAll(async () => {
    await db.close();
  });

  const migrated = async () => {
    try {
      return await migrate(db, clock, folder);
    } finally {
      await rm(folder, { recursive: true });
    }
  };
  const applied = async () =>
    (await db.query<{ name: string }>("select name from migration order by name")).map(({ name }) => name);

  test("were all applied, and a second run applies none", async () => {
    expect(await applied()).toEqual((await readdir(OWN)).sort());
    expect(await migrated()).toEqual([]);
  });

  test("one that was changed after it was applied is refused, by name", async () => {
    await writeFile(join(folder, "0001_ground.sql"), "create table other (id uuid);\n");
    await expect(migrated()).rejects.toThrow("0001_ground.sql was changed after it was applied");
  });

  test("one that fails leaves nothing behind", async () => {
    await writeFile(
      join(folder, "9998_half.sql"),
      "create table half (id uuid);\nselect no_such_function();\n",
    );
    await expect(migrated()).rejects.toThrow("no_such_function");
    expect(await applied()).not.toContain("9998_half.sql");
    expect(await db.query("select to_regclass('half') as found")).toEqual([{ found: null }]);
  });

  test("a new one is applied, once; a database with one that this version lacks is refused", async () => {
    await writeFile(join(folder, "9999_newer.sql"), "create table newer (id uuid);\n");
    expect(await migrated()).toEqual(["9999_newer.sql"]);
    await expect(migrate(db, clock)).rejects.toThrow("9999_newer.sql, which this version does not know");
  });
});

test("statements end at a line's end, bodies of functions keep theirs", () => {
  const body = "create function f() returns trigger as $$\nbegin\n  return new;\nend\n$$;";
  expect(statementsOf(`-- a comment;\nselect 1;\nselect\n  ';' as a,\n  2;\n${body}\n\nselect 3`)).toEqual([
    "select 1;",
    "select\n  ';' as a,\n  2;",
    body,
    "select 3",
  ]);
});
