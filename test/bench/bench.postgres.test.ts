/** The bench still runs: what it finds in a moment says nothing, but that it finds something does. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");

async function bench(...words: string[]): Promise<{ stdout: string; stderr: string }> {
  const { NODE_OPTIONS: _ofJest, ...env } = process.env;
  const run = ["--import", "./bench/typescript.mjs", "bench/main.ts", ...words];
  return promisify(execFile)(process.execPath, run, { cwd: ROOT, env });
}

test("scripts/bench --quick measures beats and launches of new learners against their floors", async () => {
  const { stdout } = await bench("beats", "capped", "--quick");
  expect(stdout).toMatch(/cores .*Node\.js .*\nPostgres \d+/);
  expect(stdout).toMatch(/### beats\n\n\| what .*\n.*\n\| beats, one by one \| \*\*\d+\.\d\d\*\* /);
  expect(stdout).toMatch(/\| new learners on one lot, 64 at once, against no lot \| \*\*\d+\.\d\d\*\* /);
}, 120_000);

test("a bench that there is none of is named, with those that there are", async () => {
  await expect(bench("speed")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/no bench is called speed\nusage: scripts\/bench .*\n {2}launches /),
  });
});
