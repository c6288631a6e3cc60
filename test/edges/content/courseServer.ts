/** A content origin with one course version or two on it, in a folder of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import express, { type Express } from "express";
import { type ContentRouterOptions, createContentRouter } from "../../../src/edges/content/contentRouter.ts";
import type { ContentSession } from "../../../src/edges/content/sessionCache.ts";
import type { ContentStore } from "../../../src/store/content/contentStore.ts";
import { openFolderContentStore } from "../../../src/store/content/folderContentStore.ts";

export const START = new Date("2026-03-03T09:00:00Z");
export const SESSION = "session-one-0123456789abcdef";
export const OTHER_SESSION = "session-two-0123456789abcdef";
export const SHIM_SCRIPT = "window.shimRan = (window.shimRan || 0) + 1;";

export type Files = Readonly<Record<string, string | Buffer>>;

export interface CourseServer {
  readonly app: Express;
  readonly contentStore: ContentStore;
  /** The clock's time; set it to let time pass. */
  now: Date;
  readonly sessions: Map<string, ContentSession>;
  /** Every look-up of a session, by id. */
  readonly lookUps: string[];
  /** Ids of revoked deliveries and deactivated learners. */
  readonly stopped: Set<string>;
  remove(): Promise<void>;
}

/** `files` lie in the version of `SESSION`; `OTHER_SESSION` has a version with the one file `other.txt`. */
export async function startCourse(
  files: Files,
  changes: {
    readonly shimScript?: string;
    /** Stands in for the store's own. */
    readonly open?: (store: ContentStore) => ContentStore["open"];
  } = {},
): Promise<CourseServer> {
  const folder = await mkdtemp(join(tmpdir(), "content-"));
  const contentStore = await openFolderContentStore(folder);
  await publish(contentStore, "version-one", files);
  await publish(contentStore, "version-two", { "other.txt": "the other course" });
  const app = express();
  const server: CourseServer = {
    app,
    contentStore,
    now: START,
    sessions: new Map([
      [SESSION, session("one")],
      [OTHER_SESSION, session("two")],
    ]),
    lookUps: [],
    stopped: new Set(),
    remove: () => rm(folder, { recursive: true }),
  };
  const served = changes.open ? withOpen(contentStore, changes.open(contentStore)) : contentStore;
  app.use(createContentRouter(optionsOf(server, served, changes.shimScript ?? SHIM_SCRIPT)));
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

function optionsOf(
  server: CourseServer,
  contentStore: ContentStore,
  shimScript: string,
): ContentRouterOptions {
  return {
    contentStore,
    findSession: async (id) => {
      server.lookUps.push(id);
      return server.sessions.get(id);
    },
    stopped: (one) => server.stopped.has(one.delivery_id) || server.stopped.has(one.learner_id),
    clock: { now: () => server.now },
    shimScript,
  };
}

function session(name: string): ContentSession {
  return {
    account_id: `account-${name}`,
    learner_id: `learner-${name}`,
    delivery_id: `delivery-${name}`,
    course_version_id: `version-${name}`,
    expires_at: new Date(START.getTime() + 3_600_000),
  };
}

async function publish(store: ContentStore, versionId: string, files: Files): Promise<void> {
  const staged = await store.stage();
  for (const [path, content] of Object.entries(files))
    await staged.write(path, Readable.from(content.length === 0 ? [] : [Buffer.from(content)]));
  await staged.publish(versionId);
}
