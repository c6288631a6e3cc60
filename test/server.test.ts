/** A gateway as its process starts it, on the embedded store. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { readConfig } from "../src/config.ts";
import { createDeps } from "../src/deps.ts";
import { askGateway } from "../src/edges/operator/askGateway.ts";
import { type RunningGateway, startGateway } from "../src/server.ts";
import { askHolder, FolderHeld } from "../src/store/holder.ts";
import { freePort } from "./support/freePort.ts";
import { createTestClock } from "./support/testClock.ts";
import { createTestLog } from "./support/testLog.ts";

const outer = mkdtempSync(join(tmpdir(), "tallygate-server-"));
const DATA_FOLDER = join(outer, "deep/data");
const deps = (config: ReturnType<typeof readConfig>) =>
  createDeps(config, { clock: createTestClock(), log: createTestLog().log });

let gateway: RunningGateway;
let environment: Record<string, string>;
beforeAll(async () => {
  environment = {
    NODE_ENV: "test",
    DATA_FOLDER,
    PORT: String(await freePort()),
    PRACTICE_LMS: "off",
    APP_ORIGIN: "https://gateway.example.com",
    CONTENT_ORIGIN: "https://play.example.com",
  };
  const config = readConfig(environment);
  gateway = await startGateway(config, deps(config));
});
afterAll(async () => {
  await gateway.close();
  rmSync(outer, { recursive: true });
});

test("keeps its folder to its owner, and its secrets too", () => {
  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect(modeOf(DATA_FOLDER)).toBe("700");
  for (const secret of ["operator-key", "token-secret"])
    expect(modeOf(join(DATA_FOLDER, secret))).toBe("600");
});

test("lets in a command line on this machine, whatever its public address", async () => {
  const holder = await askHolder(DATA_FOLDER);
  if (!holder) throw new Error("nobody holds the folder");
  const key = await readFile(join(DATA_FOLDER, "operator-key"), "utf8");
  const ask = (command: string) =>
    askGateway(holder, key, { command, options: {}, why: "" }, () => undefined);
  expect(await ask("account list")).toEqual({ rows: [] });
  await expect(ask("account destroy")).rejects.toThrow('found "account destroy"');
  await expect(
    askGateway({ ...holder, port: 1 }, key, { command: "x", options: {}, why: "" }, () => undefined),
  ).rejects.toThrow(`Process ${process.pid} holds the data folder and does not answer`);
});

test("is alone on its folder", async () => {
  const config = readConfig(environment);
  await expect(startGateway(config, deps(config))).rejects.toBeInstanceOf(FolderHeld);
});
