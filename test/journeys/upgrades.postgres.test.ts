/** From one version to the next without a failed launch (docs/decisions/upgrades.md). */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import pg from "pg";
import { type Db, openPostgres } from "../../src/store/db.ts";
import { migrate } from "../../src/store/migrate.ts";
import { type Balancer, startBalancer } from "../support/balancer.ts";
import { startCrowd } from "../support/crowd.ts";
import { newCustomer, sell } from "../support/customer.ts";
import type { TestLicense } from "../support/fixtures.ts";
import { testGateway } from "../support/gateway.ts";
import {
  type GatewayProcess,
  type GatewaySettings,
  startGateway,
  temporaryFolder,
} from "../support/gatewayProcess.ts";
import { note } from "../support/measured.ts";
import { type PostgresServer, runSql, startPostgres } from "../support/postgres.ts";
import { expectNothingLost } from "../support/reckoning.ts";
import { createTestClock } from "../support/testClock.ts";
import { sleep, until } from "../support/until.ts";

jest.setTimeout(180_000);

const PROJECT = join(import.meta.dirname, "../..");
const OWN = join(PROJECT, "src/store/migrations");

let postgres: PostgresServer;
/** For files of this test's making. */
let place: string;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres?.remove());

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "tallygate-upgrades-"));
});

afterEach(() => rm(place, { recursive: true }));

/** The migrations of this version, up to and including a number, and others of a test's own. */
async function migrationsUpTo(last: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const folder = join(place, `migrations-${last}`);
  await cp(OWN, folder, {
    recursive: true,
    filter: (path) => path === OWN || (path.split("/").at(-1) ?? "") < `${last}~`,
  });
  for (const [name, sql] of Object.entries(more)) await writeFile(join(folder, name), sql);
  return folder;
}

const ALL = "9";

describe("a store of the first release", () => {
  const ACCOUNT = "019b8d62-7a80-79a1-9546-c42302ae782c";
  const PAY_PER_USE = {
    account_id: ACCOUNT,
    license_id: "019b8d62-7a80-7065-a305-83bab22e36f8",
    delivery_key: "WWRUxgDklfTESLidNOTb_A",
  } as TestLicense;
  const VOLUME = { delivery_key: "GpzUmzN5jI-HAwrvtzEgpg" };

  test("is brought up to date, and its learners go on where they were", async () => {
    const databaseUrl = await postgres.createDatabase({ empty: true });
    const old = openPostgres(databaseUrl, 1, () => undefined);
    await migrate(old, createTestClock(), await migrationsUpTo("0002"));
    await old.close();
    const rows = await readFile(join(import.meta.dirname, "../support/stores/schema-0002.sql"), "utf8");
    await runSql(databaseUrl, `set session_replication_role = replica; ${rows}`);

    const gateway = await testGateway({ databaseUrl });
    try {
      const applied = await gateway.context.db.query<{ name: string }>(
        "select name from migration order by name",
      );
      expect(applied.map(({ name }) => name)).toEqual((await readdir(OWN)).sort());
      gateway.clock.set("2026-02-01T09:00:00Z");

      // Ana had looked in once: her second launch resumes, confirms and is charged. Ben is not charged again.
      const ana = (await gateway.launch(PAY_PER_USE, { who: "ana", entry: "resume" })).allowed();
      expect(ana.states).toMatchObject([
        { elements: { "cmi.suspend_data": ["page 3 of Ana", expect.any(Number)] } },
      ]);
      (await gateway.launch(PAY_PER_USE, { who: "ben" })).allowed();
      expect((await gateway.seats(PAY_PER_USE)).map(({ status }) => status)).toEqual(
        Array(3).fill("confirmed"),
      );
      expect(await gateway.charges(PAY_PER_USE)).toHaveLength(3);

      // The lot has two seats, both taken.
      (await gateway.launch(VOLUME, { who: "dora" })).allowed();
      expect((await gateway.launch(VOLUME, { who: "flora" })).code).toBe("no_seats_left");
    } finally {
      await gateway.close();
    }
  });
});

