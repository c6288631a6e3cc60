/** No two seats of a learner for the same thing run at once, however seats are taken at the same moment (RULES §2 "Concurrency"). */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import { openPostgres } from "../../src/store/db.ts";
import { migrate } from "../../src/store/migrate.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { createTestClock } from "../support/testClock.ts";
import { until } from "../support/until.ts";

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.remove());

const UNIQUE = "23505";
const EXCLUSION = "23P01";

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "",
    (error: { code?: string }) => error.code ?? String(error),
  );

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return client;
}

describe("two processes", () => {
  let gateway: TestGateway;
  let [first, second]: pg.Client[] = [];
  beforeAll(async () => {
    const databaseUrl = await postgres.createDatabase();
    gateway = await testGateway({ databaseUrl });
    [first, second] = [await connect(databaseUrl), await connect(databaseUrl)];
    await gateway.launch(await gateway.volume([10]), { who: "ana" });
  });
  afterAll(async () => {
    await Promise.all([first?.end(), second?.end()]);
    await gateway.close();
  });

  /** Another seat of hers, so many years after the first. */
  const takeSeat = (client: pg.Client | undefined, id: number, years: string) =>
    client?.query(
      `insert into seat (account_id, id, license_id, learner_id, course_id, status, launches, counted_launch_at, starts_at, ends_at,
         confirmed_at)
       select account_id, $1, license_id, learner_id, course_id, status, launches, counted_launch_at, ends_at + $2::interval,
         ends_at + $2::interval + interval '1 year', ends_at from seat where number = 1`,
      [`00000000-0000-7000-8000-${String(id).padStart(12, "0")}`, years],
    ) as Promise<unknown>;
  const isWaiting = async () =>
    (await gateway.context.db.query("select from pg_locks where not granted")).length > 0;

  test.each(["read committed", "repeatable read"])(
    "that take the same seat at once (%s): the second waits, and is told that it was too late",
    async (isolation) => {
      await first?.query(`begin isolation level ${isolation}`);
      await second?.query(`begin isolation level ${isolation}`);
      expect(await codeOf(takeSeat(first, 1, "0 years"))).toBe("");
      const late = codeOf(takeSeat(second, 2, "0 years"));
      await until("the second waits for the first", isWaiting, 10);
      await first?.query("commit");
      expect(await late).toBe(UNIQUE);
      await second?.query("rollback");
      // What it finds when it looks again.
      expect(await codeOf(takeSeat(second, 2, "0 years"))).toBe(EXCLUSION);
      await gateway.context.db.transaction(async (sql) => {
        await sql.query("set local session_replication_role = replica");
        await sql.query("delete from seat where number > 1");
      });
    },
  );

  test("of which the first gives up: the second has it", async () => {
    await first?.query("begin");
    expect(await codeOf(takeSeat(first, 1, "0 years"))).toBe("");
    const other = codeOf(takeSeat(second, 2, "0 years"));
    await until("the second waits for the first", isWaiting, 10);
    await first?.query("rollback");
    expect(await other).toBe("");
  });
});

describe("a store from before seats were numbered", () => {
  const MIGRATIONS = join(import.meta.dirname, "../../src/store/migrations");
  const ID = (digit: string) => `${digit.repeat(8)}-0000-7000-8000-000000000000`;
  const ACCOUNT = ID("a");

  test("is numbered while older processes take seats", async () => {
    const place = await mkdtemp(join(tmpdir(), "tallygate-numbers-"));
    const db = openPostgres(await postgres.createDatabase({ empty: true }), 2, () => undefined);
    const migrateTo = async (last: string) => {
      const folder = join(place, last);
      await cp(MIGRATIONS, folder, {
        recursive: true,
        filter: (path) => path === MIGRATIONS || (path.split("/").at(-1) ?? "") < `${last}~`,
      });
      await migrate(db, createTestClock(), folder);
    };
    /** As an older process writes it, which knows no number. There is nobody and nothing that it would be of. */
    const take = (seat: string, learner: string, course: string | null, year: number, status = "confirmed") =>
      codeOf(
        db.query(
          `insert into seat (account_id, id, license_id, learner_id, course_id, status, launches, counted_launch_at, starts_at,
             ends_at, confirmed_at, released_at)
           values ($1, $2, $3, $4, $5, $6, 1, $7, $7, $8, $7, case when $6 = 'released' then $7::timestamptz end)`,
          [
            ACCOUNT,
            ID(seat),
            ID("b"),
            ID(learner),
            course && ID(course),
            status,
            new Date(Date.UTC(year, 0)),
            new Date(Date.UTC(year + 1, 0)),
          ],
        ),
      );
    try {
      await migrateTo("0037");
      const foreign = await db.query<{ sql: string }>(
        `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as sql from pg_constraint
         where contype = 'f' and conrelid in ('seat'::regclass, 'usage_change'::regclass)`,
      );
      for (const { sql } of foreign) await db.query(sql);
      expect(await take("2", "c", null, 2025)).toBe("");
      expect(await take("1", "c", null, 2024)).toBe("");
      expect(await take("3", "c", null, 2026, "released")).toBe("");
      expect(await take("4", "d", "e", 2025)).toBe("");

      await migrateTo("0038");
      expect(await take("5", "c", null, 2026)).toBe("");
      expect(await take("6", "d", null, 2025)).toBe("");
      expect(await take("7", "d", "e", 2025)).toBe(EXCLUSION);
      // Whatever becomes of the others' numbers meanwhile, its own stays free for it.
      expect(await db.query("select number from seat where id = $1", [ID("5")])).toEqual([{ number: 4 }]);

      await migrateTo("9");
      expect(await take("8", "c", null, 2027)).toBe("");
      expect(await take("9", "c", null, 2026)).toBe(EXCLUSION);
      const seats = await db.query("select left(id::text, 1) as seat, number from seat order by id");
      expect(seats).toEqual([
        { seat: "1", number: 1 },
        { seat: "2", number: 2 },
        { seat: "3", number: 3 },
        { seat: "4", number: 1 },
        { seat: "5", number: 4 },
        { seat: "6", number: 1 },
        { seat: "8", number: 5 },
      ]);
    } finally {
      await db.close();
      await rm(place, { recursive: true });
    }
  });
});
