/**
 * One ordeal of a gateway in production's shape (several processes, Postgres, Redis) under load, and the reckoning after it:
 * all that was acknowledged is there, once; learners in a course noticed nothing; newcomers were told to wait, and got in.
 */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "@jest/globals";
import { startCrowd } from "../support/crowd.ts";
import { newCustomer, type Sold, sell } from "../support/customer.ts";
import { type GatewayProcess, startGateway, temporaryFolder } from "../support/gatewayProcess.ts";
import { launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { expectNothingLost } from "../support/reckoning.ts";
import { type RedisServer, startRedis } from "../support/redis.ts";
import { scorm12Zip } from "../support/scoPackages.ts";
import { sleep } from "../support/until.ts";
import { type Newcomers, type Noticed, PATIENCE_SECONDS, startNewcomers, study } from "./students.ts";

const PROCESSES = 2;
/** They come, save, are confirmed, go and come back; all that is acknowledged to them is reckoned up. */
const PEOPLE = 12;
const REST_SECONDS = 2;
/** In a course all the time. */
const STUDENTS = 8;
const QUIET_SECONDS = 3;
const SETTLE_SECONDS = 5;

export interface Trial {
  readonly gateway: GatewayProcess;
  readonly postgres: PostgresServer;
  readonly databaseUrl: string;
  readonly redis: RedisServer;
  readonly newcomers: Newcomers;
  /** For the report. */
  note(figure: string): void;
  /** Notes how soon newcomers were let in again. */
  noteLetInAfter(what: string, since: number): Promise<void>;
}

export interface TrialOptions {
  /** Where Postgres keeps its files. */
  readonly postgresParent?: string;
}

export async function underLoad(
  name: string,
  ordeal: (trial: Trial) => Promise<void>,
  options: TrialOptions = {},
): Promise<void> {
  const postgres = await startPostgres(options.postgresParent ? { parent: options.postgresParent } : {});
  const redis = await startRedis();
  const folder = await temporaryFolder();
  const databaseUrl = await postgres.createDatabase();
  const gateway = await startGateway({
    dataFolder: folder.path,
    databaseUrl,
    redisUrl: redis.url,
    processes: PROCESSES,
  });
  const say = (figure: string) => void process.stderr.write(`${name}: ${figure}\n`);
  try {
    await endure({ gateway, postgres, databaseUrl, redis, say, folder: folder.path }, ordeal);
  } finally {
    await writeFile(join(tmpdir(), `tallygate-chaos-${name}.log`), gateway.output());
    await gateway.kill();
    await redis.remove();
    await postgres.remove();
    await folder.remove();
  }
}

interface Ground {
  readonly gateway: GatewayProcess;
  readonly postgres: PostgresServer;
  readonly databaseUrl: string;
  readonly redis: RedisServer;
  readonly folder: string;
  readonly say: (figure: string) => void;
}

async function endure(ground: Ground, ordeal: (trial: Trial) => Promise<void>): Promise<void> {
  const { gateway, say } = ground;
  const origin = gateway.contentOrigin;
  const customer = await newCustomer(gateway);
  const terms = { kind: "pay_per_use", term: ["charge_after_seconds=1"] };
  const sold = await sell(gateway, customer, terms);
  const open = await sell(gateway, customer, { kind: "volume", lots: [1000, 1000, 1000, 1000, 1000] });
  const { noticed, students } = await seatStudents(ground, customer.account);

  const crowd = startCrowd([origin], sold.key, PEOPLE, {
    patienceSeconds: PATIENCE_SECONDS,
    restSeconds: REST_SECONDS,
  });
  const newcomers = startNewcomers(origin, open.key);
  await sleep(QUIET_SECONDS);
  await ordeal({
    ...ground,
    newcomers,
    note: say,
    noteLetInAfter: async (what, since) => {
      const isLetIn = () => newcomers.allowedAt.find((at) => at > since);
      while (!isLetIn()) await sleep(0.02);
      say(`newcomers let in ${(((isLetIn() ?? since) - since) / 1000).toFixed(2)} s after ${what}`);
    },
  });
  await sleep(SETTLE_SECONDS);

  await Promise.all(students.map((student) => student.stop()));
  const waited = await newcomers.stop();
  const acknowledged = await crowd.stop();
  say(`${acknowledged.launches.length} launches and ${acknowledged.confirmed.size} seats reckoned up`);
  say(
    `newcomers: ${newcomers.allowedAt.length} let in, ${newcomers.unavailable} told to wait, ${newcomers.unanswered} cut off; all ${waited} got in afterwards`,
  );
  const { troubles, ...figures } = noticed;
  say(`learners in a course: ${JSON.stringify(figures)}`);
  expect(troubles).toEqual([]);
  expect(newcomers.troubles).toEqual([]);
  await expectNothingLost(gateway, sold, acknowledged);
  expect(gateway.output()).not.toContain('"level":"error"');
}

/** In a course with files, on seats that are confirmed: their beats change nothing. */
async function seatStudents(ground: Ground, account: string) {
  const { gateway } = ground;
  const file = join(ground.folder, "course.zip");
  await writeFile(file, scorm12Zip());
  const { course_id: course } = await gateway.operate<{ course_id: string }>("course import", { file });
  const sold: Sold = await sell(gateway, { account, course }, { kind: "volume", lots: [STUDENTS] });
  const noticed: Noticed = {
    beats: 0,
    slowestBeatSeconds: 0,
    beatsSentAgain: 0,
    files: 0,
    filesAskedAgain: 0,
    saves: 0,
    slowestSaveSeconds: 0,
    troubles: [],
  };
  const students = [];
  for (let index = 0; index < STUDENTS; index++) {
    const request = launchRequest(`student ${index}`);
    const opened = await launchUntilAnswered(() => gateway.contentOrigin, sold.key, request);
    if (opened.outcome === "denied") throw new Error(opened.code);
    students.push(study(gateway.contentOrigin, opened, noticed));
  }
  return { noticed, students };
}
