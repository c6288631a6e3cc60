/** A content origin with one course version or two on it, in a folder of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import express, { type Express } from "express";
import type { ReadContentHost } from "../../../src/core/contentOrigin.ts";
import { createContentHandler } from "../../../src/edges/content/contentHandler.ts";
import { createKeyRing } from "../../../src/flows/keyRing.ts";
import { createContentTickets, type TicketOf } from "../../../src/flows/launch/contentTickets.ts";
import type { ContentStore } from "../../../src/store/content/contentStore.ts";
import { openFolderContentStore } from "../../../src/store/content/folderContentStore.ts";

export const START = new Date("2026-03-03T09:00:00Z");

const tickets = createContentTickets(createKeyRing(["a secret of the tests, of 32 characters or more"]), 24);
export const COURSE = course("1");
export const OTHER_COURSE = course("2");
export const TICKET = tickets.issue(COURSE, START);
export const OTHER_TICKET = tickets.issue(OTHER_COURSE, START);
/** When `TICKET` opens nothing any more. */
export const OVER = tickets.read(TICKET)?.expires_at ?? START;

function course(digit: string): TicketOf {
  const id = (name: string) => `${digit.repeat(8)}-0000-7000-8000-${name.repeat(12)}`;
  return { account_id: id("a"), delivery_id: id("d"), course_version_id: id("c") };
}
export const SHIM_SCRIPT = "window.shimRan = (window.shimRan || 0) + 1;";

export type Files = Readonly<Record<string, string | Buffer>>;

export interface CourseServer {
  readonly app: Express;
  readonly contentStore: ContentStore;
  /** The clock's time; set it to let time pass. */
  now: Date;
  /** Ids of revoked deliveries. */
  readonly stopped: Set<string>;
  remove(): Promise<void>;
}

/** `files` lie in the version of `TICKET`; `OTHER_TICKET` has a version with the one file `other.txt`. */
export async function startCourse(
  files: Files,
  changes: {
    readonly shimScript?: string;
    readonly sharedCacheSeconds?: number;
    readonly readHost?: ReadContentHost;
    /** Stands in for the store's own. */
    readonly open?: (store: ContentStore) => ContentStore["open"];
  } = {},
): Promise<CourseServer> {
  const folder = await mkdtemp(join(tmpdir(), "content-"));
  const contentStore = await openFolderContentStore(folder);
  await publish(contentStore, COURSE.course_version_id, files);
  await publish(contentStore, OTHER_COURSE.course_version_id, { "other.txt": "the other course" });
  const app = express();
  const server: CourseServer = {
    app,
    contentStore,
    now: START,
    stopped: new Set(),
    remove: () => rm(folder, { recursive: true }),
  };
  const served = changes.open ? withOpen(contentStore, changes.open(contentStore)) : contentStore;
  app.use(
    createContentHandler({
      admit: () => undefined,
      contentStore: served,
      tickets,
      stopped: ({ delivery_id }) => server.stopped.has(delivery_id),
      readHost: changes.readHost ?? (() => ({ account_id: null })),
      clock: { now: () => server.now },
      sharedCacheSeconds: changes.sharedCacheSeconds ?? 3600,
      shimScript: changes.shimScript ?? SHIM_SCRIPT,
    }),
  );
  return server;
}

function withOpen(store: ContentStore, open: ContentStore["open"]): ContentStore {
  return {
    stage: () => store.stage(),
    stat: (versionId, path) => store.stat(versionId, path),
    open,
    listPublished: (before) => store.listPublished(before),
    discard: (versionId) => store.discard(versionId),
    sweep: (staleBefore) => store.sweep(staleBefore),
  };
}

async function publish(store: ContentStore, versionId: string, files: Files): Promise<void> {
  const staged = await store.stage();
  for (const [path, content] of Object.entries(files))
    await staged.write(path, Readable.from(content.length === 0 ? [] : [Buffer.from(content)]));
  await staged.publish(versionId);
}
