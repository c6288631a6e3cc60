import { spawn } from "node:child_process";
import { jest, test } from "@jest/globals";
import { sleep } from "../support/until.ts";
import { underLoad } from "./trial.ts";

const SLOW_SECONDS = 60;
const SYNC_MILLISECONDS = 500;
jest.setTimeout(10 * 60_000);

test(`each sync of Postgres's disk takes ${SYNC_MILLISECONDS} ms longer for ${SLOW_SECONDS} s`, async () => {
  await underLoad("slow-disk", async ({ postgres, newcomers, note, noteLetInAfter }) => {
    const delay = `inject=fdatasync,fsync:delay_enter=${SYNC_MILLISECONDS * 1000}`;
    const attached = postgres.pids().flatMap((pid) => ["-p", `${pid}`]);
    const before = newcomers.allowedAt.length;
    const strace = spawn("strace", ["-f", "-qq", "-e", "trace=fdatasync,fsync", "-e", delay, ...attached], {
      stdio: "ignore",
    });
    const ended = new Promise((resolve) => strace.once("exit", resolve));
    await sleep(SLOW_SECONDS);
    note(`${newcomers.allowedAt.length - before} newcomers let in meanwhile`);
    strace.kill("SIGINT");
    await ended;
    await noteLetInAfter("the disk was itself again", performance.now());
  });
});
