import { jest, test } from "@jest/globals";
import { runSql } from "../support/postgres.ts";
import { mountSmallDisk } from "../support/smallDisk.ts";
import { sleep } from "../support/until.ts";
import { underLoad } from "./trial.ts";

const DISK_MEGABYTES = 400;
const FULL_SECONDS = 30;
jest.setTimeout(10 * 60_000);

test(`Postgres's disk is full for ${FULL_SECONDS} s`, async () => {
  const disk = await mountSmallDisk(DISK_MEGABYTES);
  try {
    await underLoad(
      "full-disk",
      async ({ postgres, databaseUrl, note, noteLetInAfter }) => {
        await disk.fill();
        const full = performance.now();
        await sleep(FULL_SECONDS / 3);
        // What was set aside for its log is used up, so that it can't write even that.
        for (let segment = 0; segment < 10; segment++) {
          await runSql(databaseUrl, "select pg_switch_wal()").catch(() => undefined);
          await sleep(0.2);
        }
        let starts = 0;
        // As what runs it would: Postgres ends by itself where it can't write its log.
        while ((performance.now() - full) / 1000 < FULL_SECONDS) {
          if (postgres.pids().length === 0) {
            starts++;
            await postgres.start().catch(() => undefined);
          }
          await sleep(0.5);
        }
        await disk.free();
        const freed = performance.now();
        if (postgres.pids().length === 0) {
          starts++;
          await postgres.start();
        }
        note(`Postgres ended by itself and was started again ${starts} times`);
        await noteLetInAfter("the disk was free", freed);
      },
      { postgresParent: disk.path },
    );
  } finally {
    await disk.remove();
  }
});
