import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
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
    expect(await migrated()).toEqual({ applied: [], ahead: [] });
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

  test("one that stands before an applied one is refused: it was left out", async () => {
    await writeFile(join(folder, "0001_a_late_one.sql"), "create table late (id uuid);\n");
    await expect(migrated()).rejects.toThrow("Migration 0001_a_late_one.sql was left out");
  });

  describe("of a newer version", () => {
    afterEach(async () => {
      await db.query("drop table if exists newer");
      await db.query("delete from migration where name >= '9000'");
    });

    test("are applied once, in a transaction or step by step", async () => {
      await writeFile(join(folder, "9001_newer.sql"), "create table newer (id uuid);\n");
      await writeFile(
        join(folder, "9002_index.sql"),
        "-- step by step\n\ndrop index concurrently if exists newer_id;\ncreate index concurrently newer_id on newer (id);\n",
      );
      const names = ["9001_newer.sql", "9002_index.sql"];
      expect(await migrated()).toEqual({ applied: names, ahead: [] });
      expect(await db.query("select indexname from pg_indexes where tablename = 'newer'")).toEqual([
        { indexname: "newer_id" },
      ]);
      expect((await applied()).slice(-2)).toEqual(names);
    });

    test("leave an older version be that is started again beside them", async () => {
      await writeFile(join(folder, "9001_newer.sql"), "create table newer (id uuid);\n");
      await migrated();
      expect(await migrate(db, clock)).toEqual({ applied: [], ahead: ["9001_newer.sql"] });
    });

    test("bar those that lack what they name, and nobody else", async () => {
      const newest = (await readdir(OWN)).sort().at(-1);
      await writeFile(
        join(folder, "9001_newer.sql"),
        `-- oldest beside: ${newest}\ncreate table newer (id uuid);\n`,
      );
      await writeFile(join(folder, "9002_narrow.sql"), "-- oldest beside: 9001_newer.sql\nselect 1;\n");
      await migrated();
      await expect(migrate(db, clock)).rejects.toThrow(
        "holds migration 9002_narrow.sql, which no version that lacks 9001_newer.sql can run beside",
      );
      await db.query("delete from migration where name = '9002_narrow.sql'");
      expect(await migrate(db, clock)).toEqual({ applied: [], ahead: ["9001_newer.sql"] });
    });
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