describe("a rolling upgrade", () => {
  let balancer: Balancer;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const gateways: GatewayProcess[] = [];

  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.kill()));
    await balancer?.close();
    await folder?.remove();
  });

  /** This build with migrations that it does not know yet: what the next version will be. */
  async function nextVersion(): Promise<string> {
    const next = join(place, "next");
    await cp(join(PROJECT, "dist"), join(next, "dist"), { recursive: true });
    for (const name of ["node_modules", "packages-templates", "package.json"])
      await symlink(join(PROJECT, name), join(next, name));
    const migrations = join(next, "dist/store/migrations");
    await writeFile(
      join(migrations, "9001_more.sql"),
      `alter table launch add column more text not null default '';
alter table seat add column more text not null default '';
alter table learner add column more text;
create table more (id uuid primary key);
`,
    );
    await writeFile(
      join(migrations, "9002_index.sql"),
      `-- step by step
drop index concurrently if exists launch_more;
create index concurrently launch_more on launch (more);
`,
    );
    return join(next, "dist/main.js");
  }

  test("of two gateways fails no launch and no save, even where an older one is started again beside the newer", async () => {
    folder = await temporaryFolder();
    const settings: GatewaySettings = {
      dataFolder: folder.path,
      databaseUrl: await postgres.createDatabase(),
      environment: { STOP_NOTICE_SECONDS: "1", LOG_LEVEL: "info" },
    };
    const start = async (program?: string) => {
      const gateway = await startGateway({ ...settings, ...(program ? { program } : {}) });
      gateways.push(gateway);
      return gateway;
    };
    const [first, second] = [await start(), await start()];
    const customer = await newCustomer(first);
    const sold = await sell(first, customer, { kind: "pay_per_use", term: ["charge_after_seconds=1"] });
    balancer = await startBalancer([first.contentOrigin, second.contentOrigin]);
    const crowd = startCrowd([balancer.origin], sold.key, 8);
    await sleep(1);

    const next = await nextVersion();
    expect(await first.stop()).toBe(0);
    const newFirst = await start(next);
    balancer.upstreams.add(newFirst.contentOrigin);
    expect(newFirst.output()).toContain("The schema was brought up to date");
    await sleep(1);

    // In the middle of it: the older one ends, and is started again as it was.
    expect(await second.stop()).toBe(0);
    await second.start();
    expect(second.output()).toContain("The schema is newer than this version, which may run beside it");
    await sleep(1);
    expect(await second.stop()).toBe(0);
    balancer.upstreams.add((await start(next)).contentOrigin);
    await sleep(1);

    const acknowledged = await crowd.stop();
    note(`upgraded under load: ${balancer.served} requests, ${balancer.failed.length} failed`);
    expect(balancer.failed).toEqual([]);
    expect(balancer.served).toBeGreaterThan(100);
    await expectNothingLost(newFirst, sold, acknowledged);
  });
});

describe("a migration beside a busy database", () => {
  let db: Db;
  let url: string;

  beforeEach(async () => {
    url = await postgres.createDatabase();
    db = openPostgres(url, 5, () => undefined);
  });

  afterEach(() => db.close());

  test("gives way while a table is held, by a backup for example, and is applied once it is free", async () => {
    const folder = await migrationsUpTo(ALL, {
      "9001_wait.sql": "alter table launch add column waited text;\n",
    });
    const backup = new pg.Client({ connectionString: url });
    await backup.connect();
    await backup.query("begin");
    await backup.query("lock table launch in access share mode");
    const migrated = migrate(db, createTestClock(), folder);

    let longest = 0;
    for (const end = performance.now() + 3000; performance.now() < end; ) {
      const begun = performance.now();
      await db.query("select count(*) from launch");
      longest = Math.max(longest, performance.now() - begun);
    }
    note(`while a migration waited, the slowest statement took ${(longest / 1000).toFixed(2)} s`);
    // It is really in the way, and never for longer than its second.
    expect(longest).toBeGreaterThan(200);
    expect(longest).toBeLessThan(2000);
    await backup.query("commit");
    await backup.end();
    expect(await migrated).toMatchObject({ applied: ["9001_wait.sql"] });
  });

  test("builds an index step by step while processes that came at once wait for their turn", async () => {
    const folder = await migrationsUpTo(ALL, {
      "9001_index.sql":
        "-- step by step\ndrop index concurrently if exists launch_again;\ncreate index concurrently launch_again on launch (opened_at);\n",
    });
    const clock = createTestClock();
    const all = await Promise.all([1, 2, 3, 4].map(() => migrate(db, clock, folder)));
    expect(all.map(({ applied }) => applied.length).sort()).toEqual([0, 0, 0, 1]);
    expect(
      await db.query("select indisvalid from pg_index where indexrelid = 'launch_again'::regclass"),
    ).toEqual([{ indisvalid: true }]);
  });

  test("that was cut in the middle of an index builds it again", async () => {
    const slow = new pg.Client({ connectionString: url });
    await slow.connect();
    await slow.query("begin");
    await slow.query(
      "insert into account values (gen_random_uuid(), 'A', 'EUR', false, false, 0, '2026-01-01')",
    );
    const folder = await migrationsUpTo(ALL, {
      "9001_index.sql":
        "-- step by step\ndrop index concurrently if exists account_again;\ncreate index concurrently account_again on account (created_at);\n",
    });
    const cut = migrate(db, createTestClock(), folder);
    cut.catch(() => undefined);
    await until(
      "the index is being built",
      async () => (await db.query("select 1 from pg_index where not indisvalid")).length === 1,
      10,
    );
    await db.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query like 'create index concurrently%'",
    );
    await expect(cut).rejects.toThrow();
    await slow.query("rollback");
    await slow.end();
    expect(await migrate(db, createTestClock(), folder)).toMatchObject({ applied: ["9001_index.sql"] });
    expect(await db.query("select 1 from pg_index where not indisvalid")).toEqual([]);
  });
});
