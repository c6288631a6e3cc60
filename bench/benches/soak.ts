/** Mixed load at half of what the machine can do, for as long as is wanted: memory, errors and the slowest launches. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sell } from "../../test/support/customer.ts";
import type { Bench, BenchOptions } from "../bench.ts";
import { noise, page, writeCourseZip } from "../lab/courseZip.ts";
import type { Lab, LabGateway } from "../lab/lab.ts";
import { memoryMegabytes } from "../lab/memory.ts";
import { nextMessage, startScript } from "../lab/processes.ts";
import { customerOf, type Sold } from "../lab/sales.ts";
import { seedLearners, settle } from "../lab/seed.ts";
import type { FigureResult, Needed, Result } from "../results.ts";
import { type FromSoak, KINDS, type Soaked, type SoakPlan, type ToSoak } from "../soak/plan.ts";

export const soak: Bench = {
  about: "mixed load at half of capacity, for --minutes",
  onlyByName: true,
  run,
};

const FILES = ["index.html", "script.js", "style.css", "picture.png"] as const;
const SAMPLES = 200;
/** Of the last quarter's memory over the second's: the first is for getting warm. */
const MOST_GROWTH = 1.1;
const MOST_TAIL = 10;

async function run(lab: Lab, options: BenchOptions): Promise<Result[]> {
  const seconds = options.quick ? 4 : options.minutes * 60;
  const gateway = await lab.openGateway();
  const sold = await sellCourse(lab, gateway);
  const learners = options.quick ? 2000 : 50_000;
  const { prefix } = await seedLearners(gateway.sql, [sold.key], learners, 1);
  await settle(gateway.sql);
  const plan = await planOf(gateway, sold, { prefix, learners, seconds, capacity: options.quick ? 2 : 30 });
  const memory: number[] = [];
  const soaked = await drive(lab, plan, async () => {
    memory.push(memoryMegabytes(gateway.pid, "VmRSS"));
    await sleep((seconds * 1000) / SAMPLES);
  });
  return resultsOf(soaked, memory, seconds);
}

async function sellCourse(lab: Lab, gateway: LabGateway): Promise<Sold> {
  const file = join(lab.folder, "soak.zip");
  const small = FILES.slice(0, 3).map((name) => ({ name, content: page(6000) }));
  await writeCourseZip(file, [...small, { name: "picture.png", content: noise(150_000) }]);
  const { course_id: course } = await gateway.process.operate<{ course_id: string }>("course import", {
    file,
  });
  const { account } = await customerOf(gateway);
  return sell(gateway.process, { account, course }, { kind: "pay_per_use" });
}

async function planOf(
  gateway: LabGateway,
  sold: Sold,
  of: { prefix: string; learners: number; seconds: number; capacity: number },
): Promise<SoakPlan> {
  const account = `/api/v1/accounts/${sold.account}`;
  const { appOrigin, dataFolder } = gateway.process;
  return {
    port: gateway.port,
    delivery_key: sold.key,
    prefix: of.prefix,
    learners: of.learners,
    files: FILES,
    api: {
      host: new URL(appOrigin).host,
      key: await readFile(join(dataFolder, "operator-key"), "utf8"),
      paths: [
        "licenses",
        "deliveries",
        `seats?license_id=${sold.license}`,
        `launches?license_id=${sold.license}`,
      ].map((path) => `${account}/${path}`),
    },
    capacity_seconds: of.capacity,
    seconds: of.seconds,
  };
}

/** @param meanwhile Again and again, from when the load is steady to its end. */
async function drive(lab: Lab, plan: SoakPlan, meanwhile: () => Promise<void>): Promise<Soaked> {
  const driver = startScript("soak/main.ts", {}, join(lab.folder, "soak.log"));
  try {
    await nextMessage<FromSoak>(driver.child);
    driver.child.send({ type: "run", plan } satisfies ToSoak);
    const capacity = await nextMessage<FromSoak>(driver.child);
    if (capacity.type !== "capacity") throw new Error(`The soak failed: ${JSON.stringify(capacity)}`);
    lab.say(`soak: ${Math.round(capacity.per_second)} a second at most; half of it for ${plan.seconds} s`);
    let finished: FromSoak | null = null;
    const finishing = nextMessage<FromSoak>(driver.child).then((message) => {
      finished = message;
      return message;
    });
    finishing.catch(() => undefined);
    while (!finished && driver.child.exitCode === null) await meanwhile();
    const message = await finishing;
    if (message.type !== "finished") throw new Error(`The soak failed: ${JSON.stringify(message)}`);
    return message.soaked;
  } finally {
    await driver.end();
  }
}

function resultsOf(soaked: Soaked, memory: readonly number[], seconds: number): Result[] {
  const quarter = Math.floor(memory.length / 4);
  const early = medianOf(memory.slice(quarter, 2 * quarter));
  const late = medianOf(memory.slice(-quarter));
  const { launches } = soaked;
  const kinds = KINDS.map((kind) => {
    const { requests, p50_milliseconds, p99_milliseconds } = soaked.kinds[kind];
    return `${kind.replace("_", " ")} ${requests} (${p50_milliseconds.toFixed(1)} / ${p99_milliseconds.toFixed(1)})`;
  });
  const minutes = Math.round(seconds / 6) / 10;
  return [
    figure("errors", soaked.failures, "", { type: "at most", value: 0 }, soaked.first_failure || "none"),
    figure(
      "p99 over p50 of launches",
      launches.p99_milliseconds / launches.p50_milliseconds,
      "",
      { type: "at most", value: MOST_TAIL },
      `${minutes} min at ${Math.round(soaked.per_second)} a second; p50 / p99 ms: ${kinds.join(", ")}`,
    ),
    figure(
      "memory of the last quarter over the second",
      late / early,
      "",
      { type: "at most", value: MOST_GROWTH },
      `${Math.round(early)} → ${Math.round(late)} MB, most ${Math.round(Math.max(...memory))} MB`,
    ),
  ];
}

function figure(what: string, value: number, unit: string, needed: Needed, note: string): FigureResult {
  return { type: "figure", what, value, unit, needed, note };
}

function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
