/** Forward-only, hashed migrations: `migrations/NNNN_name.sql`, each applied once, whole, in order. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../deps.ts";
import type { Db, Sql } from "./db.ts";

const FOLDER = join(import.meta.dirname, "migrations");
/** Any constant: processes that start at once migrate one after the other. */
const LOCK = 7_460_011;

interface Migration {
  readonly name: string;
  readonly hash: string;
  readonly sql: string;
}

/**
 * Brings the schema up to date.
 * @returns The names of the migrations it applied.
 * @throws Error when an applied migration was changed, or the database is newer than this program.
 */
export async function migrate(db: Db, clock: Clock, folder = FOLDER): Promise<string[]> {
  const known = await readMigrations(folder);
  return db.transaction(async (sql) => {
    await sql.query(`select pg_advisory_xact_lock(${LOCK})`);
    await sql.query(
      "create table if not exists migration (name text primary key, hash text not null, applied_at timestamptz not null)",
    );
    const applied = await sql.query<{ name: string; hash: string }>(
      "select name, hash from migration order by name",
    );
    applied.forEach((row, index) => {
      const expected = known[index];
      if (!expected || expected.name !== row.name)
        throw new Error(
          `The database holds migration ${row.name}, which this version does not know: run a newer one.`,
        );
      if (expected.hash !== row.hash)
        throw new Error(`Migration ${row.name} was changed after it was applied.`);
    });
    const missing = known.slice(applied.length);
    for (const migration of missing) await apply(sql, migration, clock);
    return missing.map((migration) => migration.name);
  });
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), "utf8");
      return { name, sql, hash: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

async function apply(sql: Sql, migration: Migration, clock: Clock): Promise<void> {
  for (const statement of statementsOf(migration.sql)) await sql.query(statement);
  await sql.query("insert into migration (name, hash, applied_at) values ($1, $2, $3)", [
    migration.name,
    migration.hash,
    clock.now(),
  ]);
}

/** Statements end in `;` at a line's end; bodies of functions stand between `$$` and keep theirs. */
export function statementsOf(sql: string): string[] {
  const withoutComments = sql.replace(/^\s*--.*$/gm, "");
  const statements: string[] = [];
  let current = "";
  for (const line of withoutComments.split("\n")) {
    current += `${line}\n`;
    const insideBody = (current.match(/\$\$/g) ?? []).length % 2 === 1;
    if (!insideBody && line.trimEnd().endsWith(";")) {
      statements.push(current.trim());
      current = "";
    }
  }
  if (current.trim() !== "") statements.push(current.trim());
  return statements;
}
