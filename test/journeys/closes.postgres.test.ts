/**
 * The close of a period on a real Postgres (RULES §5): two closers at once, one killed in the middle, one statement, right to
 * the cent; and the seals that it waits for, whoever commits late.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import pg from "pg";
import { addMonths } from "../../src/core/time.ts";
import { runDueSeals } from "../../src/flows/ledger/sealCharges.ts";
import { verifyLedger } from "../../src/flows/ledger/verifyLedger.ts";
import { type Customer, newCustomer, type Sold, sell } from "../support/customer.ts";
import type { TestLicense } from "../support/fixtures.ts";
import { type TestGateway, testGateway } from "../support/gateway.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { until } from "../support/until.ts";

jest.setTimeout(120_000);

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.remove());

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return client;
}

const CHARGES = 2000;
const sumOfCharges = (CHARGES * (CHARGES + 1)) / 2;
const DEPOSIT = 1_000_000;

describe("two processes", () => {
  let databaseUrl: string;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let gateways: readonly GatewayProcess[];
  let first: GatewayProcess;
  let second: GatewayProcess;
  let sql: pg.Client;
  beforeAll(async () => {
    databaseUrl = await postgres.createDatabase();
    folder = await temporaryFolder();
    const settings = { dataFolder: folder.path, databaseUrl };
    gateways = await Promise.all([startGateway(settings), startGateway(settings)]);
    [first, second] = gateways as [GatewayProcess, GatewayProcess];
    sql = await connect(databaseUrl);
  });
  afterAll(async () => {
    await sql?.end();
    await Promise.all((gateways ?? []).map((gateway) => gateway.kill()));
    await folder?.remove();
  });

  /** An account whose last month ended, with charges in it that come to `sumOfCharges`, and a deposit that does not do. */
  async function lastMonth(): Promise<Sold> {
    const customer: Customer = await newCustomer(first);
    const sold = await sell(first, customer, { kind: "pay_per_use" });
    const { account } = sold;
    await first.operate("deposit top-up", { account, amount: DEPOSIT });
    const starts = addMonths(new Date(), -1);
    await sql.query("update billing set period_starts_at = $2, period_ends_at = $3 where account_id = $1", [
      account,
      starts,
      new Date(),
    ]);
    await sql.query(
      `insert into charge (account_id, id, license_id, reason, rule, amount_minor, currency, made_at)
       select $1, gen_random_uuid(), $2, 'seat', 'at_once', number, 'EUR', $3::timestamptz + number * interval '1 second'
       from generate_series(1, ${CHARGES}) as number`,
      [account, sold.license, starts],
    );
    return sold;
  }

  async function expectOneStatement({ account }: Sold): Promise<void> {
    expect(await first.operate("statement list", { account })).toMatchObject([
      {
        lines: CHARGES,
        charged_minor: sumOfCharges,
        deposit_drawn_minor: DEPOSIT,
        due_minor: sumOfCharges - DEPOSIT,
        deposit_after_minor: 0,
      },
    ]);
    expect(await first.operate("deposit list", { account })).toMatchObject([
      { type: "draw", amount_minor: -DEPOSIT },
      { type: "top_up" },
    ]);
    const { rows } = await sql.query(
      `select count(*)::integer as lines, sum(amount_minor)::integer as sum, count(distinct position)::integer as positions
       from statement_line where account_id = $1`,
      [account],
    );
    expect(rows).toEqual([{ lines: CHARGES, sum: sumOfCharges, positions: CHARGES }]);
    const payments = await sql.query("select amount_minor::integer from payment where account_id = $1", [
      account,
    ]);
    expect(payments.rows).toEqual([{ amount_minor: sumOfCharges - DEPOSIT }]);
    expect(await second.operate("ledger verify", { account })).toMatchObject({
      checked: CHARGES,
      intact: true,
    });
  }

  test("that close at once make one statement", async () => {
    const sold = await lastMonth();
    const { account } = sold;
    const closed = await Promise.all(
      [first, second, first, second].map((gateway) => gateway.operate("statement close", { account })),
    );
    expect(new Set(closed.map((statement) => (statement as { id: string }).id)).size).toBe(1);
    await expectOneStatement(sold);
  });

  test("of which one is killed in the middle of closing: the other makes the one statement", async () => {
    const sold = await lastMonth();
    const { account } = sold;
    // Statement and lines are written by then; the draw from the deposit has to wait.
    const holding = await connect(databaseUrl);
    await holding.query("begin");
    await holding.query("lock table deposit_line in exclusive mode");
    const broken = first.operate("statement close", { account }).catch(() => "broken off");
    const waiters = async () => {
      const { rows } = await sql.query(
        "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%insert into deposit_line%'",
      );
      return rows.length;
    };
    await until("the first process is in the middle", async () => (await waiters()) === 1, 30);
    const other = second.operate("statement close", { account });
    await first.kill();
    expect(await broken).toBe("broken off");
    await holding.query("commit");
    await holding.end();
    await other;
    await first.start();
    await first.operate("statement close", { account });
    await expectOneStatement(sold);
  });
});

