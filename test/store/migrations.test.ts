/** Every migration of ours can be applied while processes of the version before serve (docs/decisions/upgrades.md). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { statementsOf } from "../../src/store/migrate.ts";

const FOLDER = join(import.meta.dirname, "../../src/store/migrations");
/** The ground was laid before anything stood on it. */
const names = readdirSync(FOLDER)
  .sort()
  .filter((name) => name > "0003");

/** Tables that grow with use: to lock one for as long as an index takes would stop launches. */
const LARGE =
  /^(launch|seat|attempt|attempt_state|attempt_marker|learner|identity|identity_origin|content_session|audit|charge)$/;

const NOT_ADDITIVE =
  /\bdrop (table|column)\b|\brename\b|\balter column \S+ (set data )?type\b|\bset not null\b|\badd column (?!.*\bdefault\b).*\bnot null\b|^create unique index\b/i;

/**
 * Unique indexes that bar nothing which was not barred before: of the same columns in another order, or of more; and of seats, whose
 * numbers the database gives (0038).
 */
const BARS_NOTHING_NEW =
  /^create unique index concurrently (launch_once_by_nonce|attempt_number_once|course_version_of_course|seat_number_once) /;

interface Problem {
  readonly rule: string;
  readonly statement: string;
}

/** What is wrong with a migration, by the rules of docs/decisions/upgrades.md. */
function problemsOf(sql: string): Problem[] {
  const made = new Set([...sql.matchAll(/\bcreate table (\w+)/gi)].map(([, table = ""]) => table));
  const isStepByStep = /^-- step by step$/m.test(sql);
  const statements = statementsOf(sql).map((statement) => statement.replaceAll(/\s+/g, " "));
  return statements.flatMap((statement, index) => {
    const [, table = ""] = /^create .*?index .*? on (\w+)/i.exec(statement) ?? [];
    const ownTable = [...made].some((own) =>
      new RegExp(`^(alter table|create .*index .* on) ${own}\\b`).test(statement),
    );
    const found: string[] = [];
    const isAdditive = !NOT_ADDITIVE.test(statement) || BARS_NOTHING_NEW.test(statement);
    if (!ownTable && !isAdditive && !/^-- oldest beside: /m.test(sql)) found.push("not additive");
    if (LARGE.test(table) && !made.has(table) && !/^create (unique )?index concurrently/i.test(statement))
      found.push("an index on a large table, not concurrently");
    if (isStepByStep && !bearsRepeating(statement, statements[index - 1])) found.push("can't be repeated");
    return found.map((rule) => ({ rule, statement }));
  });
}

function bearsRepeating(statement: string, before = ""): boolean {
  const [, index] = /^create (?:unique )?index concurrently (\w+)/i.exec(statement) ?? [];
  if (index) return before === `drop index concurrently if exists ${index};`;
  if (/^update (\w+) set (\w+) = ([\w.]+) from .* and \1\.\2 is distinct from \3;$/i.test(statement))
    return true;
  return /^(drop index concurrently if exists|create or replace function|alter table \w+ validate constraint) /i.test(
    statement,
  );
}

test.each(names)("%s", (name) => {
  expect(problemsOf(readFileSync(join(FOLDER, name), "utf8"))).toEqual([]);
});

describe("the rules find", () => {
  test.each([
    ["alter table launch drop column code;", "not additive"],
    ["alter table launch rename column code to reason;", "not additive"],
    ["alter table launch add column more text not null;", "not additive"],
    ["alter table launch alter column code type integer;", "not additive"],
    ["alter table license alter column retake set not null;", "not additive"],
    ["create unique index license_once on license (short_id);", "not additive"],
    ["create index launch_more on launch (code);", "an index on a large table, not concurrently"],
    ["-- step by step\ncreate index concurrently launch_more on launch (code);", "can't be repeated"],
    ["-- step by step\nupdate license set terms = '{}';", "can't be repeated"],
  ])("%s", (sql, rule) => {
    expect(problemsOf(sql).map((problem) => problem.rule)).toContain(rule);
  });

  test.each([
    "alter table launch add column more text not null default '';",
    "create table more (id uuid primary key);\ncreate unique index more_once on more (id);",
    "-- oldest beside: 0012_more.sql\nalter table launch drop column code;",
    "-- step by step\ndrop index concurrently if exists launch_more;\ncreate index concurrently launch_more on launch (code);",
  ])("nothing in %s", (sql) => {
    expect(problemsOf(sql)).toEqual([]);
  });
});
