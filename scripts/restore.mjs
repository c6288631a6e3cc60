// scripts/restore: a backup into an empty database and data folder. Content first: whoever sees the store sees all of it.
import { existsSync } from "node:fs";
import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { holdFolder } from "../dist/store/holder.js";
import {
  asProgram,
  config,
  copyVersions,
  databaseName,
  FORMAT,
  listFolder,
  ownVersions,
  placesIn,
  Refused,
  runTool,
  sync,
  versionsNamedBy,
} from "./backups.mjs";

const [folder, wanted] = process.argv.slice(2);
const { stores, versions } = placesIn(folder);

async function main() {
  const begun = Date.now();
  const name = await chosen();
  const backup = join(stores, name);
  const about = JSON.parse(await readFile(join(backup, "backup.json"), "utf8"));
  const store = config.DATABASE_URL ? "postgres" : "embedded";
  if (about.format !== FORMAT) throw new Refused(`${name} is of a format that this version does not know.`);
  if (about.store !== store)
    throw new Refused(`${name} is of the ${about.store} store, the settings are for the ${store} one.`);
  await mkdir(config.DATA_FOLDER, { recursive: true, mode: 0o700 });
  await (store === "postgres" ? restorePostgres(backup) : restoreEmbedded(backup));
  sync(config.DATA_FOLDER);
  console.log(`Restored ${name}: ${((Date.now() - begun) / 1000).toFixed(1)} s.`);
}

async function chosen() {
  const names = (await listFolder(stores)).filter((name) => !name.startsWith(".")).sort();
  const name = wanted === "" ? names.at(-1) : names.find((one) => one === wanted);
  if (!name)
    throw new Refused(`${folder} holds no backup ${wanted}; it holds: ${names.join(", ") || "none"}.`);
  return name;
}

async function restorePostgres(backup) {
  const dump = join(backup, "database.dump");
  await requireEmptyDatabase();
  if (!config.S3_BUCKET) await restoreContent(versionsNamedBy(dump));
  const whole = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"];
  await runTool("pg_restore", [...whole, `--dbname=${databaseName()}`, dump]);
  await inDatabase((client) => client.query("analyze"));
}

async function restoreEmbedded(backup) {
  if (existsSync(join(config.DATA_FOLDER, "store")))
    throw new Refused(`${config.DATA_FOLDER} holds a store already: restore into an empty folder.`);
  const hold = await holdFolder(config.DATA_FOLDER, {
    pid: process.pid,
    host: config.HOST,
    port: config.PORT,
    app_origin: "a restore",
  });
  if (!config.S3_BUCKET) await restoreContent(await listFolder(versions));
  await cp(join(backup, "data"), config.DATA_FOLDER, { recursive: true });
  await hold.release();
}

async function restoreContent(names) {
  const here = new Set([...(await listFolder(versions)), ...(await listFolder(ownVersions))]);
  const missing = names.filter((name) => !here.has(name));
  if (missing.length > 0) throw new Refused(`The backup lacks the files of ${missing.join(", ")}.`);
  await copyVersions(names, versions, ownVersions);
}

/** Never over what is there: a backup of it may not exist. */
async function requireEmptyDatabase() {
  const tables = await inDatabase((client) =>
    client.query("select 1 from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"),
  );
  if (tables.rowCount > 0)
    throw new Refused(`The database ${databaseName()} is not empty: restore into a new one.`);
}

async function inDatabase(work) {
  const client = new pg.Client({ connectionString: config.DATABASE_URL });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

await asProgram(main);
