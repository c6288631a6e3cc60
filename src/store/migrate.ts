/**
 * Forward-only, hashed migrations: `migrations/NNNN_name.sql`, each applied once, in order, while other processes go on
 * serving (docs/decisions/upgrades.md). A file may begin with directives:
 *
 *     -- oldest beside: 0012_name.sql    processes that do not know 0012 can't run beside this one; without it, all can
 *     -- step by step                    each statement on its own, outside of a transaction: for `concurrently`
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../deps.ts";
import { codeOf, type Db, type Sql } from "./db.ts";
import type { Session } from "./session.ts";

const FOLDER = join(import.meta.dirname, "migrations");
/** Any constant: processes that start at once migrate one after the other. */
const LOCK = 7_460_011;
const ASK_AGAIN_MILLISECONDS = 100;

/**
 * Whoever waits for a table keeps all waiting that come after it: better give way soon, and try again. Before the second is over, too,
 * after which Postgres looks for deadlocks: a launch that holds what the migration wants next would be the one to fail.
 */
const LONGEST_WAIT_FOR_A_TABLE = "300ms";
const MOST_TRIES = 20;
/** SQLSTATE: lock not available, deadlock. */
const GIVES_WAY = new Set(["55P03", "40P01"]);

interface Migration {
  readonly name: string;
  readonly hash: string;
  readonly sql: string;
  readonly oldestBeside: string | null;
  readonly isStepByStep: boolean;
}

export interface Migrated {
  readonly applied: readonly string[];
  /** What the database holds and this version does not know: a newer one has been here, and lets this one run beside it. */
  readonly ahead: readonly string[];
}

/**
 * Brings the schema up to date.
 * @throws Error when an applied migration was changed or left out, or one that this version does not know bars it.
 */
export async function migrate(db: Db, clock: Clock, folder = FOLDER): Promise<Migrated> {
  const known = await readMigrations(folder);
  return db.session(async (session) => {
    await takeTurn(session);
    try {
      await prepareTable(session);
      const { missing, ahead } = compare(known, await findApplied(session));
      for (const migration of missing) await apply(session, migration, clock);
      return { applied: missing.map(({ name }) => name), ahead };
    } finally {
      // A session that is lost has given its turn away already.
      await session.query(`select pg_advisory_unlock(${LOCK})`).catch(() => undefined);
    }
  });
}

/** Asked for, not waited for: a statement that waits holds a snapshot, which `create index concurrently` waits for in turn. */
async function takeTurn(session: Session): Promise<void> {
  for (;;) {
    const [row] = await session.query<{ mine: boolean }>(`select pg_try_advisory_lock(${LOCK}) as mine`);
    if (row?.mine) return;
    await sleep(ASK_AGAIN_MILLISECONDS);
  }
}

async function prepareTable(session: Session): Promise<void> {
  await session.query(
    "create table if not exists migration (name text primary key, hash text not null, applied_at timestamptz not null)",
  );
  // Not `add column if not exists`: that locks the table even where the column stands, and would wait for a backup's end.
  const [column] = await session.query(
    "select 1 from pg_attribute where attrelid = 'migration'::regclass and attname = 'oldest_beside'",
  );
  if (!column) await session.query("alter table migration add column oldest_beside text");
}

interface Applied {
  readonly name: string;
  readonly hash: string;
  readonly oldest_beside: string | null;
}

function findApplied(session: Session): Promise<Applied[]> {
  return session.query<Applied>("select name, hash, oldest_beside from migration order by name");
}

function compare(known: readonly Migration[], applied: readonly Applied[]) {
  const byName = new Map(known.map((migration) => [migration.name, migration]));
  const newestKnown = known.at(-1)?.name ?? "";
  for (const { name, hash, oldest_beside } of applied) {
    const mine = byName.get(name);
    if (mine && mine.hash !== hash) throw new Error(`Migration ${name} was changed after it was applied.`);
    if (!mine && oldest_beside !== null && newestKnown < oldest_beside)
      throw new Error(
        `The database holds migration ${name}, which no version that lacks ${oldest_beside} can run beside: run a newer one.`,
      );
  }
  const done = new Set(applied.map(({ name }) => name));
  const missing = known.filter(({ name }) => !done.has(name));
  const last = applied.at(-1)?.name ?? "";
  const [first] = missing;
  if (first && first.name < last)
    throw new Error(`Migration ${first.name} was left out: the database already holds ${last}.`);
  return { missing, ahead: applied.map(({ name }) => name).filter((name) => !byName.has(name)) };
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), "utf8");
      return {
        name,
        sql,
        hash: createHash("sha256").update(sql).digest("hex"),
        oldestBeside: /^-- oldest beside: (\S+)$/m.exec(sql)?.[1] ?? null,
        isStepByStep: /^-- step by step$/m.test(sql),
      };
    }),
  );
}

async function apply(session: Session, migration: Migration, clock: Clock): Promise<void> {
  const statements = statementsOf(migration.sql);
  if (migration.isStepByStep) {
    // Each can be repeated, for one that fails leaves those before it done.
    for (const statement of statements) await session.query(statement);
    return record(session, migration, clock);
  }
  await givingWay(() =>
    session.transaction(async (sql) => {
      await sql.query(`set local lock_timeout = '${LONGEST_WAIT_FOR_A_TABLE}'`);
      for (const statement of statements) await sql.query(statement);
      await record(sql, migration, clock);
    }),
  );
}

/** While it pauses, whoever queued behind it goes on. */
async function givingWay(once: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once();
    } catch (error) {
      if (attempt === MOST_TRIES || !GIVES_WAY.has(codeOf(error))) throw error;
      await sleep(attempt * ASK_AGAIN_MILLISECONDS);
    }
  }
}

async function record(sql: Sql, { name, hash, oldestBeside }: Migration, clock: Clock): Promise<void> {
  await sql.query("insert into migration (name, hash, applied_at, oldest_beside) values ($1, $2, $3, $4)", [
    name,
    hash,
    clock.now(),
    oldestBeside,
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