describe("the sealer", () => {
  let databaseUrl: string;
  let gateway: TestGateway;
  let license: TestLicense;
  beforeAll(async () => {
    databaseUrl = await postgres.createDatabase();
    gateway = await testGateway({ databaseUrl });
  });
  beforeEach(async () => {
    await gateway.empty();
    license = await gateway.payPerUse();
  });
  afterAll(() => gateway.close());

  const insertCharge = (sql: Pick<pg.Client, "query">, id = gateway.context.deps.newId()) =>
    sql.query(
      `insert into charge (account_id, id, license_id, reason, rule, amount_minor, currency, made_at)
       values ($1, $2, $3, 'seat', 'at_once', 1, 'EUR', $4)`,
      [license.account_id, id, license.license_id, gateway.clock.now()],
    );
  const verify = () => verifyLedger(gateway.context, license.account_id, 0, 1_000_000);

  async function charged(...learners: readonly string[]): Promise<void> {
    for (const who of learners) {
      await gateway.launch(license, { who });
      await gateway.launch(license, { who });
    }
  }

  test("seals a charge that commits late, after many that were begun after it", async () => {
    const late = await connect(databaseUrl);
    await late.query("begin");
    await insertCharge(late);
    for (const learner of ["ana", "ben", "cleo"]) {
      gateway.clock.advance({ days: 1 });
      await charged(learner);
      expect(await runDueSeals(gateway.context)).toBe(1);
    }
    expect(await runDueSeals(gateway.context)).toBe(0);
    await late.query("commit");
    await late.end();
    expect(await runDueSeals(gateway.context)).toBe(1);
    expect(await verify()).toMatchObject({ checked: 4, unsealed: 0, broken: null });
  });

  test("keeps no launch waiting, and waits for none", async () => {
    const sealing = await connect(databaseUrl);
    await charged("ana");
    await runDueSeals(gateway.context);
    await sealing.query("begin");
    await sealing.query("select 1 from ledger_chain for no key update");
    await charged("ben");
    // Somebody else holds the chain: this one leaves it to them.
    expect(await runDueSeals(gateway.context)).toBe(0);
    await sealing.query("rollback");
    await sealing.end();
    expect(await runDueSeals(gateway.context)).toBe(1);
  });

  test("is as many as there are processes, and makes one chain", async () => {
    const processes = [gateway.context, gateway.secondProcess(), gateway.secondProcess()];
    const learners = Array.from({ length: 30 }, (_, index) => `learner${index}`);
    const launching = Promise.all(learners.map((who) => charged(who)));
    const sealing = processes.map(async (each) => {
      for (let round = 0; round < 20; round++) await runDueSeals(each);
    });
    await Promise.all([launching, ...sealing]);
    await Promise.all(processes.map((each) => runDueSeals(each)));
    await runDueSeals(gateway.context);
    expect(await verify()).toMatchObject({ checked: 30, sequence: 30, unsealed: 0, broken: null });
  });
});
