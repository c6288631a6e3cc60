import { jest, test } from "@jest/globals";
import { sleep } from "../support/until.ts";
import { underLoad } from "./trial.ts";

const EVERY_SECONDS = 5;
const MINUTES = 5;
jest.setTimeout((MINUTES + 10) * 60_000);

test(`a process is killed every ${EVERY_SECONDS} s for ${MINUTES} minutes`, async () => {
  await underLoad("kill-processes", async ({ gateway, note }) => {
    const kills = (MINUTES * 60) / EVERY_SECONDS;
    for (let kill = 0; kill < kills; kill++) {
      const workers = gateway.workers();
      const worker = workers[kill % workers.length];
      if (worker !== undefined) process.kill(worker, "SIGKILL");
      await sleep(EVERY_SECONDS);
    }
    note(`${kills} processes killed`);
  });
});
