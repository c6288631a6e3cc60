/** Content and the rows that name it are two stores: what is left in one when the other fails or a process dies between them. */
import { readdirSync, utimesSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { Fault } from "../../../src/core/faults.ts";
import type { Context } from "../../../src/flows/context.ts";
import { discardLeftContent } from "../../../src/flows/import/discardLeftContent.ts";
import { importCourse } from "../../../src/flows/importCourse.ts";
import { BY } from "../../support/fixtures.ts";
import { type TestGateway, testGateway } from "../../support/gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await testGateway();
});
beforeEach(async () => {
  await gateway.empty();
  for (const version of published()) await gateway.context.contentStore.discard(version);
});
afterAll(() => gateway.close());

const LONG_AGO = new Date("2020-01-01");
const THEN = new Date("2020-01-02");

const folder = () => gateway.context.config.DATA_FOLDER;
const published = () => readdirSync(join(folder(), "content/versions"));

async function importPage(context: Context = gateway.context): Promise<string> {
  const path = join(folder(), "page.html");
  await writeFile(path, "<!doctype html><title>Page</title>");
  const source = { type: "file", path, file_name: "page.html" } as const;
  return (await importCourse(context, BY, { source, course_id: null, title: "Page" })).id;
}

/** As a process leaves it that dies after publishing and before committing. */
async function publishOnly(version: string): Promise<void> {
  const staged = await gateway.context.contentStore.stage();
  await staged.write("index.html", Readable.from(["left"]));
  await staged.publish(version);
}

function ageBy(version: string, modified: Date): void {
  utimesSync(join(folder(), "content/versions", version), modified, modified);
}

/** The gateway's context on a database whose transactions end in `end`. */
function withDatabase(end: (committed: Promise<unknown>) => Promise<never>): Context {
  const { context } = gateway;
  const transaction = (work: Parameters<typeof context.db.transaction>[0]) =>
    end(context.db.transaction(work));
  return { ...context, db: { ...context.db, transaction } as Context["db"] };
}

test("published content that no version names is discarded once it is old; what is named or young stays", async () => {
  const named = await importPage();
  await publishOnly("left");
  await publishOnly("being-imported");
  ageBy(named, LONG_AGO);
  ageBy("left", LONG_AGO);
  expect(await discardLeftContent(gateway.context, THEN)).toEqual(["left"]);
  expect(published().sort()).toEqual(["being-imported", named].sort());
});

test("content of which the database names nothing at all belongs to another one, and stays", async () => {
  await publishOnly("of-another-database");
  ageBy("of-another-database", LONG_AGO);
  expect(await discardLeftContent(gateway.context, THEN)).toEqual([]);
  expect(published()).toEqual(["of-another-database"]);
  expect(gateway.logged.map(({ message }) => message)).toEqual([
    "The database names none of the stored content: is it another gateway's?",
  ]);
});

test("an import that the database refuses leaves no content", async () => {
  const refusing = withDatabase(async () => {
    throw new Fault("conflict", "refused");
  });
  await expect(importPage(refusing)).rejects.toMatchObject({ code: "conflict" });
  expect(published()).toEqual([]);
});

test("an import whose commit was not answered keeps the content, for the version may be there", async () => {
  const losingAnswers = withDatabase(async (committed) => {
    await committed;
    throw new Fault("store_unavailable", "the connection was lost");
  });
  await expect(importPage(losingAnswers)).rejects.toMatchObject({ code: "store_unavailable" });
  const [version = ""] = published();
  expect(await gateway.context.contentStore.stat(version, "index.html")).not.toBeNull();
});
