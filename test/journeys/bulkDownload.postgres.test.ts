/** Ten thousand packages in one download: the gateway's memory stays flat, and launches go on meanwhile (RULES §7). */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { newCustomer, type Sold, sell } from "../support/customer.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { note } from "../support/measured.ts";
import { type PostgresServer, runSql, startPostgres } from "../support/postgres.ts";
import { sleep } from "../support/until.ts";

const PACKAGES = 10_000;
const MOST_GROWTH_MEGABYTES = 100;

let postgres: PostgresServer;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: GatewayProcess;
let databaseUrl: string;
beforeAll(async () => {
  postgres = await startPostgres();
  folder = await temporaryFolder();
  databaseUrl = await postgres.createDatabase();
  gateway = await startGateway({ dataFolder: folder.path, databaseUrl });
}, 120_000);
afterAll(async () => {
  await gateway.stop();
  await postgres.remove();
  await folder.remove();
});

/** Of as many courses under the one license; made past the gateway, which would refuse them. */
async function deliverTenThousand({ delivery }: Sold): Promise<void> {
  await runSql(
    databaseUrl,
    `with other as (insert into course (id, title, created_at)
       select gen_random_uuid(), 'Course ' || number, now() from generate_series(2, $2::integer) number returning id, title)
     insert into delivery (account_id, id, key, license_id, course_id, connection_id, format, course_title, created_at)
     select account_id, other.id, other.id::text, license_id, other.id, connection_id, format, other.title, now()
     from delivery, other where delivery.id = $1`,
    [delivery, PACKAGES],
  );
}

async function startDownload({ account }: Sold): Promise<IncomingMessage> {
  const key = await readFile(join(gateway.dataFolder, "operator-key"), "utf8");
  const url = `${gateway.appOrigin}/api/v1/accounts/${account}/packages`;
  return new Promise((resolve, reject) => {
    get(url, { headers: { authorization: `Bearer ${key}` } }, resolve).on("error", reject);
  });
}

function residentMegabytes(): number {
  const status = readFileSync(`/proc/${gateway.pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

test("streams them in flat memory, whole, while learners launch", async () => {
  const sold = await sell(gateway, await newCustomer(gateway), { kind: "pay_per_use" });
  await deliverTenThousand(sold);
  const before = residentMegabytes();
  const answer = await startDownload(sold);
  expect([answer.statusCode, answer.headers["content-type"]]).toEqual([200, "application/zip"]);
  let bytes = 0;
  let tail = Buffer.alloc(0);
  answer.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    tail = Buffer.concat([tail, chunk]).subarray(-22);
  });
  const ended = new Promise<void>((resolve, reject) => answer.on("end", resolve).on("error", reject));
  let most = before;
  let isOver = false;
  void ended.finally(() => {
    isOver = true;
  });
  for (let launches = 0; !isOver; launches++) {
    const request = launchRequest(`learner ${launches}`);
    expect((await launchUntilAnswered(() => gateway.contentOrigin, sold.key, request)).outcome).toBe(
      "allowed",
    );
    most = Math.max(most, residentMegabytes());
    await sleep(0.1);
  }
  await ended;
  note(
    `${PACKAGES} packages: ${Math.round(bytes / 1e6)} MB, memory ${Math.round(before)} to ${Math.round(most)} MB`,
  );
  expect([tail.readUInt32LE(0), tail.readUInt16LE(10)]).toEqual([0x06054b50, PACKAGES]);
  expect(most - before).toBeLessThan(MOST_GROWTH_MEGABYTES);
}, 180_000);
