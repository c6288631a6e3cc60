// scripts/backup: a backup of the store, and of the content that it names.
//
// The store first, then the content. A version's content is published before its row is committed, and neither ever
// changes or goes while the row stands: so whatever a dump names is there to be copied after it. The other way round, a
// course imported in between would be in the dump and its files not in the backup.
import { existsSync } from "node:fs";
import { cp, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
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

const [folder] = process.argv.slice(2);
const { stores, versions } = placesIn(folder);

async function main() {
  const begun = new Date();
  const name = begun.toISOString().replace(/\.\d+/, "").replaceAll(":", "");
  if (existsSync(join(stores, name))) throw new Refused(`There is a backup ${name} already.`);
  const draft = join(stores, `.making-${process.pid}`);
  await rm(draft, { recursive: true, force: true });
  // Names, results, prices: for the eyes of their owner.
  await mkdir(draft, { recursive: true, mode: 0o700 });
  const copied = config.DATABASE_URL ? await backUpPostgres(draft) : await backUpEmbedded(draft);
  const about = {
    format: FORMAT,
    made_at: begun.toISOString(),
    store: config.DATABASE_URL ? "postgres" : "embedded",
    content: config.S3_BUCKET ? "elsewhere" : "here",
  };
  await writeFile(join(draft, "backup.json"), `${JSON.stringify(about, null, 2)}\n`);
  sync(folder);
  await rename(draft, join(stores, name));
  const seconds = ((Date.now() - begun.getTime()) / 1000).toFixed(1);
  console.log(`Backup ${name} in ${folder}: ${seconds} s, ${copied} course versions copied.`);
  if (config.S3_BUCKET)
    console.log(
      "The courses lie in S3 and are not in it: switch on versioning or replication of the bucket.",
    );
}

async function backUpPostgres(draft) {
  const dump = join(draft, "database.dump");
  // It waits for no schema change for long, and with it would all launches that come after it.
  await runTool("pg_dump", [
    "--format=custom",
    "--no-owner",
    "--no-privileges",
    "--lock-wait-timeout=10s",
    `--file=${dump}`,
    `--dbname=${databaseName()}`,
  ]);
  const named = versionsNamedBy(dump);
  return config.S3_BUCKET ? 0 : copyContent(named);
}

/** Held meanwhile, so that no gateway writes to it. */
async function backUpEmbedded(draft) {
  if (!existsSync(join(config.DATA_FOLDER, "store")))
    throw new Refused(`${config.DATA_FOLDER} holds no embedded store: set DATA_FOLDER or DATABASE_URL.`);
  const hold = await holdFolder(config.DATA_FOLDER, {
    pid: process.pid,
    host: config.HOST,
    port: config.PORT,
    app_origin: "a backup",
  }).catch((error) => {
    throw new Refused(`${error.message} The embedded store is backed up while it is stopped.`);
  });
  const isContent = (path) => path === join(config.DATA_FOLDER, "content");
  await cp(config.DATA_FOLDER, join(draft, "data"), { recursive: true, filter: (path) => !isContent(path) });
  const copied = config.S3_BUCKET ? 0 : await copyContent(await listFolder(ownVersions));
  await hold.release();
  return copied;
}

async function copyContent(names) {
  const here = new Set([...(await listFolder(ownVersions)), ...(await listFolder(versions))]);
  const missing = names.filter((name) => !here.has(name));
  if (missing.length > 0)
    throw new Refused(
      `The database names courses whose files are not in ${ownVersions}: is it another gateway's? ${missing.join(", ")}`,
    );
  return copyVersions(names, ownVersions, versions);
}

await asProgram(main);
