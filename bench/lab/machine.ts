/** What the figures were taken on, without naming it. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { join } from "node:path";
import pg from "pg";

/** @param folder On the disk that Postgres and the courses lie on. */
export async function describeMachine(folder: string, databaseUrl: string): Promise<string> {
  const postgres = await postgresVersion(databaseUrl);
  const model = cpus()[0]?.model.trim() ?? "unknown";
  const memory = Math.round(totalmem() / 1024 ** 3);
  const express = (await import("express/package.json", { with: { type: "json" } })).default.version;
  return [
    `${availableParallelism()} cores (${model}), ${memory} GB of memory; Node.js ${process.versions.node}, Express ${express},`,
    `Postgres ${postgres} with its default settings (\`synchronous_commit\`, \`fsync\` and \`full_page_writes\` on);`,
    `one \`fdatasync\` of 8 kB takes ${syncMilliseconds(folder).toFixed(2)} ms (median). Load driver, gateway, floor and Postgres share the cores.`,
  ].join("\n");
}

async function postgresVersion(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query("show server_version");
  await client.end();
  return String(rows[0].server_version).split(" ")[0] ?? "";
}

const SYNCS = 200;

function syncMilliseconds(folder: string): number {
  const path = join(folder, "sync-me");
  const file = openSync(path, "w");
  const block = Buffer.alloc(8192, 1);
  const taken = Array.from({ length: SYNCS }, () => {
    writeSync(file, block);
    const begun = performance.now();
    fdatasyncSync(file);
    return performance.now() - begun;
  });
  closeSync(file);
  rmSync(path);
  return taken.sort((a, b) => a - b)[SYNCS / 2] ?? 0;
}
