import { jest, test } from "@jest/globals";
import { sleep } from "../support/until.ts";
import { underLoad } from "./trial.ts";

const AWAY_SECONDS = 60;
jest.setTimeout(10 * 60_000);

test.each(["fast", "immediate"] as const)(`Postgres is stopped (%s) for ${AWAY_SECONDS} s`, async (how) => {
  await underLoad(`postgres-60s ${how}`, async ({ postgres, noteLetInAfter }) => {
    await postgres.stop(how);
    await sleep(AWAY_SECONDS);
    await postgres.start();
    await noteLetInAfter("Postgres was back", performance.now());
  });
});

test(`Postgres does not answer for ${AWAY_SECONDS} s, though its connections stand`, async () => {
  await underLoad("postgres-60s frozen", async ({ postgres, noteLetInAfter }) => {
    postgres.freeze();
    await sleep(AWAY_SECONDS);
    postgres.thaw();
    await noteLetInAfter("Postgres went on", performance.now());
  });
});
