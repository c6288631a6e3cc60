/** A backup made while learners are in their courses, restored elsewhere: what was acknowledged is there, and goes on. */
import { execFile } from "node:child_process";
import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { LaunchAllowed } from "../../src/core/bridge.ts";
import { singleScoCourse12 } from "../support/courses.ts";
import { startCrowd } from "../support/crowd.ts";
import { launchesOf, newCustomer, type Sold, sell, type Tally, tallyOf } from "../support/customer.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { keepUntilAnswered, launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { note } from "../support/measured.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { sleep, until } from "../support/until.ts";

jest.setTimeout(180_000);

const PROJECT = join(import.meta.dirname, "../..");

let postgres: PostgresServer;
let place: string;
const gateways: GatewayProcess[] = [];
const folders: Awaited<ReturnType<typeof temporaryFolder>>[] = [];

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres?.remove());

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "tallygate-backups-"));
});

afterEach(async () => {
  await Promise.all(gateways.splice(0).map((gateway) => gateway.kill()));
  await Promise.all([rm(place, { recursive: true }), ...folders.splice(0).map((folder) => folder.remove())]);
});

interface Store {
  readonly dataFolder: string;
  readonly databaseUrl?: string;
}

async function newStore(databaseUrl?: string): Promise<Store> {
  const folder = await temporaryFolder();
  folders.push(folder);
  return { dataFolder: folder.path, ...(databaseUrl ? { databaseUrl } : {}) };
}

async function start(store: Store): Promise<GatewayProcess> {
  const gateway = await startGateway(store);
  gateways.push(gateway);
  return gateway;
}

/** @returns What it said; rejects with what it complained of. */
async function script(name: "backup" | "restore", store: Store, ...words: string[]): Promise<string> {
  const environment = {
    PATH: process.env["PATH"] ?? "",
    DATA_FOLDER: store.dataFolder,
    ...(store.databaseUrl
      ? { DATABASE_URL: store.databaseUrl, TOKEN_SECRET: "of no use to a backup, but required" }
      : {}),
  };
  const begun = performance.now();
  const { stdout } = await promisify(execFile)(join(PROJECT, "scripts", name), [place, ...words], {
    env: environment,
  });
  note(`${name}: ${((performance.now() - begun) / 1000).toFixed(1)} s; ${stdout.trim()}`);
  return stdout;
}

/** A course with files, sold; Ana is in the middle of it, Ben has come back and is charged. */
async function withLearners(gateway: GatewayProcess): Promise<Sold> {
  const customer = await newCustomer(gateway);
  const zip = join(place, "course.zip");
  await writeFile(zip, singleScoCourse12().zip);
  const { course_id: course } = await gateway.operate<{ course_id: string }>("course import", { file: zip });
  const sold = await sell(gateway, { ...customer, course }, { kind: "pay_per_use" });
  const { token } = await open(gateway, sold, "ana");
  await keepUntilAnswered(() => gateway.contentOrigin, {
    token,
    sequence: 1,
    changes: { lesson: { "cmi.suspend_data": "page 3" } },
    closing: true,
  });
  await open(gateway, sold, "ben");
  await open(gateway, sold, "ben");
  return sold;
}

async function open(gateway: GatewayProcess, sold: Sold, learner: string): Promise<LaunchAllowed> {
  const answer = await launchUntilAnswered(() => gateway.contentOrigin, sold.key, launchRequest(learner));
  if (answer.outcome === "denied") throw new Error(answer.code);
  return answer;
}

async function courseFile(gateway: GatewayProcess, { course }: LaunchAllowed): Promise<string> {
  const file = await fetch(new URL(`${course.content_base}sco.js`, gateway.contentOrigin));
  expect(file.status).toBe(200);
  return file.text();
}

