/** A gateway as its process starts it, on the embedded store. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { reachGateway } from "../src/cliGateway.ts";
import { readConfig } from "../src/config.ts";
import { createDeps } from "../src/deps.ts";
import { createApiClient } from "../src/edges/cli/apiClient.ts";
import { renewTokenSecret } from "../src/flows/renewTokenSecret.ts";
import { type RunningGateway, startGateway } from "../src/server.ts";
import { FolderHeld } from "../src/store/holder.ts";
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
    HEADERS_SECONDS: "1",
    APP_ORIGIN: "https://gateway.example.com",
    CONTENT_ORIGIN: "https://play.example.com",
  };
  const config = readConfig(environment);
  gateway = await startGateway(config, deps(config));
}, 60_000);
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
  const { target } = await reachGateway(environment, deps);
  expect(target).toMatchObject({ host: "gateway.example.com", url: `http://127.0.0.1:${gateway.port}` });
  const client = (key: string) => createApiClient({ ...target, key }, { why: "", newKey: () => "once" });
  expect(await client(target.key).list("/accounts", {}, 10)).toEqual([]);
  await expect(client("another").list("/accounts", {}, 10)).rejects.toMatchObject({ status: 401 });
});

test("takes a new secret while it runs, and still takes what the old one signed, until that is to be forgotten", async () => {
  const { context } = gateway;
  const by = { actor: "test", why: "" };
  const kids = () => context.keys.keysFor("launch_token").map(({ kid }) => kid);
  const [first] = kids();
  await renewTokenSecret(context, by, false);
  const [second, ...others] = kids();
  expect(second).not.toBe(first);
  expect(others).toEqual([first]);
  await renewTokenSecret(context, by, true);
  expect(kids()).toHaveLength(1);
  expect(kids()).not.toContain(second);
  const setElsewhere = { ...context, config: { ...context.config, TOKEN_SECRET: "x".repeat(32) } };
  await expect(renewTokenSecret(setElsewhere, by, false)).rejects.toMatchObject({ code: "conflict" });
});

test("goes by its settings for clients that hold a connection and say nothing", async () => {
  const begun = performance.now();
  const socket = connect(gateway.port, "127.0.0.1");
  await new Promise((resolve) => socket.once("close", resolve).resume());
  expect((performance.now() - begun) / 1000).toBeLessThan(5);
});

test("is alone on its folder", async () => {
  const config = readConfig(environment);
  await expect(startGateway(config, deps(config))).rejects.toBeInstanceOf(FolderHeld);
});
