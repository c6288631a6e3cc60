/** One gateway as a process: who holds a folder, how it stops, what it needs to start, and its clock. */
import { spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { LaunchAnswer } from "../../src/core/bridge.ts";
import { launchesOf, newCustomer, type Sold, sell, tallyOf } from "../support/customer.ts";
import {
  type GatewayProcess,
  prepareGateway,
  startGateway,
  temporaryFolder,
} from "../support/gatewayProcess.ts";
import { keepUntilAnswered, launchRequest, launchUntilAnswered } from "../support/learner.ts";
import { sleep, until } from "../support/until.ts";

// Generous: these say what must come true, not how fast, and machines are shared.
jest.setTimeout(120_000);

let startedOnce: Awaited<ReturnType<typeof temporaryFolder>>;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const started: GatewayProcess[] = [];

beforeAll(async () => {
  startedOnce = await temporaryFolder();
  const gateway = await startGateway({ dataFolder: startedOnce.path });
  await gateway.stop();
});

afterAll(() => startedOnce.remove());

beforeEach(async () => {
  folder = await temporaryFolder(startedOnce.path);
});

afterEach(async () => {
  await Promise.all(started.splice(0).map((gateway) => gateway.kill()));
  await folder.remove();
});

async function start(environment: Record<string, string> = {}): Promise<GatewayProcess> {
  const gateway = await prepareGateway({ dataFolder: folder.path, environment });
  started.push(gateway);
  await gateway.start();
  return gateway;
}

async function sellThere(gateway: GatewayProcess, afterSeconds: number): Promise<Sold> {
  const customer = await newCustomer(gateway);
  return sell(gateway, customer, { kind: "pay_per_use", term: [`charge_after_seconds=${afterSeconds}`] });
}

describe("a data folder with an embedded store", () => {
  test("is held by one process: the second one exits and names the first", async () => {
    const first = await start();
    await expect(startGateway({ dataFolder: folder.path })).rejects.toThrow(
      `is held by process ${first.pid} (${first.appOrigin})`,
    );
    expect((await fetch(`${first.contentOrigin}/readyz`)).status).toBe(200);
  });

  test("is free again once its process was killed", async () => {
    const first = await start();
    await first.kill();
    await expect(start()).resolves.toBeDefined();
  });

  test("lets the command line work while the gateway runs, through it", async () => {
    await start();
    const cli = join(import.meta.dirname, "../../dist/cli.js");
    // By its own name, as npx runs it.
    const env = { DATA_FOLDER: folder.path, PATH: process.env["PATH"] };
    const order = ["account", "create", "--name", "By hand", "--currency", "EUR", "--json"];
    const made = spawnSync(cli, order, { env, encoding: "utf8" });
    expect({ status: made.status, said: made.stderr }).toEqual({ status: 0, said: "" });
    const accounts = await started[0]?.operate<{ name: string }[]>("account list");
    expect(accounts).toMatchObject([{ name: "By hand" }]);
    const mistyped = spawnSync(cli, ["licence", "pause"], { env, encoding: "utf8" });
    expect(mistyped).toMatchObject({ status: 1, stdout: "" });
    expect(mistyped.stderr).toContain('"licence pause"');
  });

  test.each(["operator-key", "token-secret"])(
    "with a damaged %s does not start, and says which file it is",
    async (name) => {
      const file = join(folder.path, name);
      await writeFile(file, "");
      await expect(startGateway({ dataFolder: folder.path })).rejects.toThrow(
        `${file} does not hold a secret of this gateway`,
      );
    },
  );
});

describe("SIGTERM", () => {
  test("lets a request that is under way be answered, then ends the process in order", async () => {
    const gateway = await start();
    const sold = await sellThere(gateway, 120);
    const underWay = slowLaunch(gateway, sold, "ada");
    await underWay.halfSent;
    const gone = gateway.stop();
    await sleep(0.3);
    expect(await underWay.finish()).toMatchObject({ outcome: "allowed" });
    expect(await gone).toBe(0);
    await gateway.start();
    expect(await launchesOf(gateway, sold)).toMatchObject([{ outcome: "allowed" }]);
  });

  test("is said by /readyz for as long as the notice lasts, while launches are still taken", async () => {
    const gateway = await start({ STOP_NOTICE_SECONDS: "5" });
    const sold = await sellThere(gateway, 120);
    const gone = gateway.stop();
    await until("readyz says stopping", async () => (await readiness(gateway)) === "503 stopping", 4);
    const launched = await launchUntilAnswered(() => gateway.contentOrigin, sold.key, launchRequest("ada"));
    expect(launched.outcome).toBe("allowed");
    expect(await gone).toBe(0);
    await expect(readiness(gateway)).rejects.toThrow("fetch failed");
  });

  async function readiness(gateway: GatewayProcess): Promise<string> {
    const response = await fetch(`${gateway.contentOrigin}/readyz`);
    const { status } = (await response.json()) as { status: string };
    return `${response.status} ${status}`;
  }

  /** A launch whose body arrives in two halves, so that it is under way until the second is sent. */
  function slowLaunch(gateway: GatewayProcess, sold: Sold, learner: string) {
    const { host, port } = new URL(gateway.contentOrigin);
    const body = JSON.stringify(launchRequest(learner));
    const socket = connect(Number(port), "127.0.0.1");
    let said = "";
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      said += text;
    });
    const ended = new Promise<void>((resolve, reject) => {
      socket.once("end", resolve);
      socket.once("error", reject);
    });
    const head = `POST /play/${sold.key}/launch HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const half = body.length / 2;
    const halfSent = new Promise<void>((resolve) =>
      socket.write(head + body.slice(0, half), () => resolve()),
    );
    return {
      halfSent,
      finish: async (): Promise<LaunchAnswer> => {
        socket.write(body.slice(half));
        await ended;
        return JSON.parse(said.slice(said.indexOf("\r\n\r\n"))) as LaunchAnswer;
      },
    };
  }
});

describe("the two-minute rule, in real time", () => {
  test("beats ever closer to the threshold confirm nothing; the first at the threshold confirms and charges", async () => {
    const gateway = await start();
    const sold = await sellThere(gateway, 10);
    const origin = () => gateway.contentOrigin;
    const opened = await launchUntilAnswered(origin, sold.key, launchRequest("ada"));
    if (opened.outcome === "denied") throw new Error(opened.code);
    let { token, beat } = opened;
    let early = 0;
    for (; beat.due_in_seconds !== null; early++) {
      expect(await tallyOf(gateway, sold)).toMatchObject({ seats: [{ status: "pending" }], charges: [] });
      await sleep(beat.due_in_seconds > 0.05 ? beat.due_in_seconds / 2 : beat.due_in_seconds);
      ({ token, beat } = await keepUntilAnswered(origin, { token }));
    }
    expect(early).toBeGreaterThan(1);
    expect(await tallyOf(gateway, sold)).toMatchObject({
      seats: [{ status: "confirmed", launches: 1 }],
      charges: [{ rule: "open_time" }],
    });
    const [launch] = await launchesOf(gateway, sold);
    expect(launch?.open_seconds).toBeGreaterThanOrEqual(10);
  });
});
