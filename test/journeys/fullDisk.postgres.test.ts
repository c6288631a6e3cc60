/** A disk fills up while people learn, and is freed again. Only root may mount the small disks that this takes. */
import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, jest, test } from "@jest/globals";
import { openEmbeddedFolder } from "../../src/store/embeddedFolder.ts";
import { startCrowd } from "../support/crowd.ts";
import { newCustomer, type Sold, sell } from "../support/customer.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { keep, launch, launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { note } from "../support/measured.ts";
import { startPostgres } from "../support/postgres.ts";
import { expectNothingLost } from "../support/reckoning.ts";
import { scorm12Zip } from "../support/scoPackages.ts";
import { mountSmallDisk } from "../support/smallDisk.ts";
import { sleep, until } from "../support/until.ts";

// Generous: these say what must come true, not how fast, and machines are shared.
jest.setTimeout(120_000);

const PEOPLE = 6;
const FULL_SECONDS = 2;

const undo: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function smallDisk(megabytes: number) {
  const disk = await mountSmallDisk(megabytes);
  undo.push(disk.remove);
  return disk;
}

async function start(settings: Parameters<typeof startGateway>[0]): Promise<GatewayProcess> {
  const gateway = await startGateway(settings);
  undo.push(gateway.kill);
  return gateway;
}

async function sellTo(gateway: GatewayProcess): Promise<Sold> {
  const customer = await newCustomer(gateway);
  return sell(gateway, customer, { kind: "pay_per_use", term: ["charge_after_seconds=1"] });
}

/** Someone whose seat is confirmed, so that their beats change nothing. */
async function openQuietly(gateway: GatewayProcess) {
  const bought = await sell(gateway, await newCustomer(gateway), { kind: "volume", lots: [1] });
  const opened = await launchUntilAnswered(() => gateway.contentOrigin, bought.key, launchRequest("quiet"));
  if (opened.outcome === "denied") throw new Error(opened.code);
  return opened;
}

const newcomers = { count: 0 };

const isTurnedAway = async (gateway: GatewayProcess, { key }: Sold) => {
  const { status, body } = await launch(
    gateway.contentOrigin,
    key,
    launchRequest(`late ${newcomers.count++}`),
  );
  return status === 503 && body.outcome === "denied" && body.code === "gateway_unavailable";
};

test("Postgres's disk: newcomers are told to wait, learners in a course go on, and nothing is lost", async () => {
  const disk = await smallDisk(300);
  const postgres = await startPostgres({ parent: disk.path });
  undo.push(postgres.remove);
  const folder = await temporaryFolder();
  undo.push(folder.remove);
  const gateway = await start({ dataFolder: folder.path, databaseUrl: await postgres.createDatabase() });
  const sold = await sellTo(gateway);
  const late = await sellTo(gateway);
  const opened = await openQuietly(gateway);
  const crowd = startCrowd([gateway.contentOrigin], sold.key, PEOPLE);
  await sleep(1);

  await disk.fill();
  await until("newcomers are told to wait", () => isTurnedAway(gateway, late), 60);
  await sleep(FULL_SECONDS);
  expect(await keep(gateway.contentOrigin, { token: opened.token })).toMatchObject({ status: 200 });
  note(`Postgres ${postgres.pids().length === 0 ? "ended by itself" : "goes on"} on a full disk`);

  await disk.free();
  // As what runs it would.
  if (postgres.pids().length === 0) await postgres.start();
  await until("newcomers get in", async () => !(await isTurnedAway(gateway, late)), 30);
  await expectNothingLost(gateway, sold, await crowd.stop());
  expect(gateway.output()).not.toContain('"level":"error"');
});

test("the disk of the courses: an import is refused and leaves nothing; launches go on; then it works", async () => {
  const disk = await smallDisk(4);
  const postgres = await startPostgres();
  undo.push(postgres.remove);
  const gateway = await start({ dataFolder: disk.path, databaseUrl: await postgres.createDatabase() });
  const sold = await sellTo(gateway);
  const folder = await temporaryFolder();
  undo.push(folder.remove);
  const file = join(folder.path, "course.zip");
  await writeFile(file, scorm12Zip());

  await disk.fill();
  await expect(gateway.operate("course import", { file })).rejects.toMatchObject({
    code: "content_unavailable",
  });
  const content = (name: string) => readdirSync(join(disk.path, "content", name));
  expect({ staging: content("staging"), versions: content("versions") }).toEqual({
    staging: [],
    versions: [],
  });
  const allowed = await launchUntilAnswered(() => gateway.contentOrigin, sold.key, launchRequest("ada"));
  expect(allowed.outcome).toBe("allowed");

  await disk.free();
  await gateway.operate("course import", { file });
  expect(content("versions")).toHaveLength(1);
});

describe("the disk of the embedded store", () => {
  test("full at the first start: that says so, and leaves nothing that the next would stumble over", async () => {
    const disk = await smallDisk(250);
    await disk.fill();
    const folder = join(disk.path, "store");
    await expect(openEmbeddedFolder(folder)).rejects.toThrow(`${folder} can't be opened: the disk is full`);
    expect(readdirSync(disk.path)).toEqual(["ballast"]);
    await disk.free();
    const store = await openEmbeddedFolder(folder);
    expect(await store.query("select 1 as one")).toEqual([{ one: 1 }]);
    await store.close();
  });

  test("newcomers are told to wait, and nothing is lost", async () => {
    const disk = await smallDisk(250);
    const gateway = await start({ dataFolder: disk.path });
    const sold = await sellTo(gateway);
    const late = await sellTo(gateway);
    const opened = await openQuietly(gateway);
    const crowd = startCrowd([gateway.contentOrigin], sold.key, PEOPLE);
    await sleep(1);

    await disk.fill();
    await until("newcomers are told to wait", () => isTurnedAway(gateway, late), 60);
    await sleep(FULL_SECONDS);
    expect(await keep(gateway.contentOrigin, { token: opened.token })).toMatchObject({ status: 200 });

    await disk.free();
    await until("newcomers get in", async () => !(await isTurnedAway(gateway, late)), 30);
    await expectNothingLost(gateway, sold, await crowd.stop());
  });
});