/** Once its charges are sealed, which takes seconds: before that a tally's sequence and hashes are still to come. */
async function tallyOnceSealed(gateway: GatewayProcess, sold: Sold): Promise<Tally> {
  let tally = await tallyOf(gateway, sold);
  const isSealed = async () => {
    tally = await tallyOf(gateway, sold);
    return tally.charges.every(({ hash }) => hash !== null);
  };
  await until("every charge is sealed", isSealed, 30);
  return tally;
}

/** Seats and charges as they were; Ana is where she left off, and her second launch is charged as it would have been. */
async function expectGoesOn(before: GatewayProcess, after: GatewayProcess, sold: Sold): Promise<void> {
  const ana = await open(after, sold, "ana");
  expect(ana).toMatchObject({
    attempt: { resumed: true },
    states: { lesson: { "cmi.suspend_data": "page 3" } },
  });
  expect(await courseFile(after, ana)).toBe(await courseFile(before, await open(before, sold, "ana")));
  const tally = await tallyOf(after, sold);
  expect(tally).toMatchObject({ seats: [{ status: "confirmed" }, { status: "confirmed" }], miscounted: [] });
  expect(tally.charges).toHaveLength(2);
}

describe("on Postgres", () => {
  test("a backup under load restores to what stood at its beginning at least, and the course goes on", async () => {
    const store = await newStore(await postgres.createDatabase());
    const gateway = await start(store);
    const sold = await withLearners(gateway);
    const busy = await sell(gateway, await newCustomer(gateway), { kind: "volume", lots: [10_000] });
    const crowd = startCrowd([gateway.contentOrigin], busy.key, 6);
    await until("learners are in their courses", () => crowd.acknowledged.launches.length > 5, 30);
    const tally = await tallyOnceSealed(gateway, sold);
    const acknowledged = crowd.acknowledged.launches.map(({ launch_id }) => launch_id);
    expect(await script("backup", store)).toContain("1 course versions copied");
    await crowd.stop();

    const elsewhere = await newStore(await postgres.createDatabase({ empty: true }));
    await script("restore", elsewhere);
    const restored = await start(elsewhere);
    expect(await tallyOf(restored, sold)).toEqual(tally);
    const found = new Set((await launchesOf(restored, busy)).map(({ id }) => id));
    expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
    await expectGoesOn(gateway, restored, sold);
  });

  test("a second backup copies no version again; neither goes over what is there", async () => {
    const store = await newStore(await postgres.createDatabase());
    const gateway = await start(store);
    await withLearners(gateway);
    await script("backup", store);
    await sleep(1);
    expect(await script("backup", store)).toContain("0 course versions copied");
    await expect(script("restore", store)).rejects.toThrow("is not empty: restore into a new one");
    await expect(script("restore", store, "of-yesterday")).rejects.toThrow("holds no backup of-yesterday");
  });

  test("a database whose courses lie elsewhere is not backed up by halves", async () => {
    const store = await newStore(await postgres.createDatabase());
    const gateway = await start(store);
    await withLearners(gateway);
    const wrong = { ...(await newStore()), databaseUrl: store.databaseUrl ?? "" };
    await expect(script("backup", wrong)).rejects.toThrow("names courses whose files are not in");
    await expect(access(join(place, "stores"))).resolves.toBeUndefined();
    await expect(script("restore", wrong)).rejects.toThrow("holds no backup");
  });
});

test("on the embedded store: while it runs, the backup says to stop it; stopped, all is taken along", async () => {
  const store = await newStore();
  const gateway = await start(store);
  const sold = await withLearners(gateway);
  const tally = await tallyOnceSealed(gateway, sold);
  await expect(script("backup", store)).rejects.toThrow("is backed up while it is stopped");
  await gateway.stop();
  await script("backup", store);

  const elsewhere = await newStore();
  await script("restore", elsewhere);
  const restored = await start(elsewhere);
  expect(await tallyOf(restored, sold)).toEqual(tally);
  await gateway.start();
  await expectGoesOn(gateway, restored, sold);
});
