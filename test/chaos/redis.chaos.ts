import { jest, test } from "@jest/globals";
import { sleep } from "../support/until.ts";
import { underLoad } from "./trial.ts";

const AWAY_SECONDS = 10;
jest.setTimeout(10 * 60_000);

test("Redis is killed and comes back, again and again, then hangs", async () => {
  await underLoad("redis", async ({ redis, newcomers, note }) => {
    for (let round = 0; round < 3; round++) {
      await redis.kill();
      await sleep(AWAY_SECONDS);
      await redis.start();
      await sleep(AWAY_SECONDS / 2);
    }
    redis.freeze();
    await sleep(AWAY_SECONDS);
    redis.thaw();
    note(`nobody was told to wait: ${newcomers.unavailable === 0}`);
  });
});
