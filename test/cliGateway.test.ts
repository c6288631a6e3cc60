/** Which gateway the command line speaks to. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Reached, reachGateway } from "../src/cliGateway.ts";
import type { Config } from "../src/config.ts";
import { createDeps } from "../src/deps.ts";
import { createApiClient } from "../src/edges/cli/apiClient.ts";
import { askHolder } from "../src/store/holder.ts";
import { createTestLog } from "./support/testLog.ts";

let folder: string;
let environment: Record<string, string>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tallygate-reach-"));
  environment = { NODE_ENV: "test", DATA_FOLDER: folder };
});
afterAll(() => rm(folder, { recursive: true }));

const depsFor = (config: Config) => createDeps(config, { log: createTestLog().log });
const clientOf = ({ target }: Reached) => createApiClient(target, { why: "", newKey: () => "once" });

test("the one that is named, with its key; a name or a key that is wrong is said", async () => {
  const named = { TALLYGATE_URL: "https://app.example.com", TALLYGATE_API_KEY: "tg_x" };
  const { target } = await reachGateway({ ...environment, ...named }, depsFor);
  expect(target).toEqual({ url: "https://app.example.com", key: "tg_x" });
  for (const [wrong, variable] of [
    [{ ...named, TALLYGATE_URL: "app.example.com" }, "TALLYGATE_URL"],
    [{ ...named, TALLYGATE_URL: "ftp://example.com" }, "TALLYGATE_URL"],
    [{ ...named, TALLYGATE_API_KEY: "" }, "TALLYGATE_API_KEY"],
  ] as const)
    await expect(reachGateway({ ...environment, ...wrong }, depsFor)).rejects.toThrow(
      new RegExp(`^${variable}: `),
    );
});

// Starts the embedded store twice, on a disk.
test("where none runs, one for the length of the command; another command waits for its end", async () => {
  const first = await reachGateway(environment, depsFor);
  const account = await clientOf(first).post("/accounts", { name: "Acme", currency: "EUR" });
  const second = reachGateway(environment, depsFor);
  const order: string[] = [];
  const waited = second.then(() => order.push("second"));
  await first.close();
  order.push("first closed");
  await waited;
  const reached = await second;
  expect(order).toEqual(["first closed", "second"]);
  expect(await clientOf(reached).list("/accounts", {}, 10)).toEqual([account]);
  await reached.close();
  expect(await askHolder(folder)).toBeNull();
}, 90_000);
