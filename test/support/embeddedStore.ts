/**
 * The embedded store in memory, with the schema and no rows. Making one takes seconds and copying one a fraction of that: so one
 * is made for each version of the schema, and kept in the system's temporary folder.
 */
import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Db, embeddedOn, startEmbedded } from "../../src/store/db.ts";
import { migrate } from "../../src/store/migrate.ts";
import { createTestClock } from "./testClock.ts";

export async function openEmptyStore(): Promise<Db> {
  const file = join(tmpdir(), `tallygate-test-store-${hashOfSchema()}.tar`);
  const kept = (await readFile(file).catch(() => null)) ?? (await makeStore(file));
  return embeddedOn(await startEmbedded({ loadDataDir: new Blob([kept]) }));
}

/** The file appears whole, whoever else makes it at the same moment. */
async function makeStore(file: string): Promise<Buffer<ArrayBuffer>> {
  const lite = await startEmbedded({});
  await migrate(embeddedOn(lite), createTestClock());
  const made = Buffer.from(await (await lite.dumpDataDir("none")).arrayBuffer());
  await lite.close();
  const draft = `${file}-${randomUUID()}`;
  await writeFile(draft, made);
  await rename(draft, file);
  return made;
}

const MIGRATIONS = join(import.meta.dirname, "../../src/store/migrations");

function hashOfSchema(): string {
  const hash = createHash("sha256");
  const { resolve } = createRequire(import.meta.url);
  hash.update(readFileSync(join(resolve("@electric-sql/pglite"), "../../package.json")));
  for (const name of readdirSync(MIGRATIONS).sort())
    hash.update(name).update(readFileSync(join(MIGRATIONS, name)));
  return hash.digest("hex").slice(0, 20);
}
