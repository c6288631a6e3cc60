// What backup.mjs and restore.mjs have in common: where things lie in a folder of backups.
//
//   content/versions/<course version>/   of all backups: a version never changes, so each is copied once
//   stores/<time>/backup.json            what this backup holds
//   stores/<time>/database.dump          Postgres, as pg_dump's custom format
//   stores/<time>/data/                  or the data folder of the embedded store
import { spawn, spawnSync } from "node:child_process";
import { constants, existsSync } from "node:fs";
import { cp, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readConfig } from "../dist/config.js";

export const FORMAT = 1;

/** Thrown for what the operator did; anything else is a bug. */
export class Refused extends Error {}

export const config = readConfig(process.env);

export const placesIn = (folder) => ({
  versions: join(folder, "content", "versions"),
  stores: join(folder, "stores"),
});

export const ownVersions = join(config.DATA_FOLDER, "content", "versions");

/** The URL in pieces: as an argument, everybody on this machine could read the password. */
function postgresEnvironment() {
  const url = new URL(config.DATABASE_URL);
  const text = (part) => decodeURIComponent(part);
  return {
    PATH: process.env.PATH,
    PGHOST: text(url.hostname),
    PGPORT: url.port || "5432",
    PGUSER: text(url.username),
    PGPASSWORD: text(url.password),
    PGDATABASE: text(url.pathname.slice(1)),
    ...(url.searchParams.get("sslmode") ? { PGSSLMODE: url.searchParams.get("sslmode") } : {}),
  };
}

export function databaseName() {
  return postgresEnvironment().PGDATABASE;
}

/** @throws Refused with what the tool said. */
export function runTool(tool, words) {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, words, { env: postgresEnvironment(), stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (chunk) => {
      said += chunk;
    });
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Refused(`${tool} failed:\n${said}`))));
  });
}

/** The versions with files that a dump names: reading them also shows that it can be read. */
export function versionsNamedBy(dump) {
  const read = spawnSync("pg_restore", ["--data-only", "--table=course_version", "--file=-", dump], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  if (read.status !== 0) throw new Refused(`The dump can't be read:\n${read.stderr}`);
  const [, columns = "", rows = ""] =
    /^COPY \S+ \(([^)]*)\) FROM stdin;\n([\s\S]*?)^\\\.$/m.exec(read.stdout) ?? [];
  const names = columns.split(", ");
  const [id, count] = [names.indexOf("id"), names.indexOf("file_count")];
  return rows
    .split("\n")
    .filter((row) => row !== "")
    .map((row) => row.split("\t"))
    .filter((row) => row[count] !== "0")
    .map((row) => row[id]);
}

export async function listFolder(folder) {
  return existsSync(folder) ? readdir(folder) : [];
}

/**
 * Copies the versions that are not there yet, each whole or not at all.
 * @returns How many.
 */
export async function copyVersions(names, from, to) {
  await mkdir(to, { recursive: true, mode: 0o700 });
  const there = new Set(await listFolder(to));
  let copied = 0;
  for (const name of names) {
    if (there.has(name)) continue;
    const draft = join(to, `.copying-${process.pid}`);
    await rm(draft, { recursive: true, force: true });
    await cp(join(from, name), draft, {
      recursive: true,
      preserveTimestamps: true,
      mode: constants.COPYFILE_FICLONE,
    });
    await rename(draft, join(to, name));
    copied += 1;
  }
  return copied;
}

/** Where the system can: what was copied is on the disk, and not only on its way there. */
export function sync(folder) {
  spawnSync("sync", ["-f", folder]);
}

/** Runs `main`, and says plainly what is the operator's to change. */
export async function asProgram(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Refused || error.name === "ConfigError" ? error.message : error);
    process.exit(1);
  }
}
